import t from 'tap'
import type { Explanation, LinkMatrix, Path } from '../../src/index.js'
import { startLinked } from '../helpers/loopback-nodes.js'
import { Peer } from '../helpers/core-bench.js'
import { contactRow, serveOn, stageOn } from './stage.js'

const far = new Peer(77).id
const between = new Peer(78).id

const PATH: Path = { peer: far, hops: 2, rttMs: 3.5, members: [new Peer(1).id, between, far] }
const TOLD: Explanation = {
  id: far, name: 'far', status: 'via', sinceMs: 5, isProven: false, issuedMs: 4,
  addresses: ['192.0.2.1:8080'], seenBy: [between], missedBy: [], path: PATH,
  seek: { failures: 2, lastError: 'it is late', triedMs: 6, nextMs: null },
  lastDown: { reason: 'silent', atMs: 3 },
}
const LINKS: LinkMatrix = {
  rows: [{
    id: far, name: 'far', status: 'via', toldMs: 9, free: 3,
    links: [{ peer: between, rttMs: null, toldBy: 'row' }],
  }],
}

t.test('what a node knows of ways and links is given as it is', async t => {
  const stage = await stageOn(t, [], {}, {
    path: peer => peer === far ? PATH : null,
    paths: () => [PATH],
    links: () => LINKS,
    explain: peer => peer === far ? TOLD : null,
  })
  t.same(await stage.get(`/v1/path?peer=${far}`), { status: 200, body: { path: PATH } })
  t.same(await stage.get(`/v1/path?peer=${between}`), { status: 200, body: { path: null } })
  t.same(await stage.get('/v1/paths'), { status: 200, body: { paths: [PATH] } })
  t.same(await stage.get('/v1/links'), { status: 200, body: LINKS })
  t.same(await stage.get(`/v1/explain?peer=${far}`), { status: 200, body: TOLD })
  t.match(await stage.get(`/v1/explain?peer=${between}`), {
    status: 404, body: { error: { code: 'peer-unknown', message: /check the identity/ } },
  })
})

t.test('a peer is named as for ping; this node itself is nobody to go to', async t => {
  const other = await startLinked(t, [], { name: 'beta' })
  const bob = contactRow({ name: 'bob', identity: far })
  const asked: unknown[] = []
  const stage = await stageOn(t, [other], {}, {
    path: peer => {
      asked.push(peer)
      return null
    },
    contacts: { list: () => [bob], get: (name: string) => name === 'bob' ? bob : null } as never,
  })
  for (const name of ['beta', other.id.slice(0, 10), 'bob']) {
    await stage.get(`/v1/path?peer=${name}`)
  }
  t.same(asked, [other.id, other.id, far])
  for (const path of ['path', 'explain']) {
    t.match(await stage.get(`/v1/${path}?peer=${stage.node.id}`), {
      status: 404, body: { error: { code: 'peer-unknown', message: /this node itself/ } },
    })
    t.match(await stage.get(`/v1/${path}?peer=nobody`), { status: 404 })
    t.match(await stage.get(`/v1/${path}`), { status: 400 })
  }
})

t.test('a ping says over how many links it went, and by way of whom', async t => {
  const other = await startLinked(t, [], { name: 'beta' })
  const stage = await stageOn(t, [other], {}, {
    ping: async () => 1.5, path: peer => ({ ...PATH, peer }),
  })
  t.match(await stage.post('/v1/ping', { peer: other.id }), { body: { hops: 1, via: null } })
  t.match(await stage.post('/v1/ping', { peer: far }), { body: { hops: 2, via: between } })
})

t.test('the client has a method for each', async t => {
  const { client, node } = await serveOn(t)
  t.equal(await client.path({ peer: far }), null)
  t.ok(Array.isArray(await client.paths()))
  t.ok(Array.isArray((await client.links()).rows))
  await t.rejects(client.explain({ peer: far }), { code: 'peer-unknown', status: 404 })
  await t.rejects(client.explain({ peer: node.id }), { code: 'peer-unknown' })
})
