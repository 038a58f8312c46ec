import { createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { ApiCallError, ApiClient, NoNodeError, findSockets } from '../../src/api/index.js'
import type { BulletinView } from '../../src/api/schemas.js'
import { contentId } from '../../src/index.js'
import { startLinked, until } from '../helpers/loopback-nodes.js'
import { shortDirectory } from '../helpers/short-directory.js'
import { serveOn } from './stage.js'

t.test('every method that needs no private side gives what the node has', async t => {
  const other = await startLinked(t, [], { name: 'beta' })
  const { node, client } = await serveOn(t, [other])
  t.match(await client.status(), { id: node.id, linked: 1, version: '1.2.3' })
  t.match(await client.doctor(), { id: node.id, clock: { peers: 1 }, warnings: [] })
  t.match(await client.peers(), [{ id: other.id, name: 'beta' }])
  const published = await client.publish({ topic: 'a & b', text: 'hi', wait: 1 })
  t.match(published, { seq: 1, storedBy: [other.id] })
  t.match(await client.messages({ topic: 'a & b' }), { more: false, messages: [{ text: 'hi' }] })
  t.match(await client.message(contentId(Buffer.from('hi'))), { text: 'hi' })
  t.equal(await client.message('0'.repeat(64)), null)
  t.match(await client.topics(), [{ text: 'a & b', held: 1 }])
  t.same(await client.wait({ members: 2 }), { members: 2, isMet: true })
  const added = await client.addSchedule({ expression: '@hourly', text: 'up', source: 'bob' })
  t.match(await client.schedules(), [{ id: added.id, topic: 'public', source: 'bob', text: 'up' }])
  await client.removeSchedule(added.id)
  t.same(await client.schedules(), [])
  t.same(await client.purge({ all: true }), { purged: 1 })
})

t.test('a file is exported and imported in pieces', async t => {
  const { node, client } = await serveOn(t)
  for (let i = 0; i < 40; i++) await node.publish('a', Buffer.alloc(100_000, i))
  const pieces: Uint8Array[] = []
  for await (const piece of client.export({ topic: 'a' })) pieces.push(piece)
  t.ok(Buffer.concat(pieces).length > 4_000_000)
  async function * file (): AsyncGenerator<Uint8Array> {
    yield * pieces
  }
  t.match(await client.import(file()), { taken: 0, refused: 0 })
  async function * foreign (): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < 100; i++) yield Buffer.alloc(100_000, 'no file of ours')
  }
  await t.rejects(client.import(foreign()), { code: 'import-foreign', status: 400 })
  async function * broken (): AsyncGenerator<Uint8Array> {
    yield Buffer.of(1)
    throw new Error('the disk broke')
  }
  await t.rejects(client.import(broken()), { message: 'the disk broke' })
})

t.test('errors of the node come with their code, status and message', async t => {
  const { client } = await serveOn(t)
  const asked = client.messages({ author: 'nobody' })
  const error: unknown = await asked.catch((error: unknown) => error)
  t.ok(error instanceof ApiCallError)
  t.match(error, { status: 404, code: 'peer-unknown', message: /nobody/ })
  await t.rejects(client.removeSchedule('0'.repeat(16)), { code: 'schedule-unknown' })
})

t.test('where nobody serves, or goes away before the answer, there is no node', async t => {
  const directory = shortDirectory(t)
  await t.rejects(new ApiClient(join(directory, 'none')).status(), NoNodeError)
  const path = join(directory, 'dying')
  const dying = createServer(socket => { socket.destroy() })
  await new Promise<void>(resolve => { dying.listen(path, resolve) })
  t.teardown(() => { dying.close() })
  await t.rejects(new ApiClient(path).status(), NoNodeError)
  await t.rejects(new ApiClient(path).subscribe({ topics: ['a'] }).next(), NoNodeError)
  async function * file (): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < 100; i++) yield Buffer.alloc(100_000)
  }
  await t.rejects(new ApiClient(path).import(file()), NoNodeError)
})

t.test('a subscription goes on over cuts, and ends when the node left', async t => {
  const { node, client, api } = await serveOn(t)
  const path = join(shortDirectory(t), 'p')
  const { relay, cut } = await cuttable(path, api.socket!)
  t.teardown(() => { relay.close() })
  const cutClient = new ApiClient(path)
  const texts: unknown[] = []
  const reading = (async () => {
    for await (const item of cutClient.subscribe({ topics: ['a'] })) {
      texts.push((item as BulletinView).text)
    }
  })()
  await until(() => node.status().topics === 1)
  for (let i = 0; i < 100; i++) {
    await node.publish('a', String(i))
    if (i % 25 === 10) {
      await until(() => texts.length > 0)
      cut()
    }
  }
  await until(() => texts.length === 100)
  t.same(texts, Array.from({ length: 100 }, (_, i) => String(i)))
  await client.leave()
  await node.closed
  await api.close()
  relay.close()
  cut()
  await reading
})

t.test('a reader that stops reading ends its stream', async t => {
  const { node, client } = await serveOn(t)
  const ends = new AbortController()
  const reading = (async () => {
    for await (const notice of client.events({ signal: ends.signal })) t.ok(notice)
  })()
  const bulletins = client.subscribe({ topics: ['a'] })
  const first = bulletins.next()
  await until(() => node.status().topics === 1)
  await node.publish('a', 'x')
  t.match(await first, { value: { text: 'x' } })
  await bulletins.return()
  ends.abort()
  await reading
})

t.test('a socket is found while its node lives', async t => {
  const { api, node, environment } = await serveOn(t)
  t.match(await findSockets(environment), [{ socket: api.socket, port: node.port, short: null }])
  await node.close()
  await api.close()
  t.same(await findSockets(environment), [])
})

/** A relay whose connections a test can cut. */
async function cuttable (
  path: string, to: string,
): Promise<{ relay: ReturnType<typeof createServer>, cut: () => void }> {
  const { connect } = await import('node:net')
  const open = new Set<{ destroy: () => void }>()
  const relay = createServer(near => {
    const far = connect(to)
    for (const one of [near, far]) {
      open.add(one)
      one.on('error', () => {})
      one.on('close', () => {
        near.destroy()
        far.destroy()
      })
    }
    near.pipe(far).pipe(near)
  })
  await new Promise<void>(resolve => { relay.listen(path, resolve) })
  return { relay, cut: () => { for (const one of open) one.destroy() } }
}
