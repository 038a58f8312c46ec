/**
 * The one Event union: facts that enter the core. Plain data: printable, comparable, replayable.
 * Read next: `effect.ts` for what comes out, `core.ts` for the routing.
 */
import type { Frame, Refusal } from '../wire/frame.js'
import type { Identity } from '../wire/identity.js'
import type { StoredMember } from '../wire/record.js'

declare const linkBrand: unique symbol
declare const askBrand: unique symbol
/** Names one TLS connection for the life of a node. */
export type LinkId = number & { readonly [linkBrand]: true }
/** Names one ask: an effect that expects an answer. */
export type AskId = number & { readonly [askBrand]: true }

/** Where to dial, and who must answer there (null: whoever it proves to be). */
export interface Target {
  readonly address: string
  readonly identity: Identity | null
}

/** Why the socket ended, as the transport saw it. */
export type LinkEnd = 'closed' | 'stalled'

export type Event =
  /** The node listens; comes first and once. `addresses`: own `host:port`, best first. */
  | {
    readonly kind: 'started'
    readonly addresses: readonly string[]
    readonly port: number
    readonly stored: readonly StoredMember[]
    readonly incarnationStored: number
  }
  /** The wall clock is `nowMs + offsetMs`; told at start and whenever it moved by 50 ms or more. */
  | { readonly kind: 'clock-set', readonly offsetMs: number }
  /** Interfaces came or went. */
  | {
    readonly kind: 'addresses-changed'
    readonly addresses: readonly string[]
    readonly port: number
  }
  /** The timer fired, this much after it was due. */
  | { readonly kind: 'tick', readonly lateMs: number }
  /** The inbox is empty: everything that waited was handled. */
  | { readonly kind: 'drained' }
  /** A TLS connection is up and the peer proved its key. `ask` is null on the accepting side. */
  | {
    readonly kind: 'link-opened'
    readonly link: LinkId
    readonly ask: AskId | null
    readonly peer: Identity
    readonly publicKey: Uint8Array
    /** `host:port` of the other end of the socket. */
    readonly remote: string
  }
  | { readonly kind: 'frame-received', readonly link: LinkId, readonly frame: Frame }
  /** Bytes came that are no frame: the offender's link is closed. */
  | { readonly kind: 'frame-refused', readonly link: LinkId, readonly refusal: Refusal }
  /** Bytes came that do not complete a frame: a sign of life. */
  | { readonly kind: 'bytes-received', readonly link: LinkId }
  | { readonly kind: 'link-closed', readonly link: LinkId, readonly end: LinkEnd }
  /** A dial did not lead to a TLS connection. */
  | {
    readonly kind: 'dial-failed'
    readonly ask: AskId
    readonly code: string
    readonly message: string
  }
  /** Something could not be kept; the node goes on in memory. */
  | { readonly kind: 'store-failed', readonly message: string }
  /** The operator names an address. */
  | { readonly kind: 'connect-asked', readonly target: Target }
  /** The operator ends this node. */
  | { readonly kind: 'leave-asked' }
