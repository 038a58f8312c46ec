/**
 * Batches: the signed unit of a log, one or more bulletins. They travel, are stored, relayed and
 * replayed as the bytes their author made, and are never encoded again by anyone else.
 *
 *     batch = u16 length, head | u16 length, signature | items
 *     head  = u16 length, public key | u64 incarnation | u32 first | u32 count | u8 hopsMax |
 *             bytes[32] previous | bytes[32] SHA-256(items)
 *
 * Read next: `bulletin.ts` for items, `core/bulletins/intake.ts`, which judges batches.
 */
import { assert } from '../errors.js'
import { WIRE_LIMITS } from '../limits.js'
import {
  ROOM_BYTES, Slab, copyBytes, setU8, u16At, u32At, u53At, writeU16, writeU32, writeU53,
} from './bytes.js'
import { ITEM_HEAD_BYTES } from './bulletin.js'
import { refusal, type Refusal } from './refusal.js'

const LENGTH_BYTES = 2
const HASH_BYTES = 32
/** incarnation, first, count, hopsMax, previous, hash of the items. */
const HEAD_TAIL_BYTES = 8 + 4 + 4 + 1 + 2 * HASH_BYTES

/** What an author signs of a batch. */
export interface BatchHead {
  /** SPKI DER; its SHA-256 is the author. */
  readonly publicKey: Uint8Array
  /** The run of the author whose log this is. */
  readonly incarnation: number
  /** Position of the first bulletin in the log, which counts from 1. */
  readonly first: number
  /** Bulletins in the batch. */
  readonly count: number
  /** How many links it may pass; 0 for no limit. */
  readonly hopsMax: number
  /** SHA-256 of the head before it in the log; zeros for the first of a log. */
  readonly previous: Uint8Array
  /** SHA-256 of the items. */
  readonly itemsHash: Uint8Array
}

/** A batch taken apart. Byte fields are views of the batch. */
export interface Batch {
  readonly head: BatchHead
  /** What the signature covers, after its label; its SHA-256 is the next batch's `previous`. */
  readonly headBytes: Uint8Array
  readonly signature: Uint8Array
  readonly items: Uint8Array
}

/** Position of the last bulletin. */
export function lastOf ({ first, count }: { first: number, count: number }): number {
  return first + count - 1
}

/** Heads live until they are signed and joined. */
const slab = new Slab()

export function encodeBatchHead (head: BatchHead): Uint8Array {
  const { publicKey, previous, itemsHash } = head
  assert(previous.length === HASH_BYTES && itemsHash.length === HASH_BYTES, 'hashes have 32 bytes')
  assert(publicKey.length >= 1 && publicKey.length <= WIRE_LIMITS.publicKeyBytesMax, 'a public key')
  assert(arePositions(head), 'positions count from 1 and fit a u32')
  const bytes = slab.take(LENGTH_BYTES + publicKey.length + HEAD_TAIL_BYTES)
  writeU16(bytes, 0, publicKey.length)
  bytes.set(publicKey, LENGTH_BYTES)
  const at = LENGTH_BYTES + publicKey.length
  writeU53(bytes, at, head.incarnation)
  writeU32(bytes, at + 8, head.first)
  writeU32(bytes, at + 12, head.count)
  setU8(bytes, at + 16, head.hopsMax)
  bytes.set(previous, at + 17)
  bytes.set(itemsHash, at + 17 + HASH_BYTES)
  return bytes
}

export function joinBatch (
  headBytes: Uint8Array, signature: Uint8Array, items: Uint8Array,
): Uint8Array {
  assert(signature.length <= WIRE_LIMITS.signatureBytesMax, 'a signature is within its limit')
  const size = 2 * LENGTH_BYTES + headBytes.length + signature.length + items.length
  const batch = new Uint8Array(size)
  batch.set(items, writeFront(batch, headBytes, signature))
  return batch
}

/** Where the items begin. */
function writeFront (batch: Uint8Array, headBytes: Uint8Array, signature: Uint8Array): number {
  writeU16(batch, 0, headBytes.length)
  batch.set(headBytes, LENGTH_BYTES)
  const at = LENGTH_BYTES + headBytes.length
  writeU16(batch, at, signature.length)
  batch.set(signature, at + LENGTH_BYTES)
  return at + LENGTH_BYTES + signature.length
}

/** Room in front of items for what `joinBatchInPlace` puts there and some more, see `newRoomy`. */
export function batchRoomBytes (publicKeyBytes: number, signatureBytes: number): number {
  const headBytes = LENGTH_BYTES + publicKeyBytes + HEAD_TAIL_BYTES
  return ROOM_BYTES + 2 * LENGTH_BYTES + headBytes + signatureBytes
}

/** As `joinBatch`; where items were encoded with room enough in front that room is written to. */
export function joinBatchInPlace (
  headBytes: Uint8Array, signature: Uint8Array, items: Uint8Array, roomBytes = items.byteOffset,
): Uint8Array {
  const frontBytes = 2 * LENGTH_BYTES + headBytes.length + signature.length
  assert(signature.length <= WIRE_LIMITS.signatureBytesMax, 'a signature is within its limit')
  if (roomBytes < frontBytes) return joinBatch(headBytes, signature, items)
  const start = items.byteOffset - frontBytes
  const batch = new Uint8Array(items.buffer, start, frontBytes + items.length)
  writeFront(batch, headBytes, signature)
  return batch
}

/** What whoever reads bulletins needs of a batch. */
export interface BatchItems {
  readonly count: number
  readonly hopsMax: number
  /** A view of the batch. */
  readonly items: Uint8Array
}

/**
 * The items of a batch that was taken apart before: its layout alone is looked at. A tenth of what
 * `decodeBatch` leaves behind. Null for what is none. Never throws.
 */
export function itemsOf (bytes: Uint8Array): BatchItems | null {
  if (bytes.length < 2 * LENGTH_BYTES) return null
  const publicKeyBytes = u16At(bytes, LENGTH_BYTES)
  const tailAt = 2 * LENGTH_BYTES + publicKeyBytes
  const signatureAt = tailAt + HEAD_TAIL_BYTES
  if (u16At(bytes, 0) !== LENGTH_BYTES + publicKeyBytes + HEAD_TAIL_BYTES) return null
  if (signatureAt + LENGTH_BYTES > bytes.length) return null
  const itemsAt = signatureAt + LENGTH_BYTES + u16At(bytes, signatureAt)
  const count = u32At(bytes, tailAt + 12)
  if (itemsAt > bytes.length || count === 0) return null
  return {
    count,
    hopsMax: bytes[tailAt + 16] ?? 0,
    items: bytes.subarray(itemsAt),
  }
}

/** Takes a batch apart; nothing is checked but its layout and numbers. Never throws. */
export function decodeBatch (bytes: Uint8Array): Batch | Refusal {
  const headBytes = partAt(bytes, 0, Infinity)
  if (headBytes === null) return malformed('the head ends early')
  const signatureAt = LENGTH_BYTES + headBytes.length
  const signature = partAt(bytes, signatureAt, WIRE_LIMITS.signatureBytesMax)
  if (signature === null) return malformed('the signature ends early or is too long')
  const head = decodeHead(headBytes)
  if (head === null) return malformed('the head is not one')
  const items = bytes.subarray(signatureAt + LENGTH_BYTES + signature.length)
  const { count, incarnation } = head
  if (incarnation < 0) return malformed('the incarnation is above 2^53 - 1')
  if (count > WIRE_LIMITS.itemsPerBatchMax) return malformed('it has too many items')
  if (!arePositions(head)) return malformed('positions are off')
  if (items.length < count * ITEM_HEAD_BYTES) return malformed('the items end early')
  if (count > 1 && items.length > WIRE_LIMITS.batchItemsBytesMax) return malformed('it is too long')
  return { head, headBytes, signature, items }
}

/** Layout alone; an incarnation above 2^53 - 1 is -1. */
function decodeHead (bytes: Uint8Array): BatchHead | null {
  const publicKey = partAt(bytes, 0, WIRE_LIMITS.publicKeyBytesMax)
  if (publicKey === null || publicKey.length === 0) return null
  const at = LENGTH_BYTES + publicKey.length
  if (bytes.length !== at + HEAD_TAIL_BYTES) return null
  return {
    publicKey,
    incarnation: u53At(bytes, at),
    first: u32At(bytes, at + 8),
    count: u32At(bytes, at + 12),
    hopsMax: bytes[at + 16] ?? 0,
    previous: bytes.subarray(at + 17, at + 17 + HASH_BYTES),
    itemsHash: bytes.subarray(at + 17 + HASH_BYTES, at + 17 + 2 * HASH_BYTES),
  }
}

/** A head and its signature without the items: what shows that an author forked its log. */
export interface SignedHead {
  readonly headBytes: Uint8Array
  readonly signature: Uint8Array
}

/** Reads the head alone, a view; null when no batch may have it. Never throws. */
export function decodeBatchHead (headBytes: Uint8Array): BatchHead | null {
  const head = decodeHead(headBytes)
  return head !== null && head.incarnation >= 0 && arePositions(head) ? head : null
}

function arePositions (head: BatchHead): boolean {
  const { first, count } = head
  const isCount = count >= 1 && count <= WIRE_LIMITS.itemsPerBatchMax
  return isCount && first >= 1 && lastOf(head) <= WIRE_LIMITS.positionsPerLogMax
}

/** A batch with memory of its own. */
export function copyBatch (bytes: Uint8Array): Uint8Array {
  return copyBytes(bytes, 0, bytes.length)
}

/** A view of the bytes of a `u16 length | bytes` at `at`; null if it ends early or is too long. */
export function partAt (bytes: Uint8Array, at: number, lengthMax: number): Uint8Array | null {
  if (at + LENGTH_BYTES > bytes.length) return null
  const length = u16At(bytes, at)
  const begin = at + LENGTH_BYTES
  return length > lengthMax || begin + length > bytes.length
    ? null
    : bytes.subarray(begin, begin + length)
}

function malformed (what: string): Refusal {
  return refusal('batch-malformed', `batch: ${what}`)
}
