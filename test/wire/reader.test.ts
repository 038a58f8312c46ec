import t from 'tap'
import { encodeFrame } from '../../src/wire/encode.js'
import type { Frame, Refusal, UnknownFrame } from '../../src/wire/frame.js'
import { FrameReader } from '../../src/wire/reader.js'
import { FRAMES, bytesOf, fromHex, movedBy } from './sample-frames.js'

const MAX = 1_048_576

type Read = Frame | UnknownFrame | Refusal

/** All frames that are complete; a refusal ends the list. */
function drain (reader: FrameReader): Read[] {
  const frames: Read[] = []
  for (let frame = reader.next(); frame !== null; frame = reader.next()) {
    frames.push(frame)
    if (frame.type === 'refusal') break
  }
  return frames
}

function readAll (bytes: Uint8Array, chunkBytes: number): Read[] {
  const reader = new FrameReader(MAX)
  const frames: Read[] = []
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    reader.push(bytes.subarray(at, at + chunkBytes))
    frames.push(...drain(reader))
  }
  return frames
}

const stream = new Uint8Array(Buffer.concat(FRAMES.map(encodeFrame)))
const ping = encodeFrame({ type: 'ping', sequence: 1, text: 'a' })

t.test('frames come out whatever the size of the chunks', async t => {
  for (const chunkBytes of [1, 2, 3, 4, 5, 6, 7, 64, 1_000, stream.length]) {
    t.strictSame(readAll(stream, chunkBytes), FRAMES, `chunks of ${chunkBytes}`)
  }
})

t.test('chunks may be pushed without asking in between', async t => {
  const reader = new FrameReader(MAX)
  for (const byte of stream) reader.push(new Uint8Array([byte]))
  t.strictSame(drain(reader), FRAMES)
})

t.test('frames that nobody asked for are followed by what came later, wherever cut', async t => {
  const both = new Uint8Array([...ping, ...ping, ...ping])
  for (let cut = 1; cut < both.length; cut++) {
    const reader = new FrameReader(MAX)
    reader.push(both.subarray(0, cut))
    reader.push(both.subarray(cut))
    t.equal(drain(reader).length, 3, `cut at ${cut}`)
    t.equal(reader.unreadBytes, 0)
  }
})

t.test('with nothing there is no frame', async t => {
  const reader = new FrameReader(MAX)
  t.equal(reader.next(), null)
  reader.push(new Uint8Array(0))
  t.equal(reader.next(), null)
})

t.test('a chunk may be overwritten once next gave null', async t => {
  const reader = new FrameReader(MAX)
  const chunk = ping.slice(0, 7)
  reader.push(chunk)
  t.equal(reader.next(), null)
  chunk.fill(0xff)
  reader.push(ping.slice(7))
  t.strictSame(drain(reader), [{ type: 'ping', sequence: 1, text: 'a' }])
})

t.test('unknown frames are told and the next one is read', async t => {
  const bytes = new Uint8Array([...fromHex('00000003c80102'), ...ping, ...fromHex('00000001c9')])
  for (const chunkBytes of [1, 5, bytes.length]) {
    t.same(readAll(bytes, chunkBytes).map(frame => frame.type), ['unknown', 'ping', 'unknown'])
  }
})

t.test('a length of 1 GiB is refused from the prefix alone', async t => {
  const reader = new FrameReader(MAX)
  reader.push(fromHex('40000000'))
  t.match(reader.next(), { type: 'refusal', code: 'frame-too-long' })
})

t.test('a length of zero is refused', async t => {
  const reader = new FrameReader(MAX)
  reader.push(fromHex('0000000001'))
  t.match(reader.next(), { type: 'refusal', code: 'frame-empty' })
})

t.test('the limit counts tag and body: exactly at it is read, one more refused', async t => {
  const atLimit = new FrameReader(ping.length - 4)
  atLimit.push(ping)
  t.match(atLimit.next(), { type: 'ping' })
  const below = new FrameReader(ping.length - 5)
  below.push(ping)
  t.match(below.next(), { type: 'refusal', code: 'frame-too-long' })
})

t.test('a limit raised after a frame holds for the next one in the same chunk', async t => {
  const long = encodeFrame({ type: 'ping', sequence: 2, text: 'a'.repeat(200) })
  const both = new Uint8Array([...ping, ...long])
  const greeting = new FrameReader(16)
  greeting.push(both)
  t.match(greeting.next(), { type: 'ping', sequence: 1 })
  greeting.frameBytesMax = MAX
  t.match(greeting.next(), { type: 'ping', sequence: 2 })
  const strict = new FrameReader(16)
  strict.push(both)
  t.same(drain(strict).map(frame => frame.type), ['ping', 'refusal'])
})

t.test('once refused it stays refused, whatever comes', async t => {
  const reader = new FrameReader(MAX)
  reader.push(new Uint8Array([...ping, ...fromHex('0000000107'), ...ping]))
  t.match(reader.next(), { type: 'ping' })
  const refusal = reader.next()
  t.match(refusal, { type: 'refusal', code: 'body-malformed', message: /^heartbeat: / })
  reader.push(ping)
  t.equal(reader.next(), refusal)
  t.equal(movedBy(() => {
    reader.push(bytesOf(100_000))
    reader.push(bytesOf(100_000))
    reader.next()
  }), 0, 'nothing is kept of what follows')
  t.equal(reader.next(), refusal)
})

t.test('a frame of a megabyte in tiny chunks moves each byte only a few times', async t => {
  const record = { body: bytesOf(4_096), signature: bytesOf(1_024) }
  const frame: Frame = { type: 'records', entries: new Array(128).fill({ record, linked: true }) }
  const bytes = encodeFrame(frame)
  let frames: Read[] = []
  const moved = movedBy(() => { frames = readAll(bytes, 100) })
  t.strictSame(frames, [frame])
  t.ok(moved > bytes.length && moved < 5 * bytes.length, `${moved} bytes for ${bytes.length}`)
})

t.test('a frame that lies in one chunk is not copied as a whole', async t => {
  const reader = new FrameReader(MAX)
  t.equal(movedBy(() => {
    reader.push(ping)
    t.match(reader.next(), { type: 'ping' })
  }), 0)
})

t.test('a batch in pieces is given with its memory, which later chunks leave alone', async t => {
  const frame = FRAMES.find(({ type }) => type === 'batch')
  if (frame?.type !== 'batch') throw new Error('there is no batch among the samples')
  const bytes = encodeFrame(frame)
  const reader = new FrameReader(MAX)
  reader.push(bytes.subarray(0, 20))
  t.equal(reader.next(), null)
  const following = new Uint8Array([...bytes.subarray(20), ...ping, ...bytes.subarray(0, 50)])
  reader.push(following)
  t.equal(reader.unreadBytes, bytes.length + ping.length + 50)
  const first = reader.next()
  t.match(reader.next(), { type: 'ping' })
  t.equal(reader.next(), null)
  following.fill(0xff)
  reader.push(bytes.subarray(50))
  t.strictSame([first, reader.next()], [frame, frame])
  t.equal(reader.unreadBytes, 0)
  const [one, other] = [first, frame].map(each => each?.type === 'batch' ? each.batch.buffer : null)
  t.not(one, other)
})

t.test('what is announced takes no memory: at most four times what came', async t => {
  const reader = new FrameReader(MAX)
  const announced = new Uint8Array(1_000)
  new DataView(announced.buffer).setUint32(0, MAX)
  let taken = 0
  const { ArrayBuffer: Real } = globalThis
  t.teardown(() => { globalThis.ArrayBuffer = Real })
  globalThis.ArrayBuffer = new Proxy(Real, {
    construct (target, [length]: [number]) {
      taken = Math.max(taken, length)
      return new target(length)
    },
  })
  reader.push(announced)
  t.equal(reader.next(), null)
  t.ok(taken >= 1_000 && taken < 4_200, `${taken} bytes for 1,000`)
  for (let i = 0; i < 7; i++) {
    reader.push(new Uint8Array(1_000))
    t.equal(reader.next(), null)
  }
  t.ok(taken >= 8_000 && taken < 4 * 8_000 + 200, `${taken} bytes for 8,000`)
})
