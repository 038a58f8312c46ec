/**
 * One subscription: an async iterable that gives each bulletin of its topic once, in the order of
 * its log. As long as its reader keeps up it is fed as bulletins come; a reader that falls behind
 * the buffer is fed from the store, and what the store no longer has is told as a gap.
 * Read next: `subscriptions.ts`, which feeds it.
 */
import { logName } from '../core/bulletins/logs.js'
import { Ranges, type Range } from '../core/bulletins/ranges.js'
import { BULLETIN_LIMITS } from '../limits.js'
import type { BulletinStore, CursorRow, HeldBulletin } from '../ports.js'
import type { Identity } from '../wire/identity.js'
import type { Bulletin } from './bulletin.js'

/** Positions of a log that will not come, or come late. */
export interface Gap {
  readonly author: Identity
  readonly incarnation: number
  readonly first: number
  readonly last: number
}

/** Options of `subscribe`. */
export interface SubscribeOptions {
  /** Also what is held since then: a Date, or ms since 1970; 0 for all. @default now */
  readonly since?: Date | number
  /** Ends the subscription. */
  readonly signal?: AbortSignal
  /**
   * Keeps how far the reader got under this name, so that the next subscription of the name goes on
   * after the last bulletin its reader took (a crash may repeat that one). @default none
   */
  readonly cursor?: string
  /** Bulletins that wait for the reader in memory; 1 to 65,536. Over it: read from the store. */
  readonly bufferMax?: number
  /**
   * Positions that will not come, or late; what comes of them after all has `late`. A log has
   * bulletins of all topics of its author, and nobody knows the topic of what is missing: so every
   * subscription is told of every gap, also of authors who never wrote to its topic. Whoever has
   * several subscriptions gives it to one. Positions that this subscription was behind by and that
   * left the store before it read them are told to it alone.
   */
  readonly onGap?: (gap: Gap) => void
}

interface Surroundings {
  readonly store: BulletinStore
  /** Resolves when all that was delivered before is in the store, or failed to be. */
  readonly stored: () => Promise<void>
  /** Positions that were handed over by now, by the names of logs. */
  readonly passed: () => ReadonlyMap<string, Ranges>
  readonly toBulletin: (held: HeldBulletin) => Bulletin
  readonly taken: (subscription: Subscription) => void
  readonly ended: (subscription: Subscription) => void
}

export class Subscription implements AsyncIterableIterator<Bulletin, undefined> {
  /** 64 hex digits. */
  readonly topic: string
  readonly #around: Surroundings
  readonly #options: SubscribeOptions
  readonly #bufferMax: number
  readonly #buffer: Bulletin[] = []
  /** By log: positions that were given to the buffer. */
  readonly #given = new Map<string, Ranges>()
  /** By log: positions that came while it was behind and are to be read from the store. */
  readonly #due = new Map<string, Ranges>()
  /** Calls of `next` that wait, oldest first. */
  readonly #readers: ((result: IteratorResult<Bulletin, undefined>) => void)[] = []
  /** Handed out, not known to be dealt with. */
  #last: Bulletin | null = null
  /** Behind: the buffer is filled from the store, what comes meanwhile is there too. */
  #isBehind: boolean
  /** What is held since before it began is read too. */
  readonly #isFromStore: boolean
  #isStarted = false
  #isReading = false
  #hasMissed = false
  #hasRoom: (() => void) | null = null
  #isEnded = false

  constructor (topic: string, options: SubscribeOptions, around: Surroundings) {
    this.topic = topic
    this.#options = options
    this.#around = around
    this.#bufferMax = options.bufferMax ?? BULLETIN_LIMITS.subscriptionBufferMax
    this.#isFromStore = options.since !== undefined || options.cursor !== undefined
    this.#isBehind = this.#isFromStore
    options.signal?.addEventListener('abort', this.#onAbort, { once: true })
  }

  /** Begins; a rejection ends the subscription at its reader. */
  start (cursor: readonly CursorRow[]): void {
    for (const { author, incarnation, ranges } of cursor) {
      this.#given.set(logName(author, incarnation), new Ranges(ranges))
    }
    this.#isStarted = true
    if (this.#options.signal?.aborted === true) this.end()
    if (this.#isBehind) void this.#readStore()
  }

  /**
   * Positions of a log came, of which these bulletins are of its topic. The others are passed over,
   * so that what was given is few ranges however many topics share a log.
   */
  offer ({ author, incarnation, first, last }: Gap, bulletins: readonly Bulletin[]): void {
    if (this.#isEnded) return
    const name = logName(author, incarnation)
    const given = this.#givenOf(name)
    let next = first
    for (const { seq } of bulletins) {
      given.add(next, seq - 1)
      next = seq + 1
    }
    given.add(next, last)
    for (const bulletin of bulletins) this.#offerOne(bulletin, name, given)
  }

  #offerOne (bulletin: Bulletin, name: string, given: Ranges): void {
    const { seq } = bulletin
    if (given.has(seq)) return
    if (!this.#isBehind && this.#buffer.length < this.#bufferMax) return this.#give(bulletin, given)
    const due = this.#due.get(name) ?? new Ranges()
    due.add(seq, seq)
    this.#due.set(name, due)
    this.#hasMissed = true
    // A full buffer is emptied first.
    const mayRead = this.#isBehind && this.#isStarted && this.#buffer.length < this.#bufferMax
    this.#isBehind = true
    if (mayRead) void this.#readStore()
  }

  gap (gap: Gap): void {
    this.#options.onGap?.(gap)
  }

  async next (): Promise<IteratorResult<Bulletin, undefined>> {
    this.#noteTaken()
    const bulletin = this.#buffer.shift()
    if (bulletin !== undefined) return this.#hand(bulletin)
    if (this.#isEnded) return { done: true, value: undefined }
    return new Promise(resolve => {
      this.#readers.push(result => {
        if (result.done !== true) this.#last = result.value
        resolve(result)
      })
      this.#wantMore()
    })
  }

  return (): Promise<IteratorResult<Bulletin, undefined>> {
    this.#noteTaken()
    this.end()
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator] (): this {
    return this
  }

  /** How far its reader got, to be kept under its name. */
  cursor (): CursorRow[] {
    const rows = new Map([...this.#given].map(([name, given]) => {
      const [author = '', incarnation = '0'] = name.split(' ')
      const ranges = new Ranges(given.list())
      return [name, { author: author as Identity, incarnation: Number(incarnation), ranges }]
    }))
    const untaken = this.#last === null ? this.#buffer : [this.#last, ...this.#buffer]
    for (const { author, incarnation, seq } of untaken) {
      rows.get(logName(author, incarnation))?.ranges.remove(seq, seq)
    }
    return [...rows.values()].filter(({ ranges }) => !ranges.isEmpty)
      .map(row => ({ ...row, ranges: row.ranges.list() }))
  }

  /** Name of its cursor, or null. */
  get cursorName (): string | null {
    return this.#options.cursor ?? null
  }

  /** No more comes; what waits in the buffer is still given. */
  end (): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#options.signal?.removeEventListener('abort', this.#onAbort)
    this.#hasRoom?.()
    this.#around.ended(this)
    for (const reader of this.#readers.splice(0)) reader({ done: true, value: undefined })
  }

  readonly #onAbort = (): void => { this.end() }

  #hand (bulletin: Bulletin): IteratorResult<Bulletin, undefined> {
    this.#last = bulletin
    this.#wantMore()
    return { done: false, value: bulletin }
  }

  #wantMore (): void {
    if (this.#buffer.length * 2 > this.#bufferMax) return
    this.#hasRoom?.()
    this.#hasRoom = null
    if (this.#isBehind && this.#isStarted && !this.#isEnded) void this.#readStore()
  }

  #give (bulletin: Bulletin, given: Ranges): void {
    given.add(bulletin.seq, bulletin.seq)
    const reader = this.#readers.shift()
    if (reader === undefined) this.#buffer.push(bulletin)
    else reader({ done: false, value: bulletin })
  }

  /** The oldest log is forgotten of more than the core remembers. */
  #givenOf (name: string): Ranges {
    const known = this.#given.get(name)
    if (known !== undefined) return known
    const [oldest] = this.#given.keys()
    if (oldest !== undefined && this.#given.size >= BULLETIN_LIMITS.logsPerReaderMax) {
      this.#given.delete(oldest)
      this.#due.delete(oldest)
    }
    const given = new Ranges()
    this.#given.set(name, given)
    return given
  }

  /** From the store until it has nothing new and nothing came meanwhile. */
  async #readStore (): Promise<void> {
    if (this.#isReading) return
    this.#isReading = true
    try {
      do {
        this.#hasMissed = false
        const due = [...this.#due].map(([name, ranges]) => [name, [...ranges.list()]] as const)
        // What is handed over later is for the next time: it might overtake what is before it.
        const passed = this.#around.passed()
        await this.#around.stored()
        await this.#readOnce(passed)
        this.#tellLost(due)
      } while (this.#hasMissed && !this.#isEnded)
      this.#isBehind = false
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#isReading = false
    }
  }

  async #readOnce (passed: ReadonlyMap<string, Ranges>): Promise<void> {
    const sinceSeconds = Number(this.#options.since ?? 0) / 1_000
    for await (const held of this.#around.store.ofTopic(this.topic)) {
      if (this.#isEnded) return
      const { position } = held
      const name = logName(held.author, held.incarnation)
      const given = this.#givenOf(name)
      const isDue = this.#due.get(name)?.has(position) === true
      if (given.has(position) || passed.get(name)?.has(position) !== true) continue
      if (!isDue && (!this.#isFromStore || held.timestamp < sinceSeconds)) continue
      this.#due.get(name)?.remove(position, position)
      this.#give(this.#around.toBulletin(held), given)
      if (this.#buffer.length >= this.#bufferMax) {
        await new Promise<void>(resolve => { this.#hasRoom = resolve })
      }
    }
  }

  /** What came, was to be read again and is not in the store any more. */
  #tellLost (due: readonly (readonly [string, readonly Range[]])[]): void {
    if (this.#isEnded) return
    for (const [name, ranges] of due) {
      const [author = '', incarnation = '0'] = name.split(' ')
      const log = { author: author as Identity, incarnation: Number(incarnation) }
      const given = this.#givenOf(name)
      const lost = ranges.flatMap(({ first, last }) => given.missing(first, last))
      for (const { first, last } of lost) {
        given.add(first, last)
        this.#options.onGap?.({ ...log, first, last })
      }
      for (const { first, last } of ranges) this.#due.get(name)?.remove(first, last)
      if (this.#due.get(name)?.isEmpty === true) this.#due.delete(name)
    }
  }

  /** The store cannot be read: the reader is told by the end of the iteration. */
  #fail (error: unknown): void {
    this.#failure = error
    this.end()
  }

  #failure: unknown = null

  /** Why it ended, when that was not asked for. */
  get failure (): unknown {
    return this.#failure
  }

  #noteTaken (): void {
    if (this.#last === null) return
    this.#last = null
    this.#around.taken(this)
  }
}
