/**
 * Big-endian numbers, texts and copies: what every layout of this room is made of. Plain Uint8Array
 * and DataView; a Buffer handed in is read, never sliced. Read next: `fixed.ts`.
 */
import { assert } from '../errors.js'

/** Bytes of `u32be length | u8 tag` in front of a body. */
export const FRAME_HEAD_BYTES = 5

export const U32_MAX = 0xffff_ffff

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** An empty frame: prefix and tag set, the body's bytes zero. */
export function newFrame (tag: number, bodyBytes: number): Uint8Array {
  const bytes = new Uint8Array(FRAME_HEAD_BYTES + bodyBytes)
  writeU32(bytes, 0, bodyBytes + 1)
  bytes[4] = tag
  return bytes
}

export function viewOf (bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** A copy with memory of its own: what outlives its chunk must not pin it. */
export function copyBytes (bytes: Uint8Array, from: number, to: number): Uint8Array {
  const copy = new Uint8Array(to - from)
  copy.set(bytes.subarray(from, to))
  return copy
}

/** More than any keeper of a batch puts in front of it. */
export const ROOM_BYTES = 64
/** A copy of less costs less than knowing that it can be spared. */
const ROOMY_FROM_BYTES = 16 * 1_024
const roomy = new WeakSet<ArrayBufferLike>()

/**
 * Zeroed bytes for one thing alone, a frame or a batch, with room in front of it: whoever keeps it
 * can put something of its own there instead of copying all of it. See `widened`.
 */
export function newRoomy (length: number, roomBytes = ROOM_BYTES): Uint8Array {
  const bytes = new Uint8Array(new ArrayBuffer(roomBytes + length), roomBytes)
  if (length >= ROOMY_FROM_BYTES) roomy.add(bytes.buffer)
  return bytes
}

/**
 * The same memory with `count` bytes more in front, which are free to write to. Once for each: a
 * second keeper gets null, as for memory that has no room.
 */
export function widened (bytes: Uint8Array, count: number): Uint8Array | null {
  const { buffer, byteOffset, length } = bytes
  if (byteOffset < count || !roomy.delete(buffer)) return null
  return new Uint8Array(buffer, byteOffset - count, count + length)
}

/**
 * Copies of small pieces, many in one piece of memory: memory of its own for each would cost more
 * than the copy. Whoever keeps one piece keeps at most SLAB_BYTES alive with it.
 */
export class Slab {
  #bytes = new Uint8Array(0)
  #at = 0

  copy (bytes: Uint8Array): Uint8Array {
    const copy = this.take(bytes.length)
    copy.set(bytes)
    return copy
  }

  /** As `newRoomy`. */
  takeRoomy (length: number, roomBytes: number): Uint8Array {
    return roomBytes + length > SLAB_BYTES / 4
      ? newRoomy(length, roomBytes)
      : this.take(roomBytes + length).subarray(roomBytes)
  }

  /** Zeroed bytes for one thing alone. */
  take (length: number): Uint8Array {
    if (length > SLAB_BYTES / 4) return new Uint8Array(length)
    if (this.#at + length > this.#bytes.length) {
      this.#bytes = new Uint8Array(SLAB_BYTES)
      this.#at = 0
    }
    const start = this.#at
    this.#at += length
    return this.#bytes.subarray(start, this.#at)
  }
}

const SLAB_BYTES = 16 * 1_024

export function utf8Encode (text: string): Uint8Array {
  return encoder.encode(text)
}

/** Exactly the text that was encoded, BOM included. Throws TypeError on invalid UTF-8. */
export function utf8Decode (bytes: Uint8Array): string {
  return decoder.decode(bytes)
}

/** Bytes of a text in UTF-8. */
export function utf8Length (text: string): number {
  return encoder.encode(text).length
}

/** Reads a u16be. Without a view: one made for each number is felt where there are many. */
export function u16At (bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) << 8 | (bytes[at + 1] ?? 0)
}

/** Reads a u32be; the same. */
export function u32At (bytes: Uint8Array, at: number): number {
  return u16At(bytes, at) * 0x1_0000 + u16At(bytes, at + 2)
}

/** Reads a u64be; the same. -1 when it is above Number.MAX_SAFE_INTEGER. */
export function u53At (bytes: Uint8Array, at: number): number {
  const high = u32At(bytes, at)
  return high > 0x1f_ffff ? -1 : high * 0x1_0000_0000 + u32At(bytes, at + 4)
}

/** Writes a u16be, without a view. */
export function writeU16 (bytes: Uint8Array, at: number, value: number): void {
  assert(Number.isInteger(value) && value >= 0 && value <= 0xffff, 'a u16 is in range')
  bytes[at] = value >>> 8
  bytes[at + 1] = value
}

/** Writes a u32be, without a view. */
export function writeU32 (bytes: Uint8Array, at: number, value: number): void {
  assert(Number.isInteger(value) && value >= 0 && value <= U32_MAX, 'a u32 is in range')
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

/** Writes a u64be, without a view. */
export function writeU53 (bytes: Uint8Array, at: number, value: number): void {
  assert(Number.isSafeInteger(value) && value >= 0, 'a u64 is a safe integer')
  writeU32(bytes, at, Math.floor(value / 0x1_0000_0000))
  writeU32(bytes, at + 4, value % 0x1_0000_0000)
}

/** Reads a u64be; -1 when it is above Number.MAX_SAFE_INTEGER. */
export function getU53 (view: DataView, at: number): number {
  const high = view.getUint32(at)
  return high > 0x1f_ffff ? -1 : high * 0x1_0000_0000 + view.getUint32(at + 4)
}

/** Writes a u64be. */
export function setU53 (view: DataView, at: number, value: number): void {
  assert(Number.isSafeInteger(value) && value >= 0, 'a u64 is a safe integer')
  view.setUint32(at, Math.floor(value / 0x1_0000_0000))
  view.setUint32(at + 4, value % 0x1_0000_0000)
}

/** Writes a u32be, without the silent wrap of DataView. */
export function setU32 (view: DataView, at: number, value: number): void {
  assert(Number.isInteger(value) && value >= 0 && value <= U32_MAX, 'a u32 is in range')
  view.setUint32(at, value)
}

/** Writes a u8, without the silent wrap of Uint8Array. */
export function setU8 (bytes: Uint8Array, at: number, value: number): void {
  assert(Number.isInteger(value) && value >= 0 && value <= 0xff, 'a u8 is in range')
  bytes[at] = value
}
