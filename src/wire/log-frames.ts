/**
 * Fixed layouts of the frames that logs travel in: batch, log-digest, log-want, log-answer and
 * evidence. Encoder beside decoder, as in `fixed.ts`. Read next: `batch.ts`, what a batch holds.
 */
import { assert } from '../errors.js'
import { WIRE_LIMITS } from '../limits.js'
import { decodeBatch, decodeBatchHead, partAt, type SignedHead } from './batch.js'
import { newestOf } from './bulletin.js'
import {
  FRAME_HEAD_BYTES, copyBytes, getU53, newFrame, setU8, setU32, setU53, viewOf,
} from './bytes.js'
import {
  TAG, type BatchFrame, type Evidence, type LogAnswer, type LogDigest, type LogRange, type LogRow,
  type LogWant, type WantedRange,
} from './frame.js'
import { IDENTITY_BYTES, identityAt, writeIdentity } from './identity.js'
import { isRefusal, refusal, type Refusal } from './refusal.js'

/** Of a log-digest's root; SHA-256. */
const ROOT_BYTES = 32

/** Copies the batch once. Its layout is not looked at: whoever passes one on has checked it. */
export function encodeBatchFrame (frame: BatchFrame): Uint8Array {
  const { batch, hops } = frame
  assert(batch.length + 2 <= WIRE_LIMITS.frameBytesMax, 'a batch fits a frame')
  const bytes = newFrame(TAG.batch, 1 + batch.length)
  setU8(bytes, FRAME_HEAD_BYTES, hops)
  bytes.set(batch, FRAME_HEAD_BYTES + 1)
  return bytes
}

/**
 * Accepts a batch whose layout holds to its last item; hashes and signature are not checked. Of an
 * own body the batch is a view.
 */
export function decodeBatchFrame (body: Uint8Array, isOwn = false): BatchFrame | Refusal {
  const hops = body[0]
  if (hops === undefined) return malformed('batch: is empty')
  const batch = decodeBatch(body.subarray(1))
  if (isRefusal(batch)) return batch
  const newest = newestOf(batch.items, batch.head.count)
  return typeof newest === 'number'
    ? { type: 'batch', hops, batch: isOwn ? body.subarray(1) : copyBytes(body, 1, body.length) }
    : newest
}

const DIGEST_HEAD_BYTES = 1 + ROOT_BYTES
const HEAD_HASH_BYTES = 8
/** author, incarnation, newest, hash of the head, number of ranges. */
const ROW_HEAD_BYTES = IDENTITY_BYTES + 8 + 4 + HEAD_HASH_BYTES + 1
const RANGE_BYTES = 4 + 4
const FLAG_ROWS = 1
const FLAG_ANSWER = 2

export function encodeLogDigest (frame: LogDigest): Uint8Array {
  const rows = frame.rows ?? []
  assert(frame.root.length === ROOT_BYTES, 'the root of logs has 32 bytes')
  assert(rows.length <= WIRE_LIMITS.logRowsPerFrameMax, 'rows of a log digest are within the limit')
  const bytes = newFrame(TAG['log-digest'], DIGEST_HEAD_BYTES + bytesOfRows(rows))
  bytes[FRAME_HEAD_BYTES] = (frame.rows === null ? 0 : FLAG_ROWS) | (frame.answer ? FLAG_ANSWER : 0)
  bytes.set(frame.root, FRAME_HEAD_BYTES + 1)
  writeRows(rows, bytes, FRAME_HEAD_BYTES + DIGEST_HEAD_BYTES)
  return bytes
}

/**
 * Rows as a digest has them, without a limit to their number. A root is the SHA-256 of this over
 * all rows, ascending by author in text order, then by incarnation.
 */
export function encodeLogRows (rows: readonly LogRow[]): Uint8Array {
  const bytes = new Uint8Array(bytesOfRows(rows))
  writeRows(rows, bytes, 0)
  return bytes
}

function bytesOfRows (rows: readonly LogRow[]): number {
  return rows.reduce((sum, { held }) => sum + ROW_HEAD_BYTES + held.length * RANGE_BYTES, 0)
}

function writeRows (rows: readonly LogRow[], into: Uint8Array, at: number): void {
  const view = viewOf(into)
  for (const { author, incarnation, newest, headHash, held } of rows) {
    assert(headHash.length === HEAD_HASH_BYTES, 'of the hash of a head 8 bytes are told')
    assert(held.length <= WIRE_LIMITS.rangesPerLogMax, 'ranges of a log are within the limit')
    writeIdentity(author, into, at)
    setU53(view, at + IDENTITY_BYTES, incarnation)
    setU32(view, at + IDENTITY_BYTES + 8, newest)
    into.set(headHash, at + IDENTITY_BYTES + 12)
    into[at + ROW_HEAD_BYTES - 1] = held.length
    at += ROW_HEAD_BYTES
    let before = -1
    for (const range of held) {
      assert(isRange(range) && range.first > before + 1, 'ranges ascend and never touch')
      setU32(view, at, range.first)
      setU32(view, at + 4, range.last)
      before = range.last
      at += RANGE_BYTES
    }
  }
}

export function decodeLogDigest (body: Uint8Array): LogDigest | Refusal {
  const flags = body[0] ?? 0
  if (body.length < DIGEST_HEAD_BYTES) return malformed('log-digest: ends early')
  if ((flags & ~(FLAG_ROWS | FLAG_ANSWER)) !== 0) return malformed('log-digest: an unknown flag')
  const hasRows = (flags & FLAG_ROWS) !== 0
  if (!hasRows && body.length > DIGEST_HEAD_BYTES) {
    return malformed('log-digest: has rows without their flag')
  }
  const rows = decodeRows(body)
  if (isRefusal(rows)) return rows
  return {
    type: 'log-digest',
    root: copyBytes(body, 1, DIGEST_HEAD_BYTES),
    rows: hasRows ? rows : null,
    answer: (flags & FLAG_ANSWER) !== 0,
  }
}

function decodeRows (body: Uint8Array): LogRow[] | Refusal {
  const view = viewOf(body)
  const rows: LogRow[] = []
  let at = DIGEST_HEAD_BYTES
  while (at < body.length) {
    if (at + ROW_HEAD_BYTES > body.length) return malformed('log-digest: a row ends early')
    if (rows.length === WIRE_LIMITS.logRowsPerFrameMax) {
      return outOfRange('log-digest: too many rows')
    }
    const incarnation = getU53(view, at + IDENTITY_BYTES)
    if (incarnation < 0) return outOfRange('log-digest: a number is above 2^53 - 1')
    const count = body[at + ROW_HEAD_BYTES - 1] ?? 0
    if (count > WIRE_LIMITS.rangesPerLogMax) return outOfRange('log-digest: too many ranges')
    const end = at + ROW_HEAD_BYTES + count * RANGE_BYTES
    if (end > body.length) return malformed('log-digest: a row ends early')
    const held = rangesAt(view, at + ROW_HEAD_BYTES, end)
    if (held === null) return outOfRange('log-digest: ranges are off')
    rows.push({
      author: identityAt(body, at),
      incarnation,
      newest: view.getUint32(at + IDENTITY_BYTES + 8),
      headHash: copyBytes(body, at + IDENTITY_BYTES + 12, at + ROW_HEAD_BYTES - 1),
      held,
    })
    at = end
  }
  return rows
}

/** Null unless they count from 1, ascend and never touch. */
function rangesAt (view: DataView, at: number, end: number): LogRange[] | null {
  const ranges: LogRange[] = []
  let before = -1
  for (; at < end; at += RANGE_BYTES) {
    const range = { first: view.getUint32(at), last: view.getUint32(at + 4) }
    if (!isRange(range) || range.first <= before + 1) return null
    before = range.last
    ranges.push(range)
  }
  return ranges
}

function isRange ({ first, last }: LogRange): boolean {
  return first >= 1 && first <= last
}

const WANT_HEAD_BYTES = 4 + 4
/** Of one row of a log-want, and of heads. */
export const WANTED_BYTES = IDENTITY_BYTES + 8 + RANGE_BYTES

export function encodeLogWant (frame: LogWant): Uint8Array {
  const { ranges } = frame
  const isCountRight = ranges.length >= 1 && ranges.length <= WIRE_LIMITS.wantRangesMax
  assert(isCountRight, 'ranges wanted are within the limit')
  const bytes = newFrame(TAG['log-want'], WANT_HEAD_BYTES + ranges.length * WANTED_BYTES)
  const view = viewOf(bytes)
  setU32(view, FRAME_HEAD_BYTES, frame.id)
  setU32(view, FRAME_HEAD_BYTES + 4, frame.bytesMax)
  writeWanted(ranges, bytes, FRAME_HEAD_BYTES + WANT_HEAD_BYTES)
  return bytes
}

export function writeWanted (rows: readonly WantedRange[], into: Uint8Array, at: number): void {
  const view = viewOf(into)
  for (const row of rows) {
    assert(isRange(row), 'positions count from 1, first to last')
    writeIdentity(row.author, into, at)
    setU53(view, at + IDENTITY_BYTES, row.incarnation)
    setU32(view, at + IDENTITY_BYTES + 8, row.first)
    setU32(view, at + IDENTITY_BYTES + 12, row.last)
    at += WANTED_BYTES
  }
}

export function decodeLogWant (body: Uint8Array): LogWant | Refusal {
  const rowsBytes = body.length - WANT_HEAD_BYTES
  if (rowsBytes < 0 || rowsBytes % WANTED_BYTES !== 0) {
    return malformed('log-want: must be 8 bytes and rows of 48')
  }
  const count = rowsBytes / WANTED_BYTES
  if (count < 1 || count > WIRE_LIMITS.wantRangesMax) {
    return outOfRange(`log-want: ${count === 0 ? 'no range' : 'too many ranges'}`)
  }
  const ranges = wantedAt('log-want', body, WANT_HEAD_BYTES)
  if (isRefusal(ranges)) return ranges
  const view = viewOf(body)
  return { type: 'log-want', id: view.getUint32(0), bytesMax: view.getUint32(4), ranges }
}

/** Rows from `at` to the end, of which the caller has counted the bytes. */
export function wantedAt (
  frame: string, body: Uint8Array, at: number,
): WantedRange[] | Refusal {
  const view = viewOf(body)
  const rows: WantedRange[] = []
  for (; at < body.length; at += WANTED_BYTES) {
    const incarnation = getU53(view, at + IDENTITY_BYTES)
    if (incarnation < 0) return outOfRange(`${frame}: a number is above 2^53 - 1`)
    const first = view.getUint32(at + IDENTITY_BYTES + 8)
    const last = view.getUint32(at + IDENTITY_BYTES + 12)
    if (!isRange({ first, last })) return outOfRange(`${frame}: a range is none`)
    rows.push({ author: identityAt(body, at), incarnation, first, last })
  }
  return rows
}

const ANSWER_BYTES = 4 + 1
const FLAG_COMPLETE = 1

export function encodeLogAnswer (frame: LogAnswer): Uint8Array {
  const bytes = newFrame(TAG['log-answer'], ANSWER_BYTES)
  setU32(viewOf(bytes), FRAME_HEAD_BYTES, frame.id)
  bytes[FRAME_HEAD_BYTES + 4] = frame.complete ? FLAG_COMPLETE : 0
  return bytes
}

export function decodeLogAnswer (body: Uint8Array): LogAnswer | Refusal {
  const flags = body[4] ?? 0
  if (body.length !== ANSWER_BYTES) return malformed('log-answer: must be 5 bytes')
  if ((flags & ~FLAG_COMPLETE) !== 0) return malformed('log-answer: an unknown flag')
  return { type: 'log-answer', id: viewOf(body).getUint32(0), complete: flags === FLAG_COMPLETE }
}

/** u16 length, head | u16 length, signature: of each head. */
const EVIDENCE_LENGTH_BYTES = 2

export function encodeEvidence (frame: Evidence): Uint8Array {
  const { one, other } = frame
  const parts = [one.headBytes, one.signature, other.headBytes, other.signature]
  const bodyBytes = parts.reduce((sum, part) => sum + EVIDENCE_LENGTH_BYTES + part.length, 0)
  const bytes = newFrame(TAG.evidence, bodyBytes)
  const view = viewOf(bytes)
  for (const { headBytes, signature } of [one, other]) {
    assert(decodeBatchHead(headBytes) !== null, 'heads are evidence')
    assert(signature.length <= WIRE_LIMITS.signatureBytesMax, 'a signature is within its limit')
  }
  let at = FRAME_HEAD_BYTES
  for (const part of parts) {
    view.setUint16(at, part.length)
    bytes.set(part, at + EVIDENCE_LENGTH_BYTES)
    at += EVIDENCE_LENGTH_BYTES + part.length
  }
  return bytes
}

/** Whether the heads contradict each other, and who signed them, is not judged here. */
export function decodeEvidence (body: Uint8Array): Evidence | Refusal {
  const one = signedHeadAt(body, 0)
  if (isRefusal(one)) return one
  const otherAt = 2 * EVIDENCE_LENGTH_BYTES + one.headBytes.length + one.signature.length
  const other = signedHeadAt(body, otherAt)
  if (isRefusal(other)) return other
  const end = otherAt + 2 * EVIDENCE_LENGTH_BYTES + other.headBytes.length + other.signature.length
  return end === body.length
    ? { type: 'evidence', one, other }
    : malformed('evidence: bytes after the second signature')
}

function signedHeadAt (body: Uint8Array, at: number): SignedHead | Refusal {
  const head = partAt(body, at, Infinity)
  if (head === null) return malformed('evidence: a head ends early')
  const signatureAt = at + EVIDENCE_LENGTH_BYTES + head.length
  const signature = partAt(body, signatureAt, Infinity)
  if (signature === null) return malformed('evidence: a signature ends early')
  if (signature.length > WIRE_LIMITS.signatureBytesMax) {
    return outOfRange('evidence: a signature is too long')
  }
  if (decodeBatchHead(head) === null) {
    return refusal('batch-malformed', 'evidence: a head is not one')
  }
  return {
    headBytes: copyBytes(head, 0, head.length),
    signature: copyBytes(signature, 0, signature.length),
  }
}

function malformed (what: string): Refusal {
  return refusal('body-malformed', what)
}

function outOfRange (what: string): Refusal {
  return refusal('value-out-of-range', what)
}
