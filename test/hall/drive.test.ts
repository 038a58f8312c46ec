import t from 'tap'
import type { Effect } from '../../src/core/effect.js'
import type { Event, LinkId } from '../../src/core/event.js'
import { HandDrive, SelfDrive, type Hallway } from '../../src/hall/drive.js'
import type { Node } from '../../src/node.js'
import type { Clock } from '../../src/ports.js'
import { isLinked, startLinked, until } from '../helpers/loopback-nodes.js'

/** Time that is set by hand, and the one timer. */
class HeldClock implements Clock {
  ms = 0
  timer: { readonly atMs: number, readonly ring: () => void } | null = null
  readonly breaths: (() => void)[] = []

  nowMs (): number { return this.ms }
  wallMs (): number { return this.ms }
  schedule (delayMs: number, ring: () => void): unknown {
    this.timer = { atMs: this.ms + delayMs, ring }
    return this.timer
  }

  cancel (): void { this.timer = null }
  breathe (callback: () => void): void { this.breaths.push(callback) }

  /** One turn of the event loop. */
  turn (): void {
    for (const breath of this.breaths.splice(0)) breath()
  }

  pass (ms: number): void {
    this.ms += ms
    const { timer } = this
    if (timer === null || timer.atMs > this.ms) return
    this.timer = null
    timer.ring()
  }
}

/** Writes down what is asked of it; events give the effects that were set for their kind. */
class Notes implements Hallway {
  readonly lines: string[] = []
  readonly times: number[] = []
  readonly lateMs: number[] = []
  readonly effects: Partial<Record<Event['kind'], Effect[]>> = {}
  wakeMs = Infinity
  drive: { perform (effect: Effect): void } | null = null

  lookOutside (): void {}
  handle (event: Event, nowMs: number): void {
    this.lines.push(event.kind)
    this.times.push(nowMs)
    if (event.kind === 'tick') this.lateMs.push(event.lateMs)
    for (const effect of this.effects[event.kind] ?? []) this.drive?.perform(effect)
  }

  perform (effect: Effect): void { this.lines.push(`> ${effect.kind}`) }
  flush (): void {}
  isBusy (): boolean { return false }
  wakeAtMs (): number { return this.wakeMs }

  taken (): string[] { return this.lines.splice(0) }
}

const link = 1 as LinkId
const answer = { type: 'log-answer', id: 1, complete: true } as const
const frame: Event = { kind: 'frame-received', link, frame: answer }
const started: Event = {
  kind: 'started', addresses: [], port: 1, stored: [], incarnationStored: 0,
  boxKey: null, batches: [],
}
const leave: Event = { kind: 'leave-asked' }
const send: Effect = { kind: 'send', links: [link], frame: answer }
const gap: Effect = { kind: 'gap', author: 'a' as never, incarnation: 1, first: 1, last: 1 }
const log: Effect = { kind: 'log', level: 'info', area: 'a', message: 'm' }

function byHand (): { drive: HandDrive, notes: Notes, clock: HeldClock } {
  const clock = new HeldClock()
  const notes = new Notes()
  const drive = new HandDrive(notes, clock)
  notes.drive = drive
  drive.post(started)
  drive.step()
  notes.taken()
  return { drive, notes, clock }
}

t.test('a step handles at most one of each: outbound, inbound, actions, bulletins', async t => {
  const { drive, notes } = byHand()
  notes.effects['frame-received'] = [send, gap, log]
  for (let i = 0; i < 2; i++) drive.post(frame)
  for (let i = 0; i < 2; i++) drive.post(leave)
  t.same(drive.waiting(), { outbound: 0, inbound: 2, actions: 2, bulletins: 0 })
  t.same(notes.lines, [], 'nothing happens without a step')
  t.equal(drive.step(), 3)
  t.same(notes.taken(), ['frame-received', '> log', 'leave-asked', '> gap'])
  t.same(drive.waiting(), { outbound: 1, inbound: 1, actions: 1, bulletins: 0 })
  t.equal(drive.step(), 4)
  t.same(notes.taken(), [
    '> send', 'frame-received', '> log', 'leave-asked', 'drained', '> gap',
  ], 'drained is told when no fact waits')
  t.equal(drive.step(), 1)
  t.equal(drive.step(), 0)
  t.same(notes.taken(), ['> send'])
})

t.test('what links brought stays in its order and waits for the start', async t => {
  const clock = new HeldClock()
  const notes = new Notes()
  const drive = new HandDrive(notes, clock)
  const opened: Event = {
    kind: 'link-opened', link, ask: null, peer: 'a' as never, remote: '',
    publicKey: new Uint8Array(),
  }
  for (const event of [started, opened, frame, { kind: 'link-closed', link, end: 'closed' }]) {
    drive.post(event as Event)
  }
  t.same(drive.waiting(), { outbound: 0, inbound: 3, actions: 1, bulletins: 0 })
  for (let i = 0; i < 4; i++) drive.step()
  t.same(notes.lines, ['started', 'link-opened', 'frame-received', 'link-closed', 'drained'])
})

t.test('the timer only posts, and a tick that waited says how late it is', async t => {
  const { drive, notes, clock } = byHand()
  notes.wakeMs = 30
  drive.step()
  t.equal(clock.timer?.atMs, 30)
  clock.pass(30)
  t.same(notes.lines, [])
  t.equal(drive.waiting().actions, 1)
  t.equal(clock.timer, null, 'one tick waits at most')
  clock.pass(15)
  notes.wakeMs = 100
  drive.step()
  t.same(notes.lateMs, [15])
  t.equal(clock.timer?.atMs, 100)
})

t.test('at most fifty milliseconds pass with a step, however long nobody makes one', async t => {
  const { drive, notes, clock } = byHand()
  notes.times.length = 0
  for (const ms of [20, 60_000, 30, 3_600_000]) {
    clock.pass(ms)
    drive.post(leave)
    drive.step()
  }
  t.same([...new Set(notes.times)], [20, 70, 100, 150])
})

t.test('a node that is let go goes on by itself, with all that waited and in its own time',
  async t => {
    const { drive, notes, clock } = byHand()
    notes.effects['frame-received'] = [send]
    drive.post(frame)
    drive.step()
    drive.post(frame)
    drive.post(leave)
    notes.taken()
    clock.pass(10_000)
    drive.letGo()
    t.same(notes.taken(), ['> send'])
    clock.turn()
    t.same(notes.taken(), ['leave-asked', 'frame-received', '> send', 'drained'])
    t.equal(notes.times.at(-1), 50)
    t.same(drive.waiting(), { outbound: 0, inbound: 0, actions: 0, bulletins: 0 })
    t.equal(drive.step(), 0)
  })

t.test('a step within a step does nothing, and an ended node takes no more', async t => {
  const { drive, notes } = byHand()
  let inner = -1
  notes.lookOutside = () => { inner = drive.step() }
  drive.post(leave)
  t.equal(drive.step(), 1)
  t.equal(inner, 0)
  drive.end()
  drive.post(leave)
  t.equal(drive.step(), 0)
  t.equal(drive.waiting().actions, 0)
})

t.test('a node that drives itself drains what was posted, and has no steps', async t => {
  const clock = new HeldClock()
  const notes = new Notes()
  const drive = new SelfDrive(notes, clock)
  notes.drive = drive
  notes.effects['frame-received'] = [send, gap]
  drive.post(leave)
  drive.post(frame)
  t.same(drive.waiting(), { outbound: 0, inbound: 1, actions: 1, bulletins: 0 })
  t.same(notes.lines, [], 'not within post')
  clock.turn()
  t.same(notes.lines, ['leave-asked', 'frame-received', '> send', '> gap', 'drained'])
  t.throws(() => drive.step(), { code: 'option-invalid' })
})

/** Steps until it holds; each step is made once and no more until the sockets were looked at. */
async function stepUntil (nodes: readonly Node[], holds: () => boolean): Promise<void> {
  await until(holds, () => { for (const node of nodes) node.step() })
}

t.test('two nodes driven by hand link, and a bulletin passes through the four queues', async t => {
  const one = await startLinked(t, [], { drive: 'manual' })
  const other = await startLinked(t, [one], { drive: 'manual' })
  const nodes = [one, other]
  t.equal(one.peers().length, 0)
  t.ok(one.waiting.actions > 0, 'the start itself waits for a step')
  await stepUntil(nodes, () => isLinked(one, other))

  const read: (string | null)[] = []
  void (async () => {
    for await (const bulletin of other.subscribe('news')) read.push(bulletin.text)
  })()
  let isPublished = false
  void one.publish('news', 'by hand').then(() => { isPublished = true })
  await new Promise(resolve => { setImmediate(resolve) })
  t.notOk(isPublished)
  let hasWaited = false
  await until(() => isPublished, () => {
    one.step()
    hasWaited ||= one.waiting.outbound > 0
  })
  t.ok(hasWaited, 'what was published waits to be sent')
  await stepUntil(nodes, () => read.length > 0)
  t.same(read, ['by hand'])
})

t.test('links between nodes driven by hand outlive a pause of their student', async t => {
  const one = await startLinked(t, [], { drive: 'manual' })
  const other = await startLinked(t, [one], { drive: 'manual' })
  const downs: string[] = []
  for (const node of [one, other]) node.on('link-down', ({ reason }) => { downs.push(reason) })
  await stepUntil([one, other], () => isLinked(one, other))
  await new Promise(resolve => { setTimeout(resolve, 4_500) })
  for (let i = 0; i < 30; i++) {
    for (const node of [one, other]) node.step()
    await new Promise(resolve => { setImmediate(resolve) })
  }
  t.same(downs, [])
  t.ok(isLinked(one, other))
})

t.test('a node driven by hand closes without further steps', async t => {
  const one = await startLinked(t, [])
  const byHand = await startLinked(t, [one], { drive: 'manual' })
  await stepUntil([byHand], () => isLinked(one, byHand))
  const left = new Promise<string>(resolve => {
    one.on('link-down', ({ reason }) => { resolve(reason) })
  })
  await byHand.close()
  t.equal(await left, 'left')
  t.equal(byHand.step(), 0)
})
