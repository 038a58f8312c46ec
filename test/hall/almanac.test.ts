import t from 'tap'
import { Almanac } from '../../src/hall/almanac.js'
import { HALLWAY_LIMITS } from '../../src/limits.js'
import type { Times } from '../../src/ports.js'
import { PlayedClock } from '../helpers/played-clock.js'

/** At every multiple. */
function every (ms: number): Times {
  return { next: afterMs => (Math.floor(afterMs / ms) + 1) * ms }
}

t.test('each entry happens at its times, with one wake-up at the nearest', async t => {
  const clock = new PlayedClock(0)
  const almanac = new Almanac(clock)
  const seen: string[] = []
  almanac.set('two', every(2_000), () => { seen.push(`two ${clock.wallMs()}`) })
  almanac.set('three', every(3_000), () => { seen.push(`three ${clock.wallMs()}`) })
  t.equal(clock.timers, 1)
  t.equal(almanac.dueMs('three'), 3_000)
  clock.pass(6_000)
  t.same(seen, ['two 2000', 'three 3000', 'two 4000', 'two 6000', 'three 6000'])
  almanac.remove('two')
  clock.pass(2_500)
  t.equal(seen.length, 5)
  almanac.close()
  t.equal(clock.timers, 0)
})

t.test('wake-ups that come late do not move the times after them', async t => {
  const clock = new PlayedClock(0)
  const almanac = new Almanac(clock)
  const seen: number[] = []
  clock.lateMs = 300
  almanac.set('one', every(1_000), () => { seen.push(clock.wallMs()) })
  clock.pass(4_400)
  t.same(seen, [1_300, 2_300, 3_300, 4_300])
})

t.test('times missed while the machine slept happen once', async t => {
  const clock = new PlayedClock(0)
  const almanac = new Almanac(clock)
  let happened = 0
  almanac.set('one', every(60_000), () => { happened++ })
  clock.pass(60_000)
  t.equal(happened, 1)
  clock.set(clock.wallMs() + 3_600_000)
  clock.pass(HALLWAY_LIMITS.almanacLookEveryMs)
  t.equal(happened, 2, 'an hour of minutes is one')
  clock.pass(60_000)
  t.equal(happened, 3)
})

t.test('a clock that is set back does not silence what was to come', async t => {
  const clock = new PlayedClock(10 * 3_600_000)
  const almanac = new Almanac(clock)
  let happened = 0
  almanac.set('one', every(3_600_000), () => { happened++ })
  clock.set(3_600_000 + 1)
  clock.pass(3_600_000 + HALLWAY_LIMITS.almanacLookEveryMs)
  t.equal(happened, 1)
})
