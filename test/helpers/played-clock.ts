/** A wall clock and its timers that move only when told. */
import type { Clock } from '../../src/ports.js'

interface Timer {
  readonly atMs: number
  readonly callback: () => void
}

export class PlayedClock implements Clock {
  /** How much later than asked a timer comes. */
  lateMs = 0
  #passedMs = 0
  #offsetMs: number
  readonly #timers = new Set<Timer>()

  constructor (wallMs: number) {
    this.#offsetMs = wallMs
  }

  nowMs (): number {
    return this.#passedMs
  }

  wallMs (): number {
    return this.#passedMs + this.#offsetMs
  }

  /** How many wait. */
  get timers (): number {
    return this.#timers.size
  }

  schedule (delayMs: number, callback: () => void): unknown {
    const timer = { atMs: this.#passedMs + delayMs + this.lateMs, callback }
    this.#timers.add(timer)
    return timer
  }

  cancel (handle: unknown): void {
    this.#timers.delete(handle as Timer)
  }

  breathe (callback: () => void): void {
    callback()
  }

  /** The wall clock is set; timers count what passes. */
  set (wallMs: number): void {
    this.#offsetMs = wallMs - this.#passedMs
  }

  /** Time passes; timers come in their order. */
  pass (ms: number): void {
    const endMs = this.#passedMs + ms
    for (;;) {
      const [next] = [...this.#timers].filter(({ atMs }) => atMs <= endMs)
        .sort((a, b) => a.atMs - b.atMs)
      if (next === undefined) break
      this.#timers.delete(next)
      this.#passedMs = Math.max(this.#passedMs, next.atMs)
      next.callback()
    }
    this.#passedMs = endMs
  }
}
