/**
 * Fixed layouts of the frames that are sent often: heartbeat, ping, alive, roster-digest and
 * table-digest. Encoder beside decoder, big-endian throughout. Encoders give whole frames and throw
 * on values out of range (a bug of ours); decoders give refusals. Read next: `encode.ts`,
 * `decode.ts`.
 */
import { assert } from '../errors.js'
import { WIRE_LIMITS } from '../limits.js'
import {
  FRAME_HEAD_BYTES, copyBytes, getU53, newFrame, setU32, setU53, utf8Decode, utf8Encode, viewOf,
} from './bytes.js'
import {
  TAG, type Alive, type AliveMember, type Digest, type DigestRow, type Heartbeat, type Ping,
  type RosterDigest, type TableDigest,
} from './frame.js'
import { IDENTITY_BYTES, identityAt, writeIdentity } from './identity.js'
import { refusal, type Refusal } from './refusal.js'

const HEARTBEAT_BYTES = 20
const HEARTBEAT_WITH_CLOCK_BYTES = 28

export function encodeHeartbeat (frame: Heartbeat): Uint8Array {
  const bodyBytes = frame.wallMs === null ? HEARTBEAT_BYTES : HEARTBEAT_WITH_CLOCK_BYTES
  const bytes = newFrame(TAG.heartbeat, bodyBytes)
  const view = viewOf(bytes)
  setU32(view, FRAME_HEAD_BYTES, frame.sequence)
  setU32(view, FRAME_HEAD_BYTES + 4, frame.echo)
  setU32(view, FRAME_HEAD_BYTES + 8, frame.heldTenthsMs)
  setU32(view, FRAME_HEAD_BYTES + 12, frame.ownHead)
  setU32(view, FRAME_HEAD_BYTES + 16, frame.storedHead)
  if (frame.wallMs !== null) setU53(view, FRAME_HEAD_BYTES + HEARTBEAT_BYTES, frame.wallMs)
  return bytes
}

export function decodeHeartbeat (body: Uint8Array): Heartbeat | Refusal {
  if (body.length !== HEARTBEAT_BYTES && body.length !== HEARTBEAT_WITH_CLOCK_BYTES) {
    return refusal('body-malformed', 'heartbeat: must be 20 or 28 bytes')
  }
  const view = viewOf(body)
  const wallMs = body.length === HEARTBEAT_BYTES ? null : getU53(view, HEARTBEAT_BYTES)
  if (wallMs === -1) return numberTooLarge('heartbeat')
  return {
    type: 'heartbeat',
    sequence: view.getUint32(0),
    echo: view.getUint32(4),
    heldTenthsMs: view.getUint32(8),
    ownHead: view.getUint32(12),
    storedHead: view.getUint32(16),
    wallMs,
  }
}

const PING_HEAD_BYTES = 4

export function encodePing (frame: Ping): Uint8Array {
  const text = utf8Encode(frame.text)
  assert(text.length <= WIRE_LIMITS.pingTextBytesMax, 'the text of a ping is within its limit')
  const bytes = newFrame(TAG.ping, PING_HEAD_BYTES + text.length)
  setU32(viewOf(bytes), FRAME_HEAD_BYTES, frame.sequence)
  bytes.set(text, FRAME_HEAD_BYTES + PING_HEAD_BYTES)
  return bytes
}

export function decodePing (body: Uint8Array): Ping | Refusal {
  if (body.length < PING_HEAD_BYTES) return refusal('body-malformed', 'ping: ends early')
  if (body.length > PING_HEAD_BYTES + WIRE_LIMITS.pingTextBytesMax) {
    return refusal('value-out-of-range', 'ping: the text is too long')
  }
  const sequence = viewOf(body).getUint32(0)
  try {
    return { type: 'ping', sequence, text: utf8Decode(body.subarray(PING_HEAD_BYTES)) }
  } catch {
    return refusal('body-malformed', 'ping: the text is not UTF-8')
  }
}

const ALIVE_ROW_BYTES = IDENTITY_BYTES + 8

export function encodeAlive (frame: Alive): Uint8Array {
  const { members } = frame
  assert(members.length <= WIRE_LIMITS.alivePerFrameMax, 'members of an alive are within the limit')
  const bytes = newFrame(TAG.alive, members.length * ALIVE_ROW_BYTES)
  const view = viewOf(bytes)
  let at = FRAME_HEAD_BYTES
  for (const member of members) {
    writeIdentity(member.identity, bytes, at)
    setU53(view, at + IDENTITY_BYTES, member.incarnation)
    at += ALIVE_ROW_BYTES
  }
  return bytes
}

export function decodeAlive (body: Uint8Array): Alive | Refusal {
  if (body.length % ALIVE_ROW_BYTES !== 0) {
    return refusal('body-malformed', 'alive: must be rows of 40 bytes')
  }
  if (body.length > WIRE_LIMITS.alivePerFrameMax * ALIVE_ROW_BYTES) {
    return refusal('value-out-of-range', 'alive: too many members')
  }
  const view = viewOf(body)
  const members: AliveMember[] = []
  for (let at = 0; at < body.length; at += ALIVE_ROW_BYTES) {
    const incarnation = getU53(view, at + IDENTITY_BYTES)
    if (incarnation < 0) return numberTooLarge('alive')
    members.push({ identity: identityAt(body, at), incarnation })
  }
  return { type: 'alive', members }
}

const DIGEST_HEAD_BYTES = 1 + IDENTITY_BYTES
const DIGEST_ROW_BYTES = IDENTITY_BYTES + 8 + 4
const FLAG_ROWS = 1
const FLAG_ANSWER = 2

export function encodeDigest (frame: RosterDigest | TableDigest): Uint8Array {
  const rows = frame.rows ?? []
  assert(frame.hash.length === IDENTITY_BYTES, 'the hash of a digest has 32 bytes')
  assert(rows.length <= WIRE_LIMITS.digestRowsPerFrameMax, 'rows of a digest are within the limit')
  const bytes = newFrame(TAG[frame.type], DIGEST_HEAD_BYTES + rows.length * DIGEST_ROW_BYTES)
  const view = viewOf(bytes)
  bytes[FRAME_HEAD_BYTES] = (frame.rows === null ? 0 : FLAG_ROWS) | (frame.answer ? FLAG_ANSWER : 0)
  bytes.set(frame.hash, FRAME_HEAD_BYTES + 1)
  let at = FRAME_HEAD_BYTES + DIGEST_HEAD_BYTES
  for (const row of rows) {
    writeIdentity(row.identity, bytes, at)
    setU53(view, at + IDENTITY_BYTES, row.incarnation)
    setU32(view, at + IDENTITY_BYTES + 8, row.version)
    at += DIGEST_ROW_BYTES
  }
  return bytes
}

export function decodeDigest<K extends (RosterDigest | TableDigest)['type']> (
  type: K, body: Uint8Array,
): Digest & { readonly type: K } | Refusal {
  const flags = body[0] ?? 0
  const rowsBytes = body.length - DIGEST_HEAD_BYTES
  if (rowsBytes < 0 || rowsBytes % DIGEST_ROW_BYTES !== 0) {
    return refusal('body-malformed', `${type}: must be 33 bytes and rows of 44`)
  }
  if ((flags & ~(FLAG_ROWS | FLAG_ANSWER)) !== 0) {
    return refusal('body-malformed', `${type}: has an unknown flag`)
  }
  if (rowsBytes > WIRE_LIMITS.digestRowsPerFrameMax * DIGEST_ROW_BYTES) {
    return refusal('value-out-of-range', `${type}: too many rows`)
  }
  const hasRows = (flags & FLAG_ROWS) !== 0
  if (!hasRows && rowsBytes > 0) {
    return refusal('body-malformed', `${type}: has rows without their flag`)
  }
  const rows = decodeDigestRows(body)
  if (rows === null) return numberTooLarge(type)
  return {
    type,
    hash: copyBytes(body, 1, DIGEST_HEAD_BYTES),
    rows: hasRows ? rows : null,
    answer: (flags & FLAG_ANSWER) !== 0,
  }
}

function decodeDigestRows (body: Uint8Array): DigestRow[] | null {
  const view = viewOf(body)
  const rows: DigestRow[] = []
  for (let at = DIGEST_HEAD_BYTES; at < body.length; at += DIGEST_ROW_BYTES) {
    const incarnation = getU53(view, at + IDENTITY_BYTES)
    if (incarnation < 0) return null
    const version = view.getUint32(at + IDENTITY_BYTES + 8)
    rows.push({ identity: identityAt(body, at), incarnation, version })
  }
  return rows
}

function numberTooLarge (frame: string): Refusal {
  return refusal('value-out-of-range', `${frame}: a number is above 2^53 - 1`)
}
