/**
 * The life of a link from its greeting on and what it means for membership: ready, replaced, lost,
 * left. This is where the machines meet; each decides its own part. Read before: `arrivals.ts`.
 * Read next: `greet.ts` for the judgement of hellos, `exchange.ts`, `seeks.ts`, `own-runs.ts`.
 */
import { DIAL_LIMITS, LINK_LIMITS, WIRE_LIMITS } from '../limits.js'
import { shortIdentity, type Identity } from '../wire/identity.js'
import type { Hello, Refuse, RefuseCode, Welcome } from '../wire/frame.js'
import { equalBytes } from '../wire/equal.js'
import { decodeRecord } from '../wire/record.js'
import type { Bulletins } from './bulletins/bulletins.js'
import type { Clocks } from './clocks.js'
import type { Attempt, Dials } from './dials.js'
import type { LinkEnd, LinkId } from './event.js'
import type { Exchange } from './exchange.js'
import {
  addressOf, isArbiter, isOverLoopback, judgeHello, judgeWelcome, sendRefusal, sendWelcome,
} from './greet.js'
import { isGreeted, type LinkEntry } from './links.js'
import { log, notify, wallMs, warn, type Mesh } from './mesh.js'
import type { LinkDownReason } from './notice.js'
import type { Operator } from './operator.js'
import type { Pulse } from './pulse.js'
import type { Requests } from './requests.js'
import type { Routes } from './routes/routes.js'
import type { Member } from './roster.js'
import type { Seeks } from './seeks.js'
import type { Sizes } from './sizes.js'
import type { Slots } from './slots.js'
import { closeLink, send } from './speak.js'
import type { OwnRecord, Twins } from './twins.js'

/** The machines that membership leads. */
export interface Machines {
  readonly bulletins: Bulletins
  readonly clocks: Clocks
  readonly dials: Dials
  readonly exchange: Exchange
  readonly operator: Operator
  readonly pulse: Pulse
  readonly requests: Requests
  readonly routes: Routes
  readonly seeks: Seeks
  readonly slots: Slots
  readonly twins: Twins
}

export class Membership {
  readonly #mesh: Mesh
  readonly #machines: Machines
  /** Peers whose ready link ended while another was about to be: not told yet. */
  readonly #inLimbo = new Map<Identity, LinkDownReason>()

  constructor (mesh: Mesh, machines: Machines) {
    this.#mesh = mesh
    this.#machines = machines
  }

  get sizes (): Sizes {
    return { inLimbo: this.#inLimbo.size }
  }

  onHello (entry: LinkEntry, hello: Hello): void {
    if (entry.state.at !== 'greeting' || entry.state.hello !== null) {
      return this.protocolError(entry, 'a second hello')
    }
    const { operator, seeks, slots } = this.#machines
    const code = judgeHello(this.#mesh, entry, hello, () => slots.hasRoom(
      hello.linkless || operator.names(entry.peer), seeks.unreachedForMs(entry.peer)))
    if (code !== null) {
      log(this.#mesh, 'info', 'links', `refused ${shortIdentity(entry.peer)}: ${code}`)
      this.#tellOperator(entry, code, DIAL_LIMITS.fullWaitMs)
      sendRefusal(this.#mesh, entry, code, code === 'full' ? slots.others(entry.peer) : [])
      this.#endGreeting(entry, `this node refused the other: ${code}`)
      if (code === 'full' && hello.linkless) slots.hurrySurplus()
      if (code === 'network') seeks.rest(entry.peer, DIAL_LIMITS.fullWaitMs)
      return
    }
    // The larger side welcomes as soon as its own checks pass; the arbiter answers the newest.
    const welcomed = !isArbiter(this.#mesh, entry)
    this.#mesh.links.move(entry, { at: 'greeting', hello, welcomed })
    if (welcomed) sendWelcome(this.#mesh, entry)
  }

  onWelcome (entry: LinkEntry, welcome: Welcome): void {
    const { state } = entry
    if (state.at !== 'greeting' || state.hello === null) {
      return this.protocolError(entry, 'a welcome without a hello')
    }
    const judged = judgeWelcome(this.#mesh, entry, state.hello, welcome)
    if (judged.verdict === 'false') return this.protocolError(entry, judged.why)
    if (judged.verdict === 'no-room') {
      sendRefusal(this.#mesh, entry, 'full', this.#machines.slots.others(entry.peer))
      return this.#endGreeting(entry, 'the roster is full')
    }
    if (!state.welcomed) sendWelcome(this.#mesh, entry)
    this.#onReady(entry, judged.member, state.hello, judged.isNews)
  }

  /**
   * The other end does not want this link, and says why. Returns a newer record of this node's own,
   * when that is the reason: its owner then decides, and the other end closes.
   */
  onRefuse (entry: LinkEntry, refuse: Refuse): OwnRecord | null {
    const isOlder = refuse.code === 'stale' || refuse.code === 'replaced'
    if (isOlder && refuse.record !== null && this.#isMine(refuse.record)) {
      const origin = { teller: entry.peer, proven: false, overLoopback: false }
      const { nowMs } = this.#mesh
      const judged = this.#mesh.roster.offer(refuse.record, origin, nowMs, wallMs(this.#mesh))
      // Not signed by this node's own key: a lie, ignored.
      if (judged.verdict === 'mine') {
        return { record: judged.record, isAlive: refuse.code === 'replaced' }
      }
    }
    if (entry.state.at === 'greeting') this.#onRefused(entry, refuse)
    // It has more links than it may have and gives up this one.
    if (entry.state.at === 'ready' && refuse.code === 'full') this.giveUp(entry.peer)
    return null
  }

  /** Looked at first: a stranger's record told before any greeting is not to be held. */
  #isMine (signed: Member['signed']): boolean {
    const record = decodeRecord(signed.body)
    return !('code' in record) && equalBytes(record.publicKey, this.#mesh.options.publicKey)
  }

  #onRefused (entry: LinkEntry, refuse: Refuse): void {
    const { seeks } = this.#machines
    const forMs = Math.min(refuse.retryAfterMs, DIAL_LIMITS.fullWaitMs)
    const where = entry.dialled ?? entry.remote
    log(this.#mesh, 'info', 'links', `${where} refused this node: ${refuse.code}`)
    this.#tellOperator(entry, refuse.code, forMs)
    this.#endGreeting(entry, `the other refused this node: ${refuse.code}`)
    seeks.rest(entry.peer, forMs)
    if (this.#mesh.links.readyCount === 0) seeks.noteUnowned(refuse.others, isOverLoopback(entry))
  }

  /** A refusal at an address that the operator named. */
  #tellOperator (entry: LinkEntry, code: RefuseCode, forMs: number): void {
    const { dials, operator } = this.#machines
    const target = dials.attemptOf(entry.id)?.target ?? null
    if (target !== null) operator.onRefused(target, code, forMs)
  }

  #onReady (entry: LinkEntry, member: Member, hello: Hello, isNews: boolean): void {
    const { links, self, deadlines, nowMs } = this.#mesh
    const { dials, seeks, exchange, operator, pulse, clocks } = this.#machines
    const { target } = dials.attemptOf(entry.id) ?? { target: null }
    const { peer } = entry
    const former = links.readyOf(peer)
    if (former !== undefined) this.#replace(former, hello.incarnation)
    links.move(entry, { at: 'ready', incarnation: hello.incarnation })
    deadlines.clear('greeting', entry.id)
    dials.onReady(entry)
    const isReunion = former !== undefined || this.#inLimbo.has(peer) || seeks.isLost(peer)
    seeks.onReady(peer)
    self.wasLinked = true
    const wasInLimbo = this.#inLimbo.delete(peer)
    if (former === undefined && !wasInLimbo) {
      const address = addressOf(entry, member.record.addresses)
      notify(this.#mesh, { kind: 'link-up', peer, name: member.record.name, address })
    }
    pulse.begin(entry)
    this.#machines.routes.onReady(entry)
    this.#machines.bulletins.onReady(entry)
    clocks.note(peer, hello.wallMs)
    if (isNews) exchange.passOn(peer, entry.id)
    else if (isReunion && former === undefined) exchange.tellBack(peer)
    if (isReunion || links.readyCount === 1) exchange.begin(entry)
    else exchange.beginLater(entry)
    if (entry.dialled !== null) this.#mesh.roster.setLastGood(peer, entry.dialled)
    if (target !== null) operator.onReached(target, peer)
    if (hello.seenAt !== null && self.noteSeenAt(peer, hello.seenAt)) this.renewRecord()
    this.store(peer)
    seeks.pumpAt(nowMs)
    this.#machines.slots.lookForSurplus()
  }

  /** The former ready link of a pair gives way; nobody is told of an up or a down. */
  #replace (former: LinkEntry, incarnation: number): void {
    const { links, deadlines, nowMs } = this.#mesh
    const { twins } = this.#machines
    const { peer, state } = former
    if (state.at === 'ready' && state.incarnation !== incarnation) {
      if (twins.onReplaced(peer)) {
        const message = `${shortIdentity(peer)} keeps being replaced: two machines run with one key`
        warn(this.#mesh, 'clone-suspected', message)
      }
      for (const old of links.ofPeer(peer)) {
        if (old.state.at === 'obsolete') this.drop(old, 'replaced')
      }
      // Its newer run is here: tell the older one, which goes quiet (DESIGN 6, Incarnation).
      sendRefusal(this.#mesh, former, 'replaced')
    } else if (!isArbiter(this.#mesh, former)) {
      links.move(former, { at: 'obsolete', incarnation })
      deadlines.set('obsolete', former.id, nowMs + LINK_LIMITS.obsoleteAfterMs)
      const obsolete = links.ofPeer(peer).filter(old => old.state.at === 'obsolete')
      if (obsolete[0] !== undefined && obsolete.length > LINK_LIMITS.obsoletePerPeerMax) {
        this.drop(obsolete[0], 'replaced')
      }
      return
    }
    this.#endMachines(former.id)
    closeLink(this.#mesh, former, 'replaced')
  }

  /** The connection ended, by whoever's will. */
  onClosed (entry: LinkEntry, end: LinkEnd): void {
    const { links } = this.#mesh
    const { dials, seeks } = this.#machines
    const { at } = entry.state
    links.remove(entry)
    this.#mesh.deadlines.clear('greeting', entry.id)
    this.#mesh.deadlines.clear('obsolete', entry.id)
    this.#mesh.deadlines.clear('compare', entry.id)
    this.#endMachines(entry.id)
    if (at === 'greeting') {
      this.onAttemptFailed(dials.onGreetingEnded(entry.id, 'it closed during the greeting'))
    }
    if (at === 'ready') this.#onReadyGone(entry, end)
    else this.#endLimbo(entry.peer)
    seeks.pumpAt(this.#mesh.nowMs)
  }

  /** This node ends a link. */
  drop (entry: LinkEntry, reason: LinkDownReason): void {
    if (entry.state.at === 'greeting') return this.#endGreeting(entry, reason)
    const wasReady = entry.state.at === 'ready'
    this.#endMachines(entry.id)
    closeLink(this.#mesh, entry, reason)
    if (wasReady) this.#onReadyGone(entry, reason)
  }

  /** The link no longer counts for those who keep something of it. */
  #endMachines (link: LinkId): void {
    this.#machines.pulse.end(link)
    this.#machines.routes.onEnded(link)
    this.#machines.bulletins.onEnded(link)
    this.#machines.requests.onEnded(link)
  }

  #endGreeting (entry: LinkEntry, why: string): void {
    closeLink(this.#mesh, entry, 'local')
    this.onAttemptFailed(this.#machines.dials.onGreetingEnded(entry.id, why))
    this.#endLimbo(entry.peer)
  }

  /** An older link of the pair stands in, or the peer is lost. */
  #onReadyGone (entry: LinkEntry, reason: LinkDownReason): void {
    const standIn = this.#mesh.links.ofPeer(entry.peer)
      .findLast(({ state }) => state.at === 'obsolete')
    if (standIn?.state.at === 'obsolete') {
      this.#mesh.links.move(standIn, { at: 'ready', incarnation: standIn.state.incarnation })
      this.#mesh.deadlines.clear('obsolete', standIn.id)
      this.#machines.exchange.begin(standIn)
      return
    }
    // The arbiter closes the former link as it answers on the newer one, and the end of the one may
    // arrive before the answer on the other: a replacement, not a loss.
    const isAnswered = this.#mesh.links.ofPeer(entry.peer).some(({ state }) =>
      state.at === 'greeting' && state.welcomed)
    if (isAnswered && reason === 'closed') this.#inLimbo.set(entry.peer, reason)
    else this.#onLost(entry.peer, reason)
  }

  /** No greeting is left that could replace the lost link: now it is lost. */
  #endLimbo (peer: Identity): void {
    const reason = this.#inLimbo.get(peer)
    if (reason === undefined || this.#mesh.links.ofPeer(peer).length > 0) return
    this.#inLimbo.delete(peer)
    this.#onLost(peer, reason)
  }

  #onLost (peer: Identity, reason: LinkDownReason): void {
    const { links, roster, phase } = this.#mesh
    const { clocks, operator, seeks } = this.#machines
    notify(this.#mesh, { kind: 'link-down', peer, reason })
    this.#machines.routes.standings.onDown(peer, reason)
    clocks.forget(peer)
    roster.noteLost(peer, wallMs(this.#mesh))
    if (phase !== 'running') return
    if (roster.get(peer)?.record.state === 'up') seeks.lose(peer)
    if (reason === 'protocol' || reason === 'limit') seeks.rest(peer, DIAL_LIMITS.fullWaitMs)
    if (links.readyCount === 0) operator.onLinkless()
  }

  /** A dial ended without a ready link. */
  onAttemptFailed (failed: Attempt | null): void {
    if (failed === null) return
    const { operator, seeks } = this.#machines
    if (failed.target !== null) operator.onFailed(failed)
    seeks.onFailed(failed)
    const link = failed.link === null ? undefined : this.#mesh.links.get(failed.link)
    if (link?.state.at === 'greeting') closeLink(this.#mesh, link, 'local')
  }

  /** What no honest node of this version sends: only the offender's link suffers. */
  protocolError (entry: LinkEntry, why: string): void {
    const who = `${shortIdentity(entry.peer)} at ${entry.remote}`
    log(this.#mesh, 'warn', 'links', `closed ${who}: ${why}`)
    if (isGreeted(entry)) warn(this.#mesh, 'peer-protocol', `${who} broke the protocol: ${why}`)
    const message = why.slice(0, WIRE_LIMITS.ownErrorTextCharsMax)
    send(this.#mesh, [entry.id], { type: 'error', code: 'protocol', message })
    this.drop(entry, 'protocol')
  }

  /** The peer says farewell, with a record that says `left`. */
  onLeave (entry: LinkEntry, signed: Member['signed']): void {
    const origin = {
      teller: entry.peer, proven: true, overLoopback: isOverLoopback(entry),
    }
    const record = decodeRecord(signed.body)
    // Looked at first: what is offered as the peer's own proves whom it names.
    const isOwn = !('code' in record) && record.state === 'left' &&
      equalBytes(record.publicKey, entry.publicKey)
    const isNews = isOwn && this.#mesh.roster
      .offer(signed, origin, this.#mesh.nowMs, wallMs(this.#mesh)).verdict === 'newer'
    if (!isNews) return this.protocolError(entry, 'a leave without the record that says so')
    this.#machines.exchange.passOn(entry.peer, entry.id)
    this.onLeft(entry.peer)
  }

  /** A member's newest record says that it left. */
  onLeft (peer: Identity): void {
    this.#machines.seeks.drop(peer)
    for (const entry of this.#mesh.links.ofPeer(peer)) this.drop(entry, 'left')
    this.store(peer)
  }

  /** One link too many, at either end: both leave each other alone for a while. */
  giveUp (peer: Identity): void {
    for (const entry of this.#mesh.links.ofPeer(peer)) this.drop(entry, 'limit')
  }

  /** Ends every link of a node that leaves. */
  dropAll (): void {
    for (const peer of [...this.#inLimbo.keys()]) {
      this.#inLimbo.delete(peer)
      this.#onLost(peer, 'local')
    }
    for (const entry of [...this.#mesh.links.all()]) this.drop(entry, 'local')
  }

  /** The own record changed: sign it anew and pass it on. */
  renewRecord (): void {
    this.#mesh.self.sign('up', wallMs(this.#mesh))
    this.#machines.exchange.passOn(this.#mesh.options.me, null)
  }

  /** The operator wants a member gone from here; one that lives comes back by a newer record. */
  onForgetAsked (peer: Identity): void {
    const { links, out, roster } = this.#mesh
    const isKnown = roster.get(peer) !== undefined
    const isLinked = links.readyOf(peer) !== undefined
    if (isKnown && !isLinked) this.forget(peer)
    const outcome = isLinked ? 'linked' : isKnown ? 'forgotten' : 'unknown'
    out.push({ kind: 'forget-settled', peer, outcome })
  }

  /** Drops a member from roster, seeks and store; lists do not bring its present record back. */
  forget (peer: Identity): void {
    this.#machines.seeks.drop(peer)
    this.#mesh.roster.forget(peer, true)
    this.store(peer)
  }

  /** Keeps what is known of a proven member, or that nothing is. */
  store (peer: Identity): void {
    if (this.#mesh.options.ephemeral) return
    const held = this.#mesh.roster.get(peer)
    const member = held?.standing.at === 'proven'
      ? { ...held.signed, address: held.lastGood, linkedMs: held.standing.linkedWallMs }
      : null
    this.#mesh.out.push({ kind: 'store-member', identity: peer, member })
  }
}
