/**
 * The one Effect union: what the core wants done. Plain data; order in the list is the order in
 * which the hallway performs it. An effect that carries an `ask` comes back as one event.
 */
import type { Frame } from '../wire/frame.js'
import type { Identity } from '../wire/identity.js'
import type { StoredMember } from '../wire/record.js'
import type { AskId, LinkId } from './event.js'
import type { Notice } from './notice.js'


export type LogLevel = 'error' | 'warn' | 'info' | 'debug' | 'trace'

export type Effect =
  /** Ask. Open a TLS connection; comes back as `link-opened` or `dial-failed`. */
  | { readonly kind: 'dial', readonly ask: AskId, readonly address: string }
  /** The answer of this dial is no longer wanted: abandon it, say nothing. */
  | { readonly kind: 'abandon-dial', readonly ask: AskId }
  /** One frame, encoded once, to one or many links. */
  | { readonly kind: 'send', readonly links: readonly LinkId[], readonly frame: Frame }
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
  /** Leaving is done as far as the core is concerned: outboxes may flush, then all ends. */
  | { readonly kind: 'left' }
