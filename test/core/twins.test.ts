import t from 'tap'
import type { AskId, LinkId } from '../../src/core/event.js'
import type { Refuse } from '../../src/wire/frame.js'
import type { SignedRecord } from '../../src/wire/record.js'
import {
  Bench, closes, EPOCH_MS, frames, HOUR_MS, MINUTE_MS, only, Peer, peersOn, ups, warnings,
} from '../helpers/core-bench.js'

const me = new Peer(1)
const FUTURE = (EPOCH_MS + HOUR_MS) * 1_024

function stale (record: SignedRecord | null): Refuse {
  return { type: 'refuse', code: 'stale', retryAfterMs: 5_000, record, others: [] }
}

/** Refused by who is linked with the newer run. */
function replaced (record: SignedRecord | null): Refuse {
  return { ...stale(record), code: 'replaced' }
}

/** A node with an operator's address, whose first dial was answered by `peer`. */
function dialling (): { bench: Bench, peer: Peer, link: LinkId } {
  const [peer] = peersOn('larger', me, 1)
  const bench = new Bench({ connect: [{ address: peer!.address, identity: null }] })
  const [dial] = only(bench.advance(0), 'dial')
  return { bench, peer: peer!, link: bench.open(peer!, dial!.ask) }
}

/** The same when that link is ready. */
function linked (): { bench: Bench, peer: Peer, link: LinkId } {
  const { bench, peer, link } = dialling()
  bench.greet(link, peer)
  return { bench, peer, link }
}

t.test('refused as stale before any link: a fresh incarnation above it, and dials at once',
  async t => {
    const { bench, peer, link } = dialling()
    const effects = bench.say(link, bench.hello(peer), stale(me.record({ incarnation: FUTURE })))
    const [drawn] = only(effects, 'store-incarnation')
    t.ok(drawn!.incarnation > FUTURE, 'above the one that was refused')
    t.same(closes(effects), [link])
    t.notOk(warnings(effects).includes('replaced'))
    const [again] = only(bench.advance(0), 'dial')
    t.equal(again?.address, peer.address)
    const next = bench.open(peer, again!.ask)
    const hellos = frames(bench.seen.map(({ effect }) => effect), 'hello', next)
    t.equal(hellos[0]?.incarnation, drawn!.incarnation)
    t.same(ups(bench.greet(next, peer)), ['up'])
  })

t.test('replaced by a newer run after a link: warns replaced and goes quiet', async t => {
  const { bench, peer, link } = linked()
  const [, second] = peersOn('larger', me, 2)
  const other = bench.ready(second!)
  const effects = bench.say(link, replaced(me.record({ incarnation: FUTURE })))
  t.same(warnings(effects), ['replaced'])
  t.same(ups(effects), ['down replaced', 'down replaced'])
  t.same(closes(effects).sort(), [link, other].sort())
  t.same(only(effects, 'store-incarnation'), [])
  t.equal(bench.status(peer), 'lost')
})

t.test('a quiet node refuses inbound links', async t => {
  const { bench, peer, link } = linked()
  bench.say(link, replaced(me.record({ incarnation: FUTURE })))
  const before = bench.seen.length
  const inbound = bench.open(peer)
  const effects = bench.seen.slice(before).map(({ effect }) => effect)
  t.same(effects, [{ kind: 'close', link: inbound }])
})

t.test('a quiet node dials nobody, neither members nor the operator\'s addresses', async t => {
  const { bench, peer, link } = linked()
  bench.tell(link, peersOn('larger', me, 2)[1]!.entry())
  bench.say(link, replaced(me.record({ incarnation: FUTURE })))
  const effects = bench.advance(20 * MINUTE_MS)
  t.same(only(effects, 'dial'), [])
  const target = { address: peer.address, identity: null }
  t.same(bench.post({ kind: 'connect-asked', target }), [])
  t.same(only(bench.advance(MINUTE_MS), 'dial'), [])
})

t.test('a stale refusal that the own key did not sign is ignored', async t => {
  const { bench, peer, link } = linked()
  const forged = me.record({ incarnation: FUTURE })
  const signature = peer.record().signature
  const effects = bench.say(link, stale({ ...forged, signature }))
  t.same(effects, [], 'the link stays, nothing is drawn')
  const fresh = dialling()
  const refused = fresh.bench.say(
    fresh.link, fresh.bench.hello(peer), stale({ ...forged, signature }))
  t.same(only(refused, 'store-incarnation'), [])
  t.same(closes(refused), [fresh.link], 'the greeting is over all the same')
})

t.test('a stale refusal without a newer record draws nothing', async t => {
  const { bench, peer, link } = dialling()
  const older = stale(me.record({ incarnation: 5 }))
  t.same(only(bench.say(link, bench.hello(peer), older), 'store-incarnation'), [])
})

t.test('a newer record of our own that nobody is linked with: a fresh one after 5 s', async t => {
  for (const way of ['list', 'refusal'] as const) {
    const { bench, peer, link } = linked()
    const effects = way === 'list'
      ? bench.tell(link, me.entry({ incarnation: FUTURE }, false))
      : bench.say(link, stale(me.record({ incarnation: FUTURE })))
    t.same(ups(effects), [], 'it may be a twin: that would show')
    const waited = bench.live(4_900)
    t.same(only(waited, 'store-incarnation'), [])
    const due = bench.live(200)
    t.ok(only(due, 'store-incarnation')[0]!.incarnation > FUTURE, way)
    t.same(ups(due), ['down local'], 'the incarnation never changes while a link is ready')
    t.same(warnings(due).filter(code => code === 'replaced'), [])
    const dials = only([...due, ...bench.advance(0)], 'dial')
    t.ok(dials.some(({ address }) => address === peer.address))
  }
})

t.test('a twin that shows while it is awaited makes this node quiet', async t => {
  const { bench, link } = linked()
  bench.tell(link, me.entry({ incarnation: FUTURE }, false))
  bench.live(1_000)
  t.same(warnings(bench.say(link, replaced(me.record({ incarnation: FUTURE })))), ['replaced'])
  t.same(only(bench.advance(10_000), 'store-incarnation'), [], 'and nothing is drawn any more')
})

t.test('a newer record of our own whose teller is linked with it is a twin', async t => {
  const { bench, link } = linked()
  const effects = bench.tell(link, me.entry({ incarnation: FUTURE }, true))
  t.same(warnings(effects), ['replaced'])
  t.same(ups(effects), ['down replaced'])
})

t.test('our own former record in a list means nothing', async t => {
  const { bench, link } = linked()
  t.same(bench.tell(link, me.entry({ incarnation: 5 })), [])
})

/** `peer` comes back as a newer run of itself. */
function replace (bench: Bench, peer: Peer): { effects: ReturnType<Bench['say']>, link: LinkId } {
  peer.incarnation++
  const link = bench.open(peer)
  return { effects: bench.greet(link, peer), link }
}

t.test('a newer run of a peer replaces the link of its former run, which is told so', async t => {
  for (const side of ['smaller', 'larger'] as const) {
    const bench = new Bench()
    const [peer] = peersOn(side, me, 1)
    const former = bench.ready(peer!)
    const { effects } = replace(bench, peer!)
    const [refuse] = frames(effects, 'refuse', former)
    t.equal(refuse?.code, 'replaced', `${side} peer`)
    t.same(refuse?.record, peer!.record())
    t.same(closes(effects), [former])
    t.same(ups(effects), [], 'neither up nor down is told')
  }
})

t.test('three replacements of one identity in a minute give clone-suspected once', async t => {
  const bench = new Bench()
  const [peer] = bench.larger()
  bench.ready(peer!)
  const codes: string[][] = []
  for (let i = 0; i < 5; i++) {
    codes.push(warnings(replace(bench, peer!).effects))
    bench.live(1_000)
  }
  t.same(codes, [[], [], ['clone-suspected'], [], []])
})

t.test('three replacements over more than a minute suspect nobody', async t => {
  const bench = new Bench()
  const [peer] = bench.larger()
  bench.ready(peer!)
  for (let i = 0; i < 4; i++) {
    t.same(warnings(replace(bench, peer!).effects), [])
    bench.live(31_000)
  }
})

t.test('replacements of different identities are counted apart', async t => {
  const bench = new Bench()
  const peers = bench.larger(3)
  for (const peer of peers) bench.ready(peer)
  for (const peer of peers) t.same(warnings(replace(bench, peer).effects), [])
})

t.test('an ask that comes back after the node went quiet ends in nothing', async t => {
  const { bench, peer, link } = linked()
  const [other] = peersOn('larger', me, 3).slice(2)
  const effects = bench.tell(link, other!.entry({}, true))
  const [dial] = only([...effects, ...bench.advance(0)], 'dial')
  bench.say(link, replaced(me.record({ incarnation: FUTURE })))
  const late = bench.open(other!, dial?.ask ?? 99 as AskId)
  t.ok(closes(bench.seen.map(({ effect }) => effect)).includes(late))
  t.equal(bench.status(peer), 'lost')
})

t.test('a clock that was set back heals without a warning', async t => {
  const [peer] = peersOn('larger', me, 1)
  const bench = new Bench({ connect: [{ address: peer!.address, identity: null }] })
  const [dial] = only(bench.advance(0), 'dial')
  const link = bench.open(peer!, dial!.ask)
  const record = me.record({ incarnation: (EPOCH_MS + HOUR_MS) * 1_024 })
  const effects = bench.say(link, bench.hello(peer!), {
    type: 'refuse', code: 'stale', retryAfterMs: 5_000, record, others: [],
  })
  t.same(warnings(effects), [])
})

t.test('clone-suspected is told once while it goes on', async t => {
  const bench = new Bench()
  const [peer] = bench.larger()
  bench.ready(peer!)
  const codes: string[] = []
  for (let i = 0; i < 9; i++) {
    bench.live(20_000)
    peer!.incarnation++
    codes.push(...warnings(bench.greet(bench.open(peer!), peer!)))
  }
  t.same(codes, ['clone-suspected'])
})
