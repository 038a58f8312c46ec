import t from 'tap'
import { decodeRecord, type MemberRecord, type SignedRecord } from '../../src/wire/record.js'
import {
  Bench, closes, DAY_MS, EPOCH_MS, frames, MINUTE_MS, NETWORK_HASH, notices, only, sends, ups,
} from '../helpers/core-bench.js'

function read (signed: SignedRecord): MemberRecord {
  const record = decodeRecord(signed.body)
  if ('code' in record) throw new Error(record.message)
  return record
}

t.test('a start draws an incarnation from the wall clock and stores it', async t => {
  const bench = new Bench()
  const [stored] = only(bench.started, 'store-incarnation')
  t.equal(Math.floor(stored!.incarnation / 1_024), EPOCH_MS)
})

t.test('a start draws an incarnation above the stored one, when the clock went back', async t => {
  const incarnationStored = (EPOCH_MS + DAY_MS) * 1_024
  const bench = new Bench({}, { incarnationStored })
  const [drawn] = only(bench.started, 'store-incarnation')
  const above = (drawn?.incarnation ?? 0) - incarnationStored
  // By random bits, or two machines with a copy of one disk would draw the same.
  t.ok(above >= 1 && above <= 1_024, `${above} above`)
  const other = new Bench({}, { incarnationStored, seed: 2 })
  t.not(only(other.started, 'store-incarnation')[0]?.incarnation, drawn?.incarnation)
})

t.test('the same events and seed give the same effects', async t => {
  const course = (seed: number): string => {
    const bench = new Bench({ text: null }, { seed })
    const [one, other] = bench.larger(2)
    bench.tell(bench.ready(one!), other!.entry())
    bench.live(20_000)
    return JSON.stringify(bench.seen)
  }
  t.equal(course(3), course(3))
  t.not(course(3), course(4))
})

t.test('nothing is due before the start, and something is after it', async t => {
  const bench = new Bench()
  t.ok(bench.core.wakeAtMs() > 0)
  t.ok(bench.core.wakeAtMs() < Infinity)
})

t.test('the inbox being empty means nothing yet', async t => {
  t.same(new Bench().post({ kind: 'drained', isBusy: false }), [])
})

t.test('events of links that are unknown or over are ignored', async t => {
  const bench = new Bench()
  const [peer] = bench.larger()
  const link = bench.ready(peer!)
  bench.ended(link)
  t.same(bench.say(link, { type: 'ping', sequence: 1, text: '' }), [])
  t.same(bench.ended(link), [])
  t.same(bench.post({ kind: 'bytes-received', link }), [])
})

t.test('leaving says so on every link, tells link-down local, then left', async t => {
  const bench = new Bench()
  const links = bench.larger(3).map(peer => bench.ready(peer))
  const greeting = bench.open(bench.larger(4)[3]!)
  const effects = bench.post({ kind: 'leave-asked' })
  t.same(sends(effects, 'leave').flatMap(send => send.links).sort(), links)
  const [leave] = frames(effects, 'leave')
  t.match(read(leave!.record), { state: 'left', version: 2 })
  t.same(ups(effects), ['down local', 'down local', 'down local'])
  t.same(closes(effects).sort(), [...links, greeting])
  t.equal(effects.at(-1)?.kind, 'left')
  t.equal(effects[0]?.kind, 'send', 'the farewell comes before the end')
})

t.test('a node that left dials nobody, accepts nobody and leaves once', async t => {
  const [target] = new Bench().larger()
  const bench = new Bench({ connect: [{ address: target!.address, identity: null }] })
  const [, lost, newcomer] = bench.larger(3)
  bench.ended(bench.ready(lost!))
  bench.post({ kind: 'leave-asked' })
  t.same(bench.post({ kind: 'leave-asked' }), [])
  t.same(only(bench.advance(5 * MINUTE_MS), 'dial'), [])
  const before = bench.seen.length
  const link = bench.open(newcomer!)
  t.same(bench.seen.slice(before).map(({ effect }) => effect), [{ kind: 'close', link }])
})

t.test('leaving abandons the dials under way', async t => {
  const [target] = new Bench().larger()
  const bench = new Bench({ connect: [{ address: target!.address, identity: null }] })
  const [dial] = only(bench.advance(0), 'dial')
  const effects = bench.post({ kind: 'leave-asked' })
  t.same(only(effects, 'abandon-dial'), [{ kind: 'abandon-dial', ask: dial!.ask }])
})

t.test('a peer that says farewell is down as left and is not dialled again', async t => {
  const bench = new Bench()
  const [peer] = bench.larger()
  const link = bench.ready(peer!)
  const record = peer!.record({ version: 2, state: 'left' })
  const effects = bench.say(link, { type: 'leave', record })
  t.same(ups(effects), ['down left'])
  t.same(closes(effects), [link])
  t.match(only(effects, 'store-member'), [{ identity: peer!.id, member: record }])
  bench.ended(link)
  t.same(only(bench.advance(10 * MINUTE_MS), 'dial'), [])
  t.equal(bench.status(peer!), 'left')
})

t.test('a farewell is passed on to the others', async t => {
  const bench = new Bench()
  const [leaver, witness] = bench.larger(2)
  const link = bench.ready(leaver!)
  const other = bench.ready(witness!)
  bench.live(1_000)
  const record = leaver!.record({ version: 2, state: 'left' })
  bench.say(link, { type: 'leave', record })
  const told = frames(bench.live(50), 'records', other)
  t.same(told.flatMap(({ entries }) => entries), [{ record, linked: false }])
})

t.test('that a linked peer left is believed of anybody, for the record is signed', async t => {
  const bench = new Bench()
  const [leaver, teller] = bench.larger(2)
  const link = bench.ready(leaver!)
  const other = bench.ready(teller!)
  const effects = bench.tell(other, leaver!.entry({ version: 2, state: 'left' }))
  t.same(ups(effects), ['down left'])
  t.same(closes(effects), [link])
})

t.test('a forged farewell is a protocol error', async t => {
  const bench = new Bench()
  const [peer, other] = bench.larger(2)
  const link = bench.ready(peer!)
  bench.ready(other!)
  const forgeries = [
    peer!.record(),
    peer!.record({ version: 2 }),
    { ...peer!.record({ version: 2, state: 'left' }), signature: new Uint8Array(32) },
  ]
  for (const record of forgeries) {
    const fresh = record === forgeries[0] ? link : bench.ready(peer!)
    t.same(ups(bench.say(fresh, { type: 'leave', record })), ['down protocol'])
  }
  const last = bench.ready(peer!)
  const record = other!.record({ version: 2, state: 'left' })
  t.same(ups(bench.say(last, { type: 'leave', record })), ['down protocol'], 'of somebody else')
})

t.test('a peer that left may come back as a newer run', async t => {
  const bench = new Bench()
  const [peer] = bench.larger()
  const link = bench.ready(peer!)
  bench.say(link, { type: 'leave', record: peer!.record({ version: 2, state: 'left' }) })
  bench.ended(link)
  peer!.incarnation++
  const next = bench.open(peer!)
  t.same(ups(bench.greet(next, peer!)), ['up'])
})

t.test('the own record is signed again every day and told to everyone linked', async t => {
  const bench = new Bench()
  const links = bench.larger(2).map(peer => bench.ready(peer))
  bench.live(2_000)
  bench.jump(DAY_MS)
  const effects = bench.live(60)
  const own = sends(effects, 'records').filter(({ frame }) => frame.type === 'records' &&
    frame.entries.some(({ record }) => read(record).name === 'me'))
  t.same(own.flatMap(send => send.links).sort(), links)
  const [frame] = frames(effects, 'records')
  const [entry] = frame!.entries
  t.match(read(entry!.record), { version: 2, state: 'up' })
  t.ok(read(entry!.record).issuedMs >= EPOCH_MS + DAY_MS)
  const { body, signature } = entry!.record
  t.ok(bench.me.keys.suite.verify(
    bench.me.keys.publicKey, signedOf(body), signature), 'signed with the own key')
})

t.test('addresses that changed renew the own record, unchanged ones do not', async t => {
  const bench = new Bench()
  const link = bench.ready(bench.larger()[0]!)
  bench.live(2_000)
  const same = { kind: 'addresses-changed', addresses: [bench.me.address], port: 8080 } as const
  bench.post(same)
  t.same(frames(bench.live(60), 'records', link), [])
  bench.post({ ...same, addresses: ['10.0.0.77:8080'] })
  const [frame] = frames(bench.live(60), 'records', link)
  t.same(read(frame!.entries[0]!.record).addresses, ['10.0.0.77:8080'])
})

t.test('pings of members are noticed with name, address, sequence and text', async t => {
  const bench = new Bench()
  const [peer] = bench.larger()
  const link = bench.ready(peer!)
  const effects = bench.say(link, { type: 'ping', sequence: 9, text: 'hi' })
  t.same(notices(effects, 'ping'), [{
    kind: 'ping', peer: peer!.id, name: 'peer', address: peer!.address, seq: 9, text: 'hi',
    rttMs: null,
  }])
})

function signedOf (body: Uint8Array): Uint8Array {
  const label = new TextEncoder().encode('p2p-gossip/1 record\0')
  return new Uint8Array([...label, ...NETWORK_HASH, ...body])
}

t.test('a farewell that brings another member\'s record proves nobody', async t => {
  const bench = new Bench()
  const [liar, stranger] = bench.larger(2)
  const link = bench.ready(liar!)
  const effects = bench.say(link, { type: 'leave', record: stranger!.record() })
  t.same(ups(effects), ['down protocol'])
  t.equal(bench.status(stranger!), undefined)
})
