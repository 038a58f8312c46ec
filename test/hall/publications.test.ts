import t from 'tap'
import type { Event, PublicationId } from '../../src/core/event.js'
import { checkPublish, Publications, type PublishOptions } from '../../src/hall/publications.js'
import { BULLETIN_LIMITS } from '../../src/limits.js'
import { MintError, type Minter } from '../../src/ports.js'
import type { Identity } from '../../src/wire/identity.js'
import { Peer } from '../helpers/core-bench.js'

const topic = new Uint8Array(32).fill(5)
const [a, b, c] = [new Peer(2).id, new Peer(3).id, new Peer(4).id]

function settle (): Promise<void> {
  return new Promise(resolve => { setImmediate(resolve) })
}

type Asked = Extract<Event, { kind: 'publish-asked' }>

class Scene {
  readonly asked: Asked[] = []
  carriers: Identity[] = [a, b]
  wallMs = 1_000_000
  bits = 0
  mintFails: Error | null = null
  /** When set: mints wait here, in the order of asking. */
  mints: { readonly found: (nonce: number) => void, readonly fail: (error: Error) => void }[] |
    null = null
  readonly timers = new Map<number, { readonly atMs: number, readonly callback: () => void }>()
  #nextTimer = 1
  readonly publications: Publications

  constructor () {
    const minter: Minter = {
      bits: 0,
      mint: () => {
        const { mints } = this
        if (mints !== null) return new Promise((found, fail) => { mints.push({ found, fail }) })
        return this.mintFails === null ? Promise.resolve(77) : Promise.reject(this.mintFails)
      },
      close: () => Promise.resolve(),
    }
    Object.defineProperty(minter, 'bits', { get: () => this.bits })
    this.publications = new Publications({
      hash: bytes => new Uint8Array(32).fill(bytes.length),
      wallMs: () => this.wallMs,
      me: new Peer(1).id,
      minter,
      post: event => { if (event.kind === 'publish-asked') this.asked.push(event) },
      schedule: (atMs, callback) => {
        this.timers.set(this.#nextTimer, { atMs, callback })
        return this.#nextTimer++
      },
      cancel: handle => { this.timers.delete(handle as number) },
      carriers: () => this.carriers,
    })
  }

  /** Published at position 5 on two links, if the core takes it. */
  async publish (options: PublishOptions = {}): Promise<{ outcome: Promise<unknown> }> {
    const outcome = this.publications.publish(topic, new Uint8Array(3), options)
      .catch((error: unknown) => (error as { code: string }).code)
    await settle()
    const { publication = 0 as PublicationId } = this.asked.at(-1) ?? {}
    this.publications.onPublished({
      kind: 'published', publication, incarnation: 7, position: 5, linked: 2,
    })
    return { outcome }
  }

  receipt (peer: Identity, position: number, carries = true): void {
    this.publications.onReceipt({ kind: 'receipt', peer, position, carries })
  }

  fire (): void {
    for (const { callback } of [...this.timers.values()]) callback()
  }
}

async function isPending (outcome: Promise<unknown>): Promise<boolean> {
  const pending = {}
  return await Promise.race([outcome, settle().then(() => pending)]) === pending
}

t.test('without waiting it resolves when it has left', async t => {
  const { outcome } = await new Scene().publish()
  t.match(await outcome, { seq: 5, linked: 2, storedBy: [], contentId: '03'.repeat(32) })
})

t.test('with a number it waits for so many that stored it', async t => {
  const scene = new Scene()
  scene.carriers = [a, b, c]
  const { outcome } = await scene.publish({ wait: 2 })
  scene.receipt(a, 5)
  scene.receipt(b, 4)
  t.ok(await isPending(outcome))
  scene.receipt(c, 9, false)
  t.ok(await isPending(outcome), 'who does not carry does not count')
  scene.receipt(b, 6)
  t.match(await outcome, { storedBy: [a, b] })
  t.equal(scene.timers.size, 0)
})

t.test('all are those that are linked by then and carry', async t => {
  const scene = new Scene()
  const { outcome } = await scene.publish({ wait: 'all' })
  scene.receipt(a, 5)
  t.ok(await isPending(outcome))
  scene.carriers = [a]
  scene.publications.onLinkChange(b)
  t.match(await outcome, { storedBy: [a] })
  const alone = new Scene()
  alone.carriers = []
  t.ok(await isPending((await alone.publish({ wait: 'all' })).outcome), 'nobody is not all')
})

t.test('what a member said over a former link does not count', async t => {
  const scene = new Scene()
  scene.carriers = [a]
  scene.receipt(a, 9)
  scene.publications.onLinkChange(a)
  const { outcome } = await scene.publish({ wait: 1 })
  t.ok(await isPending(outcome))
  scene.receipt(a, 5)
  t.match(await outcome, { storedBy: [a] })
})

t.test('in time or not: not-stored; an abort ends the waiting', async t => {
  const scene = new Scene()
  const { outcome } = await scene.publish({ wait: 1, timeoutMs: 700 })
  t.same([...scene.timers.values()].map(({ atMs }) => atMs), [700])
  scene.fire()
  t.equal(await outcome, 'not-stored')
  const abort = new AbortController()
  const waiting = await scene.publish({ wait: 1, signal: abort.signal })
  t.ok(await isPending(waiting.outcome))
  abort.abort()
  t.equal(await waiting.outcome, 'not-stored')
  t.equal(scene.timers.size, 0)
  const before = scene.asked.length
  await (await scene.publish({ signal: abort.signal })).outcome
  t.equal(scene.asked.length, before, 'what was aborted before does not leave')
})

t.test('each failure of the core has its code', async t => {
  const codes = {
    'busy': 'busy', 'clock-skew': 'clock-skew', 'closed': 'node-closed', 'log-full': 'log-full',
    'store-failed': 'store-failed',
  } as const
  for (const [code, expected] of Object.entries(codes)) {
    const scene = new Scene()
    const outcome = scene.publications.publish(topic, new Uint8Array(1), {})
    await settle()
    const [{ publication }] = scene.asked as [Asked]
    scene.publications.onFailed({
      kind: 'publish-failed', publication, code: code as keyof typeof codes,
    })
    await t.rejects(outcome, { code: expected })
  }
})

t.test('work is done where it is asked for, and fails by name', async t => {
  const scene = new Scene()
  scene.bits = 8
  await scene.publish()
  t.equal(scene.asked[0]?.item.nonce, 77)
  for (const [error, code] of [
    [new MintError('busy', ''), 'busy'], [new MintError('closed', ''), 'node-closed'],
    [new MintError('exhausted', ''), 'work-failed'], [new Error('aborted'), 'work-failed'],
  ] as const) {
    scene.mintFails = error
    await t.rejects(scene.publications.publish(topic, new Uint8Array(1), {}), { code })
  }
})

t.test('timestamps of a log do not go back with the clock', async t => {
  const scene = new Scene()
  await scene.publish()
  scene.wallMs -= 500_000
  await scene.publish()
  scene.wallMs += 600_000
  await scene.publish()
  t.same(scene.asked.map(({ item }) => item.timestamp), [1_000, 1_000, 1_100])
})

t.test('what is worked for sooner waits for what asked before it', async t => {
  const scene = new Scene()
  scene.bits = 8
  scene.mints = []
  const asked = (): number[][] =>
    scene.asked.map(({ item }) => [item.content.length, item.timestamp])
  for (let bytes = 1; bytes <= 3; bytes++) {
    void scene.publications.publish(topic, new Uint8Array(bytes), {})
    scene.wallMs += 1_000
  }
  scene.bits = 0
  void scene.publications.publish(topic, new Uint8Array(4), {})
  const [one, two, three] = scene.mints
  three?.found(3)
  one?.found(1)
  await settle()
  t.same(asked(), [[1, 1_000]])
  two?.found(2)
  await settle()
  t.same(asked(), [[1, 1_000], [2, 1_001], [3, 1_002], [4, 1_003]], 'also what needs no work')
  void scene.publications.publish(topic, new Uint8Array(5), {})
  t.equal(scene.asked.length, 5, 'with nobody before it nothing waits')
})

t.test('work that fails, or is aborted, keeps nobody behind it waiting', async t => {
  const scene = new Scene()
  scene.bits = 8
  scene.mints = []
  const publish = (bytes: number, options: PublishOptions = {}): Promise<unknown> =>
    scene.publications.publish(topic, new Uint8Array(bytes), options)
      .catch((error: unknown) => (error as { code: string }).code)
  const abort = new AbortController()
  const outcomes = [publish(1), publish(2, { signal: abort.signal }), publish(3)]
  const [one, two, three] = scene.mints
  two?.found(2)
  three?.found(3)
  await settle()
  abort.abort()
  t.equal(await outcomes[1], 'work-failed', 'though its work was done')
  t.same(scene.asked, [], 'the one behind it still waits for the first')
  one?.fail(new MintError('exhausted', ''))
  t.equal(await outcomes[0], 'work-failed')
  await settle()
  t.same(scene.asked.map(({ item }) => item.content.length), [3])
})

t.test('who waits for work of others when the node closes is told so', async t => {
  const scene = new Scene()
  scene.bits = 8
  scene.mints = []
  const outcomes = [1, 2].map(bytes =>
    scene.publications.publish(topic, new Uint8Array(bytes), {}))
  scene.mints[1]?.found(2)
  scene.publications.close()
  scene.mints[0]?.fail(new MintError('closed', ''))
  for (const outcome of outcomes) await t.rejects(outcome, { code: 'node-closed' })
  t.same(scene.asked, [])
})

t.test('contents that wait are bounded in bytes; what left or failed counts no more', async t => {
  const scene = new Scene()
  const { publishBytesWaitingMax } = BULLETIN_LIMITS
  const half = new Uint8Array(publishBytesWaitingMax / 2)
  const publish = (content = half): Promise<unknown> =>
    scene.publications.publish(topic, content, {})
  const [left, failed] = [publish(), publish()]
  await t.rejects(publish(new Uint8Array(1)), { code: 'busy', message: /67108864 may: await/ })
  const [one, two] = scene.asked as [Asked, Asked]
  scene.publications.onPublished({
    kind: 'published', publication: one.publication, incarnation: 7, position: 1, linked: 0,
  })
  await left
  scene.publications.onFailed({
    kind: 'publish-failed', publication: two.publication, code: 'clock-skew',
  })
  await t.rejects(failed, { code: 'clock-skew' })
  scene.bits = 8
  scene.mintFails = new MintError('exhausted', '')
  for (let i = 0; i < 3; i++) await t.rejects(publish(), { code: 'work-failed' })
  scene.bits = 0
  for (let i = 0; i < 2; i++) void publish()
  t.equal(scene.asked.length, 4)
  await t.rejects(publish(new Uint8Array(1)), { code: 'busy' })
})

t.test('the end rejects whoever waits', async t => {
  const scene = new Scene()
  const { outcome } = await scene.publish({ wait: 1 })
  const other = scene.publications.publish(topic, new Uint8Array(1), {})
  await settle()
  scene.publications.close()
  t.equal(await outcome, 'node-closed')
  await t.rejects(other, { code: 'node-closed' })
  t.equal(scene.timers.size, 0)
})

t.test('what cannot be published is a usage error', t => {
  const wrong: [Uint8Array, PublishOptions][] = [
    [new Uint8Array(101), {}], ['text' as never, {}], [new Uint8Array(1), { bits: 29 }],
    [new Uint8Array(1), { bits: -1 }], [new Uint8Array(1), { hopsMax: 256 }],
    [new Uint8Array(1), { hopsMax: 1.5 }], [new Uint8Array(1), { wait: -1 }],
    [new Uint8Array(1), { wait: 'some' as never }], [new Uint8Array(1), { timeoutMs: 0 }],
  ]
  for (const [content, options] of wrong) {
    t.throws(() => { checkPublish(content, 100, options) }, { code: 'option-invalid' })
  }
  t.doesNotThrow(() => { checkPublish(new Uint8Array(100), 100, { wait: 'all', bits: 28 }) })
  t.end()
})
