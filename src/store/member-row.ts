/**
 * One member as a row of the store, a fixed layout, numbers big-endian:
 *
 *     u8 1 | u64 linkedMs | u16 length, address in UTF-8 (0: none) |
 *     u16 length, record body | u16 length, signature | nothing after it
 *
 * Read next: `level-store.ts`. What a record says and whether it is genuine is judged by the core.
 */
import { WIRE_LIMITS } from '../limits.js'
import { parseAddress } from '../wire/address.js'
import { copyBytes, getU53, setU53, utf8Decode, utf8Encode, viewOf } from '../wire/bytes.js'
import type { StoredMember } from '../wire/record.js'

const VERSION = 1
/** Version and linkedMs. */
const HEAD_BYTES = 9
const LENGTH_BYTES = 2

export function encodeMemberRow ({ address, linkedMs, body, signature }: StoredMember): Uint8Array {
  const parts = [address === null ? new Uint8Array() : utf8Encode(address), body, signature]
  const bytes = parts.reduce((sum, part) => sum + LENGTH_BYTES + part.length, HEAD_BYTES)
  const row = new Uint8Array(bytes)
  const view = viewOf(row)
  row[0] = VERSION
  setU53(view, 1, Math.floor(linkedMs))
  let at = HEAD_BYTES
  for (const part of parts) {
    view.setUint16(at, part.length)
    row.set(part, at + LENGTH_BYTES)
    at += LENGTH_BYTES + part.length
  }
  return row
}

/** Null for a damaged row. */
export function decodeMemberRow (row: Uint8Array): StoredMember | null {
  if (row.length < HEAD_BYTES || row[0] !== VERSION) return null
  const linkedMs = getU53(viewOf(row), 1)
  const parts = partsOf(row)
  const [addressBytes, body, signature] = parts ?? []
  if (addressBytes === undefined || body === undefined || signature === undefined) return null
  const address = addressBytes.length === 0 ? null : addressOf(addressBytes)
  const isWhole = parts?.length === 3 && linkedMs >= 0 && address !== undefined &&
    body.length > 0 && body.length <= WIRE_LIMITS.recordBytesMax &&
    signature.length > 0 && signature.length <= WIRE_LIMITS.signatureBytesMax
  return isWhole ? { body, signature, address, linkedMs } : null
}

/** Copies: a row may be a view of the database's memory. Null when lengths are off. */
function partsOf (row: Uint8Array): Uint8Array[] | null {
  const view = viewOf(row)
  const parts: Uint8Array[] = []
  let at = HEAD_BYTES
  while (at < row.length) {
    const begin = at + LENGTH_BYTES
    const end = begin > row.length ? Infinity : begin + view.getUint16(at)
    if (end > row.length) return null
    parts.push(copyBytes(row, begin, end))
    at = end
  }
  return parts
}

/** Undefined for what is no address. */
function addressOf (bytes: Uint8Array): string | undefined {
  try {
    const text = utf8Decode(bytes)
    return parseAddress(text) === null ? undefined : text
  } catch {
    return undefined
  }
}
