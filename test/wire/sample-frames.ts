/** One frame of each kind and more, as material for the tests of this room. */
import { encodeBatchHead, joinBatch, type BatchHead } from '../../src/wire/batch.js'
import { encodeItems, type Item } from '../../src/wire/bulletin.js'
import { identityFromHash, type Identity } from '../../src/wire/identity.js'
import type { Frame, Heartbeat, Hello, LogRow, Refuse } from '../../src/wire/frame.js'
import { encodeLinkTable, type LinkTable } from '../../src/wire/link-table.js'
import type { MemberRecord } from '../../src/wire/record.js'
import { encodePingBody, type PingBody } from '../../src/wire/relay-ping.js'

export function bytesOf (length: number, fill = 7): Uint8Array {
  return new Uint8Array(length).fill(fill)
}

export function fromHex (hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex.replace(/\s+/g, ''), 'hex'))
}

export function toHex (bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

/** Bytes copied from buffer to buffer meanwhile: the work that would be quadratic. */
export function movedBy (work: () => void): number {
  let moved = 0
  const set = Uint8Array.prototype.set
  Uint8Array.prototype.set = function (this: Uint8Array, source: ArrayLike<number>, at?: number) {
    moved += source.length
    set.call(this, source, at)
  }
  try {
    work()
  } finally {
    Uint8Array.prototype.set = set
  }
  return moved
}

export function identityOf (fill: number): Identity {
  return identityFromHash(bytesOf(32, fill))
}

export const HELLO: Hello = {
  type: 'hello',
  version: 1,
  network: bytesOf(32),
  admission: 'open',
  incarnation: Number.MAX_SAFE_INTEGER,
  wallMs: 1_800_000_000_000,
  seenAt: '192.0.2.1:8080',
  linkless: false,
}

export const REFUSE: Refuse = {
  type: 'refuse', code: 'full', retryAfterMs: 60_000, record: null, others: ['[2001:db8::1]:1'],
}

export const HEARTBEAT: Heartbeat = {
  type: 'heartbeat',
  sequence: 0xffff_ffff,
  echo: 1,
  heldTenthsMs: 2,
  ownHead: 3,
  storedHead: 4,
  wallMs: null,
}

export const SIGNED = { body: bytesOf(300), signature: bytesOf(64, 9) }

export const RECORD: MemberRecord = {
  publicKey: bytesOf(44),
  incarnation: 1_843_200_000_000_005,
  version: 1,
  issuedMs: 1_800_000_000_000,
  state: 'up',
  name: 'ada',
  addresses: ['192.0.2.7:8080', '[2001:db8::7]:8080', 'ada.example:8080'],
  tags: { role: 'web' },
  ephemeral: false,
  boxKey: bytesOf(32),
}

export const ITEM: Item = {
  topic: bytesOf(32, 3), timestamp: 1_800_000_000, nonce: 0, content: bytesOf(5, 104),
}

/** Hashes and signatures of these batches are made up, their layout holds. */
export const HEAD: BatchHead = {
  publicKey: bytesOf(44),
  incarnation: 1_843_200_000_000_005,
  first: 1,
  count: 1,
  hopsMax: 0,
  previous: bytesOf(32, 0),
  itemsHash: bytesOf(32, 9),
}

/** A batch of these items, which its head counts unless `changes` say otherwise. */
export function batchOf (
  items: readonly Item[], changes: Partial<BatchHead> = {}, signature = bytesOf(64, 8),
): Uint8Array {
  const head = encodeBatchHead({ ...HEAD, count: items.length, ...changes })
  return joinBatch(head, signature, encodeItems(items))
}

export const SIGNED_HEAD = { headBytes: encodeBatchHead(HEAD), signature: bytesOf(64, 8) }

export const LOG_ROW: LogRow = {
  author: identityOf(1),
  incarnation: 5,
  newest: 1_800_000_000,
  headHash: bytesOf(8, 6),
  held: [{ first: 1, last: 7 }, { first: 9, last: 0xffff_ffff }],
}

export const TABLE: LinkTable = {
  owner: identityOf(1),
  incarnation: Number.MAX_SAFE_INTEGER,
  version: 0xffff_ffff,
  free: 0xffff,
  links: [
    { prefix: '0000000000000000', rtt: 0 },
    { prefix: '00000000000000ff', rtt: 1 },
    { prefix: 'ffffffffffffffff', rtt: 255 },
  ],
}

export const PING_BODY: PingBody = {
  origin: identityOf(2), incarnation: 5, sequence: 0xffff_ffff, text: 'grüezi 👋',
}

const row = { identity: identityOf(1), incarnation: 5, version: 0xffff_ffff }

export const FRAMES: readonly Frame[] = [
  HELLO,
  { ...HELLO, seenAt: null, admission: 'invite', linkless: true, incarnation: 0 },
  { type: 'welcome', record: SIGNED },
  REFUSE,
  { ...REFUSE, code: 'stale', record: SIGNED, others: [] },
  { type: 'roster-digest', hash: bytesOf(32), rows: null, answer: false },
  { type: 'roster-digest', hash: bytesOf(32), rows: [], answer: true },
  { type: 'roster-digest', hash: bytesOf(32), rows: [row, row], answer: false },
  { type: 'records', entries: [] },
  {
    type: 'records',
    entries: [{ record: SIGNED, linked: true }, { record: SIGNED, linked: false }],
  },
  { type: 'alive', members: [] },
  { type: 'alive', members: [{ identity: identityOf(255), incarnation: Number.MAX_SAFE_INTEGER }] },
  HEARTBEAT,
  { ...HEARTBEAT, wallMs: Number.MAX_SAFE_INTEGER },
  { type: 'ping', sequence: 1, text: '' },
  { type: 'ping', sequence: 2, text: '\ufeffgrüezi \u0007👋' },
  { type: 'leave', record: SIGNED },
  { type: 'error', code: 'protocol', message: 'no' },
  { type: 'batch', hops: 0, batch: batchOf([ITEM]) },
  { type: 'batch', hops: 255, batch: batchOf([ITEM, { ...ITEM, content: bytesOf(0) }]) },
  { type: 'log-digest', root: bytesOf(32), rows: null, answer: false },
  { type: 'log-digest', root: bytesOf(32), rows: [], answer: true },
  { type: 'log-digest', root: bytesOf(32), rows: [LOG_ROW], answer: true },
  {
    type: 'log-digest',
    root: bytesOf(32),
    rows: [{ ...LOG_ROW, held: [] }, LOG_ROW],
    answer: false,
  },
  {
    type: 'log-want',
    id: 0xffff_ffff,
    bytesMax: 1_048_576,
    ranges: [
      { author: identityOf(1), incarnation: 5, first: 1, last: 1 },
      { author: identityOf(2), incarnation: 0, first: 8, last: 0xffff_ffff },
    ],
  },
  { type: 'log-answer', id: 3, complete: true },
  { type: 'log-answer', id: 4, complete: false },
  { type: 'evidence', one: SIGNED_HEAD, other: { ...SIGNED_HEAD, signature: bytesOf(71) } },
  { type: 'topics', carries: false, topics: [] },
  { type: 'topics', carries: true, topics: [bytesOf(32, 1), bytesOf(32, 2)] },
  { type: 'request', id: 1, kind: 'grüezi/1', body: bytesOf(9) },
  { type: 'request', id: 2, kind: 'a', body: bytesOf(0) },
  { type: 'response', id: 1, status: 'answered', body: bytesOf(9) },
  { type: 'response', id: 2, status: 'busy', body: bytesOf(0) },
  { type: 'link-table', table: { body: encodeLinkTable(TABLE), signature: bytesOf(64) } },
  {
    type: 'link-table',
    table: { body: encodeLinkTable({ ...TABLE, links: [] }), signature: bytesOf(1) },
  },
  { type: 'table-digest', hash: bytesOf(32), rows: null, answer: false },
  { type: 'table-digest', hash: bytesOf(32), rows: [row, row], answer: true },
  {
    type: 'heads',
    rows: [
      { author: identityOf(1), incarnation: 5, first: 1, last: 1 },
      { author: identityOf(2), incarnation: 0, first: 8, last: 0xffff_ffff },
    ],
  },
  {
    type: 'relay-ping',
    hops: 255,
    ping: { body: encodePingBody(PING_BODY), signature: bytesOf(1_024) },
  },
  {
    type: 'relay-ping',
    hops: 0,
    ping: { body: encodePingBody({ ...PING_BODY, text: '' }), signature: bytesOf(64) },
  },
]
