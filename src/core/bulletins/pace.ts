/**
 * How far publishing may run ahead of links that keep up: without it one burst would be more than
 * any link's queue takes, and all would have to ask for what they missed. A link that stores too
 * little in a while is not waited for, and mostly known before anybody had to wait: it falls behind
 * alone. Read next: `publisher.ts`, `spread.ts`.
 */
import { BULLETIN_LIMITS } from '../../limits.js'
import type { LinkId } from '../event.js'
import type { Sizes } from '../sizes.js'
import type { Shelf } from './shelf.js'
import type { Spread } from './spread.js'

interface Follower {
  /** Bytes of own batches up to the last one that it stored. */
  storedBytes: number
  /** It does not store, or took too long: it is not waited for. */
  carries: boolean
  isSlow: boolean
  /** What it had stored when it was last seen to keep up, and when that was. */
  keptBytes: number
  keptMs: number
}

/** A link may lack so much, and is to store so much in a while when it lacks more. */
const STEP_BYTES = BULLETIN_LIMITS.laggingBytesMax / 4

export class Pace {
  readonly #shelf: Shelf
  readonly #spread: Spread
  readonly #followers = new Map<LinkId, Follower>()
  /** Own batches of the last window, and the bytes of all up to each: objects would be felt. */
  readonly #sentLasts: number[] = []
  readonly #sentUpTo: number[] = []
  #sentBytes = 0
  /** What the slowest link that is waited for has stored; Infinity for none. */
  #slowestBytes = Infinity
  /** When nobody that is waited for lacked much. */
  #calmMs = -Infinity
  #judgedMs = -Infinity

  constructor (shelf: Shelf, spread: Spread) {
    this.#shelf = shelf
    this.#spread = spread
  }

  get sizes (): Sizes {
    return { followers: this.#followers.size }
  }

  onReady (link: LinkId): void {
    const storedBytes = this.#sentBytes
    this.#followers.set(link, {
      storedBytes, carries: true, isSlow: false,
      keptBytes: storedBytes, keptMs: this.#shelf.mesh.nowMs,
    })
    this.#look()
  }

  onEnded (link: LinkId): void {
    this.#followers.delete(link)
    this.#look()
  }

  setCarries (link: LinkId, carries: boolean): void {
    const follower = this.#followers.get(link)
    if (follower !== undefined) follower.carries = carries
    this.#look()
  }

  /** An own batch left. */
  published (last: number, bytes: number): void {
    // A new log counts from 1 again.
    if (last <= (this.#sentLasts.at(-1) ?? 0)) this.#forget(this.#sentLasts.length)
    if (this.#sentBytes - this.#slowestBytes <= STEP_BYTES) this.#calmMs = this.#shelf.mesh.nowMs
    this.#sentBytes += bytes
    this.#sentLasts.push(last)
    this.#sentUpTo.push(this.#sentBytes)
    const { laggingBytesMax } = BULLETIN_LIMITS
    if ((this.#sentUpTo[0] ?? 0) > this.#sentBytes - 4 * laggingBytesMax) return
    this.#forget(this.#sentUpTo.findIndex(all => all > this.#sentBytes - 2 * laggingBytesMax))
  }

  /** A link told up to where it has stored the own log. */
  onHeard (link: LinkId, position: number): void {
    const follower = this.#followers.get(link)
    if (follower === undefined) return
    const storedBytes = this.#bytesUpTo(position)
    if (storedBytes <= follower.storedBytes) return
    follower.storedBytes = storedBytes
    const lackingBytes = this.#sentBytes - storedBytes
    if (lackingBytes * 2 < BULLETIN_LIMITS.laggingBytesMax) follower.isSlow = false
    this.#noteKept(follower)
    this.#look()
  }

  /** True when more may be published; `openBytes`: what is about to leave. */
  hasRoom (openBytes: number): boolean {
    const { laggingBytesMax, laggingMaxMs } = BULLETIN_LIMITS
    const { deadlines, nowMs } = this.#shelf.mesh
    const lagBytes = this.#sentBytes - this.#slowestBytes
    const isDue = nowMs - this.#judgedMs >= laggingMaxMs / 8
    if (lagBytes > STEP_BYTES && (isDue || lagBytes + openBytes >= laggingBytesMax)) this.#judge()
    if (this.#sentBytes + openBytes - this.#slowestBytes < laggingBytesMax) return true
    if (!deadlines.has('pace', '')) deadlines.set('pace', '', nowMs + laggingMaxMs)
    return false
  }

  /** Publishing has stopped for a while. */
  onDue (): void {
    this.#judge()
  }

  /** Who lacks much and stored little for a while is not waited for. */
  #judge (): void {
    const { nowMs } = this.#shelf.mesh
    this.#judgedMs = nowMs
    for (const follower of this.#followers.values()) {
      this.#noteKept(follower)
      const forMs = nowMs - Math.max(follower.keptMs, this.#calmMs)
      if (forMs >= BULLETIN_LIMITS.laggingMaxMs) follower.isSlow = true
    }
    this.#look()
  }

  #noteKept (follower: Follower): void {
    const { storedBytes, keptBytes } = follower
    const keepsUp = this.#sentBytes - storedBytes <= STEP_BYTES
    if (!keepsUp && storedBytes - keptBytes < STEP_BYTES) return
    follower.keptBytes = storedBytes
    follower.keptMs = this.#shelf.mesh.nowMs
  }

  #look (): void {
    this.#slowestBytes = Infinity
    for (const [link, { storedBytes, carries, isSlow }] of this.#followers) {
      if (!carries || isSlow || this.#spread.isPulling(link)) continue
      this.#slowestBytes = Math.min(this.#slowestBytes, storedBytes)
    }
  }

  #bytesUpTo (position: number): number {
    let low = 0
    let high = this.#sentLasts.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#sentLasts[middle] ?? Infinity) <= position) low = middle + 1
      else high = middle
    }
    return this.#sentUpTo[low - 1] ?? 0
  }

  #forget (count: number): void {
    this.#sentLasts.splice(0, count)
    this.#sentUpTo.splice(0, count)
  }
}
