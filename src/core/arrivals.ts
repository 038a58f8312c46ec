/**
 * A TLS connection is up and its peer proved a key: whether it is worth a greeting, and what its
 * dial learns from who answered. Read next: `membership.ts`, for what follows the greeting.
 */
import { LINK_LIMITS } from '../limits.js'
import { parseAddress } from '../wire/address.js'
import { shortIdentity, type Identity } from '../wire/identity.js'
import type { Attempt } from './dials.js'
import type { Event } from './event.js'
import { sendHello } from './greet.js'
import type { LinkEntry } from './links.js'
import type { Machines, Membership } from './membership.js'
import { log, warn, type Mesh } from './mesh.js'
import { takeOverMessage } from './operator.js'
import { closeLink } from './speak.js'

type Opened = Extract<Event, { kind: 'link-opened' }>

export class Arrivals {
  readonly #mesh: Mesh
  readonly #machines: Machines
  readonly #membership: Membership

  constructor (mesh: Mesh, machines: Machines, membership: Membership) {
    this.#mesh = mesh
    this.#machines = machines
    this.#membership = membership
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
      refusals: 0,
    }
    if (!this.#isWelcome(entry, answered?.attempt ?? null)) {
      this.#mesh.out.push({ kind: 'close', link: event.link })
      return
    }
    this.#mesh.links.add(entry)
    this.#mesh.deadlines.set('greeting', entry.id, this.#mesh.nowMs + LINK_LIMITS.handshakeMaxMs)
    sendHello(this.#mesh, entry)
  }

  /**
   * Too many greet us at once, in all or from one IP address: the oldest of them older than a
   * second goes, else the newcomer.
   */
  #isCrowded (event: Opened): boolean {
    if (event.ask !== null) return false
    const { greetingsInMax, greetingsInPerIpMax } = LINK_LIMITS
    const host = hostOf(event.remote)
    const greeting: LinkEntry[] = []
    const ofHost: LinkEntry[] = []
    for (const entry of this.#mesh.links.all()) {
      if (entry.state.at !== 'greeting' || entry.ask !== null) continue
      greeting.push(entry)
      if (hostOf(entry.remote) === host) ofHost.push(entry)
    }
    if (ofHost.length >= greetingsInPerIpMax) return !this.#evictOldest(ofHost)
    return greeting.length >= greetingsInMax && !this.#evictOldest(greeting)
  }

  #evictOldest (greeting: readonly LinkEntry[]): boolean {
    const [oldest] = greeting
    if (oldest === undefined) return false
    if (this.#mesh.nowMs - oldest.openedMs < LINK_LIMITS.handshakeEvictableAfterMs) return false
    closeLink(this.#mesh, oldest, 'limit')
    return true
  }

  /** Whether a link is worth a greeting, and what its dial learns from who answered. */
  #isWelcome (entry: LinkEntry, attempt: Attempt | null): boolean {
    const { dials, operator } = this.#machines
    const { links, options } = this.#mesh
    const { peer, dialled } = entry
    if (peer === options.me) {
      log(this.#mesh, 'debug', 'links', `${entry.remote} is this node itself, or a twin of it`)
      if (attempt !== null) {
        const failed = dials.miss(attempt, 'this node itself answers')
        this.#membership.onAttemptFailed(failed)
      }
      return false
    }
    if (attempt === null || dialled === null) return true
    const { target } = attempt
    if (attempt.peer !== null && attempt.peer !== peer) {
      if (target !== null) operator.onMismatch(target, attempt.peer, peer)
      else this.#onTakenOver(attempt.peer, dialled, peer)
      const failed = dials.miss(attempt, `${shortIdentity(peer)} answers there`)
      this.#membership.onAttemptFailed(failed)
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
    if (isGone && member.record.ephemeral) this.#membership.forget(former)
  }
}

function hostOf (remote: string): string {
  return parseAddress(remote)?.host ?? remote
}
