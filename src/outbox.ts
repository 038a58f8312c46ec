/**
 * What waits for one link: everything produced in one drain leaves as one write of at most 64 KiB;
 * a bounded part is handed to the socket, so that a slow peer shows here and not in the kernel.
 * Read next: `node.ts`, which owns one for each link.
 */
import { LINK_LIMITS } from './limits.js'
import type { Link } from './ports.js'

export class Outbox {
  readonly #link: Link
  readonly #queue: Uint8Array[] = []
  #queuedBytes = 0
  #handedBytes = 0
  /** Since when writes are under way without one being completed. */
  #sinceMs = 0
  readonly #nowMs: () => number
  readonly #wantsFlush: () => void

  /** `wantsFlush` is called when a completed write made room for what waits. */
  constructor (link: Link, nowMs: () => number, wantsFlush: () => void) {
    this.#link = link
    this.#nowMs = nowMs
    this.#wantsFlush = wantsFlush
  }

  /** False when the link has no room left: it is stalled. */
  push (bytes: Uint8Array): boolean {
    if (this.#queuedBytes + bytes.length > LINK_LIMITS.outboxBytesMax) return false
    this.#queue.push(bytes)
    this.#queuedBytes += bytes.length
    return true
  }

  /** Hands over what may be handed over. */
  flush (): void {
    while (this.#queue.length > 0 && this.#handedBytes < LINK_LIMITS.handedBytesMax) {
      const bytes = this.#takeWrite()
      if (this.#handedBytes === 0) this.#sinceMs = this.#nowMs()
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
    while (this.#queue.length > 0) this.#link.write(this.#takeWrite(), () => {})
  }

  #onWritten (count: number): void {
    this.#handedBytes -= count
    this.#sinceMs = this.#nowMs()
    if (this.#queue.length > 0) this.#wantsFlush()
  }

  /** The next frames together, at most 64 KiB unless one frame is larger. */
  #takeWrite (): Uint8Array {
    let count = 0
    let size = 0
    for (const bytes of this.#queue) {
      if (count > 0 && size + bytes.length > LINK_LIMITS.writeBytesMax) break
      size += bytes.length
      count++
    }
    const taken = this.#queue.splice(0, count)
    this.#queuedBytes -= size
    const [first] = taken
    if (taken.length === 1 && first !== undefined) return first
    const joined = new Uint8Array(size)
    let at = 0
    for (const bytes of taken) {
      joined.set(bytes, at)
      at += bytes.length
    }
    return joined
  }
}
