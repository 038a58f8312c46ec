/**
 * Drives one Core by hand, under a clock that stands still unless told: what is posted is handled
 * at once, what comes out is kept with its time. Others are played by a `Peer`, which has keys and
 * says what an honest node would, or what the test wants. Worlds of many cores are in `sim/`.
 */
import type { BatchSummary } from '../../src/core/bulletins/vocabulary.js'
import { Core } from '../../src/core/core.js'
import type { Effect } from '../../src/core/effect.js'
import type { AskId, Event, LinkId } from '../../src/core/event.js'
import type { Notice, PeerView } from '../../src/core/notice.js'
import type { CoreOptions } from '../../src/core/options.js'
import type {
  Frame, FrameType, Heartbeat, Hello, RecordEntry,
} from '../../src/wire/frame.js'
import { identityFromHash, type Identity } from '../../src/wire/identity.js'
import {
  encodeLinkTable, prefixOf, type LinkTable, type SignedTable,
} from '../../src/wire/link-table.js'
import {
  encodeRecord, signedBytes, type MemberRecord, type SignedRecord, type StoredMember,
} from '../../src/wire/record.js'
import { keyedHashSuite, type SimSuite } from '../sim/suite.js'

/** Wall clock at monotonic 0: 2026-01-01. */
export const EPOCH_MS = 1_767_225_600_000
export const SECOND_MS = 1_000
export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000
/** What is kept and taken where a test says nothing else. */
export const BULLETINS = {
  retainMs: HOUR_MS, quotaBytes: 64 << 20, contentBytesMax: 256 << 10, carries: true,
}
export const NETWORK_HASH = new Uint8Array(32).fill(7)

type FrameOf<T extends FrameType> = Extract<Frame, { type: T }>
type NoticeOf<K extends Notice['kind']> = Extract<Notice, { kind: K }>
type EffectOf<K extends Effect['kind']> = Extract<Effect, { kind: K }>

/** Another identity, and what it says of itself. */
export class Peer {
  readonly keys: SimSuite
  readonly id: Identity
  readonly address: string
  /** Of the run that speaks now; tests may move it. */
  incarnation = (EPOCH_MS - HOUR_MS) * 1_024

  constructor (secret: number) {
    this.keys = keyedHashSuite(secret)
    this.id = identityFromHash(this.keys.suite.hash(this.keys.publicKey))
    this.address = `10.${secret >>> 16}.${(secret >>> 8) & 255}.${secret & 255}:8080`
  }

  record (over: Partial<MemberRecord> = {}): SignedRecord {
    const body = encodeRecord({
      publicKey: this.keys.publicKey,
      incarnation: this.incarnation,
      version: 1,
      issuedMs: EPOCH_MS,
      state: 'up',
      name: 'peer',
      addresses: [this.address],
      tags: {},
      ephemeral: false,
      boxKey: null,
      ...over,
    })
    return { body, signature: this.keys.suite.sign(signedBytes('record', NETWORK_HASH, body)) }
  }

  /** Its record as lists bring it. */
  entry (over: Partial<MemberRecord> = {}, linked = false): RecordEntry {
    return { record: this.record(over), linked }
  }

  /** What it signs of its links with these, each with the code of its round-trip time. */
  table (
    links: readonly (Peer | readonly [Peer, number])[], over: Partial<LinkTable> = {},
  ): SignedTable {
    const rows = links.map(link => link instanceof Peer ? [link, 0] as const : link)
      .map(([{ id }, rtt]) => ({ prefix: prefixOf(id), rtt }))
      .sort((a, b) => a.prefix < b.prefix ? -1 : 1)
    const body = encodeLinkTable({
      owner: this.id, incarnation: this.incarnation, version: 1, free: 0, links: rows, ...over,
    })
    return { body, signature: this.keys.suite.sign(signedBytes('link-table', NETWORK_HASH, body)) }
  }

  /** Its row as the store kept it, linked so long before the start. */
  stored (linkedAgoMs: number, over: Partial<MemberRecord> = {}): StoredMember {
    return { ...this.record(over), address: this.address, linkedMs: EPOCH_MS - linkedAgoMs }
  }
}

/** `count` peers whose identities are on that side of `of`, in order of their keys. */
export function peersOn (side: 'smaller' | 'larger', of: Peer, count: number): Peer[] {
  const found: Peer[] = []
  for (let secret = 1_000; found.length < count; secret++) {
    const peer = new Peer(secret)
    if ((peer.id < of.id) === (side === 'smaller')) found.push(peer)
  }
  return found
}

export interface BenchStart {
  readonly seed?: number
  readonly stored?: readonly StoredMember[]
  readonly incarnationStored?: number
  readonly boxKey?: Uint8Array
  readonly batches?: readonly BatchSummary[]
}

/** One node under test, running. */
export class Bench {
  readonly me = new Peer(1)
  readonly core: Core
  nowMs = 0
  /** True: whatever is dialled refuses at once. */
  refusesDials = false
  /** Everything that came out, with its time. */
  readonly seen: { readonly atMs: number, readonly effect: Effect }[] = []
  /** What the start brought about. */
  readonly started: readonly Effect[]
  readonly #links = new Set<LinkId>()
  #nextLink = 1

  constructor (options: Partial<CoreOptions> = {}, start: BenchStart = {}) {
    this.core = new Core(this.me.keys.suite, {
      me: this.me.id,
      publicKey: this.me.keys.publicKey,
      networkHash: NETWORK_HASH,
      admission: 'open',
      connect: [],
      advertise: [],
      periodMs: 5_000,
      text: 'hello',
      name: 'me',
      ephemeral: false,
      linksMax: 256,
      membersMax: 1_024,
      rejoinMs: 600_000,
      bulletins: BULLETINS,
      ...options,
    }, start.seed ?? 1)
    this.post({ kind: 'clock-set', offsetMs: EPOCH_MS })
    this.started = this.post({
      kind: 'started',
      addresses: [this.me.address],
      port: 8080,
      stored: start.stored ?? [],
      incarnationStored: start.incarnationStored ?? 0,
      boxKey: start.boxKey ?? null,
      batches: start.batches ?? [],
    })
  }

  get wallMs (): number {
    return EPOCH_MS + this.nowMs
  }

  /** Smaller than this node: the arbiter of their pair, which dials at once. */
  smaller (count = 1): Peer[] {
    return peersOn('smaller', this.me, count)
  }

  /** Larger than this node, which is the arbiter and dials at once. */
  larger (count = 1): Peer[] {
    return peersOn('larger', this.me, count)
  }

  /** Handles an event, and refusals of the dials it led to. */
  post (event: Event): Effect[] {
    const all: Effect[] = []
    const events = [event]
    for (let next = events.shift(); next !== undefined; next = events.shift()) {
      for (const effect of this.core.handle(next, this.nowMs)) {
        all.push(effect)
        this.seen.push({ atMs: this.nowMs, effect })
        if (effect.kind === 'close') this.#links.delete(effect.link)
        if (effect.kind === 'dial' && this.refusesDials) events.push(refusedDial(effect.ask))
      }
    }
    return all
  }

  /** Lets time pass, each deadline in its time. Nobody says anything meanwhile. */
  advance (forMs: number): Effect[] {
    const all: Effect[] = []
    const untilMs = this.nowMs + forMs
    for (let wakeMs = this.core.wakeAtMs(); wakeMs <= untilMs; wakeMs = this.core.wakeAtMs()) {
      this.nowMs = Math.max(this.nowMs, wakeMs)
      all.push(...this.post({ kind: 'tick', lateMs: 0 }))
    }
    this.nowMs = untilMs
    return all
  }

  /** The same while every link says something once a second. */
  live (forMs: number): Effect[] {
    const all: Effect[] = []
    const untilMs = this.nowMs + forMs
    while (this.nowMs < untilMs) {
      all.push(...this.advance(Math.min(SECOND_MS, untilMs - this.nowMs)), ...this.#hear())
    }
    return all
  }

  /** Long times at once: one tick at their end, every link heard just before it. */
  jump (forMs: number): Effect[] {
    this.nowMs += forMs
    return [...this.#hear(), ...this.post({ kind: 'tick', lateMs: 0 })]
  }

  /** A connection of `peer` is up: the answer of `ask`, or accepted. */
  open (peer: Peer, ask: AskId | null = null, remote = peer.address): LinkId {
    const link = this.#nextLink++ as LinkId
    this.#links.add(link)
    const { publicKey } = peer.keys
    this.post({ kind: 'link-opened', link, ask, peer: peer.id, publicKey, remote })
    return link
  }

  say (link: LinkId, ...frames: Frame[]): Effect[] {
    return frames.flatMap(frame => this.post({ kind: 'frame-received', link, frame }))
  }

  hello (peer: Peer, over: Partial<Hello> = {}): Hello {
    return {
      type: 'hello',
      version: 1,
      network: NETWORK_HASH,
      admission: 'open',
      incarnation: peer.incarnation,
      wallMs: this.wallMs,
      seenAt: null,
      linkless: false,
      ...over,
    }
  }

  welcome (peer: Peer, over: Partial<MemberRecord> = {}): Frame {
    return { type: 'welcome', record: peer.record(over) }
  }

  /** Both halves of what a peer says until a link is ready. */
  greet (link: LinkId, peer: Peer, over: Partial<MemberRecord> = {}): Effect[] {
    return this.say(link, this.hello(peer), this.welcome(peer, over))
  }

  /** A ready link with `peer`. */
  ready (peer: Peer, over: Partial<MemberRecord> = {}): LinkId {
    const link = this.open(peer)
    this.greet(link, peer, over)
    return link
  }

  /** `teller` passes records on. */
  tell (link: LinkId, ...entries: RecordEntry[]): Effect[] {
    return this.say(link, { type: 'records', entries })
  }

  ended (link: LinkId): Effect[] {
    this.#links.delete(link)
    return this.post({ kind: 'link-closed', link, end: 'closed' })
  }

  refuseDial (ask: AskId): Effect[] {
    return this.post(refusedDial(ask))
  }

  status (peer: Peer): PeerView['status'] | undefined {
    return this.core.peers().find(({ id }) => id === peer.id)?.status
  }

  /** Addresses dialled since `sinceMs`, with their times. */
  dialled (sinceMs = 0): { atMs: number, address: string }[] {
    return this.seen.flatMap(({ atMs, effect }) =>
      effect.kind === 'dial' && atMs >= sinceMs ? [{ atMs, address: effect.address }] : [])
  }

  #hear (): Effect[] {
    return [...this.#links].flatMap(link => this.post({ kind: 'bytes-received', link }))
  }
}

function refusedDial (ask: AskId): Event {
  return { kind: 'dial-failed', ask, code: 'refused', message: 'connection refused' }
}

export function heartbeat (sequence: number, over: Partial<Heartbeat> = {}): Heartbeat {
  return {
    type: 'heartbeat', sequence, echo: 0, heldTenthsMs: 0, ownHead: 0, storedHead: 0, wallMs: null,
    ...over,
  }
}

/** Frames of one type that were sent, on `link` when it is given. */
export function frames<T extends FrameType> (
  effects: readonly Effect[], type: T, link?: LinkId,
): FrameOf<T>[] {
  return sends(effects, type, link).map(({ frame }) => frame as FrameOf<T>)
}

/** The same with the links that each went to. */
export function sends (
  effects: readonly Effect[], type: FrameType, link?: LinkId,
): EffectOf<'send'>[] {
  return only(effects, 'send').filter(({ links, frame }) =>
    frame.type === type && (link === undefined || links.includes(link)))
}

export function only<K extends Effect['kind']> (
  effects: readonly Effect[], kind: K,
): EffectOf<K>[] {
  return effects.filter((effect): effect is EffectOf<K> => effect.kind === kind)
}

export function notices<K extends Notice['kind']> (
  effects: readonly Effect[], kind: K,
): NoticeOf<K>[] {
  return only(effects, 'notify').map(({ notice }) => notice)
    .filter((notice): notice is NoticeOf<K> => notice.kind === kind)
}

/** Codes of the warnings given, in order. */
export function warnings (effects: readonly Effect[]): string[] {
  return notices(effects, 'warning').map(({ code }) => code)
}

/** Links whose end was asked for. */
export function closes (effects: readonly Effect[]): LinkId[] {
  return only(effects, 'close').map(({ link }) => link)
}

/** Link-up and link-down in order, without the peers. */
export function ups (effects: readonly Effect[]): string[] {
  return only(effects, 'notify').flatMap(({ notice }) => {
    if (notice.kind === 'link-up') return ['up']
    return notice.kind === 'link-down' ? [`down ${notice.reason}`] : []
  })
}

/** Identities whose records were sent on a link, in order. */
export function recordsSent (effects: readonly Effect[], link: LinkId): SignedRecord[] {
  return frames(effects, 'records', link).flatMap(({ entries }) =>
    entries.map(({ record }) => record))
}
