/**
 * The cryptography of private messages with node:crypto and noble: see `Sealer` in `ports.ts` for
 * the promise. Read next: `sealed-box.ts`, `exchange-key.ts`.
 */
import { randomBytes } from 'node:crypto'
import { GossipError } from '../errors.js'
import type { BoxPair, Sealer } from '../ports.js'
import { BOX_KEY_BYTES } from '../wire/private.js'
import { exportExchangeKey, readExchangeKey } from './exchange-key.js'
import { openBox, publicOf, sealBox } from './sealed-box.js'

/** `createPair` is for tests, which need the same box twice. */
export function createSealer (createPair: () => BoxPair = randomPair): Sealer {
  return {
    createPair,
    pairOf,
    seal: (plain, publicKey) => sealBox(plain, publicKey, createPair()),
    open: openBox,
    exportKey: exportExchangeKey,
    readKey: pem => {
      const key = readExchangeKey(pem)
      if (sealBox(new Uint8Array(0), key, randomPair()) !== null) return key
      const what = 'the exchange key is of low order, nothing can be kept secret with it: nobody ' +
        'makes such a key by accident'
      throw new GossipError('exchange-key-invalid', what)
    },
  }
}

function randomPair (): BoxPair {
  return pairOf(new Uint8Array(randomBytes(BOX_KEY_BYTES)))
}

function pairOf (secretKey: Uint8Array): BoxPair {
  return { publicKey: publicOf(secretKey), secretKey: new Uint8Array(secretKey) }
}
