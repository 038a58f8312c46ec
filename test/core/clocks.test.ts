import t from 'tap'
import {
  Bench, EPOCH_MS, heartbeat, HOUR_MS, notices, warnings,
} from '../helpers/core-bench.js'
import type { Effect } from '../../src/core/effect.js'
import type { LinkId } from '../../src/core/event.js'

/** Links with `count` peers whose wall clocks are `aheadMs` ahead of ours. */
function linked (bench: Bench, aheadMs: readonly number[]): { links: LinkId[], effects: Effect[] } {
  const effects: Effect[] = []
  const links = bench.larger(aheadMs.length).map((peer, i) => {
    const link = bench.open(peer)
    const wallMs = bench.wallMs + (aheadMs[i] ?? 0)
    effects.push(...bench.say(link, bench.hello(peer, { wallMs }), bench.welcome(peer)))
    return link
  })
  return { links, effects }
}

t.test('a clock more than 30 s off the median of the linked peers is a warning, once', async t => {
  const bench = new Bench()
  const { links, effects } = linked(bench, [30_001])
  t.same(warnings(effects), ['clock-skew'])
  t.match(notices(effects, 'warning')[0]?.message, /30 s behind/)
  const beat = heartbeat(60, { wallMs: bench.wallMs + 31_000 })
  t.same(warnings(bench.say(links[0]!, beat)), [])
})

t.test('a clock 30 s off is none, on either side', async t => {
  t.same(warnings(linked(new Bench(), [30_000]).effects), [])
  t.same(warnings(linked(new Bench(), [-30_000]).effects), [])
  t.same(warnings(linked(new Bench(), [-30_001]).effects), ['clock-skew'])
})

t.test('one peer that is off does not make ours wrong', async t => {
  t.same(warnings(linked(new Bench(), [0, 0, 3_600_000]).effects), [])
})

t.test('heartbeats that carry the wall clock count', async t => {
  const bench = new Bench()
  const { links } = linked(bench, [0])
  t.same(warnings(bench.say(links[0]!, heartbeat(59))), [])
  const beat = heartbeat(60, { wallMs: bench.wallMs - 40_000 })
  t.same(warnings(bench.say(links[0]!, beat)), ['clock-skew'])
})

t.test('a clock that came right and went wrong again is told again', async t => {
  const bench = new Bench()
  const { links } = linked(bench, [60_000])
  const at = (aheadMs: number): string[] =>
    warnings(bench.say(links[0]!, heartbeat(60, { wallMs: bench.wallMs + aheadMs })))
  t.same([at(60_000), at(0), at(60_000)], [[], [], ['clock-skew']])
})

t.test('a peer that is lost says nothing about our clock any more', async t => {
  const bench = new Bench()
  const { links } = linked(bench, [0, 0, 40_000])
  bench.ended(links[0]!)
  bench.ended(links[1]!)
  const beat = heartbeat(60, { wallMs: bench.wallMs + 40_000 })
  t.same(warnings(bench.say(links[2]!, beat)), ['clock-skew'])
})

t.test('when our own clock was set, what was noted before is forgotten', async t => {
  const bench = new Bench()
  const { links } = linked(bench, [0, 0, 0])
  bench.post({ kind: 'clock-set', offsetMs: EPOCH_MS - 60_000 })
  const beat = heartbeat(60, { wallMs: EPOCH_MS + bench.nowMs })
  t.same(warnings(bench.say(links[0]!, beat)), ['clock-skew'])
})

t.test('of two peers one that is off does not make ours wrong', async t => {
  for (const aheadMs of [HOUR_MS, -HOUR_MS]) {
    const bench = new Bench()
    const [one, other] = bench.larger(2)
    const effects = [one, other].flatMap((peer, i) => {
      const link = bench.open(peer!)
      return bench.say(
        link, bench.hello(peer!, { wallMs: bench.wallMs + i * aheadMs }), bench.welcome(peer!))
    })
    t.same(warnings(effects), [])
  }
})
