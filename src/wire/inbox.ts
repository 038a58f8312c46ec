/**
 * The inbox of an identity: the topic of what is meant for it alone. It is found by those who were
 * told its delivery code; another code makes another inbox, and whoever writes to the former one
 * writes to nobody. Read next: `hall/inbox.ts`, which keeps the code of this node.
 */
import { assert } from '../errors.js'
import { identityToBytes, IDENTITY_BYTES, type Identity } from './identity.js'

export const DELIVERY_CODE_BYTES = 8

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
