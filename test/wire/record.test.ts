import { encode } from 'cborg'
import t from 'tap'
import { decodeRecord, encodeRecord, signedBytes } from '../../src/wire/record.js'
import { RECORD, bytesOf, fromHex, toHex } from './sample-frames.js'

t.test('a record comes back as it was encoded', async t => {
  for (const record of [
    RECORD,
    { ...RECORD, boxKey: null, state: 'left' as const, addresses: [], tags: {}, ephemeral: true },
    { ...RECORD, version: 0xffff_ffff, incarnation: Number.MAX_SAFE_INTEGER },
    { ...RECORD, name: '\u001b[2J' },
  ]) t.strictSame(decodeRecord(encodeRecord(record)), record)
})

t.test('a body is a plain buffer of its own', async t => {
  const body = encodeRecord(RECORD)
  t.equal(body.constructor, Uint8Array)
  t.equal(body.buffer.byteLength, body.length)
})

t.test('a tag called __proto__ is a tag like any other', async t => {
  const tags = Object.fromEntries([['__proto__', 'x'], ['constructor', 'y']])
  const record = decodeRecord(encodeRecord({ ...RECORD, tags }))
  t.notOk('code' in record)
  if ('code' in record) return
  t.same(Object.entries(record.tags).sort(), [['__proto__', 'x'], ['constructor', 'y']])
  t.equal(Object.getPrototypeOf(record.tags), Object.prototype)
})

t.test('values at their limit are accepted, one beyond is malformed', async t => {
  const tagsOf = (count: number) => (
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`key${i}`, '']))
  )
  const cases: [object, object][] = [
    [{ publicKey: bytesOf(1_024) }, { publicKey: bytesOf(1_025) }],
    [{ publicKey: bytesOf(1) }, { publicKey: bytesOf(0) }],
    [{ incarnation: Number.MAX_SAFE_INTEGER }, { incarnation: -1 }],
    [{ incarnation: 0 }, { incarnation: 0.5 }],
    [{ version: 0xffff_ffff }, { version: 2 ** 32 }],
    [{ issuedMs: 0 }, { issuedMs: '0' }],
    [{ state: 'left' }, { state: 'gone' }],
    [{ name: 'ü'.repeat(32) }, { name: 'ü'.repeat(32) + 'a' }],
    [{ addresses: new Array(8).fill('a:1') }, { addresses: new Array(9).fill('a:1') }],
    [{ addresses: ['[::1]:65535'] }, { addresses: ['::1:65535'] }],
    [{ tags: tagsOf(16) }, { tags: tagsOf(17) }],
    [{ tags: { ü: 'a'.repeat(1_022) } }, { tags: { ü: 'a'.repeat(1_023) } }],
    [{ tags: {} }, { tags: { a: 1 } }],
    [{ tags: { '': '' } }, { tags: [] }],
    [{ tags: { a: 'b' } }, { tags: null }],
    [{ tags: { a: 'b' } }, { tags: bytesOf(0) }],
    [{ ephemeral: true }, { ephemeral: null }],
    [{ boxKey: null }, { boxKey: bytesOf(31) }],
    [{ boxKey: bytesOf(32) }, { boxKey: bytesOf(33) }],
    [{}, { more: 1 }],
  ]
  for (const [good, bad] of cases) {
    const what = Object.keys(bad).join()
    t.notMatch(decodeRecord(encode({ ...RECORD, ...good })), { code: 'record-malformed' }, what)
    const refusal = decodeRecord(encode({ ...RECORD, ...bad }))
    t.match(refusal, { type: 'refusal', code: 'record-malformed', message: /^record: / }, what)
    t.throws(() => encodeRecord({ ...RECORD, ...bad }), /assertion failed/, what)
  }
})

t.test('each missing field is malformed', async t => {
  for (const key of Object.keys(RECORD)) {
    const rest = Object.fromEntries(Object.entries(RECORD).filter(([name]) => name !== key))
    t.match(decodeRecord(encode(rest)), { code: 'record-malformed' }, key)
  }
})

t.test('bytes that are no record are malformed, a depth bomb and 4,097 bytes included', async t => {
  for (const body of [
    new Uint8Array(0), fromHex('ff'), bytesOf(4_000, 0x81), bytesOf(4_097, 0x81),
    new Uint8Array([...encodeRecord(RECORD), 0]),
  ]) t.match(decodeRecord(body), { type: 'refusal', code: 'record-malformed' })
})

t.test('every cut of a record is malformed', async t => {
  const body = encodeRecord(RECORD)
  for (let length = 0; length < body.length; length++) {
    const cut = decodeRecord(body.subarray(0, length))
    if (!('code' in cut)) t.fail(`cut at ${length}`)
  }
})

t.test('a signature covers its purpose, a zero byte, the network and the body', async t => {
  const bytes = signedBytes('record', bytesOf(32, 0xaa), fromHex('0102'))
  t.equal(toHex(bytes), toHex(Buffer.from('p2p-gossip/1 record\0')) + 'aa'.repeat(32) + '0102')
})

t.test('a network hash of another length is a bug', async t => {
  t.throws(() => signedBytes('record', bytesOf(31), bytesOf(1)), /assertion failed/)
})
