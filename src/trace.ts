/** The flight recorder: the last events and effects of a node, for tests and for bug reports. */
import type { Effect } from './core/effect.js'
import type { Event } from './core/event.js'
import { HALLWAY_LIMITS } from './limits.js'
import type { Frame } from './wire/frame.js'

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
    this.#whats[this.#next] = shortened(what)
    this.#next = (this.#next + 1) % HALLWAY_LIMITS.recorderEntriesMax
  }

  /** Oldest first. */
  entries (): TraceEntry[] {
    const entries = this.#whats.map((what, i) => ({ atMs: this.#times[i] ?? NaN, what }))
    return [...entries.slice(this.#next), ...entries.slice(0, this.#next)]
  }
}

/** Without the long lists of a frame: a few hundred of those would be kept alive for nothing. */
function shortened (what: Event | Effect): Event | Effect {
  if (what.kind !== 'frame-received' && what.kind !== 'send') return what
  const frame = shortFrame(what.frame)
  return frame === what.frame ? what : { ...what, frame }
}

function shortFrame (frame: Frame): Frame {
  const most = HALLWAY_LIMITS.recorderRowsMax
  switch (frame.type) {
    case 'alive':
      return frame.members.length > most
        ? { ...frame, members: frame.members.slice(0, most) }
        : frame
    case 'records':
      return frame.entries.length > most
        ? { ...frame, entries: frame.entries.slice(0, most) }
        : frame
    case 'heads':
      return frame.rows.length > most ? { ...frame, rows: frame.rows.slice(0, most) } : frame
    case 'roster-digest':
    case 'table-digest':
      return frame.rows !== null && frame.rows.length > most
        ? { ...frame, rows: frame.rows.slice(0, most) }
        : frame
    default: return frame
  }
}
