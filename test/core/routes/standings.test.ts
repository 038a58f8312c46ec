/** How this node stands to others, and since when. */
import t from 'tap'
import { ROUTE_LIMITS } from '../../../src/limits.js'
import { DAY_MS, MINUTE_MS, SECOND_MS, type Bench, type Peer } from '../../helpers/core-bench.js'
import { around, some, tableFrame } from '../../helpers/routes-bench.js'

/** Status of a peer and since how long, ms. */
function standing (bench: Bench, { id }: Peer): [string, number] | null {
  const row = bench.core.peers().find(peer => peer.id === id)
  return row === undefined ? null : [row.status, bench.wallMs - row.sinceMs]
}

t.test('linked since the link is ready', async t => {
  const { stand, peers } = around({ linked: 1 })
  stand.live(10 * SECOND_MS)
  t.same(standing(stand, some(peers)[0]), ['linked', 12 * SECOND_MS])
})

t.test('lost since the link ended when nobody tells a link with it', async t => {
  const { stand, peers, links } = around({ linked: 2, edges: [] })
  stand.ended(some(links)[0])
  stand.live(10 * SECOND_MS)
  t.same(standing(stand, some(peers)[0]), ['lost', 10 * SECOND_MS])
})

t.test('via since the link ended when others tell one', async t => {
  const { stand, peers, links } = around({ linked: 2, edges: [[0, 1]] })
  const [one, two] = some(peers)
  stand.ended(some(links)[0])
  stand.live(10 * SECOND_MS)
  t.same(standing(stand, one), ['via', 10 * SECOND_MS])
  t.match(stand.core.peers().find(({ id }) => id === one.id)?.seenBy, [two.id])
})

t.test('a way that came or went with tables is noted though nobody asks', async t => {
  const { stand, peers, links } = around({ linked: 1, known: 1, edges: [] })
  const [one, far] = some(peers)
  const [link] = some(links)
  const tellBoth = (version: number, of: Peer[]): void => {
    stand.say(link, tableFrame(one.table([stand.me, ...of], { version })),
      tableFrame(far.table(of.length > 0 ? [one] : [], { version })))
  }
  stand.live(5 * SECOND_MS)
  tellBoth(2, [far])
  stand.live(5 * SECOND_MS)
  t.same(standing(stand, far), ['via', 5 * SECOND_MS - ROUTE_LIMITS.lookAroundAfterMs])
  tellBoth(3, [])
  stand.live(ROUTE_LIMITS.lookAroundAfterMs)
  stand.live(5 * SECOND_MS)
  t.same(standing(stand, far), ['lost', 5 * SECOND_MS])
})

t.test('tables that change nothing for a peer leave its time alone', async t => {
  const { stand, peers, links } = around({ linked: 2, known: 1, edges: [[0, 2], [1, 2]] })
  const [one, , far] = some(peers)
  const [, sinceMs = 0] = standing(stand, far) ?? []
  stand.say(some(links)[0], tableFrame(one.table([stand.me], { version: 2 })))
  stand.live(SECOND_MS)
  t.same(standing(stand, far), ['via', sinceMs + SECOND_MS])
})

t.test('who left has left, whatever tables tell', async t => {
  const { stand, peers, links } = around({ linked: 2, known: 1, edges: [[0, 2], [1, 2]] })
  const [, , far] = some(peers)
  t.equal(standing(stand, far)?.[0], 'via')
  stand.tell(some(links)[0], far.entry({ state: 'left', version: 2 }))
  t.equal(standing(stand, far)?.[0], 'left')
})

t.test('the last end of a link is remembered, and forgotten with its peer', async t => {
  const { stand, peers, links } = around({ linked: 2 })
  const [one] = some(peers)
  t.equal(stand.core.explain(one.id)?.lastDown, null)
  stand.ended(some(links)[0])
  stand.live(SECOND_MS)
  const { lastDown } = stand.core.explain(one.id) ?? {}
  t.match(lastDown, { reason: 'closed', atMs: stand.wallMs - SECOND_MS })
  t.match(stand.core.sizes(), { downs: 1, standings: 2 })
  stand.post({ kind: 'forget-asked', peer: one.id })
  stand.live(MINUTE_MS)
  t.match(stand.core.sizes(), { downs: 0, standings: 1 })
})

t.test('who was not heard of for a week is lost, though tables still tell links with it',
  async t => {
    const { stand, peers } = around({ linked: 2, known: 1, edges: [[0, 2], [1, 2]] })
    const [, , far] = some(peers)
    stand.jump(8 * DAY_MS)
    t.notOk(['via', 'linked'].includes(standing(stand, far)?.[0] ?? 'none'))
    t.notOk(stand.core.links().rows.some(({ id }) => id === far.id))
  })
