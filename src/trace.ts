/** The flight recorder: the last events and effects of a node, for tests and for bug reports. */
import type { Effect } from './core/effect.js'
import type { Event } from './core/event.js'
import { HALLWAY_LIMITS } from './limits.js'

export interface TraceEntry {
  readonly atMs: number
  readonly what: Event | Effect
}

export class FlightRecorder {
  /** Two rows side by side: nothing is made for an entry that is mostly never read. */
  readonly #times: number[] = []
  readonly #whats: (Event | Effect)[] = []
  #next = 0

  record (atMs: number, what: Event | Effect): void {
    this.#times[this.#next] = atMs
    this.#whats[this.#next] = what
    this.#next = (this.#next + 1) % HALLWAY_LIMITS.recorderEntriesMax
  }

  /** Oldest first. */
  entries (): TraceEntry[] {
    const entries = this.#whats.map((what, i) => ({ atMs: this.#times[i] ?? NaN, what }))
    return [...entries.slice(this.#next), ...entries.slice(0, this.#next)]
  }
}
