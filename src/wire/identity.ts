/**
 * Identities in text and bytes: SHA-256 of a public key (SPKI DER), 52 characters of lower-case
 * base32 (RFC 4648, no padding). Who hashes is not decided here: see `ports.ts`, Suite.
 */

declare const identityBrand: unique symbol

/** 52 characters of lower-case base32. "Smaller" means by the ASCII order of this text. */
export type Identity = string & { readonly [identityBrand]: true }

/** Bytes of an identity. */
export const IDENTITY_BYTES = 32
/** Characters of an identity's text form, and of its short form. */
export const IDENTITY_CHARACTERS = 52
export const SHORT_CHARACTERS = 10

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'

/** The text form of a 32-byte hash. Throws RangeError on another length: a bug of the caller. */
export function identityFromHash (hash: Uint8Array): Identity {
  if (hash.length !== IDENTITY_BYTES) throw new RangeError('an identity has 32 bytes')
  return identityAt(hash, 0)
}

/** The same for the 32 bytes at `at`, without a view for each row of a long list. */
export function identityAt (bytes: Uint8Array, at: number): Identity {
  // One flat text from 52 codes: a third of the time of adding up characters.
  let character = 0
  let bits = 0
  let value = 0
  for (let i = at; i < at + IDENTITY_BYTES; i++) {
    value = (value << 8) | (bytes[i] ?? 0)
    bits += 8
    while (bits >= 5) {
      bits -= 5
      scratch[character++] = CODES[(value >>> bits) & 31] ?? 0
      value &= (1 << bits) - 1
    }
  }
  scratch[character] = CODES[(value << (5 - bits)) & 31] ?? 0
  return String.fromCharCode(...scratch) as Identity
}

const CODES = [...ALPHABET].map(character => character.charCodeAt(0))
const scratch = new Array<number>(IDENTITY_CHARACTERS).fill(0)

/** The 32 bytes behind an identity. */
export function identityToBytes (identity: Identity): Uint8Array {
  const bytes = new Uint8Array(IDENTITY_BYTES)
  writeIdentity(identity, bytes, 0)
  return bytes
}

const VALUES = new Uint8Array(128)
CODES.forEach((code, value) => { VALUES[code] = value })

/** Writes the 32 bytes behind an identity at `at`. */
export function writeIdentity (identity: Identity, into: Uint8Array, at: number): void {
  let bits = 0
  let value = 0
  for (let i = 0; i < IDENTITY_CHARACTERS; i++) {
    value = (value << 5) | (VALUES[identity.charCodeAt(i)] ?? 0)
    bits += 5
    if (bits >= 8) {
      bits -= 8
      into[at++] = (value >>> bits) & 255
      value &= (1 << bits) - 1
    }
  }
}

/** The first hex digits of the bytes behind an identity, without making those bytes. */
export function hexStartOf (identity: Identity, digits: number): string {
  let bits = 0
  let value = 0
  let text = ''
  for (let i = 0; text.length < digits; i++) {
    value = (value << 5) | (VALUES[identity.charCodeAt(i)] ?? 0)
    bits += 5
    while (bits >= 4 && text.length < digits) {
      bits -= 4
      text += HEX.charAt(value >>> bits)
      value &= (1 << bits) - 1
    }
  }
  return text
}

const HEX = '0123456789abcdef'

/** Reads the canonical text form; null when it is anything else (wrong length, case or padding). */
export function parseIdentity (text: string): Identity | null {
  if (text.length !== IDENTITY_CHARACTERS || !/^[a-z2-7]+$/.test(text)) return null
  // 52 × 5 = 260 bits: the last four must be zero, or two texts would name one identity.
  return (ALPHABET.indexOf(text.charAt(IDENTITY_CHARACTERS - 1)) & 15) === 0
    ? (text as Identity)
    : null
}

/** First ten characters, for people. Reads only: nothing is granted on a short form. */
export function shortIdentity (identity: Identity): string {
  return identity.slice(0, SHORT_CHARACTERS)
}
