/**
 * Schemas of single fields, shared by bodies of frames (`schemas.ts`) and records (`record.ts`).
 * Lengths of texts are UTF-8 bytes.
 */
import { z } from 'zod'
import { WIRE_LIMITS } from '../limits.js'
import { parseAddress } from './address.js'
import { U32_MAX, utf8Length } from './bytes.js'

/** A whole number from 0 to 2^53 - 1. */
export const u53 = z.int().min(0)
export const u32 = z.int().min(0).max(U32_MAX)

/** A byte string of `bytesMin` to `bytesMax` bytes. */
export function bytesField (bytesMin: number, bytesMax: number): z.ZodType<Uint8Array> {
  return z.custom<Uint8Array>(
    value => value instanceof Uint8Array && value.length >= bytesMin && value.length <= bytesMax,
    `must be ${bytesMin === bytesMax ? '' : `${bytesMin} to `}${bytesMax} bytes`,
  )
}

/** A text of at most `bytesMax` bytes. */
export function textField (bytesMax: number): z.ZodString {
  return z.string().refine(
    text => text.length <= bytesMax && utf8Length(text) <= bytesMax,
    `must be at most ${bytesMax} bytes`,
  )
}

/** `host:port`. */
export const address = textField(WIRE_LIMITS.addressBytesMax).refine(
  text => parseAddress(text) !== null, 'must be host:port',
)

/** A signed record as it travels; its body is not looked into here. */
export const signedRecord = z.strictObject({
  body: bytesField(1, WIRE_LIMITS.recordBytesMax),
  signature: bytesField(1, WIRE_LIMITS.signatureBytesMax),
})
