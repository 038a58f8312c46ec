/**
 * Fixed layouts of the frames that routes are made of: link-table, heads and relay-ping. Encoder
 * beside decoder, as in `fixed.ts`, which has table-digest. Read next: `link-table.ts` and
 * `relay-ping.ts`, the signed bodies within.
 */
import { assert } from '../errors.js'
import { WIRE_LIMITS } from '../limits.js'
import { FRAME_HEAD_BYTES, copyBytes, newFrame, setU8, viewOf } from './bytes.js'
import { TAG, type Heads, type LinkTableFrame, type RelayPing } from './frame.js'
import { refusalOfTable, type SignedTable } from './link-table.js'
import { WANTED_BYTES, wantedAt, writeWanted } from './log-frames.js'
import { isRefusal, refusal, type Refusal } from './refusal.js'
import { decodePingBody } from './relay-ping.js'

export function encodeLinkTableFrame ({ table }: LinkTableFrame): Uint8Array {
  const bytes = newFrame(TAG['link-table'], signedBytesOf(table))
  writeSigned(table, bytes, FRAME_HEAD_BYTES)
  return bytes
}

/** Accepts what is a table; its signature is not checked. */
export function decodeLinkTableFrame (body: Uint8Array): LinkTableFrame | Refusal {
  const table = signedAt('link-table', body, 0)
  if (isRefusal(table)) return table
  return refusalOfTable(table.body) ?? { type: 'link-table', table }
}

export function encodeHeads ({ rows }: Heads): Uint8Array {
  const isCountRight = rows.length >= 1 && rows.length <= WIRE_LIMITS.headsPerFrameMax
  assert(isCountRight, 'heads of a frame are within the limit')
  const bytes = newFrame(TAG.heads, rows.length * WANTED_BYTES)
  writeWanted(rows, bytes, FRAME_HEAD_BYTES)
  return bytes
}

export function decodeHeads (body: Uint8Array): Heads | Refusal {
  if (body.length % WANTED_BYTES !== 0) {
    return refusal('body-malformed', 'heads: must be rows of 48 bytes')
  }
  const count = body.length / WANTED_BYTES
  if (count < 1 || count > WIRE_LIMITS.headsPerFrameMax) {
    return refusal('value-out-of-range', `heads: ${count === 0 ? 'no row' : 'too many rows'}`)
  }
  const rows = wantedAt('heads', body, 0)
  return isRefusal(rows) ? rows : { type: 'heads', rows }
}

export function encodeRelayPing ({ hops, ping }: RelayPing): Uint8Array {
  const bytes = newFrame(TAG['relay-ping'], 1 + signedBytesOf(ping))
  setU8(bytes, FRAME_HEAD_BYTES, hops)
  writeSigned(ping, bytes, FRAME_HEAD_BYTES + 1)
  return bytes
}

/** Accepts what is a ping; its signature is not checked. */
export function decodeRelayPing (body: Uint8Array): RelayPing | Refusal {
  const hops = body[0]
  if (hops === undefined) return refusal('body-malformed', 'relay-ping: is empty')
  const ping = signedAt('relay-ping', body, 1)
  if (isRefusal(ping)) return ping
  const told = decodePingBody(ping.body)
  return isRefusal(told) ? told : { type: 'relay-ping', hops, ping }
}

/** u16 length, signed body | signature, to the end of the frame. */
const LENGTH_BYTES = 2

/** Both signed things look alike. */
type Signed = SignedTable

function signedBytesOf ({ body, signature }: Signed): number {
  return LENGTH_BYTES + body.length + signature.length
}

function writeSigned ({ body, signature }: Signed, into: Uint8Array, at: number): void {
  const { length } = signature
  assert(body.length <= 0xffff, 'the length of what is signed is a u16')
  assert(length >= 1 && length <= WIRE_LIMITS.signatureBytesMax, 'a signature is within its limit')
  viewOf(into).setUint16(at, body.length)
  into.set(body, at + LENGTH_BYTES)
  into.set(signature, at + LENGTH_BYTES + body.length)
}

/** With memory of their own. */
function signedAt (frame: string, bytes: Uint8Array, at: number): Signed | Refusal {
  const bodyAt = at + LENGTH_BYTES
  const signatureAt = bodyAt > bytes.length ? Infinity : bodyAt + viewOf(bytes).getUint16(at)
  if (signatureAt >= bytes.length) return refusal('body-malformed', `${frame}: ends early`)
  if (bytes.length - signatureAt > WIRE_LIMITS.signatureBytesMax) {
    return refusal('value-out-of-range', `${frame}: the signature is too long`)
  }
  return {
    body: copyBytes(bytes, bodyAt, signatureAt),
    signature: copyBytes(bytes, signatureAt, bytes.length),
  }
}
