/** Pings to and from members that there is no link with. */
import t from 'tap'
import type { LinkId } from '../../../src/core/event.js'
import { PULSE_LIMITS, ROUTE_LIMITS as limits } from '../../../src/limits.js'
import { isRefusal } from '../../../src/wire/refusal.js'
import { signedBytes } from '../../../src/wire/record.js'
import { decodePingBody } from '../../../src/wire/relay-ping.js'
import type { Stand } from '../../helpers/bulletin-bench.js'
import {
  closes, frames, NETWORK_HASH, notices, SECOND_MS, type Peer,
} from '../../helpers/core-bench.js'
import {
  around, relayPing, sentOn, some, tableFrame, type Around,
} from '../../helpers/routes-bench.js'

/** The origin 2 is behind 0, and 1 is behind this node. */
function row (options: Parameters<typeof around>[0]['options'] = {}):
Around & { from: LinkId, to: LinkId, origin: Peer } {
  const made = around({ linked: 2, known: 1, edges: [[0, 2]], options })
  const [from, to] = some(made.links)
  const [, , origin] = some(made.peers)
  return { ...made, from, to, origin }
}

const shown = (stand: Stand, link: LinkId, ...pings: ReturnType<typeof relayPing>[]): number[] =>
  notices(stand.say(link, ...pings), 'ping').map(({ seq }) => seq)

t.test('a round leaves signed on links behind which others are, and on no other', async t => {
  const { stand, from } = row({ periodMs: 5_000, text: 'ahoy' })
  const effects = stand.live(5 * SECOND_MS)
  const [sent] = frames(effects, 'relay-ping')
  t.same(sentOn(effects, 'relay-ping'), [from])
  const body = sent === undefined ? null : decodePingBody(sent.ping.body)
  if (sent === undefined || body === null || isRefusal(body)) throw new Error('no ping leaves')
  t.match(body, { origin: stand.me.id, text: 'ahoy' })
  t.equal(sent.hops, 0)
  const { publicKey, suite } = stand.me.keys
  const bytes = signedBytes('relay-ping', NETWORK_HASH, sent.ping.body)
  t.ok(suite.verify(publicKey, bytes, sent.ping.signature))
  const [ping] = frames(effects, 'ping')
  t.equal(body.sequence, ping?.sequence, 'one ping of each round')
})

t.test('where everybody is linked no ping goes over others', async t => {
  const { stand } = around({ linked: 3, edges: [[0, 1], [0, 2], [1, 2]] })
  t.same(frames(stand.live(11 * SECOND_MS), 'relay-ping'), [])
})

t.test('it is shown once, with who brought it, and passed on to who is behind', async t => {
  const { stand, peers, from, to, origin } = row()
  const ping = relayPing(origin, 1, { text: 'hi' }, 1)
  const effects = stand.say(from, ping)
  t.match(notices(effects, 'ping'), [
    { peer: origin.id, seq: 1, text: 'hi', via: some(peers)[0].id, rttMs: null },
  ])
  t.same(sentOn(effects, 'relay-ping'), [to])
  t.match(frames(effects, 'relay-ping'), [{ hops: 2, ping: ping.ping }])
  t.same(stand.say(to, ping), [], 'the same from another link is nothing')
})

t.test('a ping of who is linked is not shown, but passed on', async t => {
  const { stand, peers, from, to } = row()
  const effects = stand.say(from, relayPing(some(peers)[0], 1))
  t.same(notices(effects, 'ping'), [])
  t.same(sentOn(effects, 'relay-ping'), [to])
})

t.test('it ends after eight links', async t => {
  const { stand, from, to, origin } = row()
  const last = stand.say(from, relayPing(origin, 1, {}, limits.relayPingHopsMax - 2))
  t.same(sentOn(last, 'relay-ping'), [to])
  const over = stand.say(from, relayPing(origin, 2, {}, limits.relayPingHopsMax - 1))
  t.equal(notices(over, 'ping').length, 1)
  t.same(sentOn(over, 'relay-ping'), [])
})

t.test('what was heard is not heard again, within the window of sequences or before it',
  async t => {
    const { stand, from, origin } = row()
    const { relayPingsSeenMax } = limits
    t.same(shown(stand, from, relayPing(origin, 100), relayPing(origin, 99)), [100, 99])
    t.same(shown(stand, from, relayPing(origin, 99), relayPing(origin, 100)), [])
    const first = 100 - relayPingsSeenMax + 1
    t.same(shown(stand, from, relayPing(origin, first)), [first], 'late, and new')
    t.same(shown(stand, from, relayPing(origin, first - 1)), [], 'nobody knows any more')
    t.equal(stand.core.sizes()['pingsSeenOfOne'], 3)
    t.same(shown(stand, from, relayPing(origin, 200), relayPing(origin, 100)), [200])
    t.equal(stand.core.sizes()['pingsSeenOfOne'], 1)
  })

t.test('of another run it is passed over, until the record of that run is there', async t => {
  const { stand, from, origin } = row()
  t.same(shown(stand, from, relayPing(origin, 50)), [50])
  const { incarnation } = origin
  for (const other of [incarnation - 1, incarnation + 1]) {
    const effects = stand.say(from, relayPing(origin, 51, { incarnation: other }))
    t.same(effects, [], 'nobody\'s fault')
  }
  origin.incarnation++
  stand.tell(from, origin.entry())
  t.same(shown(stand, from, relayPing(origin, 1)), [1], 'sequences begin anew')
  t.same(shown(stand, from, relayPing(origin, 1), relayPing(origin, 51, { incarnation })), [])
})

t.test('a false signature ends the link that it came on and is not remembered', async t => {
  const { stand, from, to, origin } = row()
  const good = relayPing(origin, 7)
  const bad = { ...good, ping: { ...good.ping, signature: new Uint8Array(64) } }
  const effects = stand.say(to, bad)
  t.same(closes(effects), [to])
  t.same(notices(effects, 'ping'), [])
  t.same(shown(stand, from, good), [7])
})

t.test('who is not known is passed over, and this node itself', async t => {
  const { stand, from } = row()
  const { larger } = stand
  const [, , , stranger] = larger.call(stand, 4)
  t.same(stand.say(from, relayPing(stranger ?? stand.me, 1)), [])
  t.same(stand.say(from, relayPing(stand.me, 1)), [])
})

t.test('a flood of one origin is passed over, and nobody is to blame', async t => {
  const { stand, from, origin } = row()
  const { pingsPerSecondMax } = PULSE_LIMITS
  const many = Array.from({ length: 3 * pingsPerSecondMax }, (_, i) => relayPing(origin, i + 1))
  const effects = stand.say(from, ...many)
  t.equal(notices(effects, 'ping').length, pingsPerSecondMax)
  t.same(closes(effects), [])
  stand.live(SECOND_MS)
  t.same(shown(stand, from, relayPing(origin, 99)), [99])
})

t.test('the tree decides: who is reached by another is not sent to', async t => {
  const { stand, peers, from, origin } = row()
  const [near, other] = some(peers)
  stand.say(from, tableFrame(near.table([stand.me, origin, other], { version: 2 })),
    tableFrame(other.table([stand.me, near], { version: 2 })))
  t.same(sentOn(stand.say(from, relayPing(origin, 1)), 'relay-ping'), [])
})
