/**
 * Sealed boxes, as libsodium and the third seed make them: whoever has the recipient's public key
 * seals, only the recipient opens, and the box does not say who sealed it.
 *
 *     ephemeral public key, 32 bytes | XSalsa20-Poly1305 box, 16 bytes longer than what is in it
 *
 * The key is HSalsa20 of the X25519 shared secret, the nonce BLAKE2b-24 of both public keys: the
 * ephemeral pair is used once, so a nonce never meets its key again.
 * Read next: `sealer.ts`, which puts this room together.
 */
import { createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto'
import { hsalsa, xsalsa20poly1305 } from '@noble/ciphers/salsa.js'
import { blake2b } from '@noble/hashes/blake2.js'
import type { BoxPair } from '../ports.js'
import { BOX_BYTES, BOX_KEY_BYTES } from '../wire/private.js'

/** What comes before the 32 bytes of an X25519 key in its DER (RFC 8410). */
export const SPKI_PREFIX = Buffer.from('302a300506032b656e032100', 'hex')
const PKCS8_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex')

/** `ephemeral` is for this box alone. Null: nothing can be sealed to such a key. */
export function sealBox (
  plain: Uint8Array, publicKey: Uint8Array, ephemeral: BoxPair,
): Uint8Array | null {
  const key = keyOf(ephemeral.secretKey, publicKey)
  if (key === null) return null
  const box = xsalsa20poly1305(key, nonceOf(ephemeral.publicKey, publicKey)).encrypt(plain)
  const sealed = new Uint8Array(BOX_KEY_BYTES + box.length)
  sealed.set(ephemeral.publicKey)
  sealed.set(box, BOX_KEY_BYTES)
  return sealed
}

/** Null for what was not sealed to this pair, or was changed since. Never throws. */
export function openBox (sealed: Uint8Array, pair: BoxPair): Uint8Array | null {
  if (sealed.length < BOX_BYTES) return null
  const ephemeral = sealed.subarray(0, BOX_KEY_BYTES)
  const key = keyOf(pair.secretKey, ephemeral)
  if (key === null) return null
  try {
    return xsalsa20poly1305(key, nonceOf(ephemeral, pair.publicKey))
      .decrypt(sealed.subarray(BOX_KEY_BYTES))
  } catch {
    return null
  }
}

/** The public key of a secret one, 32 bytes each. */
export function publicOf (secretKey: Uint8Array): Uint8Array {
  const { x = '' } = createPublicKey(privateKeyOf(secretKey)).export({ format: 'jwk' })
  return new Uint8Array(Buffer.from(x, 'base64url'))
}

/** Null for keys of low order: everybody would know the shared secret, which is zero. */
function keyOf (secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array | null {
  let shared: Uint8Array
  try {
    const key = Buffer.concat([SPKI_PREFIX, publicKey])
    shared = diffieHellman({
      privateKey: privateKeyOf(secretKey),
      publicKey: createPublicKey({ key, format: 'der', type: 'spki' }),
    })
  } catch {
    // OpenSSL refuses them itself.
    return null
  }
  if (shared.every(byte => byte === 0)) return null
  return hsalsa20(shared)
}

function privateKeyOf (secretKey: Uint8Array): ReturnType<typeof createPrivateKey> {
  const key = Buffer.concat([PKCS8_PREFIX, secretKey])
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
}

function nonceOf (ephemeral: Uint8Array, recipient: Uint8Array): Uint8Array {
  return blake2b(Buffer.concat([ephemeral, recipient]), { dkLen: 24 })
}

/** HSalsa20 with a nonce of zeros. */
function hsalsa20 (shared: Uint8Array): Uint8Array {
  const out = new Uint32Array(8)
  hsalsa(SIGMA, wordsOf(shared), new Uint32Array(4), out)
  const key = new Uint8Array(32)
  const view = new DataView(key.buffer)
  out.forEach((word, i) => { view.setUint32(4 * i, word, true) })
  return key
}

/** Little-endian on every machine. */
function wordsOf (bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Uint32Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(4 * i, true))
}

const SIGMA = wordsOf(new TextEncoder().encode('expand 32-byte k'))
