/**
 * CBOR bodies: a strict subset, scanned before it is decoded and checked by a schema after.
 *
 * The scan bounds depth and items without recursion, so that cborg never recurses deeply nor builds
 * much; it also refuses what our subset lacks (floats, tags, indefinite lengths). cborg refuses
 * longer forms of numbers and duplicate keys. Read next: `schemas.ts` and `record.ts`.
 */
import { decode, encode, Tokenizer, type Token } from 'cborg'
import type { z } from 'zod'
import { WIRE_LIMITS } from '../limits.js'
import { getU53, utf8Decode, viewOf } from './bytes.js'
import { refusal, type Refusal } from './refusal.js'

/** Encodes a value that `schema` accepts, keys sorted. Throws on any other: a bug of ours. */
export function encodeCbor (value: unknown, schema: z.ZodType): Uint8Array {
  const checked = schema.safeParse(value)
  if (!checked.success) {
    throw new Error(`assertion failed: own body ${explain(checked.error).message}`)
  }
  return new Uint8Array(encode(checked.data))
}

/** Decodes the one value that fills `body` and passes `schema`; bytes are copied. Never throws. */
export function decodeCbor<T> (body: Uint8Array, schema: z.ZodType<T>): T | Refusal {
  const refused = scan(body)
  if (refused !== null) return refused
  let value: unknown
  try {
    // Byte strings are sliced out: of a Buffer that gives views, of this copies.
    const plain = new Uint8Array(body.buffer, body.byteOffset, body.length)
    value = decode(plain, { ...OPTIONS, tokenizer: new StrictTokenizer(plain, OPTIONS) })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    // cborg quotes keys of the peer: what is said here stays short and ASCII.
    const ascii = why.replace(/[^\x20-\x7e]+/g, '?')
    return refusal('body-malformed', ascii.slice(0, WIRE_LIMITS.decoderTextCharsMax))
  }
  const checked = schema.safeParse(value)
  return checked.success ? checked.data : explain(checked.error)
}

const OPTIONS = {
  strict: true,
  rejectDuplicateMapKeys: true,
  allowIndefinite: false,
  allowNaN: false,
  allowInfinity: false,
  allowUndefined: false,
  allowBigInt: false,
  retainStringBytes: true,
}

/** cborg replaces invalid UTF-8 and drops a leading BOM; here texts are exact or refused. */
class StrictTokenizer extends Tokenizer {
  override next (): Token {
    const token = super.next()
    if (token.byteValue !== undefined) token.value = utf8Decode(token.byteValue)
    return token
  }
}

/** What a schema found, first fault only, without the peer's own words. */
function explain (error: z.ZodError): Refusal {
  const issue = error.issues[0]
  if (issue === undefined) return refusal('body-malformed', 'does not fit')
  const where = issue.path.length === 0 ? 'body' : issue.path.map(String).join('.')
  if (issue.code === 'unrecognized_keys') {
    return refusal('body-malformed', `${where}: has an unknown key`)
  }
  const isRange = ['too_big', 'too_small', 'custom', 'invalid_value'].includes(issue.code)
  return refusal(isRange ? 'value-out-of-range' : 'body-malformed', `${where}: ${issue.message}`)
}

/** Major types of RFC 8949, section 3.1. */
const MAJOR = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6, simple: 7 }
/** Bytes of the argument after an initial byte with additional information 24 to 27. */
const ARGUMENT_BYTES = [1, 2, 4, 8]

/** Walks the heads of all items once. Null: well formed, shallow, few items, nothing after it. */
function scan (body: Uint8Array): Refusal | null {
  const view = viewOf(body)
  /** Items still to come in each container that is open. */
  const open: number[] = []
  let at = 0
  for (let items = 1; ; items++) {
    if (items > WIRE_LIMITS.cborItemsMax) return refusal('value-out-of-range', 'too many items')
    const head = headAt(view, at)
    if ('type' in head) return head
    at = head.end
    if (head.children > body.length - at) return endsEarly()
    if (head.children > 0) {
      if (open.length >= WIRE_LIMITS.cborDepthMax) {
        return refusal('body-too-deep', `nested deeper than ${WIRE_LIMITS.cborDepthMax}`)
      }
      open.push(head.children)
    } else {
      closeFinished(open)
    }
    if (open.length === 0) break
  }
  return at === body.length ? null : refusal('body-malformed', 'bytes follow the value')
}

/** Counts an item that is complete, and every container that it completes. */
function closeFinished (open: number[]): void {
  for (;;) {
    const left = open.pop()
    if (left === undefined) return
    if (left > 1) {
      open.push(left - 1)
      return
    }
  }
}

interface Head {
  /** Where the next item begins. */
  readonly end: number
  /** Items directly inside. */
  readonly children: number
}

function headAt (view: DataView, at: number): Head | Refusal {
  if (at >= view.byteLength) return endsEarly()
  const initial = view.getUint8(at)
  const major = initial >>> 5
  const info = initial & 31
  if (major === MAJOR.simple) {
    // false, true, null
    return info >= 20 && info <= 22
      ? { end: at + 1, children: 0 }
      : refusal('body-malformed', 'only false, true and null are simple values here')
  }
  if (major === MAJOR.tag) return refusal('body-malformed', 'tags are not used here')
  if (info > 27) return refusal('body-malformed', 'lengths are definite here')
  const argumentBytes = info < 24 ? 0 : ARGUMENT_BYTES[info - 24] ?? 0
  const end = at + 1 + argumentBytes
  if (end > view.byteLength) return endsEarly()
  const argument = argumentBytes === 0 ? info : argumentAt(view, at + 1, argumentBytes)
  if (argument < 0) return refusal('value-out-of-range', 'a number is above 2^53 - 1')
  if (major === MAJOR.bytes || major === MAJOR.text) {
    return end + argument > view.byteLength ? endsEarly() : { end: end + argument, children: 0 }
  }
  if (major === MAJOR.array) return { end, children: argument }
  return { end, children: major === MAJOR.map ? argument * 2 : 0 }
}

function argumentAt (view: DataView, at: number, bytes: number): number {
  switch (bytes) {
    case 1: return view.getUint8(at)
    case 2: return view.getUint16(at)
    case 4: return view.getUint32(at)
    default: return getU53(view, at)
  }
}

function endsEarly (): Refusal {
  return refusal('body-malformed', 'the body ends early')
}
