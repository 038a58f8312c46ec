import { join } from 'node:path'
import t, { type Test } from 'tap'
import { VoidphoneClient } from '../../src/voidphone/client.js'
import { createIdentity } from '../../src/tls/keys.js'
import { freePorts } from '../helpers/session.js'
import { expectRefusals, Program } from './program.js'

const HOST = '127.0.0.1'

function start (t: Test, ...flags: string[]): Program {
  const program = new Program(['--port', '0', '--host', HOST, '--control', 'off', ...flags])
  t.teardown(() => program.stop('SIGKILL'))
  return program
}

async function freeAddress (): Promise<string> {
  const [port = 0] = await freePorts(1)
  return `${HOST}:${port}`
}

/** What the log says after a text. */
async function told (program: Program, text: string): Promise<string> {
  const line = await program.complaint(new RegExp(`${text} ${HOST}:\\d+`))
  return /(127\.0\.0\.1:\d+)$/.exec(line)?.[1] ?? ''
}

t.test('--api serves modules of this machine, and what they announce reaches others', async t => {
  const one = start(t, '--api', await freeAddress())
  const api = await told(one, 'modules are served on')
  const address = /(\S+)$/.exec(await one.line(/^join with/))?.[1] ?? ''
  const other = start(t, '--connect', address, '--api', await freeAddress())
  const otherApi = await told(other, 'modules are served on')
  await other.line(/linked/)
  const listener = await VoidphoneClient.connect(otherApi)
  const speaker = await VoidphoneClient.connect(api)
  t.teardown(() => { listener.close(); speaker.close() })
  await listener.notify(1337)
  await speaker.notify(1337)
  await speaker.announce(1337, Buffer.from('hello'))
  const { value } = await listener.next()
  t.equal(value?.type, 1337)
  t.equal(Buffer.from(value?.data ?? []).toString(), 'hello')
})

t.test('-c reads the file of the course', async t => {
  const folder = t.testdir({
    'hostkey.pem': createIdentity('ed25519').key,
    'good.ini': 'hostkey = hostkey.pem\n[gossip]\ncache_size = 50\ndegree = 30\n' +
      `p2p_address = ${await freeAddress()}\napi_address = ${await freeAddress()}\n`,
    'bad.ini': 'hostkey = hostkey.pem\n[gossip]\ndegree = many\np2p_address = 1\n',
  })
  const program = start(t, '-c', join(folder, 'good.ini'))
  await told(program, 'modules are served on')
  await told(program, 'members are told on')
  t.match(await program.stop(), { code: 0 })
  await expectRefusals(t, [
    { argv: ['-c', join(folder, 'bad.ini')], line: /bad\.ini.*gossip.*line \d/ },
    { argv: ['--api', 'nowhere'], line: /--api must be HOST:PORT/ },
  ])
})

t.test('a door that is taken ends the node with a reason', async t => {
  const one = start(t, '--api', await freeAddress())
  const api = await told(one, 'modules are served on')
  const other = start(t, '--api', api)
  t.match(await other.ended, { code: 2, stderr: /--api: .*cannot listen on/ })
})
