/** Who is reached and how, and to whom this node passes on: through a core, by tables alone. */
import t from 'tap'
import { alongTree, flooding } from '../../../src/core/routes/routing.js'
import type { Routing } from '../../../src/core/routes/vocabulary.js'
import { ROUTE_LIMITS } from '../../../src/limits.js'
import { Peer, SECOND_MS } from '../../helpers/core-bench.js'
import { complete, ME, placed, type Pair } from '../../helpers/places.js'
import { around, forged, some, tableFrame } from '../../helpers/routes-bench.js'

const NOTHING = { push: [], tell: [] }

t.test('in a full mesh nothing is passed on and no graph is made', async t => {
  const { ways, onward } = placed(6, complete(6))
  let made = 0
  const { graph } = ways
  ways.graph = () => {
    made++
    return graph.call(ways)
  }
  for (let author = 0; author < 6; author++) t.same(onward(author), NOTHING)
  t.equal(made, 0)
})

t.test('own bulletins are pushed to all links already', async t => {
  t.same(placed(3, [[0, 1], [1, 2]]).onward(0), NOTHING)
})

t.test('what came of one end of a row is pushed to the other', async t => {
  const { onward } = placed(4, [[1, 0], [0, 2], [2, 3]])
  t.same(onward(1), { push: [2], tell: [] })
  t.same(onward(3), { push: [1], tell: [] })
  t.same(onward(2), { push: [1], tell: [] })
})

t.test('of two that could push to one, one does and the other tells', async t => {
  // 1 is the author; 2 and 0 are linked with it; 3 is linked with both of those.
  const edges: Pair[] = [[1, 0], [1, 2], [0, 3], [2, 3], [0, 2]]
  const { onward, peers, ways } = placed(4, edges)
  const isParent = ways.graph().indexOf.get(ME.id) ===
    Math.min(...[0, 2].map(place => ways.graph().indexOf.get(peers[place]?.id ?? ME.id) ?? 9))
  t.same(onward(1), isParent ? { push: [3], tell: [] } : { push: [], tell: [3] })
})

t.test('a one-sided link is none: its end is behind still, and told', async t => {
  const { tables, peers, onward } = placed(4, [[1, 0], [0, 2], [2, 3]])
  const [, author, two] = some(peers)
  // The author lists a member that does not list it: its own bulletins are its own affair.
  tables.offer(author.table([ME, peers[3] ?? ME], { version: 2 }))
  t.same(onward(1), { push: [2], tell: [] })
  // Another lists the author: it is not believed.
  tables.offer(two.table([ME, author, peers[3] ?? ME], { version: 2 }))
  t.same(onward(1), { push: [2], tell: [] })
})

t.test('four at most tell one member: those on the shortest ways to the author', async t => {
  // The author 1 is linked with 0 and 3 to 9; all of those are linked with 2.
  const middle = [0, 3, 4, 5, 6, 7, 8, 9]
  const edges = middle.flatMap((at): Pair[] => [[1, at], [at, 2]])
  const { ways, peers, onward } = placed(10, edges)
  const places = middle.map(at => ways.graph().indexOf.get(peers[at]?.id ?? ME.id) ?? 0)
  const rank = [...places].sort((a, b) => a - b).indexOf(places[0] ?? 0)
  const isTeller = rank > 0 && rank < ROUTE_LIMITS.headsTellersMax
  t.same(onward(1), { push: rank === 0 ? [2] : [], tell: isTeller ? [2] : [] },
    `number ${rank} of the eight`)
  // Slower ways are longer: all others are before this node now.
  const slow = placed(10, edges)
  const [, author] = some(slow.peers)
  slow.tables.offer(author.table(middle.map(at => [slow.peers[at] ?? ME, at === 0 ? 250 : 1]),
    { version: 2 }))
  t.same(slow.onward(1), NOTHING)
})

t.test('an author without a table: all are told, unless all that live are linked', async t => {
  t.same(placed(4, [[0, 1], [0, 2], [0, 3]], { silent: [1] }).onward(1), NOTHING)
  t.same(placed(4, [[0, 1], [0, 2], [2, 3]], { silent: [1] }).onward(1), { push: [], tell: [2] })
})

t.test('that a mesh is whole is looked at anew for authors without a table', async t => {
  const { onward, link } = placed(3, [[0, 1]], { silent: [1] })
  link([1, 2])
  t.same(onward(1), NOTHING)
  const mesh = placed(4, [[0, 1], [0, 2]], { silent: [1] })
  t.same(mesh.onward(1), { push: [], tell: [2] })
})

t.test('trees are kept until a table or a link changes', async t => {
  let searched = 0
  const counting: Routing = (graph, author, me) => {
    searched++
    return alongTree(graph, author, me)
  }
  const { onward, tables, peers, link } = placed(3, [[1, 0], [0, 2]], { routing: counting })
  for (let i = 0; i < 5; i++) t.same(onward(1).push, [2])
  t.equal(searched, 1)
  link([1])
  t.same(onward(1), NOTHING, 'a link that ended carries nothing')
  link([1, 2])
  t.same(onward(1).push, [2])
  t.equal(searched, 2)
  tables.offer((peers[2] ?? ME).table([], { version: 2 }))
  t.same(onward(1), { push: [], tell: [2] }, 'who does not tell the link is told only')
  t.equal(searched, 3)
})

t.test('of authors whose trees are kept the oldest gives way', async t => {
  const count = ROUTE_LIMITS.onwardsKeptMax + 3
  let searched = 0
  const { ways, peers } = placed(count, [[0, 1]], {
    routing: () => {
      searched++
      return []
    },
  })
  for (const { id } of peers.slice(2)) ways.onwardOf(id)
  t.equal(ways.sizes['onwards'], ROUTE_LIMITS.onwardsKeptMax)
  const before = searched
  ways.onwardOf((peers[count - 1] ?? ME).id)
  t.equal(searched, before, 'the youngest is there')
  ways.onwardOf((peers[2] ?? ME).id)
  t.equal(searched, before + 1)
})

t.test('flooding in its place pushes to all links but the author\'s', async t => {
  const { onward } = placed(5, [[1, 0], [0, 2], [0, 3], [2, 3], [3, 4]], { routing: flooding })
  t.same(onward(1).push, [2, 3])
})

t.test('the only way to a peer is the link without which none is left', async t => {
  const { ways, peers } = placed(5, [[0, 1], [0, 2], [1, 2], [0, 3]])
  const [, one, , three] = some(peers)
  t.equal(ways.isOnlyWay(one.id), false)
  t.equal(ways.isOnlyWay(three.id), true)
  t.equal(ways.isOnlyWay((peers[4] ?? ME).id), true, 'nothing is known of it')
})

t.test('paths: fewest hops, then time; their members and times together', async t => {
  const { ways, peers, tables } = placed(5, [[0, 1], [1, 2], [2, 3], [0, 4], [4, 2]])
  const [, one, two, three] = some(peers)
  const four = peers[4] ?? ME
  tables.offer(one.table([[ME, 81], [two, 81]], { version: 2 }))
  tables.offer(four.table([[ME, 161], [two, 161]], { version: 2 }))
  t.match(ways.pathTo(three.id), {
    hops: 3, rttMs: null, members: [ME.id, one.id, two.id, three.id],
  })
  t.match(ways.pathTo(two.id), { hops: 2, rttMs: 204.8, members: [ME.id, one.id, two.id] })
  t.equal(ways.pathTo(ME.id), null)
  t.equal(ways.pathTo(new Peer(9).id), null)
})

t.test('a link that no table tells is a path of one hop, of no known time', async t => {
  const { ways, peers, link } = placed(3, [[0, 1]], { silent: [2] })
  const two = peers[2] ?? ME
  t.equal(ways.pathTo(two.id), null)
  link([1, 2])
  t.same(ways.pathTo(two.id), { peer: two.id, hops: 1, rttMs: null, members: [ME.id, two.id] })
  t.equal(ways.reaches(two.id), true)
})

t.test('branches are links behind which others are', async t => {
  t.same(placed(4, [[0, 1], [0, 2], [2, 3]]).ways.branches(), [2])
  t.same(placed(4, complete(4)).ways.branches(), [])
})

t.test('neighbours of a member, nearest to this node first', async t => {
  const { ways, peers } = placed(5, [[0, 1], [1, 2], [2, 3], [1, 4], [4, 3]])
  const [, one, two, three] = some(peers)
  const near = ways.neighboursOf(two.id)
  t.same(near, [one.id, three.id])
  t.same(ways.neighboursOf(one.id)[0], ME.id)
})

t.test('in a core: via while others tell a link with it, lost when the last one does not',
  async t => {
    const { stand, peers, links } = around({ linked: 2, known: 1, edges: [[0, 1], [0, 2]] })
    const [one, two, far] = some(peers)
    t.equal(stand.status(far), 'via')
    t.equal(stand.status(two), 'linked')
    t.equal(stand.core.path(far.id)?.hops, 2)
    stand.say(some(links)[0], tableFrame(one.table([stand.me, two], { version: 2 })))
    t.equal(stand.status(far), 'lost', 'one end alone is not believed')
    stand.say(some(links)[1], tableFrame(two.table([stand.me, one, far], { version: 2 })),
      tableFrame(far.table([one, two], { version: 2 })))
    t.equal(stand.status(far), 'via')
    stand.live(SECOND_MS)
    stand.say(some(links)[1], tableFrame(forged(one.table([far], { version: 3 }))))
    t.equal(stand.status(two), 'via', 'who passed on a false one is reached over the other')
    t.equal(stand.core.path(far.id)?.hops, 3)
    stand.ended(some(links)[0])
    t.equal(stand.status(far), 'lost', 'whatever all tables still tell')
  })

t.test('a dead member makes nobody search a tree for each link', async t => {
  // All are linked but the last, whose table is there still.
  let searched = 0
  const { ways, peers } = placed(40, complete(39), {
    routing: (graph, author, me) => {
      searched++
      return alongTree(graph, author, me)
    },
  })
  t.same(ways.branches(), [])
  t.equal(searched, 0)
  for (let i = 0; i < 5; i++) ways.childrenOf((peers[1] ?? ME).id)
  t.equal(searched, 1, 'and children are kept')
})
