/**
 * The frames of a link: one union, one tag table. Shapes only; bytes are in `encode.ts` and
 * `decode.ts`, the cutting of chunks in `reader.ts`. docs/protocol.md describes every field.
 */
import type { Identity } from './identity.js'
import type { SignedRecord } from './record.js'

export type { Refusal, RefusalCode } from './refusal.js'

/** Version of the protocol, spoken in hello and named by ALPN `p2p-gossip/1`. */
export const PROTOCOL_VERSION = 1

/**
 * Tags on the wire. APPEND ONLY: a number once given is never used for anything else. Gaps are kept
 * for the frames that the design names but this version does not speak yet.
 */
export const TAG = {
  hello: 1,
  welcome: 2,
  refuse: 3,
  'roster-digest': 4,
  records: 5,
  alive: 6,
  heartbeat: 7,
  ping: 8,
  leave: 9,
  error: 10,
} as const

export type FrameType = keyof typeof TAG

/** How strangers become members; told in hello so that a mismatch is refused by name. */
export const ADMISSIONS = ['open', 'approve', 'invite'] as const
export type Admission = typeof ADMISSIONS[number]

/** First frame of both ends. */
export interface Hello {
  readonly type: 'hello'
  readonly version: number
  /** SHA-256 of the network name. */
  readonly network: Uint8Array
  readonly admission: Admission
  readonly incarnation: number
  /** Sender's wall clock, ms since 1970. */
  readonly wallMs: number
  /** `host:port` the other end is seen at, or null when unknown. */
  readonly seenAt: string | null
  /** True when the sender has no ready link at all: it may take a spare slot. */
  readonly linkless: boolean
}

/** The other end's hello is accepted; carries the sender's own record. */
export interface Welcome {
  readonly type: 'welcome'
  readonly record: SignedRecord
}

export const REFUSE_CODES = [
  'version', 'network', 'admission', 'clock-skew', 'stale', 'replaced', 'full', 'self', 'banned',
  'shutdown',
] as const
export type RefuseCode = typeof REFUSE_CODES[number]

/** The other end's hello is not accepted; the sender closes after it. */
export interface Refuse {
  readonly type: 'refuse'
  readonly code: RefuseCode
  /** The refused node waits at least this long, ms. */
  readonly retryAfterMs: number
  /** With `stale` and `replaced`: the newer record, signed by the refused node's own key. */
  readonly record: SignedRecord | null
  /** With `full`, to members only: `host:port` of others to try. */
  readonly others: readonly string[]
}

/** One member in a digest: newest (incarnation, version) that the sender knows. */
export interface DigestRow {
  readonly identity: Identity
  readonly incarnation: number
  readonly version: number
}

/** What a roster holds: its hash, and its rows when hashes were seen to differ. */
export interface RosterDigest {
  readonly type: 'roster-digest'
  readonly hash: Uint8Array
  /** Null: only the hash. Rows are answered with the records that their sender lacks. */
  readonly rows: readonly DigestRow[] | null
  /** True when these rows answer rows, and so want none back. */
  readonly answer: boolean
}

export interface RecordEntry {
  readonly record: SignedRecord
  /** Sender holds a ready link with this member now. Unsigned: a hint to redial, nothing more. */
  readonly linked: boolean
}

export interface Records {
  readonly type: 'records'
  readonly entries: readonly RecordEntry[]
}

/** A lost peer that the sender is linked with again. */
export interface AliveMember {
  readonly identity: Identity
  readonly incarnation: number
}

export interface Alive {
  readonly type: 'alive'
  readonly members: readonly AliveMember[]
}

/** Fixed layout. Sequences count from 1 on each link and wrap at 2^32. */
export interface Heartbeat {
  readonly type: 'heartbeat'
  readonly sequence: number
  /** Last sequence received from the other end, 0 for none. */
  readonly echo: number
  /** How long that echo was held before this left, in units of 0.1 ms, at most 2^32 - 1. */
  readonly heldTenthsMs: number
  /** Head of the sender's own log; 0 while it published nothing. */
  readonly ownHead: number
  /** Head up to which the sender has stored the receiver's log; 0 for nothing. */
  readonly storedHead: number
  /** Every 60th heartbeat carries the sender's wall clock, ms since 1970. */
  readonly wallMs: number | null
}

export interface Ping {
  readonly type: 'ping'
  /** Counts a sender's pings from 1. */
  readonly sequence: number
  readonly text: string
}

/** The sender leaves the network; its record says `left`. */
export interface Leave {
  readonly type: 'leave'
  readonly record: SignedRecord
}

/** Why the sender closes this link. Last frame before the end; for people and logs. */
export interface ErrorFrame {
  readonly type: 'error'
  readonly code: string
  readonly message: string
}

export type Frame =
  | Hello | Welcome | Refuse | RosterDigest | Records | Alive | Heartbeat | Ping | Leave
  | ErrorFrame

/** A frame of a tag this version does not know: skipped and counted. */
export interface UnknownFrame {
  readonly type: 'unknown'
  readonly tag: number
}
