/**
 * Public keys kept ready to verify with: reading one costs as much as using it. Read next:
 * `public-key.ts` for which keys take part, `suite.ts`, which verifies with them.
 */
import { createPublicKey, type KeyObject } from 'node:crypto'
import { TRUST_LIMITS } from '../limits.js'
import { equalBytes } from '../wire/equal.js'
import { ED25519_PREFIX, spkiOf, unsupportedKey } from './public-key.js'

/** The key behind an SPKI DER; null for what is no key, or none that takes part. Never throws. */
export type KeyRing = (spki: Uint8Array) => KeyObject | null

export function createKeyRing (): KeyRing {
  const keys = new Map<string, KeyObject>()
  return spki => {
    const name = Buffer.from(spki.buffer, spki.byteOffset, spki.byteLength).toString('latin1')
    const known = keys.get(name)
    if (known !== undefined) return known
    const key = readPublicKey(spki)
    // What is no key is not kept, to push nothing out.
    if (key === null) return null
    const oldest = keys.keys().next()
    if (keys.size >= TRUST_LIMITS.keysKeptMax && oldest.done !== true) keys.delete(oldest.value)
    keys.set(name, key)
    return key
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
