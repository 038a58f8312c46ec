import t from 'tap'
import { parseCommandLine } from '../../src/cli/command-line.js'
import { nameOf } from '../../src/cli/verb.js'
import { GossipError } from '../../src/index.js'

function verbOf (argv: readonly string[]): string {
  return nameOf(parseCommandLine(argv).verb)
}

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
  t.equal(line.verb.words[0], 'run')
  t.equal(line.instead, null)
  t.equal(line.flags.size, 0)
})

t.test('the verb may stand before or after its flags', async t => {
  t.equal(verbOf(['keygen', '--out', 'x']), 'keygen')
  t.equal(verbOf(['--out', 'x', 'keygen']), 'keygen')
  t.equal(verbOf(['run', '--port', '1']), 'run')
  t.equal(verbOf(['--name', 'a', 'contacts', 'remove']), 'contacts remove')
})

t.test('words behind a verb are its operands, and -- ends flags', async t => {
  t.same(parseCommandLine(['publish', 'hello', '--topic', 'x']).operands, ['hello'])
  t.same(parseCommandLine(['publish', '--', '-5 °C']).operands, ['-5 °C'])
  t.same(parseCommandLine(['publish', '--json', '--', '--help']).operands, ['--help'])
  t.same(parseCommandLine(['publish', '--', '--json=maybe']).operands, ['--json=maybe'])
  t.same(parseCommandLine(['schedule', 'add', '* * * * *', '--', 'tick']).operands,
    ['* * * * *', 'tick'])
  t.same(parseCommandLine(['subscribe', 'a', 'b', 'c']).operands, ['a', 'b', 'c'])
  t.same(parseCommandLine(['import', '-']).operands, ['-'])
  t.same(parseCommandLine(['publish', 'run']).operands, ['run'])
  t.same(parseCommandLine(['publish', '']).operands, [''])
})

t.test('a group has help of its own', async t => {
  t.match(parseCommandLine(['contacts', '--help']), { instead: 'help', group: 'contacts' })
  t.match(parseCommandLine(['contacts', 'add', '-h']), { instead: 'help', group: null })
  t.match(parseCommandLine(['inbox', '-h']), { instead: 'help', group: null })
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
  t.equal(nameOf(line.verb), 'keygen')
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
  t.equal(verbOf(['keygen', '--help']), 'keygen')
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
    [['frobnicate'], /^unknown verb "frobnicate"; the verbs are run, keygen, id, doctor, status, /],
    [['help'], /^unknown verb "help"; did you mean --help\?$/],
    [['contacts'], /^contacts needs one more word: add, set-key, list, remove$/],
    [['contacts', 'ad'], /^unknown verb "contacts ad"; did you mean contacts add\?$/],
    [['contacts', 'x'], /^unknown verb "contacts x"; contacts takes add, set-key, list, remove$/],
    [['inbox', 'chang'], /^stray word "chang" after inbox; did you mean inbox change\?$/],
    [['messages', 'all'], /^stray word "all" after messages; see p2p-gossip --help$/],
    [['ping'], /^ping needs PEER, an identity, .*; see p2p-gossip ping --help$/],
    [['publish', 'a', 'b'], /^stray word "b" after publish; put quotes around a text with spaces/],
    [['publish', '-x'], /^unknown flag "-x"; a text that begins with - stands behind --; see/],
    [['publish', '--to', 'bob'], /^--to is no flag of publish but of send; leave it out$/],
    [['status', '--topic', 'x'], /^--topic is no flag of status but of publish, .* and \d more; /],
    [['--', 'x'], /^stray word "x" behind --; see/],
    [['publish', '--wait'], /^--wait needs a value: give --wait COUNT$/],
    [['run', 'x'], /^stray word "x" after run; see/],
    [['id', 'keygen'], /^stray word "keygen" after id/],
    [['1.2.3.4:80'], /^stray word "1.2.3.4:80"; did you mean --connect 1.2.3.4:80\?$/],
    [['keygen', '--period', '3'], /^--period is no flag of keygen but of run; leave it out$/],
  ]
  for (const [argv, message] of cases) t.match(refusal(argv), message, argv.join(' '))
})
