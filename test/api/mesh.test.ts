import t from 'tap'
import type { Identity } from '../../src/index.js'
import { startLinked, until } from '../helpers/loopback-nodes.js'
import { contactRow, stageOn, type Stage } from './stage.js'

t.test('status has the node in numbers', async t => {
  const { node, get } = bound(await stageOn(t, [], { name: 'alpha' }))
  await node.publish('news', 'hello')
  node.subscribe('news')
  await until(() => node.status().topics === 1)
  const { status, body } = await get('/v1/status')
  t.equal(status, 200)
  t.match(body, {
    id: node.id, name: 'alpha', port: node.port, address: node.address, version: '1.2.3',
    network: 'p2p-gossip', members: 1, linked: 0, topics: 1, contacts: 0,
    bulletins: { held: 1, quota: 64 << 20 }, batches: { received: 0, known: 0 },
    inboxTopic: node.inboxTopic, data: null,
    pid: process.pid,
  })
  t.ok(Date.now() - Date.parse(String(body['startedAt'])) < 60_000)
  t.same(await get('/health'), { status: 200, body: { status: 'ok' } })
})

t.test('doctor has what the node knows of itself, and how late it is', async t => {
  const { node, get } = bound(await stageOn(t, [], { connect: ['127.0.0.1:1'] }))
  await until(() => node.health().warnings.length > 0)
  const { status, body } = await get('/v1/doctor')
  t.equal(status, 200)
  t.match(body, {
    id: node.id, port: node.port, addresses: [node.address], data: null, clock: { peers: 0 },
    connect: [{ address: '127.0.0.1:1', identity: null, peer: null, lastError: /refuses/ }],
    warnings: [{ code: 'connect-unreachable', count: 1, at: /^\d{4}-.*Z$/ }],
  })
  const { lagMs, busyShare } = body['loop'] as { lagMs: number, busyShare: number }
  t.ok(lagMs >= 0 && lagMs < 10_000 && busyShare >= 0 && busyShare <= 1)
})

t.test('peers are listed with what the operator calls them', async t => {
  const other = await startLinked(t, [], { name: 'beta' })
  const list = [contactRow({ name: 'bob', identity: other.id })]
  const { get } = bound(await stageOn(t, [other], {}, {
    contacts: { list: () => list, get: () => null } as never,
  }))
  const { body } = await get('/v1/peers')
  t.match(body, { peers: [{ id: other.id, name: 'beta', contact: 'bob', status: 'linked' }] })
  t.match((await get('/v1/status')).body, { contacts: 1, members: 2, linked: 1 })
})

t.test('a peer is pinged by any name that is not ambiguous', async t => {
  const other = await startLinked(t, [], { name: 'beta' })
  const twin = await startLinked(t, [other], { name: 'twin' })
  await startLinked(t, [other, twin], { name: 'twin' })
  const asked: unknown[] = []
  const side = { ping: async (peer: Identity, options?: object) => {
    asked.push([peer, options])
    return 1.5
  } }
  const { post, node } = bound(await stageOn(t, [other, twin], {}, side))
  await until(() => node.peers().length === 3)
  const named = { status: 200, body: { peer: other.id, name: 'beta', rttMs: 1.5 } }
  t.match(await post('/v1/ping', { peer: other.id }), named)
  t.match(await post('/v1/ping', { peer: other.id.slice(0, 10), timeoutMs: 50 }), named)
  t.match(await post('/v1/ping', { peer: 'beta' }), named)
  t.same(asked[1], [other.id, { timeoutMs: 50 }])
  const nobody = await post('/v1/ping', { peer: other.id.slice(0, 9) })
  t.match(nobody, { status: 404, body: { error: { code: 'peer-unknown' } } })
  const both = await post('/v1/ping', { peer: 'twin' })
  t.match(both, { status: 409, body: { error: { code: 'peer-ambiguous' } } })
  t.match(JSON.stringify(both.body), new RegExp(twin.id), 'candidates are listed')
})

t.test('what acts takes a full identity or a contact, and no claimed name', async t => {
  const other = await startLinked(t, [], { name: 'beta' })
  const forgotten: unknown[] = []
  const bob = contactRow({ name: 'bob', identity: other.id })
  const unmet = contactRow({ name: 'eve', state: 'unmet' })
  const { post } = bound(await stageOn(t, [other], {}, {
    forget: async peer => forgotten.push(peer) > 0,
    contacts: {
      list: () => [bob, unmet],
      get: (name: string) => [bob, unmet].find(one => one.name === name) ?? null,
    } as never,
  }))
  t.same(await post('/v1/forget', { peer: other.id }), { status: 200, body: { peer: other.id } })
  t.same(await post('/v1/forget', { peer: 'bob' }), { status: 200, body: { peer: other.id } })
  for (const peer of ['beta', other.id.slice(0, 20), 'eve', 'nobody']) {
    t.match(await post('/v1/forget', { peer }), {
      status: 404, body: { error: { code: 'peer-unknown' } },
    }, peer)
  }
  t.same(forgotten, [other.id, other.id])
})

t.test('wait answers when so many are linked, or when time is up', async t => {
  const { node, get } = bound(await stageOn(t))
  t.same((await get('/v1/wait?members=1')).body, { members: 1, isMet: true })
  t.same((await get('/v1/wait?members=3&timeoutMs=20')).body, { members: 1, isMet: false })
  const waiting = get('/v1/wait?members=2&timeoutMs=9000')
  await startLinked(t, [node])
  t.same((await waiting).body, { members: 2, isMet: true })
})

t.test('wait ends when the node does, and when its caller has gone', async t => {
  const stage = await stageOn(t)
  const gone = new AbortController()
  const abandoned = stage.answer('/v1/wait?members=9&timeoutMs=60000', { signal: gone.signal })
  const waiting = stage.get('/v1/wait?members=9&timeoutMs=60000')
  gone.abort()
  t.same((await abandoned).body, { members: 1, isMet: false })
  await stage.node.close()
  t.match((await waiting).body, { isMet: false })
})

t.test('leave answers first', async t => {
  const stage = await stageOn(t)
  t.same(await stage.post('/v1/leave'), { status: 200, body: { isLeaving: true } })
  await until(() => stage.left === 1)
})

function bound (stage: Stage): Pick<Stage, 'node' | 'get' | 'post'> {
  return { node: stage.node, get: stage.get.bind(stage), post: stage.post.bind(stage) }
}
