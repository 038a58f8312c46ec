/**
 * Pings to peers that this node has no link with: each member on the way asks the next one, which
 * it takes from its own paths, and the answer comes back as it went. Nothing goes round: the links
 * it may pass grow fewer, and nobody passes on what was there a moment ago.
 * Read next: `pings.ts`, `core/routes/vocabulary.ts` for paths.
 */
import type { Path } from '../core/routes/vocabulary.js'
import { GossipError } from '../errors.js'
import { PULSE_LIMITS, ROUTE_LIMITS } from '../limits.js'
import type { Ports } from '../ports.js'
import { equalBytes } from '../wire/equal.js'
import { toHex } from '../wire/hex.js'
import { shortIdentity, type Identity } from '../wire/identity.js'
import { decodeFarPing, encodeFarPing, type FarPing } from '../wire/far-ping.js'
import { FAR_PING_KIND, isNotLinked, type Requests } from './requests.js'

/** What a node knows of ways. */
export interface Ways {
  readonly me: Identity
  /** The best way to a peer, or null. */
  readonly path: (peer: Identity) => Path | null
}

export class FarPings {
  readonly #clock: Ports['clock']
  readonly #requests: Requests
  readonly #ways: Ways
  /** Pings that were here, by their nonces, and until when that counts; oldest first. */
  readonly #seen = new Map<string, number>()
  /** How many of each peer are passed on and not answered yet. */
  readonly #underWay = new Map<Identity, number>()

  constructor (clock: Ports['clock'], requests: Requests, ways: Ways) {
    this.#clock = clock
    this.#requests = requests
    this.#ways = ways
    requests.serve(FAR_PING_KIND, (body, from) => this.#serve(body, from))
  }

  /** Pings remembered, and those under way. */
  get sizes (): { seen: number, underWay: number } {
    return { seen: this.#seen.size, underWay: this.#underWayCount }
  }

  /** What came back for 16 bytes sent along the path to a peer. Rejects with GossipError. */
  async ask (peer: Identity, nonce: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    const path = this.#ways.path(peer)
    const first = path?.members[1]
    const { relayPingHopsMax } = ROUTE_LIMITS
    if (path === null || first === undefined) {
      const what = `ping: no link and no way to ${shortIdentity(peer)} is known`
      throw new GossipError('not-linked', what)
    }
    if (path.hops > relayPingHopsMax) {
      const far = `${path.hops} links away, a ping passes ${relayPingHopsMax} at most`
      throw new GossipError('not-linked', `ping: ${shortIdentity(peer)} is ${far}`)
    }
    this.#note(nonce)
    const body = encodeFarPing({ nonce, hopsLeft: relayPingHopsMax, target: peer })
    return this.#requests.ask(first, FAR_PING_KIND, body, timeoutMs)
  }

  async #serve (body: Uint8Array, from: Identity): Promise<Uint8Array> {
    const ping = decodeFarPing(body)
    if (ping === null) throw new Error('a ping to be passed on has 49 bytes and 1 to 8 links')
    if (ping.target === this.#ways.me) return ping.nonce
    if (ping.hopsLeft === 1) throw new Error('too far')
    this.#admit(ping.nonce, from)
    this.#underWay.set(from, (this.#underWay.get(from) ?? 0) + 1)
    try {
      return await this.#passOn({ ...ping, hopsLeft: ping.hopsLeft - 1 }, from)
    } finally {
      const left = (this.#underWay.get(from) ?? 0) - 1
      if (left > 0) this.#underWay.set(from, left)
      else this.#underWay.delete(from)
    }
  }

  /** Straight to the target where there is a link, else to the next on the way from here. */
  async #passOn (ping: FarPing, from: Identity): Promise<Uint8Array> {
    try {
      return await this.#askNext(ping.target, ping)
    } catch (error) {
      if (!isNotLinked(error)) throw told(error, ping.target)
    }
    const next = this.#ways.path(ping.target)?.members[1]
    if (next === undefined || next === from || next === ping.target) {
      throw new Error(`${shortIdentity(this.#ways.me)} knows no way on`)
    }
    try {
      return await this.#askNext(next, ping)
    } catch (error) {
      throw told(error, next)
    }
  }

  async #askNext (next: Identity, ping: FarPing): Promise<Uint8Array> {
    const body = encodeFarPing(ping)
    const answer = await this.#requests.ask(next, FAR_PING_KIND, body, PULSE_LIMITS.relayMaxMs)
    // Whoever asked compares too: this keeps large answers from being passed on.
    if (equalBytes(answer, ping.nonce)) return ping.nonce
    throw new Error('it answered with something else')
  }

  /** Throws what is told to the asker. */
  #admit (nonce: Uint8Array, from: Identity): void {
    const nowMs = this.#clock.nowMs()
    if ((this.#seen.get(toHex(nonce)) ?? 0) > nowMs) throw new Error('that ping was here already')
    const { relaysPerLinkMax, relaysMax } = PULSE_LIMITS
    const isFull = (this.#underWay.get(from) ?? 0) >= relaysPerLinkMax ||
      this.#underWayCount >= relaysMax
    if (isFull) throw new Error('too many pings are passed on at once')
    this.#note(nonce)
  }

  #note (nonce: Uint8Array): void {
    const nowMs = this.#clock.nowMs()
    const { relaysKeptMax, relayKeptMs } = PULSE_LIMITS
    const key = toHex(nonce)
    this.#seen.delete(key)
    for (const [oldest, untilMs] of this.#seen) {
      if (untilMs > nowMs && this.#seen.size < relaysKeptMax) break
      this.#seen.delete(oldest)
    }
    this.#seen.set(key, nowMs + relayKeptMs)
  }

  get #underWayCount (): number {
    let count = 0
    for (const each of this.#underWay.values()) count += each
    return count
  }
}

/** Why it failed beyond this node, in words that name the way. */
function told (error: unknown, next: Identity): Error {
  const message = error instanceof Error ? error.message : String(error)
  const why = message.replace(/^request: (the handler failed: )?/, '')
  return new Error(`${shortIdentity(next)}: ${why}`)
}
