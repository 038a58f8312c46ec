import { join } from 'node:path'
import t from 'tap'
import { parseCommandLine } from '../../src/cli/command-line.js'
import { collectSettings } from '../../src/cli/settings.js'
import type { Settings } from '../../src/cli/verb.js'

function settings (argv: string[], environment: Record<string, string> = {}): Settings {
  return collectSettings(parseCommandLine(argv), environment)
}

t.test('flags win over the environment, that over the file', async t => {
  const folder = t.testdir({
    'c.json': '{"port": 1, "period": 1, "name": "file", "connect": ["file:1"]}',
  })
  const config = join(folder, 'c.json')
  const { values, origins } = settings(
    ['--port', '3', '--connect', 'flag:1', '--config', config],
    { P2P_GOSSIP_PORT: '2', P2P_GOSSIP_PERIOD: '2', P2P_GOSSIP_CONNECT: 'variable:1' },
  )
  t.match(values, { port: 3, period: 2, name: 'file', connect: ['flag:1'] })
  t.equal(origins.get('port'), '--port')
  t.equal(origins.get('period'), 'P2P_GOSSIP_PERIOD')
  t.match(origins.get('name'), /^name in ".*c\.json"$/)
})

t.test('the config file may be named by its variable', async t => {
  const folder = t.testdir({ 'c.ini': 'port = 7\n' })
  t.equal(settings([], { P2P_GOSSIP_CONFIG: join(folder, 'c.ini') }).values['port'], 7)
})

t.test('an empty variable counts as unset, an empty flag does not', async t => {
  t.same(settings([], { P2P_GOSSIP_PORT: '', P2P_GOSSIP_LOG_FORMAT: '' }).values, {})
  t.throws(() => settings(['--port', '']), { message: /^--port needs a value/ })
})

t.test('a wrong variable is named', async t => {
  t.throws(() => settings([], { P2P_GOSSIP_MAX_LINKS: 'x' }), {
    message: /^P2P_GOSSIP_MAX_LINKS must/,
  })
})

t.test('a value that loses is not judged, but a file is judged whole', async t => {
  t.equal(settings(['--port', '1'], { P2P_GOSSIP_PORT: 'abc' }).values['port'], 1)
  const folder = t.testdir({ 'c.json': '{"port": "x"}' })
  t.throws(() => settings(['--port', '1', '--config', join(folder, 'c.json')]), {
    message: /^port in /,
  })
})

t.test('a verb takes no notice of what is not its own', async t => {
  const folder = t.testdir({ 'c.json': '{"port": 1, "key": "k"}' })
  const argv = ['id', '--config', join(folder, 'c.json')]
  const { values } = settings(argv, { P2P_GOSSIP_PORT: 'abc' })
  t.same(Object.keys(values).sort(), ['config', 'key'])
})

t.test('variables that name nothing are told, not refused', async t => {
  const { unknownVariables } = settings([], {
    P2P_GOSSIP_PROT: '1', P2P_GOSSIP_LOG: 'info', P2P_GOSSIP_NAME: 'x', HOME: '/',
  })
  t.same(unknownVariables, ['P2P_GOSSIP_PROT'])
})
