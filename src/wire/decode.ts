/**
 * Bytes to frames: one body at a time, as cut out by `reader.ts`. Whatever the bytes, it answers
 * with data: a frame, an unknown frame or a refusal. Read next: `fixed.ts`, `log-frames.ts`,
 * `app-frames.ts`, `route-frames.ts` for the fixed layouts, `cbor.ts` for the others.
 */
import type { z } from 'zod'
import { decodeRequest, decodeResponse, decodeTopics } from './app-frames.js'
import { decodeCbor } from './cbor.js'
import { decodeAlive, decodeDigest, decodeHeartbeat, decodePing } from './fixed.js'
import { TAG, type Frame, type FrameType, type UnknownFrame } from './frame.js'
import {
  decodeBatchFrame, decodeEvidence, decodeLogAnswer, decodeLogDigest, decodeLogWant,
} from './log-frames.js'
import { isRefusal, refusal, type Refusal } from './refusal.js'
import { decodeHeads, decodeLinkTableFrame, decodeRelayPing } from './route-frames.js'
import { errorBody, helloBody, leaveBody, recordsBody, refuseBody, welcomeBody } from './schemas.js'

/** One for each tag, made once: skipping a frame costs no garbage. Null where a tag is known. */
const UNKNOWN: readonly (UnknownFrame | null)[] = Array.from({ length: 256 }, (_, tag) =>
  Object.values<number>(TAG).includes(tag) ? null : { type: 'unknown', tag } as const)

/** What a frame of this tag is when it is to be skipped; null for a tag that has a meaning. */
export function unknownFrame (tag: number): UnknownFrame | null {
  return UNKNOWN[tag] ?? null
}

/**
 * Decodes one body. Never throws; byte fields of the frame are copies. Of an own body, which nobody
 * else holds or will change, large ones are views.
 */
export function decodeFrame (
  tag: number, body: Uint8Array, isOwn = false,
): Frame | UnknownFrame | Refusal {
  switch (tag) {
    case TAG.hello: return fromCborBody('hello', body, helloBody)
    case TAG.welcome: return fromCborBody('welcome', body, welcomeBody)
    case TAG.refuse: return fromCborBody('refuse', body, refuseBody)
    case TAG['roster-digest']: return decodeDigest('roster-digest', body)
    case TAG.records: return fromCborBody('records', body, recordsBody)
    case TAG.alive: return decodeAlive(body)
    case TAG.heartbeat: return decodeHeartbeat(body)
    case TAG.ping: return decodePing(body)
    case TAG.leave: return fromCborBody('leave', body, leaveBody)
    case TAG.error: return fromCborBody('error', body, errorBody)
    case TAG.batch: return decodeBatchFrame(body, isOwn)
    case TAG['log-digest']: return decodeLogDigest(body)
    case TAG['log-want']: return decodeLogWant(body)
    case TAG['log-answer']: return decodeLogAnswer(body)
    case TAG.evidence: return decodeEvidence(body)
    case TAG.topics: return decodeTopics(body)
    case TAG.request: return decodeRequest(body)
    case TAG.response: return decodeResponse(body)
    case TAG['link-table']: return decodeLinkTableFrame(body)
    case TAG['table-digest']: return decodeDigest('table-digest', body)
    case TAG.heads: return decodeHeads(body)
    case TAG['relay-ping']: return decodeRelayPing(body)
    default: return unknownFrame(tag) ?? { type: 'unknown', tag }
  }
}

function fromCborBody<K extends FrameType, T extends object> (
  type: K, body: Uint8Array, schema: z.ZodType<T>,
): ({ type: K } & T) | Refusal {
  const fields = decodeCbor(body, schema)
  if (isRefusal(fields)) return refusal(fields.code, `${type}: ${fields.message}`)
  return { type, ...fields }
}
