/**
 * How stores become equal: on a fresh link and every 5 s with a random one roots are compared, rows
 * only when they differ; heads in heartbeats show what a push has missed (DESIGN 8).
 * Read next: `wants.ts`, which asks for what rows and heads offer.
 */
import { BULLETIN_LIMITS, WIRE_LIMITS } from '../../limits.js'
import { equalBytes } from '../../wire/equal.js'
import type { LogDigest, LogRow } from '../../wire/frame.js'
import { encodeLogRows } from '../../wire/log-frames.js'
import type { LinkId } from '../event.js'
import type { LinkEntry } from '../links.js'
import type { Sizes } from '../sizes.js'
import { send } from '../speak.js'
import type { Forks } from './forks.js'
import type { Log } from './logs.js'
import {
  hasRoomForStrangers, isExpired, isKnown, isOwn, openLog, type Shelf,
} from './shelf.js'
import type { LogKey } from './vocabulary.js'
import type { Wants } from './wants.js'

/** Bytes of a head's hash in a row. */
const HEAD_HASH_BYTES = 8

/** What a link said last. */
interface Seen {
  /** Roots after whose rows neither side lacked anything: not worth comparing again. */
  theirs: Uint8Array
  own: Uint8Array
  /** When rows were sent last. */
  toldAtMs: number
  /** Something of the rows with this root was missing here. */
  missing: Uint8Array
  /** Head of the peer's own log in a heartbeat, when that came, and how far its log was here. */
  head: number
  headAtMs: number
  reach: number
}

export class Sync {
  readonly #shelf: Shelf
  readonly #wants: Wants
  readonly #forks: Forks
  readonly #seen = new Map<LinkId, Seen>()
  #digest: { version: number, root: Uint8Array, rows: LogRow[] } | null = null

  constructor (shelf: Shelf, wants: Wants, forks: Forks) {
    this.#shelf = shelf
    this.#wants = wants
    this.#forks = forks
  }

  get sizes (): Sizes {
    return { digestsSeen: this.#seen.size }
  }

  start (): void {
    const { deadlines, nowMs } = this.#shelf.mesh
    deadlines.set('log-exchange', '', nowMs + BULLETIN_LIMITS.exchangeEveryMs)
  }

  /** Who holds nothing has nothing to tell; the other end begins if it does. */
  onReady (entry: LinkEntry): void {
    this.#seen.set(entry.id, {
      theirs: NOTHING, own: NOTHING, missing: NOTHING,
      toldAtMs: -Infinity, head: 0, headAtMs: -Infinity, reach: 0,
    })
    if (this.#own().rows.length > 0) this.#begin(entry.id)
  }

  onEnded (link: LinkId): void {
    this.#seen.delete(link)
  }

  onExchangeDue (): void {
    const { mesh } = this.#shelf
    mesh.deadlines.set('log-exchange', '', mesh.nowMs + BULLETIN_LIMITS.exchangeEveryMs)
    const entry = mesh.random.pick([...mesh.links.ready()])
    if (entry !== undefined && this.#own().rows.length > 0) this.#begin(entry.id)
    this.#wants.pump()
  }

  /** With every linked member at once, because the operator asked for it. */
  beginAll (): void {
    if (this.#own().rows.length === 0) return
    for (const { id } of this.#shelf.mesh.links.ready()) this.#begin(id)
  }

  onDigest (entry: LinkEntry, { root, rows, answer }: LogDigest): void {
    const own = this.#own()
    const seen = this.#seen.get(entry.id)
    if (seen === undefined || equalBytes(root, own.root)) return
    if (rows === null) {
      const isSettled = equalBytes(seen.theirs, root) && equalBytes(seen.own, own.root)
      if (!isSettled) this.#sendRows(entry.id, seen, false)
      return
    }
    // With nothing to want and nothing to tell two stores of different rules have come to rest.
    if (this.#takeRows(entry, rows)) seen.missing = root
    if (!equalBytes(seen.missing, root)) {
      seen.theirs = root
      seen.own = own.root
    }
    if (!answer) this.#sendRows(entry.id, seen, true)
    this.#wants.pump()
  }

  /** Two heartbeats in a row showed a head that has not come: the push lost it. */
  onHeads (entry: LinkEntry, ownHead: number): void {
    const seen = this.#seen.get(entry.id)
    if (seen === undefined || entry.state.at !== 'ready') return
    const { nowMs } = this.#shelf.mesh
    if (nowMs - seen.headAtMs < BULLETIN_LIMITS.headsApartMs) return
    const { head, reach } = seen
    const log = ownHead === 0
      ? null
      : openLog(this.#shelf, entry.peer, entry.state.incarnation)
    seen.head = ownHead
    seen.headAtMs = nowMs
    seen.reach = log?.settled.last ?? 0
    if (log === null || head === 0 || ownHead < head) return
    // While the push goes on only what it left out is asked for: the rest is on its way.
    const last = seen.reach > reach ? Math.min(head, seen.reach) : head
    this.#wants.offer(entry.id, log, log.lacking({ first: 1, last }, false))
    this.#wants.pump()
  }

  #begin (link: LinkId): void {
    const { root } = this.#own()
    send(this.#shelf.mesh, [link], { type: 'log-digest', root, rows: null, answer: false })
  }

  /** Rows, unless some were sent a moment ago: theirs may come in several frames. */
  #sendRows (link: LinkId, seen: Seen, answer: boolean): void {
    const { root, rows } = this.#own()
    const { nowMs } = this.#shelf.mesh
    if (nowMs - seen.toldAtMs < BULLETIN_LIMITS.rowsAgainMs) return
    seen.toldAtMs = nowMs
    for (let at = 0; at < Math.max(1, rows.length); at += WIRE_LIMITS.logRowsPerFrameMax) {
      const some = rows.slice(at, at + WIRE_LIMITS.logRowsPerFrameMax)
      send(this.#shelf.mesh, [link], { type: 'log-digest', root, rows: some, answer })
    }
  }

  /** True when anything in them is missing here. */
  #takeRows (entry: LinkEntry, rows: readonly LogRow[]): boolean {
    const { mesh, logs } = this.#shelf
    const hasRoom = hasRoomForStrangers(this.#shelf)
    let isMissing = false
    for (const row of rows) {
      if (isExpired(mesh, row.newest)) continue
      const log = logs.get(row.author, row.incarnation)
      if (log?.isForked === true) this.#forks.onForkedRow(entry, log)
      if (log?.isForked === true || isOwn(mesh, row)) continue
      if (log === undefined && !this.#mayTake(row, hasRoom)) continue
      if (log !== undefined && this.#forks.onRow(entry, log, row)) isMissing = true
      const lacking = row.held.flatMap(range => log?.lacking(range, true) ?? [range])
      if (lacking.length === 0) continue
      isMissing = true
      this.#wants.offer(entry.id, row, lacking)
    }
    return isMissing
  }

  /** Of a log that is not known; `hasRoom`: for strangers. */
  #mayTake ({ author, incarnation }: LogKey, hasRoom: boolean): boolean {
    return (hasRoom || isKnown(this.#shelf, author)) &&
      this.#shelf.logs.mayOpen(author, incarnation)
  }

  /** Root and rows of what is held, made anew when that changed. */
  #own (): { root: Uint8Array, rows: LogRow[] } {
    const { logs, suite } = this.#shelf
    if (this.#digest?.version === logs.version) return this.#digest
    const rows = [...logs.all()].filter(({ held, isForked }) => held.length > 0 && !isForked)
      .sort((a, b) => a.author < b.author ? -1 : a.author > b.author ? 1
        : a.incarnation - b.incarnation)
      .map(rowOf)
    this.#digest = { version: logs.version, root: suite.hash(encodeLogRows(rows)), rows }
    return this.#digest
  }
}

const NOTHING = new Uint8Array(0)

function rowOf (log: Log): LogRow {
  const { author, incarnation, held } = log
  const newest = held.last
  const hash = held.headHashAt(newest?.first ?? 0)
  return {
    author,
    incarnation,
    newest: newest?.newest ?? 0,
    headHash: Uint8Array.from({ length: HEAD_HASH_BYTES }, (_, i) =>
      parseInt(hash.slice(2 * i, 2 * i + 2), 16)),
    held: log.heldPositions.list().slice(-WIRE_LIMITS.rangesPerLogMax),
  }
}
