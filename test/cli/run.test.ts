import { join } from 'node:path'
import t from 'tap'
import { withOrigin } from '../../src/cli/origin.js'
import { GossipError } from '../../src/index.js'
import { Program, runProgram, type Ended } from './program.js'

const HERE = ['--host', '127.0.0.1', '--port', '0']

interface Line {
  readonly at: string
  readonly kind: string
  readonly [field: string]: unknown
}

function lines ({ stdout }: Ended): Line[] {
  return stdout.trimEnd().split('\n').map(line => JSON.parse(line) as Line)
}

async function listening (program: Program): Promise<{ id: string, address: string }> {
  return JSON.parse(await program.line(/"kind":"listening"/)) as { id: string, address: string }
}

t.test('an error of the library names the flag, variable or key it came from', async t => {
  const settings = {
    origins: new Map([['period', 'P2P_GOSSIP_PERIOD'], ['key', '--key']] as const),
  }
  const worded = (error: unknown): string => (withOrigin(error, settings) as Error).message
  t.equal(worded(new GossipError('option-invalid', 'option periodMs must be less')),
    'P2P_GOSSIP_PERIOD must be less')
  t.equal(worded(new GossipError('option-invalid', 'option maxMembers must top maxLinks (9)')),
    '--max-members must top --max-links (9)')
  t.equal(worded(new GossipError('option-invalid', 'option retainMs must be more')),
    '--retain must be more')
  t.equal(worded(new GossipError('key-unreadable', 'no PEM')), '--key: no PEM')
  t.equal(worded(new GossipError('data-in-use', 'taken')), 'taken')
  t.equal(worded(new Error('ours')), 'ours')
})

t.test('two nodes with --json tell of each other, and leave with 0', async t => {
  const first = new Program(
    [...HERE, '--json', '--name', 'al', '--period', '0.2'], { DEBUG: 'off' },
  )
  const { id, address } = await listening(first)
  t.match(address, /^127\.0\.0\.1:\d+$/)
  const second = new Program(
    [...HERE, '--json', '--connect', address, '--period', '0.2', '--text', 'hello'],
    { DEBUG: 'off' },
  )
  await second.line(/"kind":"ping"/)
  await first.line(/"kind":"ping"/)
  const ended2 = await second.stop('SIGINT')
  await first.line(/"kind":"link-down"/)
  const ended1 = await first.stop('SIGTERM')
  for (const ended of [ended1, ended2]) t.match(ended, { code: 0, stderr: /^$/ })
  const [own, ...events] = lines(ended1)
  t.equal(own?.kind, 'listening')
  const peer = lines(ended2)[0]?.['id']
  t.match(peer, /^[a-z2-7]{52}$/)
  t.match(events.find(({ kind }) => kind === 'link-up'), { peer, name: '' })
  t.match(events.find(({ kind }) => kind === 'ping'), { peer, text: 'hello', seq: Number })
  t.match(events.find(({ kind }) => kind === 'link-down'), { peer, reason: 'left' })
  t.match(lines(ended2).find(({ kind }) => kind === 'link-up'), { peer: id, name: 'al' })
  for (const line of ended1.stdout.trimEnd().split('\n')) {
    t.match(line, /^\{"at":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","kind":"/)
  }
})

t.test('people see a banner, linked, ping, lost and back', async t => {
  const first = new Program([...HERE, '--name', 'al', '--network', 'a b'], { DEBUG: 'off' })
  const join = await first.line(/^join with /)
  const address = (await first.line(/^listening /)).split(/ +/)[1] ?? ''
  t.equal(join, `join with  p2p-gossip --connect ${address} --network 'a b'`)
  t.match(await first.line(/^identity /), /^identity {3}[a-z2-7]{52}$/)
  const environment = {
    DEBUG: 'off', P2P_GOSSIP_CONNECT: address, P2P_GOSSIP_NETWORK: 'a b', P2P_GOSSIP_NAME: 'bo',
    P2P_GOSSIP_PERIOD: '0.2', P2P_GOSSIP_HOST: '127.0.0.1', P2P_GOSSIP_PORT: '0',
  }
  const second = new Program([], environment)
  t.match(await second.line(/linked/),
    /^\d\d:\d\d:\d\d {2}linked {4}al~[a-z2-7]{10} {2}127\.0\.0\.1:/)
  t.match(await first.line(/ping/), / {2}ping {6}bo~[a-z2-7]{10} {2}127.*"[a-zA-Z0-9]{10}" {2}#\d+/)
  t.equal((await second.stop()).code, 0)
  t.match(await first.line(/lost/), /lost {6}bo~.* it left the network$/)
  t.notMatch((await first.stop()).stdout, /\u001b/, 'no colour in a pipe')
})

t.test('a closed reader ends the node quietly', async t => {
  const program = new Program([...HERE, '--json'], { DEBUG: 'off' })
  const { address } = await listening(program)
  program.child.stdout?.destroy()
  // Its next line has no reader: that of the link with this one.
  const other = new Program([...HERE, '--json', '--connect', address], { DEBUG: 'off' })
  t.match(await program.ended, { code: 0, stderr: '' })
  await other.stop()
})

t.test('another identity than the named one ends a run without links with 5', async t => {
  const first = new Program([...HERE, '--json'], { DEBUG: 'off' })
  const { address } = await listening(first)
  const wrong = await runProgram(
    [...HERE, '--json', '--connect', `${'a'.repeat(52)}@${address}`], { DEBUG: 'off' },
  )
  t.equal(wrong.code, 5)
  t.match(wrong.stderr, /^p2p-gossip: [^\n]+\n$/)
  t.match(lines(wrong).map(({ kind }) => kind), ['listening', 'warning'])
  t.match(lines(wrong)[1], { code: 'identity-mismatch' })
  t.equal((await first.stop()).code, 0)
})

t.test('logs are chosen with DEBUG, P2P_GOSSIP_LOG and --log', async t => {
  const folder = t.testdir({ 'c.json': '{"host":"127.0.0.1","port":0,"json":true}' })
  const config = join(folder, 'c.json')
  const argv = ['--config', config]
  const stderr = async (
    environment: Record<string, string>, more: string[] = [],
  ): Promise<string> => {
    const program = new Program([...argv, ...more], environment)
    await listening(program)
    return (await program.stop()).stderr
  }
  const [off, all, asJson] = await Promise.all([
    stderr({ P2P_GOSSIP_LOG: 'off' }),
    stderr({ DEBUG: 'p2p-gossip:*', P2P_GOSSIP_PROT: '1' }),
    stderr({ P2P_GOSSIP_LOG: 'trace', P2P_GOSSIP_PROT: '1' }, ['--log', 'json']),
  ])
  t.equal(off, '')
  t.match(all, /p2p-gossip:cli:debug .*P2P_GOSSIP_PROT/)
  for (const line of asJson.trimEnd().split('\n')) {
    t.match(JSON.parse(line), { at: String, level: String, area: String, message: String })
  }
  t.match(asJson, /P2P_GOSSIP_PROT/)
})

/** NODE_OPTIONS that run statements when the program gets SIGUSR2. */
function onSignal (statements: string): Record<string, string> {
  const code = encodeURIComponent(`process.on("SIGUSR2",()=>{${statements}})`)
  return { NODE_OPTIONS: `--import data:text/javascript,${code}` }
}

t.test('warnings of Node itself are part of the log, and silent with it', async t => {
  const warning = onSignal('process.emitWarning("odd");setImmediate(()=>{console.log("done")})')
  const stderr = async (DEBUG: string): Promise<string> => {
    const program = new Program([...HERE, '--json'], { ...warning, DEBUG })
    await listening(program)
    program.child.kill('SIGUSR2')
    await program.line(/^done$/)
    return (await program.stop()).stderr
  }
  const [told, quiet] = await Promise.all([stderr('p2p-gossip:node:*'), stderr('off')])
  t.match(told, /p2p-gossip:node:warn Warning: odd\n$/)
  t.equal(quiet, '')
})

t.test('a second signal quits at once with its own code', async t => {
  // While the program is held up both signals arrive, so the second meets a node that still leaves.
  // Which of two that wait comes first is the system's choice; signals.test.ts tells them apart.
  const heldUp = onSignal(
    'console.log("held");Atomics.wait(new Int32Array(new SharedArrayBuffer(4)),0,0,500)',
  )
  const program = new Program([...HERE, '--json'], { ...heldUp, DEBUG: 'off' })
  await listening(program)
  program.child.kill('SIGUSR2')
  await program.line(/^held$/)
  program.child.kill('SIGINT')
  const { code, stderr } = await program.stop('SIGTERM')
  t.ok(code === 130 || code === 143, String(code))
  t.equal(stderr, '')
})
