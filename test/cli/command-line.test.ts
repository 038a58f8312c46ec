import t from 'tap'
import { parseCommandLine } from '../../src/cli/command-line.js'
import { GossipError } from '../../src/index.js'

function refusal (argv: readonly string[]): string {
  try {
    parseCommandLine(argv)
  } catch (error) {
    if (error instanceof GossipError && error.code === 'option-invalid') return error.message
    throw error
  }
  return ''
}

t.test('no words mean run with nothing set', async t => {
  const line = parseCommandLine([])
  t.equal(line.verb, 'run')
  t.equal(line.instead, null)
  t.equal(line.flags.size, 0)
})

t.test('the verb may stand before or after its flags', async t => {
  t.equal(parseCommandLine(['keygen', '--out', 'x']).verb, 'keygen')
  t.equal(parseCommandLine(['--out', 'x', 'keygen']).verb, 'keygen')
  t.equal(parseCommandLine(['run', '--port', '1']).verb, 'run')
})

t.test('values are kept as they were written', async t => {
  const { flags } = parseCommandLine(
    ['--port', '0x10', '--period=-1', '--text=--json', '--name', ''],
  )
  t.same(flags.get('port'), ['0x10'])
  t.same(flags.get('period'), ['-1'])
  t.same(flags.get('text'), ['--json'])
  t.same(flags.get('name'), [''])
})

t.test('a flag given again keeps both texts', async t => {
  const { flags } = parseCommandLine(['--connect', 'a:1', '--connect', 'b:2'])
  t.same(flags.get('connect'), ['a:1', 'b:2'])
})

t.test('a switch takes no word behind it', async t => {
  const line = parseCommandLine(['--json', 'keygen'])
  t.equal(line.verb, 'keygen')
  t.same(line.flags.get('json'), ['true'])
  t.same(parseCommandLine(['--json=false']).flags.get('json'), ['false'])
})

t.test('help and version win over every mistake', async t => {
  for (const argv of [['-h'], ['--help'], ['--bogus', '-h'], ['--port', '-h']]) {
    t.equal(parseCommandLine(argv).instead, 'help', argv.join(' '))
  }
  for (const argv of [['-V'], ['--version'], ['keygen', '-V']]) {
    t.equal(parseCommandLine(argv).instead, 'version', argv.join(' '))
  }
  t.equal(parseCommandLine(['keygen', '--help']).verb, 'keygen')
})

t.test('what is not understood is refused by name, with the nearest known word', async t => {
  const cases: [string[], RegExp][] = [
    [['--prot', '80'], /^unknown flag "--prot"; did you mean --port\?$/],
    [['--conect=a:1'], /^unknown flag "--conect"; did you mean --connect\?$/],
    [['--maxlinks', '3'], /did you mean --max-links\?$/],
    [['--max_links', '3'], /did you mean --max-links\?$/],
    [['--frobnicate'], /^unknown flag "--frobnicate"; see p2p-gossip --help$/],
    [['-p', '80'], /^unknown flag "-p"; see/],
    [['-hV'], /^unknown flag "-hV"/],
    [['-5'], /^unknown flag "-5"/],
    [['--no-json'], /^unknown flag "--no-json"; see/],
    [['--__proto__', 'x'], /^unknown flag "--__proto__"/],
    [['--constructor'], /^unknown flag "--constructor"/],
    [['--port'], /^--port needs a value: give --port PORT$/],
    [['--port', '--json'], /^--port needs a value: give --port PORT$/],
    [['--json=maybe'], /^--json takes no value, not "maybe"/],
    [['runn'], /^unknown verb "runn"; did you mean run\?$/],
    [['publish'], /^unknown verb "publish"; the verbs are run, keygen, id$/],
    [['run', 'x'], /^stray word "x" after run; see/],
    [['id', 'keygen'], /^stray word "keygen" after id/],
    [['1.2.3.4:80'], /^stray word "1.2.3.4:80"; did you mean --connect 1.2.3.4:80\?$/],
    [['keygen', '--period', '3'], /^--period is no flag of keygen but of run; leave it out$/],
  ]
  for (const [argv, message] of cases) t.match(refusal(argv), message, argv.join(' '))
})
