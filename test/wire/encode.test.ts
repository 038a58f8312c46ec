import t from 'tap'
import { encodeFrame } from '../../src/wire/encode.js'
import { decodeFrame } from '../../src/wire/decode.js'
import { TAG, type Frame, type RosterDigest } from '../../src/wire/frame.js'
import {
  FRAMES, HEARTBEAT, HELLO, REFUSE, SIGNED, bytesOf, identityOf, toHex,
} from './sample-frames.js'

t.test('every kind of frame comes back as it was sent', async t => {
  t.same(new Set(FRAMES.map(frame => frame.type)), new Set(Object.keys(TAG)))
  for (const frame of FRAMES) {
    const bytes = encodeFrame(frame)
    t.strictSame(decodeFrame(bytes[4]!, bytes.subarray(5)), frame, frame.type)
  }
})

t.test('the prefix counts tag and body, and the tag follows it', async t => {
  for (const frame of FRAMES) {
    const bytes = encodeFrame(frame)
    t.equal(new DataView(bytes.buffer).getUint32(0), bytes.length - 4)
    t.equal(bytes[4], TAG[frame.type])
  }
})

t.test('a frame is one plain buffer of exactly its size', async t => {
  for (const frame of FRAMES) {
    const bytes = encodeFrame(frame)
    t.equal(bytes.constructor, Uint8Array)
    t.equal(bytes.buffer.byteLength, bytes.length)
  }
})

t.test('a heartbeat has 25 bytes in all, with the wall clock 33', async t => {
  t.equal(toHex(encodeFrame(HEARTBEAT)), '0000001507ffffffff00000001000000020000000300000004')
  t.equal(
    toHex(encodeFrame({ ...HEARTBEAT, sequence: 1, wallMs: Number.MAX_SAFE_INTEGER })),
    '0000001d070000000100000001000000020000000300000004001fffffffffffff',
  )
})

t.test('a Buffer is as good as a Uint8Array', async t => {
  const frame: Frame = { ...HELLO, network: Buffer.from(HELLO.network) }
  t.same(encodeFrame(frame), encodeFrame(HELLO))
})

t.test('the largest frames of each kind are within the frame limit', async t => {
  const record = { body: bytesOf(4_096), signature: bytesOf(1_024) }
  const row = { identity: identityOf(1), incarnation: 1, version: 1 }
  const largest: Frame[] = [
    { type: 'records', entries: new Array(128).fill({ record, linked: true }) },
    { type: 'roster-digest', hash: bytesOf(32), rows: new Array(4_096).fill(row), answer: true },
    { type: 'alive', members: new Array(1_024).fill(row) },
  ]
  for (const frame of largest) {
    const bytes = encodeFrame(frame)
    t.ok(bytes.length <= 1_048_576 + 4, `${frame.type}: ${bytes.length}`)
    t.equal(decodeFrame(bytes[4]!, bytes.subarray(5)).type, frame.type)
  }
})

t.test('a frame of ours beyond a limit is a bug and throws', async t => {
  const row = { identity: identityOf(1), incarnation: 1, version: 1 }
  const digest: RosterDigest = {
    type: 'roster-digest', hash: bytesOf(32), rows: null, answer: false,
  }
  const wrong: Frame[] = [
    { ...HELLO, network: bytesOf(31) },
    { ...HELLO, wallMs: 1.5 },
    { ...HELLO, incarnation: -1 },
    { ...HELLO, seenAt: 'nowhere' },
    { type: 'welcome', record: { ...SIGNED, body: bytesOf(4_097) } },
    { type: 'leave', record: { ...SIGNED, signature: bytesOf(1_025) } },
    { type: 'leave', record: { ...SIGNED, signature: bytesOf(0) } },
    { ...REFUSE, others: new Array(9).fill('a:1') },
    { ...REFUSE, others: ['a:0'] },
    { type: 'records', entries: new Array(129).fill({ record: SIGNED, linked: true }) },
    { ...digest, hash: bytesOf(33) },
    { ...digest, rows: new Array(4_097).fill(row) },
    { ...digest, rows: [{ ...row, version: 2 ** 32 }] },
    { type: 'alive', members: new Array(1_025).fill(row) },
    { type: 'alive', members: [{ ...row, incarnation: 2 ** 53 }] },
    { ...HEARTBEAT, sequence: 2 ** 32 },
    { ...HEARTBEAT, heldTenthsMs: 0.5 },
    { ...HEARTBEAT, wallMs: -1 },
    { type: 'ping', sequence: -1, text: '' },
    { type: 'ping', sequence: 1, text: 'ü'.repeat(129) },
    { type: 'error', code: 'protocol', message: 'ü'.repeat(129) },
  ]
  for (const frame of wrong) t.throws(() => encodeFrame(frame), /assertion failed/, frame.type)
})

t.test('a frame that is none throws', async t => {
  t.throws(() => encodeFrame({ type: 'none' } as unknown as Frame), /unreachable/)
})
