/**
 * Real cores, one queue ordered by time and sequence, a clock that jumps to the next entry. What is
 * sent is encoded and cut into frames again by the production wire. Everything follows from the
 * seed. Read next: `run.ts` for what happens to such a world.
 */
import TinyQueue from 'tinyqueue'
import { Core } from '../../src/core/core.js'
import type { Effect } from '../../src/core/effect.js'
import type { AskId, Event, LinkId, PublicationId, Target } from '../../src/core/event.js'
import type { Notice } from '../../src/core/notice.js'
import type { BulletinOptions } from '../../src/core/options.js'
import type { Delivery } from '../../src/core/bulletins/vocabulary.js'
import { Random } from '../../src/core/random.js'
import { encodeFrame } from '../../src/wire/encode.js'
import { identityFromHash, type Identity } from '../../src/wire/identity.js'
import { FrameReader } from '../../src/wire/reader.js'
import type { StoredMember } from '../../src/wire/record.js'
import { WIRE_LIMITS } from '../../src/limits.js'
import { Network, type Side } from './network.js'
import { ShelfPort, type Shelved } from './shelf-port.js'
import { ed25519Suite, keyedHashSuite, type SimSuite } from './suite.js'

export interface WorldOptions {
  readonly seed: number
  readonly latencyMs: { readonly least: number, readonly spread: number }
  readonly realSuite: boolean
  readonly linksMax?: number
  readonly membersMax?: number
  readonly rejoinMs?: number
  readonly bulletins?: Partial<BulletinOptions>
}

/** What a node keeps when its process ends. */
interface Disk {
  members: Map<Identity, StoredMember>
  incarnation: number
  readonly batches: Shelved
}

export interface SimNode {
  readonly index: number
  readonly address: string
  readonly connect: readonly Target[]
  /** Changes when a memory-only node restarts. */
  identity: Identity
  keys: SimSuite
  /** Null: memory only, a restart makes another identity. */
  disk: Disk | null
  core: Core | null
  /** Counts the runs of this machine. */
  run: number
  shelf: ShelfPort | null
  offsetMs: number
  sides: Map<LinkId, { side: Side, reader: FrameReader }>
  armedMs: number
  stalledUntilMs: number
  backlog: Event[]
}

/** Called with every notice, in order. */
export type NoticeHook = (node: SimNode, notice: Notice, nowMs: number) => void

interface Entry {
  readonly atMs: number
  readonly order: number
  readonly action: () => void
}

/** Wall clock at the beginning of every world: 2026-01-01. */
const EPOCH_MS = 1_767_225_600_000
const NETWORK_HASH = new Uint8Array(32).fill(7)

export class World {
  readonly random: Random
  readonly network: Network
  readonly nodes: SimNode[] = []
  readonly onNotice: NoticeHook[] = []
  /** Told what every node decides, for a trace. */
  onEffect: ((node: SimNode, effect: Effect) => void) | null = null
  /** Told what every node hands to its subscribers. */
  onDelivery: ((node: SimNode, delivery: Delivery) => void) | null = null
  nowMs = 0
  steps = 0
  readonly #options: WorldOptions
  readonly #queue = new TinyQueue<Entry>([], (a, b) => a.atMs - b.atMs || a.order - b.order)
  #order = 0
  #nextKey: number
  #nextDial = 1
  #nextPublication = 1
  readonly #publicKeys = new Map<string, Uint8Array>()
  readonly #dials = new Map<number, { node: SimNode, run: number, ask: AskId }>()

  constructor (options: WorldOptions) {
    this.#options = options
    this.random = new Random(options.seed)
    this.#nextKey = options.seed * 1_000
    this.network = new Network({
      schedule: (atMs, action) => { this.at(atMs, action) },
      nowMs: () => this.nowMs,
      isUp: index => this.#nodeAt(index).core !== null,
      identityOf: index => this.#nodeAt(index).identity,
      opened: (side, dial) => { this.#onOpened(side, dial) },
      dialFailed: (index, dial, code) => { this.#onDialFailed(index, dial, code) },
      bytes: (side, bytes) => { this.#onBytes(side, bytes) },
      closed: side => { this.#onClosed(side) },
    }, this.random, options.latencyMs)
  }

  /** Does something at a virtual time. */
  at (atMs: number, action: () => void): void {
    this.#queue.push({ atMs, order: this.#order++, action })
  }

  /** Lets time pass until `untilMs`. */
  runUntil (untilMs: number): void {
    for (;;) {
      const next = this.#queue.peek()
      if (next === undefined || next.atMs > untilMs) break
      this.#queue.pop()
      this.nowMs = Math.max(this.nowMs, next.atMs)
      this.steps++
      next.action()
    }
    this.nowMs = untilMs
  }

  /** A machine with an address; starts when told. */
  addNode (connect: readonly number[], keepsDisk: boolean): SimNode {
    const index = this.nodes.length
    const keys = this.#newKeys()
    const node: SimNode = {
      index,
      address: addressOf(index),
      connect: connect.map(to => ({ address: addressOf(to), identity: null })),
      identity: identityFromHash(keys.suite.hash(keys.publicKey)),
      keys,
      disk: keepsDisk ? { members: new Map(), incarnation: 0, batches: new Map() } : null,
      core: null,
      run: 0,
      shelf: null,
      offsetMs: EPOCH_MS,
      sides: new Map(),
      armedMs: Infinity,
      stalledUntilMs: 0,
      backlog: [],
    }
    this.nodes.push(node)
    return node
  }

  start (node: SimNode): void {
    if (node.core !== null) return
    if (node.run > 0 && node.disk === null) {
      node.keys = this.#newKeys()
      node.identity = identityFromHash(node.keys.suite.hash(node.keys.publicKey))
    }
    node.run++
    node.core = new Core(node.keys.suite, {
      me: node.identity,
      publicKey: node.keys.publicKey,
      networkHash: NETWORK_HASH,
      admission: 'open',
      connect: node.connect,
      advertise: [],
      periodMs: 5_000,
      text: null,
      name: `n${node.index}`,
      ephemeral: node.disk === null,
      linksMax: this.#options.linksMax ?? 256,
      membersMax: this.#options.membersMax ?? 1_024,
      rejoinMs: this.#options.rejoinMs ?? 600_000,
      bulletins: {
        retainMs: 3_600_000, quotaBytes: 64 << 20, contentBytesMax: 256 << 10, carries: true,
        ...this.#options.bulletins,
      },
    }, this.random.word())
    const shelved: Shelved = node.disk?.batches ?? new Map()
    node.shelf = this.#newShelf(node, shelved)
    node.armedMs = Infinity
    this.post(node, { kind: 'clock-set', offsetMs: node.offsetMs })
    this.post(node, {
      kind: 'started',
      addresses: [node.address],
      port: 8080,
      stored: node.disk === null ? [] : [...node.disk.members.values()],
      incarnationStored: node.disk?.incarnation ?? 0,
      batches: [...shelved.values()],
    })
  }

  #newShelf (node: SimNode, shelved: Shelved): ShelfPort {
    const { run } = node
    return new ShelfPort({
      random: this.random,
      networkHash: NETWORK_HASH,
      suite: () => node.keys.suite,
      later: (delayMs, action) => {
        this.at(this.nowMs + delayMs, () => { if (node.run === run && node.core !== null) action() })
      },
      post: event => { this.post(node, event) },
      delivered: delivery => { this.onDelivery?.(node, delivery) },
    }, shelved)
  }

  crash (node: SimNode, powerToo: boolean): void {
    if (node.core === null) return
    node.core = null
    node.sides.clear()
    node.backlog = []
    node.stalledUntilMs = 0
    this.network.crash(node.index, powerToo)
  }

  /** The process gets no turn for a while (a stopped process, a blocked event loop). */
  stall (node: SimNode, forMs: number): void {
    const untilMs = this.nowMs + forMs
    node.stalledUntilMs = untilMs
    this.at(untilMs, () => { this.#wakeUp(node, untilMs) })
  }

  /** The wall clock of the machine is set, forward or back. */
  setClock (node: SimNode, byMs: number): void {
    node.offsetMs += byMs
    this.post(node, { kind: 'clock-set', offsetMs: node.offsetMs })
  }

  /** A stalled process gets its turn at once. */
  resume (node: SimNode): void {
    if (node.stalledUntilMs <= this.nowMs) return
    node.stalledUntilMs = this.nowMs
    this.#wakeUp(node, this.nowMs)
  }

  /** What a running node has stored, by name. */
  shelvedBy (node: SimNode): ReadonlyMap<string, unknown> {
    return node.shelf?.shelved ?? new Map<string, unknown>()
  }

  /** A bulletin of `node`; false while it does not run. */
  publish (node: SimNode, topic: string, content: string): boolean {
    if (node.core === null) return false
    this.post(node, {
      kind: 'publish-asked',
      publication: this.#nextPublication++ as PublicationId,
      item: {
        topic: node.keys.suite.hash(new TextEncoder().encode(topic)),
        timestamp: Math.floor((this.nowMs + node.offsetMs) / 1_000),
        nonce: 0,
        content: new TextEncoder().encode(content),
      },
      alone: false,
      hopsMax: 0,
    })
    return true
  }

  post (node: SimNode, event: Event): void {
    const { core } = node
    if (core === null) return
    if (node.stalledUntilMs > this.nowMs) {
      node.backlog.push(event)
      return
    }
    this.#perform(node, core.handle(event, this.nowMs))
    this.#perform(node, core.handle({ kind: 'drained', isBusy: false }, this.nowMs))
    // Not before the node itself knows of it: it may be stalled.
    if (event.kind === 'link-closed') node.sides.delete(event.link)
    if (node.core === core) this.#arm(node, core)
  }

  #wakeUp (node: SimNode, untilMs: number): void {
    if (node.core === null || node.stalledUntilMs !== untilMs) return
    node.stalledUntilMs = 0
    // As in a real event loop timers come first, then what the sockets hold.
    const lateMs = this.nowMs - node.core.wakeAtMs()
    if (lateMs > 0) this.post(node, { kind: 'tick', lateMs })
    for (const event of node.backlog.splice(0)) this.post(node, event)
  }

  #arm (node: SimNode, core: Core): void {
    const wakeMs = core.wakeAtMs()
    if (wakeMs >= node.armedMs) return
    const atMs = Math.max(wakeMs, this.nowMs)
    node.armedMs = atMs
    this.at(atMs, () => {
      if (node.core !== core || node.armedMs !== atMs) return
      node.armedMs = Infinity
      if (node.stalledUntilMs > this.nowMs) return
      if (core.wakeAtMs() <= this.nowMs) this.post(node, { kind: 'tick', lateMs: 0 })
      else this.#arm(node, core)
    })
  }

  #perform (node: SimNode, effects: readonly Effect[]): void {
    for (const effect of effects) {
      this.onEffect?.(node, effect)
      this.#performOne(node, effect)
    }
  }

  #performOne (node: SimNode, effect: Effect): void {
    switch (effect.kind) {
      case 'dial': {
        const dial = this.#nextDial++
        this.#dials.set(dial, { node, run: node.run, ask: effect.ask })
        const to = indexOf(effect.address)
        this.network.dial(node.index, to, dial)
        return
      }
      case 'abandon-dial': {
        for (const [dial, { node: other, run, ask }] of this.#dials) {
          if (other !== node || run !== node.run || ask !== effect.ask) continue
          this.#dials.delete(dial)
          this.network.abandon(dial)
        }
        return
      }
      case 'send': {
        const bytes = encodeFrame(effect.frame)
        for (const link of effect.links) {
          const found = node.sides.get(link)
          if (found !== undefined) this.network.send(found.side, bytes)
        }
        return
      }
      case 'close': {
        const found = node.sides.get(effect.link)
        if (found === undefined) return
        this.at(this.nowMs, () => { this.network.close(found.side) })
        return
      }
      case 'store-member':
        if (effect.member === null) node.disk?.members.delete(effect.identity)
        else node.disk?.members.set(effect.identity, effect.member)
        return
      case 'store-incarnation':
        if (node.disk !== null) node.disk.incarnation = effect.incarnation
        return
      case 'notify':
        for (const hook of this.onNotice) hook(node, effect.notice, this.nowMs)
        return
      case 'log':
      case 'connect-settled':
      case 'left': return
      default: node.shelf?.perform(effect)
    }
  }

  #onOpened (side: Side, dial: number | null): void {
    const node = this.#nodeAt(side.node)
    const { identity } = side.other
    const asked = dial === null ? undefined : this.#dials.get(dial)
    if (dial !== null) this.#dials.delete(dial)
    if (node.core === null || (asked !== undefined && asked.run !== node.run)) {
      return this.network.close(side)
    }
    const link = side.id as LinkId
    node.sides.set(link, { side, reader: new FrameReader(WIRE_LIMITS.greetingFrameBytesMax) })
    this.post(node, {
      kind: 'link-opened',
      link,
      ask: asked?.ask ?? null,
      peer: identity as Identity,
      publicKey: this.#publicKeys.get(identity) ?? new Uint8Array(),
      remote: this.#nodeAt(side.other.node).address,
    })
  }

  #onDialFailed (index: number, dial: number, code: string): void {
    const asked = this.#dials.get(dial)
    this.#dials.delete(dial)
    const node = this.#nodeAt(index)
    if (asked === undefined || asked.run !== node.run) return
    this.post(node, { kind: 'dial-failed', ask: asked.ask, code, message: code })
  }

  #onBytes (side: Side, bytes: Uint8Array): void {
    const node = this.#nodeAt(side.node)
    const link = side.id as LinkId
    const found = node.sides.get(link)
    if (found === undefined) return
    found.reader.push(bytes)
    for (let frame = found.reader.next(); frame !== null; frame = found.reader.next()) {
      if (frame.type === 'unknown') continue
      if (frame.type === 'welcome') found.reader.frameBytesMax = WIRE_LIMITS.frameBytesMax
      if (frame.type === 'refusal') {
        return this.post(node, { kind: 'frame-refused', link, refusal: frame })
      }
      this.post(node, { kind: 'frame-received', link, frame })
    }
  }

  #onClosed (side: Side): void {
    const node = this.#nodeAt(side.node)
    const link = side.id as LinkId
    if (!node.sides.has(link)) return
    this.post(node, { kind: 'link-closed', link, end: 'closed' })
  }

  #newKeys (): SimSuite {
    const secret = this.#nextKey++
    const keys = this.#options.realSuite ? ed25519Suite(secret) : keyedHashSuite(secret)
    this.#publicKeys.set(identityFromHash(keys.suite.hash(keys.publicKey)), keys.publicKey)
    return keys
  }

  #nodeAt (index: number): SimNode {
    const node = this.nodes[index]
    if (node === undefined) throw new Error(`no node ${index}`)
    return node
  }
}

function addressOf (index: number): string {
  return `10.0.${Math.floor(index / 250)}.${index % 250 + 1}:8080`
}

function indexOf (address: string): number {
  const [, , high = '0', low = '1'] = address.split(/[.:]/)
  return Number(high) * 250 + Number(low) - 1
}
