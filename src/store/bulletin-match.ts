/**
 * Which bulletins a query asks for, and the oldest of them: pure. Read next: `bulletin-store.ts`,
 * which goes through the rows.
 */
import type { BulletinQuery, BytesMatch, HeldBulletin, TextMatch } from '../ports.js'
import { decodeBatch } from '../wire/batch.js'
import { ITEM_HEAD_BYTES, TOPIC_BYTES, walkItems } from '../wire/bulletin.js'
import { copyBytes } from '../wire/bytes.js'
import { isRefusal } from '../wire/refusal.js'
import type { BatchRow } from './batch-row.js'

/** Where a bulletin lies: enough to sort it, and to find it again. */
export interface Place {
  readonly timestamp: number
  /** Of its batch; sorts by author, run and position. */
  readonly logKey: string
  /** Index of the bulletin in the batch. */
  readonly index: number
  /** Where it begins in the batch. */
  readonly at: number
}

/** By timestamp, then author, run and position. */
export function comparePlaces (one: Place, other: Place): number {
  if (one.timestamp !== other.timestamp) return one.timestamp - other.timestamp
  if (one.logKey !== other.logKey) return one.logKey < other.logKey ? -1 : 1
  return one.index - other.index
}

/** Visits each bulletin of a row; the batch as a Buffer, where the item begins, its content. */
export function visitItems (
  { batch, summary }: BatchRow,
  visit: (bytes: Buffer, at: number, length: number, index: number) => void,
): void {
  const decoded = decodeBatch(batch)
  if (isRefusal(decoded)) return
  const bytes = Buffer.from(batch.buffer, batch.byteOffset, batch.length)
  const itemsAt = batch.length - decoded.items.length
  let index = 0
  walkItems(decoded.items, summary.count, (at, length) => {
    visit(bytes, itemsAt + at, length, index++)
  })
}

/** Bulletins of a row that match; with `topic`, 64 hex digits, only those of that topic. */
export function placesIn (
  row: BatchRow, logKey: string, query: BulletinQuery, topic: string | null,
): Place[] {
  const { since = 0, until = Infinity } = query
  const places: Place[] = []
  if (row.oldest > until || row.summary.newest < since) return places
  visitItems(row, (bytes, at, length, index) => {
    const timestamp = bytes.readUInt32BE(at + TOPIC_BYTES)
    if (timestamp < since || timestamp > until) return
    const topicText = topic === null && query.topic === undefined
      ? ''
      : bytes.toString('hex', at, at + TOPIC_BYTES)
    if (topic !== null && topicText !== topic) return
    if (query.topic !== undefined && !matchesText(topicText, query.topic)) return
    const begin = at + ITEM_HEAD_BYTES
    const isMatch = query.content === undefined ||
      matchesBytes(bytes.subarray(begin, begin + length), query.content)
    if (isMatch) places.push({ timestamp, logKey, index, at })
  })
  return places
}

function matchesText (text: string, match: TextMatch): boolean {
  if ('equals' in match) return text === match.equals
  return 'prefix' in match ? text.startsWith(match.prefix) : text.endsWith(match.suffix)
}

function matchesBytes (content: Buffer, match: BytesMatch): boolean {
  if ('equals' in match) return content.equals(match.equals)
  if ('prefix' in match) return content.subarray(0, match.prefix.length).equals(match.prefix)
  const from = content.length - match.suffix.length
  return from >= 0 && content.subarray(from).equals(match.suffix)
}

/** The bulletin that begins at `at`, with memory of its own. */
export function bulletinAt (row: BatchRow, index: number, at: number): HeldBulletin {
  const { batch, summary: { author, incarnation, first } } = row
  const bytes = Buffer.from(batch.buffer, batch.byteOffset, batch.length)
  const begin = at + ITEM_HEAD_BYTES
  return {
    author,
    incarnation,
    position: first + index,
    topic: copyBytes(batch, at, at + TOPIC_BYTES),
    timestamp: bytes.readUInt32BE(at + TOPIC_BYTES),
    nonce: bytes.readUInt32BE(at + TOPIC_BYTES + 4),
    content: copyBytes(batch, begin, begin + bytes.readUInt32BE(begin - 4)),
  }
}

/** The first `count` places above `after`, however many are shown to it. */
export class Oldest {
  readonly #count: number
  readonly #after: Place | null
  #places: Place[] = []
  /** Some were left out. */
  isFull = false

  constructor (count: number, after: Place | null) {
    this.#count = count
    this.#after = after
  }

  add (place: Place): void {
    if (this.#after !== null && comparePlaces(place, this.#after) <= 0) return
    this.#places.push(place)
    if (this.#places.length >= 2 * this.#count + 1_024) this.#cut()
  }

  /** In order. */
  list (): readonly Place[] {
    this.#cut()
    return this.#places
  }

  #cut (): void {
    this.#places.sort(comparePlaces)
    if (this.#places.length <= this.#count) return
    this.isFull = true
    this.#places.length = this.#count
  }
}
