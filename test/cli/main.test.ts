import { readFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { expectRefusals, runProgram } from './program.js'

const VERSION = (JSON.parse(readFileSync(
  new URL('../../package.json', import.meta.url), 'utf8',
)) as { version: string }).version

t.test('mistakes in flags end with 2 and one line', async t => {
  await expectRefusals(t, [
    { argv: ['--port', 'abc'], line: /--port must be a whole number from 0 to 65535, not "abc"/ },
    { argv: ['--port', '70000'], line: /--port must .* not "70000"/ },
    { argv: ['--port', ''], line: /--port needs a value/ },
    { argv: ['--port'], line: /--port needs a value/ },
    { argv: ['--port', '1', '--port', '2'], line: /--port is given 2 times/ },
    { argv: ['--period', '-1'], line: /--period must be a number of seconds .* not "-1"/ },
    { argv: ['--period', 'NaN'], line: /--period must .* not "NaN"/ },
    { argv: ['--period', '0'], line: /--period must .* not "0"/ },
    { argv: ['--prot', '80'], line: /unknown flag "--prot"; did you mean --port\?/ },
    { argv: ['stray'], line: /unknown verb "stray"/ },
    { argv: ['run', 'stray'], line: /stray word "stray"/ },
    { argv: ['--connect', 'nowhere'], line: /--connect must be HOST:PORT .* not "nowhere"/ },
    { argv: ['--connect', '127.0.0.1'], line: /--connect must be HOST:PORT/ },
    { argv: ['--connect', '127.0.0.1:0'], line: /--connect must .* port from 1 to 65535/ },
    { argv: ['--text', 'x'.repeat(257)], line: /--text must be a text of 0 to 256 bytes/ },
    { argv: ['--key-type', 'dsa'], line: /--key-type must be one of ed25519/ },
    { argv: ['--max-links', '64', '--max-members', '32'], line: /--max-members must be at least/ },
    { argv: [], environment: { P2P_GOSSIP_PORT: 'abc' }, line: /P2P_GOSSIP_PORT must/ },
    { argv: [], environment: { P2P_GOSSIP_LOG: 'loud' }, line: /P2P_GOSSIP_LOG must be off/ },
    // The line is no log.
    { argv: ['--port', 'abc'], environment: { DEBUG: 'off' }, line: /--port must/ },
    { argv: ['--json', '--port', 'abc'], line: /--port must/ },
    { argv: ['--name', 'a\nb'.repeat(30)], line: /--name must be .* not "a\\nb/ },
  ])
})

t.test('mistakes in config files end with 2 and name the file and the key', async t => {
  const folder = t.testdir({
    'unknown.json': '{"prot": 1}',
    'type.json': '{"port": "8080"}',
    'broken.json': '{"port": ',
    'wrong.ini': 'period = never\n',
  })
  await expectRefusals(t, [
    { argv: ['--config', join(folder, 'none')], line: /--config: cannot read ".*none": / },
    { argv: ['--config', join(folder, 'unknown.json')], line: /key "prot" in ".*unknown\.json"/ },
    { argv: ['--config', join(folder, 'type.json')], line: /port in ".*type\.json" must / },
    { argv: ['--config', join(folder, 'broken.json')], line: /broken\.json" begins as JSON/ },
    { argv: ['--config', join(folder, 'wrong.ini')], line: /period in ".*wrong\.ini" must/ },
  ])
})

t.test('a port that is taken and a host that is not here end with 2', async t => {
  const server = createServer()
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  const { port } = server.address() as AddressInfo
  await expectRefusals(t, [
    { argv: ['--host', '127.0.0.1', '--port', String(port)], line: new RegExp(String(port)) },
    { argv: ['--host', '192.0.2.1', '--port', '0'], line: /--host: / },
  ])
  await new Promise(resolve => { server.close(resolve) })
})

t.test('help and version are printed on stdout', async t => {
  const ended = await Promise.all([['--help'], ['-h'], ['keygen', '--help'], ['-V'], ['--version']]
    .map(async argv => runProgram(argv)))
  for (const { code, stderr } of ended) t.match({ code, stderr }, { code: 0, stderr: '' })
  const [long, short, keygen, letter, word] = ended.map(({ stdout }) => stdout)
  t.match(long, /^Usage: p2p-gossip \[run\].*Examples:\n/s)
  t.equal(short, long)
  t.match(keygen, /^Usage: p2p-gossip keygen --out DIR/)
  t.equal(letter, `p2p-gossip ${VERSION}\n`)
  t.equal(word, letter)
})
