/**
 * What tables mean: who is reached and how, and to whom a bulletin is passed on. Worked out when
 * somebody asks and kept until a table or a link changes; in a full mesh no graph is ever made.
 * Read next: `graph.ts`, `shortest-paths.ts` and `routing.ts`, the pure part of it.
 */
import { ROUTE_LIMITS } from '../../limits.js'
import type { Identity } from '../../wire/identity.js'
import { prefixOf, rttOfCode, tellsLink, type LinkTable } from '../../wire/link-table.js'
import { fill, type Bucket } from '../bucket.js'
import type { LinkId } from '../event.js'
import type { LinkEntry } from '../links.js'
import { wallMs, type Mesh } from '../mesh.js'
import { isLive } from '../roster.js'
import type { Sizes } from '../sizes.js'
import { buildGraph } from './graph.js'
import { reachable, wayIn } from './routing.js'
import { shortestPaths, type Tree } from './shortest-paths.js'
import type { Tables } from './tables.js'
import type { Graph, Path, Routing } from './vocabulary.js'

/** What becomes of a bulletin of one author here. */
export interface Onward {
  /** Links it is passed on to. */
  readonly push: readonly LinkId[]
  /** Links that are told that it is here. */
  readonly tell: readonly LinkId[]
}

const NOWHERE: Onward = { push: [], tell: [] }

export class Ways {
  readonly #mesh: Mesh
  readonly #tables: Tables
  readonly #routing: Routing
  /** Of the tables and links of `#age`. */
  #graph: Graph | null = null
  #reached: { readonly graph: Graph, readonly from: Uint8Array } | null = null
  /** Rooted at this node. */
  #ownTree: { readonly graph: Graph, readonly tree: Tree } | null = null
  readonly #onward = new Map<Identity, Onward>()
  readonly #children = new Map<Identity, readonly LinkId[]>()
  /** What all of this was worked out of, and when. */
  #age = { tables: -1, links: -1, readyLinks: -1, atMs: -Infinity }
  /** How often it may all be worked out anew now. */
  readonly #turns: Bucket = { tokens: ROUTE_LIMITS.graphsBurstMax, filledMs: 0 }
  /** Counts changes of the ready links. */
  #readyLinks = 0

  constructor (mesh: Mesh, tables: Tables, routing: Routing) {
    this.#mesh = mesh
    this.#tables = tables
    this.#routing = routing
  }

  get sizes (): Sizes {
    return { onwards: this.#onward.size, childrenKept: this.#children.size }
  }

  /** A link became ready, or no longer is. */
  onLinksChanged (): void {
    this.#readyLinks++
  }

  /** Who is linked with whom as tables tell it. */
  graph (): Graph {
    this.#dropOld()
    this.#graph ??= buildGraph(this.#tablesNow())
    return this.#graph
  }

  /** Linked, or some way is known. */
  reaches (peer: Identity): boolean {
    return this.#mesh.links.readyOf(peer) !== undefined || this.#isReached(peer)
  }

  /** How many further links it takes, as it tells; null: it told nothing. */
  freeOf (peer: Identity): number | null {
    return this.#tables.get(peer)?.head.free ?? null
  }

  /** Without this node's link with it no way would be left. */
  isOnlyWay (peer: Identity): boolean {
    const graph = this.graph()
    const me = graph.indexOf.get(this.#mesh.options.me)
    const to = graph.indexOf.get(peer)
    if (me === undefined || to === undefined) return true
    return reachable(graph, me, { without: [me, to] })[to] !== 1
  }

  /** The best way to a member; null when none is known. */
  pathTo (peer: Identity): Path | null {
    const { options: { me } } = this.#mesh
    const graph = this.graph()
    const tree = this.#treeOfMe(graph)
    const to = graph.indexOf.get(peer)
    if (tree === null || to === undefined || peer === me) return this.#directPath(peer)
    const way = wayIn(graph, tree, to)
    if (way === null) return this.#directPath(peer)
    const { members, rtts } = way
    return { peer, hops: rtts.length, rttMs: sumOf(rtts), members }
  }

  /** Neighbours of a member by what both ends tell, nearest to this node first. */
  neighboursOf (peer: Identity): Identity[] {
    const graph = this.graph()
    const place = graph.indexOf.get(peer)
    if (place === undefined) return []
    const hops = this.#treeOfMe(graph)?.hops
    return [...graph.edges[place] ?? []]
      .sort((a, b) => distance(hops, a.to) - distance(hops, b.to))
      .map(({ to }) => graph.members[to] as Identity)
  }

  /** Links to members that have others behind them in the tree of this node. */
  branches (): LinkId[] {
    const graph = this.graph()
    const parents = new Set(this.#treeOfMe(graph)?.parent)
    const links: LinkId[] = []
    for (const { id, peer } of this.#mesh.links.ready()) {
      if (parents.has(graph.indexOf.get(peer) ?? -2)) links.push(id)
    }
    return links
  }

  /** Links to pass on to what came of `origin`. */
  childrenOf (origin: Identity): readonly LinkId[] {
    this.#dropOld()
    const known = this.#children.get(origin)
    if (known !== undefined) return known
    const graph = this.graph()
    const me = graph.indexOf.get(this.#mesh.options.me)
    const root = graph.indexOf.get(origin)
    if (me === undefined || root === undefined) return []
    const children = this.#linksTo(graph, this.#routing(graph, root, me))
    keep(this.#children, origin, children)
    return children
  }

  /** What becomes of a bulletin of this author. Costs next to nothing in a full mesh. */
  onwardOf (author: Identity): Onward {
    this.#dropOld()
    const known = this.#onward.get(author)
    if (known !== undefined) return known
    const onward = this.#makeOnward(author)
    // Without a table it depends on who is known and live, which nothing here counts.
    if (this.#tables.get(author) !== undefined) keep(this.#onward, author, onward)
    return onward
  }

  /**
   * What was worked out of other tables or links. Round-trip times alone are looked at once a
   * second: with hundreds of members some table or other is always fresh. While a mesh forms links
   * change with every table, and most of the work would be the graph: then ten times a second.
   */
  #dropOld (): void {
    const { version, linksVersion } = this.#tables
    const { nowMs } = this.#mesh
    const { tables, links, readyLinks, atMs } = this.#age
    const { graphKeptMs, graphsBurstMax, graphsPerSecondMax } = ROUTE_LIMITS
    if (readyLinks === this.#readyLinks) {
      if (links === linksVersion && (tables === version || nowMs - atMs < graphKeptMs)) return
      fill(this.#turns, graphsPerSecondMax, graphsBurstMax, nowMs)
      if (links !== linksVersion && this.#turns.tokens < 1) return
    }
    this.#turns.tokens--
    this.#graph = null
    this.#onward.clear()
    this.#children.clear()
    this.#age = { tables: version, links: linksVersion, readyLinks: this.#readyLinks, atMs: nowMs }
  }

  #makeOnward (author: Identity): Onward {
    const { links, options: { me } } = this.#mesh
    if (author === me) return NOWHERE
    const told = this.#tables.get(author)
    const others = [...links.ready()].filter(({ peer }) => peer !== author)
    // Its table is on its way: in a mesh that seems whole everybody hears from the author itself.
    if (told === undefined || this.#tables.isGone(author)) {
      return this.#isWhole() ? NOWHERE : { push: [], tell: others.map(idOf) }
    }
    const behind = others.filter(({ peer }) => !tellsLink(told.signed.body, prefixOf(peer)))
    if (behind.length === 0) return NOWHERE
    const graph = this.graph()
    const place = graph.indexOf.get(me)
    const root = graph.indexOf.get(author)
    if (place === undefined || root === undefined) return { push: [], tell: behind.map(idOf) }
    const push = new Set(this.childrenOf(author))
    const tree = shortestPaths(graph, root)
    const tell = behind.filter(({ id, peer }) =>
      !push.has(id) && isTeller(graph, tree, place, graph.indexOf.get(peer)))
    return { push: [...push], tell: tell.map(idOf) }
  }

  /** Every live member is linked with here. */
  #isWhole (): boolean {
    const { links, roster } = this.#mesh
    const now = wallMs(this.#mesh)
    for (const { identity, record } of roster.all()) {
      const isUp = record.state === 'up' && isLive(record, now)
      if (isUp && links.readyOf(identity) === undefined) return false
    }
    return true
  }

  #isReached (peer: Identity): boolean {
    const graph = this.graph()
    if (this.#reached?.graph !== graph) {
      const me = graph.indexOf.get(this.#mesh.options.me)
      const from = me === undefined ? new Uint8Array(0) : reachable(graph, me)
      this.#reached = { graph, from }
    }
    const place = graph.indexOf.get(peer)
    return place !== undefined && this.#reached.from[place] === 1
  }

  #treeOfMe (graph: Graph): Tree | null {
    if (this.#ownTree?.graph === graph) return this.#ownTree.tree
    const place = graph.indexOf.get(this.#mesh.options.me)
    if (place === undefined) return null
    const tree = shortestPaths(graph, place)
    this.#ownTree = { graph, tree }
    return tree
  }

  /** What is told; a link of this node that has ended counts no longer, told or not. */
  * #tablesNow (): Generator<LinkTable> {
    const { links, options: { me } } = this.#mesh
    const linked = new Set([...links.ready()].map(({ peer }) => prefixOf(peer)))
    for (const table of this.#tables.all()) {
      yield table.owner === me
        ? { ...table, links: table.links.filter(({ prefix }) => linked.has(prefix)) }
        : table
    }
  }

  #linksTo (graph: Graph, places: readonly number[]): LinkId[] {
    return places.flatMap(place => {
      const entry = this.#mesh.links.readyOf(graph.members[place] as Identity)
      return entry === undefined ? [] : [entry.id]
    })
  }

  /** A link that no table tells yet. */
  #directPath (peer: Identity): Path | null {
    if (this.#mesh.links.readyOf(peer) === undefined) return null
    return { peer, hops: 1, rttMs: null, members: [this.#mesh.options.me, peer] }
  }
}

/** The oldest gives way. */
function keep<T> (kept: Map<Identity, T>, of: Identity, what: T): void {
  const [oldest] = kept.keys()
  if (kept.size >= ROUTE_LIMITS.onwardsKeptMax && oldest !== undefined) kept.delete(oldest)
  kept.set(of, what)
}

function idOf ({ id }: LinkEntry): LinkId {
  return id
}

/** A few neighbours of a member tell it the same news: those on the shortest ways to the author. */
function isTeller (graph: Graph, tree: Tree, me: number, peer: number | undefined): boolean {
  if (peer === undefined) return true
  const own = tree.weight[me] ?? Infinity
  let nearer = 0
  for (const { to } of graph.edges[peer] ?? []) {
    const weight = tree.weight[to] ?? Infinity
    if (to !== me && (weight < own || (weight === own && to < me))) nearer++
  }
  return nearer < ROUTE_LIMITS.headsTellersMax
}

function distance (hops: Int32Array | undefined, place: number): number {
  const found = hops?.[place] ?? -1
  return found < 0 ? Infinity : found
}

/** Round-trip times together, ms with one decimal; null when one is not measured. */
function sumOf (rtts: readonly number[]): number | null {
  let sum = 0
  for (const rtt of rtts) {
    const ms = rttOfCode(rtt)
    if (ms === null) return null
    sum += ms
  }
  return Math.round(sum * 10) / 10
}
