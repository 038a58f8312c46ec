/**
 * How tables come to be and travel: the own one is signed when links have changed and every minute,
 * and goes to every link. Another's is passed on to those whom its owner does not reach, so that in
 * a full mesh nobody passes on anything; a changed one to a few of them at once, an unchanged one
 * along its owner's tree. Digests with random links bring what was missed (ADR 8).
 * Read next: `tables.ts`, which judges.
 */
import { ROUTE_LIMITS, WIRE_LIMITS } from '../../limits.js'
import { equalBytes } from '../../wire/equal.js'
import type { DigestRow, LinkTableFrame, TableDigest } from '../../wire/frame.js'
import type { Identity } from '../../wire/identity.js'
import { prefixOf, rttCodeOf, tableHead, type TableLink } from '../../wire/link-table.js'
import { Answers } from '../answers.js'
import type { LinkId } from '../event.js'
import type { LinkEntry } from '../links.js'
import type { Mesh } from '../mesh.js'
import { isNewer } from '../roster.js'
import type { Sizes } from '../sizes.js'
import { readyLinks, send } from '../speak.js'
import type { Tables } from './tables.js'
import type { Ways } from './ways.js'

/** A table to pass on. */
interface News {
  /** It tells the same links as its forerunner. */
  isSame: boolean
  readonly shownBy: Set<LinkId>
}

export class Telling {
  readonly #mesh: Mesh
  readonly #tables: Tables
  readonly #ways: Ways
  readonly #rttMs: (link: LinkId) => number | null
  readonly #news = new Map<Identity, News>()
  /** Links that became ready a moment ago. */
  readonly #fresh = new Set<LinkId>()
  readonly #answers = new Answers()
  /** The first change of links that no table of this node tells; null: all are told. */
  #changedMs: number | null = null

  /** `rttMs`: measured round-trip time of a link. */
  constructor (
    mesh: Mesh, tables: Tables, ways: Ways, rttMs: (link: LinkId) => number | null,
  ) {
    this.#mesh = mesh
    this.#tables = tables
    this.#ways = ways
    this.#rttMs = rttMs
  }

  get sizes (): Sizes {
    return { tableNews: this.#news.size, linksFresh: this.#fresh.size }
  }

  start (): void {
    const { deadlines, nowMs } = this.#mesh
    deadlines.set('table-exchange', '', nowMs + ROUTE_LIMITS.tableExchangeEveryMs)
    deadlines.set('table-renew', '', nowMs + ROUTE_LIMITS.tableEveryMs)
  }

  onReady (entry: LinkEntry): void {
    const { deadlines, nowMs } = this.#mesh
    this.#fresh.add(entry.id)
    if (!deadlines.has('table-merge', '')) {
      deadlines.set('table-merge', '', nowMs + ROUTE_LIMITS.tableMergeAfterMs)
    }
    this.#onChanged()
  }

  onEnded (link: LinkId): void {
    this.#fresh.delete(link)
    for (const { shownBy } of this.#news.values()) shownBy.delete(link)
    this.#onChanged()
  }

  /** Links have not changed for a moment, or for long enough. */
  onTellDue (): void {
    const { phase, links, options: { me } } = this.#mesh
    this.#changedMs = null
    // Without links nobody hears it, but what was told last must not stand for ever.
    const isNews = links.readyCount > 0 || (this.#tables.linksOf(me)?.size ?? 0) > 0
    if (phase === 'running' && isNews) this.tellAll()
  }

  /** Every minute, with fresh round-trip times. */
  onRenewDue (): void {
    const { deadlines, nowMs } = this.#mesh
    deadlines.set('table-renew', '', nowMs + ROUTE_LIMITS.tableEveryMs)
    this.onTellDue()
  }

  /** The own table, signed anew, to every link. */
  tellAll (): void {
    const { links, options, deadlines } = this.#mesh
    deadlines.clear('table-tell', '')
    const told: TableLink[] = [...links.ready()]
      .map(({ id, peer }) => ({ prefix: prefixOf(peer), rtt: rttCodeOf(this.#rttMs(id)) }))
      .sort((a, b) => a.prefix < b.prefix ? -1 : 1)
      // Two members made to share a prefix are told as one, and count as none (graph.ts).
      .filter(({ prefix }, i, all) => prefix !== all[i - 1]?.prefix)
      .slice(0, WIRE_LIMITS.tableLinksMax)
    const free = Math.max(0, options.linksMax - links.readyCount)
    const table = this.#tables.sign(told, free)
    send(this.#mesh, readyLinks(this.#mesh), { type: 'link-table', table })
  }

  /** What no honest node sends, or null. */
  onTable (entry: LinkEntry, { table }: LinkTableFrame): string | null {
    const { deadlines, nowMs } = this.#mesh
    const judged = this.#tables.offer(table)
    if (judged.verdict === 'false') return judged.why
    if (judged.verdict === 'passed-over') return null
    const { owner } = tableHead(table.body)
    const news = this.#news.get(owner)
    if (judged.verdict === 'known') {
      news?.shownBy.add(entry.id)
      return null
    }
    // A changed one that has not left yet is news still, whatever follows it.
    const isSame = judged.isSame && news?.isSame !== false
    this.#news.set(owner, { isSame, shownBy: new Set([entry.id]) })
    if (!deadlines.has('table-pass', '')) {
      const { tableLinksFew, tablePassedAfterMs, tablePassedLateMs } = ROUTE_LIMITS
      const isFew = this.#mesh.links.readyCount <= tableLinksFew
      deadlines.set('table-pass', '', nowMs + (isFew ? tablePassedAfterMs : tablePassedLateMs))
    }
    return null
  }

  /** The moment is over: tables to whom their owners do not reach. */
  onPassDue (): void {
    for (const [owner, news] of this.#news) {
      const told = this.#tables.get(owner)
      if (told === undefined) continue
      const links = this.#audience(owner, news)
      send(this.#mesh, links, { type: 'link-table', table: told.signed })
    }
    this.#news.clear()
  }

  /** Every 5 s one random link. */
  onExchangeDue (): void {
    const { deadlines, links, random, nowMs } = this.#mesh
    deadlines.set('table-exchange', '', nowMs + ROUTE_LIMITS.tableExchangeEveryMs)
    const entry = random.pick([...links.ready()])
    if (entry !== undefined) this.#begin(entry.id)
  }

  /** Fresh links may have joined what was apart: then all tables of the other part are news. */
  onMergeDue (): void {
    const { links, random } = this.#mesh
    const { tableLinksFew, tableMergesMax } = ROUTE_LIMITS
    const fresh = random.sample([...this.#fresh], tableMergesMax)
    this.#fresh.clear()
    // Of whoever has many links most owners tell their tables themselves.
    if (links.readyCount > tableLinksFew) return
    const joining = fresh.filter(link => {
      const entry = links.get(link)
      return entry?.state.at === 'ready' && this.#ways.isOnlyWay(entry.peer)
    })
    for (const link of joining.slice(0, 2)) this.#begin(link)
  }

  /** With every linked member at once, because the operator asked for it. */
  beginAll (): void {
    this.onTellDue()
    for (const link of readyLinks(this.#mesh)) this.#begin(link)
  }

  onDigest (entry: LinkEntry, { hash, rows, answer }: TableDigest): void {
    const own = this.#tables.digest()
    if (equalBytes(hash, own.hash)) return
    if (this.#answers.take(entry, this.#mesh.nowMs) !== 'answer') return
    if (rows === null) return this.#sendRows(entry.id, false)
    const theirs = new Map(rows.map(row => [row.identity, row]))
    for (const row of own.rows) {
      const held = theirs.get(row.identity)
      const told = this.#tables.get(row.identity)
      if (told === undefined || (held !== undefined && !isNewer(row, held))) continue
      send(this.#mesh, [entry.id], { type: 'link-table', table: told.signed })
    }
    if (!answer && this.#lacksSomeOf(rows)) this.#sendRows(entry.id, true)
  }

  #onChanged (): void {
    const { deadlines, nowMs } = this.#mesh
    this.#ways.onLinksChanged()
    this.#changedMs ??= nowMs
    const { tableAfterMs, tableWaitsMaxMs, tableLinksFew } = ROUTE_LIMITS
    // A table of many links goes to all of them: while a large mesh forms it waits for more.
    const many = Math.max(1, this.#mesh.links.readyCount / tableLinksFew)
    const dueMs = Math.min(nowMs + tableAfterMs, this.#changedMs + many * tableWaitsMaxMs)
    deadlines.set('table-tell', '', dueMs)
  }

  #audience (owner: Identity, { isSame, shownBy }: News): LinkId[] {
    const { links, random } = this.#mesh
    const others = [...links.ready()].filter(({ id, peer }) =>
      peer !== owner && !shownBy.has(id) && this.#tables.tells(owner, prefixOf(peer)) !== true)
    if (others.length === 0) return []
    if (isSame) return this.#ways.childrenOf(owner).filter(link => !shownBy.has(link))
    const fanout = Math.max(0, ROUTE_LIMITS.tableFanout + 1 - shownBy.size)
    return random.sample(others, fanout).map(({ id }) => id)
  }

  #begin (link: LinkId): void {
    const { hash } = this.#tables.digest()
    send(this.#mesh, [link], { type: 'table-digest', hash, rows: null, answer: false })
  }

  #sendRows (link: LinkId, answer: boolean): void {
    const { hash, rows } = this.#tables.digest()
    const most = WIRE_LIMITS.digestRowsPerFrameMax
    const shown = rows.length <= most ? rows : this.#mesh.random.sample(rows, most)
    send(this.#mesh, [link], { type: 'table-digest', hash, rows: shown, answer })
  }

  #lacksSomeOf (rows: readonly DigestRow[]): boolean {
    const { options: { me } } = this.#mesh
    return rows.some(({ identity, ...row }) => {
      if (identity === me || this.#tables.isGone(identity)) return false
      const held = this.#tables.get(identity)
      return held === undefined || isNewer(row, held.head)
    })
  }
}
