/**
 * Contacts, letters and delivery codes as rows of the store, fixed layouts, numbers big-endian. A
 * *part* is a u16 length and that many bytes; of no bytes it is none.
 *
 *     contact   u8 1 | u8 1: named by identity, else 0 | u64 its code was drawn |
 *               parts: name, address, identity, secret key, their key, delivery code
 *     letter    u8 1 | u64 incarnation | u32 seq | u32 timestamp |
 *               parts: sender's identity, name | the rest: content
 *     codes     rows of: code, 8 bytes | u64 drawn | u64 left (0: the present one)
 *
 * Read next: `level-store.ts`.
 */
import type { ContactRow, LetterRow, OwnCode } from '../ports.js'
import {
  copyBytes, getU53, setU32, setU53, utf8Decode, utf8Encode, viewOf,
} from '../wire/bytes.js'
import {
  identityFromHash, identityToBytes, IDENTITY_BYTES, type Identity,
} from '../wire/identity.js'
import {
  DATED_CODE_BYTES, datedCodeAt, DELIVERY_CODE_BYTES, writeDatedCode,
} from '../wire/inbox.js'
import { BOX_KEY_BYTES } from '../wire/private.js'

const VERSION = 1
const LENGTH_BYTES = 2
const CONTACT_HEAD_BYTES = 10
const LETTER_HEAD_BYTES = 17
const OWN_CODE_BYTES = DATED_CODE_BYTES + 8

const NONE = new Uint8Array(0)

export function encodeContactRow (contact: ContactRow): Uint8Array {
  const { name, address, identity, isNamed, secretKey, theirKey, inbox } = contact
  const row = withParts(CONTACT_HEAD_BYTES, [
    utf8Encode(name), utf8Encode(address ?? ''),
    identity === null ? NONE : identityToBytes(identity),
    secretKey, theirKey ?? NONE, inbox?.code ?? NONE,
  ], NONE)
  row[0] = VERSION
  row[1] = isNamed ? 1 : 0
  setU53(viewOf(row), 2, inbox?.drawnMs ?? 0)
  return row
}

/** Null for a damaged row. */
export function decodeContactRow (row: Uint8Array): ContactRow | null {
  if (row.length < CONTACT_HEAD_BYTES || row[0] !== VERSION) return null
  const drawnMs = getU53(viewOf(row), 2)
  const { parts, rest } = partsOf(row, CONTACT_HEAD_BYTES, 6) ?? { parts: [], rest: NONE }
  const [name, address, identity, secretKey, theirKey, code] = parts
  if (name === undefined || address === undefined || identity === undefined ||
    secretKey === undefined || theirKey === undefined || code === undefined) return null
  const texts = textsOf([name, address])
  const isWhole = rest.length === 0 && drawnMs >= 0 && texts !== null && texts[0] !== '' &&
    secretKey.length === BOX_KEY_BYTES && isNoneOr(theirKey, BOX_KEY_BYTES) &&
    isNoneOr(identity, IDENTITY_BYTES) && isNoneOr(code, DELIVERY_CODE_BYTES)
  if (!isWhole) return null
  return {
    name: texts[0] ?? '',
    address: texts[1] === '' ? null : texts[1] ?? null,
    identity: identity.length === 0 ? null : identityFromHash(identity),
    isNamed: row[1] === 1,
    secretKey,
    theirKey: theirKey.length === 0 ? null : theirKey,
    inbox: code.length === 0 ? null : { code, drawnMs },
  }
}

export function encodeLetterRow (letter: LetterRow): Uint8Array {
  const { from, name, incarnation, seq, timestamp, content } = letter
  const row = withParts(LETTER_HEAD_BYTES, [identityToBytes(from), utf8Encode(name)], content)
  const view = viewOf(row)
  row[0] = VERSION
  setU53(view, 1, incarnation)
  setU32(view, 9, seq)
  setU32(view, 13, timestamp)
  return row
}

/** Null for a damaged row. */
export function decodeLetterRow (number: number, row: Uint8Array): LetterRow | null {
  if (row.length < LETTER_HEAD_BYTES || row[0] !== VERSION) return null
  const view = viewOf(row)
  const incarnation = getU53(view, 1)
  const { parts, rest } = partsOf(row, LETTER_HEAD_BYTES, 2) ?? { parts: [], rest: NONE }
  const [from, name] = parts
  const texts = name === undefined ? null : textsOf([name])
  if (from?.length !== IDENTITY_BYTES || texts === null || incarnation < 0) return null
  const identity: Identity = identityFromHash(from)
  return {
    number, from: identity, name: texts[0] ?? '', incarnation,
    seq: view.getUint32(9), timestamp: view.getUint32(13), content: rest,
  }
}

export function encodeCodes (codes: readonly OwnCode[]): Uint8Array {
  const row = new Uint8Array(codes.length * OWN_CODE_BYTES)
  codes.forEach((own, i) => {
    writeDatedCode(own, row, i * OWN_CODE_BYTES)
    setU53(viewOf(row), i * OWN_CODE_BYTES + DATED_CODE_BYTES, own.leftMs ?? 0)
  })
  return row
}

/** Null for a damaged row. 8 bytes alone are the code of a first version, which kept no date. */
export function decodeCodes (row: Uint8Array): OwnCode[] | null {
  if (row.length === DELIVERY_CODE_BYTES) {
    return [{ code: copyBytes(row, 0, row.length), drawnMs: 0, leftMs: null }]
  }
  if (row.length === 0 || row.length % OWN_CODE_BYTES !== 0) return null
  const codes: OwnCode[] = []
  for (let at = 0; at < row.length; at += OWN_CODE_BYTES) {
    const dated = datedCodeAt(row, at)
    const leftMs = getU53(viewOf(row), at + DATED_CODE_BYTES)
    const isPresent = at === 0
    if (dated === null || leftMs < 0 || isPresent !== (leftMs === 0)) return null
    codes.push({ ...dated, leftMs: isPresent ? null : leftMs })
  }
  return codes
}

/** A row with room for its head. */
function withParts (
  headBytes: number, parts: readonly Uint8Array[], rest: Uint8Array,
): Uint8Array {
  const bytes = parts.reduce((sum, part) => sum + LENGTH_BYTES + part.length, headBytes)
  const row = new Uint8Array(bytes + rest.length)
  const view = viewOf(row)
  let at = headBytes
  for (const part of parts) {
    view.setUint16(at, part.length)
    row.set(part, at + LENGTH_BYTES)
    at += LENGTH_BYTES + part.length
  }
  row.set(rest, at)
  return row
}

/** Copies: a row may be a view of the database's memory. Null when lengths are off. */
function partsOf (
  row: Uint8Array, headBytes: number, count: number,
): { parts: Uint8Array[], rest: Uint8Array } | null {
  const view = viewOf(row)
  const parts: Uint8Array[] = []
  let at = headBytes
  while (parts.length < count) {
    if (at + LENGTH_BYTES > row.length) return null
    const end = at + LENGTH_BYTES + view.getUint16(at)
    if (end > row.length) return null
    parts.push(copyBytes(row, at + LENGTH_BYTES, end))
    at = end
  }
  return { parts, rest: copyBytes(row, at, row.length) }
}

function textsOf (parts: readonly Uint8Array[]): string[] | null {
  try {
    return parts.map(utf8Decode)
  } catch {
    return null
  }
}

function isNoneOr (part: Uint8Array, bytes: number): boolean {
  return part.length === 0 || part.length === bytes
}
