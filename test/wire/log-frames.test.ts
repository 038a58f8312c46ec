import t from 'tap'
import { decodeFrame } from '../../src/wire/decode.js'
import { encodeFrame } from '../../src/wire/encode.js'
import {
  TAG, type Frame, type FrameType, type LogDigest, type LogWant,
} from '../../src/wire/frame.js'
import { encodeLogRows } from '../../src/wire/log-frames.js'
import {
  HEAD, ITEM, LOG_ROW, SIGNED_HEAD, batchOf, bytesOf, fromHex, identityOf, movedBy, toHex,
} from './sample-frames.js'

const DIGEST: LogDigest = { type: 'log-digest', root: bytesOf(32), rows: [LOG_ROW], answer: false }
const WANTED = { author: identityOf(1), incarnation: 5, first: 1, last: 9 }
const WANT: LogWant = { type: 'log-want', id: 1, bytesMax: 2, ranges: [WANTED] }

function whyNot (type: FrameType, body: Uint8Array | string): string {
  const frame = decodeFrame(TAG[type], typeof body === 'string' ? fromHex(body) : body)
  return frame.type === 'refusal' ? `${frame.code} ${frame.message}` : 'accepted'
}

function bodyOf (frame: Frame): Uint8Array {
  return encodeFrame(frame).slice(5)
}

/** The body of a digest whose one row has these ranges, given as pairs of positions. */
function digestOf (count: number, ...positions: number[]): string {
  const row = `${'01'.repeat(32)}${'00'.repeat(7)}05${'00'.repeat(4)}${'06'.repeat(8)}`
  return `01${'07'.repeat(32)}${row}${count.toString(16).padStart(2, '0')}${u32s(positions)}`
}

function u32s (numbers: readonly number[]): string {
  return numbers.map(number => number.toString(16).padStart(8, '0')).join('')
}

t.test('a batch frame is the hops and then the batch', async t => {
  const batch = batchOf([ITEM])
  const bytes = encodeFrame({ type: 'batch', hops: 3, batch })
  t.equal(toHex(bytes), `${u32s([batch.length + 2])}0b03${toHex(batch)}`)
})

t.test('a batch is copied once on its way out and once on its way in', async t => {
  const batch = batchOf([{ ...ITEM, content: bytesOf(100_000) }])
  let bytes = bytesOf(0)
  t.equal(movedBy(() => { bytes = encodeFrame({ type: 'batch', hops: 0, batch }) }), batch.length)
  const chunk = new Uint8Array(2 * bytes.length)
  chunk.set(bytes)
  t.equal(movedBy(() => {
    const frame = decodeFrame(TAG.batch, chunk.subarray(5, bytes.length))
    const copy = frame.type === 'batch' ? frame.batch : chunk
    t.equal(copy.buffer.byteLength, batch.length, 'memory of its own')
  }), batch.length)
})

t.test('the largest batch fits a frame', async t => {
  const item = { ...ITEM, content: bytesOf(983_040) }
  const batch = batchOf([item], { publicKey: bytesOf(1_024) }, bytesOf(1_024))
  t.equal(whyNot('batch', bodyOf({ type: 'batch', hops: 0, batch })), 'accepted')
  t.throws(() => encodeFrame({ type: 'batch', hops: 0, batch: bytesOf(1_048_575) }), /assertion/)
})

t.test('a batch frame whose batch is none is refused', async t => {
  const body = bodyOf({ type: 'batch', hops: 0, batch: batchOf([ITEM, ITEM]) })
  t.match(whyNot('batch', ''), /^body-malformed batch: is empty$/)
  t.match(whyNot('batch', '00'), /^batch-malformed batch: the head ends early$/)
  t.match(whyNot('batch', body.subarray(0, -1)), /^batch-malformed .*a content ends early/)
  t.match(whyNot('batch', new Uint8Array([...body, 0])), /^batch-malformed .*after the last item/)
  const one = body.slice()
  // The length of the first of two items, which then swallows the second.
  one[one.length - 49 - 6] = 54
  t.match(whyNot('batch', one), /^batch-malformed .*an item ends early/)
  t.match(
    whyNot('batch', bodyOf({ type: 'batch', hops: 0, batch: batchOf([ITEM, ITEM], { count: 1 }) })),
    /^batch-malformed .*bytes after the last item/,
  )
})

t.test('a log-digest is laid out field by field', async t => {
  t.equal(toHex(bodyOf({ ...DIGEST, rows: null })), `00${'07'.repeat(32)}`)
  t.equal(toHex(bodyOf({ ...DIGEST, rows: [], answer: true })), `03${'07'.repeat(32)}`)
  const rows = [{ ...LOG_ROW, newest: 0, held: [{ first: 1, last: 2 }, { first: 4, last: 4 }] }]
  t.equal(toHex(bodyOf({ ...DIGEST, rows })), digestOf(2, 1, 2, 4, 4))
  t.equal(whyNot('log-digest', digestOf(2, 1, 2, 4, 4)), 'accepted')
})

t.test('a root is over what the rows of a digest are', async t => {
  const rows = [LOG_ROW, { ...LOG_ROW, held: [] }]
  t.equal(toHex(encodeLogRows(rows)), toHex(bodyOf({ ...DIGEST, rows }).subarray(33)))
  t.equal(encodeLogRows([]).length, 0)
  t.equal(encodeLogRows(new Array(4_097).fill(LOG_ROW)).length, 4_097 * (53 + 16))
})

t.test('a log-digest that ends early or has unknown flags is malformed', async t => {
  t.match(whyNot('log-digest', ''), /^body-malformed log-digest: ends early/)
  t.match(whyNot('log-digest', bytesOf(32, 0)), /^body-malformed log-digest: ends early/)
  for (const flags of ['04', '08', '80', 'ff']) {
    const body = `${flags}${'07'.repeat(32)}`
    t.match(whyNot('log-digest', body), /^body-malformed log-digest: an unknown flag/)
  }
  const rows = digestOf(1, 1, 2)
  t.match(whyNot('log-digest', `00${rows.slice(2)}`), /^body-malformed .*rows without their flag/)
  t.match(whyNot('log-digest', `02${rows.slice(2)}`), /^body-malformed .*rows without their flag/)
  const body = fromHex(rows)
  for (let length = 34; length < body.length; length++) {
    const why = whyNot('log-digest', body.subarray(0, length))
    if (!why.startsWith('body-malformed log-digest: a row ends early')) t.fail(`${length}: ${why}`)
  }
  t.match(whyNot('log-digest', `${rows}00`), /^body-malformed .*a row ends early/)
})

t.test('ranges of a log-digest count from 1, ascend and never touch', async t => {
  for (const positions of [[1, 1], [7, 0xffff_ffff], [1, 1, 3, 3], [1, 5, 7, 0xffff_ffff], []]) {
    t.equal(whyNot('log-digest', digestOf(positions.length / 2, ...positions)), 'accepted')
  }
  const off = {
    'a first of 0': [0, 1],
    'a last below its first': [2, 1],
    'touching': [1, 2, 3, 4],
    'overlapping': [1, 3, 3, 4],
    'the same twice': [1, 3, 1, 3],
    'descending': [5, 6, 1, 2],
    'nothing after the last position': [1, 0xffff_ffff, 0, 0],
    'a later last below its first': [1, 1, 4, 3],
  }
  for (const [what, positions] of Object.entries(off)) {
    const why = whyNot('log-digest', digestOf(positions.length / 2, ...positions))
    t.match(why, /^value-out-of-range log-digest: ranges are off/, what)
  }
})

t.test('16 ranges of a log are accepted, 17 are out of range', async t => {
  const positions = (count: number) => Array.from({ length: 2 * count }, (_, i) => 1 + i - i % 2)
  t.equal(whyNot('log-digest', digestOf(16, ...positions(16))), 'accepted')
  const why = whyNot('log-digest', digestOf(17, ...positions(17)))
  t.match(why, /^value-out-of-range log-digest: too many ranges/)
  t.match(whyNot('log-digest', digestOf(255)), /^value-out-of-range .*too many ranges/)
})

t.test('4,096 rows are accepted, fit a frame, and one more is out of range', async t => {
  const held = Array.from({ length: 16 }, (_, i) => ({ first: 2 * i + 1, last: 2 * i + 1 }))
  const rows = new Array(4_096).fill({ ...LOG_ROW, held })
  t.ok(encodeFrame({ ...DIGEST, rows }).length <= 1_048_576 + 4)
  t.equal(whyNot('log-digest', bodyOf({ ...DIGEST, rows })), 'accepted')
  const small = bodyOf({ ...DIGEST, rows: new Array(4_096).fill({ ...LOG_ROW, held: [] }) })
  const more = new Uint8Array([...small, ...small.subarray(33, 33 + 53)])
  t.match(whyNot('log-digest', more), /^value-out-of-range log-digest: too many rows/)
})

t.test('incarnations above 2^53 - 1 are out of range', async t => {
  const at = fromHex('0020000000000000')
  const digest = bodyOf(DIGEST)
  digest.set(at, 33 + 32)
  t.match(whyNot('log-digest', digest), /^value-out-of-range log-digest: a number is above/)
  const want = bodyOf(WANT)
  want.set(at, 8 + 32)
  t.match(whyNot('log-want', want), /^value-out-of-range log-want: a number is above/)
})

t.test('a log-want is laid out field by field', async t => {
  const row = `${'01'.repeat(32)}0000000000000005${u32s([1, 9])}`
  t.equal(toHex(bodyOf(WANT)), `${u32s([1, 2])}${row}`)
})

t.test('a log-want of another length is malformed', async t => {
  const body = bodyOf(WANT)
  for (let length = 0; length < body.length; length++) {
    if (length === 8) continue
    const why = whyNot('log-want', body.subarray(0, length))
    if (!why.startsWith('body-malformed log-want: must be')) t.fail(`${length}: ${why}`)
  }
  t.match(whyNot('log-want', new Uint8Array([...body, 0])), /^body-malformed log-want: must be/)
})

t.test('1 to 64 ranges may be wanted', async t => {
  const body = bodyOf({ ...WANT, ranges: new Array(64).fill(WANTED) })
  t.equal(whyNot('log-want', body), 'accepted')
  const more = new Uint8Array([...body, ...body.subarray(8, 56)])
  t.match(whyNot('log-want', more), /^value-out-of-range log-want: too many ranges/)
  t.match(whyNot('log-want', body.subarray(0, 8)), /^value-out-of-range log-want: no range/)
})

t.test('a range that is wanted begins at 1 or later and ends no sooner', async t => {
  for (const [first, last, isRange] of [
    [1, 1, true], [0xffff_ffff, 0xffff_ffff, true], [0, 1, false], [0, 0, false], [2, 1, false],
  ] as const) {
    const body = bodyOf(WANT)
    body.set(fromHex(u32s([first, last])), 8 + 40)
    const why = isRange ? /^accepted/ : /^value-out-of-range log-want: a range is none/
    t.match(whyNot('log-want', body), why, `${first} to ${last}`)
  }
})

t.test('a log-answer is an id and one flag', async t => {
  t.equal(toHex(bodyOf({ type: 'log-answer', id: 258, complete: true })), '0000010201')
  t.equal(toHex(bodyOf({ type: 'log-answer', id: 258, complete: false })), '0000010200')
  for (const body of ['', '00000102', '000001020000']) {
    t.match(whyNot('log-answer', body), /^body-malformed log-answer: must be 5 bytes/)
  }
  for (const body of ['0000010202', '0000010203', '0000010280']) {
    t.match(whyNot('log-answer', body), /^body-malformed log-answer: an unknown flag/)
  }
})

t.test('evidence is two heads, each with its signature', async t => {
  const { headBytes, signature } = SIGNED_HEAD
  const one = `007f${toHex(headBytes)}0040${toHex(signature)}`
  const frame: Frame = { type: 'evidence', one: SIGNED_HEAD, other: SIGNED_HEAD }
  t.equal(toHex(bodyOf(frame)), one + one)
  t.equal(whyNot('evidence', one + one), 'accepted')
  t.match(whyNot('evidence', one), /^body-malformed evidence: a head ends early/)
  t.match(whyNot('evidence', ''), /^body-malformed evidence: a head ends early/)
  t.match(whyNot('evidence', one + one.slice(0, -2)), /^body-malformed .*a signature ends early/)
  t.match(whyNot('evidence', one.slice(0, 2 * 129)), /^body-malformed .*a signature ends early/)
  t.match(whyNot('evidence', `${one}${one}00`), /^body-malformed .*after the second signature/)
})

t.test('evidence of what is no head, or too long a signature, is refused', async t => {
  const { headBytes } = SIGNED_HEAD
  const good = `007f${toHex(headBytes)}0040${'08'.repeat(64)}`
  const zero = headBytes.slice()
  zero.set(fromHex('00000000'), 2 + HEAD.publicKey.length + 8)
  for (const head of [zero, bytesOf(127), headBytes.subarray(0, 126), bytesOf(0)]) {
    const length = head.length.toString(16).padStart(4, '0')
    const bad = `${length}${toHex(head)}0040${'08'.repeat(64)}`
    t.match(whyNot('evidence', bad + good), /^batch-malformed evidence: a head is not one/)
    t.match(whyNot('evidence', good + bad), /^batch-malformed evidence: a head is not one/)
  }
  const signed = (bytes: number) => (
    `007f${toHex(headBytes)}${bytes.toString(16).padStart(4, '0')}${'08'.repeat(bytes)}`
  )
  t.equal(whyNot('evidence', good + signed(1_024)), 'accepted')
  t.match(whyNot('evidence', good + signed(1_025)), /^value-out-of-range .*a signature is too long/)
  t.match(whyNot('evidence', signed(1_025) + good), /^value-out-of-range .*a signature is too long/)
})

t.test('a frame of ours beyond its layout is a bug and throws', async t => {
  const held = (...ranges: [number, number][]) => [{
    ...LOG_ROW, held: ranges.map(([first, last]) => ({ first, last })),
  }]
  const odd = (count: number) => (
    Array.from({ length: count }, (_, i): [number, number] => [2 * i + 1, 2 * i + 1])
  )
  const wrong: Frame[] = [
    { type: 'batch', hops: 256, batch: batchOf([ITEM]) },
    { type: 'batch', hops: -1, batch: batchOf([ITEM]) },
    { ...DIGEST, root: bytesOf(31) },
    { ...DIGEST, rows: new Array(4_097).fill(LOG_ROW) },
    { ...DIGEST, rows: [{ ...LOG_ROW, headHash: bytesOf(32) }] },
    { ...DIGEST, rows: [{ ...LOG_ROW, newest: 2 ** 32 }] },
    { ...DIGEST, rows: [{ ...LOG_ROW, incarnation: -1 }] },
    { ...DIGEST, rows: held(...odd(17)) },
    { ...DIGEST, rows: held([0, 1]) },
    { ...DIGEST, rows: held([2, 1]) },
    { ...DIGEST, rows: held([1, 2], [3, 4]) },
    { ...DIGEST, rows: held([1, 2 ** 32]) },
    { ...WANT, ranges: [] },
    { ...WANT, ranges: new Array(65).fill(WANTED) },
    { ...WANT, ranges: [{ ...WANTED, first: 0 }] },
    { ...WANT, ranges: [{ ...WANTED, first: 10 }] },
    { ...WANT, ranges: [{ ...WANTED, incarnation: 2 ** 53 }] },
    { ...WANT, id: 2 ** 32 },
    { ...WANT, bytesMax: -1 },
    { type: 'log-answer', id: -1, complete: true },
    { type: 'evidence', one: SIGNED_HEAD, other: { ...SIGNED_HEAD, headBytes: bytesOf(127) } },
    { type: 'evidence', one: { ...SIGNED_HEAD, signature: bytesOf(1_025) }, other: SIGNED_HEAD },
  ]
  for (const frame of wrong) t.throws(() => encodeFrame(frame), /assertion failed/, frame.type)
})
