/** Passing on along trees and by flooding, ways, and who is left when a link goes. */
import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import t from 'tap'
import { alongTree, flooding, pathTo, reachable } from '../../../src/core/routes/routing.js'
import { shortestPaths } from '../../../src/core/routes/shortest-paths.js'
import type { Graph, Routing } from '../../../src/core/routes/vocabulary.js'
import { drawnGraph, fullMesh, graphOf, membersOf, tried } from '../../helpers/link-tables.js'

/** How often each member gets what an author sends to all its links and others pass on. */
function pushes (graph: Graph, author: number, routing: Routing): number[] {
  const got = graph.members.map(() => 0)
  const push = (to: number): void => { got[to] = (got[to] ?? 0) + 1 }
  for (const { to } of graph.edges[author] ?? []) push(to)
  graph.members.forEach((_, me) => {
    for (const to of routing(graph, author, me)) {
      assert.ok(graph.edges[me]?.some(edge => edge.to === to), 'over a link it has')
      push(to)
    }
  })
  return got
}

t.test('along the tree each member gets once what any author sends', async () => {
  fc.assert(fc.property(drawnGraph({ countMax: 16, isConnected: true }), ({ count, links }) => {
    const graph = graphOf(count, links)
    for (let author = 0; author < count; author++) {
      assert.deepEqual(pushes(graph, author, alongTree),
        graph.members.map((_, place) => place === author ? 0 : 1))
    }
  }), tried(500))
})

t.test('in parts that are not linked each member of the author\'s part gets it once', async () => {
  fc.assert(fc.property(drawnGraph({ countMax: 12, isConnected: false }), ({ count, links }) => {
    const graph = graphOf(count, links)
    for (let author = 0; author < count; author++) {
      const part = reachable(graph, author)
      assert.deepEqual(pushes(graph, author, alongTree),
        graph.members.map((_, place) => place === author ? 0 : part[place]))
    }
  }), tried(500))
})

t.test('who passes on is one that got it before: hops grow along the tree', async () => {
  fc.assert(fc.property(drawnGraph({ countMax: 12, isConnected: true }), ({ count, links }) => {
    const graph = graphOf(count, links)
    for (let author = 0; author < count; author++) {
      const { hops } = shortestPaths(graph, author)
      graph.members.forEach((_, me) => {
        for (const to of alongTree(graph, author, me)) assert.equal(hops[to], (hops[me] ?? 0) + 1)
      })
    }
  }), tried(300))
})

t.test('in a full mesh nobody passes on', async t => {
  const graph = graphOf(20, fullMesh(20))
  for (let author = 0; author < 20; author++) {
    for (let me = 0; me < 20; me++) t.same(alongTree(graph, author, me), [])
  }
})

t.test('one link of a full mesh is missing: one member passes on to its ends', async t => {
  const graph = graphOf(10, fullMesh(10).filter(([one, other]) => one !== 9 || other !== 4))
  t.same(alongTree(graph, 4, 0), [9])
  t.same(alongTree(graph, 9, 0), [4])
  for (let me = 1; me < 10; me++) {
    t.same(alongTree(graph, 4, me), [])
    t.same(alongTree(graph, 9, me), [])
    t.same(alongTree(graph, 0, me), [], 'linked with all')
  }
})

t.test('the author itself passes nothing on: it sends to all its links', async t => {
  const graph = graphOf(4, [[0, 1, 1], [1, 2, 1], [2, 3, 1]])
  t.same(alongTree(graph, 1, 1), [])
  t.same(flooding(graph, 1, 1), [])
  t.same(alongTree(graph, 1, 2), [3])
})

t.test('an author or a member that is not in the graph is no harm', async t => {
  const graph = graphOf(4, [[0, 1, 1], [1, 2, 1], [2, 3, 1]])
  for (const routing of [alongTree, flooding]) {
    t.same(routing(graph, 0, -1), [])
    t.same(routing(graph, 0, 4), [])
  }
  t.same(alongTree(graph, -1, 1), [], 'without its place there is no tree')
  t.same(alongTree(graph, 4, 1), [])
  t.same(flooding(graph, -1, 1), [0, 2])
})

t.test('flooding reaches all, over every link but the author\'s own', async () => {
  fc.assert(fc.property(drawnGraph({ countMax: 12, isConnected: true }), ({ count, links }) => {
    const graph = graphOf(count, links)
    for (let author = 0; author < count; author++) {
      const got = pushes(graph, author, flooding)
      assert.deepEqual(got, graph.edges.map((edges, place) => place === author ? 0 : edges.length))
      assert.ok(got.every((times, place) => times > 0 || place === author))
    }
  }), tried(300))
})

t.test('a way names its members and the code of each link between them', async t => {
  const members = membersOf(5)
  const graph = graphOf(5, [[0, 1, 10], [1, 2, 0], [2, 3, 30], [0, 4, 1]])
  t.same(pathTo(graph, 0, 3), { members: members.slice(0, 4), rtts: [10, 0, 30] })
  t.same(pathTo(graph, 3, 0), { members: members.slice(0, 4).reverse(), rtts: [30, 0, 10] })
  t.same(pathTo(graph, 2, 2), { members: [members[2]], rtts: [] })
  t.equal(pathTo(graph, -1, 2), null)
  t.equal(pathTo(graph, 2, -1), null)
})

t.test('who is reachable, with all links and without one', async t => {
  const graph = graphOf(6, [[0, 1, 1], [1, 2, 1], [2, 0, 1], [2, 3, 1], [4, 5, 1]])
  t.same([...reachable(graph, 0)], [1, 1, 1, 1, 0, 0])
  t.same([...reachable(graph, 0, { without: [0, 1] })], [1, 1, 1, 1, 0, 0], 'by the other way')
  t.same([...reachable(graph, 0, { without: [3, 2] })], [1, 1, 1, 0, 0, 0], 'in either direction')
  t.same([...reachable(graph, 3, { without: [3, 2] })], [0, 0, 0, 1, 0, 0])
  t.same([...reachable(graph, 5)], [0, 0, 0, 0, 1, 1])
  t.same([...reachable(graph, 6)], [0, 0, 0, 0, 0, 0])
  t.same([...reachable(graph, -1)], [0, 0, 0, 0, 0, 0])
})

t.test('reachable are those with a path, with any link left out', async () => {
  fc.assert(fc.property(drawnGraph({ countMax: 9, isConnected: false }), ({ count, links }) => {
    for (const left of [null, ...links]) {
      const rest = graphOf(count, links.filter(link => link !== left))
      const found = reachable(graphOf(count, links), 0,
        left === null ? {} : { without: [left[0], left[1]] })
      assert.deepEqual([...found], [...shortestPaths(rest, 0).hops].map(hops => hops < 0 ? 0 : 1))
    }
  }), tried(300))
})
