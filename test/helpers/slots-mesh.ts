/** Slots over plain data: peers that are linked, and what tables are said to tell. */
import { Deadlines } from '../../src/core/deadlines.js'
import type { LinkId } from '../../src/core/event.js'
import { Links, type LinkState } from '../../src/core/links.js'
import type { Mesh } from '../../src/core/mesh.js'
import { Random } from '../../src/core/random.js'
import { Roster } from '../../src/core/roster.js'
import { Slots, type Reach } from '../../src/core/slots.js'
import type { Identity } from '../../src/wire/identity.js'
import { BULLETINS, EPOCH_MS, NETWORK_HASH, Peer } from './core-bench.js'

export class SlotsMesh {
  readonly me = new Peer(1)
  readonly links = new Links()
  readonly deadlines = new Deadlines()
  readonly mesh: Mesh
  readonly slots: Slots
  /** What tables tell: members that a path leads to, those that take links, links to keep. */
  readonly reached = new Set<Identity>()
  readonly free = new Map<Identity, number>()
  readonly onlyWays = new Set<Identity>()
  #nextLink = 1

  constructor (linksMax: number, seed = 1) {
    const { id: me, keys } = this.me
    const { suite } = keys
    const membersMax = 1_024
    this.mesh = {
      options: {
        me, publicKey: keys.publicKey, networkHash: NETWORK_HASH, admission: 'open', connect: [],
        advertise: [], periodMs: 5_000, text: null, name: 'me', ephemeral: false, linksMax,
        membersMax, rejoinMs: 600_000, bulletins: BULLETINS,
      },
      random: new Random(seed),
      deadlines: this.deadlines,
      self: undefined as unknown as Mesh['self'],
      roster: new Roster(suite, { me, networkHash: NETWORK_HASH, membersMax }),
      links: this.links,
      phase: 'running',
      nowMs: 0,
      offsetMs: EPOCH_MS,
      out: [],
    }
    const reach: Reach = {
      reaches: peer => this.reached.has(peer) || this.links.readyOf(peer) !== undefined,
      freeOf: peer => this.free.get(peer) ?? null,
      isOnlyWay: peer => this.onlyWays.has(peer),
    }
    this.slots = new Slots(this.mesh, reach)
  }

  /** A ready link, or one in another state. */
  link (peer: Peer, state: LinkState = { at: 'ready', incarnation: peer.incarnation }): LinkId {
    const id = this.#nextLink++ as LinkId
    const entry = {
      id, peer: peer.id, publicKey: peer.keys.publicKey, remote: peer.address, ask: null,
      dialled: null, openedMs: this.mesh.nowMs, refusals: 0,
      state: { at: 'greeting', hello: null, welcomed: false } as LinkState,
    }
    this.links.add(entry)
    this.links.move(entry, state)
    return id
  }

  /** A member of the roster. */
  know (peer: Peer): void {
    const origin = { teller: this.me.id, proven: true, overLoopback: false }
    this.mesh.roster.offer(peer.record(), origin, this.mesh.nowMs, EPOCH_MS)
  }

  /** When a link above the limit is given up, or Infinity. */
  get surplusMs (): number {
    return this.deadlines.has('surplus', '') ? this.deadlines.nextMs() : Infinity
  }

  /** Peers whose link is given up, as often as it is asked. */
  victims (times = 200, isKept: (peer: Identity) => boolean = () => false): Set<Identity | null> {
    return new Set(Array.from({ length: times }, () => this.slots.victim(isKept)?.peer ?? null))
  }
}

export function somePeers (count: number): Peer[] {
  return Array.from({ length: count }, (_, i) => new Peer(1_000 + i))
}
