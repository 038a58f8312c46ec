/**
 * The graph made of link tables. A link counts only when the tables of both ends tell it: a member
 * may lie about its own links, and what it invents nobody else confirms. Built again on every
 * change, so rows of numbers are turned around instead of looking up each link's other end.
 * Read next: `tables.ts`, which keeps the tables, and `shortest-paths.ts`, which walks the graph.
 */
import { prefixOf, type LinkTable } from '../../wire/link-table.js'
import type { Edge, Graph } from './vocabulary.js'

/**
 * The members that told a table, and the links both ends tell. Takes one table of an owner, its
 * newest, in any order; in a table each prefix stands once, as its decoder demands. A table that
 * lists its owner is passed over; members that share a prefix have no links here.
 */
export function buildGraph (tables: Iterable<LinkTable>): Graph {
  const rows = rowsOf(tables)
  const told = toldBy(rows)
  return {
    members: rows.map(row => row.table.owner),
    indexOf: new Map(rows.map((row, place) => [row.table.owner, place])),
    edges: confirmed(told, turnedAround(told)),
  }
}

/** The link of two places, null when there is none. */
export function edgeBetween (graph: Graph, from: number, to: number): Edge | null {
  const edges = graph.edges[from] ?? []
  let low = 0
  let high = edges.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((edges[middle]?.to ?? to) < to) low = middle + 1
    else high = middle
  }
  const edge = edges[low]
  return edge?.to === to ? edge : null
}

interface Row { readonly prefix: string, readonly table: LinkTable }

/** In order of their owners. */
function rowsOf (tables: Iterable<LinkTable>): Row[] {
  const rows: Row[] = []
  for (const table of tables) {
    const prefix = prefixOf(table.owner)
    if (!table.links.some(link => link.prefix === prefix)) rows.push({ prefix, table })
  }
  return rows.sort((a, b) => (a.table.owner < b.table.owner ? -1 : 1))
}

/** Rows of numbers, one after the other: row r stands from `starts[r]` to `starts[r + 1]` - 1. */
interface Listings {
  readonly starts: Uint32Array
  /** Place of the other end. */
  readonly peers: Uint32Array
  readonly rtts: Uint8Array
}

/** What each member tells, of peers that told a table too. */
function toldBy (rows: readonly Row[]): Listings {
  const places = placesOf(rows)
  const listedMax = rows.reduce((sum, row) => sum + row.table.links.length, 0)
  const told = emptyListings(rows.length, listedMax)
  let end = 0
  rows.forEach((row, place) => {
    for (const link of row.table.links) {
      const peer = places.get(link.prefix)
      if (peer === undefined) continue
      told.peers[end] = peer
      told.rtts[end++] = link.rtt
    }
    told.starts[place + 1] = end
  })
  return told
}

/** Places by prefix; a prefix that two members have names neither. */
function placesOf (rows: readonly Row[]): Map<string, number> {
  const places = new Map<string, number>()
  const shared = new Set<string>()
  rows.forEach(({ prefix }, place) => {
    if (places.has(prefix)) shared.add(prefix)
    places.set(prefix, place)
  })
  for (const prefix of shared) places.delete(prefix)
  return places
}

/** What is told of each member, ascending by who tells it: a counting sort. */
function turnedAround (told: Listings): Listings {
  const count = told.starts.length - 1
  const listed = told.starts[count] ?? 0
  const heard = emptyListings(count, listed)
  for (let i = 0; i < listed; i++) add(heard.starts, (told.peers[i] ?? 0) + 1, 1)
  for (let row = 0; row < count; row++) add(heard.starts, row + 1, heard.starts[row] ?? 0)
  const next = heard.starts.slice()
  for (let row = 0; row < count; row++) {
    for (let i = told.starts[row] ?? 0; i < (told.starts[row + 1] ?? 0); i++) {
      const at = add(next, told.peers[i] ?? 0, 1) - 1
      heard.peers[at] = row
      heard.rtts[at] = told.rtts[i] ?? 0
    }
  }
  return heard
}

/** What each member both tells and is told of: ascending because what it heard is. */
function confirmed (told: Listings, heard: Listings): Edge[][] {
  const count = told.starts.length - 1
  /** Code the member at hand tells of each place, -1 where it tells no link. */
  const codes = new Int16Array(count).fill(-1)
  /** The last edge made to each place: another member's is the same when its code is. */
  const made: Edge[] = []
  return Array.from({ length: count }, (_, row) => {
    const [start, end] = [told.starts[row] ?? 0, told.starts[row + 1] ?? 0]
    for (let i = start; i < end; i++) codes[told.peers[i] ?? 0] = told.rtts[i] ?? 0
    const edges: Edge[] = []
    for (let i = heard.starts[row] ?? 0; i < (heard.starts[row + 1] ?? 0); i++) {
      const to = heard.peers[i] ?? 0
      const code = codes[to] ?? -1
      if (code < 0) continue
      const rtt = Math.max(code, heard.rtts[i] ?? 0)
      if (made[to]?.rtt !== rtt) made[to] = { to, rtt }
      edges.push(made[to])
    }
    for (let i = start; i < end; i++) codes[told.peers[i] ?? 0] = -1
    return edges
  })
}

function emptyListings (rows: number, listed: number): Listings {
  return {
    starts: new Uint32Array(rows + 1),
    peers: new Uint32Array(listed),
    rtts: new Uint8Array(listed),
  }
}

function add (numbers: Uint32Array, at: number, amount: number): number {
  return numbers[at] = (numbers[at] ?? 0) + amount
}
