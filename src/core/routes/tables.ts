/**
 * The newest link table of every member, as it signed it, and this node's own. A member can lie
 * about its own links only: a link counts when both ends tell it (`graph.ts`). What is told is
 * decoded when somebody looks at it, which in a full mesh is seldom.
 * Read next: `telling.ts`, which makes and passes on tables, `ways.ts`, which reads them.
 */
import { assert } from '../../errors.js'
import { ROUTE_LIMITS } from '../../limits.js'
import type { DigestRow } from '../../wire/frame.js'
import type { Identity } from '../../wire/identity.js'
import {
  decodeLinkTable, encodeLinkTable, linkCountOf, tableHead, tellsLink, tellsSameLinks,
  type LinkTable,  type SignedTable, type TableHead, type TableLink,
} from '../../wire/link-table.js'
import { isRefusal } from '../../wire/refusal.js'
import { signedBytes } from '../../wire/record.js'
import { fill, type Bucket } from '../bucket.js'
import { wallMs, type Mesh } from '../mesh.js'
import { digestBytes, isLive, isNewer } from '../roster.js'
import type { Sizes } from '../sizes.js'
import type { Suite } from '../suite.js'

/** A table as it is held. */
export interface Told {
  readonly head: TableHead
  readonly signed: SignedTable
  /** Wall clock when it came here. */
  readonly toldMs: number
  /** Decoded once, when it is looked at. */
  table: LinkTable | null
  prefixes: ReadonlyMap<string, number> | null
}

export type TableJudgement =
  /** Held now; `isSame`: it tells the links that the former one told. */
  | { readonly verdict: 'newer', readonly isSame: boolean }
  | { readonly verdict: 'known' }
  /** Not held, for a reason that is nobody's fault. */
  | { readonly verdict: 'passed-over' }
  /** What no honest node sends. */
  | { readonly verdict: 'false', readonly why: string }

export class Tables {
  readonly #mesh: Mesh
  readonly #suite: Suite
  readonly #told = new Map<Identity, Told>()
  /** How many more tables of an owner may come now. */
  readonly #turns = new Map<Identity, Bucket>()
  #digest: { readonly hash: Uint8Array, readonly rows: readonly DigestRow[] } | null = null
  /** Counts changes; whoever keeps something derived from tables compares. */
  version = 0
  /** The same of who is linked with whom, whatever the round-trip times. */
  linksVersion = 0

  constructor (mesh: Mesh, suite: Suite) {
    this.#mesh = mesh
    this.#suite = suite
  }

  get sizes (): Sizes {
    let tableLinksOfOne = 0
    for (const { signed } of this.#told.values()) {
      tableLinksOfOne = Math.max(tableLinksOfOne, linkCountOf(signed.body))
    }
    return { tables: this.#told.size, tableTurns: this.#turns.size, tableLinksOfOne }
  }

  /** What a member tells; this node itself is one. */
  get (owner: Identity): Told | undefined {
    return this.#told.get(owner)
  }

  /** Tables of this node and of members that have not left. */
  * all (): Generator<LinkTable> {
    for (const told of this.#told.values()) {
      if (!this.isGone(told.head.owner)) yield tableOf(told)
    }
  }

  /** Links that a member tells, by prefix, with their round-trip codes. */
  linksOf (owner: Identity): ReadonlyMap<string, number> | null {
    const told = this.#told.get(owner)
    if (told === undefined || this.isGone(owner)) return null
    told.prefixes ??= new Map(tableOf(told).links.map(({ prefix, rtt }) => [prefix, rtt]))
    return told.prefixes
  }

  /** A member tells a link with this peer, by its prefix; null: it tells nothing. */
  tells (owner: Identity, prefix: string): boolean | null {
    const told = this.#told.get(owner)
    return told === undefined || this.isGone(owner) ? null : tellsLink(told.signed.body, prefix)
  }

  /** Signs this node's own table anew, one version up. */
  sign (links: readonly TableLink[], free: number): SignedTable {
    const { options: { me, networkHash }, self } = this.#mesh
    const former = this.#told.get(me)?.head
    const version = former?.incarnation === self.incarnation ? former.version + 1 : 1
    const table = { owner: me, incarnation: self.incarnation, version, free, links }
    const body = encodeLinkTable(table)
    const signature = this.#suite.sign(signedBytes('link-table', networkHash, body))
    const signed = { body, signature }
    this.#hold(tableHead(body), signed)
    return signed
  }

  /** Versions before signatures: most of what comes is known. */
  offer (signed: SignedTable): TableJudgement {
    const head = tableHead(signed.body)
    const { owner } = head
    const { options: { me, networkHash }, roster, nowMs } = this.#mesh
    if (owner === me) return { verdict: 'known' }
    const member = roster.get(owner)
    // Nobody's fault: its record may be on its way, or who sent it has not heard that it left.
    if (member === undefined || this.isGone(owner)) return { verdict: 'passed-over' }
    const held = this.#told.get(owner)
    if (held !== undefined && !isNewer(head, held.head)) return { verdict: 'known' }
    if (head.incarnation < member.record.incarnation) return { verdict: 'passed-over' }
    if (!this.#mayCome(owner, nowMs)) return { verdict: 'passed-over' }
    const bytes = signedBytes('link-table', networkHash, signed.body)
    if (!this.#suite.verify(member.record.publicKey, bytes, signed.signature)) {
      return { verdict: 'false', why: 'a link table whose signature does not match its owner' }
    }
    return { verdict: 'newer', isSame: this.#hold(head, signed) }
  }

  /** Rows of all that is held, and the hash over them. */
  digest (): { readonly hash: Uint8Array, readonly rows: readonly DigestRow[] } {
    if (this.#digest !== null) return this.#digest
    const rows: DigestRow[] = []
    for (const { head: { owner, incarnation, version } } of this.#told.values()) {
      rows.push({ identity: owner, incarnation, version })
    }
    rows.sort((a, b) => a.identity < b.identity ? -1 : 1)
    this.#digest = { hash: this.#suite.hash(digestBytes(rows)), rows }
    return this.#digest
  }

  /** Drops tables of members that left or are forgotten. */
  keepHouse (): void {
    const { nowMs } = this.#mesh
    for (const owner of this.#told.keys()) {
      if (!this.isGone(owner)) continue
      this.#told.delete(owner)
      this.#changed(false)
    }
    for (const [owner, turns] of this.#turns) {
      fill(turns, ROUTE_LIMITS.tablesPerSecondMax, ROUTE_LIMITS.tablesBurstMax, nowMs)
      if (turns.tokens >= ROUTE_LIMITS.tablesBurstMax) this.#turns.delete(owner)
    }
  }

  /** Unknown, left, or not heard of for so long that it counts as dead. This node never is. */
  isGone (owner: Identity): boolean {
    const { options, roster } = this.#mesh
    if (owner === options.me) return false
    const record = roster.get(owner)?.record
    return record === undefined || record.state === 'left' || !isLive(record, wallMs(this.#mesh))
  }

  /** True when it tells the links that the former one told. */
  #hold (head: TableHead, signed: SignedTable): boolean {
    const former = this.#told.get(head.owner)
    this.#told.set(head.owner, {
      head, signed, toldMs: wallMs(this.#mesh), table: null, prefixes: null,
    })
    const isSame = former !== undefined && tellsSameLinks(former.signed.body, signed.body)
    this.#changed(isSame)
    return isSame
  }

  /** `isSame`: round-trip times alone. */
  #changed (isSame: boolean): void {
    this.#digest = null
    this.version++
    if (!isSame) this.linksVersion++
  }

  /** Counts a table of an owner; false when too many came. */
  #mayCome (owner: Identity, nowMs: number): boolean {
    const { tablesBurstMax, tablesPerSecondMax } = ROUTE_LIMITS
    const turns = this.#turns.get(owner) ?? { tokens: tablesBurstMax, filledMs: nowMs }
    this.#turns.set(owner, turns)
    fill(turns, tablesPerSecondMax, tablesBurstMax, nowMs)
    if (turns.tokens < 1) return false
    turns.tokens--
    return true
  }
}

/** What a held table says; it was read when it came. */
function tableOf (told: Told): LinkTable {
  if (told.table !== null) return told.table
  const table = decodeLinkTable(told.signed.body)
  assert(!isRefusal(table), 'a table that is held was one when it came')
  told.table = table
  return table
}
