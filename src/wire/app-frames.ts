/**
 * Fixed layouts of what serves applications: topics, request and response. Encoder beside decoder,
 * as in `fixed.ts`. Read next: `log-frames.ts`, the frames that bulletins travel in.
 */
import { assert } from '../errors.js'
import { WIRE_LIMITS } from '../limits.js'
import { TOPIC_BYTES } from './bulletin.js'
import {
  FRAME_HEAD_BYTES, copyBytes, newFrame, setU32, utf8Decode, utf8Encode, viewOf,
} from './bytes.js'
import { RESPONSE_STATUSES, TAG, type Request, type Response, type Topics } from './frame.js'
import { refusal, type Refusal } from './refusal.js'

const FLAG_CARRIES = 1

export function encodeTopics (frame: Topics): Uint8Array {
  const { topics, carries } = frame
  assert(topics.length <= WIRE_LIMITS.topicsPerLinkMax, 'topics of a link are within the limit')
  const bytes = newFrame(TAG.topics, 1 + topics.length * TOPIC_BYTES)
  bytes[FRAME_HEAD_BYTES] = carries ? FLAG_CARRIES : 0
  topics.forEach((topic, i) => {
    assert(topic.length === TOPIC_BYTES, 'a topic has 32 bytes')
    bytes.set(topic, FRAME_HEAD_BYTES + 1 + i * TOPIC_BYTES)
  })
  return bytes
}

export function decodeTopics (body: Uint8Array): Topics | Refusal {
  const flags = body[0]
  if (flags === undefined || (body.length - 1) % TOPIC_BYTES !== 0) {
    return refusal('body-malformed', 'topics: must be 1 byte and topics of 32')
  }
  if ((flags & ~FLAG_CARRIES) !== 0) return refusal('body-malformed', 'topics: an unknown flag')
  if (body.length > 1 + WIRE_LIMITS.topicsPerLinkMax * TOPIC_BYTES) {
    return refusal('value-out-of-range', 'topics: too many')
  }
  const topics: Uint8Array[] = []
  for (let at = 1; at < body.length; at += TOPIC_BYTES) {
    topics.push(copyBytes(body, at, at + TOPIC_BYTES))
  }
  return { type: 'topics', carries: flags === FLAG_CARRIES, topics }
}

/** id, then the length of the kind, or the status. */
const EXCHANGE_HEAD_BYTES = 4 + 1

export function encodeRequest (frame: Request): Uint8Array {
  const kind = utf8Encode(frame.kind)
  const isKind = kind.length >= 1 && kind.length <= WIRE_LIMITS.requestKindBytesMax
  assert(isKind, 'the kind of a request is within its limit')
  assert(frame.body.length <= WIRE_LIMITS.requestBytesMax, 'a request is within its limit')
  const headBytes = EXCHANGE_HEAD_BYTES + kind.length
  const bytes = newFrame(TAG.request, headBytes + frame.body.length)
  setU32(viewOf(bytes), FRAME_HEAD_BYTES, frame.id)
  bytes[FRAME_HEAD_BYTES + 4] = kind.length
  bytes.set(kind, FRAME_HEAD_BYTES + EXCHANGE_HEAD_BYTES)
  bytes.set(frame.body, FRAME_HEAD_BYTES + headBytes)
  return bytes
}

export function decodeRequest (body: Uint8Array): Request | Refusal {
  if (body.length < EXCHANGE_HEAD_BYTES) return refusal('body-malformed', 'request: ends early')
  const kindBytes = body[4] ?? 0
  if (kindBytes < 1 || kindBytes > WIRE_LIMITS.requestKindBytesMax) {
    return refusal('value-out-of-range', 'request: the kind is empty or too long')
  }
  const bodyAt = EXCHANGE_HEAD_BYTES + kindBytes
  if (bodyAt > body.length) return refusal('body-malformed', 'request: the kind ends early')
  if (body.length - bodyAt > WIRE_LIMITS.requestBytesMax) {
    return refusal('value-out-of-range', 'request: is too long')
  }
  let kind: string
  try {
    kind = utf8Decode(body.subarray(EXCHANGE_HEAD_BYTES, bodyAt))
  } catch {
    return refusal('body-malformed', 'request: the kind is not UTF-8')
  }
  const id = viewOf(body).getUint32(0)
  return { type: 'request', id, kind, body: copyBytes(body, bodyAt, body.length) }
}

export function encodeResponse (frame: Response): Uint8Array {
  const status = RESPONSE_STATUSES.indexOf(frame.status)
  assert(status >= 0, 'a response has a status')
  assert(frame.body.length <= WIRE_LIMITS.requestBytesMax, 'a response is within its limit')
  const bytes = newFrame(TAG.response, EXCHANGE_HEAD_BYTES + frame.body.length)
  setU32(viewOf(bytes), FRAME_HEAD_BYTES, frame.id)
  bytes[FRAME_HEAD_BYTES + 4] = status
  bytes.set(frame.body, FRAME_HEAD_BYTES + EXCHANGE_HEAD_BYTES)
  return bytes
}

export function decodeResponse (body: Uint8Array): Response | Refusal {
  if (body.length < EXCHANGE_HEAD_BYTES) return refusal('body-malformed', 'response: ends early')
  const status = RESPONSE_STATUSES[body[4] ?? 0]
  if (status === undefined) return refusal('value-out-of-range', 'response: an unknown status')
  if (body.length - EXCHANGE_HEAD_BYTES > WIRE_LIMITS.requestBytesMax) {
    return refusal('value-out-of-range', 'response: is too long')
  }
  const id = viewOf(body).getUint32(0)
  return { type: 'response', id, status, body: copyBytes(body, EXCHANGE_HEAD_BYTES, body.length) }
}
