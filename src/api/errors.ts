/**
 * Errors as the API tells them: `{error: {code, message}}` with a fitting HTTP status. A
 * GossipError keeps its code; the API has a few of its own. What nobody foresaw is 500, with a line
 * in the log. Read next: `app.ts`.
 */
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { ERRORS, GossipError, stripControl, type ErrorCode, type Log } from '../index.js'
import type { ApiError } from './schemas.js'

/** Codes that only the API gives, and their status. */
export const API_ERRORS = {
  'request-invalid': 400,
  'path-unknown': 404,
  'message-unknown': 404,
  'method-not-allowed': 405,
  'stream-unknown': 410,
  'body-too-large': 413,
  'media-type': 415,
  'internal': 500,
  'streams-full': 503,
} as const satisfies Record<string, Status>

export type ApiErrorCode = keyof typeof API_ERRORS

type Status = 400 | 404 | 405 | 409 | 410 | 413 | 415 | 500 | 501 | 502 | 503 | 504 | 507

/** A call that cannot be answered. */
export class ApiFault extends Error {
  readonly code: ApiErrorCode

  constructor (code: ApiErrorCode, message: string) {
    super(message)
    this.name = 'ApiFault'
    this.code = code
  }
}

/** Where the fault does not say it. */
const STATUS_OF_CODE: Readonly<Record<string, Status>> = {
  'busy': 503,
  'node-closed': 503,
  'not-stored': 504,
  'peer-unreachable': 504,
  'peer-unknown': 404,
  'contact-unknown': 404,
  'schedule-unknown': 404,
  'peer-ambiguous': 409,
  'contact-exists': 409,
  'contact-awaiting-key': 409,
  'not-linked': 409,
  'clock-skew': 409,
  'log-full': 507,
  'store-failed': 507,
}

/** HTTP status of a GossipError's code. */
export function statusOf (code: ErrorCode): Status {
  const known = STATUS_OF_CODE[code]
  if (known !== undefined) return known
  switch (ERRORS[code].fault) {
    case 'caller':
    case 'operator': return 400
    case 'environment': return 503
    case 'peer': return 502
  }
}

/** The answer to whatever was thrown. */
export function answerOf (error: unknown, log: Log): { status: Status, body: ApiError } {
  if (error instanceof GossipError) return answer(statusOf(error.code), error.code, error.message)
  if (error instanceof ApiFault) {
    return answer(API_ERRORS[error.code], error.code, error.message)
  }
  if (error instanceof HTTPException) return answerOf(faultOf(error), log)
  const why = error instanceof Error ? error.stack ?? error.message : String(error)
  log({ level: 'error', area: 'api', message: `a call failed: ${why}` })
  return answer(500, 'internal', 'the call failed inside the node: its log says why')
}

export function respond (c: Context, error: unknown, log: Log): Response {
  const { status, body } = answerOf(error, log)
  return c.json(body, status)
}

function answer (
  status: Status, code: string, message: string,
): { status: Status, body: ApiError } {
  return { status, body: { error: { code, message: stripControl(message) } } }
}

/** What hono itself refuses: a body that is no JSON, or of another type. */
function faultOf ({ status, message }: HTTPException): ApiFault {
  if (status === 415) {
    return new ApiFault('media-type', 'send the body as content-type: application/json')
  }
  return new ApiFault('request-invalid', message === '' ? 'the call cannot be read' : message)
}
