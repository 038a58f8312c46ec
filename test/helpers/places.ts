/** The ways of a node among members that are called by numbers, with tables and without a core. */
import type { LinkId } from '../../src/core/event.js'
import { Deadlines } from '../../src/core/deadlines.js'
import type { LinkEntry } from '../../src/core/links.js'
import type { Mesh } from '../../src/core/mesh.js'
import { alongTree } from '../../src/core/routes/routing.js'
import { Tables } from '../../src/core/routes/tables.js'
import { Ways, type Onward } from '../../src/core/routes/ways.js'
import type { Routing } from '../../src/core/routes/vocabulary.js'
import { Roster } from '../../src/core/roster.js'
import type { Identity } from '../../src/wire/identity.js'
import { decodeLinkTable } from '../../src/wire/link-table.js'
import { isRefusal } from '../../src/wire/refusal.js'
import { EPOCH_MS, NETWORK_HASH, Peer } from './core-bench.js'

export const ME = new Peer(1)

export type Pair = readonly [number, number]

export interface Placed {
  readonly ways: Ways
  readonly tables: Tables
  /** By place; this node is 0. */
  readonly peers: readonly Peer[]
  /** Onwards to places. */
  onward (author: number): { push: number[], tell: number[] }
  /** Links of this node from now on. */
  link (places: readonly number[]): void
  /** It is so late from now on. */
  at (nowMs: number): void
}

/**
 * This node is number 0 of so many; links are those told by both ends. Of `silent` ones nobody has
 * a table, and of all the first `known` are in the roster.
 */
export function placed (
  count: number, edges: readonly Pair[],
  { silent = [] as number[], known = count, routing = alongTree as Routing } = {},
): Placed {
  const peers = Array.from({ length: count }, (_, i) => i === 0 ? ME : new Peer(100 + i))
  const { suite } = ME.keys
  let linked: LinkEntry[] = []
  const roster = new Roster(suite, { me: ME.id, networkHash: NETWORK_HASH, membersMax: 2_000 })
  const mesh = {
    options: { me: ME.id, networkHash: NETWORK_HASH, linksMax: 9, name: 'me' },
    self: { incarnation: ME.incarnation }, deadlines: new Deadlines(), nowMs: 0,
    offsetMs: EPOCH_MS, phase: 'running', roster, out: [],
    links: {
      ready: () => linked.values(),
      readyOf: (peer: Identity) => linked.find(entry => entry.peer === peer),
    },
  } as unknown as Mesh
  for (const peer of peers.slice(1, known)) {
    roster.restore(peer.record(), peer.address, EPOCH_MS, EPOCH_MS)
  }
  const tables = new Tables(mesh, suite)
  const ways = new Ways(mesh, tables, routing)
  const near = (place: number): Peer[] => edges.flatMap(([one, other]) =>
    one === place ? peers[other] ?? [] : other === place ? peers[one] ?? [] : [])
  peers.forEach((peer, place) => {
    if (!silent.includes(place) && place > 0) tables.offer(peer.table(near(place)))
  })
  const prefixes = ME.table(near(0))
  tables.sign(decoded(prefixes.body), 0)
  const link = (places: readonly number[]): void => {
    linked = places.map(place => ({ id: place as LinkId, peer: peers[place]?.id }) as LinkEntry)
    ways.onLinksChanged()
  }
  link(edges.flatMap(([one, other]) => one === 0 ? [other] : other === 0 ? [one] : []))
  const onward = (author: number): { push: number[], tell: number[] } =>
    plain(ways.onwardOf(peers[author]?.id ?? ME.id))
  return { ways, tables, peers, onward, link, at: nowMs => { mesh.nowMs = nowMs } }
}

function plain ({ push, tell }: Onward): { push: number[], tell: number[] } {
  const sorted = (links: readonly number[]): number[] => [...links].sort((a, b) => a - b)
  return { push: sorted(push), tell: sorted(tell) }
}

function decoded (body: Uint8Array): Parameters<Tables['sign']>[0] {
  const table = decodeLinkTable(body)
  if (isRefusal(table)) throw new Error(table.message)
  return table.links
}

export function complete (count: number): Pair[] {
  return Array.from({ length: count }, (_, one) =>
    Array.from({ length: one }, (_, other): Pair => [one, other])).flat()
}
