/**
 * What a member tells of its links, signed by it: a fixed layout, decoded only when it is new.
 *
 *     owner, 32 bytes | u64 incarnation | u32 version | u16 free | u16 count |
 *       count × (prefix of the peer's identity, 8 bytes | u8 code of the round-trip time)
 *
 * Read next: `frame.ts`, which carries it; `../core/routes/tables.ts`, which believes it.
 */
import { assert } from '../errors.js'
import { WIRE_LIMITS } from '../limits.js'
import { getU53, setU32, setU53, setU8, viewOf } from './bytes.js'
import { toHex } from './hex.js'
import {
  IDENTITY_BYTES, hexStartOf, identityAt, writeIdentity, type Identity,
} from './identity.js'
import { refusal, type Refusal } from './refusal.js'

/** As it travels; `signature` covers `body` (kind `link-table`). */
export interface SignedTable {
  readonly body: Uint8Array
  readonly signature: Uint8Array
}

/** Whose table it is and which: the newest (incarnation, version) counts. */
export interface TableHead {
  readonly owner: Identity
  /** Run of the owner. */
  readonly incarnation: number
  /** Counts the tables of one run; fits a u32. */
  readonly version: number
  /** How many further links it takes, at most 65,535. */
  readonly free: number
}

export interface LinkTable extends TableHead {
  /** Ascending by prefix, each once. */
  readonly links: readonly TableLink[]
}

export interface TableLink {
  /** First 8 bytes of the peer's identity, 16 hex digits. */
  readonly prefix: string
  /** Round-trip time in one byte, see `rttOfCode`. */
  readonly rtt: number
}

const VERSION_AT = IDENTITY_BYTES + 8
const FREE_AT = VERSION_AT + 4
const COUNT_AT = FREE_AT + 2
/** Of a table without links. */
const HEAD_BYTES = COUNT_AT + 2
const PREFIX_BYTES = 8
const LINK_BYTES = PREFIX_BYTES + 1
const U16_MAX = 0xffff

/** The body of the own table. Throws Error when it is out of order or range: a bug of ours. */
export function encodeLinkTable (table: LinkTable): Uint8Array {
  const { owner, incarnation, version, free, links } = table
  assert(links.length <= WIRE_LIMITS.tableLinksMax, 'links of a table are within the limit')
  assert(Number.isInteger(free) && free >= 0 && free <= U16_MAX, 'free links are a u16')
  const bytes = new Uint8Array(HEAD_BYTES + links.length * LINK_BYTES)
  const view = viewOf(bytes)
  writeIdentity(owner, bytes, 0)
  setU53(view, IDENTITY_BYTES, incarnation)
  setU32(view, VERSION_AT, version)
  view.setUint16(FREE_AT, free)
  view.setUint16(COUNT_AT, links.length)
  let at = HEAD_BYTES
  let before = ''
  for (const { prefix, rtt } of links) {
    assert(/^[0-9a-f]{16}$/.test(prefix), 'a prefix has 16 hex digits')
    assert(prefix > before, 'links of a table ascend')
    view.setUint32(at, parseInt(prefix.slice(0, 8), 16))
    view.setUint32(at + 4, parseInt(prefix.slice(8), 16))
    setU8(bytes, at + PREFIX_BYTES, rtt)
    before = prefix
    at += LINK_BYTES
  }
  return bytes
}

/** Never throws. What `refusalOfTable` passes is no refusal here. */
export function decodeLinkTable (body: Uint8Array): LinkTable | Refusal {
  const why = refusalOfTable(body)
  if (why !== null) return why
  const links: TableLink[] = []
  for (let at = HEAD_BYTES; at < body.length; at += LINK_BYTES) {
    const prefix = toHex(body.subarray(at, at + PREFIX_BYTES))
    links.push({ prefix, rtt: body[at + PREFIX_BYTES] ?? 0 })
  }
  return { ...tableHead(body), links }
}

/** Why a body is no table, without making one of it; null when it is one. Never throws. */
export function refusalOfTable (body: Uint8Array): Refusal | null {
  if (body.length < HEAD_BYTES) return malformed('ends early')
  const view = viewOf(body)
  const count = view.getUint16(COUNT_AT)
  if (count > WIRE_LIMITS.tableLinksMax) return outOfRange('too many links')
  if (body.length !== HEAD_BYTES + count * LINK_BYTES) return malformed('is not as long as it says')
  if (getU53(view, IDENTITY_BYTES) < 0) return outOfRange('a number is above 2^53 - 1')
  for (let at = HEAD_BYTES + LINK_BYTES; at < body.length; at += LINK_BYTES) {
    if (!isAfter(view, at, at - LINK_BYTES)) return outOfRange('links do not ascend')
  }
  return null
}

/** Of a body that is a table; its links are not looked at. */
export function tableHead (body: Uint8Array): TableHead {
  const view = viewOf(body)
  return {
    owner: identityAt(body, 0),
    incarnation: getU53(view, IDENTITY_BYTES),
    version: view.getUint32(VERSION_AT),
    free: view.getUint16(FREE_AT),
  }
}

/** How many links a body tells, which is a table. */
export function linkCountOf (body: Uint8Array): number {
  return viewOf(body).getUint16(COUNT_AT)
}

/** A body, which is a table, tells a link with the peer of this prefix. Decodes nothing. */
export function tellsLink (body: Uint8Array, prefix: string): boolean {
  const view = viewOf(body)
  const high = parseInt(prefix.slice(0, 8), 16)
  const low = parseInt(prefix.slice(8), 16)
  let from = 0
  let to = linkCountOf(body)
  while (from < to) {
    const middle = (from + to) >>> 1
    const at = HEAD_BYTES + middle * LINK_BYTES
    const difference = view.getUint32(at) - high || view.getUint32(at + 4) - low
    if (difference === 0) return true
    if (difference < 0) from = middle + 1
    else to = middle
  }
  return false
}

/** Two bodies that are tables tell links with the same peers, whatever their round-trip times. */
export function tellsSameLinks (one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false
  for (let at = HEAD_BYTES; at < one.length; at += LINK_BYTES) {
    for (let i = at; i < at + PREFIX_BYTES; i++) if (one[i] !== other[i]) return false
  }
  return true
}

/** True when the prefix at `at` is above the one at `before`. */
function isAfter (view: DataView, at: number, before: number): boolean {
  const [high, highBefore] = [view.getUint32(at), view.getUint32(before)]
  return high === highBefore
    ? view.getUint32(at + 4) > view.getUint32(before + 4)
    : high > highBefore
}

/** How tables name a peer: the first 8 bytes of its identity, 16 hex digits. */
export function prefixOf (identity: Identity): string {
  return hexStartOf(identity, 2 * PREFIX_BYTES)
}

/** Eight codes to a doubling: a code is off by 4.4 % at most. */
const CODES_PER_DOUBLING = 8
const LAST_CODE = 255
const SHORTEST_MS = 0.1

/** A round-trip time, ms, in one byte: 1 for 0.1 ms or less, to 255; 0 for null. */
export function rttCodeOf (ms: number | null): number {
  if (ms === null) return 0
  const code = 1 + Math.round(CODES_PER_DOUBLING * Math.log2(ms / SHORTEST_MS))
  return Math.min(Math.max(code, 1), LAST_CODE)
}

/** The round-trip time behind a code, ms, to one decimal; null for 0: not measured. */
export function rttOfCode (code: number): number | null {
  if (code === 0) return null
  return Math.round(2 ** ((code - 1) / CODES_PER_DOUBLING)) / 10
}

function malformed (what: string): Refusal {
  return refusal('body-malformed', `link-table: ${what}`)
}

function outOfRange (what: string): Refusal {
  return refusal('value-out-of-range', `link-table: ${what}`)
}
