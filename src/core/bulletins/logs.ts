/**
 * The index of bulletins: for every log what is held, what is settled and how large it is; not one
 * content. What to ask for, offer, expire or evict is decided here without reading (DESIGN 3, 8).
 * Read next: `intake.ts`, which fills it, and `retention.ts`, which empties it.
 */
import { BULLETIN_LIMITS } from '../../limits.js'
import { lastOf } from '../../wire/batch.js'
import type { Evidence } from '../../wire/frame.js'
import type { Identity } from '../../wire/identity.js'
import type { Sizes } from '../sizes.js'
import { NO_GIVER } from './givers.js'
import { HeldList, type Held, type HeldFacts } from './held.js'
import { Ranges, type Range } from './ranges.js'
import type { BatchKey, BatchSummary } from './vocabulary.js'

/** One run of one author. */
export class Log {
  readonly author: Identity
  readonly incarnation: number
  readonly held = new HeldList()
  /** The positions of what is held. */
  readonly heldPositions = new Ranges()
  /** Held, expired, evicted, refused: not asked for any more. */
  readonly settled = new Ranges()
  /** Settled, and in the store if it is to be there. */
  readonly stored = new Ranges()
  /** Not held by the author itself: asked for only where somebody offers it. */
  readonly unavailable = new Ranges()
  /** Dated in the future: not asked for before `earlyUntilMs`, monotonic. */
  readonly early = new Ranges()
  earlyUntilMs = -Infinity
  /** Newest timestamp of all that was settled, seconds since 1970: it is remembered as long. */
  newest = 0
  /** Its author signed two versions of it: nothing more is taken. Shows it to whoever asks. */
  fork: Evidence | null = null
  bytes = 0

  constructor (author: Identity, incarnation: number) {
    this.author = author
    this.incarnation = incarnation
  }

  get isForked (): boolean {
    return this.fork !== null
  }

  /** Up to which all is stored, settled or gone for good: what receipts tell. */
  get storedHead (): number {
    let head = 0
    for (;;) {
      const next = Math.max(this.stored.runFrom(head + 1), this.unavailable.runFrom(head + 1))
      if (next <= head) return head
      head = next
    }
  }

  /** Positions of `range` to ask a peer for; `isOffered`: it says that it holds them. */
  lacking (range: Range, isOffered: boolean): Range[] {
    const lacking = this.settled.missing(range.first, range.last)
    if (isOffered) return lacking
    return lacking.flatMap(({ first, last }) => this.unavailable.missing(first, last))
  }

  /** These are not asked for any more; `newest`: their newest timestamp. */
  settle (first: number, last: number, newest: number): void {
    this.settled.add(first, last)
    this.settled.limitTo(BULLETIN_LIMITS.gapsPerLogMax)
    this.newest = Math.max(this.newest, newest)
  }

  /** Settled, and stored if they are to be. */
  store (first: number, last: number): void {
    this.stored.add(first, last)
    this.stored.limitTo(BULLETIN_LIMITS.gapsPerLogMax)
  }

  /** Its author has none of these. */
  lack (first: number, last: number): void {
    this.unavailable.add(first, last)
    this.unavailable.limitTo(BULLETIN_LIMITS.gapsPerLogMax)
  }

  /** Dated in the future: until then nobody is asked. */
  noteEarly (first: number, last: number, nowMs: number, untilMs: number): void {
    if (nowMs >= this.earlyUntilMs) {
      this.early.remove(0, Infinity)
      this.earlyUntilMs = Math.min(untilMs, nowMs + BULLETIN_LIMITS.futureRestMs)
    }
    this.early.add(first, last)
    this.early.limitTo(BULLETIN_LIMITS.gapsPerLogMax)
  }

  /** The held batch that contains a position. */
  at (position: number): HeldFacts | undefined {
    return this.held.at(position)
  }

  /** This very batch is held, not another version of it. */
  holds ({ first, headHash }: Held): boolean {
    return this.held.at(first)?.first === first && this.held.headHashAt(first) === headHash
  }

  /** Held batches that have any position of `range`, in order. */
  * within ({ first, last }: Range): IterableIterator<HeldFacts> {
    for (const held of this.held.from(first)) {
      if (held.first > last) return
      yield held
    }
  }

  insert (held: Held): void {
    this.held.insert(held)
    this.heldPositions.add(held.first, lastOf(held))
    this.bytes += held.bytes
  }

  remove (held: HeldFacts): void {
    if (!this.held.remove(held)) return
    this.heldPositions.remove(held.first, lastOf(held))
    this.bytes -= held.bytes
  }
}

/** Names a log in a table. */
export function logName (author: Identity, incarnation: number): string {
  return `${author} ${incarnation}`
}

export class Logs {
  readonly #logs = new Map<string, Log>()
  readonly #byAuthor = new Map<Identity, Log[]>()
  /** Of authors with too many logs: the newest that was too many, and its newest bulletin. */
  readonly #outnumbered = new Map<Identity, { incarnation: number, newest: number }>()
  #bytes = 0
  #bulletins = 0
  /** Counts changes of what is held; whoever keeps something derived from it compares. */
  version = 0

  /** Bytes of all batches held. */
  get bytes (): number {
    return this.#bytes
  }

  /** All bulletins held. */
  get bulletins (): number {
    return this.#bulletins
  }

  get size (): number {
    return this.#logs.size
  }

  get sizes (): Sizes {
    let logsOfOne = 0
    let gapsOfOne = 0
    for (const logs of this.#byAuthor.values()) logsOfOne = Math.max(logsOfOne, logs.length)
    for (const { settled, stored, unavailable, early } of this.#logs.values()) {
      for (const ranges of [settled, stored, unavailable, early]) {
        gapsOfOne = Math.max(gapsOfOne, ranges.list().length)
      }
    }
    return {
      authors: this.#byAuthor.size, outnumbered: this.#outnumbered.size,
      logsOfOne, gapsOfOne, bulletinBytes: this.#bytes,
    }
  }

  get (author: Identity, incarnation: number): Log | undefined {
    return this.#logs.get(logName(author, incarnation))
  }

  named (name: string): Log | undefined {
    return this.#logs.get(name)
  }

  all (): IterableIterator<Log> {
    return this.#logs.values()
  }

  /** Logs of one author, oldest run first. */
  of (author: Identity): readonly Log[] {
    return this.#byAuthor.get(author) ?? []
  }

  /** Bytes held of one author. */
  bytesOf (author: Identity): number {
    return this.of(author).reduce((sum, log) => sum + log.bytes, 0)
  }

  authors (): IterableIterator<Identity> {
    return this.#byAuthor.keys()
  }

  /** False when its author has eight newer ones, or had: what is older may still be offered. */
  mayOpen (author: Identity, incarnation: number): boolean {
    if (this.get(author, incarnation) !== undefined) return true
    if (incarnation <= (this.#outnumbered.get(author)?.incarnation ?? -1)) return false
    const others = this.of(author)
    return others.length < BULLETIN_LIMITS.logsPerAuthorMax ||
      (others[0]?.incarnation ?? 0) < incarnation
  }

  /**
   * The log, new if need be. Null when its author has eight newer ones; of more than eight the
   * oldest is forgotten, which `forgotten` is told with what was held of it. Only for what its
   * author signed: nobody else may make this node forget.
   */
  open (
    author: Identity, incarnation: number, forgotten: (log: Log, keys: BatchKey[]) => void,
  ): Log | null {
    const known = this.get(author, incarnation)
    if (known !== undefined) return known
    if (!this.mayOpen(author, incarnation)) return null
    const others = [...this.of(author)]
    const [oldest] = others
    if (oldest !== undefined && others.length >= BULLETIN_LIMITS.logsPerAuthorMax) {
      const newest = Math.max(oldest.newest, this.#outnumbered.get(author)?.newest ?? 0)
      this.#noteOutnumbered(author, { incarnation: oldest.incarnation, newest })
      forgotten(oldest, this.forget(oldest))
      others.shift()
    }
    const log = new Log(author, incarnation)
    this.#logs.set(logName(author, incarnation), log)
    others.push(log)
    this.#byAuthor.set(author, others.sort((a, b) => a.incarnation - b.incarnation))
    return log
  }

  #noteOutnumbered (author: Identity, log: { incarnation: number, newest: number }): void {
    this.#outnumbered.delete(author)
    this.#outnumbered.set(author, log)
    if (this.#outnumbered.size <= BULLETIN_LIMITS.outnumberedMax) return
    const [longest] = this.#outnumbered.keys()
    if (longest !== undefined) this.#outnumbered.delete(longest)
  }

  hold (log: Log, held: Held): void {
    log.insert(held)
    this.#bytes += held.bytes
    this.#bulletins += held.count
    this.version++
  }

  /** The positions stay settled. */
  release (log: Log, held: HeldFacts): BatchKey {
    log.remove(held)
    this.#bytes -= held.bytes
    this.#bulletins -= held.count
    this.version++
    return { author: log.author, incarnation: log.incarnation, first: held.first }
  }

  /** Drops a log and all knowledge of it. */
  forget (log: Log): BatchKey[] {
    const keys = [...log.held].map(held => this.release(log, held))
    this.#logs.delete(logName(log.author, log.incarnation))
    const rest = this.of(log.author).filter(other => other !== log)
    if (rest.length > 0) this.#byAuthor.set(log.author, rest)
    else this.#byAuthor.delete(log.author)
    this.version++
    return keys
  }

  /** Forgets which logs were too many once nobody offers anything of them any more. */
  keepHouse (isExpired: (newest: number) => boolean): void {
    for (const [author, { newest }] of this.#outnumbered) {
      if (isExpired(newest)) this.#outnumbered.delete(author)
    }
  }

  /** What the store held when this run began. Logs beyond the limit are given back for removal. */
  restore (batches: readonly BatchSummary[]): BatchKey[] {
    const removed: BatchKey[] = []
    const newestFirst = [...batches].sort((a, b) => b.incarnation - a.incarnation)
    for (const batch of newestFirst) {
      const { author, incarnation, first, count, bytes, newest, headHash } = batch
      const log = this.open(author, incarnation, (_, keys) => { removed.push(...keys) })
      if (log === null || log.settled.touches(first, lastOf(batch))) {
        removed.push({ author, incarnation, first })
        continue
      }
      this.hold(log, { first, count, bytes, newest, headHash, previous: '', giver: NO_GIVER })
      log.settle(first, lastOf(batch), newest)
      log.store(first, lastOf(batch))
    }
    return removed
  }
}
