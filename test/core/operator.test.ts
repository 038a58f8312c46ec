import t from 'tap'
import type { Identity } from '../../src/wire/identity.js'
import type { CoreOptions } from '../../src/core/options.js'
import type { Effect } from '../../src/core/effect.js'
import type { AskId, LinkId } from '../../src/core/event.js'
import {
  Bench, closes, frames, MINUTE_MS, notices, only, Peer, peersOn, SECOND_MS, ups, warnings,
} from '../helpers/core-bench.js'

const me = new Peer(1)
const AT = '10.5.5.5:8080'
const [answerer, other, third] = peersOn('larger', me, 3) as [Peer, Peer, Peer]

function connecting (
  identity: Identity | null = null, options: Partial<CoreOptions> = {},
): Bench {
  return new Bench({ connect: [{ address: AT, identity }], ...options })
}

/** Effects of a connection being up. */
function open (bench: Bench, peer: Peer, ask: AskId | null): { link: LinkId, effects: Effect[] } {
  const before = bench.seen.length
  const link = bench.open(peer, ask)
  return { link, effects: bench.seen.slice(before).map(({ effect }) => effect) }
}

function firstAsk (bench: Bench): AskId {
  return only(bench.advance(0), 'dial')[0]!.ask
}

/** A node whose operator's address led to a link with `answerer`. */
function connected (options: Partial<CoreOptions> = {}): { bench: Bench, link: LinkId } {
  const bench = connecting(null, options)
  const { link } = open(bench, answerer, firstAsk(bench))
  bench.greet(link, answerer, { addresses: [] })
  return { bench, link }
}

/** Times between the dials of the operator's address since then. */
function gapsMs (bench: Bench, sinceMs: number): number[] {
  const times = bench.dialled(sinceMs).filter(({ address }) => address === AT)
  return times.slice(1).map(({ atMs }, i) => atMs - (times[i]?.atMs ?? 0))
}

function isAbout (waits: readonly number[], rightMs: number): boolean {
  return waits.length > 0 && waits.every(waitMs => Math.abs(waitMs - rightMs) <= 0.2 * rightMs + 1)
}

t.test('an operator\'s address is dialled at once and settles with who answered', async t => {
  const bench = connecting()
  const { link } = open(bench, answerer, firstAsk(bench))
  const effects = bench.greet(link, answerer)
  t.same(ups(effects), ['up'])
  t.same(only(effects, 'connect-settled'), [
    { kind: 'connect-settled', address: AT, peer: answerer.id, expected: null },
  ])
})

t.test('without a link it is tried every five seconds, and one warning says so', async t => {
  const bench = connecting()
  bench.refusesDials = true
  const effects = bench.advance(2 * MINUTE_MS)
  t.ok(isAbout(gapsMs(bench, 15 * SECOND_MS), 5 * SECOND_MS))
  t.same(warnings(effects), ['connect-unreachable'])
  t.match(notices(effects, 'warning')[0]?.message, AT)
})

t.test('the first attempts come sooner, for it is often named before somebody listens', async t => {
  const bench = connecting()
  bench.refusesDials = true
  bench.advance(15 * SECOND_MS)
  gapsMs(bench, 0).slice(0, 4).forEach((waitMs, i) => {
    t.ok(isAbout([waitMs], 200 * 2 ** i), `wait ${i}: ${waitMs}`)
  })
})

t.test('an address that never answered is tried every five seconds in spite of a link', async t => {
  const bench = connecting()
  bench.refusesDials = true
  bench.ready(other)
  bench.live(2 * MINUTE_MS)
  t.ok(isAbout(gapsMs(bench, 15 * SECOND_MS), 5 * SECOND_MS))
})

t.test('one that answered once is tried every thirty seconds while there is a link', async t => {
  const { bench, link } = connected()
  bench.ready(other)
  bench.refusesDials = true
  // It says farewell, so that nobody but the operator seeks it there.
  bench.say(link, { type: 'leave', record: answerer.record({ version: 2, state: 'left' }) })
  bench.live(10 * MINUTE_MS)
  t.ok(isAbout(gapsMs(bench, SECOND_MS), 30 * SECOND_MS))
})

t.test('when the last link is gone it is tried within six seconds', async t => {
  const { bench, link } = connected()
  bench.refusesDials = true
  bench.live(MINUTE_MS)
  const sinceMs = bench.nowMs
  bench.ended(link)
  bench.advance(6 * SECOND_MS)
  t.ok(bench.dialled(sinceMs).some(({ address }) => address === AT))
  bench.advance(MINUTE_MS)
})

t.test('it is not dialled while its peer is linked', async t => {
  const { bench } = connected()
  const sinceMs = bench.nowMs + 1
  bench.live(5 * MINUTE_MS)
  t.same(bench.dialled(sinceMs), [])
})

t.test('the warning comes again when it was reached meanwhile', async t => {
  const { bench, link } = connected()
  bench.refusesDials = true
  const effects = [...bench.ended(link), ...bench.advance(2 * MINUTE_MS)]
  t.same(warnings(effects), ['connect-unreachable'])
})

t.test('an address that is asked for later is dialled at once and settles once', async t => {
  const bench = new Bench()
  bench.post({ kind: 'connect-asked', target: { address: AT, identity: null } })
  const { link } = open(bench, answerer, firstAsk(bench))
  t.equal(only(bench.greet(link, answerer), 'connect-settled').length, 1)
  t.same(only(bench.live(2 * MINUTE_MS), 'connect-settled'), [])
})

t.test('an address that is asked for again while its peer is linked settles without a dial',
  async t => {
    const { bench } = connected()
    bench.post({ kind: 'connect-asked', target: { address: AT, identity: null } })
    const effects = bench.advance(0)
    t.same(only(effects, 'dial'), [])
    t.match(only(effects, 'connect-settled'), [{ peer: answerer.id, expected: null }])
  })

t.test('an address where a linked peer answers settles and that connection is closed', async t => {
  const bench = connecting()
  bench.ready(answerer)
  const { link, effects } = open(bench, answerer, firstAsk(bench))
  t.same(closes(effects), [link])
  t.match(only(effects, 'connect-settled'), [{ peer: answerer.id, expected: null }])
})

t.test('another identity than demanded is refused loudly and settles so', async t => {
  const bench = connecting(answerer.id)
  const { link, effects } = open(bench, other, firstAsk(bench))
  t.same(closes(effects), [link])
  t.same(warnings(effects), ['identity-mismatch'])
  t.match(notices(effects, 'warning')[0]?.message, new RegExp(`${other.id}.*${answerer.id}`))
  t.same(only(effects, 'connect-settled'), [
    { kind: 'connect-settled', address: AT, peer: other.id, expected: answerer.id },
  ])
  t.same(bench.core.peers(), [], 'nothing of it is kept')
  t.ok(only(bench.advance(6 * SECOND_MS), 'dial').length > 0, 'the address is tried on')
})

t.test('the demanded identity may be reached there after all', async t => {
  const bench = connecting(answerer.id)
  open(bench, other, firstAsk(bench))
  const [dial] = only(bench.advance(SECOND_MS), 'dial')
  const { link } = open(bench, answerer, dial!.ask)
  t.same(ups(bench.greet(link, answerer)), ['up'])
})

t.test('one that took an address over is dealt with, and a warning tells', async t => {
  const { bench, link } = connected()
  bench.ended(link)
  const ask = only(bench.advance(6 * SECOND_MS), 'dial')
    .filter(({ address }) => address === AT).at(-1)!.ask
  const found = open(bench, other, ask)
  t.same(warnings(found.effects), ['address-taken-over'])
  t.match(notices(found.effects, 'warning')[0]?.message,
    new RegExp(`${AT}.*${other.id.slice(0, 10)}.*${answerer.id.slice(0, 10)}`))
  t.same(ups(bench.greet(found.link, other)), ['up'])
})

t.test('nothing was taken over when the former is linked elsewhere', async t => {
  const { bench, link } = connected()
  bench.ended(link)
  const ask = only(bench.advance(6 * SECOND_MS), 'dial')
    .filter(({ address }) => address === AT).at(-1)!.ask
  bench.ready(answerer)
  t.same(warnings(open(bench, third, ask).effects), [])
})

t.test('every rejoin the roster is compared through an operator\'s address', async t => {
  const { bench, link } = connected({ rejoinMs: 20_000 })
  const others = [other, third].map(peer => bench.ready(peer))
  bench.live(10 * SECOND_MS)
  const effects = bench.live(10 * MINUTE_MS)
  const through = frames(effects, 'roster-digest', link).length
  const beside = frames(effects, 'roster-digest', others[0]).length
  // Every 5 s one of three links: about 40 each. Every 16 to 24 s that one: 25 to 38 more.
  t.ok(through - beside > 12, `${through} there, ${beside} on another link`)
})

t.test('a rejoin without a link there dials', async t => {
  const { bench, link } = connected({ rejoinMs: 7_000 })
  bench.ready(other)
  bench.refusesDials = true
  bench.ended(link)
  bench.live(MINUTE_MS)
  const sinceMs = bench.nowMs
  bench.live(MINUTE_MS)
  t.ok(bench.dialled(sinceMs).filter(({ address }) => address === AT).length >= 6)
})

t.test('a node that dials itself says that it cannot be reached, and lists nobody', async t => {
  const bench = connecting()
  const { link, effects } = open(bench, me, firstAsk(bench))
  t.same(closes(effects), [link])
  t.same(warnings(effects), ['connect-unreachable'])
})

t.test('a refusal is told once, and its address left alone for as long as it says', async t => {
  const bench = connecting()
  const { link } = open(bench, answerer, firstAsk(bench))
  const effects = bench.say(link, {
    type: 'refuse', code: 'admission', retryAfterMs: 60_000, record: null, others: [],
  })
  t.same(warnings(effects), ['connect-refused'])
  t.match(notices(effects, 'warning')[0]?.message, /admission/)
  bench.refusesDials = true
  t.same(only(bench.advance(59_000), 'dial'), [])
  const later = bench.advance(2_000)
  t.ok(only(later, 'dial').length > 0)
  t.same(warnings(later), [])
})

t.test('a full address without another known way to it is soon tried again', async t => {
  const bench = connecting()
  const { link } = open(bench, answerer, firstAsk(bench))
  const effects = bench.say(link, {
    type: 'refuse', code: 'full', retryAfterMs: 60_000, record: null, others: [],
  })
  t.match(notices(effects, 'warning')[0]?.message, /takes no further link/)
  bench.ended(link)
  bench.refusesDials = true
  t.same(only(bench.advance(4_999), 'dial'), [])
  t.ok(only(bench.advance(1_001), 'dial').length > 0)
})

t.test('another network or version at a named address is told by its name', async t => {
  for (const [over, code] of [
    [{ network: new Uint8Array(32) }, 'network-mismatch'], [{ version: 2 }, 'version-mismatch'],
  ] as const) {
    const bench = connecting()
    const { link } = open(bench, answerer, firstAsk(bench))
    t.same(warnings(bench.say(link, bench.hello(answerer, over))), [code])
  }
})

t.test('a mismatch is told once for each identity that is found', async t => {
  const [right, wrong] = peersOn('larger', me, 2)
  const bench = new Bench({ connect: [{ address: '10.5.5.5:80', identity: right!.id }] })
  const codes: string[] = []
  for (let i = 0; i < 5; i++) {
    const [dial] = only(bench.advance(4_000), 'dial')
    if (dial === undefined) continue
    const before = bench.seen.length
    bench.open(wrong!, dial.ask)
    codes.push(...warnings(bench.seen.slice(before).map(({ effect }) => effect)))
  }
  t.same(codes, ['identity-mismatch'])
})

t.test('an address that is taken back is dialled no more, until it is named again', async t => {
  const bench = connecting()
  const target = { address: AT, identity: null }
  bench.refusesDials = true
  bench.advance(MINUTE_MS)
  bench.post({ kind: 'disconnect-asked', target })
  const goneMs = bench.nowMs
  bench.advance(10 * MINUTE_MS)
  t.same(bench.dialled(goneMs), [])
  t.equal(bench.core.sizes()['posts'], 0)
  bench.post({ kind: 'connect-asked', target })
  t.equal(only(bench.advance(0), 'dial').length, 1)
})

t.test('the link that an address led to stays when it is taken back', async t => {
  const { bench } = connected()
  bench.post({ kind: 'disconnect-asked', target: { address: AT, identity: null } })
  t.same(closes(bench.live(5 * SECOND_MS)), [])
  t.match(bench.core.peers(), [{ id: answerer.id, status: 'linked' }])
})

t.test('an address that is taken back while it is dialled may still lead to a link', async t => {
  const bench = connecting()
  const ask = firstAsk(bench)
  bench.post({ kind: 'disconnect-asked', target: { address: AT, identity: null } })
  const { link } = open(bench, answerer, ask)
  t.same(ups(bench.greet(link, answerer)), ['up'])
  t.doesNotThrow(() => bench.post({
    kind: 'disconnect-asked', target: { address: 'never:1', identity: null },
  }))
})

t.test('its view says who is linked there, or why nobody is', async t => {
  const bench = connecting()
  t.same(bench.core.connects(), [
    { address: AT, identity: null, peer: null, failures: 0, lastError: null },
  ])
  bench.refusesDials = true
  bench.advance(15 * SECOND_MS)
  t.match(bench.core.connects(), [{ address: AT, peer: null, lastError: /./ }])
  t.ok((bench.core.connects()[0]?.failures ?? 0) > 1)
  const reached = connected().bench
  t.same(reached.core.connects(), [
    { address: AT, identity: null, peer: answerer.id, failures: 0, lastError: null },
  ])
})
