/**
 * Why bytes are no frame or no record. Remote faults are data: decoders return a refusal and never
 * throw. Read next: `reader.ts`, which stays refused once it met one.
 */

/** What is wrong with the bytes, in a word. docs/protocol.md says when each is given. */
export type RefusalCode =
  | 'frame-too-long' | 'frame-empty' | 'body-malformed' | 'body-too-deep' | 'value-out-of-range'
  | 'record-malformed' | 'batch-malformed'

/** `message` says what was wrong where, for the log of the node that refuses. */
export interface Refusal {
  readonly type: 'refusal'
  readonly code: RefusalCode
  readonly message: string
}

export function refusal (code: RefusalCode, message: string): Refusal {
  return { type: 'refusal', code, message }
}

/** Tells a refusal from whatever was asked for. */
export function isRefusal (value: object): value is Refusal {
  return 'type' in value && value.type === 'refusal'
}
