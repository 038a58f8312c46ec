import t from 'tap'
import type { Effect } from '../../src/core/effect.js'
import type { LinkId } from '../../src/core/event.js'
import type { Frame } from '../../src/wire/frame.js'
import { decodeRecord, type MemberRecord } from '../../src/wire/record.js'
import {
  Bench, closes, frames, heartbeat, only, Peer, peersOn, SECOND_MS, ups, warnings,
} from '../helpers/core-bench.js'

const me = new Peer(1)

/** What happens at one connection, in order. */
type Course = readonly ('hello' | 'welcome' | 'end')[]

/** Every order in which two courses may be interleaved: which connection moves next. */
function interleavings (one: number, other: number): number[][] {
  if (one === 0) return [new Array<number>(other).fill(1)]
  if (other === 0) return [new Array<number>(one).fill(0)]
  return [
    ...interleavings(one - 1, other).map(rest => [0, ...rest]),
    ...interleavings(one, other - 1).map(rest => [1, ...rest]),
  ]
}

interface Played {
  readonly links: readonly [LinkId, LinkId]
  readonly bench: Bench
  /** Link-ups and link-downs, in order. */
  readonly told: string[]
  readonly closed: LinkId[]
}

/** Two connections with one peer that go their courses in that order. */
function play (side: 'smaller' | 'larger', courses: [Course, Course], order: number[]): Played {
  const bench = new Bench()
  const [peer] = peersOn(side, me, 1)
  const links = [bench.open(peer!), bench.open(peer!)] as const
  const at = [0, 0]
  const told: string[] = []
  const closed: LinkId[] = []
  for (const which of order) {
    const link = links[which]!
    const step = courses[which]![at[which]!++]
    const frame: Frame = step === 'hello' ? bench.hello(peer!) : bench.welcome(peer!)
    const effects = step === 'end' ? bench.ended(link) : bench.say(link, frame)
    told.push(...ups(effects))
    closed.push(...closes(effects))
  }
  return { links, bench, told, closed }
}

/** The link that a ping leaves on. */
function pingedOn (bench: Bench): LinkId[] {
  return only(bench.live(5_100), 'send').filter(({ frame }) => frame.type === 'ping')
    .slice(-1).flatMap(({ links }) => links)
}

t.test('the arbiter answers the newest welcome and closes the former link, in every order',
  async t => {
    for (const order of interleavings(2, 2)) {
      const { links, bench, told, closed } = play(
        'larger', [['hello', 'welcome'], ['hello', 'welcome']], order)
      const newest = order.at(-1)!
      t.same(told, ['up'], `order ${order.join('')}: one link-up and no link-down`)
      t.same(closed, [links[1 - newest]], 'the former one is closed')
      t.same(pingedOn(bench), [links[newest]], 'one link is ready')
    }
  })

t.test('the arbiter welcomes nobody before it was welcomed', async t => {
  const bench = new Bench()
  const [peer] = bench.larger()
  const link = bench.open(peer!)
  t.same(frames(bench.say(link, bench.hello(peer!)), 'welcome'), [])
  const effects = bench.say(link, bench.welcome(peer!))
  t.equal(frames(effects, 'welcome', link).length, 1)
})

t.test('the larger side welcomes as soon as it heard a hello, on every connection', async t => {
  const bench = new Bench()
  const [peer] = bench.smaller()
  for (const link of [bench.open(peer!), bench.open(peer!)]) {
    t.equal(frames(bench.say(link, bench.hello(peer!)), 'welcome', link).length, 1)
  }
})

t.test('the larger side follows the arbiter, in every order in which it is told', async t => {
  // The arbiter welcomed on the first connection, then on the second, and closed the first: it had
  // our welcome on the second by then, and we its hello. What it said may arrive crossed.
  for (const order of interleavings(3, 2)) {
    if (order.lastIndexOf(0) < order.indexOf(1)) continue
    const { links, bench, told, closed } = play(
      'smaller', [['hello', 'welcome', 'end'], ['hello', 'welcome']], order)
    t.same(told, ['up'], `order ${order.join('')}: one link-up and no link-down`)
    t.same(closed, [], 'the larger side never closes a double')
    t.same(pingedOn(bench), [links[1]], 'one link is ready')
  }
})

t.test('the larger side closes no double by itself for ten seconds, then the obsolete one',
  async t => {
    const bench = new Bench()
    const [peer] = bench.smaller()
    const former = bench.ready(peer!)
    bench.ready(peer!)
    t.same(closes(bench.live(10 * SECOND_MS - 1)), [])
    const effects = bench.live(1)
    t.same(closes(effects), [former])
    t.same(ups(effects), [])
  })

t.test('the obsolete link stands in when the newer one closes first, and nobody is told',
  async t => {
    const bench = new Bench()
    const [peer] = bench.smaller()
    const former = bench.ready(peer!)
    const newer = bench.ready(peer!)
    const effects = bench.ended(newer)
    t.same(ups(effects), [])
    t.equal(bench.status(peer!), 'linked')
    t.equal(frames(effects, 'roster-digest', former).length, 1, 'rosters are compared again')
    t.same(closes(bench.live(15 * SECOND_MS)), [], 'it is obsolete no more')
    t.same(ups(bench.ended(former)), ['down closed'])
  })

t.test('a replacement that never comes is a loss after all, told once', async t => {
  const bench = new Bench()
  const [peer] = bench.smaller()
  const former = bench.ready(peer!)
  const newer = bench.open(peer!)
  bench.say(newer, bench.hello(peer!))
  t.same(ups(bench.ended(former)), [], 'the answer may be under way')
  t.same(ups(bench.ended(newer)), ['down closed'])
  t.equal(bench.status(peer!), 'lost')
  t.same(bench.dialled(), [])
  bench.advance(120)
  t.same(bench.dialled().map(({ address }) => address), [peer!.address])
})

t.test('a loss that waits for its replacement is told after five seconds at the latest',
  async t => {
    const bench = new Bench()
    const [peer] = bench.smaller()
    const former = bench.ready(peer!)
    bench.say(bench.open(peer!), bench.hello(peer!))
    bench.ended(former)
    t.same(ups(bench.live(5_000)), ['down closed'])
  })

t.test('members may still speak on an obsolete link', async t => {
  const bench = new Bench()
  const [peer] = bench.smaller()
  const former = bench.ready(peer!)
  bench.ready(peer!)
  const effects = bench.say(former, { type: 'ping', sequence: 1, text: 'late' })
  t.match(only(effects, 'notify'), [{ notice: { kind: 'ping', text: 'late' } }])
})

t.test('a link of the same run that replaces another is told by neither up nor down', async t => {
  for (const side of ['smaller', 'larger'] as const) {
    const bench = new Bench()
    const [peer] = peersOn(side, me, 1)
    bench.ready(peer!)
    const link = bench.open(peer!)
    t.same(ups(bench.greet(link, peer!)), [])
    t.equal(bench.core.peers().length, 1)
  }
})

t.test('a greeting that ends is no loss of the ready link beside it', async t => {
  const bench = new Bench()
  const [peer] = bench.larger()
  bench.ready(peer!)
  const second = bench.open(peer!)
  t.same(ups(bench.ended(second)), [])
  t.equal(bench.status(peer!), 'linked')
})

t.test('link-up tells the name and the address of the peer', async t => {
  const bench = new Bench()
  const [peer] = bench.larger()
  const link = bench.open(peer!)
  const effects = bench.greet(link, peer!, { name: 'barn' })
  t.match(only(effects, 'notify').slice(0, 1), [{
    notice: { kind: 'link-up', peer: peer!.id, name: 'barn', address: peer!.address },
  }])
})

t.test('the end of a ready link is told with the reason the transport saw', async t => {
  for (const end of ['closed', 'stalled'] as const) {
    const bench = new Bench()
    const [peer] = bench.larger()
    const link = bench.ready(peer!)
    t.same(ups(bench.post({ kind: 'link-closed', link, end })), [`down ${end}`])
    t.equal(bench.status(peer!), 'lost')
  }
})

t.test('a node that is dialled by itself closes that link and lists nobody', async t => {
  const bench = new Bench()
  const before = bench.seen.length
  const link = bench.open(bench.me)
  t.same(closes(bench.seen.slice(before).map(({ effect }) => effect)), [link])
  t.same(bench.core.peers(), [])
})

t.test('at most 64 greet at once: the oldest older than a second goes, else the newcomer',
  async t => {
    const bench = new Bench()
    const peers = bench.larger(66)
    const links = peers.slice(0, 64).map(peer => bench.open(peer))
    const effectsOf = (peer: Peer): { link: LinkId, closed: LinkId[] } => {
      const before = bench.seen.length
      const link = bench.open(peer)
      return { link, closed: closes(bench.seen.slice(before).map(({ effect }) => effect)) }
    }
    const early = effectsOf(peers[64]!)
    t.same(early.closed, [early.link])
    bench.live(SECOND_MS)
    t.same(effectsOf(peers[65]!).closed, [links[0]])
  })

t.test('an offender is left alone for a minute, others are not', async t => {
  const bench = new Bench()
  bench.refusesDials = true
  const [offender, other] = bench.larger(2)
  const link = bench.ready(offender!)
  const lost = bench.ready(other!)
  bench.say(link, bench.hello(offender!))
  bench.ended(lost)
  bench.live(59 * SECOND_MS)
  const dialled = bench.dialled().map(({ address }) => address)
  t.notOk(dialled.includes(offender!.address))
  t.ok(dialled.includes(other!.address))
  bench.live(2 * SECOND_MS)
  t.ok(bench.dialled().some(({ address }) => address === offender!.address))
})

t.test('a peer that was linked with is stored, with the address that led to it', async t => {
  const bench = new Bench()
  const [peer] = bench.larger()
  const link = bench.open(peer!)
  const stored = only(bench.greet(link, peer!), 'store-member')
  t.match(stored, [{
    identity: peer!.id, member: { address: null, linkedMs: bench.wallMs, ...peer!.record() },
  }])
})

t.test('an ephemeral node stores nobody', async t => {
  const bench = new Bench({ ephemeral: true })
  const [peer] = bench.larger()
  const link = bench.open(peer!)
  t.same(only(bench.greet(link, peer!), 'store-member'), [])
})

t.test('a stored member is dialled at the address that was good, and back when it answers',
  async t => {
    const [peer] = peersOn('larger', me, 1)
    const stored = { ...peer!.stored(60_000), address: '10.9.9.9:1' }
    const bench = new Bench({}, { stored: [stored] })
    const [dial] = only(bench.advance(0), 'dial')
    t.equal(dial?.address, '10.9.9.9:1')
    const link = bench.open(peer!, dial!.ask)
    t.match(only(bench.greet(link, peer!), 'notify')[0], { notice: { address: '10.9.9.9:1' } })
  })

t.test('stored rows that are too old, damaged or its own are nobody', async t => {
  const [old, damaged] = peersOn('larger', me, 2)
  const bench = new Bench({}, {
    stored: [
      old!.stored(31 * 86_400_000),
      { ...damaged!.stored(0), signature: new Uint8Array(32) },
      me.stored(0),
    ],
  })
  t.same(bench.core.peers(), [])
  t.same(only(bench.advance(SECOND_MS), 'dial'), [])
})

t.test('an IP that two peers see this node at becomes its own address, told to all', async t => {
  const bench = new Bench()
  const [one, other, third] = bench.larger(3)
  const told: string[] = []
  for (const peer of [one!, other!, third!]) {
    const link = bench.open(peer)
    bench.say(link, bench.hello(peer, { seenAt: '203.0.113.5:50123' }), bench.welcome(peer))
    const own = frames(bench.live(100), 'records', link).flatMap(({ entries }) => entries)
      .map(({ record }) => decodeRecord(record.body) as MemberRecord)
      .filter(({ name }) => name === 'me')
    told.push(own.map(({ addresses }) => addresses.join()).join())
  }
  const addresses = `${bench.me.address},203.0.113.5:8080`
  t.same(told, ['', addresses, ''], 'the second sight renews the own record, the third does not')
})

t.test('a failed store is a warning and the node goes on', async t => {
  const bench = new Bench()
  t.same(warnings(bench.post({ kind: 'store-failed', message: 'disk full' })), ['store-failed'])
  const [peer] = bench.larger()
  t.same(ups(bench.greet(bench.open(peer!), peer!)), ['up'])
})

t.test('an error frame is the last of a peer: its link is over', async t => {
  const bench = new Bench()
  const [peer] = bench.larger()
  const link = bench.ready(peer!)
  const effects = bench.say(link, { type: 'error', code: 'protocol', message: 'no' }, heartbeat(1))
  t.same(closes(effects), [link])
  t.same(ups(effects), ['down closed'])
})

t.test('the heartbeats of a link that stands in count on', async t => {
  const bench = new Bench()
  const [peer] = bench.smaller()
  const former = bench.ready(peer!)
  bench.live(5_000)
  const newer = bench.ready(peer!)
  bench.live(2_000)
  bench.ended(newer)
  bench.live(2_000)
  const all = frames(bench.seen.map(({ effect }) => effect), 'heartbeat', former)
    .map(({ sequence }) => sequence)
  t.same(all, all.map((_, i) => i + 1))
})

t.test('a link of a former run does not stand in for the newer one', async t => {
  const bench = new Bench()
  const [peer] = bench.smaller()
  bench.ready(peer!)
  bench.ready(peer!)
  peer!.incarnation++
  const newest = bench.ready(peer!)
  t.same(ups(bench.ended(newest)), ['down closed'])
})

t.test('a link-down that waits is told when the node leaves', async t => {
  const bench = new Bench()
  const [peer] = bench.smaller()
  const former = bench.ready(peer!)
  bench.say(bench.open(peer!), bench.hello(peer!))
  bench.ended(former)
  t.same(ups(bench.post({ kind: 'leave-asked' })), ['down local'])

})

t.test('forgetting: a lost member is gone at once, from the store too', async t => {
  const bench = new Bench({ ephemeral: false })
  const [peer] = peersOn('larger', me, 1) as [Peer]
  const link = bench.ready(peer)
  const ask = (): Effect[] => bench.post({ kind: 'forget-asked', peer: peer.id })
  t.match(ask(), [{ kind: 'forget-settled', peer: peer.id, outcome: 'linked' }])
  t.equal(bench.core.peers().length, 1)
  bench.ended(link)
  const effects = ask()
  t.match(only(effects, 'store-member'), [{ identity: peer.id, member: null }])
  t.match(only(effects, 'forget-settled'), [{ outcome: 'forgotten' }])
  t.same(bench.core.peers(), [])
  t.match(ask(), [{ kind: 'forget-settled', outcome: 'unknown' }])
  t.same(only(bench.advance(60 * SECOND_MS), 'dial'), [], 'nobody seeks it')
  bench.ready(peer)
  t.match(bench.core.peers(), [{ id: peer.id, status: 'linked' }], 'it lives and comes back')
})

t.test('a link that the other end gives up as one too many ends as limit, and rests for a minute',
  async t => {
    const bench = new Bench()
    const [peer] = bench.larger()
    const link = bench.ready(peer!)
    const effects = bench.say(link, {
      type: 'refuse', code: 'full', retryAfterMs: 60_000, record: null, others: [],
    })
    t.same(ups(effects), ['down limit'])
    t.same(closes(effects), [link])
    t.same(only(bench.advance(59 * SECOND_MS), 'dial'), [])
    t.equal(only(bench.advance(2 * SECOND_MS), 'dial').length, 1)
  })

t.test('above the limit a link is given up that is not the only way to its peer', async t => {
  const bench = new Bench({ linksMax: 4 })
  const peers = bench.larger(6)
  const links = peers.map(peer => bench.ready(peer))
  t.same(ups(bench.live(20 * SECOND_MS)), [], 'nobody told another way')
  // The last two are linked with each other, and say so.
  const [one, other] = peers.slice(-2) as [Peer, Peer]
  for (const [peer, another] of [[one, other], [other, one]] as const) {
    bench.say(links[peers.indexOf(peer)]!, {
      type: 'link-table', table: peer.table([bench.me, another]),
    })
  }
  const effects = bench.live(10 * SECOND_MS)
  t.same(ups(effects), ['down limit'], 'the other one is the only way to both then')
  const given = [links.at(-2)!, links.at(-1)!].filter(link => closes(effects).includes(link))
  t.equal(given.length, 1)
  t.match(frames(effects, 'refuse', given[0]!), [{ code: 'full', retryAfterMs: 60_000 }])
})
