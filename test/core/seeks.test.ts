import t from 'tap'
import { backOffMs } from '../../src/core/seeks.js'
import {
  Bench, HOUR_MS, MINUTE_MS, only, Peer, peersOn, SECOND_MS, ups,
} from '../helpers/core-bench.js'

const me = new Peer(1)

/** A node that knew `count` peers in an earlier run, the first of them heard last. */
function remembering (count: number, seed = 1): { bench: Bench, peers: Peer[] } {
  const peers = peersOn('larger', me, count)
  const stored = peers.map((peer, i) => peer.stored((i + 1) * HOUR_MS))
  return { bench: new Bench({}, { stored, seed }), peers }
}

function gapsMs (times: readonly number[]): number[] {
  return times.slice(1).map((atMs, i) => atMs - (times[i] ?? 0))
}

t.test('the wait doubles from 0.1 s with every failure and ends at 5 s', async t => {
  t.same([0, 1, 2, 3, 4, 5, 6, 7, 60, 5_000].map(backOffMs),
    [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000, 5_000])
})

t.test('a freshly lost peer is dialled after 0.1 s, then ever more seldom, ± 20 %', async t => {
  const bench = new Bench()
  const [peer] = bench.larger()
  const link = bench.ready(peer!)
  bench.refusesDials = true
  bench.ended(link)
  bench.advance(59 * SECOND_MS)
  const waits = gapsMs([0, ...bench.dialled().map(({ atMs }) => atMs)])
  t.ok(waits.length > 10)
  waits.forEach((waitMs, i) => {
    const rightMs = backOffMs(i)
    t.ok(Math.abs(waitMs - rightMs) <= 0.2 * rightMs + 1, `wait ${i}: ${waitMs} for ${rightMs}`)
  })
})

t.test('of a pair that learns of each other the smaller dials at once, the larger after 1 s',
  async t => {
    for (const [side, afterMs] of [['larger', 0], ['smaller', SECOND_MS]] as const) {
      const bench = new Bench()
      const [, teller, told] = [...bench.larger(2), ...peersOn(side, me, 3).slice(2)]
      bench.tell(bench.ready(teller!), told!.entry())
      bench.live(2 * SECOND_MS)
      t.same(bench.dialled(), [{ atMs: afterMs, address: told!.address }], `${side} peer`)
    }
  })

t.test('the longest lost together cost four dials a second', async t => {
  const { bench, peers } = remembering(64)
  bench.refusesDials = true
  bench.advance(MINUTE_MS + 10 * SECOND_MS)
  const sinceMs = bench.nowMs
  bench.advance(30 * SECOND_MS)
  const dials = bench.dialled(sinceMs)
  t.ok(dials.length <= 4 * 30 + 4, `${dials.length} dials in 30 s`)
  t.ok(dials.length >= 4 * 30 - 4, 'the budget is used')
  for (const { atMs } of dials) {
    const inSecond = dials.filter(dial => dial.atMs >= atMs && dial.atMs < atMs + SECOND_MS)
    t.ok(inSecond.length <= 8, 'at most the four of a second and four saved up')
  }
  t.equal(peers.length, 64)
})

t.test('the cost does not grow with the dead', async t => {
  const counts = [16, 200].map(count => {
    const { bench } = remembering(count)
    bench.refusesDials = true
    bench.advance(2 * MINUTE_MS)
    return bench.dialled(MINUTE_MS + 10 * SECOND_MS).length
  })
  t.ok((counts[1] ?? 0) <= 4 * 50 + 4, counts.join(' and '))
})

t.test('at most four dials to the longest lost are under way when nobody answers', async t => {
  const { bench } = remembering(64)
  bench.refusesDials = true
  bench.advance(MINUTE_MS + 10 * SECOND_MS)
  bench.refusesDials = false
  const sinceMs = bench.nowMs
  const effects = bench.advance(20 * SECOND_MS)
  let underWay = 0
  let most = 0
  for (const { kind } of effects) {
    if (kind === 'dial') underWay++
    if (kind === 'abandon-dial') underWay--
    most = Math.max(most, underWay)
  }
  t.equal(most, 4)
  t.ok(bench.dialled(sinceMs).length >= 12, 'given up after 5 s, others come')
})

t.test('nobody is left out of the budget', async t => {
  const { bench, peers } = remembering(40)
  bench.refusesDials = true
  bench.advance(2 * MINUTE_MS)
  const dials = bench.dialled(MINUTE_MS + SECOND_MS).map(({ address }) => address)
  t.same(peers.filter(({ address }) => !dials.includes(address)), [])
})

t.test('the others come in random order', async t => {
  const orderOf = (seed: number): string => {
    const { bench } = remembering(40, seed)
    bench.refusesDials = true
    bench.advance(2 * MINUTE_MS)
    return bench.dialled(MINUTE_MS).map(({ address }) => address).join()
  }
  t.equal(orderOf(1), orderOf(1))
  t.not(orderOf(1), orderOf(2))
})

t.test('one that answers among the long dead is linked with and costs nothing more', async t => {
  const { bench, peers } = remembering(20)
  bench.refusesDials = true
  bench.advance(2 * MINUTE_MS)
  bench.refusesDials = false
  const [dial] = only(bench.advance(SECOND_MS), 'dial')
  const peer = peers.find(({ address }) => address === dial!.address)
  t.same(ups(bench.greet(bench.open(peer!, dial!.ask), peer!)), ['up'])
  const sinceMs = bench.nowMs
  bench.refusesDials = true
  bench.live(MINUTE_MS)
  t.notOk(bench.dialled(sinceMs).some(({ address }) => address === peer!.address))
})

t.test('four handshakes are kept for peers that somebody is linked with', async t => {
  const { bench, peers } = remembering(20)
  const dials = bench.advance(100)
  t.equal(only(dials, 'dial').length, 12, 'twelve of twenty unknown ones')
  const [teller, ...told] = peersOn('larger', me, 30).slice(24)
  const link = bench.ready(teller!)
  bench.tell(link, ...told.map(peer => peer.entry({}, true)))
  const vouched = only(bench.advance(100), 'dial').map(({ address }) => address)
  t.same(vouched, told.slice(0, 4).map(({ address }) => address), 'four more, all vouched for')
  t.equal(peers.length, 20)
})

t.test('a teller may cost 64 dials at once, then four a second', async t => {
  const bench = new Bench()
  const [teller, ...told] = bench.larger(121)
  const link = bench.ready(teller!)
  bench.refusesDials = true
  bench.tell(link, ...told.map(peer => peer.entry()))
  bench.advance(0)
  t.equal(bench.dialled().length, 64)
  bench.live(20 * SECOND_MS)
  const count = bench.dialled().length
  t.ok(count <= 64 + 4 * 20, `${count} in 20 s`)
  t.ok(count >= 64 + 4 * 19, 'the budget is used')
})

t.test('every teller has a budget of its own', async t => {
  const bench = new Bench()
  const [one, other, ...told] = bench.larger(162)
  const links = [bench.ready(one!), bench.ready(other!)]
  bench.refusesDials = true
  bench.tell(links[0]!, ...told.slice(0, 80).map(peer => peer.entry()))
  bench.tell(links[1]!, ...told.slice(80).map(peer => peer.entry()))
  bench.advance(0)
  t.equal(bench.dialled().length, 128)
})

t.test('members that were linked with here cost no teller anything', async t => {
  const { bench } = remembering(100)
  bench.refusesDials = true
  bench.advance(0)
  t.equal(bench.dialled().length, 100)
})

t.test('with all its links a node stops dialling, and begins again when one is lost', async t => {
  const bench = new Bench({ linksMax: 1 })
  const [peer, one, other, told] = bench.larger(4)
  const [link] = [peer!, one!, other!].map(linked => bench.ready(linked))
  bench.tell(link!, told!.entry({}, true))
  t.same(only(bench.live(30 * SECOND_MS), 'dial'), [])
  bench.ended(link!)
  const addresses = new Set(only(bench.live(10 * SECOND_MS), 'dial').map(dial => dial.address))
  t.same([...addresses].sort(), [peer!.address, told!.address].sort())
})

t.test('above the limit whoever is not reached for three seconds is dialled, and nobody before',
  async t => {
    const bench = new Bench({ linksMax: 1 })
    const [peer, told] = bench.larger(2)
    bench.tell(bench.ready(peer!), told!.entry({}, true))
    t.same(only(bench.live(3 * SECOND_MS - 1), 'dial'), [])
    t.match(only(bench.live(SECOND_MS + 1), 'dial'), [{ address: told!.address }])
  })

t.test('with more members than links half of them are made at once, the others one by one',
  async t => {
    const bench = new Bench({ linksMax: 8 })
    const [teller, ...told] = bench.larger(21)
    bench.tell(bench.ready(teller!), ...told.map(peer => peer.entry({}, true)))
    const dials = only(bench.advance(2_999), 'dial').length
    t.equal(dials, 3 + 4, 'up to half of eight, then one, and another every 0.8 s')
  })

t.test('members that were never linked with are dialled in random order', async t => {
  const orderOf = (seed: number): string => {
    const bench = new Bench({ linksMax: 8 }, { seed })
    const [teller, ...told] = bench.larger(21)
    bench.tell(bench.ready(teller!), ...told.map(peer => peer.entry({}, true)))
    return only(bench.advance(2_999), 'dial').map(({ address }) => address).join()
  }
  t.equal(orderOf(1), orderOf(1))
  t.not(orderOf(1), orderOf(2))
})

t.test('a peer that is full is left alone for a minute', async t => {
  const { bench, peers } = remembering(1)
  bench.refusesDials = false
  const [dial] = only(bench.advance(0), 'dial')
  const link = bench.open(peers[0]!, dial!.ask)
  bench.say(link, {
    type: 'refuse', code: 'full', retryAfterMs: 60_000, record: null, others: [],
  })
  bench.ended(link)
  t.same(only(bench.advance(59 * SECOND_MS), 'dial'), [])
  t.equal(only(bench.advance(2 * SECOND_MS), 'dial').length, 1)
})

t.test('no refusal makes a peer wait for more than a minute', async t => {
  const { bench, peers } = remembering(1)
  const [dial] = only(bench.advance(0), 'dial')
  const link = bench.open(peers[0]!, dial!.ask)
  bench.say(link, {
    type: 'refuse', code: 'full', retryAfterMs: 86_400_000, record: null, others: [],
  })
  bench.ended(link)
  t.equal(only(bench.advance(61 * SECOND_MS), 'dial').length, 1)
})

t.test('addresses that their owner did not name are dialled once in two seconds', async t => {
  const bench = new Bench()
  const [one, other, third] = bench.larger(3)
  const refuse = (peer: Peer): number => only(bench.say(bench.open(peer), {
    type: 'refuse', code: 'full', retryAfterMs: 60_000, record: null, others: ['10.7.7.7:1'],
  }), 'dial').length
  t.equal(refuse(one!), 1)
  bench.advance(1_999)
  t.equal(refuse(other!), 0)
  t.equal(only(bench.advance(1), 'dial').length, 1, 'without another refusal')
  bench.advance(1_999)
  t.equal(refuse(third!), 0)
})

t.test('others that a full one named are not tried once there is a link', async t => {
  const bench = new Bench()
  const [full, peer] = bench.larger(2)
  const others = Array.from({ length: 8 }, (_, i) => `10.7.7.${i + 1}:1`)
  const link = bench.open(full!)
  bench.say(link, { type: 'refuse', code: 'full', retryAfterMs: 60_000, record: null, others })
  bench.live(6 * SECOND_MS)
  const tried = new Set(bench.dialled().map(({ address }) => address))
  t.equal(tried.size, 4)
  t.ok([...tried].every(address => others.includes(address)))
  bench.ready(peer!)
  const sinceMs = bench.nowMs + 1
  bench.live(20 * SECOND_MS)
  t.notOk(bench.dialled(sinceMs).some(({ address }) => others.includes(address)))
})

t.test('a member whose address somebody else took over is not sought there', async t => {
  const { bench, peers } = remembering(1)
  const stranger = peersOn('larger', me, 9)[8]!
  const [dial] = only(bench.advance(0), 'dial')
  bench.greet(bench.open(stranger, dial!.ask), stranger)
  t.equal(bench.status(stranger), 'linked', 'whoever it proved to be is welcome')
  t.equal(bench.status(peers[0]!), 'lost')
  t.same(only(bench.live(4 * SECOND_MS), 'dial'), [])
})

t.test('an ephemeral member whose last address is another\'s is forgotten at once', async t => {
  const [peer, stranger] = peersOn('larger', me, 2)
  const bench = new Bench({}, { stored: [peer!.stored(1_000, { ephemeral: true })] })
  const [dial] = only(bench.advance(0), 'dial')
  bench.open(stranger!, dial!.ask)
  t.equal(bench.status(peer!), undefined)
  const dropped = bench.seen.map(({ effect }) => effect)
  t.match(only(dropped, 'store-member'), [{ identity: peer!.id, member: null }])
})

t.test('the larger of a pair yields on while links keep becoming ready, not for ever', async t => {
  const bench = new Bench()
  const [told] = bench.smaller()
  const [teller, ...others] = bench.larger(20)
  bench.tell(bench.ready(teller!), told!.entry())
  for (const other of others) {
    bench.live(300)
    bench.ready(other)
  }
  const [dial] = bench.dialled().filter(({ address }) => address === told!.address)
  t.ok(dial!.atMs > 1_500 && dial!.atMs <= 3_000, `at ${dial!.atMs} ms`)
})

t.test('half of the budget is for the eight most recently heard', async t => {
  const peers = peersOn('larger', me, 40)
  const stored = peers.map((peer, i) => peer.stored((i + 1) * HOUR_MS))
  const bench = new Bench({}, { stored })
  bench.refusesDials = true
  bench.advance(3 * MINUTE_MS)
  const dials = bench.dialled(MINUTE_MS + SECOND_MS).map(({ address }) => address)
  const recent = new Set(peers.slice(0, 8).map(({ address }) => address))
  const share = dials.filter(address => recent.has(address)).length / dials.length
  t.ok(share > 0.3 && share < 0.6, `${Math.round(share * 100)} % for the most recent`)
  t.same(peers.filter(({ address }) => !dials.includes(address)), [], 'nobody is left out')
})

t.test('alive does not wake a peer that is full', async t => {
  const bench = new Bench()
  const [full, teller] = bench.larger(2)
  const link = bench.ready(teller!)
  bench.tell(link, full!.entry())
  const [dial] = only(bench.advance(0), 'dial')
  const out = bench.open(full!, dial!.ask)
  bench.say(out, { type: 'refuse', code: 'full', retryAfterMs: 60_000, record: null, others: [] })
  bench.ended(out)
  bench.say(link, { type: 'alive', members: [{ identity: full!.id, incarnation: 1 }] })
  t.same(only(bench.live(50 * SECOND_MS), 'dial'), [])
})

t.test('alive during an attempt that began before counts when the attempt fails', async t => {
  const { bench, peers } = remembering(40)
  const link = bench.ready(peers[1]!)
  bench.live(MINUTE_MS + 10 * SECOND_MS)
  const dial = only(bench.live(6 * SECOND_MS), 'dial').at(-1)
  const other = peers.find(({ address }) => address === dial?.address)
  const { id, incarnation } = other!
  bench.say(link, { type: 'alive', members: [{ identity: id, incarnation }] })
  const sinceMs = bench.nowMs
  bench.refuseDial(dial!.ask)
  bench.live(SECOND_MS)
  t.ok(bench.dialled(sinceMs).some(({ address }) => address === other!.address))
})
