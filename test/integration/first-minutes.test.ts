/**
 * A newcomer's first five minutes, as README.md shows them: typed into real shells, and shown as
 * they came. `UPDATE_SESSION=1 npx tap test/integration/first-minutes.test.ts` records them anew.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { until } from '../helpers/loopback-nodes.js'
import { Session } from '../helpers/session.js'
import { ROOT } from '../helpers/sources.js'

const BEGIN = '<!-- session: UPDATE_SESSION=1 npx tap test/integration/first-minutes.test.ts -->'
const END = '<!-- end of session -->'

interface Terminal {
  readonly command: string
  readonly program: ReturnType<Session['start']>
}

t.setTimeout(120_000)

t.test('the first five minutes are what README.md shows', async t => {
  t.setTimeout(120_000)
  const recorded = await record(t)
  const page = readFileSync(`${ROOT}README.md`, 'utf8')
  const [before = '', rest = ''] = page.split(BEGIN)
  const [shown = '', after = ''] = rest.split(END)
  if (process.env['UPDATE_SESSION'] !== undefined) {
    writeFileSync(`${ROOT}README.md`, `${before}${BEGIN}\n${recorded}\n${END}${after}`)
    t.pass('recorded')
    return
  }
  t.equal(plain(recorded), plain(shown), 'the same but for keys, times, addresses and pings')
})

async function record (t: Test): Promise<string> {
  const session = await Session.open([8080, 8081])
  const blocks: string[] = []
  const typed = async (...commands: readonly string[]): Promise<void> => {
    const lines: string[] = []
    for (const command of commands) lines.push(`$ ${command}`, await session.type(t, command))
    blocks.push(block(lines))
  }
  const terminal = async (command: string, until: RegExp): Promise<Terminal> => {
    const program = session.start(t, command)
    await shows(program, until)
    return { command, program }
  }
  const alice = await terminal('p2p-gossip --name alice --data alice', /join with/)
  const bob = await terminal(
    'p2p-gossip --name bob --port 8081 --connect 127.0.0.1:8080 --data bob', /linked/,
  )
  await shows(alice.program, /linked .*bob/)
  const atAlice = blocks.push('') - 1
  const atBob = blocks.push('') - 1
  blocks.push('A third asks the one on port 8080 how things are, and says something to everybody:')
  await typed(
    'p2p-gossip peers', 'p2p-gossip ping bob',
    'p2p-gossip publish --topic news --wait all "hello, mesh"',
    'p2p-gossip messages --node 8081',
  )
  blocks.push('And to one alone, whom it gives a name first; nobody else can read that:')
  await typed(
    'p2p-gossip contacts add --name bobby --peer $(p2p-gossip id --data bob)',
    'p2p-gossip send --to bobby --wait 1 "for you alone"',
    'p2p-gossip inbox --node 8081',
  )
  blocks.push('Now bob is killed, starts again in the second terminal, and is back by himself:')
  process.kill(bob.program.pid, 'SIGKILL')
  await shows(alice.program, /lost .*bob/)
  const again = session.start(t, bob.command)
  await shows(alice.program, /back .*bob/)
  await shows(again, /linked/)
  await typed('p2p-gossip wait --members 2 --timeout 10', 'p2p-gossip leave --node 8081')
  await shows(alice.program, /left the network/)
  blocks[atAlice] = 'In one terminal, from beginning to end:\n\n' + terminalBlock(alice)
  blocks[atBob] = 'In a second one:\n\n' + terminalBlock(bob)
  return blocks.join('\n\n')
}

async function shows (program: Terminal['program'], what: RegExp): Promise<void> {
  await until(() => what.test(program.shown()))
}

/** Of many pings one is enough. */
function terminalBlock ({ command, program }: Terminal): string {
  let pings = 0
  const lines = program.shown().split('\n').filter(line => !/^\S+ +ping /.test(line) || ++pings < 2)
  return block([`$ ${command}`, ...lines])
}

function block (lines: readonly string[]): string {
  return ['```console', ...lines.filter(line => line !== ''), '```'].join('\n')
}

/** Without what is another one each time. */
function plain (text: string): string {
  return text.replace(/^\S+ +ping .*\n/gm, '')
    .replace(/\b[a-z2-7]{52}\b/g, 'IDENTITY').replace(/\b[a-z2-7]{10}\b/g, 'SHORT')
    .replace(/\b[0-9a-f]{64}\b/g, 'ID').replace(/\d\d:\d\d:\d\d/g, 'TIME')
    .replace(/\d{4}-\d\d-\d\d/g, 'DAY').replace(/\b\d+(\.\d+)? ms/g, 'MS')
    .replace(/(\[[0-9a-f:]+\]|\d+\.\d+\.\d+\.\d+):(?=808)/g, 'HOST:').replace(/[ ─-]+/g, ' ')
    .trim()
}
