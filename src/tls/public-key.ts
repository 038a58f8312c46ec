/**
 * Which public keys take part, and the identity behind one. Whoever in this room meets a key asks
 * here: `keys.ts` for own keys, `link.ts` for peers' certificates, `suite.ts` for signers.
 */
import { createHash, type KeyObject } from 'node:crypto'
import { TRUST_LIMITS, WIRE_LIMITS } from '../limits.js'
import { identityFromHash, type Identity } from '../wire/identity.js'

/** What a record carries: of its SPKI 38 bytes are not the modulus. */
const RSA_BITS_MAX = (WIRE_LIMITS.publicKeyBytesMax - 38) * 8

/** P-256 and P-384, by the names OpenSSL gives them. */
const CURVES = new Set(['prime256v1', 'secp384r1'])

/** Null when a key takes part; else what it is, for a message. Private and public keys alike. */
export function unsupportedKey (key: KeyObject): string | null {
  const details = key.asymmetricKeyDetails
  switch (key.asymmetricKeyType) {
    case 'ed25519': return null
    case 'ec': {
      const curve = details?.namedCurve ?? 'of its own parameters'
      return CURVES.has(curve) ? null : `an EC key on the curve ${curve}`
    }
    case 'rsa': {
      const bits = details?.modulusLength ?? 0
      const isFine = bits >= TRUST_LIMITS.rsaBitsMin && bits <= RSA_BITS_MAX
      return isFine ? null : `an RSA key of ${bits} bits`
    }
    default: return `a key of type ${key.asymmetricKeyType ?? 'secret'}`
  }
}

/** What comes before the 32 bytes of an Ed25519 key in its SPKI DER (RFC 8410). */
export const ED25519_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/** SPKI DER of a public key. */
export function spkiOf (publicKey: KeyObject): Uint8Array {
  if (publicKey.asymmetricKeyType === 'ed25519') {
    // The same bytes sixty times as fast: OpenSSL 3 takes 60 µs to write the DER.
    const { x = '' } = publicKey.export({ format: 'jwk' })
    return new Uint8Array(Buffer.concat([ED25519_PREFIX, Buffer.from(x, 'base64url')]))
  }
  return new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }))
}

/** SHA-256 of the SPKI DER. */
export function identityOf (spki: Uint8Array): Identity {
  return identityFromHash(createHash('sha256').update(spki).digest())
}

/** The digest a signature of this key is made over: none for Ed25519, which has its own. */
export function digestOf (key: KeyObject): 'sha256' | null {
  return key.asymmetricKeyType === 'ed25519' ? null : 'sha256'
}
