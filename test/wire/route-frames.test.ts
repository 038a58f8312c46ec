import t from 'tap'
import { decodeFrame } from '../../src/wire/decode.js'
import { encodeFrame } from '../../src/wire/encode.js'
import { TAG, type Frame, type FrameType, type Heads } from '../../src/wire/frame.js'
import { encodeLinkTable } from '../../src/wire/link-table.js'
import { isRefusal } from '../../src/wire/refusal.js'
import { decodePingBody, encodePingBody } from '../../src/wire/relay-ping.js'
import { PING_BODY, TABLE, bytesOf, fromHex, identityOf, toHex } from './sample-frames.js'

const tableBody = encodeLinkTable(TABLE)
const pingBody = encodePingBody(PING_BODY)
const RANGE = { author: identityOf(1), incarnation: 5, first: 1, last: 9 }
const HEADS: Heads = { type: 'heads', rows: [RANGE] }
const DIGEST = { hash: bytesOf(32), rows: null, answer: false }

function whyNot (type: FrameType, body: Uint8Array): string {
  const frame = decodeFrame(TAG[type], body)
  return frame.type === 'refusal' ? `${frame.code} ${frame.message}` : 'accepted'
}

function bodyOf (frame: Frame): Uint8Array {
  return encodeFrame(frame).slice(5)
}

/** u16 length, what is signed, the signature: whatever they are. */
function signed (body: Uint8Array, signatureBytes: number, length = body.length): Uint8Array {
  const bytes = new Uint8Array([0, 0, ...body, ...bytesOf(signatureBytes, 9)])
  new DataView(bytes.buffer).setUint16(0, length)
  return bytes
}

function relayed (body: Uint8Array, signatureBytes: number, length?: number): Uint8Array {
  return new Uint8Array([3, ...signed(body, signatureBytes, length)])
}

t.test('a link-table is the length of the table, the table and its signature', async t => {
  const frame: Frame = {
    type: 'link-table', table: { body: tableBody, signature: bytesOf(64, 9) },
  }
  t.equal(toHex(bodyOf(frame)), toHex(signed(tableBody, 64)))
  t.equal(whyNot('link-table', signed(tableBody, 64)), 'accepted')
})

t.test('a relay-ping is the hops, the length of the ping, the ping and its signature', async t => {
  const frame: Frame = {
    type: 'relay-ping', hops: 3, ping: { body: pingBody, signature: bytesOf(64, 9) },
  }
  t.equal(toHex(bodyOf(frame)), toHex(relayed(pingBody, 64)))
  t.equal(whyNot('relay-ping', relayed(pingBody, 64)), 'accepted')
})

t.test('what is signed and its signature have memory of their own', async t => {
  const chunk = Buffer.alloc(65_536)
  for (const [type, body] of [
    ['link-table', signed(tableBody, 64)], ['relay-ping', relayed(pingBody, 64)],
  ] as const) {
    chunk.set(body)
    const frame = decodeFrame(TAG[type], chunk.subarray(0, body.length))
    const within = frame.type === 'link-table' ? frame.table : 'ping' in frame ? frame.ping : null
    chunk.fill(0)
    t.same(within, {
      body: type === 'link-table' ? tableBody : pingBody, signature: bytesOf(64, 9),
    })
    t.equal(within?.body.buffer.byteLength, within?.body.length)
    t.equal(within?.signature.buffer.byteLength, 64)
  }
})

t.test('signed frames that end within their parts are malformed', async t => {
  const cases: [FrameType, Uint8Array, number][] = [
    ['link-table', signed(tableBody, 64), 2 + tableBody.length],
    ['relay-ping', relayed(pingBody, 64), 3 + pingBody.length],
  ]
  for (const [type, body, signatureAt] of cases) {
    for (let length = 0; length <= signatureAt; length++) {
      const why = whyNot(type, body.subarray(0, length))
      const expected = length === 0 && type === 'relay-ping' ? 'is empty' : 'ends early'
      if (why !== `body-malformed ${type}: ${expected}`) t.fail(`${type} of ${length}: ${why}`)
    }
    t.equal(whyNot(type, body.subarray(0, signatureAt + 1)), 'accepted', 'a signature of one byte')
  }
})

t.test('signatures have at most 1,024 bytes', async t => {
  t.equal(whyNot('link-table', signed(tableBody, 1_024)), 'accepted')
  t.equal(whyNot('relay-ping', relayed(pingBody, 1_024)), 'accepted')
  const tooLong = /^value-out-of-range (link-table|relay-ping): the signature is too long/
  t.match(whyNot('link-table', signed(tableBody, 1_025)), tooLong)
  t.match(whyNot('relay-ping', relayed(pingBody, 1_025)), tooLong)
})

t.test('a link-table whose table is none is refused', async t => {
  for (const length of [0, 47, tableBody.length - 1, tableBody.length + 1]) {
    t.match(whyNot('link-table', signed(tableBody, 64, length)), /^body-malformed/, `${length}`)
  }
  const table = tableBody.slice()
  table.set(fromHex('ffffffffffffffff'), 48)
  t.match(whyNot('link-table', signed(table, 64)), /^value-out-of-range .*do not ascend/)
})

t.test('a relay-ping whose ping is none is refused', async t => {
  t.match(whyNot('relay-ping', relayed(pingBody.subarray(0, 43), 64)), /^body-malformed .*early/)
  const number = pingBody.slice()
  number.set(fromHex('0020000000000000'), 32)
  t.match(whyNot('relay-ping', relayed(number, 64)), /^value-out-of-range .*a number is above/)
  const long = new Uint8Array([...pingBody.subarray(0, 44), ...bytesOf(257, 97)])
  t.equal(whyNot('relay-ping', relayed(long.subarray(0, -1), 64)), 'accepted')
  t.match(whyNot('relay-ping', relayed(long, 64)), /^value-out-of-range .*the text is too long/)
  const odd = new Uint8Array([...pingBody.subarray(0, 44), 0xff])
  t.match(whyNot('relay-ping', relayed(odd, 64)), /^body-malformed .*the text is not UTF-8/)
})

t.test('the body of a ping is laid out field by field', async t => {
  const ping = { origin: identityOf(2), incarnation: 5, sequence: 258, text: '\ufeffü' }
  const hex = `${'02'.repeat(32)}000000000000000500000102efbbbfc3bc`
  t.equal(toHex(encodePingBody(ping)), hex)
  t.strictSame(decodePingBody(fromHex(hex)), ping)
  t.ok(isRefusal(decodePingBody(bytesOf(0))))
})

t.test('heads are rows of a log-want', async t => {
  const want = bodyOf({ type: 'log-want', id: 1, bytesMax: 1, ranges: [RANGE, RANGE] })
  t.equal(toHex(bodyOf({ ...HEADS, rows: [RANGE, RANGE] })), toHex(want.subarray(8)))
})

t.test('heads of another length are malformed, of no row out of range', async t => {
  const body = bodyOf(HEADS)
  for (let length = 1; length < body.length; length++) {
    const why = whyNot('heads', body.subarray(0, length))
    if (!why.startsWith('body-malformed heads: must be')) t.fail(`${length}: ${why}`)
  }
  t.match(whyNot('heads', new Uint8Array([...body, 0])), /^body-malformed heads: must be/)
  t.match(whyNot('heads', bytesOf(0)), /^value-out-of-range heads: no row/)
})

t.test('1,024 heads are accepted, 1,025 are out of range', async t => {
  const body = bodyOf({ ...HEADS, rows: new Array(1_024).fill(RANGE) })
  t.equal(whyNot('heads', body), 'accepted')
  const more = new Uint8Array([...body, ...body.subarray(0, 48)])
  t.match(whyNot('heads', more), /^value-out-of-range heads: too many rows/)
})

t.test('heads are refused for what a row of them says', async t => {
  for (const [first, last, isRange] of [
    ['00000001', '00000001', true], ['ffffffff', 'ffffffff', true], ['00000000', '00000001', false],
    ['00000002', '00000001', false],
  ] as const) {
    const body = bodyOf(HEADS)
    body.set(fromHex(first + last), 40)
    const why = isRange ? /^accepted/ : /^value-out-of-range heads: a range is none/
    t.match(whyNot('heads', body), why, `${first} to ${last}`)
  }
  const body = bodyOf(HEADS)
  body.set(fromHex('0020000000000000'), 32)
  t.match(whyNot('heads', body), /^value-out-of-range heads: a number is above/)
})

t.test('a table-digest is laid out as a roster-digest, and refused by its own name', async t => {
  const rows = [{ identity: identityOf(1), incarnation: 5, version: 6 }]
  for (const some of [DIGEST, { ...DIGEST, rows, answer: true }]) {
    const one = bodyOf({ type: 'table-digest', ...some })
    t.equal(toHex(one), toHex(bodyOf({ type: 'roster-digest', ...some })))
    t.strictSame(decodeFrame(TAG['table-digest'], one), { type: 'table-digest', ...some })
  }
  const whole = bodyOf({ type: 'table-digest', ...DIGEST, rows })
  const withFlags = (flags: number): Uint8Array => {
    const body = whole.slice()
    body[0] = flags
    return body
  }
  const number = whole.slice()
  number.set(fromHex('0020000000000000'), 33 + 32)
  const rowsTooMany = new Uint8Array(33 + 44 * 4_097)
  rowsTooMany[0] = 1
  const refused: [Uint8Array, RegExp][] = [
    [bytesOf(0), /^body-malformed table-digest: must be 33 bytes/],
    [whole.subarray(0, -1), /^body-malformed table-digest: must be 33 bytes/],
    [withFlags(5), /^body-malformed table-digest: has an unknown flag/],
    [withFlags(2), /^body-malformed table-digest: has rows without their flag/],
    [number, /^value-out-of-range table-digest: a number is above/],
    [rowsTooMany, /^value-out-of-range table-digest: too many rows/],
  ]
  for (const [body, why] of refused) t.match(whyNot('table-digest', body), why)
})

t.test('a frame of ours beyond its layout is a bug and throws', async t => {
  const table = { body: tableBody, signature: bytesOf(64) }
  const wrong: Frame[] = [
    { type: 'link-table', table: { ...table, signature: bytesOf(0) } },
    { type: 'link-table', table: { ...table, signature: bytesOf(1_025) } },
    { type: 'link-table', table: { ...table, body: bytesOf(65_536) } },
    { type: 'relay-ping', hops: 256, ping: { body: pingBody, signature: bytesOf(64) } },
    { type: 'relay-ping', hops: -1, ping: { body: pingBody, signature: bytesOf(64) } },
    { type: 'relay-ping', hops: 0, ping: { body: pingBody, signature: bytesOf(1_025) } },
    { ...HEADS, rows: [] },
    { ...HEADS, rows: new Array(1_025).fill(RANGE) },
    { ...HEADS, rows: [{ ...RANGE, first: 0 }] },
    { ...HEADS, rows: [{ ...RANGE, last: 0 }] },
    { ...HEADS, rows: [{ ...RANGE, incarnation: 2 ** 53 }] },
    { type: 'table-digest', ...DIGEST, hash: bytesOf(31) },
  ]
  for (const frame of wrong) t.throws(() => encodeFrame(frame), /assertion failed/, frame.type)
  for (const changes of [
    { text: 'ü'.repeat(129) }, { sequence: 2 ** 32 }, { sequence: -1 }, { incarnation: 2 ** 53 },
  ]) t.throws(() => encodePingBody({ ...PING_BODY, ...changes }), /assertion failed/)
})
