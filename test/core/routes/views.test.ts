/** What people are told of routes: the matrix, paths, and all that is known of one peer. */
import t from 'tap'
import { ROUTE_LIMITS } from '../../../src/limits.js'
import { Peer, SECOND_MS } from '../../helpers/core-bench.js'
import { around, some, tableFrame } from '../../helpers/routes-bench.js'

t.test('the matrix has this node and every live member, in order of identity', async t => {
  const { stand, peers, links } = around({ linked: 2, known: 2, edges: [[0, 2]], silent: [3] })
  const ids = [stand.me, ...peers].map(({ id }) => id).sort()
  const { rows } = stand.core.links()
  t.same(rows.map(({ id }) => id), ids)
  const of = (peer: Peer): typeof rows[number] | undefined => rows.find(({ id }) => id === peer.id)
  const [one, , far, unknown] = some(peers)
  t.match(of(stand.me), { name: 'me', status: null, free: 254, toldMs: Number })
  t.match(of(one), { name: 'peer', status: 'linked', free: 0, toldMs: Number })
  t.match(of(far), { status: 'via' })
  t.same(of(unknown), {
    id: unknown.id, name: 'peer', status: 'lost', toldMs: null, free: null, links: [],
  })
  stand.tell(some(links)[0], unknown.entry({ state: 'left', version: 2 }))
  t.equal(stand.core.links().rows.length, rows.length - 1)
})

t.test('each cell says who tells the link: both, the row, or its peer alone', async t => {
  const { stand, peers, links } = around({ linked: 3, silent: [0, 1, 2] })
  const [one, two, three] = some(peers)
  const [link] = some(links)
  stand.say(link, tableFrame(one.table([[stand.me, 81], [two, 9], [three, 1]])),
    tableFrame(two.table([[one, 17]])), tableFrame(three.table([])))
  const { rows } = stand.core.links()
  const all = [stand.me, one, two, three]
  const cells = (of: Peer): Record<string, unknown> => Object.fromEntries(
    rows.find(({ id }) => id === of.id)?.links.map(({ peer, rttMs, toldBy }) =>
      [all.findIndex(({ id }) => id === peer), [rttMs, toldBy]]) ?? [])
  t.same(cells(one), { 0: [102.4, 'both'], 2: [0.2, 'both'], 3: [0.1, 'row'] })
  t.same(cells(two), { 0: [null, 'peer'], 1: [0.4, 'both'] })
  t.same(cells(three), { 0: [null, 'peer'], 1: [null, 'peer'] })
  t.same(cells(stand.me), {
    1: [null, 'both'], 2: [null, 'row'], 3: [null, 'row'],
  })
})

t.test('links with nobody known are not in the matrix', async t => {
  const { stand, peers, links } = around({ linked: 1, silent: [0] })
  const [one] = some(peers)
  const strangers = [5_000, 5_001].map(secret => new Peer(secret))
  stand.say(some(links)[0], tableFrame(one.table([stand.me, ...strangers])))
  t.equal(stand.core.links().rows.find(({ id }) => id === one.id)?.links.length, 1)
})

t.test('paths to everyone there is a way to, nearest first', async t => {
  const { stand, peers } = around({ linked: 2, known: 3, edges: [[0, 2], [2, 3]] })
  const [one, two, three] = some(peers)
  const paths = stand.core.paths()
  t.same(paths.map(({ hops }) => hops), [1, 1, 2, 3])
  t.same(new Set(paths.slice(0, 2).map(({ peer }) => peer)), new Set([one.id, two.id]))
  t.same(paths[2]?.members, [stand.me.id, one.id, three.id])
})

t.test('explain: who sees it, who misses it, the way, the attempts', async t => {
  const { stand, peers, links } =
    around({ linked: 3, known: 1, edges: [[0, 3], [0, 1], [1, 2]], silent: [2] })
  const [one, two, , far] = some(peers)
  stand.say(some(links)[1], tableFrame(two.table([stand.me, one, far], { version: 2 })))
  stand.live(30 * SECOND_MS)
  const told = stand.core.explain(far.id)
  t.match(told, {
    id: far.id, name: 'peer', status: 'via', isProven: false,
    addresses: [far.address],
    path: { hops: 2, members: [stand.me.id, one.id, far.id] },
    lastDown: null,
  })
  t.same(told?.seenBy, [one.id, two.id], 'first who both ends tell, then who tells alone')
  t.same(told?.missedBy, [], 'who told no table misses nobody')
  t.ok((told?.seek?.failures ?? 0) > 0)
  t.ok(told?.seek?.lastError)
})

t.test('explain: a linked peer is sought by nobody; who does not list it misses it', async t => {
  const { stand, peers } = around({ linked: 3, edges: [[0, 1]] })
  const [one, two, three] = some(peers)
  const told = stand.core.explain(one.id)
  t.match(told, { status: 'linked', isProven: true, seek: null, path: { hops: 1 } })
  t.same(told?.seenBy, [two.id])
  t.same(told?.missedBy, [three.id])
  t.equal(stand.core.explain(new Peer(6_000).id), null, 'nothing is known')
  t.equal(stand.core.explain(stand.me.id), null)
})

t.test('explain: a lost one that was linked: how its link ended, and no path', async t => {
  const { stand, peers, links } = around({ linked: 2 })
  const [one, two] = some(peers)
  stand.ended(some(links)[0])
  stand.live(5 * SECOND_MS)
  const told = stand.core.explain(one.id)
  t.match(told, { status: 'lost', isProven: true, path: null, lastDown: { reason: 'closed' } })
  t.same(told?.seenBy, [])
  t.same(told?.missedBy, [two.id])
  t.match(told?.seek, { failures: Number, lastError: /refused/, triedMs: Number })
})

t.test('rows of peers name eight at most of those that see one', async t => {
  const edges = Array.from({ length: 12 }, (_, i) => [i, 12] as const)
  const { stand, peers } = around({ linked: 12, known: 1, edges })
  const far = peers[12] ?? stand.me
  const row = stand.core.peers().find(({ id }) => id === far.id)
  t.equal(row?.status, 'via')
  t.equal(row?.seenBy.length, ROUTE_LIMITS.seenByMax)
  t.equal(stand.core.explain(far.id)?.seenBy.length, 12)
  t.same(stand.core.peers().find(({ id }) => id === peers[0]?.id)?.seenBy, [])
})
