/** Shortest paths against figures of others and against a search that tries everything. */
import { strict as assert } from 'node:assert'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { buildGraph } from '../../../src/core/routes/graph.js'
import { pathTo, wayIn } from '../../../src/core/routes/routing.js'
import {
  childrenOf, shortestPaths, weightOf, type Tree,
} from '../../../src/core/routes/shortest-paths.js'
import type { Graph } from '../../../src/core/routes/vocabulary.js'
import type { Identity } from '../../../src/wire/identity.js'
import {
  drawnGraph, fullMesh, graphOf, memberOf, membersOf, tablesOf, tried, type Link,
} from '../../helpers/link-tables.js'

/** The code itself is the weight: for graphs whose weights are small numbers. */
const asTold = (code: number): number => code

/** A graph of named members. */
class Named {
  readonly names: string[]
  readonly graph: Graph

  constructor (links: readonly (readonly [string, string, number])[]) {
    this.names = [...new Set(links.flatMap(([one, other]) => [one, other]))].sort()
    this.graph = graphOf(this.names.length,
      links.map(([one, other, weight]) => [this.place(one), this.place(other), weight]))
  }

  place (name: string): number {
    return this.names.indexOf(name)
  }

  name (member: Identity): string {
    return this.names[this.graph.indexOf.get(member) ?? -1] ?? '?'
  }

  tree (from: string): Tree {
    return shortestPaths(this.graph, this.place(from), asTold)
  }

  path (from: string, to: string): string {
    const way = wayIn(this.graph, this.tree(from), this.place(to))
    return way?.members.map(member => this.name(member)).join(' ') ?? 'none'
  }
}

interface Oracle {
  readonly graphs: readonly {
    readonly edges: readonly (readonly [string, string, number])[]
    readonly from: string
    readonly distance: Readonly<Record<string, number>>
  }[]
}

const oracle = JSON.parse(readFileSync(
  new URL('../../fixtures/oracles/shortest-path.json', import.meta.url), 'utf8')) as Oracle

t.test('distances are those of the oracle', async t => {
  t.ok(oracle.graphs.length > 0)
  for (const { edges, from, distance } of oracle.graphs) {
    const named = new Named(edges)
    for (const [to, expected] of Object.entries(distance)) {
      t.equal(named.tree(from).weight[named.place(to)], expected, `${from} to ${to}`)
    }
  }
})

t.test('of two ways of one weight the one by the first parent is taken', async t => {
  const named = new Named(oracle.graphs[0]?.edges ?? [])
  t.equal(named.path('A', 'F'), 'A B F', 'and not A B E F')
  const diamond = graphOf(4, [[0, 1, 1], [0, 2, 1], [1, 3, 1], [2, 3, 1]])
  t.equal(shortestPaths(diamond, 0).parent[3], 1)
  t.equal(shortestPaths(diamond, 3).parent[0], 1)
})

/**
 * Four route controllers (hundreds) and what hangs on them, weight = cost x capacity. Found back
 * from the distances below: a link for each pair that no way over others explains.
 */
const CONTROLLERS = [
  ['100', '10', 10], ['100', '20', 25], ['200', '10', 10], ['200', '40', 50], ['200', '400', 50],
  ['300', '10', 10], ['300', '30', 50], ['300', '400', 50], ['400', '20', 10], ['400', '30', 50],
] as const

/** Computed apart from this code. */
const DISTANCES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  100: { 10: 10, 20: 25, 30: 70, 40: 70, 200: 20, 300: 20, 400: 35 },
  200: { 10: 10, 20: 45, 30: 70, 40: 50, 100: 20, 300: 20, 400: 50 },
  300: { 10: 10, 20: 45, 30: 50, 40: 70, 100: 20, 200: 20, 400: 50 },
  400: { 10: 45, 20: 10, 30: 50, 40: 100, 100: 35, 200: 50, 300: 50 },
}

t.test('distances and paths of four route controllers come out as computed elsewhere', async t => {
  const named = new Named(CONTROLLERS)
  for (const [from, distances] of Object.entries(DISTANCES)) {
    const { weight } = named.tree(from)
    const found = Object.keys(distances).map(to => [to, weight[named.place(to)]])
    t.same(Object.fromEntries(found), distances, `from ${from}`)
  }
  t.equal(named.path('100', '200'), '100 10 200')
  t.equal(named.path('400', '10'), '400 20 100 10')
})

t.test('a link weighs a hop and its round-trip time in powers of two', async t => {
  const hop = 2 ** 32
  t.equal(weightOf(1), hop + 1)
  t.equal(weightOf(8), hop + 1)
  t.equal(weightOf(9), hop + 2)
  t.equal(weightOf(80), hop + 2 ** 9)
  t.equal(weightOf(160), hop + 2 ** 19)
  t.equal(weightOf(161), hop + 2 ** 20)
  t.equal(weightOf(255), hop + 2 ** 20)
  t.equal(weightOf(0), weightOf(13 * 8 + 1), 'not measured: as about 0.8 s')
})

t.test('one slow hop comes before two fast ones, of equal hops the faster', async t => {
  const slow = graphOf(3, [[0, 2, 255], [0, 1, 1], [1, 2, 1]])
  t.same([...shortestPaths(slow, 0).parent], [-1, 0, 0])
  const links: Link[] = [[0, 1, 90], [1, 3, 1], [0, 2, 40], [2, 3, 40]]
  t.equal(shortestPaths(graphOf(4, links), 0).parent[3], 2)
  const unmeasured: Link[] = [[0, 1, 0], [1, 3, 1], [0, 2, 40], [2, 3, 40]]
  t.equal(shortestPaths(graphOf(4, unmeasured), 0).parent[3], 2, 'measured is preferred')
})

t.test('thousands of slowest hops still weigh less than one hop more of the fastest', async t => {
  const hops = 4_095
  t.ok(hops * weightOf(255) < (hops + 1) * weightOf(1))
  t.ok(Number.isSafeInteger(hops * weightOf(255)))
})

t.test('who cannot be reached has no parent, no hops and no path', async t => {
  const graph = graphOf(4, [[0, 1, 1], [2, 3, 1]])
  const tree = shortestPaths(graph, 1)
  t.same([...tree.parent], [1, -1, -1, -1])
  t.same([...tree.hops], [1, 0, -1, -1])
  t.same([...tree.weight], [weightOf(1), 0, Infinity, Infinity])
  t.equal(pathTo(graph, 1, 3), null)
  t.equal(pathTo(graph, 1, 9), null)
  for (const root of [-1, 4]) t.same([...shortestPaths(graph, root).hops], [-1, -1, -1, -1])
  t.same(shortestPaths(buildGraph([]), 0).parent.length, 0)
})

t.test('in a full mesh the tree is a star', async t => {
  const graph = graphOf(30, fullMesh(30, 77))
  const tree = shortestPaths(graph, 7)
  t.same(childrenOf(tree, 7), [...Array(30).keys()].filter(place => place !== 7))
  t.same(childrenOf(tree, 8), [])
})

/** Floyd and Warshall: of each pair, over every member between. */
function allDistances (count: number, links: readonly Link[], weigh: typeof weightOf): number[][] {
  const between = Array.from({ length: count }, (_, one) =>
    Array.from({ length: count }, (_, other) => one === other ? 0 : Infinity))
  const at = (one: number, other: number): number => between[one]?.[other] ?? Infinity
  const put = (one: number, other: number, weight: number): void => {
    const row = between[one]
    if (row !== undefined) row[other] = weight
  }
  for (const [one, other, rtt] of links) {
    put(one, other, weigh(rtt))
    put(other, one, weigh(rtt))
  }
  for (let over = 0; over < count; over++) {
    for (let one = 0; one < count; one++) {
      for (let other = 0; other < count; other++) {
        put(one, other, Math.min(at(one, other), at(one, over) + at(over, other)))
      }
    }
  }
  return between
}

for (const [what, weigh] of [
  ['our weights', weightOf], ['weights with many ties', (rtt: number) => 1 + rtt % 3],
] as const) {
  t.test(`weights are least and parents are the first of the best, with ${what}`, async () => {
    fc.assert(fc.property(drawnGraph({ countMax: 10, isConnected: false }), ({ count, links }) => {
      const graph = graphOf(count, links)
      const distances = allDistances(count, links, weigh)
      for (let root = 0; root < count; root++) {
        const tree = shortestPaths(graph, root, weigh)
        assert.deepEqual([...tree.weight], distances[root])
        for (let to = 0; to < count; to++) assert.equal(tree.parent[to], firstParent(to, tree))
        tree.hops.forEach((hops, to) => {
          assert.equal(hops, (wayIn(graph, tree, to)?.members.length ?? 0) - 1)
        })
      }

      function firstParent (to: number, tree: Tree): number {
        const best = (graph.edges[to] ?? []).find(edge => to !== tree.root &&
          tree.weight[to] !== Infinity &&
          (tree.weight[edge.to] ?? 0) + weigh(edge.rtt) === tree.weight[to])
        return best?.to ?? -1
      }
    }), tried(500))
  })
}

t.test('neither the order of tables nor other identities of the same order change a tree',
  async () => {
    fc.assert(fc.property(
      drawnGraph({ countMax: 12, isConnected: true }).chain(({ count, links }) => fc.record({
        count: fc.constant(count),
        links: fc.constant(links),
        shuffled: fc.shuffledSubarray(tablesOf(membersOf(count), links), { minLength: count }),
        root: fc.nat({ max: count - 1 }),
        salt: fc.integer({ min: 1, max: 255 }),
        numbers: fc.uniqueArray(fc.nat(), { minLength: count, maxLength: count }),
      })),
      ({ count, links, shuffled, root, salt, numbers }) => {
        const tree = shortestPaths(graphOf(count, links), root)
        assert.deepEqual(shortestPaths(buildGraph(shuffled), root), tree)
        const others = numbers.map(number => memberOf(number, salt)).sort()
        assert.deepEqual(shortestPaths(buildGraph(tablesOf(others, links)), root), tree)
      },
    ), tried(500))
  })

t.test('identities in another order change neither weights nor hops', async () => {
  fc.assert(fc.property(
    drawnGraph({ countMax: 12, isConnected: false }).chain(({ count, links }) => fc.tuple(
      fc.constant({ count, links }), fc.nat({ max: count - 1 }),
      fc.shuffledSubarray([...Array(count).keys()], { minLength: count }))),
    ([{ count, links }, root, places]) => {
      const moved = (place: number): number => places[place] ?? -1
      const tree = shortestPaths(graphOf(count, links), root)
      const other = shortestPaths(graphOf(count,
        links.map(([one, two, rtt]) => [moved(one), moved(two), rtt])), moved(root))
      places.forEach((to, from) => {
        assert.equal(other.weight[to], tree.weight[from])
        assert.equal(other.hops[to], tree.hops[from])
      })
    },
  ), tried(500))
})
