/**
 * Rows of the bulletins' database: keys that sort as logs do, and layouts, numbers big-endian:
 *
 *     batch!<author>!<incarnation>!<first>          u8 1 | u32 check | u32 count | u32 oldest |
 *                                                   u32 newest | bytes[32] hash of head | batch
 *     topic!<topic>!<author>!<incarnation>!<first>  u32: how many the batch has of it
 *     cursor!<name, hex>                            u8 1 | u32 check | logs; see below
 *     damaged!<key of the row>                      a row whose check failed, as it was found
 *
 * The check is CRC-32 of the key and all that follows it. Read next: `bulletin-store.ts`.
 */
import { crc32 } from 'node:zlib'
import { assert } from '../errors.js'
import type { BulletinStore, CursorRow } from '../ports.js'
import { itemsOf } from '../wire/batch.js'
import { TOPIC_BYTES, walkItems } from '../wire/bulletin.js'
import {
  Slab, getU53, setU32, setU53, u32At, viewOf, widened, writeU32,
} from '../wire/bytes.js'
import { writeHex } from '../wire/hex.js'
import { IDENTITY_BYTES, identityAt, parseIdentity, writeIdentity } from '../wire/identity.js'

/** As the port has them: the core's words are not this room's to import. */
export type StoredBatch = Parameters<BulletinStore['putBatch']>[0]
export type BatchSummary = Awaited<ReturnType<BulletinStore['loadBatches']>>[number]
export type BatchKey = Parameters<BulletinStore['dropBatches']>[0][number]

export const BATCH_PREFIX = 'batch!'
export const TOPIC_PREFIX = 'topic!'
export const CURSOR_PREFIX = 'cursor!'
export const DAMAGED_PREFIX = 'damaged!'

const VERSION = 1
const CHECK_AT = 1
const CHECKED_FROM = 5
const HASH_BYTES = 32
/** Version, check, count, oldest, newest, hash of the head. */
const HEAD_BYTES = CHECKED_FROM + 3 * 4 + HASH_BYTES
const INCARNATION_DIGITS = 14
const FIRST_DIGITS = 8

/** Names a batch within its prefix. */
export function logKeyOf ({ author, incarnation, first }: BatchKey): string {
  return `${author}!${incarnation.toString(16).padStart(INCARNATION_DIGITS, '0')}!` +
    first.toString(16).padStart(FIRST_DIGITS, '0')
}

/** Null for what is no such key. */
export function parseLogKey (logKey: string): BatchKey | null {
  const [authorText = '', incarnationText = '', firstText = '', ...more] = logKey.split('!')
  const author = parseIdentity(authorText)
  const isWhole = more.length === 0 && /^[0-9a-f]{14}$/.test(incarnationText) &&
    /^[0-9a-f]{8}$/.test(firstText)
  if (author === null || !isWhole) return null
  return { author, incarnation: parseInt(incarnationText, 16), first: parseInt(firstText, 16) }
}

/** What a database needs to know of a batch besides its summary. */
export interface BatchFacts {
  readonly oldest: number
  /** Topics, 64 hex digits, each once, and how many bulletins there are of each. */
  readonly topics: Iterable<readonly [topic: string, count: number]>
}

/** Null for what is no batch. */
export function factsOf (batch: Uint8Array): BatchFacts | null {
  const parts = itemsOf(batch)
  if (parts === null) return null
  const { items } = parts
  const bytes = Buffer.from(items.buffer, items.byteOffset, items.length)
  // Most batches have one topic: no map is made for them.
  let topics: Map<string, number> | null = null
  let topic = ''
  let count = 0
  let oldest = Infinity
  let topicAt = -1
  const refused = walkItems(items, parts.count, at => {
    oldest = Math.min(oldest, u32At(items, at + TOPIC_BYTES))
    const isSame = topicAt >= 0 &&
      bytes.compare(bytes, topicAt, topicAt + TOPIC_BYTES, at, at + TOPIC_BYTES) === 0
    if (!isSame) {
      if (count > 0) topics = added(topics, topic, count)
      topic = bytes.toString('hex', at, at + TOPIC_BYTES)
      count = 0
    }
    count++
    topicAt = at
  })
  if (refused !== null) return null
  return { oldest, topics: topics === null ? [[topic, count]] : added(topics, topic, count) }
}

function added (
  topics: Map<string, number> | null, topic: string, count: number,
): Map<string, number> {
  const all = topics ?? new Map<string, number>()
  return all.set(topic, (all.get(topic) ?? 0) + count)
}

/**
 * A batch's row under the key of `logKeyOf`. Where there is room in front of the batch the row is
 * made around it.
 */
export function encodeBatchRow (logKey: string, batch: StoredBatch, oldest: number): Uint8Array {
  assert(batch.headHash.length === 2 * HASH_BYTES, 'a hash has 64 digits')
  const row = widened(batch.batch, HEAD_BYTES) ?? rowAround(batch.batch)
  writeU32(row, CHECKED_FROM, batch.count)
  writeU32(row, CHECKED_FROM + 4, oldest)
  writeU32(row, CHECKED_FROM + 8, batch.newest)
  writeHex(batch.headHash, row, CHECKED_FROM + 12)
  return sealed(logKey, row)
}

/** Rows of small batches live until they are written, and share memory. */
const slab = new Slab()

function rowAround (batch: Uint8Array): Uint8Array {
  const row = slab.take(HEAD_BYTES + batch.length)
  row.set(batch, HEAD_BYTES)
  return row
}

export interface BatchRow {
  readonly summary: BatchSummary
  readonly oldest: number
  /** A view of the row. */
  readonly batch: Uint8Array
}

/** Null for a damaged row, or one that belongs elsewhere. */
export function decodeBatchRow (logKey: string, row: Uint8Array): BatchRow | null {
  const key = parseLogKey(logKey)
  if (key === null || row.length <= HEAD_BYTES || !isSealed(logKey, row)) return null
  const view = viewOf(row)
  const hash = Buffer.from(row.buffer, row.byteOffset + CHECKED_FROM + 12, HASH_BYTES)
  const batch = row.subarray(HEAD_BYTES)
  const summary = {
    ...key,
    count: view.getUint32(CHECKED_FROM),
    bytes: batch.length,
    newest: view.getUint32(CHECKED_FROM + 8),
    headHash: hash.toString('hex'),
  }
  return { summary, oldest: view.getUint32(CHECKED_FROM + 4), batch }
}

/** Author, incarnation, number of ranges; then first and last of each. */
const LOG_BYTES = IDENTITY_BYTES + 8 + 4
const RANGE_BYTES = 8

/** How far a named subscription has read, under its key. */
export function encodeCursorRow (key: string, logs: readonly CursorRow[]): Uint8Array {
  const ranges = logs.reduce((sum, log) => sum + log.ranges.length, 0)
  const row = new Uint8Array(CHECKED_FROM + logs.length * LOG_BYTES + ranges * RANGE_BYTES)
  const view = viewOf(row)
  let at = CHECKED_FROM
  for (const { author, incarnation, ranges } of logs) {
    writeIdentity(author, row, at)
    setU53(view, at + IDENTITY_BYTES, incarnation)
    setU32(view, at + IDENTITY_BYTES + 8, ranges.length)
    at += LOG_BYTES
    for (const { first, last } of ranges) {
      setU32(view, at, first)
      setU32(view, at + 4, last)
      at += RANGE_BYTES
    }
  }
  return sealed(key, row)
}

/** Null for a damaged row. */
export function decodeCursorRow (key: string, row: Uint8Array): CursorRow[] | null {
  if (row.length < CHECKED_FROM || !isSealed(key, row)) return null
  const view = viewOf(row)
  const logs: CursorRow[] = []
  let at = CHECKED_FROM
  while (at < row.length) {
    const author = identityAt(row, at)
    const incarnation = getU53(view, at + IDENTITY_BYTES)
    const count = view.getUint32(at + IDENTITY_BYTES + 8)
    at += LOG_BYTES
    const ranges = Array.from({ length: count }, (_, i) => ({
      first: view.getUint32(at + i * RANGE_BYTES),
      last: view.getUint32(at + i * RANGE_BYTES + 4),
    }))
    at += count * RANGE_BYTES
    logs.push({ author, incarnation, ranges })
  }
  return logs
}

function sealed (key: string, row: Uint8Array): Uint8Array {
  row[0] = VERSION
  writeU32(row, CHECK_AT, checkOf(key, row))
  return row
}

function isSealed (key: string, row: Uint8Array): boolean {
  return row[0] === VERSION && u32At(row, CHECK_AT) === checkOf(key, row)
}

function checkOf (key: string, row: Uint8Array): number {
  return crc32(row.subarray(CHECKED_FROM), crc32(key))
}
