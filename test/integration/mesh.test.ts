import t from 'tap'
import { isFullMesh, linesOf, startNode, until } from '../helpers/processes.js'

t.test('three processes that know only the first ping each other, and a fourth all', async t => {
  const first = await startNode(t, { name: 'one' })
  const connect = [first.proxy.address]
  const nodes = [first]
  for (const name of ['two', 'three']) nodes.push(await startNode(t, { name, connect }))
  const hear = (): boolean => nodes.every(node =>
    nodes.every(other => other === node || linesOf(node, 'ping', other).length > 0))
  await until(hear, 10_000, 'pings of all three')
  nodes.push(await startNode(t, { name: 'four', connect }))
  await until(hear, 10_000, 'pings of all four')
  t.ok(isFullMesh(nodes))
  const ping = linesOf(first, 'ping').find(({ rttMs }) => typeof rttMs === 'number')
  t.match(ping, { name: String, address: /:\d+$/, seq: Number, text: /^[A-Za-z0-9]{10}$/ })
  const codes = await Promise.all(nodes.map(node => node.stop('SIGTERM')))
  t.same(codes, [0, 0, 0, 0], 'SIGTERM ends each with exit code 0')
})

t.test('a node that leaves is told as left and not redialled', async t => {
  const first = await startNode(t, { name: 'stays' })
  const second = await startNode(t, { name: 'goes', connect: [first.proxy.address] })
  await until(() => isFullMesh([first, second]), 5_000, 'link')
  await second.stop('SIGINT')
  await until(() => linesOf(first, 'link-down', second).length === 1, 1_000, 'link-down')
  t.equal(linesOf(first, 'link-down', second)[0]?.reason, 'left')
})
