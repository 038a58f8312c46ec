/**
 * The last events of a stream, numbered from 1: so many and so many bytes, the newest always among
 * them. Whoever reads behind the oldest has lost some. Read next: `stream.ts`, `notices.ts`.
 */

export interface RingEvent {
  readonly ordinal: number
  /** Of the event: `bulletin`, `gap`, … */
  readonly name: string
  /** One line of JSON. */
  readonly data: string
}

export interface RingLimits {
  readonly eventsMax: number
  readonly bytesMax: number
}

export class Ring {
  readonly #limits: RingLimits
  readonly #events: RingEvent[] = []
  /** Index of the oldest that counts: those before it are cut off now and then. */
  #from = 0
  #bytes = 0
  #last = 0
  readonly #waiting = new Set<() => void>()

  constructor (limits: RingLimits) {
    this.#limits = limits
  }

  /** Ordinal of the newest, 0 for none. */
  get last (): number {
    return this.#last
  }

  /** Ordinal of the oldest; one more than `last` for none. */
  get first (): number {
    return this.#last - (this.#events.length - this.#from) + 1
  }

  get bytes (): number {
    return this.#bytes
  }

  add (name: string, data: string): void {
    this.#events.push({ ordinal: ++this.#last, name, data })
    this.#bytes += data.length
    const { eventsMax, bytesMax } = this.#limits
    for (;;) {
      const count = this.#last - this.first + 1
      if (count === 1 || (count <= eventsMax && this.#bytes <= bytesMax)) break
      this.#bytes -= this.#events[this.#from]?.data.length ?? 0
      this.#from++
    }
    if (this.#from > eventsMax) this.#cut()
    this.wake()
  }

  /** The event of that ordinal, or null when it is not there any more, or yet. */
  at (ordinal: number): RingEvent | null {
    if (ordinal < this.first) return null
    return this.#events[this.#from + ordinal - this.first] ?? null
  }

  /** Bytes of the events after that one. */
  bytesAfter (ordinal: number): number {
    let bytes = 0
    for (let at = Math.max(ordinal + 1, this.first); at <= this.#last; at++) {
      bytes += this.at(at)?.data.length ?? 0
    }
    return bytes
  }

  /** True when something changed, false when that did not happen within so long. */
  changed (withinMs: number): Promise<boolean> {
    return new Promise(resolve => {
      const onChange = (): void => {
        clearTimeout(timer)
        resolve(true)
      }
      const timer = setTimeout(() => {
        this.#waiting.delete(onChange)
        resolve(false)
      }, withinMs)
      timer.unref()
      this.#waiting.add(onChange)
    })
  }

  /** Whoever waits looks again. */
  wake (): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const onChange of waiting) onChange()
  }

  #cut (): void {
    this.#events.splice(0, this.#from)
    this.#from = 0
  }
}
