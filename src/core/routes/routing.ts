/**
 * To whom a member passes on what came of an author, and which way leads to whom. Pure functions of
 * the graph: one kind of routing can be put in the place of another and compared.
 * Read next: `shortest-paths.ts`; `graph.ts` for what counts as a link.
 */
import type { Identity } from '../../wire/identity.js'
import { edgeBetween } from './graph.js'
import { childrenOf, shortestPaths, type Tree } from './shortest-paths.js'
import type { Graph, Routing } from './vocabulary.js'

/**
 * To the children in the tree of shortest paths that is rooted at the author: over all members one
 * push for each. The author itself sends to all its links, which are its children here, so nothing
 * is left for it to pass on; nor for anyone when it is linked with all others, and then no tree
 * is searched. One search serves all of a graph's batches of an author: callers keep the answer.
 */
export const alongTree: Routing = (graph, author, me) => {
  const own = graph.edges[author]
  if (own === undefined || me === author || own.length >= graph.members.length - 1) return []
  return childrenOf(shortestPaths(graph, author), me)
}

/** To all links but the author's: for comparison, and what needs no agreement on the graph. */
export const flooding: Routing = (graph, author, me) =>
  me === author
    ? []
    : (graph.edges[me] ?? []).map(edge => edge.to).filter(place => place !== author)

/** A way from one member to another. */
export interface Way {
  /** Both ends among them, in the order they are passed. */
  readonly members: readonly Identity[]
  /** Codes of the round-trip times of the links between, one less than members; 0: not measured. */
  readonly rtts: readonly number[]
}

/** The best way between two places; null when there is none. */
export function pathTo (graph: Graph, from: number, to: number): Way | null {
  return wayIn(graph, shortestPaths(graph, from), to)
}

/** The same out of a tree that is there already, from its root. */
export function wayIn (graph: Graph, tree: Tree, to: number): Way | null {
  if ((tree.hops[to] ?? -1) < 0) return null
  const places = [to]
  for (let at = to; at !== tree.root;) {
    at = tree.parent[at] ?? tree.root
    places.unshift(at)
  }
  return {
    members: places.flatMap(place => graph.members[place] ?? []),
    rtts: places.slice(1)
      .map((place, i) => edgeBetween(graph, places[i] ?? place, place)?.rtt ?? 0),
  }
}

export interface Reaching {
  /** The two ends of a link that is left out. */
  readonly without?: readonly [number, number]
}

/** By place: 1 for whom links lead to from the member at place `from`, itself too, 0 for others. */
export function reachable (graph: Graph, from: number, { without }: Reaching = {}): Uint8Array {
  const reached = new Uint8Array(graph.members.length)
  if (from < 0 || from >= reached.length) return reached
  reached[from] = 1
  const queue = [from]
  // Breadth first: the list grows while it is walked along.
  for (const at of queue) {
    for (const { to } of graph.edges[at] ?? []) {
      if (reached[to] === 1 || (without !== undefined && isBetween(without, at, to))) continue
      reached[to] = 1
      queue.push(to)
    }
  }
  return reached
}

function isBetween ([one, other]: readonly [number, number], from: number, to: number): boolean {
  return (from === one && to === other) || (from === other && to === one)
}
