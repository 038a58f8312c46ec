/**
 * Chunks in, frames out, for any chopping. A frame that lies in one chunk is decoded in place; a
 * frame in pieces is gathered in memory of its own, which grows with what came, never with what was
 * announced, and ends as long as the frame. Read next: `decode.ts`.
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
  /** Unread bytes are those from `#start` to `#end` of `#held`, behind what was gathered. */
  #held: Uint8Array = NOTHING
  #start = 0
  #end = 0
  /** `#held` is a buffer of this reader's own, not the caller's chunk. */
  #isOwn = false
  /** The frame in pieces: its first bytes, and how long it is with its prefix. */
  #gathered: Uint8Array = NOTHING
  #gatheredEnd = 0
  #wholeBytes = 0
  #refusal: Refusal | null = null

  constructor (frameBytesMax: number) {
    this.frameBytesMax = frameBytesMax
  }

  /** Bytes pushed and not yet given as frames. */
  get unreadBytes (): number {
    return this.#end - this.#start + this.#gatheredEnd
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
    if (this.#wholeBytes > 0) return this.#gather()
    const unread = this.#end - this.#start
    if (unread < PREFIX_BYTES) return this.#wait()
    const frameBytes = this.#prefix()
    if (frameBytes === 0) return this.#refuse(refusal('frame-empty', 'a frame without a tag'))
    if (frameBytes > this.frameBytesMax) {
      const what = `a frame of ${frameBytes} bytes, ${this.frameBytesMax} are allowed here`
      return this.#refuse(refusal('frame-too-long', what))
    }
    if (unread < PREFIX_BYTES + frameBytes) {
      this.#wholeBytes = PREFIX_BYTES + frameBytes
      return this.#gather()
    }
    const start = this.#start
    this.#start += PREFIX_BYTES + frameBytes
    const frame = this.#decode(this.#held, start, this.#start, false)
    if (!isRefusal(frame) && this.#start === this.#end) this.#hold(NOTHING, 0, false)
    return frame
  }

  /** Takes what there is of the frame in pieces; gives it when it is whole. */
  #gather (): Frame | UnknownFrame | Refusal | null {
    const whole = this.#wholeBytes
    const end = Math.min(whole, this.#gatheredEnd + this.#end - this.#start)
    if (end > this.#gathered.length) {
      const room = Math.max(GROWTH * end, WIRE_LIMITS.gatherBytesMin)
      const grown = new Uint8Array(Math.min(whole, room))
      grown.set(this.#gathered.subarray(0, this.#gatheredEnd))
      this.#gathered = grown
    }
    const taken = end - this.#gatheredEnd
    this.#gathered.set(this.#held.subarray(this.#start, this.#start + taken), this.#gatheredEnd)
    this.#gatheredEnd = end
    this.#start += taken
    if (this.#start === this.#end) this.#hold(NOTHING, 0, false)
    if (end < whole) return null
    const bytes = this.#gathered
    this.#gathered = NOTHING
    this.#gatheredEnd = 0
    this.#wholeBytes = 0
    return this.#decode(bytes, 0, whole, true)
  }

  #decode (
    bytes: Uint8Array, start: number, end: number, isOwn: boolean,
  ): Frame | UnknownFrame | Refusal {
    const tag = bytes[start + PREFIX_BYTES] ?? 0
    // Not even a view is made of what is skipped: a flood of it shall leave no garbage behind.
    const frame = unknownFrame(tag) ??
      decodeFrame(tag, bytes.subarray(start + FRAME_HEAD_BYTES, end), isOwn)
    return isRefusal(frame) ? this.#refuse(frame) : frame
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

  /** Ends a turn: the beginning of a prefix is copied out of the chunk. */
  #wait (): null {
    const unread = this.#end - this.#start
    if (unread > 0 && !this.#isOwn) this.#move(unread)
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

/** Memory for a frame in pieces is so many times what came of it. */
const GROWTH = 4
