import { createServer, type AddressInfo } from 'node:net'
import t from 'tap'
import { probe } from '../../src/index.js'
import { startLinked } from '../helpers/loopback-nodes.js'

t.test('a probe tells who answers, joins nothing, and is no offence', async t => {
  const node = await startLinked(t, [])
  t.equal(await probe(node.address), node.id)
  t.equal(await probe(node.address), node.id)
  t.same(node.peers(), [])
  t.same(node.health().warnings, [])
})

t.test('where nobody answers it fails as peer-unreachable, with the reason', async t => {
  await t.rejects(probe('127.0.0.1:1'), { code: 'peer-unreachable', message: /refuses/ })
  await t.rejects(probe('nowhere'), { code: 'option-invalid' })
  const ended = probe('127.0.0.1:1', { signal: AbortSignal.abort() })
  await t.rejects(ended, { code: 'peer-unreachable', message: /no longer wanted/ })
})

t.test('what accepts and says nothing is given up in time', async t => {
  const server = createServer(() => {})
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  t.teardown(() => { server.close() })
  const { port } = server.address() as AddressInfo
  await t.rejects(probe(`127.0.0.1:${port}`, { timeoutMs: 50 }), { code: 'peer-unreachable' })
})
