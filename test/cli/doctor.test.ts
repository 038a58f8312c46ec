/** The verb `doctor`, as people run it: the built program and real nodes. */
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { findSockets } from '../../src/api/index.js'
import type { Check } from '../../src/cli/doctor/check.js'
import { createIdentity } from '../../src/index.js'
import { startLinked } from '../helpers/loopback-nodes.js'
import { shortDirectory } from '../helpers/short-directory.js'
import { ROOT } from '../helpers/sources.js'
import { Program, runProgram } from './program.js'

interface Found {
  readonly code: number | null
  readonly checks: readonly Check[]
  readonly isFine: boolean
  readonly stderr: string
}

/** Runs it where no node but those of this folder is found. */
async function doctor (root: string, ...flags: string[]): Promise<Found> {
  const { code, stdout, stderr } = await runProgram(
    ['doctor', '--json', ...flags], { XDG_RUNTIME_DIR: root })
  if (stdout === '') throw new Error(stderr)
  return { code, stderr, ...JSON.parse(stdout) as { checks: Check[], isFine: boolean } }
}

function only (found: Found, name: string): readonly Check[] {
  return found.checks.filter(({ check }) => check === name)
}

function statesOf ({ checks }: Found): Record<string, string> {
  return Object.fromEntries(checks.map(({ check, state }) => [check, state]))
}

/** A node that runs, its address and its port. */
async function start (
  t: Test, root: string, flags: readonly string[] = [], environment: Record<string, string> = {},
): Promise<{ program: Program, address: string, port: string }> {
  const program = new Program(
    ['--json', '--port', '0', '--host', '127.0.0.1', ...flags],
    { XDG_RUNTIME_DIR: root, ...environment })
  t.teardown(() => program.stop('SIGKILL'))
  const told = JSON.parse(await program.line(/"listening"/)) as { address: string, port: number }
  await program.complaint(/the API is served/)
  return { program, address: told.address, port: String(told.port) }
}

function preload (name: string): string {
  return `--import=${new URL(`../fixtures/${name}`, import.meta.url).href}`
}

t.test('two linked nodes are healthy', async t => {
  const root = shortDirectory(t)
  const data = join(root, 'data')
  const first = await start(t, root, ['--data', data])
  const second = await start(t, root, ['--connect', first.address])
  await second.program.line(/"link-up"/)
  const found = await doctor(root, '--port', first.port)
  t.same([found.code, found.isFine, found.stderr], [0, true, ''])
  t.same(statesOf(found), {
    node: 'ok', port: 'ok', advertise: 'ok', connect: 'ok', clock: 'ok', 'event-loop': 'ok',
    warnings: 'ok', key: 'ok', data: 'ok',
  })
  const [kept] = only(found, 'data')
  t.match(kept?.what, data, 'the directory of the node that runs, though none was named here')
  const other = await doctor(root, '--node', second.port)
  t.match(only(other, 'connect'), [{ state: 'ok', what: `linked through ${first.address}` }])
  const wrong = await doctor(root, '--node', second.port, '--connect', '127.0.0.1:1')
  t.equal(wrong.code, 4)
  t.match(only(wrong, 'connect'), [{ state: 'ok' }, { state: 'wrong', what: /refuses/ }])
  await runProgram(['leave', '--node', second.port], { XDG_RUNTIME_DIR: root })
})

t.test('several nodes, or one that is named and not there, are mistakes of usage', async t => {
  const root = shortDirectory(t)
  await start(t, root)
  await start(t, root)
  const run = (...flags: string[]): Promise<{ code: number | null, stderr: string }> =>
    runProgram(['doctor', ...flags], { XDG_RUNTIME_DIR: root })
  t.match(await run(), { code: 2, stderr: /--node is needed/ })
  t.match(await run('--node', '1'), { code: 3, stderr: /no running node is "1"/ })
  t.match(await run('--port', 'x'), { code: 2, stderr: /--port must be/ })
})

t.test('before a start all is well where nothing is in its way', async t => {
  const root = shortDirectory(t)
  const found = await doctor(root, '--port', '0', '--data', join(root, 'new'))
  t.equal(found.code, 0)
  t.same(statesOf(found), {
    node: 'skipped', port: 'ok', advertise: 'ok', connect: 'ok', clock: 'ok',
    'event-loop': 'skipped', key: 'ok', data: 'ok',
  })
  t.match(only(found, 'data'), [{ what: /will be made/ }])
  t.same(await findSockets({ XDG_RUNTIME_DIR: root }), [])
})

t.test('a port that another program has is wrong, and people are told what to do', async t => {
  const root = shortDirectory(t)
  // It hangs up, so that nobody waits for what it will not say.
  const server = createServer(socket => { socket.destroy() })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  t.teardown(() => { server.close() })
  const { port } = server.address() as AddressInfo
  const { code, stdout, stderr } = await runProgram(
    ['doctor', '--host', '127.0.0.1', '--port', String(port)], { XDG_RUNTIME_DIR: root })
  t.equal(code, 4)
  t.match(stdout, new RegExp(
    `^wrong {4}port {8}port ${port} of 127.0.0.1 is taken by another program\n {21}stop what`, 'm'))
  t.equal(stderr, 'p2p-gossip: something is wrong: port\n')
})

t.test('a port that another node has is wrong, and that node is named', async t => {
  const root = shortDirectory(t)
  const node = await startLinked(t, [])
  const found = await doctor(root, '--host', '127.0.0.1', '--port', String(node.port))
  t.match(only(found, 'port'), [
    { state: 'wrong', what: new RegExp(`another node, ${node.id.slice(0, 10)}`) },
  ])
})

t.test('files that others may use are wrong or noted, by what they may do', async t => {
  const root = shortDirectory(t)
  const { key, cert } = createIdentity()
  const files = { key: join(root, 'a.key'), cert: join(root, 'a.crt'), data: join(root, 'd') }
  writeFileSync(files.key, key, { mode: 0o600 })
  writeFileSync(files.cert, cert)
  mkdirSync(files.data, { mode: 0o700 })
  const flags = ['--port', '0', '--key', files.key, '--cert', files.cert, '--data', files.data]
  const right = await doctor(root, ...flags)
  t.equal(right.code, 0)
  t.match(statesOf(right), { key: 'ok', certificate: 'ok', data: 'ok' })
  chmodSync(files.key, 0o644)
  chmodSync(files.data, 0o755)
  const open = await doctor(root, ...flags)
  t.equal(open.code, 4)
  t.match(only(open, 'key'), [{ state: 'wrong', what: /mode 0644/, advice: /chmod 600/ }])
  t.match(only(open, 'data'), [{ state: 'warning', what: /mode 0755/, advice: /chmod 700/ }])
  chmodSync(files.data, 0o777)
  writeFileSync(files.cert, createIdentity().cert)
  const worse = await doctor(root, ...flags)
  t.match(only(worse, 'data'), [{ state: 'wrong', what: /write/ }])
  t.match(only(worse, 'certificate'), [{ state: 'wrong', what: /another private key/ }])
  const none = await doctor(root, '--port', '0', '--key', join(root, 'none'), '--data', files.key)
  t.match(only(none, 'key'), [{ state: 'wrong', what: /--key: cannot read/ }])
  t.match(only(none, 'data'), [{ state: 'wrong', what: /no directory/ }])
})

t.test('a sample key is wrong, before a start and while it runs', async t => {
  const root = shortDirectory(t)
  const key = join(root, 'sample.key')
  copyFileSync(`${ROOT}certs/ed25519.key`, key)
  chmodSync(key, 0o600)
  const sample = { state: 'wrong', what: /sample keys, which everybody has/, advice: /keygen/ }
  const before = await doctor(root, '--port', '0', '--key', key)
  t.equal(before.code, 4)
  t.match(only(before, 'key'), [{ state: 'ok' }, sample])
  await start(t, root, ['--key', key])
  const running = await doctor(root)
  t.equal(running.code, 4)
  t.match(only(running, 'key').at(-1), sample)
  t.match(only(running, 'warnings'), [{ state: 'ok' }], 'told once')
})

t.test('an address that refuses, and one where somebody else answers, are wrong', async t => {
  const root = shortDirectory(t)
  const node = await startLinked(t, [])
  const { id } = createIdentity()
  const found = await doctor(root, '--port', '0',
    '--connect', `127.0.0.1:1,${id}@${node.address},${node.id}@${node.address}`)
  t.equal(found.code, 4)
  t.match(only(found, 'connect'), [
    { state: 'wrong', what: '127.0.0.1:1 refuses connections' },
    { state: 'wrong', what: `${node.address} answers as ${node.id}, not as ${id}` },
    { state: 'ok', what: `${node.address} answers as ${node.id.slice(0, 10)}` },
  ])
  const { port } = await start(t, root, ['--connect', '127.0.0.1:1'])
  const running = await doctor(root, '--port', port)
  t.match(only(running, 'connect'), [{ state: 'wrong', what: '127.0.0.1:1 refuses connections' }])
  t.match(only(running, 'warnings'), [{ state: 'warning', what: /connect-unreachable/ }])
})

t.test('an advertised address where another node answers is wrong', async t => {
  const root = shortDirectory(t)
  const node = await startLinked(t, [])
  await start(t, root, ['--advertise', node.address, '--advertise', '127.0.0.1:1'])
  const found = await doctor(root)
  t.equal(found.code, 4)
  t.match(only(found, 'advertise'), [
    { state: 'wrong', what: new RegExp(`${node.id.slice(0, 10)} answers there`) },
    { state: 'warning', what: /cannot be reached from here/ },
  ])
})

t.test('a clock that is a minute off those of the peers is wrong', async t => {
  const root = shortDirectory(t)
  const right = await start(t, root)
  const off = await start(t, root, ['--connect', right.address], {
    NODE_OPTIONS: preload('shifted-clock.mjs'), P2P_TEST_CLOCK_OFF_MS: '60000',
  })
  await off.program.line(/"link-up"/)
  const found = await doctor(root, '--port', off.port)
  t.equal(found.code, 4)
  t.match(only(found, 'clock'), [
    { state: 'wrong', what: /(59|60)\.\d s ahead of the median of 1 linked peer/ },
  ])
  t.match(only(found, 'warnings'), [{ state: 'ok' }], 'told once')
  t.match(only(await doctor(root, '--port', right.port), 'clock'), [{ what: /behind/ }])
})

t.test('a machine whose date cannot be is told so before a start', async t => {
  const { code, stdout } = await runProgram(['doctor', '--json', '--port', '0'], {
    XDG_RUNTIME_DIR: shortDirectory(t), NODE_OPTIONS: preload('shifted-clock.mjs'),
    P2P_TEST_CLOCK_OFF_MS: String(-Date.now()),
  })
  t.equal(code, 4)
  t.match(stdout, /"check":"clock","state":"wrong","what":"the clock says 1970-01-01/)
})

t.test('a node that is too busy is noted, one that stands still is wrong', async t => {
  const root = shortDirectory(t)
  const { program } = await start(t, root, [], {
    NODE_OPTIONS: preload('busy-loop.mjs'), P2P_TEST_BUSY_MS: '400',
  })
  program.child.kill('SIGUSR2')
  const busy = await doctor(root)
  const [lag] = only(busy, 'event-loop')
  t.not(lag?.state, 'ok')
  t.match(lag, { what: /up to \d{3,} ms late/, advice: /too busy/ })
  program.child.kill('SIGSTOP')
  const still = await doctor(root)
  t.equal(still.code, 4)
  t.match(only(still, 'node'), [{ state: 'wrong', what: /does not answer/ }])
})

t.test('settings come from the variables and the file of a run', async t => {
  const root = shortDirectory(t)
  const config = join(root, 'node.ini')
  writeFileSync(config, 'port = 0\nconnect = 127.0.0.1:1\nname = alice\n')
  const { code, stdout } = await runProgram(['doctor', '--config', config, '--json'], {
    XDG_RUNTIME_DIR: root, P2P_GOSSIP_CONNECT: '127.0.0.1:2', P2P_GOSSIP_PORT: '',
  })
  t.equal(code, 4)
  t.match(stdout, /127\.0\.0\.1:2 refuses/)
  t.notMatch(stdout, /127\.0\.0\.1:1 /)
})
