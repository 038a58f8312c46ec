import t from 'tap'
import { z } from 'zod'
import { decodeCbor, encodeCbor } from '../../src/wire/cbor.js'
import { fromHex, toHex } from './sample-frames.js'

const anything = z.custom<object>(() => true)

function codeOf (hex: string): string {
  const value: unknown = decodeCbor(fromHex(hex), anything)
  return value instanceof Object && 'code' in value ? String(value.code) : 'accepted'
}

t.test('what the subset has is accepted', async t => {
  const good = [
    'a0', '80', '60', '40', 'f4', 'f5', 'f6', '00', '17', '1818', '190100', '1a00010000',
    '1b001fffffffffffff', '62c3bc', '83010203', 'a26161016162820102', '8180', '818181818181818180',
  ]
  for (const hex of good) t.equal(codeOf(hex), 'accepted', hex)
})

t.test('what the subset lacks is malformed', async t => {
  const bad = {
    'nothing': '',
    'bytes after the item': '0000',
    'half a number': '19ff',
    'half a text': '6261',
    'half a byte string': '5a0000ffff00',
    'half an array': '8201',
    'half a map': 'a16161',
    'an array of 2^32 - 1 items': '9affffffff00',
    'a map of 2^53 - 1 pairs': 'bb001fffffffffffff00',
    'a float': 'f93c00',
    'a NaN': 'f97e00',
    'an infinity': 'fb7ff0000000000000',
    'undefined': 'f7',
    'a simple value': 'f820',
    'a break': 'ff',
    'a tag': 'c000',
    'a bignum': 'c249010000000000000000',
    'an indefinite array': '9fff',
    'an indefinite map': 'bfff',
    'an indefinite text': '7f6161ff',
    'an indefinite byte string': '5f4100ff',
    'a reserved length': '1c',
    'a long form of 1': '1801',
    'a long form of a text length': '780161',
    'a long form of an array length': '9800',
    'a key that is no text': 'a10101',
    'a key twice': 'a2616101616102',
    'a key __proto__ twice': 'a2695f5f70726f746f5f5f01695f5f70726f746f5f5f02',
    'a text that is not UTF-8': '61ff',
    'an overlong encoding': '62c080',
    'a surrogate': '63eda080',
    'a key that is not UTF-8': 'a161ff01',
  }
  for (const [what, hex] of Object.entries(bad)) t.equal(codeOf(hex), 'body-malformed', what)
})

t.test('numbers beyond 2^53 - 1 are out of range', async t => {
  t.equal(codeOf('1b0020000000000000'), 'value-out-of-range')
  t.equal(codeOf('1bffffffffffffffff'), 'value-out-of-range')
  t.equal(codeOf('3b0020000000000000'), 'value-out-of-range')
})

t.test('nesting of 8 is accepted, of 9 refused, of 10,000 refused as cheaply', async t => {
  t.equal(codeOf('81'.repeat(7) + '8100'), 'accepted')
  t.equal(codeOf('81'.repeat(8) + '8100'), 'body-too-deep')
  t.equal(codeOf('a16161'.repeat(9) + '00'), 'body-too-deep')
  t.equal(codeOf('81'.repeat(10_000) + '00'), 'body-too-deep')
})

t.test('2,048 items are accepted, one more is out of range', async t => {
  t.equal(codeOf('9907ff' + '00'.repeat(2_047)), 'accepted')
  t.equal(codeOf('990800' + '00'.repeat(2_048)), 'value-out-of-range')
})

t.test('texts come back to the last code unit, a byte order mark in front included', async t => {
  const schema = z.strictObject({ text: z.string() })
  for (const text of ['', '\ufeff', '\ufeffabc', `\ufeff${'a'.repeat(99)}`, 'ü漢👋', '\u0000']) {
    t.same(decodeCbor(encodeCbor({ text }, schema), schema), { text })
  }
})

t.test('keys are encoded sorted by length, then by bytes', async t => {
  t.equal(toHex(encodeCbor({ bb: 1, b: 2, a: 3 }, anything)), 'a361610361620262626201')
})

t.test('an own value that its schema refuses throws and says where', async t => {
  const schema = z.strictObject({ row: z.array(z.int()) })
  t.throws(() => encodeCbor({ row: [1, 'x'] }, schema), /assertion failed: own body row\.1: /)
  t.throws(() => encodeCbor({ row: [], more: 1 }, schema), /body: has an unknown key/)
})
