/**
 * Frames to bytes: `u32be length | u8 tag | body`, one buffer each, ready to write. Read next:
 * `fixed.ts`, `log-frames.ts`, `app-frames.ts` and `route-frames.ts` for the fixed layouts,
 * `schemas.ts` for the CBOR bodies, `decode.ts` for the way back.
 */
import type { z } from 'zod'
import { assertNever } from '../errors.js'
import { encodeRequest, encodeResponse, encodeTopics } from './app-frames.js'
import { FRAME_HEAD_BYTES, newFrame } from './bytes.js'
import { encodeCbor } from './cbor.js'
import { encodeAlive, encodeDigest, encodeHeartbeat, encodePing } from './fixed.js'
import { TAG, type Frame } from './frame.js'
import {
  encodeBatchFrame, encodeEvidence, encodeLogAnswer, encodeLogDigest, encodeLogWant,
} from './log-frames.js'
import { encodeHeads, encodeLinkTableFrame, encodeRelayPing } from './route-frames.js'
import { errorBody, helloBody, leaveBody, recordsBody, refuseBody, welcomeBody } from './schemas.js'

/** The whole frame with its prefix. Throws Error when a frame of ours exceeds a limit: our bug. */
export function encodeFrame (frame: Frame): Uint8Array {
  switch (frame.type) {
    case 'hello': return withCborBody(frame, helloBody)
    case 'welcome': return withCborBody(frame, welcomeBody)
    case 'refuse': return withCborBody(frame, refuseBody)
    case 'roster-digest': return encodeDigest(frame)
    case 'records': return withCborBody(frame, recordsBody)
    case 'alive': return encodeAlive(frame)
    case 'heartbeat': return encodeHeartbeat(frame)
    case 'ping': return encodePing(frame)
    case 'leave': return withCborBody(frame, leaveBody)
    case 'error': return withCborBody(frame, errorBody)
    case 'batch': return encodeBatchFrame(frame)
    case 'log-digest': return encodeLogDigest(frame)
    case 'log-want': return encodeLogWant(frame)
    case 'log-answer': return encodeLogAnswer(frame)
    case 'evidence': return encodeEvidence(frame)
    case 'topics': return encodeTopics(frame)
    case 'request': return encodeRequest(frame)
    case 'response': return encodeResponse(frame)
    case 'link-table': return encodeLinkTableFrame(frame)
    case 'table-digest': return encodeDigest(frame)
    case 'heads': return encodeHeads(frame)
    case 'relay-ping': return encodeRelayPing(frame)
    default: return assertNever(frame)
  }
}

function withCborBody (frame: Frame, schema: z.ZodType): Uint8Array {
  const { type, ...fields } = frame
  const body = encodeCbor(fields, schema)
  const bytes = newFrame(TAG[type], body.length)
  bytes.set(body, FRAME_HEAD_BYTES)
  return bytes
}
