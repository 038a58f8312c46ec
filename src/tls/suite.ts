/**
 * The cryptography the core is handed: hash, sign, verify, with node:crypto and this node's key.
 * Read next: `core/suite.ts` for the promise, `public-key.ts` for the keys that are accepted.
 */
import {
  createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject,
} from 'node:crypto'
import { TRUST_LIMITS } from '../limits.js'
import type { Suite } from '../ports.js'
import { equalBytes } from '../wire/equal.js'
import type { IdentityFiles } from './keys.js'
import { digestOf, ED25519_PREFIX, spkiOf, unsupportedKey } from './public-key.js'

export function createSuite (identity: IdentityFiles): Suite {
  const privateKey = createPrivateKey(identity.key)
  const digest = digestOf(privateKey)
  const keys = new Map<string, KeyObject>()

  /** Null for what is no key, or none that takes part; those are not kept, to push nothing out. */
  function keyOf (spki: Uint8Array): KeyObject | null {
    const name = Buffer.from(spki.buffer, spki.byteOffset, spki.byteLength).toString('latin1')
    const known = keys.get(name)
    if (known !== undefined) return known
    const key = readPublicKey(spki)
    if (key === null) return null
    const oldest = keys.keys().next()
    if (keys.size >= TRUST_LIMITS.keysKeptMax && oldest.done !== true) keys.delete(oldest.value)
    keys.set(name, key)
    return key
  }

  return {
    hash: bytes => new Uint8Array(createHash('sha256').update(bytes).digest()),
    sign: bytes => new Uint8Array(sign(digest, bytes, privateKey)),
    verify: (publicKey, bytes, signature) => {
      const key = keyOf(publicKey)
      if (key === null) return false
      try {
        return verify(digestOf(key), bytes, key, signature)
      } catch {
        return false
      }
    },
  }
}

function readPublicKey (spki: Uint8Array): KeyObject | null {
  try {
    if (spki.length === 44 && ED25519_PREFIX.equals(spki.subarray(0, 12))) {
      // Four times as fast as reading the DER, and there is but one encoding.
      const x = Buffer.from(spki.subarray(12)).toString('base64url')
      return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
    }
    const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
    // Another encoding of the same key would be another identity: only the canonical one is a key.
    return unsupportedKey(key) === null && equalBytes(spkiOf(key), spki) ? key : null
  } catch {
    return null
  }
}
