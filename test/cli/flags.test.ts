import { readFileSync } from 'node:fs'
import t from 'tap'
import { EXIT } from '../../src/cli/exit-code.js'
import {
  FLAG_NAMES, VERBS, fileKeys, flagOf, flagsOfVerb, isFlagName, isList, isVerb, variableOf,
  type FlagName,
} from '../../src/cli/flags.js'
import { expected } from '../../src/cli/values.js'
import { DEFAULTS, LINK_DOWN_REASONS, WARNING_CODES } from '../../src/index.js'

const DOCUMENT = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8')

/** The row of docs/cli.md that this table demands. */
function row (name: FlagName): string {
  const flag = flagOf(name)
  return [
    '', `\`--${name}${flag.value === '' ? '' : ` ${flag.value}`}\``, flag.verbs.join(', '),
    `\`${variableOf(name)}\``, flag.inFile ? `\`${name}\`` : '–',
    expected(flag) + (isList(flag) ? `, at most ${flag.range?.[1]}` : ''),
    flag.fallback === '' ? '–' : flag.fallback, '',
  ].join(' | ').trim()
}

t.test('docs/cli.md has the row of every flag, and no other', async t => {
  for (const name of FLAG_NAMES) t.ok(DOCUMENT.includes(`\n${row(name)}\n`), row(name))
  const rows = DOCUMENT.split('\n').filter(line => /^\| `--.*`P2P_GOSSIP_/.test(line))
  // Rows of the ancestors' tables have two or three columns.
  t.equal(rows.filter(line => line.split(' | ').length === 6).length, FLAG_NAMES.length)
})

t.test('docs/cli.md has every verb, reason, warning and exit code', async t => {
  for (const verb of Object.keys(VERBS)) t.ok(DOCUMENT.includes(`\n### ${verb}\n`), verb)
  for (const reason of LINK_DOWN_REASONS) t.ok(DOCUMENT.includes(`\n| \`${reason}\` |`), reason)
  for (const code of WARNING_CODES) t.ok(DOCUMENT.includes(`\n| \`${code}\` |`), code)
  for (const code of Object.values(EXIT)) t.ok(DOCUMENT.includes(`\n| ${code} |`), String(code))
})

t.test('docs/cli.md opens with what the ancestors had', async t => {
  const [opening = ''] = DOCUMENT.split('\n## Verbs\n')
  const theirs = [
    '--period', '--port', '--connect', '--key', '--cert', 'RUST_LOG', 'GOSSIPD_DB_PATH',
    'GOSSIPD_LISTEN_IP', 'GOSSIPD_LISTEN_PORT', 'GOSSIPD_USERNAME', '-a', '-P', '-d', '-s', '-g',
    '-n', '-H', '-p', '-k', '-S', '-m', 'OVERLAY_CONFIG_FILE', 'OVERLAY_LOG_LEVEL', '-rpc-port',
    '-cron', 'parse-config', 'hostkey', 'bootstrapper', 'cache_size', 'degree', 'p2p_address',
    'api_address', 'p2p_ttl', '-c FILE', 'listcon', 'message STR',
  ]
  for (const word of theirs) t.ok(opening.includes(word), word)
})

t.test('variables and keys follow from the names', async t => {
  t.equal(variableOf('max-links'), 'P2P_GOSSIP_MAX_LINKS')
  t.equal(variableOf('log'), 'P2P_GOSSIP_LOG_FORMAT')
  t.equal(new Set(FLAG_NAMES.map(variableOf)).size, FLAG_NAMES.length)
  t.notOk(fileKeys().includes('config'))
  t.ok(isFlagName('port'))
  t.notOk(isFlagName('constructor'))
  t.ok(isVerb('run'))
  t.notOk(isVerb('toString'))
  t.same(flagsOfVerb('keygen'), ['key-type', 'json', 'out'])
})

t.test('defaults shown are those of the library', async t => {
  t.equal(flagOf('period').fallback, '5')
  t.equal(flagOf('port').fallback, String(DEFAULTS.port))
  t.equal(flagOf('rejoin').fallback, '600')
})
