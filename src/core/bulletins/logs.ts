/**
 * The index of bulletins: for every log what is held, what is settled and how large it is; not one
 * content. What to ask for, offer, expire or evict is decided here without reading (DESIGN 3, 8).
 * Read next: `intake.ts`, which fills it, and `retention.ts`, which empties it.
 */
import { BULLETIN_LIMITS } from '../../limits.js'
import { lastOf } from '../../wire/batch.js'
import type { Identity } from '../../wire/identity.js'
import { Ranges, type Range } from './ranges.js'
import type { BatchKey, BatchSummary } from './vocabulary.js'

/** A batch that is held. About 300 bytes each. */
export interface Held {
  readonly first: number
  readonly count: number
  readonly bytes: number
  /** Seconds since 1970. */
  readonly newest: number
  /** SHA-256 of its head, hex. */
  readonly headHash: string
  /** The same of the head before it, hex; empty when it is not remembered (after a restart). */
  readonly previous: string
}

/** One run of one author. */
export class Log {
  readonly author: Identity
  readonly incarnation: number
  /** Ascending. */
  readonly held: Held[] = []
  /** The positions of what is held. */
  readonly heldPositions = new Ranges()
  /** Held, expired, evicted, refused: not asked for any more. */
  readonly settled = new Ranges()
  /** Settled, and in the store if it is to be there. */
  readonly stored = new Ranges()
  /** Not held by the author itself: asked for only where somebody offers it. */
  readonly unavailable = new Ranges()
  /** Its author signed two versions of it: nothing more is taken. */
  isForked = false
  bytes = 0
  /** Newest timestamp of what was held and is no more, seconds since 1970. */
  releasedNewest = 0

  constructor (author: Identity, incarnation: number) {
    this.author = author
    this.incarnation = incarnation
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

  /** The held batch that contains a position. */
  at (position: number): Held | undefined {
    const held = this.held[this.#indexOf(position)]
    return held !== undefined && held.first <= position ? held : undefined
  }

  /** Held batches that have any position of `range`, in order. */
  within ({ first, last }: Range): Held[] {
    const from = this.#indexOf(first)
    let to = from
    while ((this.held[to]?.first ?? Infinity) <= last) to++
    return this.held.slice(from, to)
  }

  insert (held: Held): void {
    const last = this.held.at(-1)
    if (last === undefined || last.first < held.first) this.held.push(held)
    else this.held.splice(this.#indexOf(held.first), 0, held)
    this.heldPositions.add(held.first, lastOf(held))
    this.bytes += held.bytes
  }

  remove (held: Held): void {
    const index = this.#indexOf(held.first)
    if (this.held[index] !== held) return
    if (index === 0) this.held.shift()
    else this.held.splice(index, 1)
    this.heldPositions.remove(held.first, lastOf(held))
    this.bytes -= held.bytes
    this.releasedNewest = Math.max(this.releasedNewest, held.newest)
  }

  /** Index of the first held batch that ends at `position` or later. */
  #indexOf (position: number): number {
    let low = 0
    let high = this.held.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const held = this.held[middle]
      if (held !== undefined && lastOf(held) < position) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Names a log in a table. */
export function logName (author: Identity, incarnation: number): string {
  return `${author} ${incarnation}`
}

export class Logs {
  readonly #logs = new Map<string, Log>()
  readonly #byAuthor = new Map<Identity, Log[]>()
  #bytes = 0
  /** Counts changes of what is held; whoever keeps something derived from it compares. */
  version = 0

  /** Bytes of all batches held. */
  get bytes (): number {
    return this.#bytes
  }

  get size (): number {
    return this.#logs.size
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

  /**
   * The log, new if need be. Null when its author has eight newer ones; of more than eight the
   * oldest is forgotten, which `forgotten` is told with what was held of it.
   */
  open (
    author: Identity, incarnation: number, forgotten: (keys: BatchKey[]) => void,
  ): Log | null {
    const known = this.get(author, incarnation)
    if (known !== undefined) return known
    const others = [...this.of(author)]
    const [oldest] = others
    if (oldest !== undefined && others.length >= BULLETIN_LIMITS.logsPerAuthorMax) {
      if (oldest.incarnation > incarnation) return null
      forgotten(this.forget(oldest))
      others.shift()
    }
    const log = new Log(author, incarnation)
    this.#logs.set(logName(author, incarnation), log)
    others.push(log)
    this.#byAuthor.set(author, others.sort((a, b) => a.incarnation - b.incarnation))
    return log
  }

  hold (log: Log, held: Held): void {
    log.insert(held)
    this.#bytes += held.bytes
    this.version++
  }

  /** The positions stay settled. */
  release (log: Log, held: Held): BatchKey {
    log.remove(held)
    this.#bytes -= held.bytes
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

  /** What the store held when this run began. Logs beyond the limit are given back for removal. */
  restore (batches: readonly BatchSummary[]): BatchKey[] {
    const removed: BatchKey[] = []
    const newestFirst = [...batches].sort((a, b) => b.incarnation - a.incarnation)
    for (const batch of newestFirst) {
      const { author, incarnation, first, count, bytes, newest, headHash } = batch
      const log = this.open(author, incarnation, keys => { removed.push(...keys) })
      if (log === null || log.settled.touches(first, lastOf(batch))) {
        removed.push({ author, incarnation, first })
        continue
      }
      this.hold(log, { first, count, bytes, newest, headHash, previous: '' })
      log.settled.add(first, lastOf(batch))
      log.stored.add(first, lastOf(batch))
    }
    return removed
  }
}
