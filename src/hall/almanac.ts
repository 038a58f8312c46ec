/**
 * What is to happen at which times of the wall clock: one wake-up for all of them, at the nearest.
 * A time that was missed, while the machine slept or its clock was set, happens once when that is
 * noticed, however many were missed; of a run that had ended nothing is made good.
 * Read next: `schedules.ts`, and `../calendar.ts`, which knows when.
 */
import { HALLWAY_LIMITS } from '../limits.js'
import type { Clock, Times } from '../ports.js'

interface Entry {
  readonly times: Times
  readonly happen: () => void
  /** Ms since 1970; null: never again. */
  dueMs: number | null
}

type Timer = Pick<Clock, 'wallMs' | 'schedule' | 'cancel'>

export class Almanac {
  readonly #clock: Timer
  readonly #entries = new Map<string, Entry>()
  #timer: unknown = null
  #lookedMs = -Infinity
  #isClosed = false

  constructor (clock: Timer) {
    this.#clock = clock
  }

  /** From now on. An entry of that name is replaced. */
  set (name: string, times: Times, happen: () => void): void {
    if (this.#isClosed) return
    this.#entries.set(name, { times, happen, dueMs: times.next(this.#clock.wallMs()) })
    this.#wait()
  }

  remove (name: string): void {
    this.#entries.delete(name)
    this.#wait()
  }

  /** Ms since 1970, or null for never, and for no such entry. */
  dueMs (name: string): number | null {
    return this.#entries.get(name)?.dueMs ?? null
  }

  close (): void {
    this.#isClosed = true
    this.#entries.clear()
    this.#wait()
  }

  #onTimer (): void {
    this.#timer = null
    const nowMs = this.#clock.wallMs()
    const wasSetBack = nowMs < this.#lookedMs
    this.#lookedMs = nowMs
    const due: Entry[] = []
    for (const entry of this.#entries.values()) {
      const isDue = entry.dueMs !== null && entry.dueMs <= nowMs
      if (isDue) due.push(entry)
      // From what was due, so that nothing drifts; what was missed since is passed over.
      if (isDue || wasSetBack) entry.dueMs = entry.times.next(nowMs)
    }
    this.#wait()
    for (const { happen } of due) happen()
  }

  /** Looks again at the nearest time, and every so often: the wall clock may be set. */
  #wait (): void {
    if (this.#timer !== null) this.#clock.cancel(this.#timer)
    this.#timer = null
    let nearestMs = Infinity
    for (const { dueMs } of this.#entries.values()) {
      nearestMs = Math.min(nearestMs, dueMs ?? Infinity)
    }
    if (nearestMs === Infinity) return
    const nowMs = this.#clock.wallMs()
    const waitMs = Math.max(1, Math.ceil(nearestMs - nowMs))
    this.#lookedMs = Math.max(this.#lookedMs, nowMs)
    this.#timer = this.#clock.schedule(
      Math.min(waitMs, HALLWAY_LIMITS.almanacLookEveryMs), () => { this.#onTimer() },
    )
  }
}
