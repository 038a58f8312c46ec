import t from 'tap'
import { Bulletin } from '../../src/hall/bulletin.js'
import { Passed } from '../../src/hall/passed.js'
import { Subscription, type Gap, type SubscribeOptions } from '../../src/hall/subscription.js'
import { BULLETIN_LIMITS } from '../../src/limits.js'
import type { BulletinStore, CursorRow, HeldBulletin } from '../../src/ports.js'
import { toHex } from '../../src/wire/hex.js'
import { Peer } from '../helpers/core-bench.js'

const topic = new Uint8Array(32).fill(5)
const author = new Peer(3).id
const hash = (bytes: Uint8Array): Uint8Array => bytes.slice(0, 32)

/** Lets everything that waits for nothing but promises happen. */
function settle (): Promise<void> {
  return new Promise(resolve => { setImmediate(resolve) })
}

function bulletin (seq: number, timestamp = seq): Bulletin {
  return new Bulletin({
    author, name: '', incarnation: 1, seq, topic, timestamp, content: new Uint8Array([seq]),
    isLate: false,
  }, hash)
}

class Scene {
  readonly held: HeldBulletin[] = []
  readonly gaps: [number, number][] = []
  readonly subscription: Subscription
  scans = 0
  fails = false
  isEnded = false
  onScan: (() => void) | null = null
  readonly #passed = new Passed()

  constructor (options: SubscribeOptions = {}) {
    const store: Partial<BulletinStore> = { ofTopic: () => this.#scan() }
    const onGap = ({ first, last }: Gap): void => { this.gaps.push([first, last]) }
    this.subscription = new Subscription(toHex(topic), { onGap, ...options }, {
      store: store as BulletinStore,
      stored: () => Promise.resolve(),
      passed: () => this.#passed.copy(),
      toBulletin: held => bulletin(held.position, held.timestamp),
      taken: () => {},
      ended: () => { this.isEnded = true },
    })
  }

  /** Kept and handed over, not told. */
  keep (...positions: number[]): void {
    for (const position of positions) {
      this.#passed.add({ author, incarnation: 1, first: position, count: 1 })
    }
    this.wait(...positions)
  }

  /** Kept, but behind a gap: not handed over yet. */
  wait (...positions: number[]): void {
    for (const position of positions) {
      this.held.push({
        author, incarnation: 1, position, topic, timestamp: position, nonce: 0,
        content: new Uint8Array([position]),
      })
    }
  }

  /** Kept and told, each in a batch of its own. */
  come (...positions: number[]): void {
    this.keep(...positions)
    this.tell(...positions)
  }

  tell (...positions: number[]): void {
    for (const position of positions) {
      this.subscription.offer(
        { author, incarnation: 1, first: position, last: position }, [bulletin(position)])
    }
  }

  /** Reads `count` bulletins that are there. */
  async read (count: number): Promise<(number | 'end')[]> {
    const read: (number | 'end')[] = []
    for (let i = 0; i < count; i++) {
      const { done, value } = await this.subscription.next()
      read.push(done === true ? 'end' : value.seq)
    }
    return read
  }

  async * #scan (): AsyncIterable<HeldBulletin> {
    this.scans++
    this.onScan?.()
    for (const one of [...this.held].sort((a, b) => a.position - b.position)) {
      await Promise.resolve()
      if (this.fails) throw new Error('the disk is gone')
      yield one
    }
  }
}

function upTo (last: number, first = 1): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}

t.test('who keeps up is fed as bulletins come, without the store', async t => {
  const scene = new Scene()
  scene.subscription.start([])
  const waiting = scene.subscription.next()
  scene.come(1, 2, 3)
  t.equal((await waiting).value?.seq, 1)
  t.same(await scene.read(2), [2, 3])
  t.equal(scene.scans, 0)
})

t.test('what is told twice is given once', async t => {
  const scene = new Scene()
  scene.subscription.start([])
  scene.come(1, 2)
  scene.tell(1, 2, 3)
  t.same(await scene.read(3), [1, 2, 3])
})

t.test('calls of next that wait together are served in their order', async t => {
  const scene = new Scene()
  scene.subscription.start([])
  const both = Promise.all([scene.subscription.next(), scene.subscription.next()])
  scene.come(1, 2)
  t.same((await both).map(({ value }) => value?.seq), [1, 2])
})

t.test('who falls behind is fed from the store, each once and in order', async t => {
  const scene = new Scene({ bufferMax: 4 })
  scene.subscription.start([])
  scene.come(...upTo(20))
  t.same(await scene.read(10), upTo(10))
  scene.come(...upTo(30, 21))
  t.same(await scene.read(20), upTo(30, 11))
  t.ok(scene.scans > 0)
  await settle()
  scene.come(31)
  t.same(await scene.read(1), [31])
  t.same(scene.gaps, [])
})

t.test('what came before it began is not given to who fell behind', async t => {
  const scene = new Scene({ bufferMax: 2 })
  scene.keep(...upTo(5))
  scene.subscription.start([])
  scene.come(...upTo(12, 6))
  t.same(await scene.read(7), upTo(12, 6))
})

t.test('what is not in the store any more is told as a gap, once', async t => {
  const scene = new Scene({ bufferMax: 2 })
  scene.subscription.start([])
  scene.come(1, 2)
  scene.tell(3, 4)
  scene.come(5)
  t.same(await scene.read(3), [1, 2, 5])
  await settle()
  t.same(scene.gaps, [[3, 4]])
  scene.come(6)
  t.same(await scene.read(1), [6])
  await settle()
  t.same(scene.gaps, [[3, 4]])
})

t.test('since replays what is held since then, and goes on with what comes', async t => {
  const scene = new Scene({ since: 3_000 })
  scene.keep(...upTo(5))
  scene.subscription.start([])
  t.same(await scene.read(3), [3, 4, 5])
  scene.come(6)
  t.same(await scene.read(1), [6])
  const all = new Scene({ since: new Date(0) })
  all.keep(1, 2)
  all.subscription.start([])
  t.same(await all.read(2), [1, 2])
})

t.test('what comes while the store is read is given once', async t => {
  const scene = new Scene({ since: 0 })
  scene.keep(1, 2, 3)
  scene.onScan = () => {
    scene.onScan = null
    scene.come(4, 5)
  }
  scene.subscription.start([])
  t.same(await scene.read(5), [1, 2, 3, 4, 5])
  await settle()
  scene.come(6)
  t.same(await scene.read(1), [6])
})

t.test('a cursor goes on after what its reader took, whatever comes before it is read', async t => {
  const scene = new Scene({ cursor: 'mail' })
  scene.keep(1, 2, 3, 4)
  scene.come(5)
  await settle()
  t.equal(scene.scans, 0, 'not before it is known how far the reader was')
  scene.subscription.start([{ author, incarnation: 1, ranges: [{ first: 1, last: 3 }] }])
  t.same(await scene.read(2), [4, 5])
})

t.test('a cursor tells what was taken: not what waits, nor what is being looked at', async t => {
  const scene = new Scene({ cursor: 'mail' })
  scene.keep(...upTo(5))
  scene.subscription.start([])
  t.same(await scene.read(3), [1, 2, 3])
  await settle()
  const ranges = (rows: readonly CursorRow[]): unknown[] => rows.flatMap(row => row.ranges)
  t.same(ranges(scene.subscription.cursor()), [{ first: 1, last: 2 }])
  await scene.subscription.return()
  t.same(ranges(scene.subscription.cursor()), [{ first: 1, last: 3 }])
})

t.test('other topics of a log leave no holes in a cursor', async t => {
  const scene = new Scene({ cursor: 'mail' })
  scene.subscription.start([])
  await settle()
  for (let first = 1; first <= 3_000; first += 3) {
    const log = { author, incarnation: 1, first, last: first + 2 }
    scene.subscription.offer(log, [bulletin(first + 1)])
    t.equal((await scene.subscription.next()).value?.seq, first + 1)
  }
  t.same(scene.subscription.cursor().map(({ ranges }) => ranges.length), [2])
})

t.test('of very many logs the oldest is forgotten', async t => {
  const scene = new Scene()
  scene.subscription.start([])
  const { logsPerReaderMax } = BULLETIN_LIMITS
  for (let incarnation = 1; incarnation <= logsPerReaderMax + 5; incarnation++) {
    scene.subscription.offer({ author, incarnation, first: 1, last: 1 }, [])
  }
  t.equal(scene.subscription.cursor().length, logsPerReaderMax)
})

t.test('an abort ends it after what waits; break and abort before the start too', async t => {
  const abort = new AbortController()
  const scene = new Scene({ signal: abort.signal })
  scene.subscription.start([])
  scene.come(1, 2)
  abort.abort()
  t.ok(scene.isEnded)
  scene.come(3)
  t.same(await scene.read(3), [1, 2, 'end'])
  const aborted = new Scene({ signal: abort.signal })
  aborted.subscription.start([])
  t.same(await aborted.read(1), ['end'])
  const broken = new Scene()
  broken.subscription.start([])
  broken.come(1)
  for await (const { seq } of broken.subscription) {
    t.equal(seq, 1)
    break
  }
  t.ok(broken.isEnded)
})

t.test('the end reaches every reader that waits, and one that is stuck on the store', async t => {
  const scene = new Scene()
  scene.subscription.start([])
  const waiting = Promise.all([scene.subscription.next(), scene.subscription.next()])
  scene.subscription.end()
  t.same((await waiting).map(({ done }) => done), [true, true])
  const full = new Scene({ since: 0, bufferMax: 1 })
  full.keep(1, 2, 3)
  full.subscription.start([])
  await settle()
  full.subscription.end()
  t.same(await full.read(2), [1, 'end'])
})

t.test('a store that cannot be read ends it and says why', async t => {
  const scene = new Scene({ since: 0 })
  scene.keep(1)
  scene.fails = true
  scene.subscription.start([])
  t.same(await scene.read(1), ['end'])
  t.match(scene.subscription.failure, { message: 'the disk is gone' })
})

t.test('what waits behind a gap in the store is not read before its turn', async t => {
  const scene = new Scene({ since: 0 })
  scene.keep(1, 2)
  scene.wait(5, 6)
  scene.subscription.start([])
  t.same(await scene.read(2), [1, 2])
  await settle()
  // The gap is filled: 3 and 4 are handed over, then what waited, all of it told by the core.
  scene.come(3, 4)
  scene.tell(5, 6)
  t.same(await scene.read(4), [3, 4, 5, 6])
})
