/** Events on real sockets: cut, resumed, slow, abandoned. */
import { get, type IncomingMessage } from 'node:http'
import t, { type Test } from 'tap'
import { parseEvents, type SentEvent } from '../../src/api/event-reader.js'
import { Streams } from '../../src/api/streams.js'
import { API_LIMITS } from '../../src/limits.js'
import type { Node } from '../../src/node.js'
import { startLinked, until } from '../helpers/loopback-nodes.js'
import { serveOn, stageOn } from './stage.js'

/** A connection that a test can cut. */
class Connection {
  readonly events: SentEvent[] = []
  readonly #answer: IncomingMessage
  isOver = false

  private constructor (answer: IncomingMessage) {
    this.#answer = answer
    void this.#read()
  }

  static async open (
    t: Test, socketPath: string, path: string, last?: string,
  ): Promise<Connection> {
    const headers = last === undefined ? {} : { 'last-event-id': last }
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      get({ socketPath, path, headers, agent: false }, resolve).on('error', reject)
    })
    t.teardown(() => { answer.destroy() })
    return new Connection(answer)
  }

  get status (): number {
    return this.#answer.statusCode ?? 0
  }

  get texts (): unknown[] {
    return this.events.filter(({ name }) => name === 'bulletin')
      .map(({ data }) => (JSON.parse(data) as { text: string }).text)
  }

  get lastId (): string {
    return this.events.at(-1)?.id ?? ''
  }

  cut (): void {
    this.#answer.destroy()
  }

  async #read (): Promise<void> {
    try {
      for await (const event of parseEvents(this.#answer.setEncoding('utf8'))) {
        this.events.push(event)
      }
    } catch {
      // Cut by the test.
    }
    this.isOver = true
  }
}

async function publish (node: Node, topic: string, from: number, to: number): Promise<void> {
  for (let i = from; i <= to; i++) await node.publish(topic, String(i))
}

function numbers (from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, i) => String(from + i))
}

t.test('bulletins of several topics come as events, each with an id', async t => {
  const other = await startLinked(t, [])
  const { node, api } = await serveOn(t, [other])
  const stream = await Connection.open(t, api.socket!, '/v1/subscribe?topic=a&topic=b')
  await until(() => stream.events.length === 1)
  t.match(stream.events[0], { name: 'open', id: /^[0-9a-f]+-0$/ })
  await node.publish('a', 'one')
  await until(() => stream.texts.length === 1)
  await other.publish('b', 'two')
  await other.publish('c', 'three')
  await until(() => stream.texts.length === 2)
  t.same(stream.texts, ['one', 'two'])
  t.match(JSON.parse(stream.events[1]!.data), { topicText: 'a', author: node.id, seq: 1 })
  t.match(stream.events.map(({ id }) => id.split('-')[1]), ['0', '1', '2'])
})

t.test('since brings what is held', async t => {
  const { node, api } = await serveOn(t)
  await publish(node, 'a', 1, 3)
  const stream = await Connection.open(t, api.socket!, '/v1/subscribe?topic=a&since=0')
  await until(() => stream.texts.length === 3)
  t.same(stream.texts, numbers(1, 3))
})

t.test('after a cut a stream goes on without loss or double, wherever it was cut', async t => {
  const { node, api } = await serveOn(t)
  const path = '/v1/subscribe?topic=a'
  let stream = await Connection.open(t, api.socket!, path)
  await until(() => stream.events.length === 1)
  const seen: unknown[] = []
  for (let round = 0; round < 10; round++) {
    const publishing = publish(node, 'a', round * 50 + 1, round * 50 + 50)
    await until(() => stream.texts.length > round)
    stream.cut()
    await until(() => stream.isOver)
    seen.push(...stream.texts)
    const last = stream.lastId
    // What comes while nobody reads waits.
    await publishing
    stream = await Connection.open(t, api.socket!, path, last)
    t.equal(stream.status, 200)
  }
  await until(() => seen.length + stream.texts.length >= 500)
  t.same([...seen, ...stream.texts], numbers(1, 500))
})

t.test('whoever was cut off before any event goes on from the beginning', async t => {
  const { node, api } = await serveOn(t)
  const stream = await Connection.open(t, api.socket!, '/v1/subscribe?topic=a')
  await until(() => stream.events.length === 1)
  stream.cut()
  await publish(node, 'a', 1, 5)
  const path = `/v1/subscribe?topic=a&lastEventId=${stream.lastId}`
  const again = await Connection.open(t, api.socket!, path)
  await until(() => again.texts.length === 5)
  t.same(again.texts, numbers(1, 5))
})

t.test('the same event may be asked for twice, and a second connection takes over', async t => {
  const { node, api } = await serveOn(t)
  const first = await Connection.open(t, api.socket!, '/v1/subscribe?topic=a')
  await publish(node, 'a', 1, 3)
  await until(() => first.texts.length === 3)
  const second = await Connection.open(t, api.socket!, '/v1/subscribe?topic=a', first.events[1]!.id)
  await until(() => second.texts.length === 2)
  t.same(second.texts, ['2', '3'])
  await until(() => first.isOver)
  t.notOk(first.events.some(({ name }) => name === 'left'), 'the node has not left')
})

t.test('unknown streams and events are refused', async t => {
  const { api } = await serveOn(t)
  const stream = await Connection.open(t, api.socket!, '/v1/subscribe?topic=a')
  await until(() => stream.events.length === 1)
  const future = stream.lastId.replace(/-0$/, '-7')
  for (const last of ['x', '00-1', `${'0'.repeat(18)}-0`, future]) {
    for (const path of ['/v1/subscribe?topic=a', '/v1/events']) {
      t.equal((await Connection.open(t, api.socket!, path, last)).status, 410, last)
    }
  }
})

t.test('the end of the node is told, and ends the stream', async t => {
  const { node, api } = await serveOn(t)
  const streams = await Promise.all(['/v1/subscribe?topic=a', '/v1/events']
    .map(path => Connection.open(t, api.socket!, path)))
  await until(() => streams.every(({ events }) => events.length > 0))
  await node.close()
  await until(() => streams.every(({ isOver }) => isOver))
  t.same(streams.map(({ events }) => events.at(-1)?.name), ['left', 'left'])
})

t.test('notices come as events and are resumed', async t => {
  const { node, api } = await serveOn(t)
  const stream = await Connection.open(t, api.socket!, '/v1/events')
  await until(() => stream.events.length === 1)
  const start = stream.lastId
  const other = await startLinked(t, [node])
  const isThere = (events: readonly SentEvent[]): boolean =>
    events.some(({ name, data }) => name === 'link-up' && data.includes(other.id))
  await until(() => isThere(stream.events))
  stream.cut()
  const again = await Connection.open(t, api.socket!, '/v1/events', start)
  await until(() => isThere(again.events))
  t.ok(isThere(again.events))
})

t.test('a stream that nobody reads takes so much and no more', async t => {
  const { node, api } = await serveOn(t)
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const path = '/v1/subscribe?topic=a'
    get({ socketPath: api.socket!, path, agent: false }, resolve).on('error', reject)
  })
  t.teardown(() => { answer.destroy() })
  const content = 'x'.repeat(64 << 10)
  const total = 400
  for (let i = 0; i < 50; i++) await node.publish('a', content)
  const before = process.memoryUsage().arrayBuffers
  for (let i = 50; i < total; i++) await node.publish('a', content)
  const grownMiB = (process.memoryUsage().arrayBuffers - before) / (1 << 20)
  // 22 MiB were published, which the store keeps once; the stream adds next to nothing to it.
  t.ok(grownMiB < 60, `${grownMiB.toFixed(1)} MiB`)
  const seen: SentEvent[] = []
  for await (const event of parseEvents(answer.setEncoding('utf8'))) {
    seen.push(event)
    if (seen.filter(({ name }) => name === 'bulletin').length === total) break
  }
  const seqs = seen.filter(({ name }) => name === 'bulletin')
    .map(({ data }) => (JSON.parse(data) as { seq: number }).seq)
  t.same(seqs, Array.from({ length: total }, (_, i) => i + 1), 'and it has all of them in the end')
})

t.test('a stream that nobody comes back to ends, and makes room', async t => {
  const { node } = await stageOn(t)
  const streams = new Streams(node)
  t.teardown(() => { streams.close() })
  const original = globalThis.setTimeout
  t.intercept(globalThis, 'setTimeout', {
    value: (callback: () => void, ms: number) =>
      original(callback, ms === API_LIMITS.streamLingerMs ? 1 : ms),
  })
  const body = streams.open({ topics: ['a'] })
  t.equal(streams.size, 1)
  await until(() => node.status().topics === 1)
  await body.cancel()
  await until(() => streams.size === 0)
  await until(() => node.status().topics === 0)
})
