/**
 * One machine of a simulated network: its address, disk, clock and the process that runs on it.
 * Data only; what moves it is `world.ts`.
 */
import type { BatchKey } from '../../src/core/bulletins/vocabulary.js'
import type { Effect } from '../../src/core/effect.js'
import type { Event, LinkId, Target } from '../../src/core/event.js'
import type { Notice, PeerView } from '../../src/core/notice.js'
import type { BulletinOptions, CoreOptions } from '../../src/core/options.js'
import { identityFromHash, type Identity } from '../../src/wire/identity.js'
import type { FrameReader } from '../../src/wire/reader.js'
import type { StoredMember } from '../../src/wire/record.js'
import type { Side } from './network.js'
import type { Shelved, ShelfPort } from './shelf-port.js'
import type { SimSuite } from './suite.js'

/** Wall clock at the beginning of every world: 2026-01-01. */
export const EPOCH_MS = 1_767_225_600_000
export const NETWORK_HASH = new Uint8Array(32).fill(7)

/** What a process thinks with: a real core, or the script of a hostile one. */
export interface Brain {
  handle (event: Event, nowMs: number): Effect[]
  wakeAtMs (): number
  peers (): PeerView[]
  sizes (): Readonly<Record<string, number>>
  heldBatches (): Iterable<BatchKey>
}

/** What a node keeps when its process ends. */
export interface Disk {
  members: Map<Identity, StoredMember>
  incarnation: number
  readonly batches: Shelved
}

/** What the operator of a machine decided of bulletins, beside what holds for all. */
export interface Policy {
  readonly bulletins: Partial<BulletinOptions>
  /** Leading zero bits that bulletins must be worth; its own are worth as many. */
  readonly difficulty: number
}

export function emptyDisk (): Disk {
  return { members: new Map(), incarnation: 0, batches: new Map() }
}

export interface SimNode {
  readonly index: number
  readonly address: string
  readonly connect: readonly Target[]
  /** Changes when a memory-only node restarts, or one whose disk was replaced. */
  identity: Identity
  keys: SimSuite
  /** Null: memory only, a restart makes another identity. */
  disk: Disk | null
  core: Brain | null
  /** The store and the checks of its present run. */
  shelf: ShelfPort | null
  /** Counts the runs of this machine. */
  run: number
  offsetMs: number
  /** What its core goes by: a stalled one has not been told of the last setting. */
  toldOffsetMs: number
  /** All that `offsetMs` ever was, in order. */
  readonly offsetsMs: number[]
  policy: Policy
  /** Its disk takes nothing. */
  isDiskFull: boolean
  /** Of the last bulletin of this run, seconds since 1970: they never go back. */
  lastTimestamp: number
  sides: Map<LinkId, { side: Side, reader: FrameReader, openedMs: number }>
  armedMs: number
  stalledUntilMs: number
  backlog: Event[]
  /** It said that a twin replaced it, and does nothing until it is restarted. */
  isQuiet: boolean
  /** Left for good: nobody starts it again. */
  isRetired: boolean
  /** Follows a script; nothing is demanded of it nor for it. */
  readonly isHostile: boolean
}

/** Called with every notice, in order. */
export type NoticeHook = (node: SimNode, notice: Notice, nowMs: number) => void

/** A machine that is off, with an empty disk or none. */
export function newNode (
  index: number, keys: SimSuite,
  what: Pick<SimNode, 'connect' | 'isHostile'> & { readonly keepsDisk: boolean },
): SimNode {
  const { connect, isHostile, keepsDisk } = what
  return {
    index,
    address: addressOf(index),
    connect,
    identity: identityOf(keys),
    keys,
    disk: keepsDisk ? emptyDisk() : null,
    core: null,
    shelf: null,
    run: 0,
    offsetMs: EPOCH_MS,
    toldOffsetMs: EPOCH_MS,
    offsetsMs: [EPOCH_MS],
    policy: { bulletins: {}, difficulty: 0 },
    isDiskFull: false,
    lastTimestamp: 0,
    sides: new Map(),
    armedMs: Infinity,
    stalledUntilMs: 0,
    backlog: [],
    isQuiet: false,
    isRetired: false,
    isHostile,
  }
}

export function identityOf ({ suite, publicKey }: SimSuite): Identity {
  return identityFromHash(suite.hash(publicKey))
}

/** What a world may say otherwise for all its nodes. */
export type SimOptions =
  Partial<Omit<CoreOptions, 'bulletins'>> & { readonly bulletins?: Partial<BulletinOptions> }

/** What the process of a machine is started with. */
export function coreOptionsOf (
  node: SimNode, options: SimOptions,
): CoreOptions {
  const { linksMax = 256, membersMax = 1_024, rejoinMs = 600_000, periodMs = 5_000 } = options
  const { bulletins, routing } = options
  return {
    me: node.identity,
    publicKey: node.keys.publicKey,
    networkHash: NETWORK_HASH,
    admission: 'open',
    connect: node.connect,
    advertise: [],
    periodMs,
    text: null,
    name: `n${node.index}`,
    ephemeral: node.disk === null,
    ...(routing === undefined ? {} : { routing }),
    linksMax,
    membersMax,
    rejoinMs,
    bulletins: {
      retainMs: 3_600_000, quotaBytes: 64 << 20, contentBytesMax: 256 << 10, carries: true,
      ...bulletins, ...node.policy.bulletins,
    },
  }
}

export function targetsOf (connect: readonly number[]): Target[] {
  return connect.map(to => ({ address: addressOf(to), identity: null }))
}

export function addressOf (index: number): string {
  return `10.0.${Math.floor(index / 250)}.${index % 250 + 1}:8080`
}

export function indexOf (address: string): number {
  const [, , high = '0', low = '1'] = address.split(/[.:]/)
  return Number(high) * 250 + Number(low) - 1
}
