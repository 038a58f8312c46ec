/**
 * Layouts of what is only for one: private messages, and the greetings by which contacts find each
 * other. Inside of every sealed box stands who sealed it for whom, since a box itself says neither;
 * what is said counts only when it agrees with who signed or linked.
 *
 *     u8 1 | u8 kind | sender, 32 bytes | recipient, 32 bytes | body
 *
 *     kind 1, text             the content
 *     kind 2, inbox-changed    delivery code, 8 bytes | u64 when it was drawn, ms
 *     kind 3, greeting         nonce, 16 bytes
 *     kind 4, greeting-answer  the nonce of the greeting | delivery code | u64 when it was drawn
 *
 * Encoder beside decoder; decoders give refusals. Read next: `inbox.ts` for delivery codes,
 * `hall/private/mail.ts` and `hall/private/greetings.ts` for what is believed.
 */
import { assert } from '../errors.js'
import { copyBytes } from './bytes.js'
import { identityAt, IDENTITY_BYTES, writeIdentity, type Identity } from './identity.js'
import {
  DATED_CODE_BYTES, datedCodeAt, writeDatedCode, type DatedCode,
} from './inbox.js'
import { isRefusal, refusal, type Refusal } from './refusal.js'

/** X25519 keys, public and secret. */
export const BOX_KEY_BYTES = 32
/** What a sealed box adds: an ephemeral public key, and a tag of 16 bytes. */
export const BOX_BYTES = BOX_KEY_BYTES + 16
export const NONCE_BYTES = 16
/** Of a SHA-256: tells which of its keys the greeted is to open with. */
export const HINT_BYTES = 8

const VERSION = 1
const HEAD_BYTES = 2 + 2 * IDENTITY_BYTES
const KINDS = ['text', 'inbox-changed', 'greeting', 'greeting-answer'] as const

/** What a private message adds to its content. */
export const PRIVATE_BYTES = BOX_BYTES + HEAD_BYTES
/** Body of a greeting's request. */
export const GREETING_BYTES = HINT_BYTES + PRIVATE_BYTES + NONCE_BYTES

interface Between {
  readonly sender: Identity
  readonly recipient: Identity
}

/** What is in a sealed box. */
export type Private =
  | Between & { readonly kind: 'text', readonly content: Uint8Array }
  | Between & { readonly kind: 'inbox-changed', readonly inbox: DatedCode }
  | Between & { readonly kind: 'greeting', readonly nonce: Uint8Array }
  | Between & {
    readonly kind: 'greeting-answer', readonly nonce: Uint8Array, readonly inbox: DatedCode,
  }

export function encodePrivate (what: Private): Uint8Array {
  const body = bodyOf(what)
  const bytes = new Uint8Array(HEAD_BYTES + body.length)
  bytes[0] = VERSION
  bytes[1] = KINDS.indexOf(what.kind) + 1
  writeIdentity(what.sender, bytes, 2)
  writeIdentity(what.recipient, bytes, 2 + IDENTITY_BYTES)
  bytes.set(body, HEAD_BYTES)
  return bytes
}

/** Byte fields have memory of their own. */
export function decodePrivate (bytes: Uint8Array): Private | Refusal {
  if (bytes.length < HEAD_BYTES) return malformed('ends early')
  if (bytes[0] !== VERSION) return malformed('is of an unknown version')
  const kind = KINDS[(bytes[1] ?? 0) - 1]
  if (kind === undefined) return malformed('is of an unknown kind')
  const between = {
    sender: identityAt(bytes, 2), recipient: identityAt(bytes, 2 + IDENTITY_BYTES),
  }
  const body = bytes.subarray(HEAD_BYTES)
  switch (kind) {
    case 'text': return { kind, ...between, content: copyBytes(body, 0, body.length) }
    case 'inbox-changed': {
      const inbox = decodeInbox(body)
      return isRefusal(inbox) ? inbox : { kind, ...between, inbox }
    }
    case 'greeting':
      if (body.length !== NONCE_BYTES) return malformed('greeting: the nonce has 16 bytes')
      return { kind, ...between, nonce: copyBytes(body, 0, NONCE_BYTES) }
    case 'greeting-answer': {
      if (body.length < NONCE_BYTES) return malformed('greeting-answer: ends early')
      const inbox = decodeInbox(body.subarray(NONCE_BYTES))
      const nonce = copyBytes(body, 0, NONCE_BYTES)
      return isRefusal(inbox) ? inbox : { kind, ...between, nonce, inbox }
    }
  }
}

function bodyOf (what: Private): Uint8Array {
  switch (what.kind) {
    case 'text': return what.content
    case 'inbox-changed': return encodeInbox(what.inbox)
    case 'greeting':
      assert(what.nonce.length === NONCE_BYTES, 'a nonce has 16 bytes')
      return what.nonce
    case 'greeting-answer': return joined(what.nonce, encodeInbox(what.inbox))
  }
}

/** A delivery code as it is told: 16 bytes. */
export function encodeInbox (inbox: DatedCode): Uint8Array {
  const bytes = new Uint8Array(DATED_CODE_BYTES)
  writeDatedCode(inbox, bytes, 0)
  return bytes
}

export function decodeInbox (bytes: Uint8Array): DatedCode | Refusal {
  const inbox = bytes.length === DATED_CODE_BYTES ? datedCodeAt(bytes, 0) : null
  return inbox ?? malformed('a delivery code has 8 bytes and 8 of its date')
}

/** Names an exchange key without telling it. `hash`: SHA-256. */
export function hintOf (
  publicKey: Uint8Array, hash: (bytes: Uint8Array) => Uint8Array,
): Uint8Array {
  return copyBytes(hash(publicKey), 0, HINT_BYTES)
}

/** The body of a greeting: the hint of the recipient's exchange key, and a box sealed to it. */
export function joinGreeting (hint: Uint8Array, sealed: Uint8Array): Uint8Array {
  assert(hint.length === HINT_BYTES, 'a hint has 8 bytes')
  return joined(hint, sealed)
}

export function splitGreeting (
  body: Uint8Array,
): { hint: Uint8Array, sealed: Uint8Array } | Refusal {
  if (body.length !== GREETING_BYTES) {
    return malformed(`greeting: has ${GREETING_BYTES} bytes`)
  }
  return { hint: body.subarray(0, HINT_BYTES), sealed: body.subarray(HINT_BYTES) }
}

function joined (one: Uint8Array, other: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(one.length + other.length)
  bytes.set(one)
  bytes.set(other, one.length)
  return bytes
}

function malformed (what: string): Refusal {
  return refusal('body-malformed', `private: ${what}`)
}
