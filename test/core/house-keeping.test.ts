import t from 'tap'
import {
  Bench, DAY_MS, HOUR_MS, MINUTE_MS, only, Peer, peersOn, SECOND_MS, type BenchStart,
} from '../helpers/core-bench.js'

const me = new Peer(1)
const [peer, teller] = peersOn('larger', me, 2) as [Peer, Peer]

/** A node that was linked with `peer` and lost it, which refuses since. */
function losing (isEphemeral: boolean, start: BenchStart = {}): Bench {
  const bench = new Bench({}, start)
  bench.refusesDials = true
  bench.ended(bench.ready(peer, { ephemeral: isEphemeral }))
  return bench
}

t.test('a stranger that could not be reached for ten minutes is forgotten', async t => {
  const bench = new Bench()
  bench.refusesDials = true
  const link = bench.ready(teller)
  bench.tell(link, peer.entry())
  bench.live(10 * MINUTE_MS)
  t.equal(bench.status(peer), 'lost')
  bench.live(31 * SECOND_MS)
  t.equal(bench.status(peer), undefined)
  const sinceMs = bench.nowMs
  bench.live(MINUTE_MS)
  t.same(bench.dialled(sinceMs), [])
})

t.test('a stranger that was forgotten comes back by a newer record, not by its old one',
  async t => {
    const bench = new Bench()
    bench.refusesDials = true
    const link = bench.ready(teller)
    bench.tell(link, peer.entry())
    bench.live(11 * MINUTE_MS)
    bench.tell(link, peer.entry({}, true))
    t.equal(bench.status(peer), undefined)
    bench.tell(link, peer.entry({ version: 2 }))
    t.equal(bench.status(peer), 'lost')
  })

t.test('a stranger that nobody tried to reach is kept', async t => {
  const bench = new Bench({ linksMax: 1 })
  const link = bench.ready(teller)
  // Spare links too are taken: nobody else is dialled.
  for (const other of peersOn('larger', me, 10).slice(8)) bench.ready(other)
  bench.tell(link, peer.entry())
  bench.live(12 * MINUTE_MS)
  t.same(bench.dialled(), [])
  t.equal(bench.status(peer), 'lost')
})

t.test('a member that was linked with here is not forgotten with the strangers', async t => {
  const bench = losing(false)
  bench.advance(20 * MINUTE_MS)
  t.equal(bench.status(peer), 'lost')
})

t.test('a lost ephemeral member is forgotten after 24 hours, in the store too', async t => {
  const bench = losing(true)
  bench.jump(23 * HOUR_MS)
  t.equal(bench.status(peer), 'lost')
  const effects = bench.jump(HOUR_MS + MINUTE_MS)
  t.equal(bench.status(peer), undefined)
  t.match(only(effects, 'store-member'), [{ identity: peer.id, member: null }])
})

t.test('an ephemeral member is not forgotten while it is linked', async t => {
  const bench = new Bench()
  bench.ready(peer, { ephemeral: true })
  bench.jump(3 * DAY_MS)
  t.equal(bench.status(peer), 'linked')
})

t.test('a contact is dialled for thirty days, though its record died long before', async t => {
  const bench = losing(false)
  bench.jump(29 * DAY_MS)
  t.equal(bench.status(peer), undefined, 'not shown')
  const sinceMs = bench.nowMs
  bench.advance(MINUTE_MS)
  t.ok(bench.dialled(sinceMs).length > 0, 'but dialled')
  const effects = bench.jump(DAY_MS + HOUR_MS)
  t.match(only(effects, 'store-member'), [{ identity: peer.id, member: null }])
  const laterMs = bench.nowMs
  bench.advance(HOUR_MS / 6)
  t.same(bench.dialled(laterMs + 1), [])
})

t.test('who left is kept for seven days, so that lists do not bring it back', async t => {
  const bench = new Bench()
  const link = bench.ready(teller)
  const record = peer.record({ version: 2, state: 'left' })
  bench.say(bench.ready(peer), { type: 'leave', record })
  bench.jump(6 * DAY_MS)
  t.equal(bench.status(peer), 'left')
  bench.tell(link, peer.entry())
  t.equal(bench.status(peer), 'left')
  bench.jump(DAY_MS + HOUR_MS)
  t.equal(bench.status(peer), undefined)
  bench.tell(link, peer.entry())
  t.equal(bench.status(peer), undefined, 'by then its old record is dead too')
})

t.test('an ephemeral member is remembered for a day after its loss', async t => {
  const bench = new Bench()
  const [peer] = bench.larger()
  const link = bench.ready(peer!, { ephemeral: true })
  bench.jump(23 * HOUR_MS)
  bench.refusesDials = true
  bench.ended(link)
  bench.jump(2 * HOUR_MS)
  t.equal(bench.status(peer!), 'lost')
})
