/**
 * Real cores, one queue ordered by time and sequence, a clock that jumps to the next entry. What is
 * sent is encoded and cut into frames again by the production wire. Everything follows from the
 * seed. Read next: `run.ts` for what happens to such a world.
 */
import TinyQueue from 'tinyqueue'
import type { Delivery, StoredBatch } from '../../src/core/bulletins/vocabulary.js'
import { Core } from '../../src/core/core.js'
import type { Effect } from '../../src/core/effect.js'
import type { AskId, Event, LinkId, PublicationId, Target } from '../../src/core/event.js'
import type { BulletinOptions } from '../../src/core/options.js'
import type { Notice } from '../../src/core/notice.js'
import { Random } from '../../src/core/random.js'
import type { Routing } from '../../src/core/routes/vocabulary.js'
import { encodeFrame } from '../../src/wire/encode.js'
import type { Frame } from '../../src/wire/frame.js'
import type { Identity } from '../../src/wire/identity.js'
import { FrameReader } from '../../src/wire/reader.js'
import { WIRE_LIMITS } from '../../src/limits.js'
import { NarrowLink } from './narrow-link.js'
import { Network, type Side } from './network.js'
import {
  coreOptionsOf, emptyDisk, identityOf, indexOf, NETWORK_HASH, newNode, targetsOf, type Brain,
  type NoticeHook, type SimNode,
} from './sim-node.js'
import { ShelfPort, worked, type Shelved } from './shelf-port.js'
import { ed25519Suite, keyedHashSuite, type SimSuite } from './suite.js'

export type { SimNode } from './sim-node.js'

export interface WorldOptions {
  readonly seed: number
  readonly latencyMs: { readonly least: number, readonly spread: number }
  readonly realSuite: boolean
  readonly linksMax?: number
  /** Along the author's tree when not given. */
  readonly routing?: Routing
  readonly membersMax?: number
  readonly rejoinMs?: number
  /** Between pings for people. */
  readonly periodMs?: number
  readonly bulletins?: Partial<BulletinOptions>
  /** False: who loses power still resets connections, as the first plan of faults had it. */
  readonly losesPowerSilently?: boolean
}

/** Makes the process of a hostile machine around the core that an honest one would have. */
export type Script = (core: Core, say: (link: LinkId, bytes: Uint8Array) => void) => Brain

interface Entry {
  readonly atMs: number
  readonly order: number
  readonly action: () => void
}


export class World {
  readonly random: Random
  readonly network: Network
  readonly nodes: SimNode[] = []
  readonly onNotice: NoticeHook[] = []
  /** Told what every node hands to its subscribers. */
  onDelivery: ((node: SimNode, delivery: Delivery) => void) | null = null
  /** Told of every effect that is about bulletins, before it is performed. */
  readonly onBulletins: ((node: SimNode, effect: Effect) => void)[] = []
  /** Told of every batch that a node has written, or could not write. */
  readonly onWritten: ((node: SimNode, batch: StoredBatch, isStored: boolean) => void)[] = []
  /** Told of every start, before the process knows of anything. */
  readonly onStart: ((node: SimNode) => void)[] = []
  /** Told of every end of a process whose kernel says so, before its peers can know. */
  readonly onCrash: ((node: SimNode) => void)[] = []
  /** Told of every farewell that was said to its end, when the process is gone. */
  readonly onLeft: ((node: SimNode) => void)[] = []
  /** Told of every dial. */
  readonly onDial: ((node: SimNode, address: string) => void)[] = []
  /** Told of every frame that leaves at a side. */
  readonly onSent: ((side: Side, frame: Frame, bytes: number) => void)[] = []
  /** Told what every node decides, for a trace. */
  onEffect: ((node: SimNode, effect: Effect) => void) | null = null
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
  readonly #scripts = new Map<SimNode, Script>()
  /** Sides whose reader is slow to take bulletins. */
  readonly #narrow = new Map<Side, NarrowLink>()

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

  /** True when nodes sign with Ed25519. */
  get realSuite (): boolean {
    return this.#options.realSuite
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
    return this.#add(this.#newKeys(), { connect: targetsOf(connect), keepsDisk, isHostile: false })
  }

  /** A machine that follows a script; memory only. */
  addHostile (connect: readonly number[], script: Script): SimNode {
    const what = { connect: targetsOf(connect), keepsDisk: false, isHostile: true }
    const node = this.#add(this.#newKeys(), what)
    this.#scripts.set(node, script)
    return node
  }

  /** Another machine with a copy of a node's disk, key and all; starts when told. */
  addTwin (of: SimNode, connect: readonly Target[]): SimNode {
    const twin = this.#add(of.keys, { connect, keepsDisk: true, isHostile: false })
    twin.policy = of.policy
    twin.disk = {
      members: new Map(of.disk?.members), incarnation: of.disk?.incarnation ?? 0,
      batches: new Map(of.disk?.batches),
    }
    return twin
  }

  /** The disk of a machine that is off is replaced by an empty one: another key the next time. */
  replaceDisk (node: SimNode): void {
    if (node.disk === null || node.core !== null) return
    node.disk = emptyDisk()
    this.#renewKeys(node)
  }

  start (node: SimNode): void {
    if (node.core !== null || node.isRetired) return
    if (node.run > 0 && node.disk === null && !node.isHostile) this.#renewKeys(node)
    node.run++
    node.isQuiet = false
    node.lastTimestamp = 0
    this.network.light(node.index)
    const core = new Core(node.keys.suite, coreOptionsOf(node, this.#options), this.random.word())
    const script = this.#scripts.get(node)
    node.core = script?.(core, (link, bytes) => { this.#sendBytes(node, link, bytes) }) ?? core
    const shelved: Shelved = node.disk?.batches ?? new Map<string, StoredBatch>()
    node.shelf = this.#newShelf(node, shelved)
    node.armedMs = Infinity
    for (const hook of this.onStart) hook(node)
    this.post(node, { kind: 'clock-set', offsetMs: node.offsetMs })
    this.post(node, {
      kind: 'started',
      addresses: [node.address],
      port: 8080,
      stored: node.disk === null ? [] : [...node.disk.members.values()],
      incarnationStored: node.disk?.incarnation ?? 0, boxKey: null,
      batches: [...shelved.values()],
    })
  }

  #newShelf (node: SimNode, shelved: Shelved): ShelfPort {
    const { run } = node
    return new ShelfPort({
      random: this.random,
      networkHash: NETWORK_HASH,
      difficulty: node.policy.difficulty,
      isFull: () => node.isDiskFull,
      suite: () => node.keys.suite,
      later: (delayMs, action) => {
        const then = (): void => { if (node.run === run && node.core !== null) action() }
        this.at(this.nowMs + delayMs, then)
      },
      post: event => { this.post(node, event) },
      delivered: delivery => { this.onDelivery?.(node, delivery) },
      written: (batch, isStored) => {
        for (const hook of this.onWritten) hook(node, batch, isStored)
      },
    }, shelved)
  }

  /** What a running node has stored, by name. */
  shelvedBy (node: SimNode): ReadonlyMap<string, StoredBatch> {
    return node.shelf?.shelved ?? new Map<string, StoredBatch>()
  }

  /** A bulletin of `node`; false while it does not run. */
  publish (node: SimNode, topic: string, content: string): boolean {
    if (node.core === null) return false
    const timestamp = Math.floor((this.nowMs + node.offsetMs) / 1_000)
    node.lastTimestamp = Math.max(node.lastTimestamp, timestamp)
    const item = {
      topic: node.keys.suite.hash(new TextEncoder().encode(topic)),
      timestamp: node.lastTimestamp,
      nonce: 0,
      content: new TextEncoder().encode(content),
    }
    this.post(node, {
      kind: 'publish-asked',
      publication: this.#nextPublication++ as PublicationId,
      item: worked(item, node.identity, node.policy.difficulty),
      alone: false,
      hopsMax: 0,
    })
    return true
  }

  /**
   * The reader of what leaves at this side takes bulletins slowly for a while: so many bytes of
   * live ones may wait, then they are dropped. False when it is slow already.
   */
  narrow (side: Side, roomBytes: number, bytesPerMs: number, forMs: number): boolean {
    if (!side.isOpen || this.#narrow.has(side)) return false
    const link = new NarrowLink({
      roomBytes,
      bytesPerMs,
      later: (delayMs, action) => { this.at(this.nowMs + delayMs, action) },
      send: bytes => { this.network.send(side, bytes) },
    })
    this.#narrow.set(side, link)
    this.at(this.nowMs + forMs, () => {
      this.#narrow.delete(side)
      link.widen()
    })
    return true
  }

  crash (node: SimNode, powerToo: boolean): void {
    if (node.core === null) return
    if (!powerToo) for (const hook of this.onCrash) hook(node)
    node.core = null
    node.sides.clear()
    node.backlog = []
    node.stalledUntilMs = 0
    this.network.crash(node.index, powerToo, this.#options.losesPowerSilently ?? true)
  }

  /** The operator ends it properly: it says farewell. */
  leave (node: SimNode): void {
    this.post(node, { kind: 'leave-asked' })
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
    node.offsetsMs.push(node.offsetMs)
    this.post(node, { kind: 'clock-set', offsetMs: node.offsetMs })
  }

  /** A stalled process gets its turn at once. */
  resume (node: SimNode): void {
    if (node.stalledUntilMs <= this.nowMs) return
    node.stalledUntilMs = this.nowMs
    this.#wakeUp(node, this.nowMs)
  }

  post (node: SimNode, event: Event): void {
    const { core } = node
    if (core === null) return
    if (node.stalledUntilMs > this.nowMs) {
      node.backlog.push(event)
      return
    }
    if (event.kind === 'clock-set') node.toldOffsetMs = event.offsetMs
    this.#perform(node, core.handle(event, this.nowMs))
    const isBusy = this.#narrow.size > 0 && this.#isBusy(node)
    this.#perform(node, core.handle({ kind: 'drained', isBusy }, this.nowMs))
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

  #arm (node: SimNode, core: Brain): void {
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
        for (const hook of this.onDial) hook(node, effect.address)
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
      case 'send': return this.#send(node, effect)
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
        if (isReplaced(effect.notice)) node.isQuiet = true
        for (const hook of this.onNotice) hook(node, effect.notice, this.nowMs)
        return
      case 'left': {
        // After the closes of the same farewell, which are due now too.
        const { run } = node
        this.at(this.nowMs, () => {
          if (node.run !== run) return
          this.crash(node, false)
          for (const hook of this.onLeft) hook(node)
        })
        return
      }
      case 'log':
      case 'connect-settled': return
      case 'pause-link': {
        const found = node.sides.get(effect.link)
        if (found !== undefined) this.network.pause(found.side, effect.paused)
        return
      }
      default:
        for (const hook of this.onBulletins) hook(node, effect)
        node.shelf?.perform(effect)
    }
  }

  /** Live bulletins wait for some link. */
  #isBusy (node: SimNode): boolean {
    for (const { side } of node.sides.values()) {
      if (this.#narrow.get(side)?.isBusy === true) return true
    }
    return false
  }

  #send (node: SimNode, effect: Extract<Effect, { kind: 'send' }>): void {
    const { links, frame, isAnswer = false } = effect
    const bytes = encodeFrame(frame)
    for (const link of links) {
      const found = node.sides.get(link)
      if (found === undefined) continue
      for (const hook of this.onSent) hook(found.side, frame, bytes.length)
      const narrow = this.#narrow.get(found.side)
      if (narrow === undefined || (frame.type !== 'batch' && frame.type !== 'log-answer')) {
        this.network.send(found.side, bytes)
      } else if (!narrow.push(bytes, frame.type === 'batch' && !isAnswer)) {
        this.at(this.nowMs, () => { this.post(node, { kind: 'link-overflowed', link }) })
      }
    }
  }

  #sendBytes (node: SimNode, link: LinkId, bytes: Uint8Array): void {
    const found = node.sides.get(link)
    if (found !== undefined) this.network.send(found.side, bytes)
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
    const reader = new FrameReader(WIRE_LIMITS.greetingFrameBytesMax)
    node.sides.set(link, { side, reader, openedMs: this.nowMs })
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

  #add (keys: SimSuite, what: Parameters<typeof newNode>[2]): SimNode {
    const node = newNode(this.nodes.length, keys, what)
    this.nodes.push(node)
    return node
  }

  #renewKeys (node: SimNode): void {
    node.keys = this.#newKeys()
    node.identity = identityOf(node.keys)
  }

  #newKeys (): SimSuite {
    const secret = this.#nextKey++
    const keys = this.#options.realSuite ? ed25519Suite(secret) : keyedHashSuite(secret)
    this.#publicKeys.set(identityOf(keys), keys.publicKey)
    return keys
  }

  #nodeAt (index: number): SimNode {
    const node = this.nodes[index]
    if (node === undefined) throw new Error(`no node ${index}`)
    return node
  }
}

function isReplaced (notice: Notice): boolean {
  return notice.kind === 'warning' && notice.code === 'replaced'
}
