/**
 * Bodies of the CBOR frames: one strict schema for both directions, keys as in `frame.ts`. No key
 * is ever added to one of them; growth is by new tags.
 */
import { z } from 'zod'
import { WIRE_LIMITS } from '../limits.js'
import { address, bytesField, signedRecord, textField, u53 } from './fields.js'
import { ADMISSIONS, REFUSE_CODES } from './frame.js'
import { IDENTITY_BYTES } from './identity.js'

export const helloBody = z.strictObject({
  version: u53,
  network: bytesField(IDENTITY_BYTES, IDENTITY_BYTES),
  admission: z.enum(ADMISSIONS),
  incarnation: u53,
  wallMs: u53,
  seenAt: address.nullable(),
  linkless: z.boolean(),
})

export const welcomeBody = z.strictObject({ record: signedRecord })

export const refuseBody = z.strictObject({
  code: z.enum(REFUSE_CODES),
  retryAfterMs: u53,
  record: signedRecord.nullable(),
  others: z.array(address).max(WIRE_LIMITS.refuseOthersMax),
})

export const recordsBody = z.strictObject({
  entries: z.array(z.strictObject({ record: signedRecord, linked: z.boolean() }))
    .max(WIRE_LIMITS.recordsPerFrameMax),
})

export const leaveBody = z.strictObject({ record: signedRecord })

export const errorBody = z.strictObject({
  code: textField(WIRE_LIMITS.errorTextBytesMax),
  message: textField(WIRE_LIMITS.errorTextBytesMax),
})
