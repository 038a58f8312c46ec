import t from 'tap'
import { Bench, DAY_MS, frames, heartbeat, sends } from '../helpers/core-bench.js'

t.test('peers are shown in order of identity, each with its status', async t => {
  const bench = new Bench()
  const [linked, lost, gone, told] = [...bench.larger(2), ...bench.smaller(2)]
  const link = bench.ready(linked!)
  bench.ended(bench.ready(lost!))
  const record = gone!.record({ version: 2, state: 'left' })
  bench.say(bench.ready(gone!), { type: 'leave', record })
  bench.tell(link, told!.entry({ name: 'told' }))
  const shown = bench.core.peers()
  t.same(shown.map(({ id }) => id), shown.map(({ id }) => id).sort())
  t.same(
    [linked, lost, gone, told].map(peer => bench.status(peer!)),
    ['linked', 'lost', 'left', 'lost'])
  t.match(shown.find(({ id }) => id === told!.id), {
    name: 'told', address: told!.address, rttMs: null,
  })
})

t.test('a linked peer is shown with its round-trip time', async t => {
  const bench = new Bench()
  const [peer] = bench.larger()
  const link = bench.ready(peer!)
  bench.live(1_000)
  const sent = bench.seen.find(({ effect }) => sends([effect], 'heartbeat').length > 0)
  bench.nowMs = sent!.atMs + 12.5
  bench.say(link, heartbeat(1, { echo: 1 }))
  t.equal(bench.core.peers()[0]?.rttMs, 12.5)
  bench.ended(link)
  t.equal(bench.core.peers()[0]?.rttMs, null)
})

t.test('a record issued more than seven days ago is shown no more', async t => {
  const bench = new Bench()
  const [peer, other] = bench.larger(2)
  bench.ended(bench.ready(peer!))
  bench.ready(other!, { issuedMs: bench.wallMs + DAY_MS / 2 })
  bench.jump(7 * DAY_MS)
  t.equal(bench.core.peers().length, 2, 'at seven days it is')
  bench.jump(1)
  t.same(bench.core.peers().map(({ id }) => id), [other!.id])
})

t.test('nobody is shown of a node alone, not itself', async t => {
  const bench = new Bench()
  t.same(bench.core.peers(), [])
  t.same(frames(bench.started, 'hello'), [])
})
