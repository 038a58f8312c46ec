/**
 * THE HALLWAY. Facts come in from the adapters and wait in the inbox; the core is asked what they
 * mean; its effects are performed in order. One timer. Nothing is decided here.
 * Read next: `core/core.ts` for the decisions, `ports.ts` for what stands outside.
 */
import { EventEmitter } from 'node:events'
import { Core } from './core/core.js'
import type { Effect } from './core/effect.js'
import type { Event } from './core/event.js'
import type {
  LinkDown, LinkUp, Listening, Notice, PeerView, PingReceived, Warning,
} from './core/notice.js'
import { assertNever, GossipError } from './errors.js'
import type { BatchMatch, Imported } from './hall/archive.js'
import { Asks } from './hall/asks.js'
import { BulletinBoard, type Query } from './hall/bulletin-board.js'
import type { Bulletin, Topic } from './hall/bulletin.js'
import { HandDrive, SelfDrive, type Drive, type Hallway, type Waiting } from './hall/drive.js'
import { Inbox } from './hall/inbox.js'
import { Joins } from './hall/joins.js'
import type { GetOptions } from './hall/lookups.js'
import { Message } from './hall/message.js'
import type { Published, PublishOptions } from './hall/publications.js'
import { Requests, type RequestHandler, type RequestOptions } from './hall/requests.js'
import type { Subscription, SubscribeOptions } from './hall/subscription.js'
import type { Validator } from './hall/subscriptions.js'
import { HALLWAY_LIMITS, LINK_LIMITS } from './limits.js'
import { LinkHall } from './link-hall.js'
import type { ResolvedOptions } from './options.js'
import type { Clock, Listener, Ports } from './ports.js'
import { FlightRecorder, type TraceEntry } from './trace.js'
import { parseTarget } from './wire/address.js'
import type { Identity } from './wire/identity.js'

/** A notice as it is emitted: with `at`, ISO 8601. */
export type At<N extends Notice> = { readonly at: string } & N

/** Ports an embedder or a test may put in the place of the real ones. */
export type PortOverrides = Partial<
  Pick<Ports, 'clock' | 'entropy' | 'transport' | 'store' | 'bulletins' | 'log' | 'addresses'>
>

/** Events of a node: `node.on('ping', ping => …)`. `notice` gets every one of them. */
export interface NodeEvents {
  'listening': [At<Listening>]
  'link-up': [At<LinkUp>]
  'link-down': [At<LinkDown>]
  'ping': [At<PingReceived>]
  'warning': [At<Warning>]
  'notice': [At<Notice>]
}

/**
 * A member of a mesh. Made by `createNode`, which resolves when it listens; ends with `close()`.
 */
export class Node {
  /** Identity: SHA-256 of the public key, 52 characters of base32. */
  readonly id: Identity
  /** Resolves when the node has ended, by whatever way. */
  readonly closed: Promise<void>
  readonly #ports: Ports
  readonly #options: ResolvedOptions
  readonly #core: Core
  readonly #clock: Clock
  readonly #emitter = new EventEmitter<NodeEvents>()
  readonly #recorder = new FlightRecorder()
  readonly #hall: LinkHall
  readonly #asks: Asks
  readonly #board: BulletinBoard
  readonly #requests: Requests
  readonly #inbox: Inbox
  readonly #joins: Joins
  readonly #resolveClosed: () => void
  readonly #drive: Drive
  #offsetMs = NaN
  #interfaces: readonly string[] = []
  #interfacesMs = 0
  #listener: Listener | null = null
  #phase: 'running' | 'leaving' | 'ended' = 'running'

  /** Use `createNode`. */
  constructor (ports: Ports, options: ResolvedOptions, networkHash: Uint8Array) {
    this.#ports = ports
    this.#options = options
    this.#clock = ports.clock
    this.id = ports.identity.id
    const seed = new DataView(ports.entropy.bytes(4).buffer).getUint32(0)
    this.#core = new Core(ports.suite, {
      me: this.id,
      publicKey: ports.identity.publicKey,
      networkHash,
      admission: 'open',
      connect: options.connect,
      advertise: options.advertise,
      periodMs: options.periodMs,
      text: options.text,
      name: options.name,
      ephemeral: ports.store === null,
      linksMax: options.maxLinks,
      membersMax: options.maxMembers,
      rejoinMs: options.rejoinMs,
      bulletins: {
        retainMs: options.retainMs,
        quotaBytes: options.quota,
        contentBytesMax: options.maxContent,
        carries: options.carry === 'all',
      },
    }, seed)
    const post = (event: Event): void => { this.#drive.post(event) }
    this.#hall = new LinkHall(ports.clock, ports.log, post)
    this.#asks = new Asks(ports, post, (link, ask) => { this.#hall.open(link, ask) })
    this.#inbox = new Inbox(ports)
    this.#joins = new Joins(options.connect)
    this.#requests = new Requests(post)
    this.#board = new BulletinBoard({
      ports,
      asks: this.#asks,
      requests: this.#requests,
      networkHash,
      contentBytesMax: options.maxContent,
      post,
      nameOf: author => this.#core.nameOf(author),
      carriers: () => this.#core.carriers(),
      linked: () => this.peers().filter(({ status }) => status === 'linked').map(({ id }) => id),
      held: () => this.#core.heldBatches(),
      batchAt: (author, run, position) => this.#core.batchAt(author, run, position),
    })
    const Driver = options.drive === 'manual' ? HandDrive : SelfDrive
    this.#drive = new Driver(this.#hallway(), ports.clock)
    let resolveClosed = (): void => {}
    this.closed = new Promise(resolve => { resolveClosed = resolve })
    this.#resolveClosed = resolveClosed
  }

  /** Listens and begins; called once by `createNode`. Rejects with GossipError. */
  async start (): Promise<void> {
    const { transport, store, bulletins } = this.#ports
    const batches = await bulletins.loadBatches()
    this.#board.restore(batches)
    const { members, incarnation, deliveryCode } = await store?.load() ??
      { members: [], incarnation: 0, deliveryCode: null }
    this.#listener = await transport.listen({
      host: this.#options.host,
      port: this.#options.port,
      handshakesMax: LINK_LIMITS.handshakesInMax,
      handshakesPerIpMax: LINK_LIMITS.handshakesInPerIpMax,
      handshakeEvictableAfterMs: LINK_LIMITS.handshakeEvictableAfterMs,
      handshakeMaxMs: LINK_LIMITS.handshakeMaxMs,
    }, link => { this.#hall.open(link, null) })
    this.#interfaces = this.#ports.addresses(this.#options.host, this.port)
    this.#interfacesMs = this.#clock.nowMs()
    this.#drive.post({
      kind: 'started',
      addresses: this.#interfaces,
      port: this.port,
      stored: members,
      incarnationStored: incarnation,
      batches,
    })
    this.#asks.keep(this.#inbox.open(deliveryCode))
    // On the next turn, so that whoever awaits createNode can attach handlers first.
    this.#clock.breathe(() => {
      this.#emit({ kind: 'listening', id: this.id, address: this.address, port: this.port })
      for (const warning of this.#ports.warnings) this.#emit(warning)
    })
  }

  /** TCP port this node accepts links on. */
  get port (): number {
    return this.#listener?.port ?? this.#options.port
  }

  /** `host:port` that another machine may connect to. */
  get address (): string {
    return this.#options.advertise[0] ?? this.#interfaces[0] ?? `127.0.0.1:${this.port}`
  }

  /**
   * Id of the topic of this node's inbox, 64 hex digits: for what is meant for it alone. Kept with
   * `data`, else another one in each run.
   */
  get inboxTopic (): string {
    return this.#inbox.topic
  }

  /** Everyone known, as this node sees it now, in order of identity. */
  peers (): PeerView[] {
    return this.#core.peers()
  }

  on<K extends keyof NodeEvents> (event: K, listener: (...args: NodeEvents[K]) => void): this {
    this.#emitter.on(event, listener as never)
    return this
  }

  once<K extends keyof NodeEvents> (event: K, listener: (...args: NodeEvents[K]) => void): this {
    this.#emitter.once(event, listener as never)
    return this
  }

  off<K extends keyof NodeEvents> (event: K, listener: (...args: NodeEvents[K]) => void): this {
    this.#emitter.off(event, listener as never)
    return this
  }

  /**
   * Joins through `host:port` or `identity@host:port`. Resolves with the identity found there, at
   * the first link; until then the address is tried for ever. Rejects with GossipError
   * `option-invalid`, `identity-mismatch`, or `node-closed` when the node closes first.
   */
  connect (address: string): Promise<Identity> {
    const target = parseTarget(address)
    if (target === null) {
      const what = `connect: ${JSON.stringify(address)} is not host:port or identity@host:port`
      return Promise.reject(new GossipError('option-invalid', what))
    }
    if (this.#phase !== 'running') return Promise.reject(closedError())
    const joined = this.#joins.wait(target)
    this.#drive.post({ kind: 'connect-asked', target })
    return joined
  }

  /**
   * Publishes to everyone in the mesh. `topic`: a descriptor in text, or 32 bytes of a topic's id.
   * Resolves when it has left, or when `wait` is satisfied. Rejects with GossipError
   * `option-invalid`, `busy`, `clock-skew`, `log-full`, `store-failed`, `not-stored`, `work-failed`
   * or `node-closed`.
   */
  publish (
    topic: Topic, content: Uint8Array | string, options: PublishOptions = {},
  ): Promise<Published> {
    if (this.#phase !== 'running') return Promise.reject(closedError())
    return this.#board.publish(topic, content, options)
  }

  /**
   * Bulletins of a topic, each once, in the order of its author's log, this node's own included:
   * `for await (const bulletin of node.subscribe('news')) …`.
   * Throws GossipError `option-invalid` or `node-closed`.
   */
  subscribe (topic: Topic, options: SubscribeOptions = {}): Subscription {
    if (this.#phase !== 'running') throw closedError()
    return this.#board.subscribe(topic, options)
  }

  /**
   * Judges bulletins of a topic before they count here; null for nobody. One for each topic, and
   * with null in its place one for all topics that have none.
   */
  validate (topic: Topic | null, validator: Validator | null): void {
    this.#board.validate(topic, validator)
  }

  /** Bulletins held here that match, oldest first. */
  query (query: Query = {}): AsyncIterableIterator<Bulletin> {
    return this.#board.query(query)
  }

  /**
   * The bulletin whose content has this SHA-256, 64 hex digits. When it is not held here linked
   * peers are asked; what they answer is checked and not kept. Null when nobody has it, or says so
   * in time. Rejects with GossipError `option-invalid`, `busy` or `node-closed`.
   */
  get (contentId: string, options: GetOptions = {}): Promise<Bulletin | null> {
    return this.#board.get(contentId, options)
  }

  /**
   * The linked peer that handed over a bulletin held here; null for own ones, for those of a file,
   * and where it is not remembered: of earlier runs, and of batches that are not kept.
   */
  deliveredBy ({ author, incarnation, seq }: Pick<Bulletin, 'author' | 'incarnation' | 'seq'>):
  Identity | null {
    return this.#core.deliveredBy(author, incarnation, seq)
  }

  /**
   * The bytes of a file with the batches held here that match, for places that no link reaches:
   * `for await (const bytes of node.exportBatches({ topic: 'news' })) …`.
   */
  exportBatches (match: BatchMatch = {}): AsyncIterableIterator<Uint8Array> {
    return this.#board.archive.export(match)
  }

  /**
   * Takes the batches of such a file, under the very checks that those of links pass. Rejects with
   * GossipError `import-foreign`, `import-damaged` or `node-closed`.
   */
  importBatches (
    file: Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): Promise<Imported> {
    if (this.#phase !== 'running') return Promise.reject(closedError())
    return this.#board.archive.import(file)
  }

  /**
   * Removes the batches held here that match, and resolves with how many bulletins left. In this
   * run they are not fetched again; other members keep theirs. Rejects with GossipError
   * `option-invalid` or `node-closed`.
   */
  purge (match: BatchMatch): Promise<number> {
    if (this.#phase !== 'running') return Promise.reject(closedError())
    return this.#board.archive.purge(match)
  }

  /** A message to put together: `node.message('hi').topic('news').wait('all').publish()`. */
  message (content: Uint8Array | string): Message {
    return new Message((topic, bytes, options) => this.publish(topic, bytes, options), content)
  }

  /** Answers peers' requests of a kind; null for nobody. Throws GossipError `option-invalid`. */
  handle (kind: string, handler: RequestHandler | null): void {
    this.#requests.handle(kind, handler)
  }

  /**
   * Asks the application at a linked peer. Rejects with GossipError `option-invalid`, `busy`,
   * `not-linked`, `request-failed` or `node-closed`.
   */
  request (
    peer: Identity, kind: string, body: Uint8Array, options: RequestOptions = {},
  ): Promise<Uint8Array> {
    if (this.#phase !== 'running') return Promise.reject(closedError())
    return this.#requests.request(peer, kind, body, options)
  }

  /**
   * With `drive: 'manual'`: handles at most one waiting item each of outbound, inbound, actions and
   * bulletins, in that order, and gives how many those were; 0 when nothing waited, or within a
   * step. Throws GossipError `option-invalid` when the node drives itself.
   */
  step (): number {
    return this.#drive.step()
  }

  /** How many items of each kind wait; their sum is the action count of the second seed. */
  get waiting (): Waiting {
    return this.#drive.waiting()
  }

  /**
   * Leaves the network: tells every member, flushes for at most 1.5 s, ends. Resolves when all is
   * closed; calling it again gives the same promise. A node driven by hand needs no more steps.
   */
  close (): Promise<void> {
    if (this.#phase === 'running') {
      this.#phase = 'leaving'
      this.#drive.letGo()
      this.#drive.post({ kind: 'leave-asked' })
    }
    return this.closed
  }

  /** Ends at once, telling nobody: to the others this node is lost. */
  destroy (): void {
    this.#phase = 'ended'
    this.#drive.end()
    this.#finish(0)
  }

  [Symbol.asyncDispose] (): Promise<void> {
    return this.close()
  }

  /**
   * The last events and effects, oldest first: for tests and bug reports.
   * @internal
   */
  trace (): TraceEntry[] {
    return this.#recorder.entries()
  }

  #hallway (): Hallway {
    return {
      lookOutside: nowMs => { this.#lookOutside(nowMs) },
      handle: (event, nowMs) => { this.#handle(event, nowMs) },
      perform: effect => { this.#perform(effect) },
      flush: () => { this.#hall.flush() },
      isBusy: () => this.#hall.isBusy,
      wakeAtMs: () => this.#core.wakeAtMs(),
    }
  }

  #handle (event: Event, nowMs: number): void {
    this.#recorder.record(nowMs, event)
    for (const effect of this.#core.handle(event, nowMs)) {
      this.#recorder.record(nowMs, effect)
      this.#drive.perform(effect)
    }
    if (isOfBytes(event)) this.#hall.handled(event.link)
  }

  #perform (effect: Effect): void {
    switch (effect.kind) {
      case 'dial': return this.#asks.dial(effect)
      case 'abandon-dial': return this.#asks.abandonDial(effect)
      case 'send': return this.#hall.send(effect)
      case 'close': return this.#hall.close(effect.link, LINK_LIMITS.closeFlushMaxMs)
      case 'pause-link': return this.#hall.pause(effect.link, effect.paused)
      case 'store-member':
        return this.#asks.keep(this.#ports.store?.putMember(effect.identity, effect.member))
      case 'store-incarnation':
        return this.#asks.keep(this.#ports.store?.putIncarnation(effect.incarnation))
      case 'check-batch': return this.#asks.checkBatch(effect)
      case 'store-batch': return this.#asks.storeBatch(effect)
      case 'read-batches': return this.#asks.readBatches(effect)
      case 'drop-batches': return this.#asks.dropBatches(effect)
      case 'deliver':
      case 'gap':
      case 'published':
      case 'publish-failed':
      case 'receipt':
      case 'offer-settled':
      case 'purged':
      case 'validate-batch': return this.#board.perform(effect)
      case 'serve-request': return this.#requests.onServe(effect)
      case 'request-answered': return this.#requests.onAnswered(effect)
      case 'notify': return this.#tell(effect.notice)
      case 'log': return this.#ports.log(effect)
      case 'connect-settled': return this.#joins.settle(effect)
      case 'left': return this.#finish(HALLWAY_LIMITS.leaveMaxMs)
      default: return assertNever(effect)
    }
  }

  #tell (notice: Notice): void {
    if (notice.kind === 'link-up' || notice.kind === 'link-down') {
      this.#board.onLinkChange(notice.peer)
    }
    this.#emit(notice)
  }

  #emit (notice: Notice): void {
    const stamped = { at: new Date(this.#clock.wallMs()).toISOString(), ...notice }
    try {
      this.#emitter.emit('notice', stamped)
      this.#emitter.emit(notice.kind, ...([stamped] as never))
    } catch (error) {
      // An embedder's handler threw: its error, not to be swallowed, nor to stop this drain.
      queueMicrotask(() => { throw error })
    }
  }

  /** What may change unasked: the wall clock and the interfaces. */
  #lookOutside (nowMs: number): void {
    const offsetMs = this.#clock.wallMs() - nowMs
    if (!(Math.abs(offsetMs - this.#offsetMs) < HALLWAY_LIMITS.clockSetMs)) {
      this.#offsetMs = offsetMs
      this.#handle({ kind: 'clock-set', offsetMs }, nowMs)
    }
    if (nowMs - this.#interfacesMs < HALLWAY_LIMITS.interfacesEveryMs) return
    this.#interfacesMs = nowMs
    const addresses = this.#ports.addresses(this.#options.host, this.port)
    if (addresses.join() === this.#interfaces.join()) return
    this.#interfaces = addresses
    this.#handle({ kind: 'addresses-changed', addresses, port: this.port }, nowMs)
  }

  /** Stops accepting, flushes what is queued, ends. */
  #finish (flushMaxMs: number): void {
    this.#asks.abandonAllDials()
    this.#joins.close(closedError())
    this.#board.close()
    this.#requests.close()
    const ending = [this.#listener?.close(), this.#hall.closeAll(flushMaxMs)]
    void Promise.allSettled(ending).then(async () => {
      this.#phase = 'ended'
      this.#drive.end()
      await Promise.all([this.#asks.stored(), this.#board.stored()])
      const { store, bulletins, checker, minter } = this.#ports
      await Promise.allSettled([store?.close(), bulletins.close(), checker.close(), minter.close()])
      this.#resolveClosed()
    })
  }
}

/** Events that the hall of links posts of what it read: it reads on when they were handled. */
function isOfBytes (
  event: Event,
): event is Extract<Event, { kind: 'frame-received' | 'frame-refused' | 'bytes-received' }> {
  const { kind } = event
  return kind === 'frame-received' || kind === 'frame-refused' || kind === 'bytes-received'
}

function closedError (): GossipError {
  return new GossipError('node-closed', 'the node is closed')
}
