/**
 * Shortest paths from one member to all others. Source: E. W. Dijkstra, A note on two problems in
 * connexion with graphs, 1959; with a heap. Every member that has the same tables finds the same
 * tree: weights are sums of exact integers, and ties are settled by the order of identities.
 * Read next: `routing.ts`, which passes on along the tree.
 */
import TinyQueue from 'tinyqueue'
import type { Graph } from './vocabulary.js'

/** By place in the graph's members. */
export interface Tree {
  readonly root: number
  /** The one before it on the path from the root; -1 for the root and who cannot be reached. */
  readonly parent: Int32Array
  /** Links from the root; -1: cannot be reached. */
  readonly hops: Int32Array
  /** Weight of the path; Infinity: cannot be reached. */
  readonly weight: Float64Array
}

/** Weight of a link by the code of its round-trip time; above 0, or ties are settled wrongly. */
export type Weigh = (rtt: number) => number

/** More than the round-trip times of 4,096 links together: fewer hops always win. */
const HOP_WEIGHT = 2 ** 32
/** Eight codes are one power of two; from 105 s on all are one class. */
const CODES_PER_CLASS = 8
const CLASS_MAX = 20
/** Not measured: taken for about a second, so that a measured link is preferred. */
const UNMEASURED_CLASS = 13

/** By code: powers are not taken again for every link of every tree. */
const WEIGHTS = Float64Array.from({ length: 256 }, (_, rtt) => {
  const power = rtt === 0 ? UNMEASURED_CLASS : Math.floor((rtt - 1) / CODES_PER_CLASS)
  return HOP_WEIGHT + 2 ** Math.min(power, CLASS_MAX)
})

/** Weight of a link, code 0 to 255: one hop, then its round-trip time in powers of two. */
export function weightOf (rtt: number): number {
  return WEIGHTS[rtt] ?? HOP_WEIGHT
}

const NOWHERE = -1

interface Reached {
  readonly at: number
  readonly weight: number
}

/** The paths of least weight from the member at place `root` to all others. */
export function shortestPaths (graph: Graph, root: number, weigh: Weigh = weightOf): Tree {
  const tree = bareTree(root, graph.members.length)
  if (root < 0 || root >= graph.members.length) return tree
  tree.weight[root] = 0
  const queue = new TinyQueue<Reached>([{ at: root, weight: 0 }], (a, b) => a.weight - b.weight)
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const { at, weight } = next
    // A shorter way was found while this one waited in the queue.
    if (weight !== tree.weight[at]) continue
    // Whoever can be its parent has less weight and was here before: the parent stays.
    tree.hops[at] = at === root ? 0 : (tree.hops[tree.parent[at] ?? root] ?? 0) + 1
    for (const edge of graph.edges[at] ?? []) {
      const reached = weight + weigh(edge.rtt)
      if (improves(tree, edge.to, at, reached)) queue.push({ at: edge.to, weight: reached })
    }
  }
  return tree
}

/** Notes a way to `to` by `parent`; true when it is shorter than those before. */
function improves (tree: Tree, to: number, parent: number, weight: number): boolean {
  const best = tree.weight[to] ?? 0
  if (weight > best) return false
  if (weight === best) {
    if (parent < (tree.parent[to] ?? NOWHERE)) tree.parent[to] = parent
    return false
  }
  tree.weight[to] = weight
  tree.parent[to] = parent
  return true
}

function bareTree (root: number, count: number): Tree {
  return {
    root,
    parent: new Int32Array(count).fill(NOWHERE),
    hops: new Int32Array(count).fill(NOWHERE),
    weight: new Float64Array(count).fill(Infinity),
  }
}

/** Those whose path goes by `place` last, ascending; none when it is no place. */
export function childrenOf (tree: Tree, place: number): number[] {
  const children: number[] = []
  if (place < 0) return children
  tree.parent.forEach((parent, child) => { if (parent === place) children.push(child) })
  return children
}
