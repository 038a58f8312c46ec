/**
 * Chunks in, frames out, for any chopping. A frame that lies in one chunk is decoded in place; a
 * frame in pieces is gathered in a buffer that grows with what came, never with what was announced,
 * and belongs to the frame in the end.
 * Read next: `decode.ts`.
 */
import { FRAME_HEAD_BYTES, newRoomy } from './bytes.js'
import { decodeFrame, unknownFrame } from './decode.js'
import type { Frame, UnknownFrame } from './frame.js'
import { isRefusal, refusal, type Refusal } from './refusal.js'

const PREFIX_BYTES = 4
const GROWTH = 4
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
  /** Unread bytes are those from `#start` to `#end` of `#held`, then `#rest`. */
  #held: Uint8Array = NOTHING
  #start = 0
  #end = 0
  /** `#held` gathers one frame in memory of its own, and is not the caller's chunk. */
  #isOwn = false
  /** What came after the first frame that is held, a view of the caller's chunk. */
  #rest: Uint8Array = NOTHING
  #refusal: Refusal | null = null

  constructor (frameBytesMax: number) {
    this.frameBytesMax = frameBytesMax
  }

  /** Bytes pushed and not yet given as frames. */
  get unreadBytes (): number {
    return this.#end - this.#start + this.#rest.length
  }

  /** Takes a chunk. Chunks after a refusal are dropped. */
  push (chunk: Uint8Array): void {
    if (this.#refusal !== null || chunk.length === 0) return
    if (this.#start === this.#end) return this.#hold(chunk)
    const missing = this.#missing()
    // The frame before was not asked for yet.
    if (missing === 0) this.#rest = joined(this.#rest, chunk)
    else if (missing === Infinity) this.#hold(joined(this.#unread(), chunk))
    else this.#gather(chunk, missing)
  }

  /** The next frame; null when more bytes are needed; after a refusal that refusal for ever. */
  next (): Frame | UnknownFrame | Refusal | null {
    if (this.#refusal !== null) return this.#refusal
    const unread = this.#end - this.#start
    if (unread < PREFIX_BYTES) return this.#goOn()
    const frameBytes = this.#prefix()
    if (frameBytes === 0) return this.#refuse(refusal('frame-empty', 'a frame without a tag'))
    if (frameBytes > this.frameBytesMax) {
      const what = `a frame of ${frameBytes} bytes, ${this.frameBytesMax} are allowed here`
      return this.#refuse(refusal('frame-too-long', what))
    }
    if (unread < PREFIX_BYTES + frameBytes) return this.#goOn()
    const tag = this.#held[this.#start + PREFIX_BYTES] ?? 0
    const bodyStart = this.#start + FRAME_HEAD_BYTES
    this.#start += PREFIX_BYTES + frameBytes
    // Not even a view is made of what is skipped: a flood of it shall leave no garbage behind.
    const frame = unknownFrame(tag) ??
      decodeFrame(tag, this.#held.subarray(bodyStart, this.#start), this.#isOwn)
    if (isRefusal(frame)) return this.#refuse(frame)
    if (this.#start === this.#end) this.#hold(this.#rest)
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

  /** Bytes that the first frame lacks; Infinity as long as its prefix is not whole. */
  #missing (): number {
    const unread = this.#end - this.#start
    if (unread < PREFIX_BYTES) return Infinity
    return Math.max(0, PREFIX_BYTES + this.#prefix() - unread)
  }

  #unread (): Uint8Array {
    return this.#held.subarray(this.#start, this.#end)
  }

  #refuse (why: Refusal): Refusal {
    this.#refusal = why
    this.#hold(NOTHING)
    return why
  }

  /** The beginning of one frame is left: what came after it is added, or the turn ends. */
  #goOn (): Frame | UnknownFrame | Refusal | null {
    if (this.#rest.length === 0) return this.#wait()
    const rest = this.#rest
    this.#rest = NOTHING
    this.push(rest)
    return this.next()
  }

  /** Ends a turn: what is left of a chunk is copied out. */
  #wait (): null {
    const unread = this.#end - this.#start
    if (unread === 0 || this.#isOwn) return null
    const missing = this.#missing()
    if (missing === Infinity) this.#hold(this.#unread().slice())
    else this.#own(unread, missing)
    return null
  }

  /** Adds to the frame that is being gathered; what is beyond its end waits for its turn. */
  #gather (chunk: Uint8Array, missing: number): void {
    const taken = Math.min(chunk.length, missing)
    const unread = this.#end - this.#start
    const hasRoom = this.#isOwn && this.#end + taken <= this.#held.length
    if (!hasRoom) this.#own(unread + taken, missing - taken)
    this.#held.set(taken === chunk.length ? chunk : chunk.subarray(0, taken), this.#end)
    this.#end += taken
    if (taken < chunk.length) this.#rest = chunk.subarray(taken)
  }

  /**
   * Moves what is unread into memory for `came` bytes of a frame that still lacks `missing`: at
   * most four times what came, so that each byte is moved a constant time over, and never more than
   * the frame has, which is given away with it.
   */
  #own (came: number, missing: number): void {
    const unread = this.#unread()
    const held = newRoomy(Math.min(came + missing, GROWTH * came))
    held.set(unread)
    this.#held = held
    this.#start = 0
    this.#end = unread.length
    this.#isOwn = true
  }

  #hold (chunk: Uint8Array): void {
    this.#held = chunk
    this.#start = 0
    this.#end = chunk.length
    this.#isOwn = false
    this.#rest = NOTHING
  }
}

function joined (first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}
