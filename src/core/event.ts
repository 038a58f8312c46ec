/**
 * The one Event union: facts that enter the core. Plain data: printable, comparable, replayable.
 * Read next: `effect.ts` for what comes out, `core.ts` for the routing.
 */
import type { Item } from '../wire/bulletin.js'
import type { Frame, Refusal, ResponseStatus } from '../wire/frame.js'
import type { Identity } from '../wire/identity.js'
import type { DatedCode } from '../wire/inbox.js'
import type { StoredMember } from '../wire/record.js'
import type { BatchKey, BatchSummary, Validation, Verdict } from './bulletins/vocabulary.js'

declare const linkBrand: unique symbol
declare const askBrand: unique symbol
declare const publicationBrand: unique symbol
declare const requestBrand: unique symbol
declare const offerBrand: unique symbol
declare const purgeBrand: unique symbol
/** Names one TLS connection for the life of a node. */
export type LinkId = number & { readonly [linkBrand]: true }
/** Names one call of `publish`. */
export type PublicationId = number & { readonly [publicationBrand]: true }
/** Names one call of `request`. */
export type RequestId = number & { readonly [requestBrand]: true }
/** Names one batch of a file. */
export type OfferId = number & { readonly [offerBrand]: true }
/** Names one call of `purge`. */
export type PurgeId = number & { readonly [purgeBrand]: true }
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
    /** X25519 public key that the own record tells, 32 bytes. */
    readonly boxKey: Uint8Array | null
    /** Every batch in the store. */
    readonly batches: readonly BatchSummary[]
  }
  /** The wall clock is `nowMs + offsetMs`; told at start and whenever it moved by 50 ms or more. */
  | { readonly kind: 'clock-set', readonly offsetMs: number }
  /** Where every member may write to this node, told in the own record; null: it is not told. */
  | { readonly kind: 'inbox-told', readonly inbox: DatedCode | null }
  /** Interfaces came or went. */
  | {
    readonly kind: 'addresses-changed'
    readonly addresses: readonly string[]
    readonly port: number
  }
  /** The timer fired, this much after it was due. */
  | { readonly kind: 'tick', readonly lateMs: number }
  /**
   * The inbox is empty: everything that waited was handled. `isBusy`: bulletins handed out before
   * still wait for some link.
   */
  | { readonly kind: 'drained', readonly isBusy: boolean }
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
  /** The operator takes it back: it is dialled no more, a link that is there stays. */
  | { readonly kind: 'disconnect-asked', readonly target: Target }
  /** The operator wants a member without a link forgotten; comes back as `forget-settled`. */
  | { readonly kind: 'forget-asked', readonly peer: Identity }
  /**
   * A bulletin to publish; its work was done before. Comes back as `published`. Bytes are the
   * core's from now on.
   */
  | {
    readonly kind: 'publish-asked'
    readonly publication: PublicationId
    readonly item: Item
    /** In a batch of its own. */
    readonly alone: boolean
    readonly hopsMax: number
  }
  /** Checks of signature, items and work are done. */
  | { readonly kind: 'batch-checked', readonly ask: AskId, readonly verdict: Verdict }
  /** The worst verdict of the validators of its bulletins' topics. */
  | {
    readonly kind: 'batch-validated'
    readonly ask: AskId
    readonly verdict: Validation
    /** Where that is not `accept`: offsets of the bulletins that were accepted all the same. */
    readonly accepted?: readonly number[]
  }
  /** A batch is stored, or could not be. */
  | { readonly kind: 'batch-stored', readonly ask: AskId, readonly isStored: boolean }
  /** What was read from the store, in the order asked for; null for what is gone. */
  | {
    readonly kind: 'batches-read'
    readonly ask: AskId
    readonly batches: readonly (Uint8Array | null)[]
  }
  /**
   * A batch of a file, under the same checks as those of links; comes back as `offer-settled`.
   * Bytes are the core's from now on.
   */
  | { readonly kind: 'batch-offered', readonly offer: OfferId, readonly batch: Uint8Array }
  /** Batches that the operator wants gone; comes back as `purged`. */
  | {
    readonly kind: 'purge-asked'
    readonly purge: PurgeId
    readonly keys: readonly BatchKey[]
  }
  /**
   * Topics subscribed to here, all of them, 32 bytes each; `validated`: those with a validator, or
   * `all` when one judges what no other does.
   */
  | {
    readonly kind: 'topics-set'
    readonly topics: readonly Uint8Array[]
    readonly validated: readonly Uint8Array[] | 'all'
  }
  /** An application asks a linked peer; comes back as `request-answered`. */
  | {
    readonly kind: 'request-asked'
    readonly request: RequestId
    readonly peer: Identity
    readonly name: string
    readonly body: Uint8Array
    readonly timeoutMs: number
  }
  /** A handler here is done with a request of a peer. */
  | {
    readonly kind: 'request-served'
    readonly link: LinkId
    readonly id: number
    readonly status: ResponseStatus
    readonly body: Uint8Array
  }
  /** A request or an answer found no room in the queue of a link: it was not sent. */
  | {
    readonly kind: 'request-overflowed'
    readonly link: LinkId
    readonly id: number
    readonly what: 'request' | 'response'
  }
  /** More was queued for a link than it may hold: its queued bulletins were dropped. */
  | { readonly kind: 'link-overflowed', readonly link: LinkId }
  /** A round besides the built-in rhythm: everybody linked is pinged, rosters and logs compared. */
  | { readonly kind: 'round-asked' }
  /** The operator ends this node. */
  | { readonly kind: 'leave-asked' }
