/**
 * Who exists: the newest record of every member, how far it is trusted to exist, and what was
 * forgotten. Judges records; dials nobody. Read next: `exchange.ts`, which passes records on, and
 * `seeks.ts`, which decides whom to dial.
 */
import { ROSTER_LIMITS } from '../limits.js'
import { equalBytes } from '../wire/equal.js'
import { identityFromHash, identityToBytes, type Identity } from '../wire/identity.js'
import { decodeRecord, signedBytes, type MemberRecord, type SignedRecord } from '../wire/record.js'
import type { DigestRow } from '../wire/frame.js'
import type { Refusal } from '../wire/refusal.js'
import type { Sizes } from './sizes.js'
import type { Suite } from './suite.js'

/** proven: linked with here at some time. unproven: told by `teller` only. */
export type Standing =
  | { readonly at: 'proven', readonly linkedWallMs: number }
  | { readonly at: 'unproven', readonly teller: Identity, readonly sinceMs: number }

export interface Member {
  readonly identity: Identity
  readonly record: MemberRecord
  readonly signed: SignedRecord
  readonly standing: Standing
  /** Address that last led to it. */
  readonly lastGood: string | null
  /** Learnt from a peer on loopback: its loopback addresses mean this machine. */
  readonly overLoopback: boolean
}

export type Judgement =
  /** Held now. `before` is what was held, if anything. */
  | { readonly verdict: 'newer', readonly member: Member, readonly before: Member | null }
  | { readonly verdict: 'known', readonly member: Member }
  /** Says it is me. */
  | { readonly verdict: 'mine', readonly record: MemberRecord }
  /** Not held, for a reason that is nobody's fault. */
  | { readonly verdict: 'passed-over', readonly why: string }
  /** What no honest node sends. */
  | { readonly verdict: 'false', readonly why: string }

const FALSE_SIGNATURE = { verdict: 'false', why: 'its signature does not match its key' } as const

/** Who brought a record: the link's own peer proved itself, anyone else is only told. */
export interface Origin {
  readonly teller: Identity
  /** The record is the peer's own, over a link that proved its key. */
  readonly proven: boolean
  readonly overLoopback: boolean
}

/** What tells one record of a member from another, and when it dies. */
type Issue = Pick<MemberRecord, 'incarnation' | 'version' | 'issuedMs'>

export interface RosterOptions {
  readonly me: Identity
  readonly networkHash: Uint8Array
  readonly membersMax: number
}

export class Roster {
  readonly #suite: Suite
  readonly #options: RosterOptions
  readonly #members = new Map<Identity, Member>()
  /** By four bytes of the signature: a hint, whoever is found is compared byte for byte. */
  readonly #bySignature = new Map<number, Identity>()
  readonly #forgotten = new Map<Identity, Issue>()
  #unprovenCount = 0
  #digest: { hash: Uint8Array, rows: DigestRow[], own: DigestRow } | null = null

  constructor (suite: Suite, options: RosterOptions) {
    this.#suite = suite
    this.#options = options
  }

  get size (): number {
    return this.#members.size
  }

  get sizes (): Sizes {
    const tellers = new Set<Identity>()
    for (const { standing } of this.#members.values()) {
      if (standing.at === 'unproven') tellers.add(standing.teller)
    }
    return {
      members: this.#members.size,
      unproven: this.#unprovenCount,
      unprovenOfOne: Math.max(0, ...[...tellers].map(teller => this.#toldBy(teller))),
      forgotten: this.#forgotten.size,
    }
  }

  get (identity: Identity): Member | undefined {
    return this.#members.get(identity)
  }

  all (): IterableIterator<Member> {
    return this.#members.values()
  }

  /** What a record says. One that is held, byte for byte, was decoded before. */
  read (signed: SignedRecord): MemberRecord | Refusal {
    return this.#heldAs(signed)?.record ?? decodeRecord(signed.body)
  }

  /** Judges a record and holds it when it is the newest of its member. */
  offer (signed: SignedRecord, origin: Origin, nowMs: number, wallMs: number): Judgement {
    const same = this.#heldAs(signed)
    if (same !== undefined) {
      return { verdict: 'known', member: this.#proved(same, origin, wallMs) }
    }
    const record = decodeRecord(signed.body)
    if ('code' in record) return { verdict: 'false', why: record.message }
    const identity = identityFromHash(this.#suite.hash(record.publicKey))
    if (identity === this.#options.me) {
      return this.#isSigned(record, signed) ? { verdict: 'mine', record } : FALSE_SIGNATURE
    }
    const held = this.#members.get(identity)
    // Versions before signatures: most of what lists bring is known.
    if (held !== undefined && !isNewer(record, held.record)) {
      return { verdict: 'known', member: this.#proved(held, origin, wallMs) }
    }
    if (wallMs - record.issuedMs > ROSTER_LIMITS.recordDeadAfterMs) {
      return { verdict: 'passed-over', why: 'it was issued more than 7 days ago' }
    }
    if (record.issuedMs - wallMs > ROSTER_LIMITS.recordFutureMaxMs) {
      return { verdict: 'passed-over', why: 'it was issued in the future' }
    }
    const forgotten = this.#forgotten.get(identity)
    if (!origin.proven && forgotten !== undefined && !isNewer(record, forgotten)) {
      return { verdict: 'passed-over', why: 'the member was forgotten here' }
    }
    // Before the signature, which costs most: a flood of strangers must not be dear.
    const place = held === undefined ? this.#placeFor(origin) : 'free'
    if (place === null) return { verdict: 'passed-over', why: 'the roster has no room for it' }
    if (!this.#isSigned(record, signed)) return FALSE_SIGNATURE
    if (place !== 'free') this.#drop(place)
    const member = this.#hold({
      identity,
      record,
      signed,
      standing: standingOf(held, origin, nowMs, wallMs),
      lastGood: held?.lastGood ?? null,
      overLoopback: origin.overLoopback || held?.overLoopback === true,
    })
    return { verdict: 'newer', member, before: held ?? null }
  }

  /** The address that led to a member; null takes it away. */
  setLastGood (identity: Identity, address: string | null): void {
    const member = this.#members.get(identity)
    if (member !== undefined) this.#members.set(identity, { ...member, lastGood: address })
  }

  /** The link with a proven member ended now. */
  noteLost (identity: Identity, wallMs: number): void {
    const member = this.#members.get(identity)
    if (member?.standing.at !== 'proven') return
    this.#members.set(identity, { ...member, standing: { at: 'proven', linkedWallMs: wallMs } })
  }

  /** A row of the store, proven in an earlier run. Null: too old, damaged, mine or too many. */
  restore (
    signed: SignedRecord, address: string | null, linkedMs: number, wallMs: number,
  ): Member | null {
    const record = decodeRecord(signed.body)
    if ('code' in record || !this.#isSigned(record, signed)) return null
    const identity = identityFromHash(this.#suite.hash(record.publicKey))
    if (identity === this.#options.me) return null
    if (wallMs - linkedMs > ROSTER_LIMITS.contactDialledForMs) return null
    // The latest come first; an earlier run may have kept more than this one may.
    if (this.#members.size >= this.#options.membersMax) return null
    const standing: Standing = { at: 'proven', linkedWallMs: linkedMs }
    return this.#hold({
      identity, record, signed, standing, lastGood: address, overLoopback: true,
    })
  }

  /** Drops a member. With `remember` its present record does not come back through lists. */
  forget (identity: Identity, remember: boolean): void {
    const member = this.#members.get(identity)
    if (member === undefined) return
    this.#drop(member)
    if (!remember) return
    const { incarnation, version, issuedMs } = member.record
    this.#forgotten.set(identity, { incarnation, version, issuedMs })
    if (this.#forgotten.size <= ROSTER_LIMITS.forgottenMax) return
    for (const oldest of this.#forgotten.keys()) {
      this.#forgotten.delete(oldest)
      break
    }
  }

  /** Somebody is linked with it: lists may bring it again. */
  unforget (identity: Identity): void {
    if (this.#forgotten.delete(identity)) this.#digest = null
  }

  /** Rows of all that is live here, with the own one, and the hash over them. */
  digest (own: DigestRow, wallMs: number): { hash: Uint8Array, rows: readonly DigestRow[] } {
    const kept = this.#digest
    if (kept !== null && kept.own.incarnation === own.incarnation &&
      kept.own.version === own.version) return kept
    const rows: DigestRow[] = [own]
    for (const { identity, record } of this.#members.values()) {
      if (isLive(record, wallMs)) {
        rows.push({ identity, incarnation: record.incarnation, version: record.version })
      }
    }
    for (const [identity, issue] of this.#forgotten) {
      if (!isLive(issue, wallMs)) continue
      rows.push({ identity, incarnation: issue.incarnation, version: issue.version })
    }
    rows.sort((a, b) => a.identity < b.identity ? -1 : 1)
    const made = { hash: this.#suite.hash(digestBytes(rows)), rows, own }
    this.#digest = made
    return made
  }

  /** Forgets what was computed from records: some may have died meanwhile. */
  refresh (): void {
    this.#digest = null
  }

  /** The member whose held record is this very one: most of what links bring is known. */
  #heldAs (signed: SignedRecord): Member | undefined {
    const identity = this.#bySignature.get(keyOf(signed))
    const held = identity === undefined ? undefined : this.#members.get(identity)
    const isSame = held !== undefined && equalBytes(held.signed.signature, signed.signature) &&
      equalBytes(held.signed.body, signed.body)
    return isSame ? held : undefined
  }

  #isSigned (record: MemberRecord, signed: SignedRecord): boolean {
    const bytes = signedBytes('record', this.#options.networkHash, signed.body)
    return this.#suite.verify(record.publicKey, bytes, signed.signature)
  }

  #proved (held: Member, origin: Origin, wallMs: number): Member {
    if (!origin.proven) return held
    return this.#hold({ ...held, standing: { at: 'proven', linkedWallMs: wallMs } })
  }

  #hold (member: Member): Member {
    const before = this.#members.get(member.identity)
    if (before?.standing.at === 'unproven') this.#unprovenCount--
    if (member.standing.at === 'unproven') this.#unprovenCount++
    if (before !== undefined) this.#bySignature.delete(keyOf(before.signed))
    this.#bySignature.set(keyOf(member.signed), member.identity)
    this.#members.set(member.identity, member)
    const wasForgotten = this.#forgotten.delete(member.identity)
    if (wasForgotten || before?.record !== member.record) this.#digest = null
    return member
  }

  #drop (member: Member): void {
    if (member.standing.at === 'unproven') this.#unprovenCount--
    this.#bySignature.delete(keyOf(member.signed))
    this.#members.delete(member.identity)
    this.#digest = null
  }

  /** Unproven members give way first; proven ones never give way to strangers. Null: no room. */
  #placeFor (origin: Origin): 'free' | Member | null {
    const { unprovenMax, unprovenPerTellerMax } = ROSTER_LIMITS
    const isFull = this.#members.size >= this.#options.membersMax
    if (!origin.proven) {
      if (isFull || this.#unprovenCount >= unprovenMax) return null
      return this.#toldBy(origin.teller) >= unprovenPerTellerMax ? null : 'free'
    }
    if (!isFull) return 'free'
    for (const member of this.#members.values()) {
      if (member.standing.at === 'unproven') return member
    }
    return null
  }

  #toldBy (teller: Identity): number {
    let count = 0
    for (const { standing } of this.#members.values()) {
      if (standing.at === 'unproven' && standing.teller === teller) count++
    }
    return count
  }
}

/** Four bytes of a signature, not its first: those say what kind it is. */
function keyOf ({ signature }: SignedRecord): number {
  let key = 0
  for (const byte of signature.subarray(-8, -4)) key = key << 8 | byte
  return key
}

/** Newest (incarnation, version) wins. */
export function isNewer (
  one: Pick<MemberRecord, 'incarnation' | 'version'>,
  other: Pick<MemberRecord, 'incarnation' | 'version'>,
): boolean {
  return one.incarnation === other.incarnation
    ? one.version > other.version
    : one.incarnation > other.incarnation
}

/** A record issued more than 7 days ago is dead: not accepted, passed on or shown. */
export function isLive (record: Pick<MemberRecord, 'issuedMs'>, wallMs: number): boolean {
  return wallMs - record.issuedMs <= ROSTER_LIMITS.recordDeadAfterMs
}

function standingOf (
  held: Member | undefined, origin: Origin, nowMs: number, wallMs: number,
): Standing {
  if (origin.proven) return { at: 'proven', linkedWallMs: wallMs }
  return held?.standing ?? { at: 'unproven', teller: origin.teller, sinceMs: nowMs }
}

/** What the digest hash covers: rows in order of identity, 32 + 8 + 4 bytes each. */
export function digestBytes (rows: readonly DigestRow[]): Uint8Array {
  const bytes = new Uint8Array(rows.length * 44)
  const view = new DataView(bytes.buffer)
  rows.forEach(({ identity, incarnation, version }, i) => {
    bytes.set(identityToBytes(identity), i * 44)
    view.setUint32(i * 44 + 32, Math.floor(incarnation / 4_294_967_296))
    view.setUint32(i * 44 + 36, incarnation >>> 0)
    view.setUint32(i * 44 + 40, version)
  })
  return bytes
}
