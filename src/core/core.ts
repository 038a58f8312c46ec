/**
 * THE CORE: one event in, effects out. Routes each event to the machine that owns it; decides
 * nothing itself. Passive: time is handed in, randomness is seeded, nothing waits (docs/adr/0002).
 * Read next: `arrivals.ts` and `membership.ts` for the life of a link, `event.ts` and `effect.ts`
 * for the vocabulary.
 */
import { assertNever } from '../errors.js'
import { HALLWAY_LIMITS, LINK_LIMITS, PULSE_LIMITS, ROSTER_LIMITS } from '../limits.js'
import type { Frame, Ping } from '../wire/frame.js'
import type { DatedCode } from '../wire/inbox.js'
import { Arrivals } from './arrivals.js'
import { Bulletins } from './bulletins/bulletins.js'
import { Clocks } from './clocks.js'
import { Deadlines, type Deadline } from './deadlines.js'
import { Dials } from './dials.js'
import type { Effect } from './effect.js'
import type { Event, LinkId } from './event.js'
import { Exchange } from './exchange.js'
import { addressOf } from './greet.js'
import { keepHouse } from './house-keeping.js'
import { isGreeted, Links, type LinkEntry } from './links.js'
import { Membership } from './membership.js'
import { log, wallMs, warn, type Mesh } from './mesh.js'
import { Operator } from './operator.js'
import type { CoreOptions } from './options.js'
import { OwnRuns } from './own-runs.js'
import { Pulse } from './pulse.js'
import { Questions } from './questions.js'
import { Random } from './random.js'
import { Requests } from './requests.js'
import { Roster } from './roster.js'
import { Seeks } from './seeks.js'
import { Self } from './self.js'
import { Slots } from './slots.js'
import type { Sizes } from './sizes.js'
import { Routes } from './routes/routes.js'
import { readyLinks, send } from './speak.js'
import type { Suite } from './suite.js'
import { giveUpSurplus } from './surplus.js'
import { Twins } from './twins.js'

type BulletinEvent = Extract<Event, {
  kind: 'publish-asked' | 'batch-checked' | 'batch-validated' | 'batch-stored' | 'batches-read' |
    'topics-set' | 'link-overflowed' | 'batch-offered' | 'purge-asked'
}>

export class Core extends Questions {
  readonly #membership: Membership
  readonly #arrivals: Arrivals
  readonly #ownRuns: OwnRuns

  /** `seed`: 32 unpredictable bits in production, the run's seed in a simulation. */
  constructor (suite: Suite, options: CoreOptions, seed: number) {
    const { me, networkHash, membersMax } = options
    const mesh: Mesh = {
      options,
      random: new Random(seed),
      deadlines: new Deadlines(),
      self: new Self(suite, options),
      roster: new Roster(suite, { me, networkHash, membersMax }),
      links: new Links(),
      phase: 'joining',
      nowMs: 0,
      offsetMs: 0,
      out: [],
    }
    const pulse = new Pulse(mesh)
    const routes = new Routes(mesh, suite, link => pulse.rttMs(link))
    const slots = new Slots(mesh, routes.ways)
    const dials = new Dials(mesh)
    const seeks = new Seeks(mesh, dials, slots)
    const exchange = new Exchange(mesh, seeks)
    const operator = new Operator(mesh, dials, exchange, slots)
    const clocks = new Clocks(mesh)
    const bulletins = new Bulletins(mesh, suite, clocks, link => { pulse.onHeartbeatDue(link) },
      author => routes.ways.onwardOf(author))
    pulse.heads = bulletins
    super(mesh, {
      bulletins, dials, seeks, slots, exchange, operator, pulse, clocks, routes,
      requests: new Requests(mesh), twins: new Twins(mesh),
    })
    this.#membership = new Membership(mesh, this.machines)
    this.#arrivals = new Arrivals(mesh, this.machines, this.#membership)
    this.#ownRuns = new OwnRuns(mesh, this.machines, this.#membership)
  }

  /** What happens now means this is to be done, in order. `nowMs` is monotonic. */
  handle (event: Event, nowMs: number): Effect[] {
    this.mesh.nowMs = nowMs
    this.mesh.out = []
    this.#route(event)
    return this.mesh.out
  }

  /** When the next `tick` is due, or Infinity. */
  wakeAtMs (): number {
    return this.mesh.deadlines.nextMs()
  }

  /** How many of each kind are held, by name: what `limits.ts` bounds. For tests and reports. */
  sizes (): Sizes {
    const { deadlines, links, roster, self } = this.mesh
    const { bulletins, clocks, dials, exchange, operator } = this.machines
    const { pulse, routes, seeks, slots, twins } = this.machines
    return {
      ...slots.sizes, ...deadlines.sizes,
      ...links.sizes, ...roster.sizes, ...self.sizes, ...clocks.sizes,
      ...dials.sizes, ...exchange.sizes, ...operator.sizes, ...pulse.sizes, ...seeks.sizes,
      ...twins.sizes, ...bulletins.sizes, ...routes.sizes, ...this.#membership.sizes,
    }
  }

  #route (event: Event): void {
    switch (event.kind) {
      case 'started': return this.#onStarted(event)
      case 'clock-set': return this.#onClockSet(event.offsetMs)
      case 'inbox-told': return this.#onInboxTold(event.inbox)
      case 'addresses-changed': return this.#onAddresses(event.addresses, event.port)
      case 'tick': return this.#onTick(event.lateMs)
      case 'drained': return this.machines.bulletins.publisher.onDrained(event.isBusy)
      case 'link-opened': return this.#arrivals.onOpened(event)
      case 'frame-received': return this.#onLinkEvent(event.link, entry => {
        this.machines.pulse.heard(entry.id)
        this.#onFrame(entry, event.frame)
      })
      case 'frame-refused': return this.#onLinkEvent(event.link, entry => {
        this.#membership.protocolError(entry, event.refusal.message)
      })
      case 'bytes-received': return this.machines.pulse.heard(event.link)
      case 'link-closed': {
        const entry = this.mesh.links.get(event.link)
        if (entry !== undefined) this.#membership.onClosed(entry, event.end)
        return
      }
      case 'dial-failed': {
        const failed = this.machines.dials.onDialFailed(event.ask, event.message)
        return this.#membership.onAttemptFailed(failed)
      }
      case 'store-failed': return warn(this.mesh, 'store-failed', event.message)
      case 'connect-asked': return this.machines.operator.add(event.target)
      case 'disconnect-asked': return this.machines.operator.remove(event.target)
      case 'forget-asked': return this.#membership.onForgetAsked(event.peer)
      case 'leave-asked': return this.#onLeaveAsked()
      case 'round-asked': return this.#onRoundAsked()
      case 'request-asked': return this.machines.requests.ask(event)
      case 'request-served': return this.machines.requests.onServed(event)
      case 'request-overflowed': return this.machines.requests.onOverflowed(event)
      case 'publish-asked':
      case 'batch-checked':
      case 'batch-validated':
      case 'batch-stored':
      case 'batches-read':
      case 'topics-set':
      case 'batch-offered':
      case 'purge-asked':
      case 'link-overflowed': return this.#onBulletinEvent(event)
      default: return assertNever(event)
    }
  }

  #onBulletinEvent (event: BulletinEvent): void {
    const { bulletins } = this.machines
    switch (event.kind) {
      case 'publish-asked': return bulletins.publisher.onPublish(event)
      case 'batch-checked': {
        const fault = bulletins.onChecked(event)
        if (fault === null) return
        return this.#onLinkEvent(fault.link, entry => {
          this.#membership.protocolError(entry, fault.why)
        })
      }
      case 'batch-validated': return bulletins.onValidated(event)
      case 'batch-stored': return bulletins.onStored(event)
      case 'batches-read': return bulletins.onRead(event)
      case 'topics-set': return bulletins.topics.set(event.topics, event.validated)
      case 'link-overflowed': return bulletins.spread.onOverflowed(event.link)
      case 'batch-offered': return bulletins.intake.onOffered(event)
      case 'purge-asked': return bulletins.onPurge(event)
      default: return assertNever(event)
    }
  }

  #onStarted (event: Extract<Event, { kind: 'started' }>): void {
    const { self, roster, deadlines, random, nowMs, out } = this.mesh
    this.mesh.phase = 'running'
    self.setInterfaces(event.addresses, event.port)
    self.boxKey = event.boxKey
    self.draw(event.incarnationStored, wallMs(this.mesh), random.below(1_024))
    out.push({ kind: 'store-incarnation', incarnation: self.incarnation })
    const stored = [...event.stored].sort((a, b) => b.linkedMs - a.linkedMs)
    for (const { body, signature, address, linkedMs } of stored) {
      const member = roster.restore({ body, signature }, address, linkedMs, wallMs(this.mesh))
      if (member === null || member.record.state === 'left') continue
      this.machines.seeks.learn(member.identity, false, nowMs - (wallMs(this.mesh) - linkedMs))
    }
    this.machines.bulletins.onStarted(event.batches)
    this.machines.operator.start()
    this.machines.routes.telling.start()
    deadlines.set('exchange', '', nowMs + ROSTER_LIMITS.exchangeEveryMs)
    deadlines.set('renew', '', nowMs + ROSTER_LIMITS.recordRenewedEveryMs)
    deadlines.set('house-keeping', '', nowMs + ROSTER_LIMITS.houseKeepingEveryMs)
  }

  /** The built-in rhythm stays as it is. */
  #onRoundAsked (): void {
    if (this.mesh.phase !== 'running') return
    const { pulse, exchange, bulletins, routes } = this.machines
    this.#onPinged(pulse.pingAll())
    routes.telling.beginAll()
    exchange.beginAll()
    bulletins.sync.beginAll()
  }

  #onClockSet (offsetMs: number): void {
    this.mesh.offsetMs = offsetMs
    this.machines.clocks.forgetAll()
    this.mesh.roster.refresh()
  }

  #onInboxTold (inbox: DatedCode | null): void {
    this.mesh.self.inbox = inbox
    if (this.mesh.phase === 'running') this.#membership.renewRecord()
  }

  #onAddresses (addresses: readonly string[], port: number): void {
    if (this.mesh.phase !== 'running') return
    if (this.mesh.self.setInterfaces(addresses, port)) this.#membership.renewRecord()
  }

  /** Late: nobody is judged, the sockets are read first. */
  #onTick (lateMs: number): void {
    if (lateMs >= PULSE_LIMITS.lateTickMs) this.machines.pulse.onLateTick(lateMs)
    // What is due beyond the limit is due at once: the next tick has it, after the sockets.
    for (let i = 0; i < HALLWAY_LIMITS.deadlinesPerTickMax; i++) {
      const due = this.mesh.deadlines.takeDue(this.mesh.nowMs)
      if (due === null) return
      this.#onDeadline(due)
    }
  }

  #onDeadline ({ kind, of }: Deadline): void {
    const { dials, exchange, operator, pulse, seeks } = this.machines
    const link = Number(of) as LinkId
    const { bulletins, routes } = this.machines
    switch (kind) {
      case 'batch-close': return bulletins.publisher.close()
      case 'expire': return bulletins.retention.onExpireDue()
      case 'heads-ask': return bulletins.relaying.onAskDue()
      case 'heads-tell': return bulletins.relaying.onTellDue()
      case 'gap': return bulletins.delivering.onGapDue(of)
      case 'log-exchange': return bulletins.sync.onExchangeDue()
      case 'pace': return bulletins.onPaceDue()
      case 'receipt': return bulletins.receipts.tell(link)
      case 'request': return this.machines.requests.onRequestDue(Number(of))
      case 'tell-topics': return bulletins.topics.onTellDue()
      case 'want': return bulletins.wants.onWantDue(link)
      case 'compare': return this.#onLinkEvent(link, entry => {
        if (entry.state.at === 'ready') exchange.onCompareDue(entry)
      })
      case 'connect': return operator.onDue(of)
      case 'contest': return this.#ownRuns.onContestDue()
      case 'dial-give-up': return this.#membership.onAttemptFailed(dials.onGiveUp(Number(of)))
      case 'dial-pump': return seeks.pump()
      case 'dial-race': return dials.onRaceStep(Number(of))
      case 'exchange': return exchange.onExchangeDue()
      case 'greeting': return this.#onLinkEvent(link, entry => {
        this.#membership.drop(entry, 'closed')
      })
      case 'heartbeat': return pulse.onHeartbeatDue(link)
      case 'house-keeping': return keepHouse(this.mesh, this.machines, this.#membership)
      case 'obsolete': return this.#onLinkEvent(link, entry => {
        this.#membership.drop(entry, 'replaced')
      })
      case 'pass-on': return exchange.onPassOnDue()
      case 'ping': return this.#onPinged(pulse.onPingDue())
      case 'look-around': return routes.standings.onLookDue()
      case 'rejoin': return operator.onRejoinDue()
      case 'renew': return this.#onRenewDue()
      case 'table-exchange': return routes.telling.onExchangeDue()
      case 'table-merge': return routes.telling.onMergeDue()
      case 'table-pass': return routes.telling.onPassDue()
      case 'table-renew': return routes.telling.onRenewDue()
      case 'table-tell': return routes.telling.onTellDue()
      case 'silence': return this.#onLinkEvent(link, entry => {
        if (pulse.isSilent(entry.id)) this.#membership.drop(entry, 'silent')
      })
      case 'surplus': return giveUpSurplus(this.mesh, this.machines, this.#membership)
      default: return assertNever(kind)
    }
  }

  /** Links that are gone or closing have nothing to say any more. */
  #onLinkEvent (link: LinkId, then: (entry: LinkEntry) => void): void {
    const entry = this.mesh.links.get(link)
    if (entry !== undefined && entry.state.at !== 'closing') then(entry)
  }

  #onFrame (entry: LinkEntry, frame: Frame): void {
    const membership = this.#membership
    switch (frame.type) {
      case 'hello': return membership.onHello(entry, frame)
      case 'welcome': return membership.onWelcome(entry, frame)
      case 'refuse': {
        if (++entry.refusals > LINK_LIMITS.refusalsPerLinkMax) {
          return membership.protocolError(entry, 'a flood of refusals')
        }
        const own = membership.onRefuse(entry, frame)
        if (own !== null) this.#ownRuns.onRecord(own)
        return
      }
      case 'error': {
        const peer = entry.peer.slice(0, 10)
        log(this.mesh, 'info', 'links', `${peer} closes: ${frame.code} ${frame.message}`)
        // It is the last frame: whoever goes on after it is not listened to.
        return membership.drop(entry, 'closed')
      }
      default:
        if (isGreeted(entry)) return this.#onMemberFrame(entry, frame)
        return membership.protocolError(entry, `${frame.type} before welcome`)
    }
  }

  #onMemberFrame (
    entry: LinkEntry, frame: Exclude<Frame, { type: 'hello' | 'welcome' | 'refuse' | 'error' }>,
  ): void {
    const { bulletins, exchange, pulse, clocks, requests, routes } = this.machines
    switch (frame.type) {
      case 'roster-digest': return exchange.onDigest(entry, frame)
      case 'records': {
        const { own, why, left } = exchange.onRecords(entry, frame)
        for (const peer of left) this.#membership.onLeft(peer)
        if (own !== null) this.#ownRuns.onRecord(own)
        if (why !== null) this.#membership.protocolError(entry, why)
        return
      }
      case 'alive': return exchange.onAlive(frame)
      case 'heartbeat':
        if (frame.wallMs !== null) clocks.note(entry.peer, frame.wallMs)
        if (!pulse.onHeartbeat(entry, frame)) {
          return this.#membership.protocolError(entry, 'a flood of heartbeats')
        }
        return bulletins.onHeartbeat(entry, frame)
      case 'ping': {
        const record = this.mesh.roster.get(entry.peer)?.record
        const address = addressOf(entry, record?.addresses ?? [])
        if (!pulse.onPing(entry, frame, record?.name ?? '', address)) {
          this.#membership.protocolError(entry, 'a flood of pings')
        }
        return
      }
      case 'leave': return this.#membership.onLeave(entry, frame.record)
      case 'batch':
      case 'heads':
      case 'log-digest':
      case 'log-want':
      case 'log-answer':
      case 'evidence':
      case 'topics': {
        const why = bulletins.onFrame(entry, frame)
        if (why !== null) this.#membership.protocolError(entry, why)
        return
      }
      case 'link-table':
      case 'table-digest':
      case 'relay-ping': {
        const why = routes.onFrame(entry, frame)
        if (why !== null) this.#membership.protocolError(entry, why)
        return
      }
      case 'request': return requests.onRequest(entry, frame)
      case 'response': return requests.onResponse(entry, frame)
      default: return assertNever(frame)
    }
  }

  /** A round of pings left: those that are linked with others alone get it too. */
  #onPinged (ping: Ping | null): void {
    if (ping !== null) this.machines.routes.pings.onRound(ping)
  }

  #onRenewDue (): void {
    const { deadlines, nowMs, phase } = this.mesh
    deadlines.set('renew', '', nowMs + ROSTER_LIMITS.recordRenewedEveryMs)
    if (phase === 'running') this.#membership.renewRecord()
  }

  /** Farewell: the record that says `left` on every link, then their end. */
  #onLeaveAsked (): void {
    const { self, phase } = this.mesh
    if (phase === 'leaving') return
    this.mesh.phase = 'leaving'
    this.machines.bulletins.publisher.end()
    this.machines.dials.stopAll()
    this.machines.seeks.dropAll()
    if (phase === 'running') {
      self.sign('left', wallMs(this.mesh))
      send(this.mesh, readyLinks(this.mesh), { type: 'leave', record: self.signed })
    }
    this.#membership.dropAll()
    this.mesh.out.push({ kind: 'left' })
  }
}
