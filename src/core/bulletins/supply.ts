/** Answers: what others want is read from the store and sent, one want of a link at a time. */
import { BULLETIN_LIMITS } from '../../limits.js'
import { lastOf } from '../../wire/batch.js'
import type { LogWant, WantedRange } from '../../wire/frame.js'
import type { AskId, LinkId } from '../event.js'
import type { LinkEntry } from '../links.js'
import type { Sizes } from '../sizes.js'
import { send } from '../speak.js'
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
  /** So is everything up to the head of the own log. */
  readonly reachesHead: boolean
}

export class Supply {
  readonly #shelf: Shelf
  readonly #spread: Spread
  readonly #serving = new Map<AskId, Serving>()
  /** Wants of each link, the one being served first. */
  readonly #queues = new Map<LinkId, LogWant[]>()

  constructor (shelf: Shelf, spread: Spread) {
    this.#shelf = shelf
    this.#spread = spread
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
    const { keys, complete, isStored, reachesHead } = this.#select(want, isPulling)
    const ask = asks.take()
    this.#serving.set(ask, { link, id: want.id, complete, isStored })
    mesh.out.push({ kind: 'read-batches', ask, keys })
    // From now on it gets what is new by push again: what comes too early waits there for the rest.
    if (isPulling && reachesHead) this.#spread.onCaughtUp(link)
  }

  /** In pull the rest of the own log goes along, so that the peer can reach the head at all. */
  #select ({ ranges, bytesMax }: LogWant, isPulling: boolean): Selection {
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
    const me = { author: mesh.options.me, incarnation: mesh.self.incarnation }
    const after = isPulling ? this.#ownAfter(ranges, me) : null
    const reachesHead = after !== null && takes(me, after)
    return { keys, complete: true, isStored, reachesHead }
  }

  /** What of the own log is beyond the last position wanted of it; null when none is wanted. */
  #ownAfter (ranges: readonly WantedRange[], me: LogKey): Range | null {
    const { mesh, logs } = this.#shelf
    const own = ranges.filter(range => isOwn(mesh, range))
    if (own.length === 0) return null
    const last = own.reduce((most, range) => Math.max(most, range.last), 0)
    // The batch that has the last position goes along whole.
    const held = logs.get(me.author, me.incarnation)?.at(last)
    return { first: (held === undefined ? last : lastOf(held)) + 1, last: Infinity }
  }
}
