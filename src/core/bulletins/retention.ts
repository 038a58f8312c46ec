/** What leaves: batches that expired, the oldest ones of whoever holds most when all is full. */
import { BULLETIN_LIMITS } from '../../limits.js'
import type { Identity } from '../../wire/identity.js'
import type { Delivering } from './delivering.js'
import type { Log } from './logs.js'
import { drop, isExpired, isOwn, type Shelf } from './shelf.js'
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
      for (const held of [...log.held]) {
        if (isExpired(mesh, held.newest)) keys.push(logs.release(log, held))
      }
      if (log.held.length > 0 || this.#isAlive(log)) continue
      this.#delivering.forget(log)
      keys.push(...logs.forget(log))
    }
    drop(mesh, keys)
  }

  /** The author that holds most bytes loses its oldest batch, until all fit. */
  makeRoom (): void {
    const { mesh, logs } = this.#shelf
    const keys: BatchKey[] = []
    while (logs.bytes > mesh.options.bulletins.quotaBytes) {
      const author = this.#largest()
      const log = author === null ? undefined : logs.of(author).find(({ held }) => held.length > 0)
      const [oldest] = log?.held ?? []
      if (log === undefined || oldest === undefined) break
      keys.push(logs.release(log, oldest))
    }
    drop(mesh, keys)
  }

  /** Everything that matches is dropped and not asked for again; how many batches those were. */
  purge (author: Identity | null): number {
    const { mesh, logs } = this.#shelf
    const keys: BatchKey[] = []
    for (const log of logs.all()) {
      if (author !== null && log.author !== author) continue
      for (const held of [...log.held]) keys.push(logs.release(log, held))
    }
    drop(mesh, keys)
    return keys.length
  }

  /** The log of a run that goes on: its positions are remembered though nothing is held. */
  #isAlive (log: Log): boolean {
    const { mesh } = this.#shelf
    if (isOwn(mesh, log)) return true
    const entry = mesh.links.readyOf(log.author)
    return entry?.state.at === 'ready' && entry.state.incarnation === log.incarnation
  }

  #largest (): Identity | null {
    const { logs } = this.#shelf
    let largest: Identity | null = null
    let most = 0
    for (const author of logs.authors()) {
      const bytes = logs.bytesOf(author)
      if (bytes > most) [largest, most] = [author, bytes]
    }
    return largest
  }
}
