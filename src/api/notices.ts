/**
 * The node's notices as events: one ring for all who read them. A slow reader falls behind the ring
 * and is told how many it lost. Read next: `streams.ts`.
 */
import type { At, Notice } from '../index.js'
import { API_LIMITS } from '../limits.js'
import { Ring } from './ring.js'
import type { LostView } from './schemas.js'
import type { Served } from './served.js'
import type { EventSource } from './sse.js'

export class Notices {
  /** Of this run's events. */
  readonly id: string
  readonly #node: Served
  readonly #ring = new Ring({
    eventsMax: API_LIMITS.noticesKeptMax, bytesMax: API_LIMITS.noticesKeptBytesMax,
  })
  #isOver = false

  constructor (id: string, node: Served) {
    this.id = id
    this.#node = node
    node.on('notice', this.#onNotice)
  }

  get last (): number {
    return this.#ring.last
  }

  /** Null for an ordinal of no event. One that was forgotten is told as lost. */
  connect (after: number, left: () => void): EventSource | null {
    if (after > this.#ring.last) return null
    let at = after
    return {
      next: () => {
        const missed = this.#ring.first - 1 - at
        if (missed > 0) {
          at = this.#ring.first - 1
          const event = { ordinal: at, name: 'lost', data: lostText(missed) }
          return { id: `${this.id}-${at}`, event }
        }
        const event = this.#ring.at(at + 1)
        if (event === null) return this.#isOver ? 'end' : 'later'
        at = event.ordinal
        return { id: `${this.id}-${at}`, event }
      },
      changed: withinMs => this.#ring.changed(withinMs),
      gone: left,
    }
  }

  end (): void {
    this.#node.off('notice', this.#onNotice)
    this.#isOver = true
    this.#ring.wake()
  }

  readonly #onNotice = (notice: At<Notice>): void => {
    this.#ring.add(notice.kind, JSON.stringify(notice))
  }
}

function lostText (count: number): string {
  const lost: LostView = {
    kind: 'lost', message: `${count} notices were not read in time`, count,
  }
  return JSON.stringify(lost)
}
