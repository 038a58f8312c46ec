/**
 * What is missing here and who is asked for it. A position is asked of one link at a time; what a
 * link does not have is asked of the next that offers it (DESIGN 8). Offers are forgotten with
 * their link: the next exchange repeats them. Read next: `sync.ts`, where offers come from.
 */
import { BULLETIN_LIMITS, WIRE_LIMITS } from '../../limits.js'
import type { WantedRange } from '../../wire/frame.js'
import type { Identity } from '../../wire/identity.js'
import type { LinkId } from '../event.js'
import type { LinkEntry } from '../links.js'
import { send } from '../speak.js'
import type { Delivering } from './delivering.js'
import { logName, type Log } from './logs.js'
import { Ranges, type Range } from './ranges.js'
import { openLog, type Shelf } from './shelf.js'
import type { Stock } from './stock.js'

interface Offer {
  readonly author: Identity
  readonly incarnation: number
  readonly ranges: Ranges
}

interface Want {
  readonly link: LinkId
  readonly id: number
  readonly ranges: readonly WantedRange[]
}

export class Wants {
  readonly #shelf: Shelf
  readonly #stock: Stock
  readonly #delivering: Delivering
  readonly #isChecking: (log: Log, first: number, last: number) => Range[]
  readonly #offers = new Map<LinkId, Map<string, Offer>>()
  readonly #underWay = new Map<LinkId, Want>()
  /** By log: positions that somebody was asked for. */
  readonly #asked = new Map<string, Ranges>()
  #nextId = 1

  /** `isChecking` gives the positions of a range that are not being checked. */
  constructor (
    shelf: Shelf, stock: Stock, delivering: Delivering,
    isChecking: (log: Log, first: number, last: number) => Range[],
  ) {
    this.#shelf = shelf
    this.#stock = stock
    this.#delivering = delivering
    this.#isChecking = isChecking
  }

  /** A peer has these positions, as far as it says or its heartbeats show. */
  offer (
    entry: LinkEntry, author: Identity, incarnation: number, ranges: readonly Range[],
  ): void {
    if (ranges.length === 0) return
    const offers = this.#offers.get(entry.id) ?? new Map<string, Offer>()
    const name = logName(author, incarnation)
    const offer = offers.get(name) ?? { author, incarnation, ranges: new Ranges() }
    for (const { first, last } of ranges) offer.ranges.add(first, last)
    offers.set(name, offer)
    this.#offers.set(entry.id, offers)
  }

  /** Asks whoever can be asked. */
  pump (): void {
    if (this.#stock.isResting) return
    for (const [link, offers] of this.#offers) {
      if (this.#underWay.size >= BULLETIN_LIMITS.wantsUnderWayMax) return
      if (this.#underWay.has(link)) continue
      this.#ask(link, offers)
    }
  }

  /** Something came on a link that was asked: its answer goes on. */
  onBatch (link: LinkId): void {
    const { deadlines, nowMs } = this.#shelf.mesh
    if (this.#underWay.has(link)) deadlines.set('want', link, nowMs + BULLETIN_LIMITS.wantMaxMs)
  }

  /** The end of an answer; one that was not asked for is nothing. */
  onAnswer (entry: LinkEntry, id: number, complete: boolean): void {
    const want = this.#underWay.get(entry.id)
    if (want?.id !== id) return
    this.#close(want)
    if (complete) for (const range of want.ranges) this.#onComplete(entry, range)
    this.pump()
  }

  /** A want was not answered: that link is asked for nothing until it offers again. */
  onWantDue (link: LinkId): void {
    const want = this.#underWay.get(link)
    if (want === undefined) return
    this.#close(want)
    this.#offers.delete(link)
    this.pump()
  }

  onEnded (link: LinkId): void {
    this.#offers.delete(link)
    const want = this.#underWay.get(link)
    if (want === undefined) return
    this.#close(want)
    this.pump()
  }

  /** Wants under way. */
  get underWay (): number {
    return this.#underWay.size
  }

  /** What was wanted and neither came nor is being checked, this peer does not have. */
  #onComplete (entry: LinkEntry, { author, incarnation, first, last }: WantedRange): void {
    const log = this.#shelf.logs.get(author, incarnation)
    const offer = this.#offers.get(entry.id)?.get(logName(author, incarnation))
    if (log === undefined) return
    for (const lacking of log.settled.missing(first, last)) {
      for (const range of this.#isChecking(log, lacking.first, lacking.last)) {
        offer?.ranges.remove(range.first, range.last)
        // The author is who should know: what it no longer has is asked for only where offered.
        if (entry.peer === author) log.unavailable.add(range.first, range.last)
      }
    }
    if (entry.peer === author) this.#delivering.settled(log)
  }

  #ask (link: LinkId, offers: Map<string, Offer>): void {
    const ranges: WantedRange[] = []
    let positions = 0
    for (const [name, offer] of offers) {
      const { author, incarnation } = offer
      const log = openLog(this.#shelf, author, incarnation)
      const missing = log === null ? [] : this.#missing(log, offer.ranges)
      if (missing.length === 0) {
        // Nothing is missing, or others are asked for it: whoever still has it then says so again.
        offers.delete(name)
        continue
      }
      for (const { first, last } of missing) {
        const end = Math.min(last, first + BULLETIN_LIMITS.wantPositionsMax - positions - 1)
        if (end < first || ranges.length >= WIRE_LIMITS.wantRangesMax) break
        ranges.push({ author, incarnation, first, last: end })
        positions += end - first + 1
      }
    }
    if (offers.size === 0) this.#offers.delete(link)
    if (ranges.length > 0) this.#send({ link, id: this.#nextId++ >>> 0, ranges })
  }

  #missing (log: Log, offered: Ranges): Range[] {
    if (log.isForked) return []
    const asked = this.#asked.get(logName(log.author, log.incarnation))
    return offered.list()
      .flatMap(({ first, last }) => log.settled.missing(first, last))
      .flatMap(({ first, last }) => asked?.missing(first, last) ?? [{ first, last }])
      .flatMap(({ first, last }) => this.#isChecking(log, first, last))
  }

  #send (want: Want): void {
    const { mesh } = this.#shelf
    const { link, id, ranges } = want
    this.#underWay.set(link, want)
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
    for (const { author, incarnation, first, last } of ranges) {
      const name = logName(author, incarnation)
      const asked = this.#asked.get(name)
      asked?.remove(first, last)
      if (asked?.isEmpty === true) this.#asked.delete(name)
    }
  }
}
