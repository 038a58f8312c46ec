/** What the embedder is told: the objects of `run --json`, less `at`, which the hallway adds. */
import type { Identity } from '../wire/identity.js'

/** Why a link ended, as told in `link-down`. */
export const LINK_DOWN_REASONS = [
  'closed', 'silent', 'stalled', 'left', 'stale', 'replaced', 'banned', 'limit', 'protocol',
  'local',
] as const
export type LinkDownReason = typeof LINK_DOWN_REASONS[number]

export const WARNING_CODES = [
  'address-taken-over', 'clock-skew', 'clone-suspected', 'connect-refused', 'connect-unreachable',
  'identity-mismatch', 'log-forked', 'network-mismatch', 'peer-protocol', 'replaced', 'sample-key',
  'store-failed', 'version-mismatch',
] as const
export type WarningCode = typeof WARNING_CODES[number]

/** First notice of a node and given once: it accepts links. */
export interface Listening {
  readonly kind: 'listening'
  readonly id: Identity
  /** `host:port` that another machine may `--connect` to. */
  readonly address: string
  /** TCP port that is open on this machine; may differ from the advertised one. */
  readonly port: number
}

/** A peer without a ready link has one now. Strictly alternates with `link-down` per peer. */
export interface LinkUp {
  readonly kind: 'link-up'
  readonly peer: Identity
  readonly name: string
  readonly address: string
}

export interface LinkDown {
  readonly kind: 'link-down'
  readonly peer: Identity
  readonly reason: LinkDownReason
}

export interface PingReceived {
  readonly kind: 'ping'
  readonly peer: Identity
  readonly name: string
  readonly address: string
  readonly seq: number
  readonly text: string
  /** Round-trip time of the link, ms with one decimal, or null before the first measurement. */
  readonly rttMs: number | null
  /** Who passed it on, of a peer without a link; its round-trip time is then that of the way. */
  readonly via?: Identity
}

export interface Warning {
  readonly kind: 'warning'
  readonly code: WarningCode
  readonly message: string
}

/** A private message to this node; `text`, or `data` in base64 where it is not UTF-8. */
export interface MessageReceived {
  readonly kind: 'message'
  /** Who sealed and signed it. */
  readonly peer: Identity
  /** As claimed by the sender; '' when it claims none. */
  readonly name: string
  /** What the operator here calls the sender, or null. */
  readonly contact: string | null
  /** Seconds since 1970, by the sender's clock. */
  readonly timestamp: number
  readonly text?: string
  readonly data?: string
  readonly incarnation: number
  readonly seq: number
}

export type Notice = Listening | LinkUp | LinkDown | PingReceived | MessageReceived | Warning

/** Status of a peer as seen by this node. */
export type PeerStatus = 'linked' | 'via' | 'lost' | 'left' | 'banned' | 'pending'

/** One row of `peers()`. */
export interface PeerView {
  readonly id: Identity
  readonly name: string
  readonly address: string
  readonly status: PeerStatus
  /** It has this status since then, ms since 1970. */
  readonly sinceMs: number
  /** While it is `via`: members that tell a link with it, nearest first, at most 8. */
  readonly seenBy: readonly Identity[]
  readonly rttMs: number | null
  /** Ids of the topics it said it subscribed to, 64 hex digits each; only while linked. */
  readonly topics: readonly string[]
}
