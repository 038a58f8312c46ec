/**
 * Bulletins that are published again and again: kept in the store, published at their times. What
 * cannot be published then is told to the log, and the schedule stays.
 * Read next: `almanac.ts`, which waits for the times.
 */
import { GossipError } from '../errors.js'
import { HALLWAY_LIMITS } from '../limits.js'
import {
  CalendarError, type Calendar, type Entropy, type Log, type Store, type StoredSchedule,
  type Times,
} from '../ports.js'
import { utf8Encode } from '../wire/bytes.js'
import { toHex } from '../wire/hex.js'
import { isSource, sourceLine } from '../wire/source-line.js'
import type { Almanac } from './almanac.js'
import { parseTopicId, type Topic } from './bulletin.js'

/** What is to be published, and when. */
export interface ScheduleAsked {
  /**
   * Cron, in this machine's time zone: minute, hour, day of month, month, day of week, with an
   * optional second before; or a word as `@hourly`.
   */
  readonly expression: string
  /** Descriptor of a topic, or 64 hex digits of its id. @default 'public' */
  readonly topic?: string
  readonly content: Uint8Array | string
  /** Who it claims to come from, 1 to 64 bytes: see `withSource`. */
  readonly source?: string
}

/** One schedule. */
export interface Schedule extends StoredSchedule {
  /** When it comes next; null when it never does any more. */
  readonly next: Date | null
}

interface Surroundings {
  readonly store: Store | null
  readonly calendar: Calendar
  readonly entropy: Entropy
  readonly almanac: Almanac
  readonly log: Log
  readonly contentBytesMax: number
  readonly publish: (topic: Topic, content: Uint8Array) => Promise<unknown>
}

/** Topic of what is published without one. */
export const PUBLIC_TOPIC = 'public'

export class Schedules {
  readonly #around: Surroundings
  readonly #schedules = new Map<string, StoredSchedule>()
  /** Being written: they count already. */
  #adding = 0

  constructor (around: Surroundings) {
    this.#around = around
  }

  /** What the store has of earlier runs. */
  restore (kept: readonly StoredSchedule[]): void {
    for (const schedule of kept.slice(0, HALLWAY_LIMITS.schedulesMax)) {
      try {
        this.#begin(schedule, timesOf(this.#around.calendar, schedule.expression))
      } catch (error) {
        this.#warn(schedule, error)
      }
    }
  }

  /**
   * Resolves when it is kept. Rejects with GossipError `schedule-invalid`, `option-invalid`, `busy`
   * or `store-failed`.
   */
  async add (asked: ScheduleAsked): Promise<Schedule> {
    const { calendar, entropy, store, contentBytesMax } = this.#around
    const times = timesOf(calendar, asked.expression)
    const stored = {
      ...checked(asked, contentBytesMax), id: toHex(entropy.bytes(8)),
    }
    if (this.#schedules.size + this.#adding >= HALLWAY_LIMITS.schedulesMax) {
      const what = `there are ${HALLWAY_LIMITS.schedulesMax} schedules already: remove one first`
      throw new GossipError('busy', what)
    }
    this.#adding++
    try {
      await store?.putSchedule(stored.id, stored)
    } catch (error) {
      const what = 'the schedule cannot be kept: make room on the disk'
      throw new GossipError('store-failed', what, error)
    } finally {
      this.#adding--
    }
    this.#begin(stored, times)
    return this.#viewOf(stored)
  }

  /** In the order in which they were added to this run. */
  list (): Schedule[] {
    return [...this.#schedules.values()].map(schedule => this.#viewOf(schedule))
  }

  /** Resolves when it is gone for good. Rejects with `schedule-unknown` or `store-failed`. */
  async remove (id: string): Promise<void> {
    if (!this.#schedules.delete(id)) {
      const what = `there is no schedule ${JSON.stringify(id.slice(0, 80))}: list them`
      throw new GossipError('schedule-unknown', what)
    }
    this.#around.almanac.remove(`schedule ${id}`)
    try {
      await this.#around.store?.putSchedule(id, null)
    } catch (error) {
      const what = 'the schedule is removed from this run only: the disk takes nothing'
      throw new GossipError('store-failed', what, error)
    }
  }

  #begin (schedule: StoredSchedule, times: Times): void {
    this.#schedules.set(schedule.id, schedule)
    this.#around.almanac.set(`schedule ${schedule.id}`, times, () => { this.#publish(schedule) })
  }

  #publish (schedule: StoredSchedule): void {
    const { topic, content, source } = schedule
    const bytes = source === null ? content : joined(utf8Encode(sourceLine(source)), content)
    this.#around.publish(parseTopicId(topic) ?? topic, bytes)
      .catch((error: unknown) => { this.#warn(schedule, error) })
  }

  #viewOf (schedule: StoredSchedule): Schedule {
    const nextMs = this.#around.almanac.dueMs(`schedule ${schedule.id}`)
    return { ...schedule, next: nextMs === null ? null : new Date(nextMs) }
  }

  #warn ({ id }: StoredSchedule, error: unknown): void {
    const why = error instanceof Error ? error.message : String(error)
    const message = `schedule ${id}: ${why}; it stays`
    this.#around.log({ level: 'warn', area: 'schedules', message })
  }
}

/** Throws GossipError `schedule-invalid`. */
export function timesOf (calendar: Calendar, expression: string): Times {
  try {
    return calendar.read(expression)
  } catch (error) {
    if (!(error instanceof CalendarError)) throw error
    const times = JSON.stringify(expression.slice(0, 80))
    const what = `the times ${times} cannot be used: ${error.message}`
    throw new GossipError('schedule-invalid', what, error)
  }
}

/** Throws GossipError `option-invalid`. */
function checked (
  { expression, topic = PUBLIC_TOPIC, content, source = null }: {
    readonly expression: string, readonly topic?: string, readonly content: Uint8Array | string,
    readonly source?: string | null
  },
  contentBytesMax: number,
): Omit<StoredSchedule, 'id'> {
  const invalid = (what: string): GossipError => new GossipError('option-invalid', what)
  if (typeof topic !== 'string' || topic === '') throw invalid('a topic must not be empty')
  if (source !== null && !isSource(source)) {
    throw invalid('a claimed source is one line of 1 to 64 bytes, without control characters')
  }
  const bytes = typeof content === 'string' ? utf8Encode(content) : new Uint8Array(content)
  if (bytes.length > contentBytesMax) {
    throw invalid(`the content has ${bytes.length} bytes, ${contentBytesMax} are allowed`)
  }
  return { expression, topic, content: bytes, source }
}

function joined (one: Uint8Array, other: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(one.length + other.length)
  bytes.set(one)
  bytes.set(other, one.length)
  return bytes
}
