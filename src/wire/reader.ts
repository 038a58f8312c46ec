/**
 * Chunks in, frames out, for any chopping. A frame that lies in one chunk is decoded in place; a
 * frame in pieces is gathered in a buffer that grows with what came, never with what was announced.
 * Read next: `decode.ts`.
 */
import { WIRE_LIMITS } from '../limits.js'
import { FRAME_HEAD_BYTES } from './bytes.js'
import { decodeFrame, unknownFrame } from './decode.js'
import type { Frame, UnknownFrame } from './frame.js'
import { isRefusal, refusal, type Refusal } from './refusal.js'

const PREFIX_BYTES = 4
const NOTHING = new Uint8Array(0)

/**
 * Reads one link. After each `push` call `next` until it gives null: the reader may look into the
 * chunk until then, and holds nothing of it afterwards.
 */
export class FrameReader {
  /**
   * Tag and body together, in bytes. Judged from the prefix alone when `next` meets it, so a larger
   * limit set right after a frame was given holds for the very next one.
   */
  frameBytesMax: number
  /** Unread bytes are those from `#start` to `#end` of `#held`. */
  #held: Uint8Array = NOTHING
  #start = 0
  #end = 0
  /** `#held` is a buffer of this reader's own, not the caller's chunk. */
  #isOwn = false
  #refusal: Refusal | null = null

  constructor (frameBytesMax: number) {
    this.frameBytesMax = frameBytesMax
  }

  /** Bytes pushed and not yet given as frames. */
  get unreadBytes (): number {
    return this.#end - this.#start
  }

  /** Bytes of the buffer that is held for them, the caller's chunk included. */
  get heldBytes (): number {
    return this.#held.length
  }

  /** Takes a chunk. Chunks after a refusal are dropped. */
  push (chunk: Uint8Array): void {
    if (this.#refusal !== null || chunk.length === 0) return
    if (this.#start === this.#end) {
      this.#hold(chunk, chunk.length, false)
      return
    }
    if (!this.#isOwn || this.#end + chunk.length > this.#held.length) this.#grow(chunk.length)
    this.#held.set(chunk, this.#end)
    this.#end += chunk.length
  }

  /** The next frame; null when more bytes are needed; after a refusal that refusal for ever. */
  next (): Frame | UnknownFrame | Refusal | null {
    if (this.#refusal !== null) return this.#refusal
    const unread = this.#end - this.#start
    if (unread < PREFIX_BYTES) return this.#wait()
    const frameBytes = this.#prefix()
    if (frameBytes === 0) return this.#refuse(refusal('frame-empty', 'a frame without a tag'))
    if (frameBytes > this.frameBytesMax) {
      const what = `a frame of ${frameBytes} bytes, ${this.frameBytesMax} are allowed here`
      return this.#refuse(refusal('frame-too-long', what))
    }
    if (unread < PREFIX_BYTES + frameBytes) return this.#wait()
    const tag = this.#held[this.#start + PREFIX_BYTES] ?? 0
    const bodyStart = this.#start + FRAME_HEAD_BYTES
    this.#start += PREFIX_BYTES + frameBytes
    // Not even a view is made of what is skipped: a flood of it shall leave no garbage behind.
    const frame = unknownFrame(tag) ?? decodeFrame(tag, this.#held.subarray(bodyStart, this.#start))
    if (isRefusal(frame)) return this.#refuse(frame)
    if (this.#start === this.#end) this.#hold(NOTHING, 0, false)
    return frame
  }

  /** The length prefix, big-endian, at `#start`. */
  #prefix (): number {
    let frameBytes = 0
    for (let at = this.#start; at < this.#start + PREFIX_BYTES; at++) {
      frameBytes = frameBytes * 256 + (this.#held[at] ?? 0)
    }
    return frameBytes
  }

  #refuse (why: Refusal): Refusal {
    this.#refusal = why
    this.#hold(NOTHING, 0, false)
    return why
  }

  /** Ends a turn: what is left of a chunk is copied out, an own buffer grown too large is left. */
  #wait (): null {
    const unread = this.#end - this.#start
    const isLarge = this.#held.length > WIRE_LIMITS.gatherKeptBytesMax &&
      unread * 4 < this.#held.length
    if (unread > 0 && (!this.#isOwn || isLarge)) this.#move(unread)
    return null
  }

  /** Room for `extra` more, at least doubling, so that each byte is moved a constant time over. */
  #grow (extra: number): void {
    const unread = this.#end - this.#start
    this.#move(Math.max(unread + extra, unread * 2))
  }

  #move (capacity: number): void {
    const unread = this.#held.subarray(this.#start, this.#end)
    const held = new Uint8Array(capacity)
    held.set(unread)
    this.#hold(held, unread.length, true)
  }

  #hold (bytes: Uint8Array, end: number, isOwn: boolean): void {
    this.#held = bytes
    this.#start = 0
    this.#end = end
    this.#isOwn = isOwn
  }
}
