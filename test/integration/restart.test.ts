import { createServer } from 'node:net'
import t from 'tap'
import {
  freshHost, isFullMesh, linesOf, retriedOnce, startNode, until,
} from '../helpers/processes.js'

const freePort = (): Promise<number> => new Promise(resolve => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address() as { port: number }
    server.close(() => { resolve(port) })
  })
})

t.test('a memory-only bootstrap node restarted at its port gets back in, both ways', async t => {
  const host = freshHost()
  const port = await freePort()
  const plain = ['--advertise', `${host}:${port}`]
  const first = await startNode(t, { name: 'first', host, port, flags: plain })
  const connect = [`${host}:${port}`]
  const others = [
    await startNode(t, { name: 'two', connect }), await startNode(t, { name: 'three', connect }),
  ]
  await until(() => isFullMesh([first, ...others]), 10_000, 'full mesh')
  await first.stop('SIGKILL')
  await until(() => isFullMesh(others), 5_000, 'link-down')
  const again = await startNode(t, { name: 'again', host, port, flags: plain })
  await until(() => isFullMesh([again, ...others]), 10_000, 'the mesh with the restarted node')
  t.not(again.id, first.id, 'memory only: another identity')
})

t.test('--connect works once the other is up', async t => {
  const host = freshHost()
  const port = await freePort()
  const early = await startNode(t, { name: 'early', connect: [`${host}:${port}`] })
  await until(() => linesOf(early, 'warning').length === 1, 5_000, 'one warning')
  t.equal(linesOf(early, 'warning')[0]?.code, 'connect-unreachable')
  const flags = ['--advertise', `${host}:${port}`]
  const late = await startNode(t, { name: 'late', host, port, flags })
  await until(() => isFullMesh([early, late]), 8_000, 'link')
  t.equal(linesOf(early, 'warning').length, 1, 'warned once')
})

t.test('with --data a node finds its network again without --connect', async t => {
  const data = t.testdir({})
  const first = await startNode(t, { name: 'first' })
  const second = await startNode(t, { name: 'second', connect: [first.proxy.address] })
  const flags = ['--data', `${data}/node`]
  const kept = await startNode(t, { name: 'kept', connect: [first.proxy.address], flags })
  await until(() => isFullMesh([first, second, kept]), 10_000, 'full mesh')
  await kept.stop('SIGTERM')
  const again = await startNode(t, { name: 'kept', flags })
  t.equal(again.id, kept.id, 'the same identity')
  await until(() => isFullMesh([first, second, again]), 10_000, 'full mesh again')
})

t.test('a clock set back an hour between runs: linked within 3 s', t => retriedOnce(t, async t => {
  const dir = t.testdir({})
  const preload = new URL('../fixtures/shifted-clock.mjs', import.meta.url)
  const data = ['--data', `${dir}/node-${Date.now()}`]
  const other = await startNode(t, { name: 'other' })
  const connect = [other.proxy.address]
  const env = { NODE_OPTIONS: `--import=${preload.href}`, P2P_TEST_CLOCK_OFF_MS: '3600000' }
  const ahead = await startNode(t, { name: 'ahead', connect, flags: data, env })
  await until(() => isFullMesh([other, ahead]), 5_000, 'link')
  const { id } = ahead
  await ahead.stop('SIGKILL')
  const back = await startNode(t, { name: 'back', connect, flags: data })
  t.equal(back.id, id)
  await until(() => isFullMesh([other, back]), 3_000, 'linked again')
}))

t.test('the same key without a data directory and a clock set back: linked within 3 s', t =>
  retriedOnce(t, async t => {
    const preload = new URL('../fixtures/shifted-clock.mjs', import.meta.url)
    const key = ['--key', new URL('../../certs/ed25519.key', import.meta.url).pathname]
    const other = await startNode(t, { name: 'other' })
    const connect = [other.proxy.address]
    const env = { NODE_OPTIONS: `--import=${preload.href}`, P2P_TEST_CLOCK_OFF_MS: '3600000' }
    const ahead = await startNode(t, { name: 'ahead', connect, flags: key, env })
    await until(() => isFullMesh([other, ahead]), 5_000, 'link')
    await ahead.stop('SIGKILL')
    const back = await startNode(t, { name: 'back', connect, flags: key })
    t.ok(await until(() => isFullMesh([other, back]), 3_000, 'linked again') < 3_000)
  }))
