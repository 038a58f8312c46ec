/** The graph made of link tables: FC_RUNS raises the number of runs of its properties. */
import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import t from 'tap'
import { buildGraph, edgeBetween } from '../../../src/core/routes/graph.js'
import {
  drawnGraph, fullMesh, graphOf, memberOf, membersOf, tableOf, tablesOf, tried,
} from '../../helpers/link-tables.js'

const [a, b, c] = membersOf(3) as [ReturnType<typeof memberOf>, ReturnType<typeof memberOf>,
  ReturnType<typeof memberOf>]

t.test('a link counts when both ends tell it, and not when one does', async t => {
  const both = buildGraph([tableOf(a, [[b, 5]]), tableOf(b, [[a, 5]])])
  t.same(both.edges, [[{ to: 1, rtt: 5 }], [{ to: 0, rtt: 5 }]])
  const one = buildGraph([tableOf(a, [[b, 5]]), tableOf(b, [])])
  t.same(one.edges, [[], []])
  const none = buildGraph([tableOf(a, [[b, 5]])])
  t.same(none.members, [a], 'who told no table is no member')
  t.same(none.edges, [[]])
  t.same(buildGraph([]).members, [])
})

t.test('of two codes the larger counts, of one measured and one not the measured', async t => {
  const of = (one: number, other: number): number | undefined =>
    buildGraph([tableOf(a, [[b, one]]), tableOf(b, [[a, other]])]).edges[0]?.[0]?.rtt
  t.equal(of(7, 9), 9)
  t.equal(of(9, 7), 9)
  t.equal(of(0, 7), 7)
  t.equal(of(7, 0), 7)
  t.equal(of(0, 0), 0)
  t.equal(of(255, 1), 255)
})

t.test('members ascend, places are theirs, and edges ascend by place', async t => {
  const members = membersOf(40)
  const graph = buildGraph(tablesOf(members, fullMesh(40)).reverse())
  t.same(graph.members, members)
  members.forEach((member, place) => { assert.equal(graph.indexOf.get(member), place) })
  graph.edges.forEach((edges, place) => {
    assert.deepEqual(edges.map(edge => edge.to),
      members.map((_, other) => other).filter(other => other !== place))
  })
})

t.test('two members that share a prefix have no links, others keep theirs', async t => {
  const [one, other] = [memberOf(9, 1), memberOf(9, 2)]
  const graph = buildGraph([
    tableOf(one, [[a, 1]]), tableOf(other, [[b, 1]]),
    tableOf(a, [[one, 1], [b, 1]]), tableOf(b, [[other, 1], [a, 1]]),
  ])
  t.same([one, other, a, b].map(member => graph.edges[graph.indexOf.get(member) ?? -1]?.length),
    [0, 0, 1, 1])
})

t.test('a table that lists its owner is passed over', async t => {
  const graph = buildGraph([
    tableOf(a, [[a, 1], [b, 1]]), tableOf(b, [[a, 1], [c, 1]]), tableOf(c, [[b, 1]]),
  ])
  t.same(graph.members, [b, c])
  t.same(graph.edges, [[{ to: 1, rtt: 1 }], [{ to: 0, rtt: 1 }]])
})

t.test('the link of two places is found, and that there is none', async t => {
  const graph = graphOf(5, [[0, 1, 1], [0, 3, 3], [0, 4, 4]])
  t.same([0, 1, 2, 3, 4].map(to => edgeBetween(graph, 0, to)?.rtt ?? null), [null, 1, null, 3, 4])
  t.equal(edgeBetween(graph, 3, 0)?.rtt, 3)
  t.equal(edgeBetween(graph, 2, 0), null)
  t.equal(edgeBetween(graph, -1, 9), null)
})

t.test('the order in which tables are handed in changes nothing', async () => {
  fc.assert(fc.property(
    drawnGraph({ countMax: 12, isConnected: false }).chain(({ count, links }) => {
      const tables = tablesOf(membersOf(count), links)
      return fc.tuple(fc.constant(tables), fc.shuffledSubarray(tables, { minLength: count }))
    }),
    ([tables, shuffled]) => { assert.deepEqual(buildGraph(shuffled), buildGraph(tables)) },
  ), tried(500))
})

t.test('edges are the same at both ends, and are those that were told', async () => {
  fc.assert(fc.property(drawnGraph({ countMax: 12, isConnected: false }), ({ count, links }) => {
    const graph = graphOf(count, links)
    const found = graph.edges.flatMap((edges, from) =>
      edges.filter(({ to }) => from < to).map(({ to, rtt }) => `${from} ${to} ${rtt}`))
    const back = graph.edges.flatMap((edges, from) =>
      edges.filter(({ to }) => from > to).map(({ to, rtt }) => `${to} ${from} ${rtt}`))
    const told = links.map(link => link.join(' '))
    assert.deepEqual(found.sort(), told.sort())
    assert.deepEqual(back.sort(), told)
  }), tried(500))
})

t.test('a liar makes no link that its other end does not tell, and none of others', async () => {
  const drawn = drawnGraph({ countMax: 10, isConnected: false }).chain(({ count, links }) =>
    fc.record({
      count: fc.constant(count),
      links: fc.constant(links),
      liar: fc.nat({ max: count - 1 }),
      lie: fc.array(fc.tuple(fc.nat({ max: count + 2 }), fc.nat({ max: 255 }))),
    }))
  fc.assert(fc.property(drawn, ({ count, links, liar, lie }) => {
    const members = membersOf(count)
    const honest = tablesOf(members, links)
    const owner = members[liar] ?? memberOf(0)
    const told = new Map(lie.filter(([place]) => place !== liar)
      .map(([place, rtt]) => [members[place] ?? memberOf(1_000 + place), rtt]))
    const lying = buildGraph(honest.map((table, place) =>
      place === liar ? tableOf(owner, [...told]) : table))
    const truth = buildGraph(honest)
    lying.edges.forEach((edges, from) => {
      const ofOthers = (edge: { to: number }): boolean => from !== liar && edge.to !== liar
      assert.deepEqual(edges.filter(ofOthers), truth.edges[from]?.filter(ofOthers))
      for (const { to } of edges) assert.ok(edgeBetween(truth, from, to) !== null)
    })
  }), tried(1_000))
})
