import t from 'tap'
import { lengthText, localText, timeOf, utcText } from '../../src/cli/time.js'

const NOW_MS = Date.UTC(2026, 0, 2, 12)

t.test('times are ISO 8601, ages, or all', async t => {
  const good: [string, number][] = [
    ['2017-06-26T14:18:55Z', Date.UTC(2017, 5, 26, 14, 18, 55)],
    ['2017-06-26 14:18:55.5Z', Date.UTC(2017, 5, 26, 14, 18, 55, 500)],
    ['2017-06-26T14:18+02:00', Date.UTC(2017, 5, 26, 12, 18)],
    ['2017-06-26', Date.UTC(2017, 5, 26)],
    ['2017-06-26T14:18:55', new Date(2017, 5, 26, 14, 18, 55).getTime()],
    ['90s', NOW_MS - 90_000], ['10m', NOW_MS - 600_000], ['2h', NOW_MS - 7_200_000],
    ['3d', NOW_MS - 3 * 86_400_000], ['0s', NOW_MS], ['999999999d', 0], ['all', 0],
  ]
  for (const [text, atMs] of good) t.equal(timeOf(text, NOW_MS), atMs, text)
  const bad = ['', 'now', '10', '10 m', '-1h', '1.5h', '2h30m', '2017-13-01', '2017-06-31T25:00Z',
    '1969-01-01', '2017', '26.6.2017', 'ALL']
  for (const text of bad) t.equal(timeOf(text, NOW_MS), null, text)
})

t.test('times are shown in UTC as gossipd did, and local for people', async t => {
  t.equal(utcText(1_498_486_735), '2017-06-26 14:18:55')
  t.equal(localText(new Date(2026, 0, 2, 3, 4, 5).getTime() / 1_000), '2026-01-02 03:04:05')
})

t.test('lengths are shown in one unit', async t => {
  const shown = [-5, 0, 59_999, 60_000, 3_599_999, 3_600_000, 172_799_999, 172_800_000]
  t.same(shown.map(lengthText), ['0 s', '0 s', '59 s', '1 min', '59 min', '1 h', '47 h', '2 days'])
})
