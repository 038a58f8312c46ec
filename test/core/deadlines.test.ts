import t from 'tap'
import { Deadlines } from '../../src/core/deadlines.js'

function takeAll (deadlines: Deadlines, nowMs: number): string[] {
  const taken: string[] = []
  for (let due = deadlines.takeDue(nowMs); due !== null; due = deadlines.takeDue(nowMs)) {
    taken.push(`${due.kind} ${due.of} ${due.atMs}`)
  }
  return taken
}

t.test('deadlines are taken in the order of their times and not before', async t => {
  const deadlines = new Deadlines()
  deadlines.set('ping', '', 300)
  deadlines.set('silence', 7, 100)
  deadlines.set('heartbeat', 7, 200)
  t.equal(deadlines.nextMs(), 100)
  t.equal(deadlines.takeDue(99), null)
  t.same(takeAll(deadlines, 200), ['silence 7 100', 'heartbeat 7 200'])
  t.equal(deadlines.nextMs(), 300)
  t.same(takeAll(deadlines, 300), ['ping  300'])
  t.equal(deadlines.nextMs(), Infinity)
})

t.test('setting a deadline again moves it, earlier as well as later', async t => {
  const deadlines = new Deadlines()
  deadlines.set('silence', 1, 100)
  deadlines.set('silence', 1, 500)
  deadlines.set('silence', 2, 400)
  deadlines.set('silence', 2, 50)
  t.equal(deadlines.nextMs(), 50)
  t.same(takeAll(deadlines, 499), ['silence 2 50'])
  t.same(takeAll(deadlines, 500), ['silence 1 500'])
})

t.test('one that is cleared never comes, others of its kind or its link do', async t => {
  const deadlines = new Deadlines()
  deadlines.set('silence', 1, 100)
  deadlines.set('silence', 2, 100)
  deadlines.set('heartbeat', 1, 100)
  deadlines.clear('silence', 1)
  t.notOk(deadlines.has('silence', 1))
  t.ok(deadlines.has('silence', 2))
  t.same(takeAll(deadlines, 100).sort(), ['heartbeat 1 100', 'silence 2 100'])
  t.notOk(deadlines.has('silence', 2), 'what was taken is gone')
})

t.test('the earliest that was cleared does not show as the next', async t => {
  const deadlines = new Deadlines()
  deadlines.set('ping', '', 10)
  deadlines.set('exchange', '', 20)
  deadlines.clear('ping', '')
  t.equal(deadlines.nextMs(), 20)
})

t.test('a deadline that is taken may be set again for the very same time', async t => {
  const deadlines = new Deadlines()
  deadlines.set('ping', '', 10)
  deadlines.takeDue(10)
  deadlines.set('ping', '', 10)
  t.same(takeAll(deadlines, 10), ['ping  10'])
})

t.test('ten thousand moves of a few deadlines leave only the last of each', async t => {
  const deadlines = new Deadlines()
  for (let i = 0; i < 10_000; i++) deadlines.set('silence', i % 3, 20_000 - i)
  for (let i = 0; i < 10_000; i++) deadlines.set('heartbeat', i % 2, 30_000 + i)
  t.same(takeAll(deadlines, 100_000), [
    'silence 0 10001', 'silence 2 10002', 'silence 1 10003',
    'heartbeat 0 39998', 'heartbeat 1 39999',
  ])
})
