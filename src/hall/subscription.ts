/**
 * One subscription: an async iterable that gives each bulletin of its topic once, in the order of
 * its log. As long as its reader keeps up it is fed as bulletins come; a reader that falls behind
 * the buffer is fed from the store, and what the store no longer has is told as a gap.
 * Read next: `subscriptions.ts`, which feeds it.
 */
import { Ranges } from '../core/bulletins/ranges.js'
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
  /** Positions that will not come, or late. Whose topic they had nobody here knows. */
  readonly onGap?: (gap: Gap) => void
}

interface Surroundings {
  readonly store: BulletinStore
  /** Resolves when all that was delivered before is in the store, or failed to be. */
  readonly stored: () => Promise<void>
  readonly toBulletin: (held: HeldBulletin) => Bulletin
  /** Calls back when the event loop was round once. */
  readonly breathe: (callback: () => void) => void
  readonly taken: (subscription: Subscription) => void
  readonly ended: (subscription: Subscription) => void
}

export class Subscription implements AsyncIterableIterator<Bulletin> {
  /** 64 hex digits. */
  readonly topic: string
  readonly #around: Surroundings
  readonly #options: SubscribeOptions
  readonly #bufferMax: number
  readonly #buffer: Bulletin[] = []
  /** By log: positions that were given to the buffer. */
  readonly #given = new Positions()
  /** By log: positions that the reader took and came back for more; kept for a cursor alone. */
  readonly #taken = new Positions()
  #reader: ((result: IteratorResult<Bulletin>) => void) | null = null
  #last: Bulletin | null = null
  /** Behind: the buffer is filled from the store, what comes meanwhile is there too. */
  #isBehind: boolean
  #isReading = false
  /** It had a turn to read and left the buffer full. */
  #isSlow = false
  #isWatched = false
  #hasMissed = false
  #hasRoom: (() => void) | null = null
  #isEnded = false

  constructor (topic: string, options: SubscribeOptions, around: Surroundings) {
    this.topic = topic
    this.#options = options
    this.#around = around
    this.#bufferMax = options.bufferMax ?? BULLETIN_LIMITS.subscriptionBufferMax
    this.#isBehind = options.since !== undefined || options.cursor !== undefined
    options.signal?.addEventListener('abort', this.#onAbort, { once: true })
  }

  /** Begins; a rejection ends the subscription at its reader. */
  start (cursor: readonly CursorRow[]): void {
    for (const { author, incarnation, ranges } of cursor) {
      for (const { first, last } of ranges) {
        this.#given.of(author, incarnation).add(first, last)
        this.#taken.of(author, incarnation).add(first, last)
      }
    }
    if (this.#options.signal?.aborted === true) this.end()
    if (this.#isBehind) void this.#readStore()
  }

  /** A bulletin came. */
  offer (bulletin: Bulletin): void {
    if (this.#isEnded) return
    if (this.#isBehind) {
      this.#hasMissed = true
      if (!this.#isReading) void this.#readStore()
      return
    }
    if (this.#buffer.length >= this.#bufferMax) {
      if (this.#isSlow) {
        this.#isSlow = false
        this.#isBehind = true
        this.#hasMissed = true
        return
      }
      this.#watch()
    }
    this.#give(bulletin)
  }

  /** Several batches may come at once: only what is there after the reader's turn is too much. */
  #watch (): void {
    if (this.#isWatched) return
    this.#isWatched = true
    this.#around.breathe(() => {
      this.#isWatched = false
      this.#isSlow = this.#buffer.length >= this.#bufferMax
    })
  }

  gap (gap: Gap): void {
    this.#options.onGap?.(gap)
  }

  next (): Promise<IteratorResult<Bulletin>> {
    this.#noteTaken()
    const bulletin = this.#buffer.shift()
    if (bulletin !== undefined) return Promise.resolve(this.#hand(bulletin))
    if (this.#isEnded) return Promise.resolve({ done: true, value: undefined })
    return new Promise(resolve => {
      this.#reader = result => {
        if (result.done !== true) this.#last = result.value
        resolve(result)
      }
      this.#wantMore()
    })
  }

  return (): Promise<IteratorResult<Bulletin>> {
    this.#noteTaken()
    this.end()
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator] (): this {
    return this
  }

  /** How far its reader got, to be kept under its name. */
  cursor (): CursorRow[] {
    return this.#taken.rows()
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
    this.#reader?.({ done: true, value: undefined })
    this.#reader = null
  }

  readonly #onAbort = (): void => { this.end() }

  #hand (bulletin: Bulletin): IteratorResult<Bulletin> {
    this.#last = bulletin
    this.#wantMore()
    return { done: false, value: bulletin }
  }

  #wantMore (): void {
    if (this.#buffer.length * 2 > this.#bufferMax) return
    this.#hasRoom?.()
    this.#hasRoom = null
    if (this.#isBehind && !this.#isReading && !this.#isEnded) void this.#readStore()
  }

  #give (bulletin: Bulletin): void {
    const { author, incarnation, seq } = bulletin
    const given = this.#given.of(author, incarnation)
    if (given.has(seq)) return
    given.add(seq, seq)
    const reader = this.#reader
    this.#reader = null
    if (reader === null) this.#buffer.push(bulletin)
    else reader({ done: false, value: bulletin })
  }

  /** From the store until it has nothing new and nothing came meanwhile. */
  async #readStore (): Promise<void> {
    if (this.#isReading) return
    this.#isReading = true
    try {
      do {
        this.#hasMissed = false
        await this.#around.stored()
        await this.#readOnce()
      } while (this.#hasMissed && !this.#isEnded)
      this.#isBehind = false
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#isReading = false
    }
  }

  async #readOnce (): Promise<void> {
    const sinceSeconds = Number(this.#options.since ?? 0) / 1_000
    for await (const held of this.#around.store.ofTopic(this.topic)) {
      if (this.#isEnded) return
      if (this.#given.of(held.author, held.incarnation).has(held.position)) continue
      if (held.timestamp < sinceSeconds) continue
      this.#give(this.#around.toBulletin(held))
      if (this.#buffer.length >= this.#bufferMax) {
        await new Promise<void>(resolve => { this.#hasRoom = resolve })
      }
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
    if (this.#last === null || this.cursorName === null) return
    const { author, incarnation, seq } = this.#last
    this.#taken.of(author, incarnation).add(seq, seq)
    this.#last = null
    this.#around.taken(this)
  }
}

/** Sets of positions by log. Many of one log follow each other: that one is at hand. */
class Positions {
  readonly #logs = new Map<string, { readonly log: LogName, readonly ranges: Ranges }>()
  #last: { readonly log: LogName, readonly ranges: Ranges } | null = null

  of (author: Identity, incarnation: number): Ranges {
    const last = this.#last
    if (last?.log.author === author && last.log.incarnation === incarnation) return last.ranges
    const name = `${author} ${incarnation}`
    const named = this.#logs.get(name) ??
      { log: { author, incarnation }, ranges: new Ranges() }
    this.#logs.set(name, named)
    this.#last = named
    return named.ranges
  }

  rows (): CursorRow[] {
    return [...this.#logs.values()]
      .map(({ log, ranges }) => ({ ...log, ranges: ranges.list() }))
  }
}

interface LogName {
  readonly author: Identity
  readonly incarnation: number
}
