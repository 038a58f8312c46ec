/**
 * What waits for one link, in four lanes: control first, then live bulletins, then by turns answers
 * to wants and applications' requests, of which neither can keep the other back. All that one drain
 * produced leaves as few writes of at most 64 KiB; half a second's worth is handed to the socket,
 * so that a slow peer shows here and not in the kernel. Bulletins beyond the limit are dropped: the
 * peer asks for them when it can (DESIGN 5). Read next: `link-hall.ts`.
 */
import { LINK_LIMITS } from './limits.js'
import type { Link } from './ports.js'

export type Lane = 'control' | 'bulletins' | 'answers' | 'requests'

const LANES: readonly Lane[] = ['control', 'bulletins', 'answers', 'requests']
/** After answers had their turn. */
const LANES_TURNED: readonly Lane[] = ['control', 'bulletins', 'requests', 'answers']

/**
 * What came of queueing bytes: `overflow` of bulletins drops them all, of requests these alone, of
 * other lanes it ends the link.
 */
export type Pushed = 'queued' | 'overflow'

/** A buffer that some links hold. */
interface Share {
  readonly buffer: Uint8Array
  holders: number
}

/**
 * Bytes queued by all links of a node; a buffer that several links hold counts once, when they were
 * given it one right after the other.
 */
export class SharedBytes {
  #newest: Share | null = null
  #bytes = 0

  get bytes (): number {
    return this.#bytes
  }

  hold (buffer: Uint8Array): Share {
    const share = this.#newest?.buffer === buffer ? this.#newest : { buffer, holders: 0 }
    if (share.holders++ === 0) this.#bytes += buffer.length
    this.#newest = share
    return share
  }

  release (share: Share): void {
    if (--share.holders > 0) return
    this.#bytes -= share.buffer.length
    if (this.#newest === share) this.#newest = null
  }
}

export class Outbox {
  readonly #link: Link
  readonly #nowMs: () => number
  readonly #wantsFlush: () => void
  readonly #shared: SharedBytes
  readonly #lanes: Record<Lane, Uint8Array[]> = {
    control: [], bulletins: [], answers: [], requests: [],
  }
  /** Of the live bulletins that wait, in their order. */
  readonly #shares: Share[] = []
  readonly #bytes: Record<Lane, number> = {
    control: 0, bulletins: 0, answers: 0, requests: 0,
  }
  /** Whose turn it is behind all else: requests' (true) or answers'. */
  #isTurned = false
  /** The rest of a frame that has begun to leave: nothing may come between. */
  #rest: Uint8Array | null = null
  #handedBytes = 0
  /** Since when writes are under way without one being completed. */
  #sinceMs = 0
  /** Bytes completed since then, and the rate they showed, bytes per ms. */
  #measured = { sinceMs: -Infinity, bytes: 0 }
  #bytesPerMs = Infinity

  /** `wantsFlush` is called when a completed write made room for what waits. */
  constructor (
    link: Link, nowMs: () => number, wantsFlush: () => void, shared = new SharedBytes(),
  ) {
    this.#link = link
    this.#nowMs = nowMs
    this.#wantsFlush = wantsFlush
    this.#shared = shared
  }

  push (bytes: Uint8Array, lane: Lane = 'control'): Pushed {
    const isFull = this.#bytes[lane] + bytes.length > LINK_LIMITS.outboxBytesMax
    const isFullInAll = lane === 'bulletins' && this.#bytes.bulletins > 0 &&
      this.#shared.bytes > LINK_LIMITS.outboxesBytesMax
    if (isFull || isFullInAll) return 'overflow'
    this.#lanes[lane].push(bytes)
    this.#bytes[lane] += bytes.length
    if (lane === 'bulletins') this.#shares.push(this.#shared.hold(bytes))
    return 'queued'
  }

  /** Forgets the live bulletins that wait. */
  dropBulletins (): void {
    for (const share of this.#shares.splice(0)) this.#shared.release(share)
    this.#lanes.bulletins.length = 0
    this.#bytes.bulletins = 0
  }

  /** Live bulletins wait, or are under way. */
  get hasBulletins (): boolean {
    return this.#bytes.bulletins > 0
  }

  get #isEmpty (): boolean {
    return this.#rest === null && LANES.every(lane => this.#lanes[lane].length === 0)
  }

  /** Hands over what may be handed over. */
  flush (): void {
    while (!this.#isEmpty && this.#handedBytes < this.#windowBytes()) {
      const bytes = this.#takeWrite()
      const nowMs = this.#nowMs()
      if (this.#handedBytes === 0) {
        this.#sinceMs = nowMs
        this.#measured = { sinceMs: nowMs, bytes: 0 }
      }
      this.#handedBytes += bytes.length
      this.#link.write(bytes, () => { this.#onWritten(bytes.length) })
    }
  }

  /** True when writes are under way and none was completed for 10 s. */
  get isStalled (): boolean {
    return this.#handedBytes > 0 && this.#nowMs() - this.#sinceMs > LINK_LIMITS.stalledAfterMs
  }

  /** Everything at once: the link is about to close and flushes by itself. */
  flushAll (): void {
    while (!this.#isEmpty) this.#link.write(this.#takeWrite(), () => {})
  }

  /** Nothing of it is needed any more. */
  close (): void {
    this.dropBulletins()
  }

  #onWritten (count: number): void {
    const nowMs = this.#nowMs()
    this.#handedBytes -= count
    this.#sinceMs = nowMs
    this.#measured.bytes += count
    const ms = nowMs - this.#measured.sinceMs
    if (ms >= MEASURE_MS) {
      this.#bytesPerMs = this.#measured.bytes / ms
      this.#measured = { sinceMs: nowMs, bytes: 0 }
    }
    if (!this.#isEmpty) this.#wantsFlush()
  }

  /** Half a second of what the link was seen to take. */
  #windowBytes (): number {
    const { handedBytesMin, handedBytesMax, handedForMs } = LINK_LIMITS
    return Math.min(handedBytesMax, Math.max(handedBytesMin, this.#bytesPerMs * handedForMs))
  }

  /** The next frames together, at most 64 KiB; a larger frame goes in slices. */
  #takeWrite (): Uint8Array {
    const { writeBytesMax } = LINK_LIMITS
    if (this.#rest !== null) return this.#takeSlice(this.#rest)
    const taken: Uint8Array[] = []
    let size = 0
    for (const lane of this.#isTurned ? LANES_TURNED : LANES) {
      size += this.#takeFrom(lane, taken, size)
      if (size >= writeBytesMax || this.#lanes[lane].length > 0) break
    }
    const [first] = taken
    if (taken.length === 1 && first !== undefined) {
      return first.length > writeBytesMax ? this.#takeSlice(first) : first
    }
    const joined = new Uint8Array(size)
    let at = 0
    for (const bytes of taken) {
      joined.set(bytes, at)
      at += bytes.length
    }
    return joined
  }

  #takeFrom (lane: Lane, taken: Uint8Array[], before: number): number {
    let size = 0
    let count = 0
    for (const bytes of this.#lanes[lane]) {
      const isFirst = taken.length === 0
      if (!isFirst && before + size + bytes.length > LINK_LIMITS.writeBytesMax) break
      taken.push(bytes)
      size += bytes.length
      count++
    }
    this.#lanes[lane].splice(0, count)
    if (lane === 'bulletins') {
      for (const share of this.#shares.splice(0, count)) this.#shared.release(share)
    }
    this.#bytes[lane] -= size
    if (count > 0 && lane === 'answers') this.#isTurned = true
    if (count > 0 && lane === 'requests') this.#isTurned = false
    return size
  }

  #takeSlice (bytes: Uint8Array): Uint8Array {
    const { writeBytesMax } = LINK_LIMITS
    this.#rest = bytes.length > writeBytesMax ? bytes.subarray(writeBytesMax) : null
    return bytes.subarray(0, writeBytesMax)
  }
}

/** A rate is taken over at least so long. */
const MEASURE_MS = 20
