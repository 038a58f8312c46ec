import t from 'tap'
import { decodeFrame } from '../../src/wire/decode.js'
import { encodeFrame } from '../../src/wire/encode.js'
import { RESPONSE_STATUSES, TAG, type Frame, type FrameType } from '../../src/wire/frame.js'
import { bytesOf, fromHex, toHex } from './sample-frames.js'

const BODY_BYTES_MAX = 983_040

function whyNot (type: FrameType, body: Uint8Array | string): string {
  const frame = decodeFrame(TAG[type], typeof body === 'string' ? fromHex(body) : body)
  return frame.type === 'refusal' ? `${frame.code} ${frame.message}` : 'accepted'
}

function bodyOf (frame: Frame): Uint8Array {
  return encodeFrame(frame).slice(5)
}

t.test('topics are a flag and 32 bytes each', async t => {
  const topics = [bytesOf(32, 1), bytesOf(32, 2)]
  const each = '01'.repeat(32) + '02'.repeat(32)
  t.equal(toHex(bodyOf({ type: 'topics', carries: true, topics })), `01${each}`)
  t.equal(toHex(bodyOf({ type: 'topics', carries: false, topics: [] })), '00')
})

t.test('topics of another length or with unknown flags are malformed', async t => {
  for (const body of ['', `00${'01'.repeat(31)}`, `00${'01'.repeat(33)}`]) {
    t.match(whyNot('topics', body), /^body-malformed topics: must be/)
  }
  for (const body of ['02', '03', `80${'01'.repeat(32)}`]) {
    t.match(whyNot('topics', body), /^body-malformed topics: an unknown flag/)
  }
})

t.test('1,024 topics are accepted, one more is out of range', async t => {
  t.equal(whyNot('topics', bytesOf(1 + 1_024 * 32, 0)), 'accepted')
  t.match(whyNot('topics', bytesOf(1 + 1_025 * 32, 0)), /^value-out-of-range topics: too many/)
})

t.test('each topic is a copy of its own', async t => {
  const frame = decodeFrame(TAG.topics, bytesOf(65, 1))
  const topics = frame.type === 'topics' ? frame.topics : []
  t.same(topics.map(({ buffer }) => buffer.byteLength), [32, 32])
})

t.test('a request is its id, its kind and its body', async t => {
  const bytes = bodyOf({ type: 'request', id: 258, kind: 'ü', body: bytesOf(2, 9) })
  t.equal(toHex(bytes), '00000102' + '02c3bc' + '0909')
  t.equal(whyNot('request', bytes), 'accepted')
})

t.test('a request that ends early, or whose kind is not UTF-8, is malformed', async t => {
  for (const body of ['', '00000102']) {
    t.match(whyNot('request', body), /^body-malformed request: ends early/)
  }
  t.match(whyNot('request', '000001020261'), /^body-malformed request: the kind ends early/)
  t.match(whyNot('request', '0000010240'), /^body-malformed request: the kind ends early/)
  for (const kind of ['01ff', '01c3', '03eda080', '02c080']) {
    t.match(whyNot('request', `00000102${kind}`), /^body-malformed request: the kind is not UTF-8/)
  }
})

t.test('a kind of 1 to 64 bytes is accepted', async t => {
  t.equal(whyNot('request', `0000010201${'61'.repeat(1)}`), 'accepted')
  t.equal(whyNot('request', `0000010240${'61'.repeat(64)}`), 'accepted')
  for (const kind of ['00', '0061', `41${'61'.repeat(65)}`, 'ff']) {
    t.match(whyNot('request', `00000102${kind}`), /^value-out-of-range request: the kind/)
  }
})

t.test('960 KiB are accepted as the body of both, one byte more is out of range', async t => {
  const body = bytesOf(BODY_BYTES_MAX)
  const kind = 'a'.repeat(64)
  const request = encodeFrame({ type: 'request', id: 1, kind, body })
  t.ok(request.length <= 1_048_576 + 4, 'it fits a frame')
  t.equal(whyNot('request', request.subarray(5)), 'accepted')
  const longRequest = new Uint8Array([...request.subarray(5), 0])
  t.match(whyNot('request', longRequest), /^value-out-of-range request: is too long/)
  const response = bodyOf({ type: 'response', id: 1, status: 'failed', body })
  t.equal(whyNot('response', response), 'accepted')
  const longResponse = new Uint8Array([...response, 0])
  t.match(whyNot('response', longResponse), /^value-out-of-range response: is too long/)
})

t.test('a response is its id, its status and its body', async t => {
  for (const [i, status] of RESPONSE_STATUSES.entries()) {
    const bytes = bodyOf({ type: 'response', id: 258, status, body: bytesOf(2, 9) })
    t.equal(toHex(bytes), `000001020${i}0909`)
    t.match(decodeFrame(TAG.response, bytes), { type: 'response', status })
  }
})

t.test('a response that ends early is malformed, an unknown status out of range', async t => {
  for (const body of ['', '00000102']) {
    t.match(whyNot('response', body), /^body-malformed response: ends early/)
  }
  for (const body of ['0000010204', '00000102ff61']) {
    t.match(whyNot('response', body), /^value-out-of-range response: an unknown status/)
  }
})

t.test('a frame of ours beyond its layout is a bug and throws', async t => {
  const body = bytesOf(BODY_BYTES_MAX + 1)
  const wrong: Frame[] = [
    { type: 'topics', carries: true, topics: new Array(1_025).fill(bytesOf(32)) },
    { type: 'topics', carries: true, topics: [bytesOf(31)] },
    { type: 'request', id: 1, kind: '', body: bytesOf(0) },
    { type: 'request', id: 1, kind: 'ü'.repeat(33), body: bytesOf(0) },
    { type: 'request', id: 1, kind: 'a', body },
    { type: 'request', id: 2 ** 32, kind: 'a', body: bytesOf(0) },
    { type: 'response', id: 1, status: 'answered', body },
    { type: 'response', id: -1, status: 'answered', body: bytesOf(0) },
    { type: 'response', id: 1, status: 'other' as 'failed', body: bytesOf(0) },
  ]
  for (const frame of wrong) t.throws(() => encodeFrame(frame), /assertion failed/, frame.type)
})
