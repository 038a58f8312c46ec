/** The requests of several nodes, linked as a test says, without wire: for relayed pings. */
import type { Event, LinkId } from '../../src/core/event.js'
import type { Path } from '../../src/core/routes/vocabulary.js'
import { Pings } from '../../src/hall/pings.js'
import { Requests } from '../../src/hall/requests.js'
import type { Identity } from '../../src/wire/identity.js'
import { Peer } from './core-bench.js'

type Asked = Extract<Event, { kind: 'request-asked' }>

export class Site {
  readonly id: Identity
  readonly requests: Requests
  readonly pings: Pings
  /** What it asked, oldest first. */
  readonly asked: Asked[] = []
  /** In place of the best way. */
  path: (peer: Identity) => Path | null
  /** Takes questions and answers none. */
  isMute = false

  constructor (web: PingWeb, seed: number) {
    this.id = new Peer(seed).id
    this.path = peer => web.pathOf(this.id, peer)
    this.requests = new Requests(event => { web.post(this, event) })
    const clock = {
      nowMs: () => web.nowMs, wallMs: () => 0, schedule: () => null, cancel: () => {},
      breathe: () => {},
    }
    let drawn = 0
    const entropy = { bytes: (count: number) => new Uint8Array(count).fill(seed * 16 + ++drawn) }
    this.pings = new Pings({ clock, entropy }, this.requests, {
      me: this.id, path: peer => this.path(peer),
    })
  }
}

export class PingWeb {
  nowMs = 1_000
  readonly sites: Site[]
  readonly #links = new Map<Identity, Set<Identity>>()
  #nextId = 1
  readonly #waiting = new Map<number, { site: Site, asked: Asked }>()

  /** So many nodes; links by their places. Each link takes a millisecond either way. */
  constructor (count: number, links: readonly (readonly [number, number])[]) {
    this.sites = Array.from({ length: count }, (_, i) => new Site(this, i + 1))
    for (const { id } of this.sites) this.#links.set(id, new Set())
    for (const [one, other] of links) this.#link(this.at(one).id, this.at(other).id)
  }

  /** Each linked with the next. */
  static line (count: number): PingWeb {
    return new PingWeb(count, Array.from({ length: count - 1 }, (_, i) => [i, i + 1] as const))
  }

  at (place: number): Site {
    const site = this.sites[place]
    if (site === undefined) throw new RangeError(`no site ${place}`)
    return site
  }

  /** The shortest way; null when there is none. */
  pathOf (from: Identity, to: Identity): Path | null {
    const ways: Identity[][] = [[from]]
    const seen = new Set([from])
    for (let way = ways.shift(); way !== undefined; way = ways.shift()) {
      const last = way.at(-1)!
      if (last === to) return { peer: to, hops: way.length - 1, rttMs: null, members: way }
      for (const next of this.#links.get(last) ?? []) {
        if (!seen.has(next)) ways.push([...way, next])
        seen.add(next)
      }
    }
    return null
  }

  cut (one: number, other: number): void {
    this.#links.get(this.at(one).id)?.delete(this.at(other).id)
    this.#links.get(this.at(other).id)?.delete(this.at(one).id)
  }

  /** What a node wants done with a question or an answer. */
  post (site: Site, event: Event): void {
    if (event.kind === 'request-asked') return this.#ask(site, event)
    if (event.kind === 'request-served') this.#answer(event)
  }

  #ask (site: Site, asked: Asked): void {
    site.asked.push(asked)
    const { request, peer, name, body } = asked
    if (this.#links.get(site.id)?.has(peer) !== true) {
      const nothing = new Uint8Array(0)
      return site.requests.onAnswered({
        kind: 'request-answered', request, status: 'not-linked', body: nothing,
      })
    }
    const id = this.#nextId++
    this.#waiting.set(id, { site, asked })
    this.nowMs++
    const target = this.sites.find(one => one.id === peer)!
    if (target.isMute) return
    target.requests.onServe({
      kind: 'serve-request', link: 1 as LinkId, id, peer: site.id, name, body,
    })
  }

  #answer ({ id, status, body }: Extract<Event, { kind: 'request-served' }>): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    this.nowMs++
    waiting?.site.requests.onAnswered({
      kind: 'request-answered', request: waiting.asked.request, status, body,
    })
  }

  #link (one: Identity, other: Identity): void {
    this.#links.get(one)?.add(other)
    this.#links.get(other)?.add(one)
  }
}
