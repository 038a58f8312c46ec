/**
 * How rosters become equal: digests compared on fresh links and at random, records that the other
 * lacks, newer records passed on, and `alive` for lost peers that are back (DESIGN 6, Join).
 * Read next: `roster.ts`, which judges, and `seeks.ts`, which dials.
 */
import { ROSTER_LIMITS, WIRE_LIMITS } from '../limits.js'
import { equalBytes } from '../wire/equal.js'
import type {
  Alive, AliveMember, DigestRow, RecordEntry, Records, RosterDigest,
} from '../wire/frame.js'
import type { Identity } from '../wire/identity.js'
import { Answers } from './answers.js'
import type { LinkId } from './event.js'
import { isArbiter, isOfRun, isOverLoopback } from './greet.js'
import type { LinkEntry } from './links.js'
import { log, wallMs, type Mesh } from './mesh.js'
import { isLive, isNewer, type Member } from './roster.js'
import type { Seeks } from './seeks.js'
import type { Sizes } from './sizes.js'
import { readyLinks, send } from './speak.js'
import type { OwnRecord } from './twins.js'

/** What a `records` frame means for the core beyond the roster. */
export interface RecordsOutcome {
  /** A record of this node's own identity. */
  readonly own: OwnRecord | null
  /** What no honest node sends. */
  readonly why: string | null
  /** Members that said they left. */
  readonly left: readonly Identity[]
}

export class Exchange {
  readonly #mesh: Mesh
  readonly #seeks: Seeks
  /** Newer records to pass on, and the links that have shown them. */
  readonly #news = new Map<Identity, Set<LinkId>>()
  /** Lost peers to tell as back, and who was told or heard lately. */
  readonly #back = new Set<Identity>()
  readonly #spokenOf = new Map<Identity, number>()
  readonly #answers = new Answers()

  constructor (mesh: Mesh, seeks: Seeks) {
    this.#mesh = mesh
    this.#seeks = seeks
  }

  get sizes (): Sizes {
    return { news: this.#news.size, back: this.#back.size, spokenOf: this.#spokenOf.size }
  }

  /** Shows the hash of the roster; who differs answers with rows. */
  begin (entry: LinkEntry): void {
    send(this.#mesh, [entry.id], {
      type: 'roster-digest', hash: this.#digest().hash, rows: null, answer: false,
    })
  }

  /**
   * The same a moment later, and by the arbiter alone: one hash is enough to find a difference.
   * While a mesh forms every link is fresh and every roster differs, but the owners' own news are
   * under way: waiting for them saves most of the rows (ADR 3).
   */
  beginLater (entry: LinkEntry): void {
    if (!isArbiter(this.#mesh, entry)) return
    const { deadlines, nowMs, random } = this.#mesh
    const waitMs = ROSTER_LIMITS.compareAfterMs * (1 + random.fraction())
    deadlines.set('compare', entry.id, nowMs + waitMs)
  }

  /** The moment is over, unless links are still being made one after the other. */
  onCompareDue (entry: LinkEntry): void {
    const { nowMs } = this.#mesh
    const { compareAfterMs, compareWaitsMaxMs } = ROSTER_LIMITS
    const isForming = nowMs - this.#seeks.readyMs < compareAfterMs
    if (isForming && nowMs - entry.openedMs < compareWaitsMaxMs) this.beginLater(entry)
    else this.begin(entry)
  }

  /** Every 5 s one random link. */
  onExchangeDue (): void {
    const { deadlines, links, random, nowMs } = this.#mesh
    deadlines.set('exchange', '', nowMs + ROSTER_LIMITS.exchangeEveryMs)
    const entry = random.pick([...links.ready()])
    if (entry !== undefined) this.begin(entry)
  }

  /** With every linked member at once, because the operator asked for it. */
  beginAll (): void {
    for (const entry of this.#mesh.links.ready()) this.begin(entry)
  }

  onDigest (entry: LinkEntry, frame: RosterDigest): void {
    // A few bytes are answered with many: no honest peer asks without end.
    if (!this.#mayAnswer(entry)) return
    const own = this.#digest()
    if (frame.rows === null) {
      if (!equalBytes(frame.hash, own.hash)) this.#sendRows(entry, false)
      return
    }
    const theirs = new Map(frame.rows.map(row => [row.identity, row]))
    this.#sendLacking(entry, theirs)
    if (!frame.answer && this.#lacksSomeOf(frame.rows)) this.#sendRows(entry, true)
  }

  onRecords (entry: LinkEntry, frame: Records): RecordsOutcome {
    const { roster, nowMs } = this.#mesh
    const origin = {
      teller: entry.peer, proven: false, overLoopback: isOverLoopback(entry),
    }
    const left: Identity[] = []
    let own: OwnRecord | null = null
    for (const { record, linked } of frame.entries) {
      const judged = roster.offer(record, origin, nowMs, wallMs(this.#mesh))
      if (judged.verdict === 'false') return { own, left, why: judged.why }
      if (judged.verdict === 'mine') own = { record: judged.record, isAlive: linked }
      if (judged.verdict === 'passed-over') {
        log(this.#mesh, 'trace', 'exchange', `a record was passed over: ${judged.why}`)
      }
      if (judged.verdict === 'known') {
        this.#news.get(judged.member.identity)?.add(entry.id)
        if (linked) this.#seeks.wake(judged.member.identity)
      }
      if (judged.verdict !== 'newer') continue
      this.passOn(judged.member.identity, entry.id)
      if (judged.member.record.state === 'left') left.push(judged.member.identity)
      else this.#onNews(judged.member, linked)
    }
    return { own, left, why: null }
  }

  /** A newer record came, on `shownBy`, or is this node's own; it leaves a moment later. */
  passOn (identity: Identity, shownBy: LinkId | null): void {
    const { deadlines, nowMs } = this.#mesh
    const links = this.#news.get(identity) ?? new Set<LinkId>()
    if (shownBy !== null) links.add(shownBy)
    this.#news.set(identity, links)
    if (!deadlines.has('pass-on', '')) {
      deadlines.set('pass-on', '', nowMs + ROSTER_LIMITS.passOnAfterMs)
    }
  }

  /** A lost peer is linked with again: others may wait to redial it. */
  tellBack (identity: Identity): void {
    const spokenMs = this.#spokenOf.get(identity) ?? -Infinity
    const { deadlines, nowMs } = this.#mesh
    if (nowMs - spokenMs < ROSTER_LIMITS.aliveQuietMs) return
    this.#back.add(identity)
    if (!deadlines.has('pass-on', '')) {
      deadlines.set('pass-on', '', nowMs + ROSTER_LIMITS.passOnAfterMs)
    }
  }

  onAlive (frame: Alive): void {
    const { roster, links, nowMs, options } = this.#mesh
    for (const { identity } of frame.members) {
      if (identity === options.me) continue
      roster.unforget(identity)
      if (roster.get(identity) === undefined) continue
      this.#spokenOf.set(identity, nowMs)
      if (links.readyOf(identity) === undefined) this.#seeks.wake(identity)
    }
  }

  /** The moment is over: records to whom has not shown them, `alive` to all. */
  onPassOnDue (): void {
    const { roster, options, self, nowMs } = this.#mesh
    const byLink = new Map<LinkId, RecordEntry[]>()
    for (const [identity, shownBy] of this.#news) {
      const record = identity === options.me ? self.signed : roster.get(identity)?.signed
      if (record === undefined) continue
      const entry = { record, linked: this.#isLinked(identity) }
      for (const link of this.#audience(identity, shownBy)) {
        byLink.set(link, [...byLink.get(link) ?? [], entry])
      }
    }
    this.#news.clear()
    this.#sendGrouped(byLink)
    const members: AliveMember[] = []
    for (const identity of this.#back) {
      const member = roster.get(identity)
      if (member === undefined || !this.#isLinked(identity)) continue
      members.push({ identity, incarnation: member.record.incarnation })
      this.#spokenOf.set(identity, nowMs)
    }
    this.#back.clear()
    const links = readyLinks(this.#mesh)
    for (let at = 0; at < members.length; at += WIRE_LIMITS.alivePerFrameMax) {
      const some = members.slice(at, at + WIRE_LIMITS.alivePerFrameMax)
      send(this.#mesh, links, { type: 'alive', members: some })
    }
  }

  /** Forgets whom was spoken of long ago. */
  keepHouse (): void {
    const { nowMs } = this.#mesh
    for (const [identity, spokenMs] of this.#spokenOf) {
      if (nowMs - spokenMs >= ROSTER_LIMITS.aliveQuietMs) this.#spokenOf.delete(identity)
    }
  }

  #onNews (member: Member, linked: boolean): void {
    if (this.#mesh.links.readyOf(member.identity) === undefined) {
      this.#seeks.learn(member.identity, linked)
    }
  }

  /**
   * Who is told: of this node's own record everybody, of another's a few who have not shown it,
   * the fewer the more showed it meanwhile: what comes from many sides is known. Everyone linked
   * with its owner hears it from the owner, digests bring the rest (ADR 3). Whoever has few links
   * tells all of them of a newcomer: nobody waits for a digest.
   */
  #audience (identity: Identity, shownBy: ReadonlySet<LinkId>): LinkId[] {
    const { links, options, random, nowMs } = this.#mesh
    if (identity === options.me) return readyLinks(this.#mesh)
    const owner = links.readyOf(identity)
    const others = readyLinks(this.#mesh, owner?.id ?? null).filter(link => !shownBy.has(link))
    const { passOnAllMax, passOnFanout, compareWaitsMaxMs } = ROSTER_LIMITS
    const isNewcomer = owner !== undefined && nowMs - owner.openedMs < compareWaitsMaxMs
    if (isNewcomer && others.length <= passOnAllMax) return others
    return random.sample(others, Math.max(0, passOnFanout + 1 - shownBy.size))
  }

  /** One frame for all links that get the same records, so that it is encoded once. */
  #sendGrouped (byLink: ReadonlyMap<LinkId, RecordEntry[]>): void {
    const groups = new Map<string, { links: LinkId[], entries: RecordEntry[] }>()
    const numbers = new Map<RecordEntry, number>()
    for (const [link, entries] of byLink) {
      const key = entries.map(entry => {
        const number = numbers.get(entry) ?? numbers.size
        numbers.set(entry, number)
        return number
      }).join()
      const group = groups.get(key) ?? { links: [], entries }
      group.links.push(link)
      groups.set(key, group)
    }
    for (const { links, entries } of groups.values()) this.#sendRecords(links, entries)
  }

  /** False when enough were answered within the window. */
  #mayAnswer (entry: LinkEntry): boolean {
    const turn = this.#answers.take(entry, this.#mesh.nowMs)
    if (turn === 'one-too-many') {
      log(this.#mesh, 'debug', 'exchange', `${entry.remote} asks too often: digests passed over`)
    }
    return turn === 'answer'
  }

  #sendLacking (entry: LinkEntry, theirs: ReadonlyMap<Identity, DigestRow>): void {
    const { roster, self, options } = this.#mesh
    const entries: RecordEntry[] = []
    const own = theirs.get(options.me)
    if (own === undefined || isNewer(self.row, own)) {
      entries.push({ record: self.signed, linked: false })
    }
    for (const { identity, record, signed } of roster.all()) {
      const row = theirs.get(identity)
      if (!isLive(record, wallMs(this.#mesh)) || (row !== undefined && !isNewer(record, row))) {
        continue
      }
      entries.push({ record: signed, linked: this.#isLinked(identity) })
    }
    this.#sendRecords([entry.id], entries)
  }

  #lacksSomeOf (rows: readonly DigestRow[]): boolean {
    const own = new Map(this.#digest().rows.map(row => [row.identity, row]))
    return rows.some(row => {
      const held = own.get(row.identity)
      return held === undefined || isNewer(row, held)
    })
  }

  #sendRows (entry: LinkEntry, answer: boolean): void {
    const { hash, rows } = this.#digest()
    const most = WIRE_LIMITS.digestRowsPerFrameMax
    const shown = rows.length <= most ? rows : this.#mesh.random.sample(rows, most)
    send(this.#mesh, [entry.id], { type: 'roster-digest', hash, rows: shown, answer })
  }

  #sendRecords (links: readonly LinkId[], entries: readonly RecordEntry[]): void {
    for (let at = 0; at < entries.length; at += WIRE_LIMITS.recordsPerFrameMax) {
      const some = entries.slice(at, at + WIRE_LIMITS.recordsPerFrameMax)
      send(this.#mesh, links, { type: 'records', entries: some })
    }
  }

  /** Linked with the very run that its record is of. */
  #isLinked (identity: Identity): boolean {
    const { links, roster } = this.#mesh
    const incarnation = roster.get(identity)?.record.incarnation
    return incarnation !== undefined && isOfRun(links.readyOf(identity), incarnation)
  }

  #digest (): { hash: Uint8Array, rows: readonly DigestRow[] } {
    return this.#mesh.roster.digest(this.#mesh.self.row, wallMs(this.#mesh))
  }
}
