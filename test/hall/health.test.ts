import t from 'tap'
import { createIdentity } from '../../src/index.js'
import { isLinked, startLinked, until } from '../helpers/loopback-nodes.js'

t.test('a linked node has its peer at the address, a clock to compare, no warning', async t => {
  const other = await startLinked(t, [])
  const node = await startLinked(t, [other])
  await until(() => isLinked(node, other))
  const { clock, addresses, connect, warnings } = node.health()
  t.equal(clock.peers, 1)
  t.ok(Math.abs(clock.offMs) < 5_000)
  t.same(addresses, [node.address])
  t.same(connect, [
    { address: other.address, identity: null, peer: other.id, failures: 0, lastError: null },
  ])
  t.same(warnings, [])
  t.same(other.health().connect, [])
})

t.test('an address that refuses says so, and the warning is kept with its time', async t => {
  const node = await startLinked(t, [], { connect: ['127.0.0.1:1'] })
  await until(() => node.health().warnings.length > 0)
  const { connect, warnings, clock } = node.health()
  t.match(connect, [{ address: '127.0.0.1:1', peer: null, lastError: /refuses/ }])
  t.match(warnings, [{ code: 'connect-unreachable', count: 1, message: /127\.0\.0\.1:1/ }])
  t.ok(Math.abs(Date.now() - (warnings[0]?.at.getTime() ?? 0)) < 60_000)
  t.same(clock, { peers: 0, offMs: 0 })
})

t.test('another identity than the named one is the reason that is given', async t => {
  const other = await startLinked(t, [])
  const { id } = createIdentity()
  const node = await startLinked(t, [], { connect: [`${id}@${other.address}`] })
  await until(() => typeof node.health().connect[0]?.lastError === 'string')
  t.match(node.health().connect, [{ identity: id, peer: null, lastError: /answers there/ }])
})
