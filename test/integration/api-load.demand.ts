/**
 * A node that takes 5,000 bulletins a second answers its API all the while: 99 of 100 calls within
 * 200 ms. The author and the node are processes of their own. On demand, for it takes a machine:
 * `npm run build && npx tap test/integration/api-load.demand.ts`.
 */
import { once } from 'node:events'
import t from 'tap'
import { ApiClient } from '../../src/api/index.js'
import { createNode } from '../../src/index.js'
import { Program } from '../cli/program.js'
import { until } from '../helpers/loopback-nodes.js'
import { shortDirectory } from '../helpers/short-directory.js'

const PER_SECOND = 5_000
const SECONDS = 8
const WITHIN_MS = 200
const EVERY_MS = 10

t.setTimeout(60_000)

t.test(`answers under ${PER_SECOND} bulletins a second`, async t => {
  const root = shortDirectory(t)
  const path = `${root}/s`
  const flags = ['--port', '0', '--host', '127.0.0.1', '--json', '--socket', path]
  const program = new Program(['run', ...flags], { XDG_RUNTIME_DIR: root })
  t.teardown(() => program.stop('SIGKILL'))
  await program.complaint(/the API is served/)
  const client = new ApiClient(path)
  const { address } = await client.status()
  const author = await createNode({ port: 0, host: '127.0.0.1', connect: [address] }, {
    log: () => {},
  })
  t.teardown(() => author.close())
  await until(() => author.peers().some(({ status }) => status === 'linked'))
  const calls = {
    status: () => client.status(),
    peers: () => client.peers(),
    publish: () => client.publish({ topic: 'own', text: 'x' }),
    messages: () => client.messages({ topic: 'own', limit: 10 }),
  }
  const took = new Map(Object.keys(calls).map(name => [name, [] as number[]]))
  const startMs = performance.now()
  let published = 0
  const content = 'x'.repeat(200)
  const asking = (async () => {
    while (performance.now() - startMs < SECONDS * 1_000) {
      for (const [name, call] of Object.entries(calls)) {
        const calledMs = performance.now()
        await call()
        took.get(name)?.push(performance.now() - calledMs)
      }
      await new Promise(resolve => { setTimeout(resolve, EVERY_MS) })
    }
  })()
  while (performance.now() - startMs < SECONDS * 1_000) {
    const due = Math.floor((performance.now() - startMs) / 1_000 * PER_SECOND)
    const some: Promise<unknown>[] = []
    for (; published < due; published++) some.push(author.publish('load', content))
    await Promise.all(some)
    await new Promise(resolve => { setTimeout(resolve, 5) })
  }
  await asking
  const { bulletins } = await client.status()
  t.comment(`${published} published, ${bulletins.held} held there after ${SECONDS} s`)
  t.ok(bulletins.held > PER_SECOND * SECONDS * 0.9, 'the load was what it is said to be')
  for (const [name, times] of took) {
    const sorted = times.sort((a, b) => a - b)
    const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? NaN
    t.ok(at(0.99) <= WITHIN_MS, `${name}: ${sorted.length} calls, ` +
      `median ${at(0.5).toFixed(1)} ms, p99 ${at(0.99).toFixed(1)} ms`)
  }
  program.child.kill('SIGTERM')
  await once(program.child, 'exit')
})
