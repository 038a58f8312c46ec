import t from 'tap'
import { createCalendar } from '../../src/calendar.js'
import { Almanac } from '../../src/hall/almanac.js'
import { Schedules } from '../../src/hall/schedules.js'
import { HALLWAY_LIMITS } from '../../src/limits.js'
import type { LogEntry, Store, StoredSchedule } from '../../src/ports.js'
import { createNode } from '../../src/create-node.js'
import { startLinked, until } from '../helpers/loopback-nodes.js'
import { PlayedClock } from '../helpers/played-clock.js'

interface Stage {
  readonly schedules: Schedules
  readonly clock: PlayedClock
  readonly published: [unknown, string][]
  readonly logged: LogEntry[]
  readonly kept: Map<string, StoredSchedule>
}

function stage ({ fails = false, isFull = false } = {}): Stage {
  const clock = new PlayedClock(new Date(2026, 0, 1, 12, 0, 0).getTime())
  const published: [unknown, string][] = []
  const logged: LogEntry[] = []
  const kept = new Map<string, StoredSchedule>()
  let drawn = 0
  const store: Partial<Store> = {
    putSchedule: async (id, schedule) => {
      if (isFull) throw new Error('no room')
      if (schedule === null) kept.delete(id)
      else kept.set(id, schedule)
    },
  }
  const schedules = new Schedules({
    store: store as Store,
    calendar: createCalendar(),
    entropy: { bytes: count => new Uint8Array(count).fill(++drawn) },
    almanac: new Almanac(clock),
    log: entry => { logged.push(entry) },
    contentBytesMax: 100,
    publish: async (topic, content) => {
      if (fails) throw new Error('busy')
      published.push([topic, Buffer.from(content).toString()])
    },
  })
  return { schedules, clock, published, logged, kept }
}

t.test('a schedule is kept and published at its times, with its claimed source', async t => {
  const { schedules, clock, published, kept } = stage()
  const added = await schedules.add({ expression: '*/5 * * * *', topic: 'status', content: 'up' })
  await schedules.add({ expression: '0 * * * *', content: 'hello', source: 'bob' })
  t.equal(added.next?.getTime(), clock.wallMs() + 300_000)
  t.equal(kept.size, 2)
  clock.pass(300_000)
  t.same(published, [['status', 'up']])
  clock.pass(55 * 60_000)
  t.same(published.at(-1), ['public', 'From: bob\n\nhello'])
  t.equal(published.length, 13)
})

t.test('a topic may be named by its id', async t => {
  const { schedules, clock, published } = stage()
  await schedules.add({ expression: '* * * * *', topic: 'ab'.repeat(32), content: 'x' })
  clock.pass(60_000)
  t.same(published, [[new Uint8Array(32).fill(0xab), 'x']])
})

t.test('one that is removed is published no more, and is gone from the store', async t => {
  const { schedules, clock, published, kept } = stage()
  const { id } = await schedules.add({ expression: '* * * * *', content: 'x' })
  t.same(schedules.list().map(one => one.id), [id])
  await schedules.remove(id)
  clock.pass(120_000)
  t.same([published, schedules.list(), kept.size], [[], [], 0])
  await t.rejects(schedules.remove(id), { code: 'schedule-unknown' })
})

t.test('what fails to be published is logged, and the schedule stays', async t => {
  const { schedules, clock, logged } = stage({ fails: true })
  const { id } = await schedules.add({ expression: '* * * * *', content: 'x' })
  clock.pass(60_000)
  await until(() => logged.length === 1)
  t.match(logged[0], { level: 'warn', message: `schedule ${id}: busy; it stays` })
  t.equal(schedules.list().length, 1)
})

t.test('wrong times, sources and contents are refused, and so is a full disk', async t => {
  const { schedules } = stage()
  const add = (asked: object): Promise<unknown> =>
    schedules.add({ expression: '* * * * *', content: 'x', ...asked })
  await t.rejects(add({ expression: '0 0 30 2 *' }), { code: 'schedule-invalid' })
  await t.rejects(add({ expression: 'every day' }), { code: 'schedule-invalid' })
  await t.rejects(add({ topic: '' }), { code: 'option-invalid' })
  await t.rejects(add({ source: 'a\nb' }), { code: 'option-invalid' })
  await t.rejects(add({ content: 'x'.repeat(101) }), { code: 'option-invalid' })
  t.same(schedules.list(), [])
  const full = stage({ isFull: true }).schedules
  await t.rejects(full.add({ expression: '* * * * *', content: 'x' }), { code: 'store-failed' })
  t.same(full.list(), [])
})

t.test('what the store kept goes on; what cannot be read any more is told', async t => {
  const { schedules, clock, published, logged } = stage()
  const row = { topic: 'news', content: new Uint8Array([104, 105]), source: null }
  schedules.restore([
    { id: '0'.repeat(16), expression: '* * * * *', ...row },
    { id: '1'.repeat(16), expression: 'broken', ...row },
  ])
  clock.pass(60_000)
  t.same(published, [['news', 'hi']])
  t.equal(logged.length, 1)
})

t.test('there are so many and no more', async t => {
  const { schedules } = stage()
  const kept = Array.from({ length: HALLWAY_LIMITS.schedulesMax + 1 }, (_, i) => ({
    id: i.toString(16).padStart(16, '0'), expression: '@hourly', topic: 'x',
    content: new Uint8Array(), source: null,
  }))
  schedules.restore(kept)
  t.equal(schedules.list().length, HALLWAY_LIMITS.schedulesMax)
  await t.rejects(schedules.add({ expression: '@hourly', content: '' }), { code: 'busy' })
})

t.test('a node with data publishes its schedules again after a restart', async t => {
  const data = t.testdir()
  const options = { host: '127.0.0.1', port: 0, data }
  const first = await createNode(options, { log: () => {} })
  await first.schedules.add({ expression: '* * * * * *', topic: 'tick', content: 'tock' })
  await first.close()
  const second = await createNode(options, { log: () => {} })
  t.teardown(() => second.close())
  t.match(second.schedules.list(), [{ topic: 'tick', source: null }])
  for await (const { text } of second.subscribe('tick')) {
    t.equal(text, 'tock')
    break
  }
})

t.test('option schedule asks for extra rounds and refuses what is no time', async t => {
  await t.rejects(createNode({ port: 0, schedule: '0 0 30 2 *' }), { code: 'schedule-invalid' })
  const a = await startLinked(t, [], { schedule: '* * * * * *', periodMs: 60_000 })
  const b = await startLinked(t, [a], { periodMs: 60_000 })
  let pings = 0
  b.on('ping', () => { pings++ })
  await until(() => pings >= 2)
  t.ok(pings >= 2, 'within less than a period')
})
