/** When this node tells its links, and to whom it passes on what others tell. */
import t from 'tap'
import { Deadlines } from '../../../src/core/deadlines.js'
import type { Effect } from '../../../src/core/effect.js'
import type { Mesh } from '../../../src/core/mesh.js'
import { Tables } from '../../../src/core/routes/tables.js'
import { Telling } from '../../../src/core/routes/telling.js'
import { Ways } from '../../../src/core/routes/ways.js'
import { ROSTER_LIMITS, ROUTE_LIMITS as limits } from '../../../src/limits.js'
import { identityFromHash, identityToBytes } from '../../../src/wire/identity.js'
import { prefixOf } from '../../../src/wire/link-table.js'
import { Stand } from '../../helpers/bulletin-bench.js'
import {
  frames, heartbeat, MINUTE_MS, NETWORK_HASH, Peer, SECOND_MS, type Bench,
} from '../../helpers/core-bench.js'
import {
  around, some, tableDigest, tableFrame, tablesSent,
} from '../../helpers/routes-bench.js'

const FULL_OF_FOUR = [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]] as const

/** Times of own tables, ms since `sinceMs`. */
function toldAt (bench: Bench, sinceMs: number): number[] {
  return bench.seen.flatMap(({ atMs, effect }) =>
    atMs >= sinceMs && tablesSent([effect], bench.me.id).length > 0 ? [atMs - sinceMs] : [])
}

t.test('links are told 300 ms after the last change, on every link, one version up', async t => {
  const bench = new Stand()
  const [one, other] = bench.larger(2) as [Peer, Peer]
  const [link, second] = [bench.ready(one), bench.ready(other)]
  bench.live(299)
  t.same(toldAt(bench, 0), [])
  const [first] = tablesSent(bench.live(1), bench.me.id)
  t.same(first?.links, [link, second])
  t.same(first?.table.links.map(({ prefix }) => prefix), [one, other].map(({ id }) =>
    prefixOf(id)).sort())
  t.match(first?.table, { version: 1, free: 254, owner: bench.me.id })
  bench.ended(second)
  const [next] = tablesSent(bench.live(300), bench.me.id)
  t.same(next?.links, [link])
  t.match(next?.table, { version: 2, free: 255, links: [{ prefix: prefixOf(one.id) }] })
})

t.test('while links change without end they are told 2 s after the first change', async t => {
  const bench = new Stand()
  for (const peer of bench.larger(11)) {
    bench.ready(peer)
    bench.live(250)
  }
  t.same(toldAt(bench, 0), [limits.tableWaitsMaxMs])
  bench.live(SECOND_MS)
  t.same(toldAt(bench, 0), [limits.tableWaitsMaxMs, 10 * 250 + limits.tableAfterMs])
})

t.test('every minute they are told again, with the round-trip times of then', async t => {
  const { stand, peers: [peer], links } = around({ linked: 1 })
  const [link] = some(links)
  const startMs = stand.nowMs
  stand.live(10)
  const beat = frames(stand.say(link, heartbeat(1)).concat(stand.live(SECOND_MS)), 'heartbeat')
  t.ok(beat.length > 0)
  const { sequence = 0 } = beat.at(-1) ?? {}
  stand.advance(20)
  stand.say(link, heartbeat(2, { echo: sequence, heldTenthsMs: 0 }))
  const told = tablesSent(stand.live(MINUTE_MS), stand.me.id)
  t.equal(told.length, 1)
  t.match(told[0]?.table.links, [{ prefix: prefixOf(peer?.id ?? stand.me.id) }])
  t.ok((told[0]?.table.links[0]?.rtt ?? 0) > 0, 'measured by now')
  t.same(toldAt(stand, startMs), [limits.tableEveryMs - startMs])
})

t.test('the operator\'s round tells them at once and compares tables with every link', async t => {
  const { stand, links } = around({ linked: 3 })
  const effects = stand.post({ kind: 'round-asked' })
  t.equal(tablesSent(effects, stand.me.id).length, 1)
  t.same(frames(effects, 'table-digest').length, links.length)
})

t.test('two peers made to share a prefix are told as one', async t => {
  const bytes = identityToBytes(new Peer(2).id)
  const twins = [1, 2].map(last => {
    const id = bytes.slice()
    id[31] = last
    return { id: last, peer: identityFromHash(id) }
  })
  const me = new Peer(1)
  const out: Effect[] = []
  const mesh = {
    options: { me: me.id, networkHash: NETWORK_HASH, linksMax: 9 },
    self: { incarnation: 1 }, deadlines: new Deadlines(), nowMs: 0, offsetMs: 0, phase: 'running',
    links: { ready: () => twins.values(), readyCount: 2, readyOf: () => undefined }, out,
  } as unknown as Mesh
  const tables = new Tables(mesh, me.keys.suite)
  const telling = new Telling(mesh, tables, new Ways(mesh, tables, () => []), () => null)
  t.doesNotThrow(() => { telling.tellAll() }, 'nobody may stop a node with two keys')
  const [told] = tablesSent(out)
  t.same(told?.table.links, [{ prefix: prefixOf(twins[0]?.peer ?? me.id), rtt: 0 }])
})

t.test('in a full mesh nobody passes on a table', async t => {
  const { stand, peers, links } = around({ linked: 4, edges: FULL_OF_FOUR })
  const [one, two, three, four] = some(peers)
  const sent = stand.say(some(links)[0],
    tableFrame(one.table([stand.me, two, three, four], { version: 2 })))
  t.same(tablesSent([...sent, ...stand.live(SECOND_MS)], one.id), [])
})

t.test('a changed table goes to whom its owner does not list, after a moment', async t => {
  const { stand, peers, links } = around({ linked: 4, edges: FULL_OF_FOUR })
  const [one, two] = some(peers)
  const [from, , third, fourth] = some(links)
  stand.say(from, tableFrame(one.table([stand.me, two], { version: 2 })))
  t.same(tablesSent(stand.live(limits.tablePassedAfterMs - 1), one.id), [])
  const [passed] = tablesSent(stand.live(1), one.id)
  t.same([...passed?.links ?? []].sort((a, b) => a - b), [third, fourth])
  t.equal(passed?.table.version, 2)
})

t.test('who has shown it meanwhile is spared', async t => {
  const { stand, peers, links } = around({ linked: 4, edges: FULL_OF_FOUR })
  const [one, two] = some(peers)
  const [from, , third, fourth] = some(links)
  const table = tableFrame(one.table([stand.me, two], { version: 2 }))
  stand.say(from, table)
  stand.say(third, table)
  t.same(tablesSent(stand.live(SECOND_MS), one.id).map(({ links }) => links), [[fourth]])
})

t.test('of many that its owner does not list four get a changed table', async t => {
  const { stand, peers, links } = around({ linked: 9 })
  const [one] = some(peers)
  stand.say(some(links)[0], tableFrame(one.table([], { version: 2 })))
  const [passed] = tablesSent(stand.live(SECOND_MS), one.id)
  t.equal(passed?.links.length, limits.tableFanout)
  t.notOk(passed?.links.includes(some(links)[0]), 'not its owner')
})

t.test('one that tells the same links goes along its owner\'s tree', async t => {
  // The first is linked with the second, and the third is behind this node.
  const { stand, peers, links } = around({ linked: 4, edges: [[0, 1], [1, 3]] })
  const [one, two] = some(peers)
  const again = one.table([[stand.me, 40], [two, 50]], { version: 2 })
  stand.say(some(links)[0], tableFrame(again))
  const passed = tablesSent(stand.live(SECOND_MS), one.id)
  t.equal(passed.length, 1)
  t.ok(passed[0]?.links.includes(some(links)[2]), 'whom it reaches by this node only')
  t.equal((passed[0]?.links.length ?? 9) <= 2, true)
  t.notOk(passed[0]?.links.includes(some(links)[1]))
})

t.test('a change that has not left yet is news still when a same one follows it', async t => {
  const { stand, peers, links } = around({ linked: 4, edges: FULL_OF_FOUR })
  const [one, two] = some(peers)
  const [from, , third, fourth] = some(links)
  stand.say(from, tableFrame(one.table([stand.me, two], { version: 2 })),
    tableFrame(one.table([stand.me, [two, 9]], { version: 3 })))
  const passed = tablesSent(stand.live(SECOND_MS), one.id)
  t.same(passed.map(({ table }) => table.version), [3])
  t.same([...passed[0]?.links ?? []].sort((a, b) => a - b), [third, fourth])
})

t.test('every 5 s tables are compared with one link: the hash, no rows', async t => {
  const { stand } = around({ linked: 3 })
  const effects = stand.live(10 * SECOND_MS)
  const digests = frames(effects, 'table-digest')
  t.equal(digests.length, 2)
  t.ok(digests.every(({ rows, answer }) => rows === null && !answer))
})

t.test('a digest with an equal hash is not answered, another is with rows', async t => {
  const { stand, links: [link] } = around({ linked: 2 })
  const [rows] = frames(stand.say(link ?? some([])[0], tableDigest(null)), 'table-digest')
  t.equal(rows?.rows?.length, 3)
  t.equal(rows?.answer, false)
  const equal = { ...tableDigest(null), hash: rows?.hash ?? new Uint8Array(32) }
  t.same(stand.say(link ?? some([])[0], equal), [])
})

t.test('rows are answered with tables they lack, and with rows when this node lacks some',
  async t => {
    const { stand, peers, links } = around({ linked: 2, known: 1, silent: [2] })
    const [one, two, far] = some(peers)
    const [link] = some(links)
    const row = ({ id, incarnation }: Peer, version: number): DigestRowOf =>
      ({ identity: id, incarnation, version })
    const lacking = stand.say(link, tableDigest([row(one, 1), row(two, 0), row(far, 1)]))
    t.same(tablesSent(lacking, undefined, link).map(({ table }) => table.owner).sort(),
      [stand.me.id, two.id].sort())
    t.match(frames(lacking, 'table-digest', link), [{ answer: true }])
    const answered = stand.say(link, tableDigest([row(one, 1), row(two, 1), row(far, 1)], true))
    t.same(tablesSent(answered).map(({ table }) => table.owner), [stand.me.id])
    t.same(frames(answered, 'table-digest'), [], 'an answer is not answered with rows')
  })

t.test('digests without end are not answered without end', async t => {
  const { stand, links } = around({ linked: 3 })
  const [link] = some(links)
  stand.live(ROSTER_LIMITS.digestAnswersWindowMs)
  const { digestAnswersMax } = ROSTER_LIMITS
  const sent = Array.from({ length: 3 * digestAnswersMax }, () => stand.say(link, tableDigest([])))
  t.equal(tablesSent(sent.flat()).length, digestAnswersMax * 4)
})

t.test('a fresh link that no known way led to compares tables after half a second', async t => {
  const { stand, peers } = around({ linked: 2, known: 2, edges: [[0, 2]] })
  const [, , reached, apart] = some(peers)
  const direct = stand.ready(reached)
  stand.live(limits.tableMergeAfterMs - 1)
  const joining = stand.ready(apart)
  const effects = stand.live(SECOND_MS)
  t.equal(frames(effects, 'table-digest', joining).length, 1)
  t.equal(frames(effects, 'table-digest', direct).length, 0)
})

type DigestRowOf = NonNullable<ReturnType<typeof tableDigest>['rows']>[number]
