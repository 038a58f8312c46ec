/**
 * What a member says of itself, signed by it, and the bytes that signatures cover.
 *
 * A record travels as received bytes (`SignedRecord`) and is never encoded again by anyone but its
 * author. Read next: `core/roster.ts`, which judges records.
 */

import { z } from 'zod'
import { WIRE_LIMITS } from '../limits.js'
import { assert } from '../errors.js'
import { utf8Encode, utf8Length } from './bytes.js'
import { decodeCbor, encodeCbor } from './cbor.js'
import { address, bytesField, textField, u32, u53 } from './fields.js'
import { IDENTITY_BYTES } from './identity.js'
import { BOX_KEY_BYTES } from './private.js'
import { isRefusal, refusal, type Refusal } from './refusal.js'

/** A record as it travels: CBOR body and the signature over `signedBytes('record', …)`. */
export interface SignedRecord {
  readonly body: Uint8Array
  readonly signature: Uint8Array
}

/** A decoded record body. Newest (incarnation, version) wins. */
export interface MemberRecord {
  /** SPKI DER; its SHA-256 is the identity. */
  readonly publicKey: Uint8Array
  /** One run of a node: wall clock ms × 1024 + 10 random bits. */
  readonly incarnation: number
  /** Counts the records of one incarnation from 1; fits a u32. */
  readonly version: number
  /** Wall clock of the author, ms since 1970. */
  readonly issuedMs: number
  readonly state: 'up' | 'left'
  readonly name: string
  /** Where the author can be dialled, `host:port`, its own only, best first. */
  readonly addresses: readonly string[]
  readonly tags: Readonly<Record<string, string>>
  /** True: forgotten soon after it is lost (no data directory behind it). */
  readonly ephemeral: boolean
  /** X25519 public key for private messages, 32 bytes, or null when the author takes none. */
  readonly boxKey: Uint8Array | null
}

/** What a signature is for; one signed thing can never be taken for another. */
export type SignatureKind = 'record' | 'batch' | 'link-table' | 'relay-ping'

/** What the store keeps of a member this node was linked with. */
export interface StoredMember extends SignedRecord {
  /** Address that last led to it, or null. */
  readonly address: string | null
  /** Wall clock when last linked, ms since 1970. */
  readonly linkedMs: number
}

/** The CBOR body of the own record. Throws when it exceeds a limit: a bug of ours. */
export function encodeRecord (record: MemberRecord): Uint8Array {
  const body = encodeCbor(record, recordBody)
  assert(body.length <= WIRE_LIMITS.recordBytesMax, 'the own record is within its limit')
  return body
}

/** Reads a record body. Whatever is wrong, the refusal is `record-malformed`. Never throws. */
export function decodeRecord (body: Uint8Array): MemberRecord | Refusal {
  if (body.length > WIRE_LIMITS.recordBytesMax) {
    return refusal('record-malformed', `record: is longer than ${WIRE_LIMITS.recordBytesMax} bytes`)
  }
  const record = decodeCbor<MemberRecord>(body, recordBody)
  return isRefusal(record) ? refusal('record-malformed', `record: ${record.message}`) : record
}

/**
 * What a signature covers: `p2p-gossip/1 <kind>`, a zero byte, the SHA-256 of the network name, and
 * the body as received. Throws when `networkHash` is not 32 bytes: a bug of the caller.
 */
export function signedBytes (
  kind: SignatureKind, networkHash: Uint8Array, body: Uint8Array,
): Uint8Array {
  assert(networkHash.length === IDENTITY_BYTES, 'a network hash has 32 bytes')
  const label = utf8Encode(`p2p-gossip/1 ${kind}\0`)
  const bytes = new Uint8Array(label.length + IDENTITY_BYTES + body.length)
  bytes.set(label)
  bytes.set(networkHash, label.length)
  bytes.set(body, label.length + IDENTITY_BYTES)
  return bytes
}

// Not z.record: it drops the key `__proto__`, which is as good a tag as any.
const tagsField = z.custom<Record<string, string>>(isTags, 'must be texts within their limits')

// `version` is a u32 because a roster digest tells it as one.
const recordBody = z.strictObject({
  publicKey: bytesField(1, WIRE_LIMITS.publicKeyBytesMax),
  incarnation: u53,
  version: u32,
  issuedMs: u53,
  state: z.enum(['up', 'left']),
  name: textField(WIRE_LIMITS.nameBytesMax),
  addresses: z.array(address).max(WIRE_LIMITS.addressesPerRecordMax),
  tags: tagsField,
  ephemeral: z.boolean(),
  boxKey: bytesField(BOX_KEY_BYTES, BOX_KEY_BYTES).nullable(),
})

function isTags (value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value) || value instanceof Uint8Array) return false
  const entries: [string, unknown][] = Object.entries(value)
  if (entries.length > WIRE_LIMITS.tagsPerRecordMax) return false
  let bytes = 0
  for (const [key, text] of entries) {
    if (typeof text !== 'string') return false
    bytes += utf8Length(key) + utf8Length(text)
  }
  return bytes <= WIRE_LIMITS.tagBytesMax
}
