import t from 'tap'
import { Bench, SECOND_MS, sends } from '../helpers/core-bench.js'

t.test('a round that is asked for pings everybody and compares rosters with all', async t => {
  const bench = new Bench()
  const links = bench.larger(3).map(peer => bench.ready(peer))
  bench.live(3 * SECOND_MS)
  const effects = bench.post({ kind: 'round-asked' })
  for (const link of links) {
    t.equal(sends(effects, 'ping', link).length, 1)
    t.equal(sends(effects, 'roster-digest', link).length, 1)
  }
})

t.test('the built-in rhythm of pings stays as it was', async t => {
  const pingsMs = (isAsked: boolean): number[] => {
    const bench = new Bench()
    const [peer] = bench.larger()
    const link = bench.ready(peer!)
    bench.live(2 * SECOND_MS)
    const from = bench.seen.length
    if (isAsked) bench.post({ kind: 'round-asked' })
    const skipped = bench.seen.length
    bench.live(30 * SECOND_MS)
    t.equal(skipped > from, isAsked)
    return bench.seen.slice(skipped)
      .filter(({ effect }) => sends([effect], 'ping', link).length > 0).map(({ atMs }) => atMs)
  }
  t.same(pingsMs(true), pingsMs(false))
})

t.test('a node that is alone, or leaves, has nobody to ask', async t => {
  const bench = new Bench()
  t.same(bench.post({ kind: 'round-asked' }), [])
  bench.ready(bench.larger()[0]!)
  bench.post({ kind: 'leave-asked' })
  t.same(bench.post({ kind: 'round-asked' }), [])
})
