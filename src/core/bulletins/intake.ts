/**
 * Batches that come in: parsed, compared with what is known, checked on the thread pool, judged,
 * and taken in the order in which they came for each log. Nothing is delivered, stored or passed on
 * before its check (DESIGN 8). Read next: `stock.ts`, `delivering.ts`, `forks.ts`.
 */
import { assert } from '../../errors.js'
import { BULLETIN_LIMITS } from '../../limits.js'
import { decodeBatch, lastOf, type Batch } from '../../wire/batch.js'
import { decodeItems, newestOf } from '../../wire/bulletin.js'
import type { BatchFrame } from '../../wire/frame.js'
import type { Identity } from '../../wire/identity.js'
import { isRefusal } from '../../wire/refusal.js'
import { toHex } from '../../wire/hex.js'
import type { AskId, Event, LinkId, OfferId } from '../event.js'
import type { LinkEntry } from '../links.js'
import { wallMs } from '../mesh.js'
import type { Sizes } from '../sizes.js'
import type { Delivering } from './delivering.js'
import type { Forks } from './forks.js'
import { NO_GIVER } from './givers.js'
import type { Held } from './held.js'
import { logName, type Log } from './logs.js'
import { Ranges, type Range } from './ranges.js'
import type { Retention } from './retention.js'
import { authorOf, isExpired, isOwn, isWelcome, openLog, type Shelf } from './shelf.js'
import type { Stock } from './stock.js'
import type { Topics } from './topics.js'
import type { LogKey, OfferOutcome, Validation, Verdict } from './vocabulary.js'

/** Where a batch comes from: a link, or a file, which has an offer in the place of the others. */
interface Source {
  readonly link: LinkId | null
  readonly from: Identity | null
  readonly offer: OfferId | null
  /** Links it has passed, this one included; nobody signs that. */
  readonly hops: number
}

/** A batch on its way in; taken apart again when need be, for many wait. */
interface Arriving extends Source {
  readonly ask: AskId
  readonly author: Identity
  readonly incarnation: number
  readonly batch: Uint8Array
  readonly held: Held
  /** It may pass so many links only: it is delivered and never kept. */
  readonly isPassing: boolean
  verdict: Verdict | null
  /** Undefined: not asked yet; null: asked. */
  validation: Validation | null | undefined
  /** Offsets of the bulletins that validators accepted, when they did not accept all. */
  accepted: readonly number[]
}

/** What came of a check: who sent something false and what, and the log that it was about. */
interface Checked {
  readonly fault: { readonly link: LinkId, readonly why: string } | null
  readonly log: LogKey | null
}

/** Positions of a log that came on a link. */
export interface Came extends LogKey, Range {}

/** What one link has waiting for checks. */
interface Load {
  count: number
  bytes: number
  isPaused: boolean
}

interface Machines {
  readonly stock: Stock
  readonly delivering: Delivering
  readonly forks: Forks
  readonly retention: Retention
  readonly topics: Topics
}

export class Intake {
  readonly #shelf: Shelf
  readonly #machines: Machines
  readonly #byAsk = new Map<AskId, Arriving>()
  /** Of each log in the order of coming. */
  readonly #lines = new Map<string, Arriving[]>()
  readonly #loads = new Map<LinkId, Load>()

  constructor (shelf: Shelf, machines: Machines) {
    this.#shelf = shelf
    this.#machines = machines
  }

  /** What no honest node sends, or null. */
  onBatch (entry: LinkEntry, { batch, hops }: BatchFrame): string | null {
    return this.#onBatch(batch, { link: entry.id, from: entry.peer, offer: null, hops: hops + 1 })
  }

  /** Nobody is to blame for a file; what came of it is told. */
  onOffered ({ offer, batch }: Extract<Event, { kind: 'batch-offered' }>): void {
    const why = this.#onBatch(batch, { link: null, from: null, offer, hops: Infinity })
    if (why !== null) this.#tell({ offer }, 'refused')
  }

  #onBatch (batch: Uint8Array, source: Source): string | null {
    const { mesh, suite, logs, asks, givers } = this.#shelf
    const parsed = decodeBatch(batch)
    if (isRefusal(parsed)) return parsed.message
    const { head, items } = parsed
    const newest = newestOf(items, head.count)
    if (typeof newest !== 'number') return newest.message
    const author = authorOf(suite, head.publicKey)
    const held: Held = {
      first: head.first, count: head.count, bytes: batch.length, newest,
      headHash: toHex(suite.hash(parsed.headBytes)), previous: toHex(head.previous),
      giver: source.from === null ? NO_GIVER : givers.numberOf(source.from),
    }
    const { incarnation } = head
    if (source.link !== null) {
      this.onCame?.(source.link, { author, incarnation, first: held.first, last: lastOf(held) })
    }
    const known = logs.get(author, incarnation)
    if (known?.isForked === true) return this.#tell(source, 'refused')
    const isPassing = head.hopsMax > 0
    // Not settled: a shorter way may bring it too, and nobody signed how long this one was.
    if (isPassing && source.hops > head.hopsMax) return this.#tell(source, 'refused')
    if (this.#isUnderWay(author, incarnation, held)) return this.#tell(source, 'known')
    if (known?.settled.covers(head.first, lastOf(head)) === true) {
      return this.#onKnown(known, parsed, held, source)
    }
    // The position is not settled and will be offered again. No log is opened before the check:
    // nothing is to be forgotten for what its author may not have said.
    if (!this.#isTaken({ author, incarnation })) return this.#tell(source, 'refused')
    const ask = asks.take()
    const { link, from, offer, hops } = source
    // No spread: of objects made so each is moved to the old part of the heap, with all it holds.
    const arriving: Arriving = {
      link, from, offer, hops, ask, author, incarnation, batch, held, isPassing,
      verdict: null, validation: undefined, accepted: [],
    }
    this.#byAsk.set(ask, arriving)
    const name = logName(author, incarnation)
    const line = this.#lines.get(name) ?? []
    line.push(arriving)
    this.#lines.set(name, line)
    this.#load(source.link, 1, batch.length)
    mesh.out.push({ kind: 'check-batch', ask, batch, author })
    return null
  }

  onChecked (ask: AskId, verdict: Verdict): Checked {
    const arriving = this.#byAsk.get(ask)
    if (arriving === undefined) return { fault: null, log: null }
    arriving.verdict = verdict
    this.#advance(arriving)
    if (this.#byAsk.has(ask)) this.#judgeAhead(arriving)
    const { link } = arriving
    if (verdict === 'good' || verdict === 'under-worked' || link === null) {
      return { fault: null, log: arriving }
    }
    const what = verdict === 'bad-signature' ? 'a false signature' : 'items that are not its own'
    return { fault: { link, why: `a batch with ${what}` }, log: arriving }
  }

  onValidated (ask: AskId, validation: Validation, accepted: readonly number[]): void {
    const arriving = this.#byAsk.get(ask)
    if (arriving === undefined) return
    arriving.validation = validation
    arriving.accepted = accepted
    this.#advance(arriving)
  }

  /** The positions of a range that are not being checked. */
  notUnderWay ({ author, incarnation }: LogKey, { first, last }: Range): Range[] {
    const line = this.#lines.get(logName(author, incarnation))
    if (line === undefined) return [{ first, last }]
    const checking = new Ranges(line.map(({ held }) => ({ first: held.first, last: lastOf(held) })))
    return checking.missing(first, last)
  }

  onEnded (link: LinkId): void {
    this.#loads.delete(link)
  }

  /** So much waits of this link that it is not read: what it says cannot be heard. */
  isPaused (link: LinkId): boolean {
    return this.#loads.get(link)?.isPaused === true
  }

  get sizes (): Sizes {
    let checksOfOne = 0
    let checkBytesOfOne = 0
    for (const { count, bytes } of this.#loads.values()) {
      checksOfOne = Math.max(checksOfOne, count)
      checkBytesOfOne = Math.max(checkBytesOfOne, bytes)
    }
    return { checksOfOne, checkBytesOfOne, loads: this.#loads.size }
  }

  /** Batches that wait for their check. */
  get underWay (): number {
    return this.#byAsk.size
  }

  #isUnderWay (author: Identity, incarnation: number, { first, headHash }: Held): boolean {
    const line = this.#lines.get(logName(author, incarnation)) ?? []
    return line.some(({ held }) => held.first === first && held.headHash === headHash)
  }

  /** Bulletins of this log may be taken, of one that is not known too. */
  #isTaken (key: LogKey): boolean {
    return isWelcome(this.#shelf, key.author) && !isOwn(this.#shelf.mesh, key) &&
      this.#shelf.logs.mayOpen(key.author, key.incarnation)
  }

  /** All its positions are settled: mostly a duplicate, sometimes another version. */
  #onKnown (
    log: Log, { headBytes, signature, head }: Batch, held: Held, source: Source,
  ): string | null {
    const ours = log.at(held.first)
    const isSame = log.held.headHashAt(held.first) === held.headHash
    if (ours === undefined || isSame) return this.#tell(source, 'known')
    const theirs = { headBytes, signature }
    if (!this.#machines.forks.isSigned(head, theirs)) return 'a batch with a false signature'
    this.#machines.forks.suspect(log, theirs, ours)
    return this.#tell(source, 'refused')
  }

  /** What came of a batch, for whoever offered it in a file; always null. */
  #tell ({ offer }: Pick<Source, 'offer'>, outcome: OfferOutcome): null {
    if (offer !== null) this.#shelf.mesh.out.push({ kind: 'offer-settled', offer, outcome })
    return null
  }

  /** Takes what is decided, in order; what follows an undecided one waits. */
  #advance ({ author, incarnation }: LogKey): void {
    const name = logName(author, incarnation)
    const line = this.#lines.get(name) ?? []
    let taken = 0
    for (const arriving of line) {
      const outcome = this.#decide(arriving)
      if (outcome === null) break
      taken++
      this.#tell(arriving, outcome)
      this.#byAsk.delete(arriving.ask)
      this.#load(arriving.link, -1, -arriving.batch.length)
    }
    line.splice(0, taken)
    if (line.length === 0) this.#lines.delete(name)
  }

  /** Null as long as more is to be known of it. */
  #decide (arriving: Arriving): OfferOutcome | null {
    const { author, incarnation, held, batch, verdict } = arriving
    const { mesh } = this.#shelf
    if (verdict === null) return null
    if (verdict === 'bad-signature' || verdict === 'bad-items') return 'refused'
    const log = this.#isTaken(arriving) ? openLog(this.#shelf, author, incarnation) : null
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

  /** By how much it is dated too far in the future, ms. */
  #aheadMs ({ newest }: Held): number {
    return newest * 1_000 - wallMs(this.#shelf.mesh) - BULLETIN_LIMITS.futureMaxMs
  }

  /** Behind one that is undecided: judged side by side, none waits for the judgements of many. */
  #judgeAhead (arriving: Arriving): void {
    const { verdict, held, batch } = arriving
    const isSound = verdict === 'good' && this.#aheadMs(held) <= 0 &&
      !isExpired(this.#shelf.mesh, held.newest) && !this.#isTooLarge(batch)
    if (isSound) this.#validationOf(arriving)
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
    const { held, batch, isPassing } = arriving
    if (isPassing) this.#machines.stock.settle(log, held)
    else this.#machines.stock.keep(log, held, batch)
    this.#deliver(log, arriving)
    if (isPassing) this.onPassed?.(log, held.bytes)
    else this.#machines.retention.makeRoom()
  }

  #deliver (
    log: Log, { held, batch, link, isPassing }: Arriving, only?: readonly number[],
  ): void {
    const { first, count } = held
    const { delivering } = this.#machines
    const gap = delivering.accepted(log, { first, count, batch, only, isKept: !isPassing })
    const entry = link === null ? undefined : this.#shelf.mesh.links.get(link)
    if (gap !== null && entry?.state.at === 'ready') this.onGap?.(entry, log, gap)
  }

  /** A gap before a batch: who sent it is asked at once. Set by `bulletins.ts`. */
  onGap: ((entry: LinkEntry, log: Log, gap: Range) => void) | null = null

  /** A batch was taken that is not to be kept: its author hears of it. Set by `bulletins.ts`. */
  onPassed: ((log: Log, bytes: number) => void) | null = null

  /** A batch came on a link, good or not. Set by `bulletins.ts`. */
  onCame: ((link: LinkId, came: Came) => void) | null = null

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

  /** Past its limits a link is not read until its checks are done. */
  #load (link: LinkId | null, count: number, bytes: number): void {
    const { mesh } = this.#shelf
    if (link === null || mesh.links.get(link) === undefined) return
    const load = this.#loads.get(link) ?? { count: 0, bytes: 0, isPaused: false }
    load.count += count
    load.bytes += bytes
    this.#loads.set(link, load)
    const isFull = load.count >= BULLETIN_LIMITS.checksPerLinkMax ||
      load.bytes >= BULLETIN_LIMITS.checkBytesPerLinkMax
    const hasRoom = load.count * 2 <= BULLETIN_LIMITS.checksPerLinkMax &&
      load.bytes * 2 <= BULLETIN_LIMITS.checkBytesPerLinkMax
    if (isFull !== load.isPaused && (isFull || hasRoom)) {
      load.isPaused = isFull
      mesh.out.push({ kind: 'pause-link', link, paused: isFull })
    }
  }
}

/** Parts of a batch that had some when it came. */
function partsOf (batch: Uint8Array): Batch {
  const parts = decodeBatch(batch)
  assert(!isRefusal(parts), 'what waits was a batch when it came')
  return parts
}
