import { readFileSync } from 'node:fs'
import t from 'tap'
import {
  DATA_BYTES_MAX, encodeMessage, isFault, MESSAGE_BYTES_MAX, NUMBERS, parseMessage, type Message,
} from '../../src/voidphone/codec.js'

interface Oracle {
  readonly module_api: readonly { readonly type: number, readonly name: string }[]
  readonly peer_messages: readonly { readonly type: number, readonly name: string }[]
  readonly module_api_examples_hex: Readonly<Record<string, string>>
}

const oracle = JSON.parse(readFileSync(
  new URL('../fixtures/oracles/voidphone.json', import.meta.url), 'utf8')) as Oracle
const deadbeef = new TextEncoder().encode('deadbeef')
const EXAMPLES: Readonly<Record<string, Message>> = {
  'NOTIFY type 1337': { kind: 'notify', type: 1337 },
  'ANNOUNCE ttl 4 type 1337 \'deadbeef\' as text':
    { kind: 'announce', hopsMax: 4, type: 1337, data: deadbeef },
  'VALIDATION valid, id 0x1234': { kind: 'validation', id: 0x1234, isValid: true },
  'NOTIFICATION id 0x1234 type 1337':
    { kind: 'notification', id: 0x1234, type: 1337, data: deadbeef },
}

function parsed (hex: string): unknown {
  const message = parseMessage(bytesOf(hex))
  return isFault(message) ? message.why : message
}

function bytesOf (hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
}

function hexOf (message: Message): string {
  return Buffer.from(encodeMessage(message)).toString('hex')
}

t.test('every message of the oracle has its number', async t => {
  const named = [...oracle.module_api, ...oracle.peer_messages]
    .map(({ type, name }) => [name.replace('GOSSIP ', '').replaceAll(' ', '-').toLowerCase(), type])
  t.same(Object.fromEntries(named), NUMBERS)
})

t.test('the examples of the oracle are read and written to the byte', async t => {
  t.same(Object.keys(oracle.module_api_examples_hex).sort(), Object.keys(EXAMPLES).sort())
  for (const [name, message] of Object.entries(EXAMPLES)) {
    const hex = oracle.module_api_examples_hex[name] ?? ''
    t.same(parsed(hex), message, name)
    t.equal(hexOf(message), hex, name)
  }
})

t.test('NOTIFY and VALIDATION have exactly 8 bytes, ANNOUNCE and NOTIFICATION at least 8',
  async t => {
    for (const number of ['01f5', '01f7']) {
      t.match(parsed(`0007 ${number} 000005`), /has no 7 bytes/)
      t.match(parsed(`0009 ${number} 0000053900`), /has no 9 bytes/)
    }
    for (const number of ['01f4', '01f6']) {
      t.match(parsed(`0007 ${number} 000005`), /has no 7 bytes/)
      t.match(parsed(`0008 ${number} 00000539`), { type: 1337, data: new Uint8Array() })
    }
  })

t.test('the size of the head is that of the whole message', async t => {
  t.match(parsed('0008 01f5 00000539 00'), /of 8 bytes has 9/)
  t.match(parsed('0009 01f4 00000539'), /of 9 bytes has 8/)
  t.match(parsed('0000 01f5'), /has no 0 bytes/)
  t.match(parsed('0003 01f4'), /has no 3 bytes/)
  t.match(parsed('0008 01'), /a head of 4 bytes/)
})

t.test('numbers beside 500 to 507 are not known', async t => {
  for (const number of ['0000', '01f3', '01fc', 'ffff']) {
    t.match(parsed(`0008 ${number} 00000539`), /is not known/)
  }
})

t.test('reserved bits are ignored and sent as zeros', async t => {
  t.same(parsed('0008 01f5 ffff 0539'), { kind: 'notify', type: 1337 })
  t.match(parsed('0008 01f4 04 ff 0539'), { hopsMax: 4, type: 1337 })
  t.same(parsed('0008 01f7 1234 ffff'), { kind: 'validation', id: 0x1234, isValid: true })
  t.same(parsed('0008 01f7 1234 fffe'), { kind: 'validation', id: 0x1234, isValid: false })
  t.equal(hexOf({ kind: 'validation', id: 1, isValid: false }), '000801f700010000')
})

t.test('a PEER REQUEST has a nonce of 32 bits, as it is sent, or of 64', async t => {
  t.same(parsed('000c 01f8 07 ffffff deadbeef'),
    { kind: 'peer-request', entriesMax: 7, nonce: 0xdeadbeefn })
  t.same(parsed('0010 01f8 07 000000 0123456789abcdef'),
    { kind: 'peer-request', entriesMax: 7, nonce: 0x0123456789abcdefn })
  t.equal(hexOf({ kind: 'peer-request', entriesMax: 7, nonce: 0xdeadbeefn }),
    '000c01f807000000deadbeef')
  for (const size of [11, 13, 14, 15, 17]) {
    const hex = Buffer.from([0, size, 1, 0xf8, ...new Uint8Array(size - 4)]).toString('hex')
    t.match(parsed(hex), /has no/, `${size} bytes`)
  }
})

t.test('VERIFICATION REQUEST and RESPONSE have exactly 12 and 20 bytes', async t => {
  t.same(parsed('000c 01fa 0123456789abcdef'),
    { kind: 'verification-request', nonce: 0x0123456789abcdefn })
  t.same(parsed('0014 01fb 0123456789abcdef 0000000001281846'),
    { kind: 'verification-response', nonce: 0x0123456789abcdefn, challenge: 0x1281846n })
  t.match(parsed('000d 01fa 0123456789abcdef00'), /has no 13/)
  t.match(parsed('0013 01fb 0123456789abcdef 00000000012818'), /has no 19/)
  t.equal(hexOf({ kind: 'verification-request', nonce: 1n }), '000c01fa0000000000000001')
  t.equal(hexOf({ kind: 'verification-response', nonce: 1n, challenge: 2n }),
    '001401fb00000000000000010000000000000002')
})

t.test('a PEER RESPONSE lists addresses of one family', async t => {
  const four = {
    kind: 'peer-response', nonce: 1n, challenge: 2n, family: 4,
    entries: ['192.0.2.1:8080', '10.0.0.255:1'],
  } as const
  const six = { ...four, family: 6, entries: ['[2001:db8::1]:8080', '[::1]:65535'] } as const
  const head = '0000000000000001 0000000000000002'
  const fours = `0024 01f9 ${head} 00000000 c0000201 1f90 0a0000ff 0001`
  const sixes = `003c 01f9 ${head} 80000000 20010db8000000000000000000000001 1f90` +
    '00000000000000000000000000000001 ffff'
  for (const [message, hex] of [[four, fours], [six, sixes]] as const) {
    t.same(parsed(hex), message)
    t.equal(hexOf(message), hex.replaceAll(' ', ''))
  }
  t.match(parsed(fours.replace('00000000 c0', '7fffffff c0')), four, 'reserved')
  t.same(parsed(`0018 01f9 ${head} 00000000`), { ...four, entries: [] })
  t.match(parsed(`001d 01f9 ${head} 00000000 c000020100`), /within an entry/)
  t.match(parsed(`001e 01f9 ${head} 80000000 c0000201 1f90`), /within an entry/)
  t.match(parsed(`0014 01f9 ${head}`), /has no 20 bytes/)
  t.throws(() => encodeMessage({ ...four, entries: six.entries }), { code: 'option-invalid' })
  t.throws(() => encodeMessage({ ...four, entries: ['name.example:1'] }),
    { code: 'option-invalid' })
})

t.test('what does not fit a message is not written', async t => {
  const most = encodeMessage({
    kind: 'announce', hopsMax: 255, type: 65_535, data: new Uint8Array(DATA_BYTES_MAX),
  })
  t.equal(most.length, MESSAGE_BYTES_MAX)
  t.same([...most.subarray(0, 8)], [255, 255, 1, 0xf4, 255, 0, 255, 255])
  const tooMuch = new Uint8Array(DATA_BYTES_MAX + 1)
  t.throws(() => encodeMessage({ kind: 'announce', hopsMax: 0, type: 1, data: tooMuch }),
    { code: 'option-invalid' })
  for (const type of [-1, 65_536, 1.5, NaN]) {
    t.throws(() => encodeMessage({ kind: 'notify', type }), { code: 'option-invalid' })
  }
})
