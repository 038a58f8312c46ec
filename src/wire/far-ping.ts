/**
 * The body of a request by which a ping is passed on: nonce 16 | u8 links it may pass | target 32.
 * Read next: `hall/far-pings.ts`, which passes it on.
 */
import { ROUTE_LIMITS } from '../limits.js'
import {
  IDENTITY_BYTES, identityFromHash, identityToBytes, type Identity,
} from './identity.js'
import { NONCE_BYTES } from './private.js'

/** One ping on its way. */
export interface FarPing {
  /** Random, 16 bytes; the answer. */
  readonly nonce: Uint8Array
  /** Links it may pass, the one that it is sent on among them: 1 to 8. */
  readonly hopsLeft: number
  /** Who is to answer. */
  readonly target: Identity
}

const TARGET_AT = NONCE_BYTES + 1

export function encodeFarPing ({ nonce, hopsLeft, target }: FarPing): Uint8Array {
  const body = new Uint8Array(TARGET_AT + IDENTITY_BYTES)
  body.set(nonce)
  body[NONCE_BYTES] = hopsLeft
  body.set(identityToBytes(target), TARGET_AT)
  return body
}

/** Null for what is no such body. */
export function decodeFarPing (body: Uint8Array): FarPing | null {
  if (body.length !== TARGET_AT + IDENTITY_BYTES) return null
  const hopsLeft = body[NONCE_BYTES] ?? 0
  if (hopsLeft < 1 || hopsLeft > ROUTE_LIMITS.relayPingHopsMax) return null
  const target = identityFromHash(body.subarray(TARGET_AT))
  return { nonce: body.slice(0, NONCE_BYTES), hopsLeft, target }
}
