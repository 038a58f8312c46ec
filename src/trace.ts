/** The flight recorder: the last events and effects of a node, for tests and for bug reports. */
import type { Effect } from './core/effect.js'
import type { Event } from './core/event.js'
import { HALLWAY_LIMITS } from './limits.js'

export interface TraceEntry {
  readonly atMs: number
  readonly what: Event | Effect
}

export class FlightRecorder {
  readonly #entries: TraceEntry[] = []
  #next = 0

  record (atMs: number, what: Event | Effect): void {
    this.#entries[this.#next] = { atMs, what }
    this.#next = (this.#next + 1) % HALLWAY_LIMITS.recorderEntriesMax
  }

  /** Oldest first. */
  entries (): TraceEntry[] {
    return [...this.#entries.slice(this.#next), ...this.#entries.slice(0, this.#next)]
  }
}
