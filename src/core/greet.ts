/**
 * Hello, welcome and refuse: whether a link becomes ready. Judges and answers; what a ready or a
 * lost link means for everyone else is decided in `core.ts`.
 */
import { DIAL_LIMITS, TRUST_LIMITS } from '../limits.js'
import { PROTOCOL_VERSION, type Hello, type RefuseCode, type Welcome } from '../wire/frame.js'
import type { MemberRecord } from '../wire/record.js'
import { isLoopback, parseAddress } from '../wire/address.js'
import { equalBytes } from '../wire/equal.js'
import type { LinkEntry } from './links.js'
import { wallMs, type Mesh } from './mesh.js'
import type { Member } from './roster.js'
import { send } from './speak.js'

/** Both ends send hello at once. */
export function sendHello (mesh: Mesh, entry: LinkEntry): void {
  send(mesh, [entry.id], {
    type: 'hello',
    version: PROTOCOL_VERSION,
    network: mesh.options.networkHash,
    admission: mesh.options.admission,
    incarnation: mesh.self.incarnation,
    wallMs: wallMs(mesh),
    seenAt: parseAddress(entry.remote) === null ? null : entry.remote,
    linkless: mesh.links.readyCount === 0,
  })
}

/** What a hello is refused with, or null. `hasRoom`: this node may have another link, with it. */
export function judgeHello (
  mesh: Mesh, entry: LinkEntry, hello: Hello, hasRoom: () => boolean,
): RefuseCode | null {
  if (mesh.phase === 'leaving') return 'shutdown'
  if (hello.version !== PROTOCOL_VERSION) return 'version'
  if (!equalBytes(hello.network, mesh.options.networkHash)) return 'network'
  if (hello.admission !== mesh.options.admission) return 'admission'
  const skewMs = Math.abs(hello.wallMs - wallMs(mesh))
  if (skewMs > TRUST_LIMITS.clockSkewRefuseMs) return 'clock-skew'
  const held = mesh.roster.get(entry.peer)
  const ready = mesh.links.readyOf(entry.peer)
  if (held !== undefined && hello.incarnation < held.record.incarnation) {
    // Whether that newer run lives is the difference between a twin and a clock that was set back.
    return isOfRun(ready, held.record.incarnation) ? 'replaced' : 'stale'
  }
  return ready === undefined && !hasRoom() ? 'full' : null
}

/** Refusals whose cause may be gone in a moment; the others wait a minute. */
const PASSING: ReadonlySet<RefuseCode> = new Set(['stale', 'replaced', 'shutdown'])

/** `others`: addresses to try instead. */
export function sendRefusal (
  mesh: Mesh, entry: LinkEntry, code: RefuseCode, others: string[] = [],
): void {
  const held = mesh.roster.get(entry.peer)
  const tellsRecord = code === 'stale' || code === 'replaced'
  send(mesh, [entry.id], {
    type: 'refuse',
    code,
    retryAfterMs: PASSING.has(code) ? DIAL_LIMITS.redialCapMs : DIAL_LIMITS.fullWaitMs,
    record: tellsRecord && held !== undefined ? held.signed : null,
    others,
  })
}

export function sendWelcome (mesh: Mesh, entry: LinkEntry): void {
  send(mesh, [entry.id], { type: 'welcome', record: mesh.self.signed })
}

/** True when this node is the arbiter of the pair. */
export function isArbiter (mesh: Mesh, entry: LinkEntry): boolean {
  return mesh.options.me < entry.peer
}

export type WelcomeJudgement =
  | { readonly verdict: 'accepted', readonly member: Member, readonly isNews: boolean }
  | { readonly verdict: 'no-room' }
  | { readonly verdict: 'false', readonly why: string }

/** The record of a welcome must be the peer's own, of this run, and signed by this link's key. */
export function judgeWelcome (
  mesh: Mesh, entry: LinkEntry, hello: Hello, welcome: Welcome,
): WelcomeJudgement {
  const record = mesh.roster.read(welcome.record)
  if ('code' in record) return { verdict: 'false', why: record.message }
  const why = whyNotOf(record, entry, hello)
  if (why !== null) return { verdict: 'false', why }
  const origin = { teller: entry.peer, proven: true, overLoopback: isOverLoopback(entry) }
  const judged = mesh.roster.offer(welcome.record, origin, mesh.nowMs, wallMs(mesh))
  switch (judged.verdict) {
    case 'newer': return { verdict: 'accepted', member: judged.member, isNews: true }
    case 'known': return { verdict: 'accepted', member: judged.member, isNews: false }
    case 'passed-over': return { verdict: 'no-room' }
    case 'mine': return { verdict: 'false', why: 'its record is of another identity' }
    case 'false': return { verdict: 'false', why: judged.why }
  }
}

function whyNotOf (record: MemberRecord, entry: LinkEntry, hello: Hello): string | null {
  if (!equalBytes(record.publicKey, entry.publicKey)) return 'its record is of another key'
  if (record.incarnation !== hello.incarnation) return 'its record is of another incarnation'
  return record.state === 'up' ? null : 'its record says that it left'
}

/**
 * Where a peer is, for people: as dialled, else what it tells of the host that it came from, else
 * what it tells, which nobody checked.
 */
export function addressOf (entry: LinkEntry, told: readonly string[]): string {
  const host = parseAddress(entry.remote)?.host
  const near = told.find(address => parseAddress(address)?.host === host)
  return entry.dialled ?? near ?? told[0] ?? entry.remote
}

/** True when a ready link is with that run of the peer. */
export function isOfRun (ready: LinkEntry | undefined, incarnation: number): boolean {
  return ready?.state.at === 'ready' && ready.state.incarnation === incarnation
}

/** Learnt over loopback: the loopback addresses it tells mean this machine. */
export function isOverLoopback (entry: LinkEntry): boolean {
  const where = parseAddress(entry.remote)
  return where !== null && isLoopback(where.host)
}
