import t from 'tap'
import type { Flag, Value } from '../../src/cli/flag.js'
import { FLAG_NAMES, flagOf, type FlagName } from '../../src/cli/flags.js'
import {
  jsonText, quote, valueFromJson, valueFromText, valueFromTexts,
} from '../../src/cli/values.js'
import { GossipError, type NodeOptions } from '../../src/index.js'
import { resolveOptions } from '../../src/options.js'

function fromText (name: FlagName, text: string, origin: string): Value {
  return valueFromText(flagOf(name), text, origin)
}

function fromTexts (name: FlagName, texts: readonly string[], origin: string): Value {
  return valueFromTexts(flagOf(name), texts, origin)
}

function fromJson (name: FlagName, value: unknown, origin: string): Value {
  return valueFromJson(flagOf(name), value, origin)
}

function refusal (read: () => Value): string {
  try {
    read()
  } catch (error) {
    if (error instanceof GossipError && error.code === 'option-invalid') return error.message
    throw error
  }
  return ''
}

t.test('good texts become values', async t => {
  const cases: [FlagName, string, Value][] = [
    ['port', '0', 0],
    ['port', '65535', 65_535],
    ['period', '0.1', 0.1],
    ['period', '.5', 0.5],
    ['period', '3.', 3],
    ['period', '86400', 86_400],
    ['connect', 'a.example:1, [::1]:2', ['a.example:1', '[::1]:2']],
    ['connect', `${'a'.repeat(52)}@h:1`, [`${'a'.repeat(52)}@h:1`]],
    ['advertise', '1.2.3.4:5', ['1.2.3.4:5']],
    ['host', '::', '::'],
    ['host', '127.0.0.1', '127.0.0.1'],
    ['host', 'localhost', 'localhost'],
    ['name', '', ''],
    ['text', 'a, b', 'a, b'],
    ['key-type', 'rsa', 'rsa'],
    ['json', '1', true],
    ['json', 'false', false],
    ['key', './k', './k'],
    ['quota', '1048576', 1_048_576],
    ['quota', '64M', 67_108_864],
    ['quota', '16g', 17_179_869_184],
    ['max-content', '960K', 983_040],
    ['max-content', '1', 1],
    ['retain', '60', 60],
    ['difficulty', '28', 28],
    ['carry', 'none', 'none'],
    ['work', 'tapehash', 'tapehash'],
    ['sync', 'true', true],
    ['chat', 'a, b ', 'a, b '],
    ['subscribe', 'a, b', ['a, b']],
    ['subscribe', 'a\n\nb\r\n', ['a', 'b']],
  ]
  for (const [name, text, value] of cases) {
    t.same(fromText(name, text, 'it'), value, `${name} ${text}`)
  }
})

t.test('bad texts are refused with origin, range and what was found', async t => {
  const whole = 'x must be a whole number from 0 to 65535, not'
  for (const text of ['abc', '70000', '-1', '1.5', '0x10', '1e3', ' 1', 'NaN', 'Infinity']) {
    t.equal(refusal(() => fromText('port', text, 'x')), `${whole} ${JSON.stringify(text)}`)
  }
  const seconds = 'x must be a number of seconds from 0.1 to 86400, not'
  for (const text of ['0', '-1', 'NaN', '0.09', '86400.1', '1e1', '5s', '.', '1,5']) {
    t.equal(refusal(() => fromText('period', text, 'x')), `${seconds} ${JSON.stringify(text)}`)
  }
  const targets = ['nowhere', 'h:0', 'h:65536', ':1', 'h:', 'bob@h:1', 'a:1,', 'http://h:1']
  for (const text of targets) {
    const refused = refusal(() => fromText('connect', text, 'x'))
    t.match(refused, /^x (must be HOST:PORT or|needs)/, text)
  }
  const named = `${'a'.repeat(52)}@h:1`
  t.match(refusal(() => fromText('advertise', named, 'x')), /must be HOST:PORT/)
  for (const text of ['1.2.3.4:80', '[::1]', 'a b', 'h/1', '1.2.3.4.5']) {
    t.match(refusal(() => fromText('host', text, 'x')), /without a port, not/, text)
  }
  const bytes = 'x must be a number of bytes from 1M to 16G, not'
  for (const text of ['1', '1023K', '17G', '1.5M', '-1', '1T', 'M', '1e9', '9'.repeat(20)]) {
    t.equal(refusal(() => fromText('quota', text, 'x')), `${bytes} ${JSON.stringify(text)}`)
  }
  t.match(refusal(() => fromText('max-content', '961K', 'x')), /bytes from 1 to 960K, not/)
  t.match(refusal(() => fromText('retain', '59', 'x')), /of seconds from 60 to 2592000, not/)
  t.match(refusal(() => fromText('difficulty', '29', 'x')), /from 0 to 28, not "29"/)
  t.match(refusal(() => fromText('carry', 'some', 'x')), /one of all, none, not "some"/)
  t.match(refusal(() => fromText('work', 'md5', 'x')), /of sha256, tapehash, not "md5"/)
  for (const text of ['a\nb', 'é'.repeat(513)]) {
    t.match(refusal(() => fromText('chat', text, 'x')), /a text of 1 to 1024 bytes on one/)
  }
  t.match(refusal(() => fromText('json', 'maybe', 'x')), /must be true or false/)
  t.match(refusal(() => fromText('key-type', 'dsa', 'x')), /of ed25519, p256, rsa, not "dsa"/)
  t.match(refusal(() => fromText('text', 'é'.repeat(129), 'x')), /a text of 0 to 256 bytes/)
  t.match(refusal(() => fromText('key', 'a\0b', 'x')), /the path of a file/)
})

t.test('kinds of verbs that talk to a node', async t => {
  const flag = (kind: Flag['kind'], range?: [number, number]): Flag =>
    ({ kind, value: 'X', about: '', fallback: '', ...(range === undefined ? {} : { range }) })
  const good: [Flag, string, Value][] = [
    [flag('stored', [0, 9]), 'all', 'all'], [flag('stored', [0, 9]), '9', 9],
    [flag('hex', [64, 64]), 'AB'.repeat(32), 'ab'.repeat(32)], [flag('hex', [1, 64]), 'f', 'f'],
    [flag('time'), 'all', 0], [flag('time'), '1970-01-01T00:00:01Z', 1_000],
    [flag('identity'), 'a'.repeat(52), 'a'.repeat(52)], [flag('node'), '8080', '8080'],
  ]
  for (const [kind, text, value] of good) t.equal(valueFromText(kind, text, 'x'), value, text)
  const bad: [Flag, string, RegExp][] = [
    [flag('stored', [0, 9]), '10', /^x must be all, or a whole number from 0 to 9, not "10"$/],
    [flag('hex', [64, 64]), 'ab', /^x must be 64 hex digits, not "ab"$/],
    [flag('hex', [1, 64]), 'g', /^x must be 1 to 64 hex digits, not "g"$/],
    [flag('time'), 'yesterday', /^x must be a time such as .*, or all, not "yesterday"$/],
    [flag('identity'), 'bob', /^x must be an identity: 52 characters/],
    [flag('node'), '', /^x needs a value: a port, a short identity or the path of a socket$/],
  ]
  for (const [kind, text, said] of bad) {
    t.match(refusal(() => valueFromText(kind, text, 'x')), said, text)
  }
})

t.test('an empty value is refused where it means nothing', async t => {
  for (const name of FLAG_NAMES) {
    const refused = refusal(() => fromText(name, '', 'x'))
    if (name === 'name' || name === 'text') t.equal(refused, '', name)
    else t.match(refused, /^x needs a value: /, name)
  }
})

t.test('only lists may be given again', async t => {
  t.same(fromTexts('connect', ['a:1', 'b:2,c:3'], 'x'), ['a:1', 'b:2', 'c:3'])
  t.same(fromTexts('subscribe', ['a', 'b, c'], 'x'), ['a', 'b, c'])
  t.match(refusal(() => fromTexts('port', ['1', '1'], 'x')), /^x is given 2 times; give/)
})

t.test('lists have a limit', async t => {
  const nine = Array.from({ length: 9 }, (_, at) => `h:${at + 1}`)
  t.match(refusal(() => fromTexts('advertise', nine, 'x')), /^x has 9 entries; .* most 8$/)
})

t.test('values of a JSON file must have their type', async t => {
  t.equal(fromJson('port', 81, 'x'), 81)
  t.equal(fromJson('json', true, 'x'), true)
  t.equal(fromJson('quota', 1_048_576, 'x'), 1_048_576)
  t.equal(fromJson('quota', '1M', 'x'), 1_048_576)
  t.same(fromJson('subscribe', ['a, b', 'c'], 'x'), ['a, b', 'c'])
  t.same(fromJson('connect', ['a:1'], 'x'), ['a:1'])
  t.same(fromJson('connect', 'a:1', 'x'), ['a:1'])
  const wrong: [FlagName, unknown][] = [
    ['port', '81'], ['port', 1e21], ['port', null], ['name', 3], ['json', 'true'], ['connect', [1]],
    ['connect', {}], ['period', [5]],
  ]
  for (const [name, value] of wrong) {
    t.match(refusal(() => fromJson(name, value, 'x')), /^x must be /, JSON.stringify(value))
  }
})

t.test('quoted texts and JSON lines drive no terminal', async t => {
  t.equal(quote('a\u001b[2J\u009b\n'), '"a\\u001b[2J\\u009b\\n"')
  t.equal(quote('x'.repeat(200)).length, 82)
  t.equal(jsonText({ a: '\u0085\u2028' }), '{"a":"\\u0085\\u2028"}')
  t.same(JSON.parse(jsonText({ a: '\u0085\u001b' })), { a: '\u0085\u001b' })
})

t.test('ranges are those of the library', async t => {
  const scale: Partial<Record<FlagName, [keyof NodeOptions, number]>> = {
    port: ['port', 1], period: ['periodMs', 1_000], rejoin: ['rejoinMs', 1_000],
    'max-links': ['maxLinks', 1], 'max-members': ['maxMembers', 1],
  }
  for (const name of FLAG_NAMES) {
    const { range = [0, 0] } = flagOf(name)
    const [option, times] = scale[name] ?? []
    if (option === undefined || times === undefined) continue
    for (const [value, isGood] of [
      [range[0] * times, true], [range[1] * times, true],
      [range[0] * times - 1, false], [range[1] * times + 1, false],
    ] as const) {
      const options = { ...(name === 'max-members' ? { maxLinks: 4 } : {}), [option]: value }
      if (isGood) t.doesNotThrow(() => resolveOptions(options), `${name} ${value}`)
      else t.throws(() => resolveOptions(options), { code: 'option-invalid' }, `${name} ${value}`)
    }
  }
  for (const name of ['name', 'text', 'network', 'host'] as const) {
    const [low, high] = flagOf(name).range ?? [0, 0]
    t.doesNotThrow(() => resolveOptions({ [name]: 'x'.repeat(low) }), `${name} ${low}`)
    t.doesNotThrow(() => resolveOptions({ [name]: 'x'.repeat(high) }), `${name} ${high}`)
    t.throws(() => resolveOptions({ [name]: 'x'.repeat(high + 1) }), `${name} ${high + 1}`)
  }
  for (const name of ['connect', 'advertise'] as const) {
    const most = flagOf(name).range?.[1] ?? 0
    const items = (count: number): string[] => Array.from({ length: count }, () => 'h:1')
    t.doesNotThrow(() => resolveOptions({ [name]: items(most) }), `${name} ${most}`)
    t.throws(() => resolveOptions({ [name]: items(most + 1) }), `${name} ${most + 1}`)
  }
})
