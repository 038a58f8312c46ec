/**
 * Batches that come in: parsed, compared with what is known, checked on the thread pool, and judged
 * in the order in which they came for each log. Nothing is delivered, stored or passed on before
 * its check (DESIGN 8). Read next: `judging.ts`, which takes or refuses them, and `forks.ts`.
 */
import { BULLETIN_LIMITS } from '../../limits.js'
import { decodeBatch, lastOf, type Batch } from '../../wire/batch.js'
import { newestOf } from '../../wire/bulletin.js'
import type { BatchFrame } from '../../wire/frame.js'
import type { Identity } from '../../wire/identity.js'
import { isRefusal } from '../../wire/refusal.js'
import { toHex } from '../../wire/hex.js'
import type { AskId, Event, LinkId } from '../event.js'
import type { LinkEntry } from '../links.js'
import type { Sizes } from '../sizes.js'
import type { Forks } from './forks.js'
import { NO_GIVER } from './givers.js'
import type { Held } from './held.js'
import type { Arriving, Judging, Source } from './judging.js'
import { logName, type Log } from './logs.js'
import { Ranges, type Range } from './ranges.js'
import { authorOf, type Shelf } from './shelf.js'
import type { LogKey, OfferOutcome, Validation, Verdict } from './vocabulary.js'

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

export class Intake {
  readonly #shelf: Shelf
  readonly #judging: Judging
  readonly #forks: Forks
  readonly #byAsk = new Map<AskId, Arriving>()
  /** Of each log in the order of coming. */
  readonly #lines = new Map<string, Arriving[]>()
  readonly #loads = new Map<LinkId, Load>()

  constructor (shelf: Shelf, judging: Judging, forks: Forks) {
    this.#shelf = shelf
    this.#judging = judging
    this.#forks = forks
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
    const isAsked = source.link !== null &&
      this.onCame?.(source.link, { author, incarnation, first: held.first, last: lastOf(held) })
    const known = logs.get(author, incarnation)
    if (known?.isForked === true) return this.#tell(source, 'refused')
    const { hopsMax } = head
    // Not settled: a shorter way may bring it too, and nobody signed how long this one was.
    if (hopsMax > 0 && source.hops > hopsMax) return this.#tell(source, 'refused')
    if (this.#isUnderWay(author, incarnation, held)) return this.#tell(source, 'known')
    if (known?.settled.covers(head.first, lastOf(head)) === true) {
      return this.#onKnown(known, parsed, held, source)
    }
    // The position is not settled and will be offered again. No log is opened before the check:
    // nothing is to be forgotten for what its author may not have said.
    if (!this.#judging.isTaken({ author, incarnation })) return this.#tell(source, 'refused')
    const ask = asks.take()
    const { link, from, offer, hops } = source
    // No spread: of objects made so each is moved to the old part of the heap, with all it holds.
    const arriving: Arriving = {
      link, from, offer, hops, ask, author, incarnation, batch, held, hopsMax,
      isAsked: isAsked === true, verdict: null, validation: undefined, accepted: [],
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
    if (this.#byAsk.has(ask)) this.#judging.judgeAhead(arriving)
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

  /** All its positions are settled: mostly a duplicate, sometimes another version. */
  #onKnown (
    log: Log, { headBytes, signature, head }: Batch, held: Held, source: Source,
  ): string | null {
    const ours = log.at(held.first)
    const isSame = log.held.headHashAt(held.first) === held.headHash
    if (ours === undefined || isSame) return this.#tell(source, 'known')
    const theirs = { headBytes, signature }
    if (!this.#forks.isSigned(head, theirs)) return 'a batch with a false signature'
    this.#forks.suspect(log, theirs, ours)
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
      const outcome = this.#judging.decide(arriving)
      if (outcome === null) break
      taken++
      this.#tell(arriving, outcome)
      this.#byAsk.delete(arriving.ask)
      this.#load(arriving.link, -1, -arriving.batch.length)
    }
    line.splice(0, taken)
    if (line.length === 0) this.#lines.delete(name)
  }

  /** A batch came on a link, good or not; true when it was asked for. Set by `bulletins.ts`. */
  onCame: ((link: LinkId, came: Came) => boolean) | null = null

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
