import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { EXIT } from '../../src/cli/exit-code.js'
import { FLAG_NAMES, fileKeys, flagOf, variableOf } from '../../src/cli/flags.js'
import { VERBS } from '../../src/cli/registry.js'
import { nameOf } from '../../src/cli/verb.js'
import { DEFAULTS, LINK_DOWN_REASONS, WARNING_CODES } from '../../src/index.js'
import { pageOf, verbsIn } from './page.js'

const PAGE = new URL('../../docs/cli.md', import.meta.url)
const TEMPLATE = readFileSync(new URL('../../docs/cli.md.in', import.meta.url), 'utf8')
const COMMAND = 'UPDATE_CLI=1 npx tap test/cli/flags.test.ts'

if (process.env['UPDATE_CLI'] !== undefined) writeFileSync(PAGE, pageOf(TEMPLATE))
const DOCUMENT = readFileSync(PAGE, 'utf8')

t.test('docs/cli.md is what its template and the verbs say', async t => {
  t.equal(DOCUMENT, pageOf(TEMPLATE), `print it again: ${COMMAND}`)
})

t.test('docs/cli.md tells of every verb once', async t => {
  t.same(verbsIn(TEMPLATE).sort(), VERBS.map(nameOf).sort())
})

t.test('docs/cli.md has every verb, reason, warning and exit code', async t => {
  for (const verb of VERBS) t.ok(DOCUMENT.includes(`\n### ${nameOf(verb)}\n`), nameOf(verb))
  for (const reason of LINK_DOWN_REASONS) t.ok(DOCUMENT.includes(`\n| \`${reason}\` |`), reason)
  for (const code of WARNING_CODES) t.ok(DOCUMENT.includes(`\n| \`${code}\` |`), code)
  for (const code of Object.values(EXIT)) t.ok(DOCUMENT.includes(`\n| ${code} |`), String(code))
})

t.test('docs/cli.md opens with what the ancestors had', async t => {
  const [opening = ''] = DOCUMENT.split('\n## Verbs\n')
  const theirs = [
    '--period', '--port', '--connect', '--key', '--cert', 'RUST_LOG', 'GOSSIPD_DB_PATH',
    'GOSSIPD_LISTEN_IP', 'GOSSIPD_LISTEN_PORT', 'GOSSIPD_USERNAME', '-a', '-P', '-d', '-s', '-g',
    '-n', '-H', '-p', '-k', '-S', '-m', '--add-peer', '--set-peer-key', '--delete-peer',
    '--send-message', '--view-messages', '--pubkey-file', '--source', '--message', 'gossipdrc',
    'OVERLAY_CONFIG_FILE', 'OVERLAY_LOG_LEVEL', '-rpc-port', '-cron', 'parse-config', 'hostkey',
    'bootstrapper', 'cache_size', 'degree', 'p2p_address', 'api_address', 'p2p_ttl', '-c FILE',
    'listcon', 'message STR', 'send_message', 'change_delivery_code',
  ]
  for (const word of theirs) t.ok(opening.includes(word), word)
})

t.test('variables and keys follow from the names', async t => {
  t.equal(variableOf('max-links'), 'P2P_GOSSIP_MAX_LINKS')
  t.same(flagOf('log').variables, ['P2P_GOSSIP_LOG_FORMAT'])
  const variables = FLAG_NAMES.flatMap(name => flagOf(name).variables ?? [variableOf(name)])
  t.equal(new Set(variables).size, FLAG_NAMES.length)
  t.notOk(fileKeys().includes('config'))
})

t.test('defaults shown are those of the library', async t => {
  t.equal(flagOf('period').fallback, '5')
  t.equal(flagOf('port').fallback, String(DEFAULTS.port))
  t.equal(flagOf('rejoin').fallback, '600')
})
