/**
 * The life of a link and what it means for membership: opened, greeted, ready, replaced, lost. This
 * is where the machines meet; each decides its own part. Read next: `greet.ts` for the judgement of
 * hellos, `exchange.ts` for rosters, `seeks.ts` for redialling.
 */
import { DIAL_LIMITS, LINK_LIMITS } from '../limits.js'
import { shortIdentity, type Identity } from '../wire/identity.js'
import type { Hello, Refuse, Welcome } from '../wire/frame.js'
import type { MemberRecord } from '../wire/record.js'
import type { Clocks } from './clocks.js'
import type { Attempt, Dials } from './dials.js'
import type { Event, LinkEnd } from './event.js'
import type { Exchange } from './exchange.js'
import {
  isArbiter, isOverLoopback, judgeHello, judgeWelcome, sendHello, sendRefusal, sendWelcome,
} from './greet.js'
import type { LinkEntry } from './links.js'
import { log, notify, wallMs, warn, type Mesh } from './mesh.js'
import type { LinkDownReason } from './notice.js'
import { takeOverMessage, type Operator } from './operator.js'
import type { Pulse } from './pulse.js'
import type { Member } from './roster.js'
import type { Seeks } from './seeks.js'
import { closeLink, send } from './speak.js'
import type { Twins } from './twins.js'

/** The machines that membership leads. */
export interface Machines {
  readonly clocks: Clocks
  readonly dials: Dials
  readonly exchange: Exchange
  readonly operator: Operator
  readonly pulse: Pulse
  readonly seeks: Seeks
  readonly twins: Twins
}

type Opened = Extract<Event, { kind: 'link-opened' }>

export class Membership {
  readonly #mesh: Mesh
  readonly #machines: Machines
  /** Peers whose ready link ended while another was about to be: not told yet. */
  readonly #inLimbo = new Map<Identity, LinkDownReason>()

  constructor (mesh: Mesh, machines: Machines) {
    this.#mesh = mesh
    this.#machines = machines
  }

  /** TLS is up and the peer proved its key. */
  onOpened (event: Opened): void {
    const { dials } = this.#machines
    const answered = event.ask === null ? null : dials.onOpened(event.ask)
    const isAbandoned = event.ask !== null && answered === null
    if (isAbandoned || this.#mesh.phase !== 'running' || this.#isCrowded(event)) {
      this.#mesh.out.push({ kind: 'close', link: event.link })
      return
    }
    const entry: LinkEntry = {
      id: event.link,
      peer: event.peer,
      publicKey: event.publicKey,
      remote: event.remote,
      ask: event.ask,
      dialled: answered?.address ?? null,
      openedMs: this.#mesh.nowMs,
      state: { at: 'greeting', hello: null, welcomed: false },
    }
    if (!this.#isWelcome(entry, answered?.attempt ?? null)) {
      this.#mesh.out.push({ kind: 'close', link: event.link })
      return
    }
    this.#mesh.links.add(entry)
    this.#mesh.deadlines.set('greeting', entry.id, this.#mesh.nowMs + LINK_LIMITS.handshakeMaxMs)
    sendHello(this.#mesh, entry)
  }

  /** Too many greet us at once: the oldest older than a second goes, else the newcomer. */
  #isCrowded (event: Opened): boolean {
    if (event.ask !== null) return false
    const greeting: LinkEntry[] = []
    for (const entry of this.#mesh.links.all()) {
      if (entry.state.at === 'greeting' && entry.ask === null) greeting.push(entry)
    }
    const oldest = greeting[0]
    if (oldest === undefined || greeting.length < LINK_LIMITS.handshakesInMax) return false
    if (this.#mesh.nowMs - oldest.openedMs < LINK_LIMITS.handshakeEvictableAfterMs) return true
    closeLink(this.#mesh, oldest, 'limit')
    return false
  }

  /** Whether a link is worth a greeting, and what its dial learns from who answered. */
  #isWelcome (entry: LinkEntry, attempt: Attempt | null): boolean {
    const { dials, operator } = this.#machines
    const { links, options } = this.#mesh
    const { peer, dialled } = entry
    if (peer === options.me) {
      log(this.#mesh, 'info', 'links', `${entry.remote} is this node itself, or a twin of it`)
      if (attempt !== null) this.onAttemptFailed(dials.miss(attempt, 'this node itself answers'))
      return false
    }
    if (attempt === null || dialled === null) return true
    const { target } = attempt
    if (attempt.peer !== null && attempt.peer !== peer) {
      if (target !== null) operator.onMismatch(target, attempt.peer, peer)
      else this.#onTakenOver(attempt.peer, dialled, peer)
      const failed = dials.miss(attempt, `${shortIdentity(peer)} answers there`)
      this.onAttemptFailed(failed)
      return target === null && links.ofPeer(peer).length === 0
    }
    if (target !== null) {
      const former = operator.onAnswered(target, peer)
      if (former !== null) this.#onTakenOver(former, dialled, peer)
      if (links.readyOf(peer) !== undefined) {
        dials.cancel(attempt)
        operator.onReached(target, peer)
        return false
      }
    }
    if (attempt.peer === null && target === null && links.ofPeer(peer).length > 0) {
      dials.cancel(attempt)
      return false
    }
    dials.win(attempt, entry)
    return true
  }

  /** Identities are pinned, addresses are not: the former loses that address (DESIGN 4). */
  #onTakenOver (former: Identity, address: string, now: Identity): void {
    const { roster, links } = this.#mesh
    const member = roster.get(former)
    if (member === undefined) return
    if (member.standing.at === 'proven' && links.readyOf(former) === undefined) {
      warn(this.#mesh, 'address-taken-over', takeOverMessage(address, former, now))
    }
    if (member.lastGood === address) roster.setLastGood(former, null)
    const isGone = this.#machines.seeks.takeOver(former, address)
    if (isGone && member.record.ephemeral) this.forget(former)
  }

  onHello (entry: LinkEntry, hello: Hello): void {
    if (entry.state.at !== 'greeting' || entry.state.hello !== null) {
      return this.protocolError(entry, 'a second hello')
    }
    const code = judgeHello(this.#mesh, entry, hello)
    if (code !== null) {
      log(this.#mesh, 'info', 'links', `refused ${shortIdentity(entry.peer)}: ${code}`)
      sendRefusal(this.#mesh, entry, code)
      this.#endGreeting(entry, `refused it: ${code}`)
      if (code === 'network') this.#machines.seeks.rest(entry.peer, DIAL_LIMITS.fullWaitMs)
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
      sendRefusal(this.#mesh, entry, 'full')
      return this.#endGreeting(entry, 'the roster is full')
    }
    if (!state.welcomed) sendWelcome(this.#mesh, entry)
    this.#onReady(entry, judged.member, state.hello, judged.isNews)
  }

  /** The other end does not want this link, and says why. */
  onRefuse (entry: LinkEntry, refuse: Refuse): void {
    const { seeks, dials } = this.#machines
    if (refuse.code === 'stale' && refuse.record !== null) {
      const origin = { teller: entry.peer, proven: false, overLoopback: false }
      const { nowMs } = this.#mesh
      const judged = this.#mesh.roster.offer(refuse.record, origin, nowMs, wallMs(this.#mesh))
      // Not signed by this node's own key: a lie, ignored.
      if (judged.verdict === 'mine') return this.onOwnRecord(judged.record)
    }
    if (entry.state.at !== 'greeting') return
    const { target } = dials.attemptOf(entry.id) ?? { target: null }
    const where = entry.dialled ?? entry.remote
    if (refuse.code === 'network' && target !== null) {
      warn(this.#mesh, 'network-mismatch', `${where} belongs to another network (--network)`)
    } else if (refuse.code === 'version' && target !== null) {
      warn(this.#mesh, 'version-mismatch', `${where} speaks another version of the protocol`)
    } else {
      log(this.#mesh, 'info', 'links', `${where} refused this node: ${refuse.code}`)
    }
    this.#endGreeting(entry, `it refused: ${refuse.code}`)
    seeks.rest(entry.peer, Math.min(refuse.retryAfterMs, DIAL_LIMITS.fullWaitMs))
    if (this.#mesh.links.readyCount === 0) seeks.tryUnowned(refuse.others, isOverLoopback(entry))
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
      const address = entry.dialled ?? member.record.addresses[0] ?? entry.remote
      notify(this.#mesh, { kind: 'link-up', peer, name: member.record.name, address })
    }
    pulse.begin(entry)
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
  }

  /** The former ready link of a pair gives way; nobody is told of an up or a down. */
  #replace (former: LinkEntry, incarnation: number): void {
    const { links, deadlines, nowMs } = this.#mesh
    const { pulse, twins } = this.#machines
    const { peer, state } = former
    if (state.at === 'ready' && state.incarnation !== incarnation) {
      if (twins.onReplaced(peer)) {
        const message = `${shortIdentity(peer)} keeps being replaced: two machines run with one key`
        warn(this.#mesh, 'clone-suspected', message)
      }
      // Its newer run is here: tell the older one, which goes quiet (DESIGN 6, Incarnation).
      sendRefusal(this.#mesh, former, 'stale')
    } else if (!isArbiter(this.#mesh, former)) {
      links.move(former, { at: 'obsolete', incarnation })
      deadlines.set('obsolete', former.id, nowMs + LINK_LIMITS.obsoleteAfterMs)
      return
    }
    pulse.end(former.id)
    closeLink(this.#mesh, former, 'replaced')
  }

  /** The connection ended, by whoever's will. */
  onClosed (entry: LinkEntry, end: LinkEnd): void {
    const { links } = this.#mesh
    const { dials, seeks, pulse } = this.#machines
    const { at } = entry.state
    links.remove(entry)
    this.#mesh.deadlines.clear('greeting', entry.id)
    this.#mesh.deadlines.clear('obsolete', entry.id)
    this.#mesh.deadlines.clear('compare', entry.id)
    pulse.end(entry.id)
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
    this.#machines.pulse.end(entry.id)
    closeLink(this.#mesh, entry, reason)
    if (wasReady) this.#onReadyGone(entry, reason)
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
      this.#machines.pulse.begin(standIn)
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
    clocks.forget(peer)
    if (phase !== 'running') return
    if (roster.get(peer)?.record.state === 'up') seeks.lose(peer)
    if (reason === 'protocol') seeks.rest(peer, DIAL_LIMITS.fullWaitMs)
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
    send(this.#mesh, [entry.id], { type: 'error', code: 'protocol', message: why.slice(0, 200) })
    this.drop(entry, 'protocol')
  }

  /** The peer says farewell, with a record that says `left`. */
  onLeave (entry: LinkEntry, signed: Member['signed']): void {
    const origin = {
      teller: entry.peer, proven: true, overLoopback: isOverLoopback(entry),
    }
    const judged = this.#mesh.roster.offer(signed, origin, this.#mesh.nowMs, wallMs(this.#mesh))
    const isOwn = judged.verdict === 'newer' && judged.member.identity === entry.peer &&
      judged.member.record.state === 'left'
    if (!isOwn) return this.protocolError(entry, 'a leave without the record that says so')
    this.#machines.exchange.passOn(entry.peer, entry.id)
    this.onLeft(entry.peer)
  }

  /** A member's newest record says that it left. */
  onLeft (peer: Identity): void {
    this.#machines.seeks.drop(peer)
    for (const entry of this.#mesh.links.ofPeer(peer)) this.drop(entry, 'left')
    this.store(peer)
  }

  /** A newer record of this node's own identity came. */
  onOwnRecord (record: MemberRecord): void {
    const verdict = this.#machines.twins.judgeOwn(record)
    if (verdict === 'old') return
    if (verdict === 'twin') return this.#goQuiet()
    // The incarnation never changes while a link is ready or greeting.
    for (const entry of [...this.#mesh.links.all()]) this.drop(entry, 'local')
    const { self, random, out } = this.#mesh
    self.draw(record.incarnation, wallMs(this.#mesh), random.below(1_024))
    out.push({ kind: 'store-incarnation', incarnation: self.incarnation })
    log(this.#mesh, 'info', 'links', 'an earlier run had a clock ahead: took a fresh incarnation')
    for (const peer of this.#mesh.roster.all()) this.#machines.seeks.learn(peer.identity, false)
    this.#machines.operator.dialAll()
  }

  #goQuiet (): void {
    const { dials, seeks } = this.#machines
    this.#mesh.phase = 'quiet'
    dials.stopAll()
    seeks.dropAll()
    for (const entry of [...this.#mesh.links.all()]) this.drop(entry, 'replaced')
    const message = 'another node runs with the key of this one and started later: this node ' +
      'holds no link any more until it is restarted; give each machine a key of its own'
    warn(this.#mesh, 'replaced', message)
  }

  /** The own record changed: sign it anew and pass it on. */
  renewRecord (): void {
    this.#mesh.self.sign('up', wallMs(this.#mesh))
    this.#machines.exchange.passOn(this.#mesh.options.me, null)
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
