import t from 'tap'
import type { LinkId } from '../../src/core/event.js'
import {
  Bench, closes, frames, heartbeat, notices, SECOND_MS, sends, ups, type Peer,
} from '../helpers/core-bench.js'

function linked (): { bench: Bench, peer: Peer, link: LinkId } {
  const bench = new Bench()
  const [peer] = bench.larger()
  return { bench, peer: peer!, link: bench.ready(peer!) }
}

/** When heartbeats left on a link. */
function beatsMs (bench: Bench, link: LinkId): number[] {
  return bench.seen.filter(({ effect }) => sends([effect], 'heartbeat', link).length > 0)
    .map(({ atMs }) => atMs)
}

t.test('a ready link beats every 0.8 to 1 s from then on, counting from 1', async t => {
  const { bench, link } = linked()
  bench.live(60 * SECOND_MS)
  const times = [0, ...beatsMs(bench, link)]
  const gaps = times.slice(1).map((atMs, i) => atMs - times[i]!)
  t.ok(gaps.every(gapMs => gapMs > 800 && gapMs <= 1_000))
  t.ok(Math.max(...gaps) - Math.min(...gaps) > 100, 'with jitter')
  const sequences = frames(bench.seen.map(({ effect }) => effect), 'heartbeat', link)
    .map(({ sequence }) => sequence)
  t.same(sequences, sequences.map((_, i) => i + 1))
})

t.test('every link has a heartbeat of its own', async t => {
  const bench = new Bench()
  const links = bench.larger(3).map(peer => bench.ready(peer))
  bench.live(10 * SECOND_MS)
  for (const link of links) t.ok(beatsMs(bench, link).length >= 10)
})

t.test('every sixtieth heartbeat carries the wall clock', async t => {
  const { bench, link } = linked()
  const beats = frames(bench.live(130 * SECOND_MS), 'heartbeat', link)
  t.same(beats.filter(({ wallMs }) => wallMs !== null).map(({ sequence }) => sequence), [60, 120])
  const clock = beats.find(({ wallMs }) => wallMs !== null)!.wallMs!
  t.ok(clock > bench.wallMs - 90 * SECOND_MS && clock < bench.wallMs)
})

t.test('a heartbeat echoes the last one heard and says how long it was held', async t => {
  const { bench, link } = linked()
  bench.advance(500)
  bench.say(link, heartbeat(41))
  bench.advance(25)
  bench.say(link, heartbeat(42))
  const beat = frames(bench.live(500), 'heartbeat', link)[0]!
  const heldMs = beatsMs(bench, link)[0]! - 525
  t.equal(beat.echo, 42)
  t.equal(beat.heldTenthsMs, Math.round(heldMs * 10))
})

t.test('a peer takes what is sent as long as it echoes more, or stored more', async t => {
  const { bench, link } = linked()
  const isTaking = (): boolean => bench.core.isTaking(link, 10 * SECOND_MS)
  const live = (forMs: number, over: Parameters<typeof heartbeat>[1]): void => {
    for (let ms = 0; ms < forMs; ms += SECOND_MS) {
      bench.live(SECOND_MS)
      bench.say(link, heartbeat(1, over))
    }
  }
  live(12 * SECOND_MS, { echo: 3 })
  t.notOk(isTaking(), 'always the same echo')
  live(SECOND_MS, { echo: 4 })
  t.ok(isTaking())
  live(12 * SECOND_MS, { echo: 4 })
  t.notOk(isTaking())
  live(SECOND_MS, { echo: 4, storedHead: 1 })
  t.ok(isTaking())
})

t.test('a heartbeat before any was heard echoes nothing', async t => {
  const { bench, link } = linked()
  t.match(frames(bench.live(SECOND_MS), 'heartbeat', link)[0], { echo: 0, heldTenthsMs: 0 })
})

t.test('the round-trip time is the time since the echoed one left less what it was held',
  async t => {
    const { bench, peer, link } = linked()
    const rttMs = (): number | null => bench.core.peers().find(({ id }) => id === peer.id)!.rttMs
    t.equal(rttMs(), null)
    bench.live(SECOND_MS)
    bench.nowMs = beatsMs(bench, link)[0]! + 300
    bench.say(link, heartbeat(1, { echo: 1, heldTenthsMs: 2_875 }))
    t.equal(rttMs(), 12.5)
    bench.say(link, heartbeat(2, { echo: 1, heldTenthsMs: 9_000 }))
    t.equal(rttMs(), 0, 'never negative')
  })

t.test('echoes of what was never sent, or long ago, measure nothing', async t => {
  const { bench, peer, link } = linked()
  bench.live(20 * SECOND_MS)
  for (const echo of [0, 1, 5, 500, 0xffff_ffff]) bench.say(link, heartbeat(1, { echo }))
  t.equal(bench.core.peers().find(({ id }) => id === peer.id)!.rttMs, null)
})

t.test('three and a half seconds of silence close a link as silent', async t => {
  const { bench, link } = linked()
  t.same(closes(bench.advance(3_499)), [])
  const effects = bench.advance(1)
  t.same(closes(effects), [link])
  t.same(ups(effects), ['down silent'])
})

t.test('a silent peer is dialled again', async t => {
  const { bench, peer } = linked()
  bench.advance(3_500 + 120)
  t.same(bench.dialled().map(({ address }) => address), [peer.address])
})

t.test('any bytes count as life, a whole frame or a part of one', async t => {
  const { bench, link } = linked()
  bench.advance(3_000)
  bench.post({ kind: 'bytes-received', link })
  t.same(closes(bench.advance(3_499)), [])
  bench.say(link, { type: 'ping', sequence: 1, text: '' })
  t.same(closes(bench.advance(3_499)), [])
  t.same(closes(bench.advance(1)), [link])
})

t.test('one silent link is closed, the others live on', async t => {
  const bench = new Bench()
  const [one, other] = bench.larger(2).map(peer => bench.ready(peer))
  bench.advance(2_000)
  bench.post({ kind: 'bytes-received', link: other! })
  t.same(closes(bench.advance(2_000)), [one])
})

/** The timer fires so late, after the node got no turn for as long. */
function stall (bench: Bench, forMs: number): ReturnType<Bench['post']> {
  bench.nowMs += forMs
  return bench.post({ kind: 'tick', lateMs: forMs })
}

t.test('a tick that comes 250 ms late judges nobody and moves the silence by as much', async t => {
  const { bench, link } = linked()
  bench.advance(3_250)
  t.same(closes(stall(bench, 250)), [])
  t.same(closes(bench.advance(249)), [])
  t.same(closes(bench.advance(1)), [link], 'at 3.75 s')
})

t.test('a tick that comes 249 ms late judges as ever', async t => {
  const { bench, link } = linked()
  bench.advance(3_300)
  t.same(closes(stall(bench, 249)), [link])
})

t.test('a long stall accuses nobody', async t => {
  const { bench, link } = linked()
  bench.advance(SECOND_MS)
  t.same(closes(stall(bench, 29 * SECOND_MS)), [])
  t.same(closes(bench.advance(2_499)), [])
  t.same(closes(bench.advance(1)), [link], 'the second before the stall counts')
})

t.test('corrections of a minute are at most 30 s together', async t => {
  const { bench, link } = linked()
  t.same(closes(stall(bench, 20 * SECOND_MS)), [])
  bench.post({ kind: 'bytes-received', link })
  t.same(closes(stall(bench, 10 * SECOND_MS)), [])
  bench.post({ kind: 'bytes-received', link })
  t.same(closes(stall(bench, 4 * SECOND_MS)), [])
  t.same(closes(bench.advance(250)), [link])
})

t.test('one stall of more than 30 s is corrected by 30 s only', async t => {
  const { bench, link } = linked()
  t.same(closes(stall(bench, 34 * SECOND_MS)), [])
  t.same(closes(bench.advance(249)), [])
  t.same(closes(bench.advance(1)), [link])
})

t.test('however late the tick, what the sockets hold is read before anyone is judged', async t => {
  const { bench, link } = linked()
  stall(bench, 50 * SECOND_MS)
  bench.post({ kind: 'bytes-received', link })
  t.same(closes(bench.advance(3_499)), [])
  t.same(closes(bench.advance(1)), [link])
})

t.test('a minute later there are 30 s again', async t => {
  const { bench, link } = linked()
  stall(bench, 30 * SECOND_MS)
  bench.post({ kind: 'bytes-received', link })
  bench.live(60 * SECOND_MS + 1)
  t.same(closes(stall(bench, 30 * SECOND_MS)), [])
})

t.test('the first ping leaves with the first link, then one to all every period', async t => {
  const bench = new Bench({ periodMs: 3_000 })
  const [first, second] = bench.larger(2).map(peer => bench.ready(peer))
  const pings = (): { atMs: number, links: readonly LinkId[], sequence: number }[] =>
    bench.seen.flatMap(({ atMs, effect }) => effect.kind === 'send' && effect.frame.type === 'ping'
      ? [{ atMs, links: effect.links, sequence: effect.frame.sequence }]
      : [])
  bench.live(9_000)
  const links = [first, second]
  t.same(pings(), [
    { atMs: 0, links, sequence: 1 },
    { atMs: 3_000, links, sequence: 2 },
    { atMs: 6_000, links, sequence: 3 },
    { atMs: 9_000, links, sequence: 4 },
  ])
})

t.test('without a link there is no ping and no number is used up', async t => {
  const { bench, peer, link } = linked()
  bench.live(100)
  bench.ended(link)
  t.same(frames(bench.live(30 * SECOND_MS), 'ping'), [])
  bench.ready(peer)
  t.match(frames(bench.live(5 * SECOND_MS), 'ping')[0], { sequence: 2 })
})

t.test('the text is the operator\'s, or ten random letters and digits each time', async t => {
  const fixed = new Bench({ text: 'hello' })
  fixed.ready(fixed.larger()[0]!)
  t.same(frames(fixed.live(6 * SECOND_MS), 'ping').map(({ text }) => text), ['hello', 'hello'])
  const random = new Bench({ text: null })
  random.ready(random.larger()[0]!)
  const texts = frames(random.live(21 * SECOND_MS), 'ping').map(({ text }) => text)
  t.ok(texts.every(text => /^[A-Za-z0-9]{10}$/.test(text)))
  t.equal(new Set(texts).size, 5)
})

t.test('a ping is shown with the round-trip time of its link', async t => {
  const { bench, link } = linked()
  bench.live(SECOND_MS)
  bench.nowMs = beatsMs(bench, link)[0]! + 8
  bench.say(link, heartbeat(1, { echo: 1 }))
  const effects = bench.say(link, { type: 'ping', sequence: 1, text: 'hi' })
  t.match(notices(effects, 'ping'), [{ rttMs: 8 }])
})

t.test('a flood of heartbeats ends the link, those of a stall do not', async t => {
  const bench = new Bench()
  const [peer] = bench.larger()
  const link = bench.ready(peer!)
  for (let i = 1; i <= 60; i++) t.same(closes(bench.say(link, heartbeat(i))), [])
  const flood = Array.from({ length: 10 }, (_, i) => heartbeat(61 + i))
  t.same(closes(bench.say(link, ...flood)), [link])
})
