import t from 'tap'
import type { AskId, Event } from '../../src/core/event.js'
import { Subscriptions, type Validator } from '../../src/hall/subscriptions.js'
import { BULLETIN_LIMITS } from '../../src/limits.js'
import type { BulletinStore, CursorRow } from '../../src/ports.js'
import { ITEM_HEAD_BYTES } from '../../src/wire/bulletin.js'
import { Author, TOPIC, type Signed } from '../helpers/bulletin-bench.js'
import { Peer } from '../helpers/core-bench.js'

const OTHER = new Uint8Array(32).fill(6)
const author = new Author(new Peer(3))
const from = new Peer(4).id

function settle (): Promise<void> {
  return new Promise(resolve => { setImmediate(resolve) })
}

class Scene {
  readonly posted: Event[] = []
  readonly logged: string[] = []
  readonly timers: { readonly delayMs: number, readonly callback: () => void }[] = []
  readonly cursors = new Map<string, readonly CursorRow[]>()
  readonly stored = new Map<number, Uint8Array>()
  reads: (() => void)[] | null = null
  writes: (() => void)[] | null = null
  readonly subscriptions: Subscriptions

  constructor () {
    const store: Partial<BulletinStore> = {
      async *ofTopic () {},
      getBatches: async keys => {
        const { reads } = this
        if (reads !== null) await new Promise<void>(resolve => { reads.push(resolve) })
        return keys.map(({ first }) => this.stored.get(first) ?? null)
      },
      getCursor: name => Promise.resolve([...this.cursors.get(name) ?? []]),
      putCursor: async (name, rows) => {
        const { writes } = this
        if (writes !== null) await new Promise<void>(resolve => { writes.push(resolve) })
        this.cursors.set(name, rows)
      },
    }
    this.subscriptions = new Subscriptions({
      store: store as BulletinStore,
      hash: bytes => bytes.slice(0, 32),
      nameOf: () => 'ann',
      stored: () => Promise.resolve(),
      post: event => { this.posted.push(event) },
      log: ({ message }) => { this.logged.push(message) },
      schedule: (delayMs, callback) => this.timers.push({ delayMs, callback }),
      cancel: () => {},
    })
  }

  deliver ({ summary, bytes }: Signed, isRead = false, only?: readonly number[]): void {
    const { incarnation, first, count } = summary
    this.stored.set(first, bytes)
    this.subscriptions.onDeliver({
      kind: 'deliver',
      delivery: {
        author: summary.author, incarnation, first, count, isLate: false,
        batch: isRead ? null : bytes, ...(only === undefined ? {} : { only }),
      },
    })
  }

  async judge (signed: Signed, validator: Validator): Promise<string[]> {
    this.subscriptions.validate(TOPIC, validator)
    void this.subscriptions.onValidate({
      kind: 'validate-batch', ask: 1 as AskId, batch: signed.bytes, author: author.peer.id, from,
    })
    await settle()
    return this.verdicts
  }

  get verdicts (): string[] {
    return this.posted.flatMap(event => event.kind === 'batch-validated' ? [event.verdict] : [])
  }
}

/** The same batch with its contents, of a byte each, on these topics. */
function mixed (signed: Signed, topics: readonly Uint8Array[]): Signed {
  const bytes = Uint8Array.from(signed.bytes)
  const itemBytes = ITEM_HEAD_BYTES + 1
  topics.forEach((topic, i) => { bytes.set(topic, bytes.length - itemBytes * (topics.length - i)) })
  return { ...signed, bytes }
}

t.test('each topic goes to its subscriptions, everyone gets their own', async t => {
  const scene = new Scene()
  const [one, same, other] = [TOPIC, TOPIC, OTHER].map(topic =>
    scene.subscriptions.subscribe(topic, {}))
  await settle()
  scene.deliver(author.sign({ contents: [new Uint8Array([1]), new Uint8Array([2])] }))
  scene.deliver(author.sign({ topic: OTHER }))
  const seqs: unknown[] = []
  for (const subscription of [one, one, same, same, other]) {
    seqs.push((await subscription?.next())?.value?.seq)
  }
  t.same(seqs, [1, 2, 1, 2, 3])
})

t.test('a batch that is read again keeps its place in the order', async t => {
  const scene = new Scene()
  const log = new Author(new Peer(8))
  const subscription = scene.subscriptions.subscribe(TOPIC, {})
  await settle()
  scene.reads = []
  const [one, two, three] = log.signAll(3) as [Signed, Signed, Signed]
  scene.deliver(one, true)
  scene.deliver(two)
  scene.deliver(three, true)
  await settle()
  for (const read of scene.reads.splice(0)) read()
  await settle()
  for (const read of scene.reads.splice(0)) read()
  const seqs: unknown[] = []
  for (let i = 0; i < 3; i++) seqs.push((await subscription.next()).value?.seq)
  t.same(seqs, [1, 2, 3])
})

t.test('the core is told all topics that are subscribed to or judged', async t => {
  const scene = new Scene()
  const told = (): unknown => {
    const last = scene.posted.at(-1)
    return last?.kind === 'topics-set' ? [last.topics.length, last.validated.length] : null
  }
  const subscription = scene.subscriptions.subscribe(TOPIC, {})
  t.same(told(), [1, 0])
  scene.subscriptions.validate(OTHER, () => 'accept')
  t.same(told(), [1, 1])
  await subscription.return()
  t.same(told(), [0, 1])
  scene.subscriptions.validate(OTHER, null)
  t.same(told(), [0, 0])
})

t.test('the worst verdict counts, and a validator sees bulletin and sender', async t => {
  const contents = [new Uint8Array([1]), new Uint8Array([2])]
  const signed = new Author(new Peer(9)).sign({ contents })
  const verdicts = ['accept', 'ignore', 'reject'] as const
  for (const worst of verdicts) {
    const seen: unknown[] = []
    const said = await new Scene().judge(signed, (bulletin, sender) => {
      seen.push([bulletin.seq, sender])
      return bulletin.seq === 1 ? 'accept' : worst
    })
    t.same([said, seen], [[worst], [[1, from], [2, from]]])
  }
})

t.test('each bulletin is judged, those of topics without a validator are accepted', async t => {
  const topics = [TOPIC, OTHER, TOPIC, TOPIC]
  const contents = topics.map(() => new Uint8Array(1))
  const signed = mixed(new Author(new Peer(11)).sign({ contents }), topics)
  const scene = new Scene()
  await scene.judge(signed, ({ seq }) => seq === 1 ? 'reject' : seq === 3 ? 'ignore' : 'accept')
  t.match(scene.posted.at(-1), { verdict: 'reject', accepted: [1, 3] })
})

t.test('of a batch that took too long what was accepted in time counts', async t => {
  const contents = [1, 2, 3].map(fill => new Uint8Array(1).fill(fill))
  const scene = new Scene()
  const judging = scene.judge(new Author(new Peer(12)).sign({ contents }), ({ seq }) =>
    seq === 1 ? 'accept' : new Promise(() => {}))
  await judging
  scene.timers[0]?.callback()
  await settle()
  t.match(scene.posted.at(-1), { verdict: 'ignore', accepted: [0] })
})

t.test('of a batch that was accepted in part the others are passed over', async t => {
  const scene = new Scene()
  const log = new Author(new Peer(13))
  const subscription = scene.subscriptions.subscribe(TOPIC, { cursor: 'some' })
  await settle()
  const contents = [1, 2, 3].map(fill => new Uint8Array(1).fill(fill))
  scene.deliver(log.sign({ contents }), false, [0, 2])
  scene.deliver(log.sign())
  const seqs: unknown[] = []
  for (let i = 0; i < 3; i++) seqs.push((await subscription.next()).value?.seq)
  t.same(seqs, [1, 3, 4])
  t.same(subscription.cursor().flatMap(({ ranges }) => ranges), [{ first: 1, last: 3 }])
})

t.test('a validator that fails, or says something else, ignores', async t => {
  const signed = author.sign()
  const scene = new Scene()
  t.same(await scene.judge(signed, () => { throw new Error('no') }), ['ignore'])
  t.match(scene.logged, [/no/])
  t.same(await new Scene().judge(signed, () => undefined as never), ['ignore'])
  t.same(await new Scene().judge(signed, () => Promise.reject(new Error('x'))), ['ignore'])
})

t.test('a validator that is slow ignores after 5 s, and is told so', async t => {
  const scene = new Scene()
  let isAborted = false
  const said = scene.judge(author.sign(), (_, __, signal) => new Promise(() => {
    signal.addEventListener('abort', () => { isAborted = true })
  }))
  t.same(await said, [])
  t.same(scene.timers.map(({ delayMs }) => delayMs), [BULLETIN_LIMITS.validateMaxMs])
  scene.timers[0]?.callback()
  await settle()
  t.same([scene.verdicts, isAborted], [['ignore'], true])
})

t.test('a topic without a validator is accepted', async t => {
  t.same(await new Scene().judge(author.sign({ topic: OTHER }), () => 'reject'), ['accept'])
})

t.test('who comes back under a name goes on where the last one left, however slow the disk is',
  async t => {
    const scene = new Scene()
    const log = new Author(new Peer(10))
    const first = scene.subscriptions.subscribe(TOPIC, { cursor: 'mail' })
    await settle()
    scene.writes = []
    for (const signed of log.signAll(3)) scene.deliver(signed)
    await first.next()
    await first.next()
    await first.return()
    const second = scene.subscriptions.subscribe(TOPIC, { cursor: 'mail' })
    await settle()
    let isStored = false
    void scene.subscriptions.stored().then(() => { isStored = true })
    for (let i = 0; i < 5; i++) {
      for (const write of scene.writes.splice(0)) write()
      await settle()
    }
    t.ok(isStored)
    t.same(second.cursor().flatMap(({ ranges }) => ranges), [{ first: 1, last: 2 }])
  })

t.test('a validator without a topic judges what no other does', async t => {
  const scene = new Scene()
  const asked: string[] = []
  const judge = (name: string): Validator => bulletin => {
    asked.push(`${name} ${bulletin.seq} ${bulletin.hopsMax}`)
    return 'ignore'
  }
  const log = new Author(new Peer(9))
  scene.subscriptions.validate(null, judge('all'))
  const [set] = scene.posted
  t.match(set, { kind: 'topics-set', validated: 'all' })
  t.same(await scene.judge(log.sign({ hopsMax: 3 }), judge('own')), ['ignore'])
  t.same(await scene.judge(log.sign({ topic: OTHER }), judge('own')), ['ignore', 'ignore'])
  t.same(asked, ['own 1 3', 'all 2 0'])
  scene.subscriptions.validate(null, null)
  const judged = await scene.judge(log.sign({ topic: OTHER }), judge('own'))
  t.same(judged, ['ignore', 'ignore', 'accept'])
})
