/**
 * Bulletins in bytes: what people publish, and as the items of a batch. The header of 72 bytes and
 * its content ids are those of the second seed; of it the content id is never sent but derived.
 * Read next: `batch.ts`, the signed unit that items travel in.
 */
import { assert } from '../errors.js'
import { WIRE_LIMITS } from '../limits.js'
import { newRoomy, u32At, writeU32, type Slab } from './bytes.js'
import { IDENTITY_BYTES } from './identity.js'
import { refusal, type Refusal } from './refusal.js'

/** SHA-256 of a topic's descriptor; content ids are as long. */
export const TOPIC_BYTES = 32
/** topic 32 | content id 32 | timestamp u32 | nonce u32: what hashcash is paid for. */
export const HEADER_BYTES = 72
/** topic 32 | timestamp u32 | nonce u32 | length u32, in front of each content in a batch. */
export const ITEM_HEAD_BYTES = 44

/** One bulletin as it travels. */
export interface Item {
  /** 32 bytes. */
  readonly topic: Uint8Array
  /** When it was published, seconds since 1970, by its author's clock. */
  readonly timestamp: number
  /** Hashcash: counted up until the digest has enough leading zero bits. 0 where none is asked. */
  readonly nonce: number
  readonly content: Uint8Array
}

/** The header that hashcash covers, before the author's identity. */
export function headerOf (item: Item, contentId: Uint8Array): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES)
  header.set(item.topic)
  header.set(contentId, TOPIC_BYTES)
  writeU32(header, 2 * TOPIC_BYTES, item.timestamp)
  writeU32(header, 2 * TOPIC_BYTES + 4, item.nonce)
  return header
}

/** What a bulletin's work is done for: its header and the 32 bytes of its author's identity. */
export function workPreimage (header: Uint8Array, author: Uint8Array): Uint8Array {
  assert(header.length === HEADER_BYTES && author.length === IDENTITY_BYTES, 'a header, an author')
  const preimage = new Uint8Array(HEADER_BYTES + IDENTITY_BYTES)
  preimage.set(header)
  preimage.set(author, HEADER_BYTES)
  return preimage
}

/** Bytes of an item in a batch. */
export function itemBytes (item: Item): number {
  return ITEM_HEAD_BYTES + item.content.length
}

/** `roomBytes` are left free in front, see `joinBatchInPlace`; a few items go to `slab`. */
export function encodeItems (
  items: readonly Item[], roomBytes = 0, slab: Slab | null = null,
): Uint8Array {
  const size = items.reduce((sum, item) => sum + itemBytes(item), 0)
  const bytes = slab?.takeRoomy(size, roomBytes) ?? newRoomy(size, roomBytes)
  let at = 0
  for (const { topic, timestamp, nonce, content } of items) {
    assert(topic.length === TOPIC_BYTES, 'a topic has 32 bytes')
    bytes.set(topic, at)
    writeU32(bytes, at + TOPIC_BYTES, timestamp)
    writeU32(bytes, at + TOPIC_BYTES + 4, nonce)
    writeU32(bytes, at + TOPIC_BYTES + 8, content.length)
    bytes.set(content, at + ITEM_HEAD_BYTES)
    at += ITEM_HEAD_BYTES + content.length
  }
  return bytes
}

/** Exactly `count` items to the last byte; their byte fields are views of `bytes`. Never throws. */
export function decodeItems (bytes: Uint8Array, count: number): Item[] | Refusal {
  const items: Item[] = []
  const why = walkItems(bytes, count, (at, length) => {
    items.push({
      topic: bytes.subarray(at, at + TOPIC_BYTES),
      timestamp: u32At(bytes, at + TOPIC_BYTES),
      nonce: u32At(bytes, at + TOPIC_BYTES + 4),
      content: bytes.subarray(at + ITEM_HEAD_BYTES, at + ITEM_HEAD_BYTES + length),
    })
  })
  return why ?? items
}

/** What the index keeps of items: nothing but when the newest was published. */
export function newestOf (bytes: Uint8Array, count: number): number | Refusal {
  let newest = 0
  const why = walkItems(bytes, count, at => {
    newest = Math.max(newest, u32At(bytes, at + TOPIC_BYTES))
  })
  return why ?? newest
}

/** Visits where each item begins and how long its content is. Null when all of it are items. */
export function walkItems (
  bytes: Uint8Array, count: number, visit: (at: number, length: number) => void,
): Refusal | null {
  let at = 0
  for (let i = 0; i < count; i++) {
    if (at + ITEM_HEAD_BYTES > bytes.length) return malformed('an item ends early')
    const length = u32At(bytes, at + ITEM_HEAD_BYTES - 4)
    if (length > WIRE_LIMITS.contentBytesMax) return malformed('a content is too long')
    if (at + ITEM_HEAD_BYTES + length > bytes.length) return malformed('a content ends early')
    visit(at, length)
    at += ITEM_HEAD_BYTES + length
  }
  return at === bytes.length ? null : malformed('bytes after the last item')
}

function malformed (what: string): Refusal {
  return refusal('batch-malformed', `batch: ${what}`)
}
