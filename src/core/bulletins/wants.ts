/**
 * What is missing here and who is asked for it. A position is asked of one link at a time; what a
 * link does not have is asked of the next that offers it (DESIGN 8). Offers are forgotten with
 * their link: the next exchange repeats them. Nobody signs an offer: so it opens no log, and who
 * does not keep it costs little. Read next: `sync.ts`, where offers come from.
 */
import { BULLETIN_LIMITS, WIRE_LIMITS } from '../../limits.js'
import { U32_MAX } from '../../wire/bytes.js'
import type { WantedRange } from '../../wire/frame.js'
import type { LinkId } from '../event.js'
import type { LinkEntry } from '../links.js'
import type { Sizes } from '../sizes.js'
import { send } from '../speak.js'
import type { Delivering } from './delivering.js'
import type { Came } from './intake.js'
import { logName, type Log } from './logs.js'
import { Ranges, type Range } from './ranges.js'
import type { Shelf } from './shelf.js'
import type { Stock } from './stock.js'
import type { LogKey } from './vocabulary.js'

interface Offer extends LogKey {
  readonly ranges: Ranges
  /** Positions asked for at once: grows where there is nothing. */
  span: number
}

/** What one link offers. */
interface Offers {
  readonly byLog: Map<string, Offer>
  /** Names of those worth looking at: of the others all that is missing is asked of somebody. */
  readonly open: Set<string>
  /** It left a want unanswered and has answered none since. */
  isSlow: boolean
}

interface Want {
  readonly link: LinkId
  readonly id: number
  readonly ranges: readonly WantedRange[]
  readonly sinceMs: number
  /** What came of it, by log. */
  readonly came: Map<string, Ranges>
}

/** The positions of a range that are not being checked. */
type NotChecking = (log: LogKey, range: Range) => Range[]

export class Wants {
  readonly #shelf: Shelf
  readonly #stock: Stock
  readonly #delivering: Delivering
  readonly #notChecking: NotChecking
  readonly #offers = new Map<LinkId, Offers>()
  readonly #underWay = new Map<LinkId, Want>()
  /** By log: positions that somebody was asked for. */
  readonly #asked = new Map<string, Ranges>()
  #nextId = 1

  constructor (shelf: Shelf, stock: Stock, delivering: Delivering, notChecking: NotChecking) {
    this.#shelf = shelf
    this.#stock = stock
    this.#delivering = delivering
    this.#notChecking = notChecking
  }

  /** A peer has these positions, as far as it says or its heartbeats show. */
  offer (link: LinkId, { author, incarnation }: LogKey, ranges: readonly Range[]): void {
    if (ranges.length === 0) return
    const offers = this.#offers.get(link) ??
      { byLog: new Map<string, Offer>(), open: new Set<string>(), isSlow: false }
    const name = logName(author, incarnation)
    const known = offers.byLog.get(name)
    if (known === undefined && offers.byLog.size >= BULLETIN_LIMITS.offersPerLinkMax) return
    const offer = known ??
      { author, incarnation, ranges: new Ranges(), span: BULLETIN_LIMITS.wantPositionsMax }
    for (const { first, last } of ranges) offer.ranges.add(first, last)
    // Of more the lowest are one: what of it is not there costs one more question.
    offer.ranges.limitTo(WIRE_LIMITS.rangesPerLogMax)
    offers.byLog.set(name, offer)
    offers.open.add(name)
    this.#offers.set(link, offers)
  }

  /** Asks whoever can be asked. */
  pump (): void {
    if (this.#stock.isResting) return
    const { wantsUnderWayMax } = BULLETIN_LIMITS
    for (const [link, offers] of this.#offers) {
      if (this.#underWay.size >= wantsUnderWayMax) return
      if (offers.open.size === 0 || this.#underWay.has(link)) continue
      // Whoever does not answer shall not take every place.
      if (offers.isSlow && this.#underWay.size * 2 >= wantsUnderWayMax) continue
      this.#ask(link, offers)
    }
  }

  /** A batch came on a link: if it was asked for, its answer goes on, and true is returned. */
  onCame (link: LinkId, { author, incarnation, first, last }: Came): boolean {
    const want = this.#underWay.get(link)
    if (want === undefined) return false
    const isWanted = want.ranges.some(range => range.author === author &&
      range.incarnation === incarnation && range.first <= last && first <= range.last)
    if (!isWanted) return false
    const name = logName(author, incarnation)
    const came = want.came.get(name) ?? new Ranges()
    came.add(first, last)
    came.limitTo(BULLETIN_LIMITS.gapsPerLogMax)
    want.came.set(name, came)
    const { deadlines, nowMs } = this.#shelf.mesh
    const { wantMaxMs, wantWholeMaxMs } = BULLETIN_LIMITS
    deadlines.set('want', link, Math.min(nowMs + wantMaxMs, want.sinceMs + wantWholeMaxMs))
    return true
  }

  /** The end of an answer; one that was not asked for is nothing. */
  onAnswer (entry: LinkEntry, id: number, complete: boolean): void {
    const want = this.#underWay.get(entry.id)
    if (want?.id !== id) return
    const offers = this.#offers.get(entry.id)
    if (offers !== undefined) offers.isSlow = false
    // Who sends nothing and says that there is more is not asked the same again.
    const isWhole = complete || want.came.size === 0
    for (const range of want.ranges) this.#onAnswered(entry, want, range, isWhole, complete)
    this.#close(want)
    this.pump()
  }

  /** A want was not answered: that link is asked for nothing until it offers again. */
  onWantDue (link: LinkId): void {
    const want = this.#underWay.get(link)
    if (want === undefined) return
    this.#offers.set(link, { byLog: new Map(), open: new Set(), isSlow: true })
    this.#close(want)
    this.pump()
  }

  onEnded (link: LinkId): void {
    this.#offers.delete(link)
    const want = this.#underWay.get(link)
    if (want === undefined) return
    this.#close(want)
    this.pump()
  }

  /** What others offer of a log is worth another look. */
  unblock ({ author, incarnation }: LogKey): void {
    const name = logName(author, incarnation)
    for (const { byLog, open } of this.#offers.values()) if (byLog.has(name)) open.add(name)
  }

  get sizes (): Sizes {
    let offersOfOne = 0
    for (const { byLog } of this.#offers.values()) offersOfOne = Math.max(offersOfOne, byLog.size)
    return { wants: this.#underWay.size, offersOfOne, offering: this.#offers.size }
  }

  /** Wants under way. */
  get underWay (): number {
    return this.#underWay.size
  }

  /** Logs that links offer something of. */
  get offers (): number {
    let count = 0
    for (const { byLog } of this.#offers.values()) count += byLog.size
    return count
  }

  /** What came is settled or being checked; what did not come of a whole answer is not there. */
  #onAnswered (
    entry: LinkEntry, want: Want, range: WantedRange, isWhole: boolean, complete: boolean,
  ): void {
    const { author, incarnation, first, last } = range
    const name = logName(author, incarnation)
    const offer = this.#offers.get(entry.id)?.byLog.get(name)
    const came = want.came.get(name) ?? new Ranges()
    const isNothing = !came.touches(first, last)
    if (offer !== undefined) {
      offer.span = isWhole && isNothing
        ? Math.min(2 * offer.span, U32_MAX)
        : BULLETIN_LIMITS.wantPositionsMax
      const answered = isWhole ? [range] : came.list()
      for (const one of answered) offer.ranges.remove(one.first, one.last)
    }
    const log = this.#shelf.logs.get(author, incarnation)
    if (log === undefined || !isWhole) return
    if (entry.peer !== author) return this.#onNowhere(entry, log, range, came)
    // What the author is still writing it will have: nobody has been told that it does not.
    if (!complete) return
    // The author is who should know: what it no longer has is asked for only where offered.
    for (const lacking of log.settled.missing(first, last)) {
      for (const none of came.missing(lacking.first, lacking.last)) log.lack(none.first, none.last)
    }
    this.#delivering.settled(log)
  }

  /** While its author is linked it is the one to ask. */
  #onNowhere (entry: LinkEntry, log: Log, { first, last }: Range, came: Ranges): void {
    if (this.#shelf.mesh.links.readyOf(log.author) !== undefined) return
    const name = logName(log.author, log.incarnation)
    let nowhere = log.settled.missing(first, last)
      .flatMap(range => came.missing(range.first, range.last))
      .flatMap(range => this.#notChecking(log, range))
    for (const [link, { byLog }] of this.#offers) {
      const offered = byLog.get(name)?.ranges
      if (link === entry.id || offered === undefined) continue
      nowhere = nowhere.flatMap(range => offered.missing(range.first, range.last))
    }
    for (const range of nowhere) this.#delivering.nowhere(log, range)
  }

  #ask (link: LinkId, { byLog, open }: Offers): void {
    const ranges: WantedRange[] = []
    let room = BULLETIN_LIMITS.wantPositionsMax
    for (const name of open) {
      if (room <= 0 || ranges.length >= WIRE_LIMITS.wantRangesMax) break
      const offer = byLog.get(name)
      const missing = offer === undefined ? [] : this.#missing(offer)
      if (offer === undefined || missing.length === 0) {
        byLog.delete(name)
        open.delete(name)
        continue
      }
      const free = this.#free(offer, missing)
      // Others are asked for all of it: it is looked at again when they have answered.
      if (free.length === 0) open.delete(name)
      if (offer.span > BULLETIN_LIMITS.wantPositionsMax) room = Math.max(room, offer.span)
      const { author, incarnation } = offer
      for (const { first, last } of free) {
        const end = Math.min(last, first + room - 1)
        if (end < first || ranges.length >= WIRE_LIMITS.wantRangesMax) break
        ranges.push({ author, incarnation, first, last: end })
        room -= end - first + 1
      }
    }
    if (ranges.length > 0) this.#send(link, ranges)
  }

  /** What is offered and not settled. */
  #missing ({ author, incarnation, ranges }: Offer): readonly Range[] {
    const { logs } = this.#shelf
    const log = logs.get(author, incarnation)
    if (log === undefined) return logs.mayOpen(author, incarnation) ? ranges.list() : []
    if (log.isForked) return []
    return ranges.list().flatMap(({ first, last }) => log.settled.missing(first, last))
  }

  /** What of it nobody is asked for, that is not being checked and may be there by now. */
  #free (offer: Offer, missing: readonly Range[]): Range[] {
    const { mesh, logs } = this.#shelf
    const log = logs.get(offer.author, offer.incarnation)
    const early = log !== undefined && mesh.nowMs < log.earlyUntilMs ? log.early : null
    const asked = this.#asked.get(logName(offer.author, offer.incarnation))
    return missing
      .flatMap(range => asked?.missing(range.first, range.last) ?? [range])
      .flatMap(range => early?.missing(range.first, range.last) ?? [range])
      .flatMap(range => this.#notChecking(offer, range))
  }

  #send (link: LinkId, ranges: readonly WantedRange[]): void {
    const { mesh } = this.#shelf
    const id = this.#nextId++ >>> 0
    this.#underWay.set(link, { link, id, ranges, sinceMs: mesh.nowMs, came: new Map() })
    for (const { author, incarnation, first, last } of ranges) {
      const name = logName(author, incarnation)
      const asked = this.#asked.get(name) ?? new Ranges()
      asked.add(first, last)
      this.#asked.set(name, asked)
    }
    mesh.deadlines.set('want', link, mesh.nowMs + BULLETIN_LIMITS.wantMaxMs)
    send(mesh, [link], { type: 'log-want', id, bytesMax: BULLETIN_LIMITS.wantBytesMax, ranges })
  }

  #close ({ link, ranges }: Want): void {
    this.#underWay.delete(link)
    this.#shelf.mesh.deadlines.clear('want', link)
    for (const range of ranges) {
      const name = logName(range.author, range.incarnation)
      const asked = this.#asked.get(name)
      asked?.remove(range.first, range.last)
      if (asked?.isEmpty === true) this.#asked.delete(name)
      this.unblock(range)
    }
  }
}
