/**
 * What happens where the mesh is not complete: a batch that was taken is passed on along its
 * author's tree, and links that get it from nobody known are told that it is here; who is told of
 * something waits a moment for it and then asks (DESIGN 8). In a full mesh nothing of this happens.
 * Read next: `../routes/ways.ts`, which says to whom; `wants.ts`, which asks.
 */
import { BULLETIN_LIMITS, ROUTE_LIMITS, WIRE_LIMITS } from '../../limits.js'
import { lastOf } from '../../wire/batch.js'
import type { Heads, WantedRange } from '../../wire/frame.js'
import type { LinkId } from '../event.js'
import type { LinkEntry } from '../links.js'
import type { Onward } from '../routes/ways.js'
import type { Sizes } from '../sizes.js'
import { send } from '../speak.js'
import type { Held } from './held.js'
import type { Arriving } from './judging.js'
import { logName, type Log } from './logs.js'
import { Ranges } from './ranges.js'
import { isOwn, type Shelf } from './shelf.js'
import type { Spread } from './spread.js'
import type { LogKey } from './vocabulary.js'
import type { Wants } from './wants.js'

/** What becomes of bulletins of an author. */
export type OnwardOf = (author: LogKey['author']) => Onward

/** What a link is to be told of one log. */
interface News extends LogKey {
  readonly ranges: Ranges
}

/** What a link told, until it is asked for. */
interface Waiting extends WantedRange {
  readonly link: LinkId
  readonly dueMs: number
  readonly sinceMs: number
  /** How far the log was here then. */
  readonly reach: number
}

export class Relaying {
  readonly #shelf: Shelf
  readonly #spread: Spread
  readonly #wants: Wants
  readonly #onwardOf: OnwardOf
  readonly #news = new Map<LinkId, Map<string, News>>()
  /** In the order of their times. */
  #waiting: Waiting[] = []
  /** How many of them each link told. */
  readonly #waitingOf = new Map<LinkId, number>()

  constructor (shelf: Shelf, spread: Spread, wants: Wants, onwardOf: OnwardOf) {
    this.#shelf = shelf
    this.#spread = spread
    this.#wants = wants
    this.#onwardOf = onwardOf
  }

  get sizes (): Sizes {
    return {
      headsWaiting: this.#waiting.length,
      headsWaitingOfOne: Math.max(0, ...this.#waitingOf.values()),
      headsTelling: this.#news.size,
    }
  }

  onEnded (link: LinkId): void {
    this.#news.delete(link)
    if (this.#waitingOf.delete(link)) {
      this.#waiting = this.#waiting.filter(waiting => waiting.link !== link)
    }
  }

  /** A batch of another author was taken here. */
  onTaken (log: Log, { author, batch, hops, hopsMax, held, link, isAsked }: Arriving): void {
    const { push, tell } = this.#onwardOf(author)
    if (push.length === 0 && tell.length === 0) return
    const mayPass = hopsMax === 0 || hops < hopsMax
    // What was asked for was missed: those behind this node may have had it for long.
    const pushed = mayPass && !isAsked && link !== null
      ? push.filter(to => to !== link && !this.#spread.isPulling(to))
      : []
    if (pushed.length > 0) this.#spread.pass(pushed, batch, hops)
    // What is not kept cannot be asked for.
    if (!log.holds(held)) return
    for (const to of [...push, ...tell]) {
      if (to !== link && !pushed.includes(to)) this.#tellLater(to, log, held)
    }
  }

  /** The moment is over: links hear what is here. */
  onTellDue (): void {
    const { mesh } = this.#shelf
    for (const [link, byLog] of this.#news) {
      const rows: WantedRange[] = []
      for (const { author, incarnation, ranges } of byLog.values()) {
        for (const { first, last } of ranges.list()) rows.push({ author, incarnation, first, last })
      }
      for (let at = 0; at < rows.length; at += WIRE_LIMITS.headsPerFrameMax) {
        const some = rows.slice(at, at + WIRE_LIMITS.headsPerFrameMax)
        send(mesh, [link], { type: 'heads', rows: some })
      }
    }
    this.#news.clear()
  }

  /** A link tells what is there: most of it is on its way by the tree. */
  onHeads (entry: LinkEntry, { rows }: Heads): void {
    const { mesh, logs } = this.#shelf
    const { nowMs } = mesh
    for (const row of rows) {
      const { headsWaitingMax, headsWaitingOfOneMax } = ROUTE_LIMITS
      if (this.#waiting.length >= headsWaitingMax) break
      if ((this.#waitingOf.get(entry.id) ?? 0) >= headsWaitingOfOneMax) break
      const log = logs.get(row.author, row.incarnation)
      if (log?.settled.covers(row.first, row.last) === true) continue
      const dueMs = nowMs + ROUTE_LIMITS.headsAskedAfterMs
      const reach = log?.settled.last ?? 0
      this.#wait({ ...row, link: entry.id, sinceMs: nowMs, dueMs, reach })
    }
    this.#setAsk()
  }

  /** What has not come by itself is asked for. */
  onAskDue (): void {
    const { nowMs } = this.#shelf.mesh
    const due: Waiting[] = []
    while ((this.#waiting[due.length]?.dueMs ?? Infinity) <= nowMs) {
      due.push(this.#waiting[due.length] as Waiting)
    }
    this.#waiting.splice(0, due.length)
    for (const { link } of due) {
      const left = (this.#waitingOf.get(link) ?? 1) - 1
      if (left > 0) this.#waitingOf.set(link, left)
      else this.#waitingOf.delete(link)
    }
    for (const waiting of due) this.#ask(waiting)
    this.#setAsk()
    if (due.length > 0) this.#wants.pump()
  }

  /** While the log still grows only what it left out is asked for: the rest is on its way. */
  #ask (waiting: Waiting): void {
    const { mesh, logs } = this.#shelf
    const { link, author, incarnation, first, last, reach, sinceMs } = waiting
    const log = logs.get(author, incarnation)
    if (log?.isForked === true || isOwn(mesh, waiting)) return
    const reached = log?.settled.last ?? 0
    const isGrowing = reached > reach && mesh.nowMs - sinceMs < BULLETIN_LIMITS.gapMs
    const end = isGrowing ? Math.min(last, reached) : last
    if (first <= end) {
      const lacking = log?.lacking({ first, last: end }, true) ?? [{ first, last: end }]
      this.#wants.offer(link, waiting, lacking)
    }
    if (end >= last) return
    const dueMs = mesh.nowMs + ROUTE_LIMITS.headsAskedAfterMs
    this.#wait({ ...waiting, first: Math.max(first, end + 1), dueMs, reach: reached })
  }

  #wait (waiting: Waiting): void {
    this.#waiting.push(waiting)
    this.#waitingOf.set(waiting.link, (this.#waitingOf.get(waiting.link) ?? 0) + 1)
  }

  #tellLater (link: LinkId, log: Log, held: Held): void {
    const { deadlines, nowMs } = this.#shelf.mesh
    const { author, incarnation } = log
    const byLog = this.#news.get(link) ?? new Map<string, News>()
    const name = logName(author, incarnation)
    const news = byLog.get(name) ?? { author, incarnation, ranges: new Ranges() }
    news.ranges.add(held.first, lastOf(held))
    byLog.set(name, news)
    this.#news.set(link, byLog)
    if (deadlines.has('heads-tell', '')) return
    deadlines.set('heads-tell', '', nowMs + ROUTE_LIMITS.headsAfterMs)
  }

  #setAsk (): void {
    const { deadlines } = this.#shelf.mesh
    const [next] = this.#waiting
    if (next === undefined) deadlines.clear('heads-ask', '')
    else deadlines.set('heads-ask', '', next.dueMs)
  }
}
