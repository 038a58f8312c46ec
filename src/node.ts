/**
 * THE HALLWAY. Facts come in from the adapters and wait in the inbox; the core is asked what they
 * mean; its effects are performed in order. One timer. Nothing is decided here.
 * Read next: `core/core.ts` for the decisions, `ports.ts` for what stands outside, `node-calls.ts`
 * for what may be asked of a node.
 */
import { Core } from './core/core.js'
import type { Effect } from './core/effect.js'
import type { Event } from './core/event.js'
import type { Notice, PeerView } from './core/notice.js'
import { assertNever, closedError, GossipError } from './errors.js'
import { Almanac } from './hall/almanac.js'
import { Asks } from './hall/asks.js'
import { BulletinBoard } from './hall/bulletin-board.js'
import { coreOptionsOf } from './hall/core-options.js'
import { HandDrive, SelfDrive, type Drive, type Hallway, type Waiting } from './hall/drive.js'
import { Forgets } from './hall/forgets.js'
import { Health } from './hall/health.js'
import { Joins } from './hall/joins.js'
import { Outside } from './hall/outside.js'
import { Overview } from './hall/overview.js'
import { Pings } from './hall/pings.js'
import { Private } from './hall/private/private.js'
import { Requests } from './hall/requests.js'
import { Schedules, timesOf } from './hall/schedules.js'
import { HALLWAY_LIMITS, LINK_LIMITS } from './limits.js'
import { LinkHall } from './link-hall.js'
import { NodeCalls, type Rooms } from './node-calls.js'
import type { ResolvedOptions } from './options.js'
import type { Clock, Listener, Ports, Times } from './ports.js'
import { FlightRecorder, type TraceEntry } from './trace.js'
import { parseTarget } from './wire/address.js'
import type { Identity } from './wire/identity.js'

export type { At, NodeEvents, PortOverrides } from './node-events.js'

/**
 * A member of a mesh. Made by `createNode`, which resolves when it listens; ends with `close()`.
 */
export class Node extends NodeCalls {
  /** Identity: SHA-256 of the public key, 52 characters of base32. */
  readonly id: Identity
  /** Resolves when the node has ended, by whatever way. */
  readonly closed: Promise<void>
  /** Bulletins published again and again; kept with `data`. */
  readonly schedules: Schedules
  /** @internal */
  protected readonly rooms: Rooms
  readonly #ports: Ports
  readonly #options: ResolvedOptions
  readonly #core: Core
  readonly #clock: Clock
  readonly #recorder = new FlightRecorder()
  readonly #outside: Outside
  readonly #hall: LinkHall
  readonly #asks: Asks
  readonly #board: BulletinBoard
  readonly #requests: Requests
  readonly #private: Private
  readonly #forgets: Forgets
  readonly #joins: Joins
  readonly #almanac: Almanac
  readonly #resolveClosed: () => void
  readonly #drive: Drive
  #listener: Listener | null = null
  #phase: 'running' | 'leaving' | 'ended' = 'running'

  /** Use `createNode`. */
  constructor (ports: Ports, options: ResolvedOptions, networkHash: Uint8Array) {
    super()
    this.#ports = ports
    this.#options = options
    this.#clock = ports.clock
    this.id = ports.identity.id
    const seed = new DataView(ports.entropy.bytes(4).buffer).getUint32(0)
    this.#core = new Core(ports.suite, coreOptionsOf(ports, options, networkHash), seed)
    const post = (event: Event): void => { this.#drive.post(event) }
    this.#outside = new Outside({
      clock: ports.clock,
      addresses: () => ports.addresses(options.host, this.port),
      port: () => this.port,
      handle: (event, nowMs) => { this.#handle(event, nowMs) },
    })
    this.#hall = new LinkHall(ports.clock, ports.log, post,
      (link, withinMs) => this.#core.isTaking(link, withinMs))
    this.#asks = new Asks(ports, post, (link, ask) => { this.#hall.open(link, ask) })
    this.#joins = new Joins(options.connect)
    this.#requests = new Requests(post)
    this.#forgets = new Forgets(post)
    const linked = (): Identity[] => linkedOf(this.peers())
    this.#board = new BulletinBoard({
      ports,
      asks: this.#asks,
      requests: this.#requests,
      networkHash,
      contentBytesMax: options.maxContent,
      post,
      nameOf: author => this.#core.nameOf(author),
      carriers: () => this.#core.carriers(),
      linked,
      held: () => this.#core.heldBatches(),
      batchAt: (author, run, position) => this.#core.batchAt(author, run, position),
    })
    this.#private = this.#privateSide(linked, post)
    this.#almanac = new Almanac(ports.clock)
    this.schedules = new Schedules({
      ...ports,
      almanac: this.#almanac,
      contentBytesMax: options.maxContent,
      publish: (topic, content) => this.publish(topic, content),
    })
    this.rooms = {
      core: this.#core,
      board: this.#board,
      requests: this.#requests,
      private: this.#private,
      pings: new Pings(ports, this.#requests, { me: this.id, path: peer => this.path(peer) }),
      forgets: this.#forgets,
      health: new Health(this.#core, ports.clock),
      overview: new Overview({ ports, options, core: this.#core, board: this.#board }),
      isOpen: () => this.#phase === 'running',
    }
    const Driver = options.drive === 'manual' ? HandDrive : SelfDrive
    this.#drive = new Driver(this.#hallway(), ports.clock)
    let resolveClosed = (): void => {}
    this.closed = new Promise(resolve => { resolveClosed = resolve })
    this.#resolveClosed = resolveClosed
  }

  /** Listens and begins; called once by `createNode`. Rejects with GossipError. */
  async start (): Promise<void> {
    const { transport, store, bulletins } = this.#ports
    const rounds = this.#roundTimes()
    const batches = await bulletins.loadBatches()
    this.#board.restore(batches)
    const kept = await store?.load() ?? null
    this.#listener = await transport.listen({
      host: this.#options.host,
      port: this.#options.port,
      handshakesMax: LINK_LIMITS.handshakesInMax,
      handshakesPerIpMax: LINK_LIMITS.handshakesInPerIpMax,
      handshakeEvictableAfterMs: LINK_LIMITS.handshakeEvictableAfterMs,
      handshakeMaxMs: LINK_LIMITS.handshakeMaxMs,
    }, link => { this.#hall.open(link, null) })
    this.#drive.post({
      kind: 'started',
      addresses: this.#outside.start(),
      port: this.port,
      stored: kept?.members ?? [],
      incarnationStored: kept?.incarnation ?? 0,
      boxKey: this.#private.open(kept),
      batches,
    })
    this.schedules.restore(kept?.schedules ?? [])
    if (rounds !== null) {
      this.#almanac.set('round', rounds, () => { this.#drive.post({ kind: 'round-asked' }) })
    }
    // On the next turn, so that whoever awaits createNode can attach handlers first.
    this.#clock.breathe(() => {
      this.#emit({ kind: 'listening', id: this.id, address: this.address, port: this.port })
      for (const warning of this.#ports.warnings) this.#emit(warning)
      this.#private.begin()
    })
  }

  /** TCP port this node accepts links on. */
  get port (): number {
    return this.#listener?.port ?? this.#options.port
  }

  /** `host:port` that another machine may connect to. */
  get address (): string {
    return this.#options.advertise[0] ?? this.#outside.interfaces[0] ?? `127.0.0.1:${this.port}`
  }

  /** Everyone known, as this node sees it now, in order of identity. */
  peers (): PeerView[] {
    return this.#core.peers()
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

  #privateSide (linked: () => Identity[], post: (event: Event) => void): Private {
    const { inbox, maxContent } = this.#options
    return new Private({
      post, linked,
      ports: this.#ports,
      board: this.#board,
      requests: this.#requests,
      isOpenToMembers: inbox === 'members',
      contentBytesMax: maxContent,
      keep: writing => { this.#asks.keep(writing) },
      boxKeyOf: member => this.#core.boxKeyOf(member),
      isNamed: target => this.#joins.has(target),
      notify: notice => { this.#emit(notice) },
      isOpen: () => this.#phase === 'running',
    })
  }

  /** Throws GossipError `schedule-invalid`. */
  #roundTimes (): Times | null {
    const { schedule } = this.#options
    return schedule === null ? null : timesOf(this.#ports.calendar, schedule)
  }

  #hallway (): Hallway {
    return {
      lookOutside: nowMs => { this.#outside.look(nowMs) },
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
      case 'forget-settled': return this.#forgets.settle(effect)
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
    if (notice.kind === 'link-up') this.#private.onLinkUp(notice.peer, notice.address)
    else if (notice.kind === 'link-down') this.#private.onLinkDown(notice.peer)
  }

  #emit (notice: Notice): void {
    if (notice.kind === 'warning') this.rooms.health.note(notice)
    const stamped = { at: new Date(this.#clock.wallMs()).toISOString(), ...notice }
    try {
      this.emitter.emit('notice', stamped)
      this.emitter.emit(notice.kind, ...([stamped] as never))
    } catch (error) {
      // An embedder's handler threw: its error, not to be swallowed, nor to stop this drain.
      queueMicrotask(() => { throw error })
    }
  }

  /** Stops accepting, flushes what is queued, ends. */
  #finish (flushMaxMs: number): void {
    this.#asks.abandonAllDials()
    this.#almanac.close()
    this.#joins.close(closedError())
    this.#forgets.close(closedError())
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

function linkedOf (peers: readonly PeerView[]): Identity[] {
  return peers.filter(({ status }) => status === 'linked').map(({ id }) => id)
}

/** Events that the hall of links posts of what it read: it reads on when they were handled. */
function isOfBytes (
  event: Event,
): event is Extract<Event, { kind: 'frame-received' | 'frame-refused' | 'bytes-received' }> {
  const { kind } = event
  return kind === 'frame-received' || kind === 'frame-refused' || kind === 'bytes-received'
}
