/** What leaves: batches that expired, the oldest ones of whoever holds most when all is full. */
import { BULLETIN_LIMITS } from '../../limits.js'
import type { Identity } from '../../wire/identity.js'
import type { Delivering } from './delivering.js'
import type { Log } from './logs.js'
import { drop, isExpired, isMember, isOwn, type Shelf } from './shelf.js'
import type { BatchKey } from './vocabulary.js'

export class Retention {
  readonly #shelf: Shelf
  readonly #delivering: Delivering

  constructor (shelf: Shelf, delivering: Delivering) {
    this.#shelf = shelf
    this.#delivering = delivering
  }

  onExpireDue (): void {
    const { mesh, logs } = this.#shelf
    mesh.deadlines.set('expire', '', mesh.nowMs + BULLETIN_LIMITS.expireEveryMs)
    const keys: BatchKey[] = []
    for (const log of [...logs.all()]) {
      for (const held of log.held.filter(newest => isExpired(mesh, newest))) {
        keys.push(logs.release(log, held))
      }
      // What was settled and is not held is remembered as long: else it would be taken again.
      if (log.held.length > 0 || this.#isAlive(log) || !isExpired(mesh, log.newest)) continue
      this.#delivering.forget(log)
      keys.push(...logs.forget(log))
    }
    logs.keepHouse(newest => isExpired(mesh, newest))
    drop(mesh, keys)
  }

  /** Whoever holds most bytes loses its oldest batch, until all fit. */
  makeRoom (): void {
    const { mesh, logs } = this.#shelf
    const keys: BatchKey[] = []
    while (logs.bytes > mesh.options.bulletins.quotaBytes) {
      const log = this.#oldestOfLargest()
      const oldest = log?.held.first
      if (log === null || oldest === undefined) break
      keys.push(logs.release(log, oldest))
    }
    drop(mesh, keys)
  }

  /** These batches are dropped and not asked for again; how many bulletins those were. */
  purge (keys: readonly BatchKey[]): number {
    const { mesh, logs } = this.#shelf
    const dropped: BatchKey[] = []
    let bulletins = 0
    for (const { author, incarnation, first } of keys) {
      const log = logs.get(author, incarnation)
      const held = log?.at(first)
      if (log === undefined || held?.first !== first) continue
      dropped.push(logs.release(log, held))
      bulletins += held.count
    }
    drop(mesh, dropped)
    return bulletins
  }

  /** The log of a run that goes on: its positions are remembered though nothing is held. */
  #isAlive (log: Log): boolean {
    const { mesh } = this.#shelf
    if (isOwn(mesh, log)) return true
    const entry = mesh.links.readyOf(log.author)
    return entry?.state.at === 'ready' && entry.state.incarnation === log.incarnation
  }

  /** Authors without a record share one account: many names are no way to more room. */
  #oldestOfLargest (): Log | null {
    const { mesh, logs } = this.#shelf
    const strangers = { bytes: 0, authors: [] as Identity[] }
    let largest = strangers
    for (const author of logs.authors()) {
      const bytes = logs.bytesOf(author)
      if (isMember(mesh, author)) {
        if (bytes > largest.bytes) largest = { bytes, authors: [author] }
      } else {
        strangers.bytes += bytes
        strangers.authors.push(author)
      }
    }
    if (strangers.bytes > largest.bytes) largest = strangers
    const held = largest.authors.flatMap(author => logs.of(author))
      .filter(log => log.held.length > 0)
    const ageOf = (log: Log): number => log.held.first?.newest ?? Infinity
    return held.reduce<Log | null>((oldest, log) =>
      oldest === null || ageOf(log) < ageOf(oldest) ? log : oldest, null)
  }
}
