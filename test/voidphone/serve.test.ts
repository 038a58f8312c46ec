import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { serveVoidphone } from '../../src/voidphone/index.js'
import { encodeMessage } from '../../src/voidphone/codec.js'
import { startLinked, until } from '../helpers/loopback-nodes.js'
import { connectClient, startModule, startServed, startThree, type Served } from './served.js'

const TYPE = 1337

async function heldOf ({ node }: Served): Promise<(string | null)[]> {
  const texts: (string | null)[] = []
  for await (const { text } of node.query()) texts.push(text)
  return texts.sort()
}

function subscribed (...all: readonly Served[]): Promise<void> {
  return until(() => all.every(({ server }) => server.counts.types > 0))
}

/** A socket of the API, and whether it ended. */
async function socketOf (
  t: Test, { api }: Served,
): Promise<{ socket: Socket, ended: Promise<void> }> {
  const [host = '', port = ''] = api.split(':')
  const socket = connect({ host, port: Number(port) })
  t.teardown(() => socket.destroy())
  socket.on('error', () => {})
  const ended = new Promise<void>(resolve => { socket.once('close', () => { resolve() }) })
  await new Promise(resolve => { socket.once('connect', resolve) })
  return { socket, ended }
}

t.test('what a module announces reaches the modules of all nodes, once each', async t => {
  const three = await startThree(t)
  const modules = await Promise.all(three.map(served => startModule(t, served, TYPE)))
  await subscribed(...three)
  const [announcer] = modules
  await announcer?.client.announce(TYPE, 'hello')
  await announcer?.client.announce(TYPE, 'again', { hopsMax: 1 })
  await until(() => modules.slice(1).every(({ asked }) => asked.length === 2))
  t.same(modules.map(({ asked }) => asked), [[], ['hello', 'again'], ['hello', 'again']])
  await until(async () => (await Promise.all(three.map(heldOf))).flat().length === 3)
  t.same(await Promise.all(three.map(heldOf)), [['hello'], ['hello'], ['hello']],
    'with a limit of hops it is kept by nobody')
})

t.test('a type spreads through a node only while a module there is subscribed', async t => {
  const [one, two, three] = await startThree(t)
  const announcer = await connectClient(t, one)
  await announcer.announce(TYPE, 'nobody here subscribed')
  await until(() => one.server.counts.unwanted === 1)
  const [here, there] = [await startModule(t, one, TYPE), await startModule(t, two, TYPE)]
  await subscribed(one, two)
  await announcer.announce(TYPE, 'two takes it')
  await until(() => two.server.counts.taken === 1 && three.server.counts.unwanted === 1)
  await until(async () => (await heldOf(two)).length === 1)
  t.same([here.asked, there.asked], [['two takes it'], ['two takes it']])
  t.same(await Promise.all([one, two, three].map(heldOf)),
    [['two takes it'], ['two takes it'], []])
  await one.node.publish('news', 'no data of modules')
  await until(async () => (await heldOf(three)).length === 1)
})

t.test('an invalid verdict stops the spread, here and there', async t => {
  const [one, two, three] = await startThree(t)
  const first = await startModule(t, one, TYPE, text => text !== 'refused by one')
  const second = await startModule(t, two, TYPE, text => text !== 'refused by two')
  const third = await startModule(t, three, TYPE)
  await subscribed(one, two, three)
  const announcer = await connectClient(t, one)
  for (const text of ['refused by one', 'refused by two', 'last']) {
    await announcer.announce(TYPE, text)
  }
  await until(() => second.asked.includes('last') && third.asked.includes('last'))
  await until(async () => (await heldOf(two)).length === 1)
  t.equal(first.asked.length, 3)
  t.same(second.asked, ['refused by two', 'last'])
  t.same(third.asked, ['refused by two', 'last'])
  t.same(await heldOf(two), ['last'])
  t.same([one, two].map(({ server }) => server.counts.invalid), [1, 1])
})

t.test('one that never answers holds nothing for longer than the timeout', async t => {
  const timeoutMs = 50
  const [one, two] = await startThree(t, { validationTimeoutMs: timeoutMs })
  await startModule(t, one, TYPE)
  const silent = await startModule(t, two, TYPE, text => text.startsWith('silence') ? null : true)
  await subscribed(one, two)
  const announcer = await connectClient(t, one)
  const count = 20
  const beganMs = performance.now()
  for (let i = 0; i < count; i++) await announcer.announce(TYPE, `silence ${i}`)
  await announcer.announce(TYPE, 'answered')
  await until(async () => (await heldOf(two)).length === 1)
  const tookMs = performance.now() - beganMs
  t.equal(two.server.counts.unanswered, count)
  t.same(await heldOf(two), ['answered'])
  t.ok(tookMs < count * timeoutMs, `${tookMs} ms: all waited at once`)
  t.equal(silent.asked.length, count + 1)
})

t.test('a module that dies frees its subscription and what it owes', async t => {
  const [one, two] = await startThree(t)
  await startModule(t, one, TYPE)
  const dying = await startModule(t, two, TYPE, () => null)
  await subscribed(one, two)
  const announcer = await connectClient(t, one)
  await announcer.announce(TYPE, 'it is asked')
  await until(() => dying.asked.length === 1)
  dying.client.close()
  await until(() => two.server.counts.unanswered === 1 && two.server.counts.types === 0)
  await announcer.announce(TYPE, 'nobody is there')
  await until(() => two.server.counts.unwanted === 1)
  t.same(await heldOf(two), [])
})

t.test('cacheSize is how many announcements are kept, and nothing else goes', async t => {
  const [one, two] = await startThree(t, { cacheSize: 2 })
  await one.node.publish('news', 'news')
  for (const served of [one, two]) await startModule(t, served, TYPE)
  await subscribed(one, two)
  const announcer = await connectClient(t, one)
  for (let i = 0; i < 5; i++) {
    await announcer.announce(TYPE, `data ${i}`)
    await until(() => two.server.counts.taken === i + 1)
  }
  for (const served of [one, two]) {
    await until(async () => (await heldOf(served)).length === 3)
    t.same(await heldOf(served), ['data 3', 'data 4', 'news'])
  }
})

t.test('a node that begins anew counts what it kept', async t => {
  const node = await startLinked(t, [])
  for (let i = 0; i < 4; i++) await node.publish('voidphone/7', `data ${i}`, { alone: true })
  await node.publish('news', 'news', { alone: true })
  const server = await serveVoidphone(node, { cacheSize: 1 }, { log: () => {} })
  t.teardown(() => server.close())
  t.same([server.api, server.p2p], [null, null])
  const served = { node, server, api: '' }
  await until(async () => (await heldOf(served)).length === 2)
  t.same(await heldOf(served), ['data 3', 'news'])
})

t.test('a malformed message closes its own connection and no other', async t => {
  const one = await startServed(t, [])
  const good = await startModule(t, one, TYPE)
  const { socket, ended } = await socketOf(t, one)
  socket.write(Buffer.concat([
    encodeMessage({ kind: 'announce', hopsMax: 0, type: TYPE, data: Buffer.from('before') }),
    Buffer.from('000801f600000539', 'hex'),
    encodeMessage({ kind: 'announce', hopsMax: 0, type: TYPE, data: Buffer.from('after') }),
  ]))
  await ended
  await until(() => good.asked.length === 1)
  t.same(good.asked, ['before'])
  t.equal(one.server.counts.refused, 1)
})

t.test('IPv6 is served too', async t => {
  const node = await startLinked(t, [])
  const server = await serveVoidphone(node, { api: '[::1]:0' }, { log: () => {} })
  t.teardown(() => server.close())
  const { asked, client } = await startModule(t, { node, server, api: server.api ?? '' }, TYPE)
  await until(() => server.counts.types === 1)
  await client.announce(TYPE, 'own')
  await until(() => server.counts.published === 1)
  t.same(asked, [])
})

t.test('what cannot be served is told, and nothing stays open', async t => {
  const one = await startServed(t, [])
  const serve = (options: object): Promise<unknown> =>
    serveVoidphone(one.node, options, { log: () => {} })
  await t.rejects(serve({ api: one.api }), { code: 'address-in-use', message: /^api: / })
  await t.rejects(serve({ p2p: one.api }), { code: 'address-in-use', message: /^p2p: / })
  await t.rejects(serve({ api: '192.0.2.1:1' }), { code: 'address-unavailable' })
  for (const options of [
    { api: 'no address' }, { p2p: '127.0.0.1' }, { validationTimeoutMs: 0 }, { cacheSize: 1.5 },
    { validationTimeoutMs: 5_001 }, { rejoinMs: 1 }, { cacheSize: 0 },
  ]) await t.rejects(serve(options), { code: 'option-invalid' }, JSON.stringify(options))
})

t.test('closing the doors ends the modules; the node goes on', async t => {
  const one = await startServed(t, [])
  const { client } = await startModule(t, one, TYPE)
  await until(() => one.server.counts.types === 1)
  await one.server.close()
  t.same(await client.next(), { done: true, value: undefined })
  await t.rejects(client.announce(TYPE, 'x'), { code: 'voidphone-unreachable' })
  await t.rejects(connectClient(t, one), { code: 'voidphone-unreachable' })
  await one.node.publish('voidphone/7', 'not judged any more')
  t.same(await heldOf(one), ['not judged any more'])
})
