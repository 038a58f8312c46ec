/**
 * The one Effect union: what the core wants done. Plain data; order in the list is the order in
 * which the hallway performs it. An effect that carries an `ask` comes back as one event.
 */
import type { Frame, ResponseStatus } from '../wire/frame.js'
import type { Identity } from '../wire/identity.js'
import type { StoredMember } from '../wire/record.js'
import type { BatchKey, Delivery, OfferOutcome, StoredBatch } from './bulletins/vocabulary.js'
import type { AskId, LinkId, OfferId, PublicationId, PurgeId, RequestId } from './event.js'
import type { Notice } from './notice.js'

export type LogLevel = 'error' | 'warn' | 'info' | 'debug' | 'trace'

export type Effect =
  /** Ask. Open a TLS connection; comes back as `link-opened` or `dial-failed`. */
  | { readonly kind: 'dial', readonly ask: AskId, readonly address: string }
  /** The answer of this dial is no longer wanted: abandon it, say nothing. */
  | { readonly kind: 'abandon-dial', readonly ask: AskId }
  /** One frame, encoded once, to one or many links; its lane is decided by its type. */
  | {
    readonly kind: 'send'
    readonly links: readonly LinkId[]
    readonly frame: Frame
    /** A batch that answers a want gives way to live ones. */
    readonly isAnswer?: boolean
  }
  /** Flush what is queued, then end the connection. It comes back as `link-closed` all the same. */
  | { readonly kind: 'close', readonly link: LinkId }
  /** Keep (or with null drop) a member's row; only a failure comes back, as `store-failed`. */
  | {
    readonly kind: 'store-member'
    readonly identity: Identity
    readonly member: StoredMember | null
  }
  /** Keep the newest incarnation drawn. */
  | { readonly kind: 'store-incarnation', readonly incarnation: number }
  | { readonly kind: 'notify', readonly notice: Notice }
  | {
    readonly kind: 'log'
    readonly level: LogLevel
    readonly area: string
    readonly message: string
  }
  /** An operator's address led to a ready link, or to somebody else than was named. */
  | {
    readonly kind: 'connect-settled'
    readonly address: string
    readonly peer: Identity
    /** Null when linked; else the identity that was demanded there. */
    readonly expected: Identity | null
  }
  /** What came of `forget-asked`. `unknown`: nothing was known of it. */
  | {
    readonly kind: 'forget-settled'
    readonly peer: Identity
    readonly outcome: 'forgotten' | 'unknown' | 'linked'
  }
  /** Ask. Check signature, items and work of a batch; comes back as `batch-checked`. */
  | {
    readonly kind: 'check-batch'
    readonly ask: AskId
    readonly batch: Uint8Array
    /** Whoever works for bulletins: 32 bytes of the author's identity. */
    readonly author: Identity
  }
  /** Ask. Let the validators judge a checked batch; comes back as `batch-validated`. */
  | {
    readonly kind: 'validate-batch'
    readonly ask: AskId
    readonly batch: Uint8Array
    readonly author: Identity
    /** Who sent it here; null for a file. */
    readonly from: Identity | null
  }
  /** Ask. Keep a batch; comes back as `batch-stored`. */
  | { readonly kind: 'store-batch', readonly ask: AskId, readonly batch: StoredBatch }
  /** Ask. Read batches; comes back as `batches-read`. */
  | { readonly kind: 'read-batches', readonly ask: AskId, readonly keys: readonly BatchKey[] }
  /** Batches that expired or gave way. */
  | { readonly kind: 'drop-batches', readonly keys: readonly BatchKey[] }
  /** Bulletins for the subscribers here, each position once and in order. */
  | { readonly kind: 'deliver', readonly delivery: Delivery }
  /** Positions of a log that will not come, or come late: told to subscribers of its topics. */
  | {
    readonly kind: 'gap'
    readonly author: Identity
    readonly incarnation: number
    readonly first: number
    readonly last: number
  }
  /** A bulletin has its position and was handed to `linked` links. */
  | {
    readonly kind: 'published'
    readonly publication: PublicationId
    /** Of the log that it is in. */
    readonly incarnation: number
    readonly position: number
    readonly linked: number
  }
  /** Publishing failed. */
  | {
    readonly kind: 'publish-failed'
    readonly publication: PublicationId
    readonly code: 'busy' | 'clock-skew' | 'closed' | 'log-full' | 'store-failed'
  }
  /** What came of a batch of a file. */
  | {
    readonly kind: 'offer-settled'
    readonly offer: OfferId
    readonly outcome: OfferOutcome
  }
  /** Batches the operator wanted gone left the index; `bulletins`: how many those were. */
  | { readonly kind: 'purged', readonly purge: PurgeId, readonly bulletins: number }
  /** A linked member stored own bulletins up to a position; `carries`: it keeps them for others. */
  | {
    readonly kind: 'receipt'
    readonly peer: Identity
    readonly position: number
    readonly carries: boolean
  }
  /** A linked peer's application asks; its handler here answers with `request-served`. */
  | {
    readonly kind: 'serve-request'
    readonly link: LinkId
    readonly id: number
    readonly peer: Identity
    readonly name: string
    readonly body: Uint8Array
  }
  /** What came of a request. `not-linked` and `timeout` are this node's own words. */
  | {
    readonly kind: 'request-answered'
    readonly request: RequestId
    readonly status: ResponseStatus | 'not-linked' | 'timeout' | 'closed'
    readonly body: Uint8Array
  }
  /** Stop (true) or go on (false) reading a link: its checks pile up. */
  | { readonly kind: 'pause-link', readonly link: LinkId, readonly paused: boolean }
  /** Leaving is done as far as the core is concerned: outboxes may flush, then all ends. */
  | { readonly kind: 'left' }
