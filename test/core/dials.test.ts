import t from 'tap'
import type { MemberRecord } from '../../src/wire/record.js'
import {
  Bench, closes, only, Peer, peersOn, SECOND_MS, ups,
} from '../helpers/core-bench.js'

const me = new Peer(1)
const ADDRESSES = ['10.1.0.1:1', '10.1.0.2:1', '10.1.0.3:1']

/** A node that remembers one peer with those addresses, and nobody else. */
function knowing (
  addresses: readonly string[] = ADDRESSES, lastGood: string | null = null,
  over: Partial<MemberRecord> = {},
): { bench: Bench, peer: Peer } {
  const [peer] = peersOn('larger', me, 1)
  const stored = [{ ...peer!.stored(1_000, { ...over, addresses }), address: lastGood }]
  return { bench: new Bench({}, { stored }), peer: peer! }
}

t.test('the addresses of a peer join the race every 250 ms', async t => {
  const { bench } = knowing()
  bench.advance(4_999)
  t.same(bench.dialled(), [
    { atMs: 0, address: ADDRESSES[0] },
    { atMs: 250, address: ADDRESSES[1] },
    { atMs: 500, address: ADDRESSES[2] },
  ])
})

t.test('the address that was good last is dialled first, and once', async t => {
  const { bench } = knowing(ADDRESSES, ADDRESSES[2])
  bench.advance(600)
  t.same(bench.dialled().map(({ address }) => address),
    [ADDRESSES[2], ADDRESSES[0], ADDRESSES[1]])
})

t.test('an address whose greeting was in vain is tried after the others', async t => {
  const { bench, peer } = knowing(ADDRESSES, ADDRESSES[2])
  const [first] = only(bench.advance(0), 'dial')
  t.equal(first?.address, ADDRESSES[2])
  bench.ended(bench.open(peer, first!.ask))
  bench.refusesDials = true
  const tried = (): string[] => only(bench.advance(SECOND_MS), 'dial')
    .slice(0, 3).map(({ address }) => address)
  t.same(tried(), ADDRESSES, 'a twin gone quiet may be there')
})

t.test('when one fails the next is dialled at once', async t => {
  const { bench } = knowing()
  const [first] = only(bench.advance(0), 'dial')
  bench.nowMs = 40
  t.match(bench.refuseDial(first!.ask), [{ kind: 'dial', address: ADDRESSES[1] }])
  bench.advance(249)
  t.equal(bench.dialled().length, 2, 'the race goes on from there')
  bench.advance(1)
  t.equal(bench.dialled().at(-1)?.address, ADDRESSES[2])
})

t.test('when all failed the attempt is over and waits for its next time', async t => {
  const { bench } = knowing()
  bench.refusesDials = true
  bench.advance(0)
  t.equal(bench.dialled().length, 3)
  bench.advance(159)
  t.equal(bench.dialled().length, 3)
  bench.advance(90)
  t.equal(bench.dialled().length, 6)
})

t.test('five seconds in all: then what is under way is abandoned', async t => {
  const { bench } = knowing()
  t.same(only(bench.advance(4_999), 'abandon-dial'), [])
  const effects = bench.advance(1)
  t.equal(only(effects, 'abandon-dial').length, 3)
  const late = bench.open(knowing().peer, only(effects, 'abandon-dial')[0]!.ask)
  t.ok(closes(bench.seen.map(({ effect }) => effect)).includes(late), 'a late answer is closed')
})

t.test('the five seconds include the greeting', async t => {
  const { bench, peer } = knowing()
  const [dial] = only(bench.advance(0), 'dial')
  bench.advance(3_000)
  const link = bench.open(peer, dial!.ask)
  bench.say(link, bench.hello(peer))
  t.same(closes(bench.live(1_999)), [])
  t.same(closes(bench.live(1)), [link])
})

t.test('the first to answer wins, the others are abandoned', async t => {
  const { bench, peer } = knowing()
  const asks = only(bench.advance(600), 'dial').map(({ ask }) => ask)
  const before = bench.seen.length
  const link = bench.open(peer, asks[1])
  const effects = bench.seen.slice(before).map(({ effect }) => effect)
  t.same(only(effects, 'abandon-dial').map(({ ask }) => ask), [asks[0], asks[2]])
  t.match(only(bench.greet(link, peer), 'notify')[0], {
    notice: { kind: 'link-up', address: ADDRESSES[1] },
  })
  t.same(only(bench.live(20 * SECOND_MS), 'dial'), [])
})

t.test('no further address joins the race once one answered', async t => {
  const { bench, peer } = knowing()
  const [first] = only(bench.advance(100), 'dial')
  bench.open(peer, first!.ask)
  t.same(only(bench.advance(2_000), 'dial'), [])
})

t.test('a link that came in abandons the dials to its peer', async t => {
  const { bench, peer } = knowing()
  const asks = only(bench.advance(300), 'dial').map(({ ask }) => ask)
  const effects = bench.greet(bench.open(peer), peer)
  t.same(only(effects, 'abandon-dial').map(({ ask }) => ask), asks)
  t.same(ups(effects), ['up'])
  t.same(only(bench.live(20 * SECOND_MS), 'dial'), [])
})

t.test('nobody dials a peer that is shaking hands with it', async t => {
  const bench = new Bench()
  const [teller, told] = bench.larger(2)
  const link = bench.ready(teller!)
  const greeting = bench.open(told!)
  bench.tell(link, told!.entry({}, true))
  t.same(only(bench.live(2 * SECOND_MS), 'dial'), [])
  bench.ended(greeting)
  t.equal(only(bench.live(SECOND_MS), 'dial').length, 1)
})

t.test('when somebody else answers the race goes on at the next address', async t => {
  const { bench, peer } = knowing()
  const [first] = only(bench.advance(0), 'dial')
  const before = bench.seen.length
  bench.open(peersOn('larger', me, 2)[1]!, first!.ask)
  const effects = bench.seen.slice(before).map(({ effect }) => effect)
  t.match(only(effects, 'dial'), [{ address: ADDRESSES[1] }])
  const second = only(effects, 'dial')[0]
  t.same(ups(bench.greet(bench.open(peer, second!.ask), peer)), ['up'])
})

t.test('what leads nowhere is never dialled, nor an own address', async t => {
  const { bench } = knowing(
    ['0.0.0.0:80', '224.0.0.1:80', '[::]:80', '[ff02::1]:80', me.address, '10.1.0.9:80'])
  bench.advance(SECOND_MS)
  t.same(bench.dialled().map(({ address }) => address), ['10.1.0.9:80'])
})

t.test('loopback is dialled only when it was learnt from a peer on loopback', async t => {
  for (const remote of ['10.0.0.9:5', '127.0.0.1:5']) {
    const bench = new Bench()
    const [teller, told] = bench.larger(2)
    const link = bench.open(teller!, null, remote)
    bench.greet(link, teller!)
    bench.tell(link, told!.entry({ addresses: ['127.0.0.1:8081'] }))
    const dialled = only(bench.live(100), 'dial').map(({ address }) => address)
    t.same(dialled, remote.startsWith('127') ? ['127.0.0.1:8081'] : [])
  }
})

t.test('operator\'s addresses too wait for one of the sixteen handshakes', async t => {
  const connect = Array.from({ length: 20 }, (_, i) =>
    ({ address: `10.5.5.${i}:80`, identity: null }))
  const bench = new Bench({ connect })
  t.equal(only(bench.advance(100), 'dial').length, 16)
  bench.refusesDials = true
  bench.advance(10_000)
  t.equal(new Set(bench.dialled().map(({ address }) => address)).size, 20, 'all in their turn')
})

t.test('races leave the reserved handshakes alone', async t => {
  const peers = peersOn('larger', me, 20)
  const stored = peers.map((peer, i) => peer.stored(
    1_000, { addresses: [`10.8.0.${i}:80`, `10.8.1.${i}:80`] }))
  const bench = new Bench({}, { stored: stored.map(one => ({ ...one, address: null })) })
  t.ok(only(bench.advance(1_000), 'dial').length <= 12)
})
