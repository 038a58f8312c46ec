import t from 'tap'
import { createCalendar } from '../src/calendar.js'
import { CalendarError } from '../src/ports.js'

const calendar = createCalendar()
/** Local, as expressions are. */
const NOON_MS = new Date(2026, 0, 1, 12, 0, 0).getTime()
const MINUTE_MS = 60_000

t.test('five fields, six with the second first, and words', async t => {
  const next = (expression: string): number =>
    (calendar.read(expression).next(NOON_MS) ?? NaN) - NOON_MS
  t.equal(next('*/5 * * * *'), 5 * MINUTE_MS)
  t.equal(next(' 30 12 * * * '), 30 * MINUTE_MS)
  t.equal(next('* * * * * *'), 1_000)
  t.equal(next('15 0 12 * * *'), 15_000)
  t.equal(next('@hourly'), 60 * MINUTE_MS)
  t.equal(next('@HOURLY'), 60 * MINUTE_MS)
})

t.test('the next time is after the one asked for', async t => {
  const times = calendar.read('* * * * *')
  let atMs = NOON_MS
  for (let i = 1; i <= 100; i++) {
    atMs = times.next(atMs) ?? NaN
    t.equal(atMs, NOON_MS + i * MINUTE_MS)
  }
})

t.test('what is no expression is refused with what is wrong', async t => {
  const refused = (expression: string, why: RegExp): void => {
    t.throws(() => calendar.read(expression), CalendarError)
    t.throws(() => calendar.read(expression), why)
  }
  refused('', /five fields/)
  refused('* * * *', /five fields/)
  refused('* * * * * * *', /five fields/)
  refused('2030-01-01T00:00:00', /five fields/)
  refused('@reboot', /five fields/)
  refused('61 * * * *', /minute: 61/)
  refused('5-1 * * * *', /larger/)
  refused('a * * * *', /./)
})

t.test('what never comes is refused', async t => {
  for (const never of ['0 0 30 2 *', '0 0 31 4,6,9,11 *', '0 0 0 30 2 *']) {
    t.throws(() => calendar.read(never), /never comes/)
  }
  t.doesNotThrow(() => calendar.read('0 0 29 2 *'), 'leap years come')
})
