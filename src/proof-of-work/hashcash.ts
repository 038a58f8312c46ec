/**
 * Hashcash: what a bulletin's work is done over, and whether enough was done. A digest is worth as
 * many bits as it begins with zeros. Read next: `mining.ts`, which does the work, and `checker.ts`.
 */
import { hash } from 'node:crypto'
import { headerOf, workPreimage, type Item } from '../wire/bulletin.js'
import { tapehash1Text } from './tapehash.js'

/** Which hash is paid with. */
export type WorkKind = 'sha256' | 'tapehash'

/** Code bytes of a bulletin's tapehash (the second seed's). */
export const TAPEHASH_CODE_BYTES = 64

/** How many zero bits a digest begins with, from the highest bit of its first byte. */
export function leadingZeroBits (digest: Uint8Array): number {
  return leadingZeroBitsOfText(Buffer.from(digest).toString('latin1'))
}

/** The same for a digest as a text with one character for each byte. */
export function leadingZeroBitsOfText (digest: string): number {
  let bits = 0
  for (let i = 0; i < digest.length; i++) {
    const byte = digest.charCodeAt(i)
    if (byte !== 0) return bits + Math.clz32(byte) - 24
    bits += 8
  }
  return bits
}

/** Digest of any bytes as a text: what mining and checking compare. */
export function digestTextOf (kind: WorkKind, preimage: Uint8Array): string {
  return kind === 'sha256'
    ? hash('sha256', preimage, 'binary')
    : tapehash1Text(preimage, TAPEHASH_CODE_BYTES)
}

/**
 * The digest a bulletin's work is judged by: 32 bytes over its header (72 bytes) and its author's
 * identity (32 bytes), so that nobody spends another's work. With null: over the header alone, as
 * in the second seed.
 */
export function digestOf (
  kind: WorkKind, header: Uint8Array, author: Uint8Array | null,
): Uint8Array {
  const preimage = author === null ? header : workPreimage(header, author)
  return Buffer.from(digestTextOf(kind, preimage), 'latin1')
}

/** True when enough was done for bytes that hold their nonce. */
export function isPaid (kind: WorkKind, preimage: Uint8Array, bits: number): boolean {
  return bits === 0 || leadingZeroBitsOfText(digestTextOf(kind, preimage)) >= bits
}

/** True when a bulletin's work is worth `bits`. `contentId` and `author`: 32 bytes each. */
export function isWorked (
  kind: WorkKind, item: Item, contentId: Uint8Array, author: Uint8Array, bits: number,
): boolean {
  return bits === 0 || isPaid(kind, workPreimage(headerOf(item, contentId), author), bits)
}
