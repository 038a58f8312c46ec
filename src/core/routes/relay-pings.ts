/**
 * Pings to members that this node has no link with: one signed ping of each round travels along the
 * origin's tree, eight links at most. A window of sequences keeps replays out; who passes one on
 * has checked it. Read next: `ways.ts` for the tree, `../pulse.ts` for the pings of links.
 */
import { PULSE_LIMITS, ROUTE_LIMITS } from '../../limits.js'
import type { Ping, RelayPing } from '../../wire/frame.js'
import type { Identity } from '../../wire/identity.js'
import { decodePingBody, encodePingBody, type PingBody } from '../../wire/relay-ping.js'
import { isRefusal } from '../../wire/refusal.js'
import { signedBytes } from '../../wire/record.js'
import { fill, type Bucket } from '../bucket.js'
import type { LinkEntry } from '../links.js'
import { notify, type Mesh } from '../mesh.js'
import type { Sizes } from '../sizes.js'
import { send } from '../speak.js'
import type { Suite } from '../suite.js'
import type { Ways } from './ways.js'

/** Pings of one origin. */
interface Heard {
  incarnation: number
  /** The highest sequence, and those below it that were heard, within the window. */
  last: number
  readonly seen: Set<number>
  readonly turns: Bucket
}

export class RelayPings {
  readonly #mesh: Mesh
  readonly #suite: Suite
  readonly #ways: Ways
  readonly #heard = new Map<Identity, Heard>()

  constructor (mesh: Mesh, suite: Suite, ways: Ways) {
    this.#mesh = mesh
    this.#suite = suite
    this.#ways = ways
  }

  get sizes (): Sizes {
    let pingsSeenOfOne = 0
    for (const { seen } of this.#heard.values()) {
      pingsSeenOfOne = Math.max(pingsSeenOfOne, seen.size)
    }
    return { pingOrigins: this.#heard.size, pingsSeenOfOne }
  }

  /** A round of pings left on all links: those behind them get it too. */
  onRound ({ sequence, text }: Ping): void {
    if (this.#isEverybodyLinked()) return
    const links = this.#ways.branches()
    if (links.length === 0) return
    const { options: { me, networkHash }, self: { incarnation } } = this.#mesh
    const body = encodePingBody({ origin: me, incarnation, sequence, text })
    const signature = this.#suite.sign(signedBytes('relay-ping', networkHash, body))
    send(this.#mesh, links, { type: 'relay-ping', hops: 0, ping: { body, signature } })
  }

  /** What no honest node sends, or null. */
  onPing (entry: LinkEntry, { hops, ping }: RelayPing): string | null {
    const { options: { me, networkHash }, roster } = this.#mesh
    const body = decodePingBody(ping.body)
    if (isRefusal(body)) return body.message
    const member = roster.get(body.origin)
    // Its record may be on its way, or it restarted meanwhile: nobody's fault.
    if (body.origin === me || member === undefined) return null
    if (body.incarnation !== member.record.incarnation || !this.#isNew(body)) return null
    const bytes = signedBytes('relay-ping', networkHash, ping.body)
    if (!this.#suite.verify(member.record.publicKey, bytes, ping.signature)) {
      return 'a ping whose signature does not match its origin'
    }
    this.#note(body)
    if (this.#mesh.links.readyOf(body.origin) === undefined) this.#show(body, entry.peer)
    const passed = hops + 1
    if (passed >= ROUTE_LIMITS.relayPingHopsMax) return null
    const links = this.#ways.childrenOf(body.origin).filter(link => link !== entry.id)
    send(this.#mesh, links, { type: 'relay-ping', hops: passed, ping })
    return null
  }

  /** Forgets whom the roster forgot. */
  keepHouse (): void {
    for (const origin of this.#heard.keys()) {
      if (this.#mesh.roster.get(origin) === undefined) this.#heard.delete(origin)
    }
  }

  #show ({ origin, sequence, text }: PingBody, via: Identity): void {
    const record = this.#mesh.roster.get(origin)?.record
    notify(this.#mesh, {
      kind: 'ping',
      peer: origin,
      name: record?.name ?? '',
      address: record?.addresses[0] ?? '',
      seq: sequence,
      text,
      rttMs: this.#ways.pathTo(origin)?.rttMs ?? null,
      via,
    })
  }

  /** Neither heard nor too old, and not one of too many. */
  #isNew ({ origin, incarnation, sequence }: PingBody): boolean {
    const heard = this.#heard.get(origin)
    if (heard === undefined || heard.incarnation !== incarnation) return true
    const { pingsPerSecondMax } = PULSE_LIMITS
    fill(heard.turns, pingsPerSecondMax, pingsPerSecondMax, this.#mesh.nowMs)
    if (heard.turns.tokens < 1) return false
    if (sequence + ROUTE_LIMITS.relayPingsSeenMax <= heard.last) return false
    return !heard.seen.has(sequence)
  }

  #note ({ origin, incarnation, sequence }: PingBody): void {
    const { relayPingsSeenMax, relayPingOriginsMax } = ROUTE_LIMITS
    const known = this.#heard.get(origin)
    const heard = known?.incarnation === incarnation
      ? known
      : {
          incarnation, last: 0, seen: new Set<number>(),
          turns: { tokens: PULSE_LIMITS.pingsPerSecondMax, filledMs: this.#mesh.nowMs },
        }
    this.#heard.set(origin, heard)
    heard.turns.tokens--
    heard.seen.add(sequence)
    heard.last = Math.max(heard.last, sequence)
    for (const one of heard.seen) {
      if (one + relayPingsSeenMax <= heard.last) heard.seen.delete(one)
    }
    const [longest] = this.#heard.keys()
    if (this.#heard.size > relayPingOriginsMax && longest !== undefined) this.#heard.delete(longest)
  }

  #isEverybodyLinked (): boolean {
    const { links, roster } = this.#mesh
    return links.readyCount >= roster.size
  }
}
