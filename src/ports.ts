/**
 * The seams between the hallway and the world. Interfaces only; adapters implement them, tests and
 * the simulator replace them. Every adapter passes the contract suite of its port (test/contract).
 */
import type { Identity } from './wire/identity.js'
import type { BatchKey, BatchSummary, StoredBatch, Verdict } from './core/bulletins/vocabulary.js'
import type { LogLevel } from './core/effect.js'
import type { Warning } from './core/notice.js'
import type { Suite } from './core/suite.js'
import type { DatedCode } from './wire/inbox.js'
import type { StoredMember } from './wire/record.js'

/** Two clocks and one timer. */
export interface Clock {
  /** Monotonic milliseconds, fractions allowed; never goes back. */
  nowMs (): number
  /** Wall clock, ms since 1970; may jump. */
  wallMs (): number
  /** Calls back once, `delayMs` from now. Returns what `cancel` takes. */
  schedule (delayMs: number, callback: () => void): unknown
  cancel (handle: unknown): void
  /** Calls back after pending input was read (setImmediate). */
  breathe (callback: () => void): void
}

/** Unpredictable bytes. */
export interface Entropy {
  bytes (count: number): Uint8Array
}

/** Reads cron expressions, in the time zone of this machine. */
export interface Calendar {
  /** Throws CalendarError for what is no expression, or one that never comes. */
  read (expression: string): Times
}

/** When something is to happen. */
export interface Times {
  /** The next time after that, ms since 1970; null for none any more. */
  next (afterMs: number): number | null
}

/** Why an expression is refused; `message` says what is wrong with it. */
export class CalendarError extends Error {
  constructor (message: string) {
    super(message)
    this.name = 'CalendarError'
  }
}

/** One mutually authenticated connection, before and after the greeting. */
export interface Link {
  readonly direction: 'in' | 'out'
  /** Proved by the handshake. */
  readonly peer: Identity
  /** SPKI DER of the peer. */
  readonly publicKey: Uint8Array
  /** `host:port` of the other end of the socket. */
  readonly remote: string
  /** Begins delivery; called once. Bytes that came earlier are delivered then, in order. */
  start (handlers: LinkHandlers): void
  /** Queues bytes. `written` is called when they were handed to the operating system. */
  write (bytes: Uint8Array, written: () => void): void
  /** Stops (true) or resumes (false) reading, for back-pressure. */
  pause (paused: boolean): void
  /** Ends after what is queued was flushed, at the latest after `flushMaxMs`. Idempotent. */
  close (flushMaxMs: number): void
}

export interface LinkHandlers {
  bytes (chunk: Uint8Array): void
  /** Called exactly once, last; `cause` is for the log. */
  closed (cause: string): void
}

export interface ListenOptions {
  /** Interface address; `::` accepts IPv4 too. */
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly handshakesMax: number
  readonly handshakesPerIpMax: number
  readonly handshakeEvictableAfterMs: number
  readonly handshakeMaxMs: number
}

/** An open port. */
export interface Listener {
  readonly port: number
  /** Stops accepting; established links live on. */
  close (): Promise<void>
}

export interface DialOptions {
  /** `host:port`, `[ipv6]:port` or a DNS name with a port. */
  readonly address: string
  /** Local address to dial from, when the operator bound one, else null. */
  readonly from: string | null
  readonly connectMaxMs: number
  readonly handshakeMaxMs: number
  readonly dnsKeptMs: number
}

/** TLS, or what stands in for it. */
export interface Transport {
  /** Rejects with GossipError `address-in-use` or `address-unavailable`. */
  listen (options: ListenOptions, opened: (link: Link) => void): Promise<Listener>
  /** Rejects with DialError; after `signal` aborts the socket is gone. */
  dial (options: DialOptions, signal: AbortSignal): Promise<Link>
}

/**
 * Why a dial failed. `code` in a word: `refused`, `timeout`, `unreachable`, `name`, `tls`,
 * `no-certificate`, `aborted`.
 */
export class DialError extends Error {
  readonly code: string
  constructor (code: string, message: string) {
    super(message)
    this.name = 'DialError'
    this.code = code
  }
}

/** What a store has of earlier runs. */
export interface Kept {
  readonly members: StoredMember[]
  /** The newest incarnation drawn, 0 for none. */
  readonly incarnation: number
  /** Of this node's inbox: the present one first, then former ones; none at the first start. */
  readonly deliveryCodes: OwnCode[]
  /** Secret X25519 key that goes with the key in this node's record, 32 bytes; null for none. */
  readonly boxKey: Uint8Array | null
  readonly contacts: ContactRow[]
  /** In the order of their numbers. */
  readonly letters: LetterRow[]
  readonly schedules: readonly StoredSchedule[]
}

/** A delivery code of this node. */
export interface OwnCode extends DatedCode {
  /** Wall clock when another one took its place, ms since 1970; null: it is the present one. */
  readonly leftMs: number | null
}

/** What is kept of a contact. Keys have 32 bytes. */
export interface ContactRow {
  readonly name: string
  /** `host:port`, or null. */
  readonly address: string | null
  /** Null until it was met. */
  readonly identity: Identity | null
  /** The operator named the identity: another exchange key does not take it away. */
  readonly isNamed: boolean
  /** Secret: of the pair made for this contact alone. */
  readonly secretKey: Uint8Array
  /** The exchange key that the contact made for this node, or null. */
  readonly theirKey: Uint8Array | null
  /** Delivery code of its inbox as told last, or null. */
  readonly inbox: DatedCode | null
}

/** A private message, opened. */
export interface LetterRow {
  /** Counts the letters of a node; later ones have larger numbers. */
  readonly number: number
  readonly from: Identity
  /** What the sender called itself then, as it was sent. */
  readonly name: string
  readonly incarnation: number
  readonly seq: number
  /** Seconds since 1970, by the sender's clock. */
  readonly timestamp: number
  readonly content: Uint8Array
}

/** A bulletin to be published again and again, as it is kept. */
export interface StoredSchedule {
  /** 16 hex digits. */
  readonly id: string
  /** See Calendar. */
  readonly expression: string
  /** Descriptor of the topic, or 64 hex digits of its id. */
  readonly topic: string
  readonly content: Uint8Array
  /** Who it claims to come from. */
  readonly source: string | null
}

/** What outlives a run. Memory-only nodes have none. */
export interface Store {
  load (): Promise<Kept>
  putMember (identity: Identity, member: StoredMember | null): Promise<void>
  /** Durable (fsync) before it resolves. */
  putIncarnation (incarnation: number): Promise<void>
  /** All of them, the present one first. Durable (fsync) before it resolves. */
  putDeliveryCodes (codes: readonly OwnCode[]): Promise<void>
  /** Durable (fsync) before it resolves. */
  putBoxKey (secretKey: Uint8Array): Promise<void>
  /** Null removes it. Durable (fsync) before it resolves. */
  putContact (name: string, contact: ContactRow | null): Promise<void>
  /** Keeps one letter and removes those with these numbers. Durable (fsync) before it resolves. */
  putLetter (letter: LetterRow, removed: readonly number[]): Promise<void>
  /** Null removes it. Durable (fsync) before it resolves. */
  putSchedule (id: string, schedule: StoredSchedule | null): Promise<void>
  close (): Promise<void>
}

/** What a query asks of the bulletins held. All of it must hold. */
export interface BulletinQuery {
  /** 64 hex digits of a topic, or their beginning, or end. */
  readonly topic?: TextMatch
  /** Content as bytes: the whole, its beginning, or its end. */
  readonly content?: BytesMatch
  readonly author?: Identity
  /** Timestamps, seconds since 1970, both included. */
  readonly since?: number
  readonly until?: number
  /** At most so many, oldest first. */
  readonly limit?: number
}

export type TextMatch =
  | { readonly equals: string } | { readonly prefix: string } | { readonly suffix: string }
export type BytesMatch =
  | { readonly equals: Uint8Array } | { readonly prefix: Uint8Array }
  | { readonly suffix: Uint8Array }

/** One bulletin as it is held, byte fields with memory of their own. */
export interface HeldBulletin {
  readonly author: Identity
  readonly incarnation: number
  readonly position: number
  /** 32 bytes. */
  readonly topic: Uint8Array
  readonly timestamp: number
  readonly nonce: number
  readonly content: Uint8Array
}

/** How far a named subscription has read: ranges of positions for each log. */
export interface CursorRow {
  readonly author: Identity
  readonly incarnation: number
  readonly ranges: readonly { readonly first: number, readonly last: number }[]
}

/**
 * The bulletins of a node: in memory, or in its data directory. Every promise rejects with Error
 * when the disk fails; what was resolved before stays.
 */
export interface BulletinStore {
  /** Every batch held, any order; damaged rows are told to the log, set aside and left out. */
  loadBatches (): Promise<BatchSummary[]>
  /** Resolves when a killed process would have it. */
  putBatch (batch: StoredBatch): Promise<void>
  /** In the order asked for; null for what is not there. */
  getBatches (keys: readonly BatchKey[]): Promise<(Uint8Array | null)[]>
  dropBatches (keys: readonly BatchKey[]): Promise<void>
  /** Bulletins that match, oldest first: by timestamp, then author, run and position. */
  query (query: BulletinQuery): AsyncIterable<HeldBulletin>
  /** Bulletins of one topic, 64 hex digits, in order within each log. */
  ofTopic (topic: string): AsyncIterable<HeldBulletin>
  /** How many bulletins are held of each topic, 64 hex digits. */
  topicCounts (): Promise<ReadonlyMap<string, number>>
  /** The bulletin whose content has this SHA-256, 64 hex digits; null when none is held. */
  byContentId (contentId: string): Promise<HeldBulletin | null>
  getCursor (name: string): Promise<CursorRow[]>
  /** Durable (fsync) before it resolves. */
  putCursor (name: string, rows: readonly CursorRow[]): Promise<void>
  close (): Promise<void>
}

/**
 * Suite's `verify` on Node's thread pool: false for a wrong signature and for an unusable key.
 * Never rejects.
 */
export type Verifier = (
  publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array,
) => Promise<boolean>

/** Checks batches off the main thread where that is quicker. */
export interface BatchChecker {
  /** Signature, hash of the items, work of each. Never rejects. */
  check (batch: Uint8Array, author: Identity): Promise<Verdict>
  /** Ends its threads. */
  close (): Promise<void>
}

/** Does hashcash. */
export interface Minter {
  /** Leading zero bits that it works for; 0 for no work at all. */
  readonly bits: number
  /**
   * The nonce that gives the digest of header and author enough leading zero bits; the nonce in
   * `header` is not looked at. Rejects with MintError, and when `signal` aborts with its reason,
   * which ends the work. `progress`: how many were tried, about five times a second.
   */
  mint (
    header: Uint8Array, author: Identity, bits: number, signal: AbortSignal,
    progress?: (tries: number) => void,
  ): Promise<number>
  close (): Promise<void>
}

/**
 * Why there is no nonce. `code` in a word: `busy` (too many wait), `closed`, `exhausted` (none of
 * 2^32 will do: change the timestamp).
 */
export class MintError extends Error {
  readonly code: 'busy' | 'closed' | 'exhausted'
  constructor (code: 'busy' | 'closed' | 'exhausted', message: string) {
    super(message)
    this.name = 'MintError'
    this.code = code
  }
}

/** An X25519 key pair, 32 bytes each. */
export interface BoxPair {
  readonly publicKey: Uint8Array
  readonly secretKey: Uint8Array
}

/** Seals for one reader, and opens. Nothing of it throws on bytes of others. */
export interface Sealer {
  createPair (): BoxPair
  /** The pair of a secret key. */
  pairOf (secretKey: Uint8Array): BoxPair
  /** 48 bytes longer than `plain`. Null for a key of low order, which keeps no secret. */
  seal (plain: Uint8Array, publicKey: Uint8Array): Uint8Array | null
  /** Null for what was not sealed to this pair, or was changed since. */
  open (sealed: Uint8Array, pair: BoxPair): Uint8Array | null
  /** PEM (SPKI) of a public key. */
  exportKey (publicKey: Uint8Array): string
  /** The public key of such a PEM text. Throws GossipError `exchange-key-invalid`. */
  readKey (pem: string): Uint8Array
}

export type { LogLevel, Suite }

/** One line of a log. Text of peers in `message` was stripped of control characters before. */
export interface LogEntry {
  readonly level: LogLevel
  /** Room it comes from: `core`, `links`, `tls`, `store`, … */
  readonly area: string
  readonly message: string
}

/** Where logs go. */
export type Log = (entry: LogEntry) => void

/** Who this node is; the private key stays inside Suite and Transport. */
export interface OwnIdentity {
  readonly id: Identity
  /** SPKI DER. */
  readonly publicKey: Uint8Array
}

/** Everything the hallway stands on. */
export interface Ports {
  readonly clock: Clock
  readonly calendar: Calendar
  readonly entropy: Entropy
  readonly identity: OwnIdentity
  readonly suite: Suite
  readonly transport: Transport
  /** Null: nothing outlives the run. */
  readonly store: Store | null
  /** In memory without a data directory. */
  readonly bulletins: BulletinStore
  readonly checker: BatchChecker
  readonly minter: Minter
  readonly sealer: Sealer
  readonly log: Log
  /** Own `host:port` list for a listening host and port, best first. */
  readonly addresses: (host: string, port: number) => string[]
  /** Local address to dial from, or null for the system's choice. */
  readonly dialFrom: string | null
  /** What was noticed before the start, told after `listening`. */
  readonly warnings: readonly Warning[]
}
