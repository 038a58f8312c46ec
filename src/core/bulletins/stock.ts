/** Keeping batches: in the index at once, in the store a moment later; what is stored by now. */
import { BULLETIN_LIMITS } from '../../limits.js'
import { lastOf } from '../../wire/batch.js'
import type { AskId } from '../event.js'
import { log as tell, warn } from '../mesh.js'
import { Pending } from '../pending.js'
import type { Held } from './held.js'
import type { Log } from './logs.js'
import { isOwn, type Shelf } from './shelf.js'

interface Writing {
  readonly log: Log
  readonly held: Held
}

export class Stock {
  readonly #shelf: Shelf
  readonly #writing = new Pending<Writing>()
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
  settle (log: Log, held: Held): void {
    log.settle(held.first, lastOf(held), held.newest)
    log.store(held.first, lastOf(held))
  }

  /** A batch that is to be held. One that is only passed on (`carry none`) is settled alone. */
  keep (log: Log, held: Held, batch: Uint8Array): void {
    const { mesh, logs, asks } = this.#shelf
    if (!mesh.options.bulletins.carries && !isOwn(mesh, log)) return this.settle(log, held)
    log.settle(held.first, lastOf(held), held.newest)
    logs.hold(log, held)
    const ask = asks.take()
    const { author, incarnation } = log
    this.#writing.set(ask, { log, held })
    const { first, count, bytes, newest, headHash } = held
    mesh.out.push({
      kind: 'store-batch', ask,
      batch: { author, incarnation, first, count, bytes, newest, headHash, batch },
    })
  }

  /** The log and size of what is stored now; null when nothing was, or it is gone already. */
  onStored (ask: AskId, isStored: boolean): { log: Log, bytes: number } | null {
    const { mesh, logs } = this.#shelf
    const writing = this.#writing.take(ask)
    if (writing === undefined) return null
    const { log, held } = writing
    // Forgotten meanwhile, or another log of that name by now.
    if (logs.get(log.author, log.incarnation) !== log) return null
    if (isStored) {
      if (this.#isFailing) tell(mesh, 'info', 'bulletins', 'the store takes bulletins again')
      this.#isFailing = false
      log.store(held.first, lastOf(held))
      return { log, bytes: held.bytes }
    }
    const isHeld = log.holds(held)
    if (isHeld) logs.release(log, held)
    // Not settled after all: what others hold is asked for again when the disk takes it.
    if (isHeld && !isOwn(mesh, log)) log.settled.remove(held.first, lastOf(held))
    else this.settle(log, held)
    this.#restsUntilMs = mesh.nowMs + BULLETIN_LIMITS.storeRestMs
    if (!this.#isFailing) {
      warn(mesh, 'store-failed', 'bulletins cannot be stored: they are delivered and passed on, ' +
        'but not kept; publishing fails until the disk has room again')
    }
    this.#isFailing = true
    return null
  }
}
