import t from 'tap'
import { ROSTER_LIMITS } from '../../src/limits.js'
import type { LinkId } from '../../src/core/event.js'
import type { DigestRow, RosterDigest } from '../../src/wire/frame.js'
import {
  Bench, closes, frames, only, recordsSent, SECOND_MS, sends, ups, type Peer,
} from '../helpers/core-bench.js'

const OTHER_HASH = new Uint8Array(32).fill(1)

function digest (rows: readonly DigestRow[] | null, answer = false): RosterDigest {
  return { type: 'roster-digest', hash: OTHER_HASH, rows, answer }
}

function rowOf (peer: Peer, version = 1): DigestRow {
  return { identity: peer.id, incarnation: peer.incarnation, version }
}

/** A node with links to so many peers, its first news told. */
function meshOf (count: number): { bench: Bench, peers: Peer[], links: LinkId[] } {
  const bench = new Bench()
  const peers = bench.larger(count)
  const links = peers.map(peer => bench.ready(peer))
  bench.live(2 * SECOND_MS)
  return { bench, peers, links }
}

/** The row of the node itself, as it tells it. */
function ownRow (bench: Bench, link: LinkId): DigestRow {
  const [told] = frames(bench.say(link, digest(null)), 'roster-digest', link)
  return told!.rows!.find(({ identity }) => identity === bench.me.id)!
}

t.test('a first link compares hashes at once, and nothing but hashes', async t => {
  const bench = new Bench()
  const [peer] = bench.larger()
  const link = bench.open(peer!)
  const told = frames(bench.greet(link, peer!), 'roster-digest', link)
  t.match(told, [{ rows: null, answer: false }])
  t.equal(told.length, 1)
})

t.test('a link with a further acquaintance compares them half a second to a second later',
  async t => {
    const bench = new Bench()
    const [peer, other] = bench.larger(2)
    bench.ready(peer!)
    const link = bench.open(other!)
    t.same(frames(bench.greet(link, other!), 'roster-digest'), [])
    t.same(frames(bench.live(499), 'roster-digest', link), [])
    t.equal(frames(bench.live(501), 'roster-digest', link).length, 1)
  })

t.test('of a pair the smaller compares with a further acquaintance, the larger waits for it',
  async t => {
    const bench = new Bench()
    bench.ready(bench.larger()[0]!)
    const [other] = bench.smaller()
    const link = bench.ready(other!)
    t.same(frames(bench.live(2 * SECOND_MS), 'roster-digest', link), [])
  })

t.test('the comparison is put off while links become ready, for three seconds at most',
  async t => {
    const bench = new Bench()
    const [first, other, ...further] = bench.larger(20)
    bench.ready(first!)
    const link = bench.ready(other!)
    const told: number[] = []
    for (const peer of further) {
      bench.ready(peer)
      bench.live(250)
      told.push(frames(bench.seen.map(({ effect }) => effect), 'roster-digest', link).length)
    }
    t.equal(told[10], 0, 'none after 2.75 s')
    t.equal(told[16], 1, 'one after 4.25 s')
  })

t.test('the more links show a newer record meanwhile, the fewer are told it', async t => {
  const toldAfter = (showing: number): number => {
    const { bench, links } = meshOf(12)
    const [one] = bench.smaller()
    for (const link of links.slice(0, showing)) bench.tell(link, one!.entry())
    return sends(bench.live(50), 'records').flatMap(send => send.links).length
  }
  t.same([1, 2, 4, 5, 6].map(toldAfter), [4, 3, 1, 0, 0])
})

t.test('a link with a peer that was lost compares them at once', async t => {
  const { bench, peers, links } = meshOf(2)
  bench.ended(links[0]!)
  const link = bench.open(peers[0]!)
  t.equal(frames(bench.greet(link, peers[0]!), 'roster-digest', link).length, 1)
})

t.test('equal hashes end the comparison', async t => {
  const { bench, links } = meshOf(2)
  const [shown] = frames(bench.say(links[0]!, digest(null)), 'roster-digest')
  t.same(bench.say(links[0]!, { ...shown!, rows: null }), [])
})

t.test('a hash that differs is answered with rows of everyone, itself included', async t => {
  const { bench, peers, links } = meshOf(2)
  const effects = bench.say(links[0]!, digest(null))
  t.equal(only(effects, 'send').length, 1)
  const [told] = frames(effects, 'roster-digest', links[0])
  t.match(told, { answer: false })
  t.same(told?.rows?.map(({ identity }) => identity),
    [bench.me.id, ...peers.map(({ id }) => id)].sort())
})

t.test('rows are answered with exactly the records that they lack', async t => {
  const { bench, peers, links } = meshOf(4)
  const [a, b, c, d] = peers
  bench.tell(links[0]!, c!.entry({ version: 3 }))
  bench.live(SECOND_MS)
  // They have b, an old c and a newer d, and the node itself.
  const rows = [rowOf(b!), rowOf(c!, 2), rowOf(d!, 9), ownRow(bench, links[0]!)]
  const effects = bench.say(links[0]!, digest(rows, true))
  t.same(recordsSent(effects, links[0]!), [a!.record(), c!.record({ version: 3 })])
  t.same(frames(effects, 'records').flatMap(({ entries }) => entries.map(({ linked }) => linked)),
    [true, true], 'it is linked with both')
})

t.test('whoever lacks the node itself is sent its record', async t => {
  const { bench, peers, links } = meshOf(1)
  const effects = bench.say(links[0]!, digest([rowOf(peers[0]!)], true))
  t.equal(recordsSent(effects, links[0]!).length, 1)
  const again = bench.say(links[0]!, digest([rowOf(peers[0]!), ownRow(bench, links[0]!)], true))
  t.same(recordsSent(again, links[0]!), [])
})

t.test('rows are answered with rows when they show something new, and only then', async t => {
  const { bench, peers, links } = meshOf(1)
  const own = ownRow(bench, links[0]!)
  const known = bench.say(links[0]!, digest([rowOf(peers[0]!), own]))
  t.same(frames(known, 'roster-digest'), [])
  const [stranger] = bench.smaller()
  const news = bench.say(links[0]!, digest([rowOf(peers[0]!), own, rowOf(stranger!)]))
  t.match(frames(news, 'roster-digest'), [{ answer: true }])
  const newer = bench.say(links[0]!, digest([rowOf(peers[0]!, 2), own]))
  t.match(frames(newer, 'roster-digest'), [{ answer: true }])
})

t.test('rows that answer are never answered with rows', async t => {
  const { bench, links } = meshOf(1)
  const [stranger] = bench.smaller()
  t.same(frames(bench.say(links[0]!, digest([rowOf(stranger!)], true)), 'roster-digest'), [])
})

t.test('more records than fit go into further frames', async t => {
  const { bench, links } = meshOf(2)
  const told = bench.larger(130).slice(2)
  bench.tell(links[0]!, ...told.map(peer => peer.entry()))
  const sent = frames(bench.say(links[1]!, digest([], true)), 'records', links[1])
  t.same(sent.map(({ entries }) => entries.length), [128, 3])
})

t.test('news are collected for 50 ms and leave in one frame', async t => {
  const { bench, links } = meshOf(2)
  const [one, other] = bench.smaller(2)
  bench.tell(links[0]!, one!.entry())
  t.same(frames(bench.live(30), 'records'), [])
  bench.tell(links[0]!, other!.entry())
  t.same(frames(bench.live(19), 'records'), [])
  const effects = bench.live(1)
  t.same(recordsSent(effects, links[1]!), [one!.record(), other!.record()])
  t.equal(frames(effects, 'records').length, 1)
  t.same(frames(bench.live(SECOND_MS), 'records'), [])
})

t.test('the own record goes on every link, encoded once', async t => {
  const { bench, links } = meshOf(9)
  bench.post({ kind: 'addresses-changed', addresses: ['10.0.0.77:8080'], port: 8080 })
  const told = sends(bench.live(50), 'records')
  t.equal(told.length, 1)
  t.same([...told[0]!.links].sort((a, b) => a - b), links)
})

/** Who is told, over many news about the second of nine peers that came on link `on`. */
function audience (on: 0 | 1): { told: LinkId[], links: LinkId[] } {
  const { bench, peers, links } = meshOf(9)
  bench.live(ROSTER_LIMITS.compareWaitsMaxMs)
  const told = new Set<LinkId>()
  for (let version = 2; version < 30; version++) {
    bench.tell(links[on]!, peers[1]!.entry({ version }))
    const chosen = new Set(sends(bench.live(50), 'records').flatMap(send => send.links))
    if (chosen.size !== 4) throw new Error(`${chosen.size} were told`)
    for (const link of chosen) told.add(link)
  }
  return { told: [...told].sort((a, b) => a - b), links }
}

t.test('another\'s record goes to four at random, not back to its teller nor its owner',
  async t => {
    const third = audience(0)
    t.same(third.told, third.links.slice(2))
    const owner = audience(1)
    t.same(owner.told, owner.links.filter((_, i) => i !== 1))
  })

t.test('a newcomer\'s record goes to all of few links, to four of many, never back', async t => {
  for (const [others, audience] of [[9, 9], [20, 4]] as const) {
    const { bench, links } = meshOf(others)
    bench.live(ROSTER_LIMITS.compareWaitsMaxMs)
    const link = bench.ready(bench.smaller()[0]!)
    const told = sends(bench.live(50), 'records').flatMap(send => send.links)
    t.equal(told.length, audience)
    t.ok(told.every(one => links.includes(one) && one !== link))
  }
})

t.test('links that showed the same within the moment are spared', async t => {
  const { bench, links } = meshOf(3)
  const [one] = bench.smaller()
  bench.tell(links[0]!, one!.entry())
  bench.tell(links[1]!, one!.entry())
  t.same(sends(bench.live(50), 'records').flatMap(send => send.links)
    .filter(link => link === links[0]), [])
})

t.test('records that are known already are not passed on', async t => {
  const { bench, peers, links } = meshOf(3)
  bench.tell(links[0]!, peers[1]!.entry(), peers[2]!.entry())
  t.same(frames(bench.live(SECOND_MS), 'records'), [])
})

t.test('records travel with the bit that says who is linked with them now', async t => {
  const { bench, links } = meshOf(2)
  const [told, linked] = bench.smaller(2)
  bench.tell(links[0]!, told!.entry())
  bench.ready(linked!)
  const [frame] = frames(bench.live(50), 'records', links[1])
  t.same(frame?.entries.map(entry => entry.linked), [false, true])
})

t.test('a false record closes the link of who sent it, what came before it is kept', async t => {
  const { bench, links } = meshOf(2)
  const [good, bad] = bench.smaller(2)
  const forged = { ...bad!.entry(), record: { ...bad!.record(), signature: OTHER_HASH } }
  const effects = bench.tell(links[0]!, good!.entry(), forged)
  t.same(closes(effects), [links[0]])
  t.same(ups(effects), ['down protocol'])
  t.equal(bench.status(good!), 'lost')
  t.equal(bench.status(bad!), undefined)
})

t.test('when a lost peer is linked again everybody linked is told alive', async t => {
  const { bench, peers, links } = meshOf(3)
  bench.ended(links[0]!)
  bench.live(3 * SECOND_MS)
  bench.ready(peers[0]!)
  const told = sends(bench.live(50), 'alive')
  t.equal(told.length, 1)
  t.match(told[0]?.frame, {
    members: [{ identity: peers[0]!.id, incarnation: peers[0]!.incarnation }],
  })
  t.ok(links.slice(1).every(link => told[0]!.links.includes(link)))
})

t.test('one that was told or heard alive within two seconds is not told again', async t => {
  const { bench, peers, links } = meshOf(3)
  bench.ended(links[0]!)
  bench.live(3 * SECOND_MS)
  bench.say(links[1]!, {
    type: 'alive', members: [{ identity: peers[0]!.id, incarnation: peers[0]!.incarnation }],
  })
  const link = bench.ready(peers[0]!)
  t.same(sends(bench.live(50), 'alive'), [])
  bench.live(2 * SECOND_MS)
  bench.ended(link)
  bench.ready(peers[0]!)
  t.equal(sends(bench.live(50), 'alive').length, 1)
})

/** A mesh of two that lost its first, which refuses until its redial waits for seconds. */
function waiting (): { bench: Bench, lost: Peer, link: LinkId } {
  const { bench, peers, links } = meshOf(2)
  bench.refusesDials = true
  bench.ended(links[0]!)
  bench.live(20 * SECOND_MS)
  const sinceMs = bench.nowMs
  while (bench.dialled(sinceMs).length === 0) bench.live(100)
  return { bench, lost: peers[0]!, link: links[1]! }
}

t.test('alive wakes a waiting redial', async t => {
  const { bench, lost, link } = waiting()
  t.same(only(bench.live(SECOND_MS), 'dial'), [], 'it waits')
  bench.say(link, {
    type: 'alive', members: [{ identity: lost.id, incarnation: lost.incarnation }],
  })
  t.match(only(bench.advance(0), 'dial'), [{ address: lost.address }])
})

t.test('a record whose teller is linked with its owner wakes a waiting redial', async t => {
  const { bench, lost, link } = waiting()
  bench.tell(link, lost.entry({}, false))
  t.same(only(bench.live(SECOND_MS), 'dial'), [], 'known and not linked: nothing')
  bench.tell(link, lost.entry({}, true))
  t.match(only(bench.advance(0), 'dial'), [{ address: lost.address }])
})

t.test('alive of strangers, of itself and of linked peers means nothing', async t => {
  const { bench, peers, links } = meshOf(2)
  const [stranger] = bench.smaller()
  const members = [stranger!, bench.me, peers[1]!].map(({ id, incarnation }) =>
    ({ identity: id, incarnation }))
  t.same(bench.say(links[0]!, { type: 'alive', members }), [])
  t.same(only(bench.live(SECOND_MS), 'dial'), [])
})

t.test('every five seconds one random link compares hashes', async t => {
  const { bench, links } = meshOf(4)
  const asked = new Set<LinkId>()
  let count = 0
  for (let i = 0; i < 40; i++) {
    const told = sends(bench.live(5 * SECOND_MS), 'roster-digest')
    count += told.length
    for (const { links: [link], frame } of told) {
      asked.add(link!)
      t.match(frame, { rows: null, answer: false })
    }
  }
  t.equal(count, 40)
  t.same([...asked].sort((a, b) => a - b), links, 'each in its turn')
})

t.test('members learnt are dialled, those that left are not', async t => {
  const { bench, links } = meshOf(1)
  const [up, left] = bench.larger(3).slice(1)
  bench.tell(links[0]!, up!.entry(), left!.entry({ state: 'left' }))
  t.same(only(bench.live(SECOND_MS), 'dial').map(({ address }) => address), [up!.address])
})
