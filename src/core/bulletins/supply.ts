/** Answers: what others want is read from the store and sent, one want of a link at a time. */
import { BULLETIN_LIMITS } from '../../limits.js'
import { lastOf } from '../../wire/batch.js'
import type { LogWant, WantedRange } from '../../wire/frame.js'
import type { AskId, LinkId } from '../event.js'
import type { LinkEntry } from '../links.js'
import type { Sizes } from '../sizes.js'
import { send } from '../speak.js'
import { logName } from './logs.js'
import type { Range } from './ranges.js'
import { isOwn, type Shelf } from './shelf.js'
import type { Spread } from './spread.js'
import type { BatchKey, LogKey } from './vocabulary.js'

interface Serving {
  readonly link: LinkId
  readonly id: number
  readonly complete: boolean
  readonly isStored: boolean
}

interface Selection {
  readonly keys: BatchKey[]
  /** All that is held of what was wanted is among them. */
  readonly complete: boolean
  /** All of them were written by now. */
  readonly isStored: boolean
  /** So is everything up to the heads of those logs, and the own log is one or not lacking. */
  readonly reachesHead: boolean
}

export class Supply {
  readonly #shelf: Shelf
  readonly #spread: Spread
  readonly #lacksOwn: (link: LinkId) => boolean
  readonly #serving = new Map<AskId, Serving>()
  /** Wants of each link, the one being served first. */
  readonly #queues = new Map<LinkId, LogWant[]>()

  /** `lacksOwn`: whether a link's peer has not stored all of this node's log. */
  constructor (shelf: Shelf, spread: Spread, lacksOwn: (link: LinkId) => boolean) {
    this.#shelf = shelf
    this.#spread = spread
    this.#lacksOwn = lacksOwn
  }

  get sizes (): Sizes {
    let wantsServedOfOne = 0
    for (const queue of this.#queues.values()) {
      wantsServedOfOne = Math.max(wantsServedOfOne, queue.length)
    }
    return { wantsServedOfOne, serving: this.#serving.size }
  }

  /** What no honest node does, or null. */
  onWant (entry: LinkEntry, want: LogWant): string | null {
    const queue = this.#queues.get(entry.id) ?? []
    if (queue.length >= BULLETIN_LIMITS.wantsServedMax) return 'too many wants at once'
    queue.push(want)
    this.#queues.set(entry.id, queue)
    if (queue.length === 1) this.#serve(entry.id, want)
    return null
  }

  onRead (ask: AskId, batches: readonly (Uint8Array | null)[]): boolean {
    const serving = this.#serving.get(ask)
    if (serving === undefined) return false
    this.#serving.delete(ask)
    const { link, id } = serving
    // What is read while it is written may not be there yet; what the store has lost is not held.
    const complete = serving.complete && (serving.isStored || !batches.includes(null))
    const queue = this.#queues.get(link)
    if (queue === undefined) return true
    const { mesh } = this.#shelf
    for (const batch of batches) {
      if (batch === null) continue
      mesh.out.push({
        kind: 'send', links: [link], frame: { type: 'batch', hops: 0, batch }, isAnswer: true,
      })
    }
    send(mesh, [link], { type: 'log-answer', id, complete })
    queue.shift()
    const [next] = queue
    if (next === undefined) this.#queues.delete(link)
    else this.#serve(link, next)
    return true
  }

  onEnded (link: LinkId): void {
    this.#queues.delete(link)
  }

  #serve (link: LinkId, want: LogWant): void {
    const { mesh, asks } = this.#shelf
    const isPulling = this.#spread.isPulling(link)
    const { keys, complete, isStored, reachesHead } = this.#select(link, want, isPulling)
    const ask = asks.take()
    this.#serving.set(ask, { link, id: want.id, complete, isStored })
    mesh.out.push({ kind: 'read-batches', ask, keys })
    // From now on it gets what is new by push again: what comes too early waits there for the rest.
    if (isPulling && reachesHead) this.#spread.onCaughtUp(link)
  }

  /** In pull the rest of those logs goes along, so that the peer can reach a head at all. */
  #select (link: LinkId, { ranges, bytesMax }: LogWant, isPulling: boolean): Selection {
    const { mesh, logs } = this.#shelf
    const keys: BatchKey[] = []
    const most = Math.min(bytesMax, BULLETIN_LIMITS.wantBytesMax)
    let bytes = 0
    let isStored = true
    const takes = (key: LogKey, range: Range): boolean => {
      const log = logs.get(key.author, key.incarnation)
      for (const held of log?.within(range) ?? []) {
        if (keys.length > 0 && bytes + held.bytes > most) return false
        keys.push({ ...key, first: held.first })
        isStored &&= log?.stored.covers(held.first, lastOf(held)) === true
        bytes += held.bytes
      }
      return true
    }
    for (const { author, incarnation, first, last } of ranges) {
      const isWhole = takes({ author, incarnation }, { first, last })
      if (!isWhole) return { keys, complete: false, isStored, reachesHead: false }
    }
    if (!isPulling) return { keys, complete: true, isStored, reachesHead: false }
    const rest = this.#afterWanted(ranges)
    const hasOwn = rest.some(({ log }) => isOwn(mesh, log))
    const reachesHead = (hasOwn || !this.#lacksOwn(link)) &&
      rest.every(({ log, range }) => takes(log, range))
    return { keys, complete: true, isStored, reachesHead }
  }

  /** Of each log wanted: what of it is beyond the last position wanted. */
  #afterWanted (ranges: readonly WantedRange[]): { log: LogKey, range: Range }[] {
    const lasts = new Map<string, { log: LogKey, last: number }>()
    for (const { author, incarnation, last } of ranges) {
      const name = logName(author, incarnation)
      const known = lasts.get(name)?.last ?? 0
      lasts.set(name, { log: { author, incarnation }, last: Math.max(known, last) })
    }
    return [...lasts.values()].map(({ log, last }) => {
      // The batch that has the last position goes along whole.
      const held = this.#shelf.logs.get(log.author, log.incarnation)?.at(last)
      const first = (held === undefined ? last : lastOf(held)) + 1
      return { log, range: { first, last: Infinity } }
    })
  }
}
