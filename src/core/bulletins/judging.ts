/**
 * What becomes of a batch that was checked: it is taken, refused, or shows that its author signed
 * two versions; validators may be asked first. Rules are those of the network, then of this node.
 * Read next: `stock.ts` and `delivering.ts`, which have what is taken, `forks.ts`.
 */
import { assert } from '../../errors.js'
import { BULLETIN_LIMITS } from '../../limits.js'
import { decodeBatch, lastOf, type Batch } from '../../wire/batch.js'
import { decodeItems } from '../../wire/bulletin.js'
import type { Identity } from '../../wire/identity.js'
import { isRefusal } from '../../wire/refusal.js'
import type { AskId, LinkId, OfferId } from '../event.js'
import type { LinkEntry } from '../links.js'
import { wallMs } from '../mesh.js'
import type { Delivering } from './delivering.js'
import type { Forks } from './forks.js'
import type { Held } from './held.js'
import type { Log } from './logs.js'
import type { Range } from './ranges.js'
import type { Retention } from './retention.js'
import { isExpired, isOwn, isWelcome, openLog, type Shelf } from './shelf.js'
import type { Stock } from './stock.js'
import type { Topics } from './topics.js'
import type { LogKey, OfferOutcome, Validation, Verdict } from './vocabulary.js'

/** Where a batch comes from: a link, or a file, which has an offer in the place of the others. */
export interface Source {
  readonly link: LinkId | null
  readonly from: Identity | null
  readonly offer: OfferId | null
  /** Links it has passed, this one included; nobody signs that. */
  readonly hops: number
}

/** A batch on its way in; taken apart again when need be, for many wait. */
export interface Arriving extends Source {
  readonly ask: AskId
  readonly author: Identity
  readonly incarnation: number
  readonly batch: Uint8Array
  readonly held: Held
  /** It may pass so many links only, and is then delivered and never kept; 0: any number. */
  readonly hopsMax: number
  /** It answers a want of this node. */
  readonly isAsked: boolean
  verdict: Verdict | null
  /** Undefined: not asked yet; null: asked. */
  validation: Validation | null | undefined
  /** Offsets of the bulletins that validators accepted, when they did not accept all. */
  accepted: readonly number[]
}

interface Machines {
  readonly stock: Stock
  readonly delivering: Delivering
  readonly forks: Forks
  readonly retention: Retention
  readonly topics: Topics
}

export class Judging {
  readonly #shelf: Shelf
  readonly #machines: Machines
  /** A gap before a batch: who sent it is asked at once. Set by `bulletins.ts`. */
  onGap: ((entry: LinkEntry, log: Log, gap: Range) => void) | null = null
  /** A batch was taken: it may have to be passed on. Set by `bulletins.ts`. */
  onTaken: ((log: Log, arriving: Arriving) => void) | null = null
  /** A batch was taken that is not to be kept: its author hears of it. Set by `bulletins.ts`. */
  onPassed: ((log: Log, bytes: number) => void) | null = null

  constructor (shelf: Shelf, machines: Machines) {
    this.#shelf = shelf
    this.#machines = machines
  }

  /** Bulletins of this log may be taken, of one that is not known too. */
  isTaken (key: LogKey): boolean {
    return isWelcome(this.#shelf, key.author) && !isOwn(this.#shelf.mesh, key) &&
      this.#shelf.logs.mayOpen(key.author, key.incarnation)
  }

  /** Null as long as more is to be known of it. */
  decide (arriving: Arriving): OfferOutcome | null {
    const { author, incarnation, held, batch, verdict } = arriving
    const { mesh } = this.#shelf
    if (verdict === null) return null
    if (verdict === 'bad-signature' || verdict === 'bad-items') return 'refused'
    const log = this.isTaken(arriving) ? openLog(this.#shelf, author, incarnation) : null
    if (log === null || log.isForked) return 'refused'
    const aheadMs = this.#aheadMs(held)
    if (aheadMs > 0) {
      log.noteEarly(held.first, lastOf(held), mesh.nowMs, mesh.nowMs + aheadMs)
      return 'refused'
    }
    if (log.settled.covers(held.first, lastOf(held))) return 'known'
    if (this.#isFork(log, batch, held)) return 'refused'
    if (verdict === 'under-worked' || isExpired(mesh, held.newest) || this.#isTooLarge(batch)) {
      return this.#refuse(log, held)
    }
    const validation = this.#validationOf(arriving)
    if (validation === null) return null
    if (validation !== 'accept') return this.#acceptSome(log, arriving)
    this.#accept(log, arriving)
    return 'taken'
  }

  /** Behind one that is undecided: judged side by side, none waits for the judgements of many. */
  judgeAhead (arriving: Arriving): void {
    const { verdict, held, batch } = arriving
    const isSound = verdict === 'good' && this.#aheadMs(held) <= 0 &&
      !isExpired(this.#shelf.mesh, held.newest) && !this.#isTooLarge(batch)
    if (isSound) this.#validationOf(arriving)
  }

  /** By how much it is dated too far in the future, ms. */
  #aheadMs ({ newest }: Held): number {
    return newest * 1_000 - wallMs(this.#shelf.mesh) - BULLETIN_LIMITS.futureMaxMs
  }

  /** Null while it is being judged. */
  #validationOf (arriving: Arriving): Validation | null {
    if (arriving.validation !== undefined) return arriving.validation
    if (!this.#machines.topics.isValidated(arriving.batch)) {
      arriving.validation = 'accept'
      return 'accept'
    }
    const { ask, batch, from, author } = arriving
    arriving.validation = null
    this.#shelf.mesh.out.push({ kind: 'validate-batch', ask, batch, author, from })
    return null
  }

  /** It is not for here, and nobody's fault. */
  #refuse (log: Log, held: Held): 'refused' {
    this.#machines.stock.settle(log, held)
    this.#machines.delivering.settled(log)
    return 'refused'
  }

  /** A batch lives and dies whole, but what of it was accepted is for the subscribers here. */
  #acceptSome (log: Log, arriving: Arriving): 'refused' {
    if (arriving.accepted.length === 0) return this.#refuse(log, arriving.held)
    this.#machines.stock.settle(log, arriving.held)
    this.#deliver(log, arriving, arriving.accepted)
    return 'refused'
  }

  #accept (log: Log, arriving: Arriving): void {
    const { held, batch } = arriving
    const isPassing = arriving.hopsMax > 0
    if (isPassing) this.#machines.stock.settle(log, held)
    else this.#machines.stock.keep(log, held, batch)
    this.#deliver(log, arriving)
    this.onTaken?.(log, arriving)
    if (isPassing) this.onPassed?.(log, held.bytes)
    else this.#machines.retention.makeRoom()
  }

  #deliver (
    log: Log, { held, batch, link, hopsMax }: Arriving, only?: readonly number[],
  ): void {
    const { first, count } = held
    const { delivering } = this.#machines
    const gap = delivering.accepted(log, { first, count, batch, only, isKept: hopsMax === 0 })
    const entry = link === null ? undefined : this.#shelf.mesh.links.get(link)
    if (gap !== null && entry?.state.at === 'ready') this.onGap?.(entry, log, gap)
  }

  /** Larger than this node takes: a rule of its own, nobody's fault. */
  #isTooLarge (batch: Uint8Array): boolean {
    const { contentBytesMax } = this.#shelf.mesh.options.bulletins
    if (batch.length <= contentBytesMax) return false
    const { items, head } = partsOf(batch)
    const all = decodeItems(items, head.count)
    return isRefusal(all) || all.some(({ content }) => content.length > contentBytesMax)
  }

  /** Does not join what is held on either side of it, or overlaps it. */
  #isFork (log: Log, batch: Uint8Array, held: Held): boolean {
    const [overlapped] = log.within({ first: held.first, last: lastOf(held) })
    const before = held.first > 1 ? log.at(held.first - 1) : undefined
    const after = log.at(lastOf(held) + 1)
    const isTorn = before !== undefined &&
      log.held.headHashAt(before.first) !== held.previous
    const told = after === undefined ? '' : log.held.previousAt(after.first)
    const isTornAfter = told !== '' && told !== held.headHash
    const suspect = overlapped ?? (isTorn ? before : isTornAfter ? after : undefined)
    if (suspect === undefined) return false
    const { headBytes, signature } = partsOf(batch)
    this.#machines.forks.suspect(log, { headBytes, signature }, suspect)
    return true
  }
}

/** Parts of a batch that had some when it came. */
function partsOf (batch: Uint8Array): Batch {
  const parts = decodeBatch(batch)
  assert(!isRefusal(parts), 'what waits was a batch when it came')
  return parts
}
