/**
 * Three nodes at the lowest priority share one processor with loops that never rest: P7, no false
 * death. It runs alone (.taprc), for it leaves nothing to the others. STARVED_MS sets how long.
 */
import { spawn, spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import t, { type Test } from 'tap'
import { ProgramProcess } from '../../../examples/demo/program-process.js'
import { freshHost, isFullMesh, linesOf, pause, until } from '../../helpers/processes.js'

const STARVED_MS = Number(process.env['STARVED_MS'] ?? 20_000)
const LOOPS = 2
/** Rosters, logs and tables are compared by then. */
const SETTLED_MS = 3_000
const TEST_MAX_MS = STARVED_MS + 90_000

/** Everything onto one processor where that can be had, else a loop for each. */
const hasOne = spawnSync('taskset', ['-c', '0', 'true']).status === 0
const onOne = hasOne ? ['taskset', '-c', '0'] : []

function startLoops (t: Test): void {
  const count = hasOne ? LOOPS : Math.max(LOOPS, availableParallelism())
  for (let i = 0; i < count; i++) {
    const command = [...onOne, process.execPath, '-e', 'for (;;);']
    const loop = spawn(command[0] ?? '', command.slice(1), { stdio: 'ignore' })
    t.teardown(() => { loop.kill('SIGKILL') })
  }
  const where = hasOne ? 'the one processor of the nodes' : 'all processors'
  t.comment(`${count} busy loops on ${where}`)
}

t.setTimeout(TEST_MAX_MS)
t.test('nodes that get next to no processor time accuse nobody', async t => {
  t.setTimeout(TEST_MAX_MS)
  const nodes: ProgramProcess[] = []
  for (const name of ['one', 'two', 'three']) {
    const node = await ProgramProcess.start({
      name,
      host: freshHost(),
      connect: nodes.slice(0, 1).map(({ host, port }) => `${host}:${port}`),
      // What it takes to load the API, a fraction of a second, would take it a minute then.
      flags: ['--period', '1', '--control', 'off'],
      within: [...onOne, 'nice', '-n', '19'],
    })
    t.teardown(() => node.stop('SIGKILL'))
    nodes.push(node)
  }
  await until(() => isFullMesh(nodes), 10_000, 'full mesh')
  // What is done once, when links are fresh, would take most of the time then.
  await pause(SETTLED_MS)
  startLoops(t)
  const pingsBefore = nodes.map(node => linesOf(node, 'ping').length)
  await pause(STARVED_MS)
  t.same(nodes.flatMap(node => linesOf(node, 'link-down')), [], 'no link was given up')
  t.ok(isFullMesh(nodes))
  const pings = nodes.map((node, i) => linesOf(node, 'ping').length - (pingsBefore[i] ?? 0))
  t.ok(pings.every(count => count > 0), 'pings went on')
  t.comment(`${STARVED_MS / 1_000} s: ${pings.join(', ')} pings`)
})
