/**
 * What waits for a link whose reader is slow, as the hallway keeps it: live bulletins within a
 * bound, answers behind them; everything else passes by. Read next: `world.ts`, which has one for
 * each link that is narrow, and `src/outbox.ts`, which is the real one.
 */

export interface NarrowOptions {
  /** Live bulletins that may wait, bytes. */
  readonly roomBytes: number
  readonly bytesPerMs: number
  later (delayMs: number, action: () => void): void
  send (bytes: Uint8Array): void
}

interface Waiting {
  readonly bytes: Uint8Array
  readonly isLive: boolean
}

export class NarrowLink {
  readonly #options: NarrowOptions
  #waiting: Waiting[] = []
  #sending: Uint8Array | null = null
  #isWide = false

  constructor (options: NarrowOptions) {
    this.#options = options
  }

  /** Live bulletins wait. */
  get isBusy (): boolean {
    return this.#waiting.some(({ isLive }) => isLive)
  }

  /** False when live bulletins overflow: those that wait are gone. */
  push (bytes: Uint8Array, isLive: boolean): boolean {
    if (this.#isWide) {
      this.#options.send(bytes)
      return true
    }
    const queued = this.#waiting.reduce((sum, one) => sum + (one.isLive ? one.bytes.length : 0), 0)
    if (isLive && queued + bytes.length > this.#options.roomBytes) {
      this.#waiting = this.#waiting.filter(one => !one.isLive)
      return false
    }
    this.#waiting.push({ bytes, isLive })
    this.#pump()
    return true
  }

  /** The reader is quick again: everything leaves. */
  widen (): void {
    this.#isWide = true
    if (this.#sending !== null) this.#options.send(this.#sending)
    this.#sending = null
    for (let next = this.#take(); next !== undefined; next = this.#take()) this.#options.send(next)
  }

  #pump (): void {
    if (this.#sending !== null || this.#isWide) return
    const bytes = this.#take()
    if (bytes === undefined) return
    this.#sending = bytes
    this.#options.later(bytes.length / this.#options.bytesPerMs, () => {
      if (this.#sending !== bytes) return
      this.#sending = null
      this.#options.send(bytes)
      this.#pump()
    })
  }

  /** Live bulletins first. */
  #take (): Uint8Array | undefined {
    const live = this.#waiting.findIndex(({ isLive }) => isLive)
    const [next] = this.#waiting.splice(Math.max(live, 0), 1)
    return next?.bytes
  }
}
