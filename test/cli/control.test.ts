import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ApiClient, findSockets } from '../../src/api/index.js'
import { until } from '../helpers/loopback-nodes.js'
import { shortDirectory } from '../helpers/short-directory.js'
import { Program } from './program.js'

const RUN = ['run', '--port', '0', '--host', '127.0.0.1', '--json']

function start (t: Test, root: string, ...flags: string[]): Program {
  const program = new Program([...RUN, ...flags], { XDG_RUNTIME_DIR: root })
  t.teardown(() => program.stop('SIGKILL'))
  return program
}

t.test('run serves the API where verbs look for it, says so, and removes the socket', async t => {
  const root = shortDirectory(t)
  const program = start(t, root)
  await program.complaint(/api:info the API is served on \S+\.sock/)
  const [found] = await findSockets({ XDG_RUNTIME_DIR: root })
  const client = new ApiClient(found?.socket ?? '')
  const status = await client.status()
  t.equal(status.pid, program.child.pid)
  t.equal(status.port, found?.port)
  await program.stop()
  t.notOk(existsSync(found?.socket ?? ''))
})

t.test('an empty DEBUG silences the log, also of what is served', async t => {
  const program = new Program(RUN, { XDG_RUNTIME_DIR: shortDirectory(t), DEBUG: '' })
  t.teardown(() => program.stop('SIGKILL'))
  await program.line(/listening/)
  t.match(await program.stop(), { code: 0, stderr: /^$/ })
})

t.test('leave ends the node as a signal does', async t => {
  const root = shortDirectory(t)
  const program = start(t, root)
  await program.complaint(/the API is served/)
  const [found] = await findSockets({ XDG_RUNTIME_DIR: root })
  await new ApiClient(found?.socket ?? '').leave()
  const { code, signal } = await program.ended
  t.same([code, signal], [0, null])
  t.same(await findSockets({ XDG_RUNTIME_DIR: root }), [])
})

t.test('--control off serves nothing, --socket another path', async t => {
  const root = shortDirectory(t)
  const off = start(t, root, '--control', 'off')
  await off.line(/listening/)
  const path = join(root, 'mine')
  const named = start(t, root, '--socket', path)
  await named.complaint(/the API is served on .*mine/)
  t.match(await new ApiClient(path).status(), { members: 1 })
  t.same(await findSockets({ XDG_RUNTIME_DIR: root }), [])
})

t.test('a node that cannot serve the API warns and runs all the same', async t => {
  const program = start(t, join(shortDirectory(t), 'x'.repeat(100)))
  await program.complaint(/api:warn the API is not served: .*107/)
  await program.line(/listening/)
  await until(() => program.child.exitCode === null)
  t.equal((await program.stop()).code, 0)
})

t.test('a killed node leaves a socket that the next one replaces', async t => {
  const root = shortDirectory(t)
  const path = join(root, 's')
  const first = start(t, root, '--socket', path)
  await first.complaint(/the API is served/)
  await first.stop('SIGKILL')
  t.ok(existsSync(path))
  const second = start(t, root, '--socket', path)
  await second.complaint(/the API is served/)
  t.match(await new ApiClient(path).status(), { pid: second.child.pid })
})

t.test('--schedule refuses what is no time, and names the flag', async t => {
  const program = start(t, shortDirectory(t), '--schedule', '0 0 30 2 *')
  const { code, stderr } = await program.ended
  t.equal(code, 2)
  t.match(stderr, /--schedule.*never comes/)
})
