/**
 * A ping to members that its origin has no link with, signed by the origin: others pass it on.
 *
 *     origin, 32 bytes | u64 incarnation | u32 sequence | text in UTF-8
 *
 * Read next: `frame.ts`, which carries it.
 */
import { assert } from '../errors.js'
import { WIRE_LIMITS } from '../limits.js'
import { getU53, setU32, setU53, utf8Decode, utf8Encode, viewOf } from './bytes.js'
import { IDENTITY_BYTES, identityAt, writeIdentity, type Identity } from './identity.js'
import { refusal, type Refusal } from './refusal.js'

/** As it travels; `signature` covers `body` (kind `relay-ping`). */
export interface SignedPing {
  readonly body: Uint8Array
  readonly signature: Uint8Array
}

export interface PingBody {
  readonly origin: Identity
  /** Run of the origin. */
  readonly incarnation: number
  /** Counts the relayed pings of one run; fits a u32. */
  readonly sequence: number
  /** At most 256 bytes of UTF-8. */
  readonly text: string
}

const SEQUENCE_AT = IDENTITY_BYTES + 8
const TEXT_AT = SEQUENCE_AT + 4

/** Throws Error when a value is out of range: a bug of ours. */
export function encodePingBody (ping: PingBody): Uint8Array {
  const text = utf8Encode(ping.text)
  assert(text.length <= WIRE_LIMITS.pingTextBytesMax, 'the text of a ping is within its limit')
  const bytes = new Uint8Array(TEXT_AT + text.length)
  const view = viewOf(bytes)
  writeIdentity(ping.origin, bytes, 0)
  setU53(view, IDENTITY_BYTES, ping.incarnation)
  setU32(view, SEQUENCE_AT, ping.sequence)
  bytes.set(text, TEXT_AT)
  return bytes
}

/** Never throws. */
export function decodePingBody (body: Uint8Array): PingBody | Refusal {
  if (body.length < TEXT_AT) return refusal('body-malformed', 'relay-ping: ends early')
  if (body.length > TEXT_AT + WIRE_LIMITS.pingTextBytesMax) {
    return refusal('value-out-of-range', 'relay-ping: the text is too long')
  }
  const view = viewOf(body)
  const incarnation = getU53(view, IDENTITY_BYTES)
  if (incarnation < 0) {
    return refusal('value-out-of-range', 'relay-ping: a number is above 2^53 - 1')
  }
  const sequence = view.getUint32(SEQUENCE_AT)
  try {
    const text = utf8Decode(body.subarray(TEXT_AT))
    return { origin: identityAt(body, 0), incarnation, sequence, text }
  } catch {
    return refusal('body-malformed', 'relay-ping: the text is not UTF-8')
  }
}
