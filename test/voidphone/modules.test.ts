import t from 'tap'
import { Judge, type Judgement } from '../../src/voidphone/announcements.js'
import { Module, Modules, type ModuleSocket } from '../../src/voidphone/modules.js'
import { FakeSocket } from './fake-socket.js'

const DATA = Uint8Array.of(1, 2, 3)

/** Modules and their judge, with a clock that fires when it is told. */
class Scene {
  readonly modules = new Modules()
  readonly timers = new Set<() => void>()
  readonly why: (string | null)[] = []
  readonly announced: string[] = []
  /** Verdicts that announcers owed when they announced. */
  readonly owedThen: number[] = []
  dropped = 0
  readonly judge = new Judge(this.modules, {
    timeoutMs: 5_000,
    clock: {
      schedule: (_, callback) => {
        this.timers.add(callback)
        return callback
      },
      cancel: handle => { this.timers.delete(handle as () => void) },
    },
  })

  connect (...types: number[]): FakeSocket {
    const socket = new FakeSocket()
    const module = new Module(socket as unknown as ModuleSocket, {
      announced: async (announcer, announce) => {
        this.owedThen.push(announcer.owed)
        this.announced.push(await this.judge.judge(announce, announcer))
      },
      subscribed: (subscriber, type) => { this.modules.subscribe(subscriber, type) },
      dropped: () => { this.dropped++ },
      ended: (gone, why) => {
        this.modules.remove(gone)
        this.why.push(why)
      },
    })
    this.modules.add(module)
    for (const type of types) socket.say({ kind: 'notify', type })
    return socket
  }

  async judged (type: number): Promise<() => Judgement | null> {
    let judgement: Judgement | null = null
    void this.judge.judge({ type, data: DATA }, null).then(found => { judgement = found })
    await settle()
    return () => judgement
  }

  fire (): void {
    for (const callback of [...this.timers]) callback()
  }
}

async function settle (): Promise<void> {
  await new Promise(resolve => { setImmediate(resolve) })
}

t.test('all who subscribed are asked once, and all must say valid', async t => {
  const scene = new Scene()
  const [one, other, elsewhere] = [scene.connect(7, 7), scene.connect(7), scene.connect(8)]
  const judgement = await scene.judged(7)
  t.same([one, other, elsewhere].map(({ asked }) => asked.length), [1, 1, 0])
  t.match(one.asked[0], { kind: 'notification', type: 7, data: DATA })
  one.answer(true)
  await settle()
  t.equal(judgement(), null)
  other.answer(true)
  await settle()
  t.equal(judgement(), 'valid')
  t.equal(scene.timers.size, 0, 'nothing waits any more')
})

t.test('the first invalid discards, whoever has not answered', async t => {
  const scene = new Scene()
  const [one, other] = [scene.connect(7), scene.connect(7)]
  const judgement = await scene.judged(7)
  one.answer(false)
  await settle()
  t.equal(judgement(), 'invalid')
  other.answer(true)
  t.equal(other.isDestroyed, false, 'a verdict that comes too late is nothing')
})

t.test('no answer in time discards, and nothing is owed any more', async t => {
  const scene = new Scene()
  const [one] = [scene.connect(7), scene.connect(7)]
  const judgement = await scene.judged(7)
  one.answer(true)
  scene.fire()
  await settle()
  t.equal(judgement(), 'unanswered')
})

t.test('a type that nobody subscribed to is unwanted', async t => {
  const scene = new Scene()
  const socket = scene.connect(7)
  t.equal((await scene.judged(8))(), 'unwanted')
  socket.end()
  t.equal((await scene.judged(7))(), 'unwanted', 'the subscription ended with its module')
})

t.test('the announcer is not asked about its own announcement', async t => {
  const scene = new Scene()
  const [announcer, other] = [scene.connect(7), scene.connect(7)]
  announcer.say({ kind: 'announce', hopsMax: 0, type: 7, data: DATA })
  t.same([announcer.asked.length, other.asked.length], [0, 1])
  other.answer(true)
  await settle()
  other.end()
  announcer.say({ kind: 'announce', hopsMax: 0, type: 7, data: DATA })
  announcer.say({ kind: 'announce', hopsMax: 0, type: 9, data: DATA })
  await settle()
  t.same(scene.announced, ['valid', 'valid', 'unwanted'], 'its own subscription is one')
})

t.test('only who was asked may validate an id', async t => {
  const scene = new Scene()
  const [one, other] = [scene.connect(7), scene.connect(8)]
  const judgement = await scene.judged(7)
  const id = one.asked[0]?.id ?? 0
  other.say({ kind: 'validation', id, isValid: false })
  other.say({ kind: 'validation', id, isValid: true })
  await settle()
  t.equal(judgement(), null)
  one.say({ kind: 'validation', id, isValid: true })
  await settle()
  t.equal(judgement(), 'valid')
  t.equal(other.isDestroyed, false)
})

t.test('a module that dies owes nothing: the others decide, and somebody must', async t => {
  const scene = new Scene()
  const [one, other] = [scene.connect(7), scene.connect(7)]
  const judgement = await scene.judged(7)
  one.end()
  await settle()
  t.equal(judgement(), null)
  other.answer(true)
  await settle()
  t.equal(judgement(), 'valid')
  const last = await scene.judged(7)
  other.end()
  await settle()
  t.equal(last(), 'unanswered')
  t.equal(scene.timers.size, 0)
})

t.test('verdicts of a piece are handled before its other messages', async t => {
  const scene = new Scene()
  const module = scene.connect(7)
  const judgement = await scene.judged(7)
  module.pieces({ kind: 'announce', hopsMax: 0, type: 7, data: DATA },
    { kind: 'validation', id: module.asked[0]?.id ?? 0, isValid: true })
  t.same(scene.owedThen, [0], 'nothing was owed any more when the announcement was looked at')
  await settle()
  t.equal(judgement(), 'valid')
})

t.test('what is malformed, unknown or of the wrong direction closes that connection', async t => {
  for (const hex of [
    '000701f5000005', '000901f700000539ff', '000701f4000005', '0008000000000000',
    '000801f600000539', '000c01fa0000000000000000',
  ]) {
    const scene = new Scene()
    const [bad, good] = [scene.connect(7), scene.connect(7)]
    const judgement = await scene.judged(7)
    bad.emit('data', Buffer.from(hex, 'hex'))
    t.equal(bad.isDestroyed, true, hex)
    t.match(scene.why, [/./])
    good.answer(true)
    await settle()
    t.equal(judgement(), 'valid', 'the other goes on')
  }
})

t.test('message ids are counted on from anywhere and differ', async t => {
  const scene = new Scene()
  const module = scene.connect(7)
  await Promise.all(Array.from({ length: 100 }, () => scene.judged(7)))
  const ids = module.asked.map(({ id }) => id)
  t.equal(new Set(ids).size, 100)
  t.ok(ids.every((id, i) => i === 0 || id === ((ids[i - 1] ?? 0) + 1) % 65_536))
})

t.test('nothing is written to who is gone', async t => {
  const scene = new Scene()
  const module = scene.connect(7)
  module.end()
  await scene.judged(7)
  t.same(module.asked, [])
})
