/**
 * Suites for simulated nodes. The keyed-hash one is cheap and stands in for signatures in most
 * runs: it cannot be forged by accident, which is all a simulation without forgers needs. The real
 * one is Ed25519, its keys made from the seed so that a run repeats.
 */
import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { Suite } from '../../src/ports.js'

export interface SimSuite {
  readonly suite: Suite
  readonly publicKey: Uint8Array
}

/** `secret`: any number; the same one gives the same keys. */
export function keyedHashSuite (secret: number): SimSuite {
  const publicKey = new Uint8Array(44)
  new DataView(publicKey.buffer).setFloat64(0, secret)
  const seal = (key: Uint8Array, bytes: Uint8Array): Uint8Array => {
    const keyed = new Uint8Array(key.length + bytes.length)
    keyed.set(key)
    keyed.set(bytes, key.length)
    return cheapHash(keyed)
  }
  return {
    publicKey,
    suite: {
      hash: cheapHash,
      sign: bytes => seal(publicKey, bytes),
      verify: (key, bytes, signature) => {
        const right = seal(key, bytes)
        return signature.length === right.length && signature.every((byte, i) => byte === right[i])
      },
    },
  }
}

const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex')

export function ed25519Suite (secret: number): SimSuite {
  const seed = createHash('sha256').update(`simulated key ${secret}`).digest()
  const der = Buffer.concat([PKCS8_ED25519, seed])
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  const keys = new Map<string, KeyObject>()
  const keyOf = (bytes: Uint8Array): KeyObject => {
    const text = Buffer.from(bytes).toString('hex')
    const known = keys.get(text) ??
      createPublicKey({ key: Buffer.from(bytes), format: 'der', type: 'spki' })
    keys.set(text, known)
    return known
  }
  return {
    publicKey: new Uint8Array(spki),
    suite: {
      hash: bytes => new Uint8Array(createHash('sha256').update(bytes).digest()),
      sign: bytes => new Uint8Array(sign(null, bytes, privateKey)),
      verify: (key, bytes, signature) => {
        try {
          return verify(null, bytes, keyOf(key), signature)
        } catch {
          return false
        }
      },
    },
  }
}

/** 256 bits by eight lanes of a murmur-like mix: distinct for what a run contains, not secure. */
function cheapHash (bytes: Uint8Array): Uint8Array {
  const lanes = new Uint32Array(8)
  for (let lane = 0; lane < 8; lane++) lanes[lane] = 0x9e3779b9 * (lane + 1)
  let at = 0
  for (const byte of bytes) {
    const lane = at++ & 7
    lanes[lane] = Math.imul((lanes[lane] ?? 0) ^ byte, 0x01000193) ^ ((lanes[lane] ?? 0) >>> 15)
  }
  let carry = bytes.length
  for (let round = 0; round < 16; round++) {
    const lane = round & 7
    carry = Math.imul(((lanes[lane] ?? 0) ^ carry) >>> 0, 0x85ebca6b)
    carry ^= carry >>> 13
    lanes[lane] = carry
  }
  return new Uint8Array(lanes.buffer)
}
