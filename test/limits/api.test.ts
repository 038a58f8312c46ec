/** Fills every limit of the control API and of its client. */
import { createServer, type RequestListener } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Test } from 'tap'
import { ApiClient } from '../../src/api/client.js'
import { measureLag } from '../../src/api/loop-lag.js'
import { Notices } from '../../src/api/notices.js'
import { Ring } from '../../src/api/ring.js'
import { isServed } from '../../src/api/socket-names.js'
import { claimSocket } from '../../src/api/sockets.js'
import { eventBody } from '../../src/api/sse.js'
import { Stream } from '../../src/api/stream.js'
import { Streams } from '../../src/api/streams.js'
import type { Gap } from '../../src/index.js'
import { API_LIMITS as limits } from '../../src/limits.js'
import { contactRow, serveOn, stageOn, withPrivateSide, type Stage } from '../api/stage.js'
import { until } from '../helpers/loopback-nodes.js'
import { shortDirectory } from '../helpers/short-directory.js'
import { fill } from './fill.js'

/** The limit is taken, and the number beyond it refused with 400. */
async function edge (
  t: Test, limit: number, ask: (stage: Stage, n: number) => Promise<{ status: number }>,
): Promise<void> {
  const stage = await stageOn(t, [], {}, {
    contacts: {
      get: () => null, list: () => [],
      add: async ({ name }: { name: string }) => contactRow({ name }),
      setKey: async (name: string) => contactRow({ name }),
    } as never,
  })
  t.not((await ask(stage, limit)).status, 400, String(limit))
  t.equal((await ask(stage, limit + 1)).status, 400, String(limit + 1))
}

/** Timers of that many ms come at once. */
function hurry (t: Test, ms: number): void {
  const original = globalThis.setTimeout
  t.intercept(globalThis, 'setTimeout', {
    value: (callback: () => void, delayMs: number) =>
      original(callback, delayMs === ms ? 1 : delayMs),
  })
}

/** Something that answers as no node would. */
async function foreign (t: Test, answer: RequestListener): Promise<ApiClient> {
  const path = join(shortDirectory(t), 's')
  const server = createServer(answer)
  await new Promise<void>(resolve => { server.listen(path, resolve) })
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return new ApiClient(path)
}

const x = (count: number): string => 'x'.repeat(count)

fill('API_LIMITS', {
  peerTextCharsMax: t => edge(t, limits.peerTextCharsMax,
    (stage, n) => stage.post('/v1/forget', { peer: x(n) })),
  topicCharsMax: t => edge(t, limits.topicCharsMax,
    (stage, n) => stage.post('/v1/publish', { topic: x(n), text: '' })),
  expressionCharsMax: async t => {
    const stage = await stageOn(t)
    const code = async (chars: number): Promise<unknown> => (await stage.post('/v1/schedules', {
      expression: x(chars), text: '',
    })).body['error']
    t.match(await code(limits.expressionCharsMax), { code: 'schedule-invalid' })
    t.match(await code(limits.expressionCharsMax + 1), { code: 'request-invalid' })
  },
  timeoutMaxMs: t => edge(t, limits.timeoutMaxMs,
    (stage, n) => stage.post('/v1/publish', { text: '', timeoutMs: n })),
  streamTopicsMax: t => edge(t, limits.streamTopicsMax, async (stage, n) => {
    const topics = Array.from({ length: n }, (_, i) => `topic=${i}`).join('&')
    const response = await stage.app.request(`/v1/subscribe?${topics}`)
    await response.body?.cancel()
    return response
  }),
  bodyBytesMax: async t => {
    const stage = await stageOn(t)
    const ask = async (bytes: number): Promise<number> => (await stage.answer('/v1/publish', {
      method: 'POST', body: x(bytes), headers: { 'content-type': 'application/json' },
    })).status
    t.equal(await ask(limits.bodyBytesMax), 400)
    t.equal(await ask(limits.bodyBytesMax + 1), 413)
  },
  connectionsMax: async t => {
    const { api } = await serveOn(t)
    const open = async (): Promise<boolean> => {
      const socket = connect(api.socket!)
      t.teardown(() => { socket.destroy() })
      socket.on('error', () => {})
      return new Promise(resolve => {
        socket.once('data', () => { resolve(true) })
        socket.once('close', () => { resolve(false) })
        socket.write('GET /health HTTP/1.1\r\nhost: x\r\n\r\n')
      })
    }
    for (let i = 0; i < limits.connectionsMax; i++) if (!await open()) t.fail(`connection ${i}`)
    t.equal(await open(), false)
  },
  lagMeasuredMs: async t => {
    let nowMs = 0
    const { lagMs } = await measureLag(() => (nowMs += 20))
    t.ok(nowMs >= limits.lagMeasuredMs && nowMs < limits.lagMeasuredMs + 100, String(nowMs))
    t.equal(lagMs, 10, 'a step of ten took twenty')
  },
  waitDefaultMs: async t => {
    const stage = await stageOn(t)
    hurry(t, limits.waitDefaultMs)
    t.same((await stage.get('/v1/wait?members=9')).body, { members: 1, isMet: false })
  },
  messagesMax: async t => {
    const stage = await stageOn(t)
    for (let i = 0; i <= limits.messagesMax; i++) void stage.node.publish('a', '')
    await until(() => stage.node.status().bulletins.held > limits.messagesMax)
    const { body } = await stage.get('/v1/messages')
    t.same([(body['messages'] as []).length, body['more']], [limits.messagesMax, true])
  },
  messagesBytesMax: async t => {
    const stage = await stageOn(t)
    const bytes = 256 << 10
    const count = limits.messagesBytesMax / bytes
    for (let i = 0; i <= count; i++) await stage.node.publish('a', x(bytes))
    const { body } = await stage.get('/v1/messages')
    t.same([(body['messages'] as []).length, body['more']], [count, true])
  },
  messagesAtOnceMax: async t => {
    const stage = await stageOn(t)
    for (let i = 0; i < 2 * limits.messagesAtOnceMax; i++) await stage.node.publish('a', '')
    let breaths = 0
    const original = globalThis.setImmediate
    t.intercept(globalThis, 'setImmediate', { value: (callback: () => void) => {
      breaths++
      return original(callback)
    } })
    await stage.get('/v1/messages')
    t.ok(breaths >= 2, `${breaths} breaths`)
  },
  streamsMax: async t => {
    const { node } = await stageOn(t)
    const streams = new Streams(node)
    t.teardown(() => { streams.close() })
    for (let i = 0; i < limits.streamsMax; i++) streams.open({ topics: ['a'] })
    t.throws(() => streams.open({ topics: ['a'] }), { code: 'streams-full' })
    t.throws(() => streams.notices(null), { code: 'streams-full' })
  },
  streamLingerMs: async t => {
    const { node } = await stageOn(t)
    const streams = new Streams(node)
    t.teardown(() => { streams.close() })
    hurry(t, limits.streamLingerMs)
    await streams.open({ topics: ['a'] }).cancel()
    await until(() => streams.size === 0)
  },
  streamBeatEveryMs: async t => {
    const reader = eventBody({
      next: () => 'later', changed: async withinMs => withinMs !== limits.streamBeatEveryMs,
      gone: () => {},
    }, 'first').getReader()
    await reader.read()
    t.equal(Buffer.from((await reader.read()).value ?? []).toString(), ': beat\n\n')
  },
  streamKeptMax: t => { ringKeeps(t, limits.streamKeptMax, Infinity) },
  streamKeptBytesMax: t => { ringKeeps(t, Infinity, limits.streamKeptBytesMax) },
  streamAheadMax: async t => {
    const { node } = await stageOn(t)
    const stream = new Stream('ab', node, { topics: ['a'] })
    t.teardown(() => { stream.end() })
    for (let i = 0; i < 3 * limits.streamAheadMax; i++) await node.publish('a', '')
    await until(() => stream.waiting === limits.streamAheadMax)
    const source = stream.connect(0, () => {})!
    let read = 0
    await until(() => read === 3 * limits.streamAheadMax, () => {
      while (source.next() !== 'later') read++
    })
    t.equal(read, 3 * limits.streamAheadMax, 'reading on brings the rest')
  },
  streamAheadBytesMax: async t => {
    const { node } = await stageOn(t)
    const stream = new Stream('ab', node, { topics: ['a'] })
    t.teardown(() => { stream.end() })
    const bytes = limits.streamAheadBytesMax / 4
    for (let i = 0; i < 8; i++) await node.publish('a', x(bytes))
    await until(() => stream.waiting > 0)
    t.equal(stream.waiting, 4, 'no more than fit')
  },
  gapsKnownMax: async t => {
    const { node } = await stageOn(t)
    const told: ((gap: Gap) => void)[] = []
    const stream = new Stream('ab', withPrivateSide(node, {
      subscribe: (topic: string, options: { onGap: (gap: Gap) => void }) => {
        told.push(options.onGap)
        return node.subscribe(topic)
      },
    } as never), { topics: ['a'] })
    t.teardown(() => { stream.end() })
    const source = stream.connect(0, () => {})!
    const tell = (first: number): boolean => {
      told[0]?.({ author: node.id, incarnation: 1, first, last: first })
      return source.next() !== 'later'
    }
    for (let i = 1; i <= limits.gapsKnownMax; i++) if (!tell(i)) t.fail(`gap ${i}`)
    t.notOk(tell(1), 'it is known')
    t.ok(tell(limits.gapsKnownMax + 1))
    t.ok(tell(1), 'it was forgotten, and is told again')
  },
  noticesKeptMax: async t => { await noticesKeep(t, limits.noticesKeptMax, '') },
  noticesKeptBytesMax: async t => {
    const bytes = 64 << 10
    await noticesKeep(t, Math.floor(limits.noticesKeptBytesMax / (bytes + 80)), x(bytes))
  },
  socketPathBytesMax: async t => {
    const root = shortDirectory(t)
    const server = createServer()
    t.teardown(() => { server.close() })
    const named = (bytes: number): Promise<unknown> => claimSocket(server, {
      environment: {}, port: 1, short: '', path: join(root, x(bytes - root.length - 1)),
    }).then(claimed => claimed.release())
    await named(limits.socketPathBytesMax)
    await t.rejects(named(limits.socketPathBytesMax + 1), /107/)
  },
  socketConnectMaxMs: async t => {
    const { Socket } = await import('node:net')
    t.intercept(Socket.prototype, 'connect', { value () { return this as unknown } })
    // A socket's own timer keeps no process alive.
    const alive = setInterval(() => {}, limits.socketConnectMaxMs)
    t.teardown(() => { clearInterval(alive) })
    t.equal(await isServed('/nowhere'), false)
  },
  socketTryEveryMs: async t => { await lockIsHeld(t) },
  socketTriesMax: async t => { await lockIsHeld(t) },
  closeFlushMaxMs: async t => {
    const { api } = await serveOn(t)
    const client = new ApiClient(api.socket!)
    const waiting = t.rejects(client.wait({ members: 9 }))
    await until(async () => (await client.status()).members === 1)
    hurry(t, limits.closeFlushMaxMs)
    await api.close()
    await waiting
  },
  answerBytesMax: async t => {
    const client = await foreign(t, (_, answer) => {
      answer.on('error', () => {})
      answer.write(x(limits.answerBytesMax))
      answer.write('x')
    })
    await t.rejects(client.status(), { code: 'answer-too-large' })
  },
  eventBytesMax: async t => {
    const client = await foreign(t, (_, answer) => {
      answer.on('error', () => {})
      answer.write(`data: ${x(limits.eventBytesMax)}`)
    })
    await t.rejects(client.events().next(), { code: 'answer-too-large' })
  },
  resumeTriesMax: async t => {
    let calls = 0
    const client = await foreign(t, (_, answer) => {
      calls++
      answer.end('id: ab-0\nevent: open\ndata: {}\n\n')
    })
    hurry(t, limits.resumeAfterMs)
    await t.rejects(client.events().next(), /again and again/)
    t.equal(calls, limits.resumeTriesMax + 1)
  },
  resumeAfterMs: async t => {
    let calls = 0
    const client = await foreign(t, (_, answer) => {
      answer.end(++calls < 3 ? 'id: ab-0\nevent: open\ndata: {}\n\n' : 'event: left\ndata: {}\n\n')
    })
    hurry(t, limits.resumeAfterMs)
    t.match(await client.events().next(), { done: true })
    t.equal(calls, 3)
  },
})

/** Two names of one lock: a live holder that never lets go. */
async function lockIsHeld (t: Test): Promise<void> {
  const root = shortDirectory(t)
  const holder = createServer()
  await new Promise<void>(resolve => { holder.listen(join(root, '.p2p-gossip'), resolve) })
  t.teardown(() => { holder.close() })
  let tries = 0
  const original = globalThis.setTimeout
  t.intercept(globalThis, 'setTimeout', { value: (callback: () => void, delayMs: number) => {
    if (delayMs === limits.socketTryEveryMs) tries++
    return original(callback, delayMs === limits.socketTryEveryMs ? 0 : delayMs)
  } })
  const asked = { environment: {}, port: 1, short: '', path: join(root, 's') }
  await t.rejects(claimSocket(createServer(), asked), /is held/)
  t.equal(tries, limits.socketTriesMax)
}

function ringKeeps (t: Test, eventsMax: number, bytesMax: number): void {
  const ring = new Ring({ eventsMax, bytesMax })
  const data = x(1_024)
  const count = Math.min(eventsMax, bytesMax / data.length)
  for (let i = 0; i < count; i++) ring.add('a', data)
  t.equal(ring.first, 1)
  for (let i = 0; i < 3 * count; i++) ring.add('a', data)
  t.equal(ring.last - ring.first + 1, count)
  t.ok(ring.bytes <= bytesMax)
  t.equal(ring.at(ring.first - 1), null)
  t.equal(ring.at(ring.last)?.ordinal, ring.last)
}

/** That many notices of so much text are kept; a reader from the beginning lost the others. */
async function noticesKeep (t: Test, count: number, text: string): Promise<void> {
  const { node } = await stageOn(t)
  let tell = (_: object): void => {}
  const notices = new Notices('ab', withPrivateSide(node, {
    on: (_: string, listener: (notice: object) => void) => { tell = listener },
    off: () => {},
  } as never))
  t.teardown(() => { notices.end() })
  for (let i = 0; i < count + 7; i++) tell({ kind: 'warning', text })
  const first = notices.connect(0, () => {})?.next()
  t.match(first, { event: { name: 'lost' } })
  const lost = typeof first === 'object' ? JSON.parse(first.event.data) as { count: number } : null
  t.ok(lost !== null && Math.abs(lost.count - 7) <= 1, JSON.stringify(lost))
}
