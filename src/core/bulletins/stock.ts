/** Keeping batches: in the index at once, in the store a moment later; what is stored by now. */
import { BULLETIN_LIMITS } from '../../limits.js'
import { lastOf } from '../../wire/batch.js'
import type { AskId } from '../event.js'
import { log as tell, warn } from '../mesh.js'
import { logName, type Held, type Log } from './logs.js'
import { isOwn, type Shelf } from './shelf.js'

interface Writing {
  readonly name: string
  readonly held: Held
}

export class Stock {
  readonly #shelf: Shelf
  readonly #writing = new Map<AskId, Writing>()
  #restsUntilMs = -Infinity
  #isFailing = false

  constructor (shelf: Shelf) {
    this.#shelf = shelf
  }

  /** True while the disk takes nothing: missing positions are not worth asking for. */
  get isResting (): boolean {
    return this.#shelf.mesh.nowMs < this.#restsUntilMs
  }

  /** The last write failed. */
  get isFailing (): boolean {
    return this.#isFailing
  }

  /** Writes under way. */
  get writing (): number {
    return this.#writing.size
  }

  /** Positions that are settled without being held. */
  settle (log: Log, first: number, last: number): void {
    log.settled.add(first, last)
    log.stored.add(first, last)
  }

  /** A batch that is to be held. One that is only passed on (`carry none`) is settled alone. */
  keep (log: Log, held: Held, batch: Uint8Array): void {
    const { mesh, logs, asks } = this.#shelf
    const last = lastOf(held)
    if (!mesh.options.bulletins.carries && !isOwn(mesh, log)) {
      return this.settle(log, held.first, last)
    }
    log.settled.add(held.first, last)
    logs.hold(log, held)
    const ask = asks.take()
    const { author, incarnation } = log
    this.#writing.set(ask, { name: logName(author, incarnation), held })
    const { first, count, bytes, newest, headHash } = held
    mesh.out.push({
      kind: 'store-batch', ask,
      batch: { author, incarnation, first, count, bytes, newest, headHash, batch },
    })
  }

  /** The log and size of what is stored now; null when nothing was, or it is gone already. */
  onStored (ask: AskId, isStored: boolean): { log: Log, bytes: number } | null {
    const { mesh, logs } = this.#shelf
    const writing = this.#writing.get(ask)
    this.#writing.delete(ask)
    const log = writing === undefined ? undefined : logs.named(writing.name)
    if (writing === undefined || log === undefined) return null
    const { held } = writing
    if (isStored) {
      if (this.#isFailing) tell(mesh, 'info', 'bulletins', 'the store takes bulletins again')
      this.#isFailing = false
      log.stored.add(held.first, lastOf(held))
      return { log, bytes: held.bytes }
    }
    if (log.at(held.first) === held) logs.release(log, held)
    // Not settled after all: what others hold is asked for again when the disk takes it.
    if (isOwn(mesh, log)) this.settle(log, held.first, lastOf(held))
    else log.settled.remove(held.first, lastOf(held))
    this.#restsUntilMs = mesh.nowMs + BULLETIN_LIMITS.storeRestMs
    if (!this.#isFailing) {
      warn(mesh, 'store-failed', 'bulletins cannot be stored: they are delivered and passed on, ' +
        'but not kept; publishing fails until the disk has room again')
    }
    this.#isFailing = true
    return null
  }
}
