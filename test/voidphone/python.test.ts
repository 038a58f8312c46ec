import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { until } from '../helpers/loopback-nodes.js'
import { startThree, type Served } from './served.js'

const SCRIPT = fileURLToPath(new URL('../../examples/voidphone.py', import.meta.url))
const TYPE = 1337
const hasPython = spawnSync('python3', ['--version']).status === 0
const options = hasPython ? {} : { skip: 'python3 is not installed' }

interface Module {
  readonly child: ChildProcess
  /** Lines it printed. */
  readonly lines: readonly string[]
}

/** A module in Python; resolves when it is subscribed. */
async function startPython (t: Test, { api, server }: Served, ...args: string[]): Promise<Module> {
  const [verb = '', ...rest] = args
  const child = spawn('python3', [SCRIPT, verb, api, ...rest], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (text + chunk).split('\n')
    text = parts.pop() ?? ''
    lines.push(...parts)
  })
  const ended = new Promise(resolve => { child.once('exit', resolve) })
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  if (verb === 'announce') await ended
  else await until(() => lines[0] === 'subscribed' && server.counts.types > 0)
  return { child, lines }
}

t.test('modules in Python announce, receive and validate across three nodes', options, async t => {
  const [one, two, three] = await startThree(t)
  const type = String(TYPE)
  const here = await startPython(t, one, 'validate', type, '--pattern', '^hello')
  const there = await startPython(t, two, 'subscribe', type, '7')
  const strict = await startPython(t, three, 'validate', type, '--pattern', 'world$')
  await startPython(t, one, 'announce', type, 'good bye', 'hello', 'hello world')
  await until(() => there.lines.length === 3 && strict.lines.length === 3)
  t.same(here.lines.slice(1),
    ['1337 invalid good bye', '1337 valid hello', '1337 valid hello world'])
  t.same(there.lines.slice(1), ['1337 valid hello', '1337 valid hello world'],
    'an invalid verdict stopped the first')
  t.same(strict.lines.slice(1), ['1337 invalid hello', '1337 valid hello world'])
  await until(() => three.server.counts.taken === 1)
  t.same([one, two, three].map(({ server }) => server.counts.invalid), [1, 0, 1])
  await startPython(t, two, 'announce', '7', 'of another type', '--ttl', '4')
  await until(() => three.server.counts.unwanted === 1)
  there.child.kill('SIGKILL')
  await until(() => two.server.counts.types === 0)
})
