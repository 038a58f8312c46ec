/**
 * The frames of a link: one union, one tag table. Shapes only; bytes are in `encode.ts` and
 * `decode.ts`, the cutting of chunks in `reader.ts`. docs/protocol.md describes every field.
 */
import type { SignedHead } from './batch.js'
import type { Identity } from './identity.js'
import type { SignedTable } from './link-table.js'
import type { SignedRecord } from './record.js'
import type { SignedPing } from './relay-ping.js'

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
  batch: 11,
  'log-digest': 12,
  'log-want': 13,
  'log-answer': 14,
  evidence: 15,
  topics: 16,
  request: 17,
  response: 18,
  'link-table': 19,
  'table-digest': 20,
  heads: 21,
  'relay-ping': 22,
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

/** What a node holds of members: a hash, and its rows when hashes were seen to differ. */
export interface Digest {
  readonly hash: Uint8Array
  /** Null: only the hash. Rows are answered with what their sender lacks. */
  readonly rows: readonly DigestRow[] | null
  /** True when these rows answer rows, and so want none back. */
  readonly answer: boolean
}

/** What a roster holds; answered with records. */
export interface RosterDigest extends Digest {
  readonly type: 'roster-digest'
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
  /** Last position of the sender's own log of this run; 0 while it published nothing. */
  readonly ownHead: number
  /**
   * The highest position of the receiver's log of this run such that the sender has stored it and
   * all below, or never will (expired, refused, given up); 0 for none.
   */
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

/** One batch, live or as part of an answer. */
export interface BatchFrame {
  readonly type: 'batch'
  /** Links it passed before this one; signed by nobody. */
  readonly hops: number
  /** As its author made it; see `batch.ts`. */
  readonly batch: Uint8Array
}

/** Positions from `first` to `last`, both included. */
export interface LogRange {
  readonly first: number
  readonly last: number
}

/** What a node holds of one log: one run of one author. */
export interface LogRow {
  readonly author: Identity
  readonly incarnation: number
  /** Newest timestamp among what is held, seconds since 1970. */
  readonly newest: number
  /** First 8 bytes of the SHA-256 of the head of the last batch held, so that a fork shows. */
  readonly headHash: Uint8Array
  /** At most 16, ascending; when there are more, the last ones. */
  readonly held: readonly LogRange[]
}

/** What a node holds of all logs: its root hash, and rows when roots were seen to differ. */
export interface LogDigest {
  readonly type: 'log-digest'
  readonly root: Uint8Array
  /** Null: only the root. */
  readonly rows: readonly LogRow[] | null
  /** True when these rows answer rows, and so want none back. */
  readonly answer: boolean
}

/** Positions of one log that somebody wants. */
export interface WantedRange extends LogRange {
  readonly author: Identity
  readonly incarnation: number
}

/** Answered with the batches that are held of it, in order, and then one `log-answer`. */
export interface LogWant {
  readonly type: 'log-want'
  /** Chosen by who asks; its answer repeats it. */
  readonly id: number
  /** No further batch is sent once so many bytes were; at least one is. */
  readonly bytesMax: number
  readonly ranges: readonly WantedRange[]
}

/** The end of an answer. */
export interface LogAnswer {
  readonly type: 'log-answer'
  readonly id: number
  /** True when all that is held of what was wanted was sent; else `bytesMax` ended it. */
  readonly complete: boolean
}

/** Two heads of one log, signed by its author, that cannot both belong to it. */
export interface Evidence {
  readonly type: 'evidence'
  readonly one: SignedHead
  readonly other: SignedHead
}

/** What the sender takes. Replaces what it told before. */
export interface Topics {
  readonly type: 'topics'
  /** It keeps everything within its quota, so that those who were away get it. */
  readonly carries: boolean
  /** What is subscribed to there, 32 bytes each. */
  readonly topics: readonly Uint8Array[]
}

/** An application asks. */
export interface Request {
  readonly type: 'request'
  /** Chosen by who asks; the response repeats it. */
  readonly id: number
  /** Which handler, at most 64 bytes of UTF-8. */
  readonly kind: string
  readonly body: Uint8Array
}

export const RESPONSE_STATUSES = ['answered', 'no-handler', 'failed', 'busy'] as const
export type ResponseStatus = typeof RESPONSE_STATUSES[number]

/** An application answers; the body of any status but `answered` is a text for people. */
export interface Response {
  readonly type: 'response'
  readonly id: number
  readonly status: ResponseStatus
  readonly body: Uint8Array
}

/** What a member tells of its links: its own table, or another's that is passed on. */
export interface LinkTableFrame {
  readonly type: 'link-table'
  readonly table: SignedTable
}

/** The tables that a node holds; answered with link-tables. */
export interface TableDigest extends Digest {
  readonly type: 'table-digest'
}

/** What the sender newly holds and does not send by itself: who lacks it may ask for it. */
export interface Heads {
  readonly type: 'heads'
  /** At least one. */
  readonly rows: readonly WantedRange[]
}

/** A ping of a member that the receiver may have no link with. */
export interface RelayPing {
  readonly type: 'relay-ping'
  /** Links it passed before this one; signed by nobody. */
  readonly hops: number
  readonly ping: SignedPing
}

export type Frame =
  | BatchFrame | LogDigest | LogWant | LogAnswer | Evidence | Topics | Request | Response
  | Hello | Welcome | Refuse | RosterDigest | Records | Alive | Heartbeat | Ping | Leave
  | ErrorFrame | LinkTableFrame | TableDigest | Heads | RelayPing

/** A frame of a tag this version does not know: skipped and counted. */
export interface UnknownFrame {
  readonly type: 'unknown'
  readonly tag: number
}
