/**
 * The inbox of an identity: the topic of what is meant for it alone. It is found by those who were
 * told its delivery code; another code makes another inbox, and whoever writes to the former one
 * writes to nobody. Read next: `hall/private/inbox.ts`, which keeps the codes of this node.
 */
import { assert } from '../errors.js'
import { copyBytes, getU53, setU53, viewOf } from './bytes.js'
import { parseHex, toHex } from './hex.js'
import { identityToBytes, IDENTITY_BYTES, type Identity } from './identity.js'

export const DELIVERY_CODE_BYTES = 8
/** A code and its date. */
export const DATED_CODE_BYTES = DELIVERY_CODE_BYTES + 8

/** A delivery code, and when its owner drew it: of two that were told the newer one counts. */
export interface DatedCode {
  /** 8 bytes. */
  readonly code: Uint8Array
  /** Wall clock of its owner, ms since 1970; each later than the one before. */
  readonly drawnMs: number
}

export function writeDatedCode ({ code, drawnMs }: DatedCode, into: Uint8Array, at: number): void {
  assert(code.length === DELIVERY_CODE_BYTES, 'a delivery code has 8 bytes')
  into.set(code, at)
  setU53(viewOf(into), at + DELIVERY_CODE_BYTES, drawnMs)
}

/** With memory of its own; null when the date is above 2^53 - 1. */
export function datedCodeAt (bytes: Uint8Array, at: number): DatedCode | null {
  const drawnMs = getU53(viewOf(bytes), at + DELIVERY_CODE_BYTES)
  return drawnMs < 0 ? null : { code: copyBytes(bytes, at, at + DELIVERY_CODE_BYTES), drawnMs }
}

/** The topic, 32 bytes: SHA-256 of delivery code and identity. `hash`: SHA-256. */
export function inboxTopic (
  deliveryCode: Uint8Array, identity: Identity, hash: (bytes: Uint8Array) => Uint8Array,
): Uint8Array {
  assert(deliveryCode.length === DELIVERY_CODE_BYTES, 'a delivery code has 8 bytes')
  const preimage = new Uint8Array(DELIVERY_CODE_BYTES + IDENTITY_BYTES)
  preimage.set(deliveryCode)
  preimage.set(identityToBytes(identity), DELIVERY_CODE_BYTES)
  return hash(preimage)
}

/** The tag of a record by which its owner tells every member where to write. */
export const INBOX_TAG = 'inbox'

/** A delivery code as that tag has it: 32 hex digits. */
export function inboxToTag (inbox: DatedCode): string {
  const bytes = new Uint8Array(DATED_CODE_BYTES)
  writeDatedCode(inbox, bytes, 0)
  return toHex(bytes)
}

/** Null for what is no such tag. */
export function inboxOfTag (text: string | undefined): DatedCode | null {
  const bytes = text?.length === 2 * DATED_CODE_BYTES ? parseHex(text) : null
  return bytes === null ? null : datedCodeAt(bytes, 0)
}
