import { readFileSync } from 'node:fs'
import { encode } from 'cborg'
import t from 'tap'
import { decodeFrame } from '../../src/wire/decode.js'
import { encodeFrame } from '../../src/wire/encode.js'
import { TAG, type FrameType } from '../../src/wire/frame.js'
import { FRAMES, HELLO, REFUSE, SIGNED, bytesOf, fromHex } from './sample-frames.js'

interface RefusedFrame {
  readonly what: string
  readonly tag: number
  readonly body: string
  readonly code: string
}

const fixtures = new URL('../fixtures/frames/refused.json', import.meta.url)
const refused = JSON.parse(readFileSync(fixtures, 'utf8')) as RefusedFrame[]

/** The body a frame would have with these fields instead. */
function bodyWith (frame: object, changes: object): Uint8Array {
  const { type: _, ...fields } = { ...frame, type: null, ...changes }
  return encode(fields)
}

function codeOf (type: FrameType, body: Uint8Array): string {
  const frame = decodeFrame(TAG[type], body)
  return frame.type === 'refusal' ? frame.code : `accepted ${frame.type}`
}

t.test('each refused frame of the fixtures is refused for its reason', async t => {
  for (const { what, tag, body, code } of refused) {
    t.match(decodeFrame(tag, fromHex(body)), { type: 'refusal', code, message: /./ }, what)
  }
})

t.test('an unknown tag is told, its body not looked at', async t => {
  for (const tag of [0, 23, 255]) {
    t.same(decodeFrame(tag, fromHex('ff')), { type: 'unknown', tag })
  }
})

t.test('values at their limit are accepted, one beyond is out of range', async t => {
  const record = (body: number, signature: number) => (
    { record: { body: bytesOf(body), signature: bytesOf(signature) } }
  )
  const entries = (count: number) => (
    { entries: new Array(count).fill({ record: SIGNED, linked: true }) }
  )
  const others = (count: number) => ({ others: new Array(count).fill('a:1') })
  const cases: [FrameType, object, object, object][] = [
    ['hello', HELLO, { version: 2 }, { network: bytesOf(31) }],
    ['hello', HELLO, { seenAt: null }, { seenAt: 'a:0' }],
    ['hello', HELLO, { wallMs: 0 }, { wallMs: -1 }],
    ['hello', HELLO, { admission: 'approve' }, { admission: 'closed' }],
    ['welcome', {}, record(4_096, 1_024), record(4_097, 1_024)],
    ['welcome', {}, record(1, 1), record(4_096, 1_025)],
    ['leave', {}, record(1, 1), record(0, 1)],
    ['leave', {}, record(1, 1), record(1, 0)],
    ['refuse', REFUSE, { code: 'shutdown' }, { code: 'mood' }],
    ['refuse', REFUSE, { record: SIGNED }, record(4_097, 1)],
    ['refuse', REFUSE, others(8), others(9)],
    ['refuse', REFUSE, { others: [`${'a'.repeat(60)}.b:65535`] }, { others: ['a:65536'] }],
    ['records', {}, entries(128), entries(129)],
    ['error', { code: '' }, { message: 'ü'.repeat(128) }, { message: 'ü'.repeat(129) }],
    ['error', { message: '' }, { code: 'a'.repeat(256) }, { code: 'a'.repeat(257) }],
  ]
  for (const [type, fields, good, bad] of cases) {
    const what = `${type} ${Object.keys(bad).join()}`
    t.equal(codeOf(type, bodyWith(fields, good)), `accepted ${type}`, what)
    t.equal(codeOf(type, bodyWith(fields, bad)), 'value-out-of-range', what)
  }
})

t.test('a body nested 10,000 deep is refused as too deep', async t => {
  for (const type of ['hello', 'welcome', 'refuse', 'records', 'leave', 'error'] as const) {
    t.equal(codeOf(type, new Uint8Array([...bytesOf(10_000, 0x81), 0])), 'body-too-deep', type)
  }
})

t.test('a missing, an additional and a mistyped field are malformed', async t => {
  const bodies: [FrameType, Uint8Array][] = [
    ['hello', bodyWith(HELLO, { more: 1 })],
    ['hello', bodyWith(HELLO, { ['__proto__']: 1 })],
    ['hello', bodyWith(HELLO, { linkless: 0 })],
    ['hello', bodyWith(HELLO, { version: '1' })],
    ['hello', bodyWith(HELLO, { seenAt: 8080 })],
    ['welcome', encode({})],
    ['welcome', encode({ record: null })],
    ['welcome', encode({ record: { ...SIGNED, more: 1 } })],
    ['refuse', encode({ code: 'full' })],
    ['records', encode({ entries: [SIGNED] })],
    ['records', encode({ entries: {} })],
    ['error', encode([])],
    ['error', encode('text')],
  ]
  for (const [type, body] of bodies) t.equal(codeOf(type, body), 'body-malformed', type)
})

t.test('every cut of every frame is refused or, where a length is free, another frame', async t => {
  const free = new Set<FrameType>([
    'ping', 'alive', 'roster-digest', 'heartbeat', 'log-digest', 'log-want', 'topics', 'request',
    'response', 'table-digest', 'heads', 'link-table', 'relay-ping',
  ])
  for (const frame of FRAMES) {
    const body = encodeFrame(frame).subarray(5)
    for (let length = 0; length < body.length; length++) {
      const cut = decodeFrame(TAG[frame.type], body.subarray(0, length))
      if (cut.type !== 'refusal' && !free.has(frame.type)) t.fail(`${frame.type} cut at ${length}`)
    }
    if (free.has(frame.type)) continue
    const longer = new Uint8Array([...body, 0])
    const code = frame.type === 'batch' ? 'batch-malformed' : 'body-malformed'
    t.equal(codeOf(frame.type, longer), code, `${frame.type} with a byte more`)
  }
})

t.test('byte fields are copies that pin no chunk', async t => {
  const chunk = Buffer.alloc(65_536)
  const pins = (value: unknown): boolean => value instanceof Uint8Array
    ? value.buffer === chunk.buffer
    : typeof value === 'object' && value !== null && Object.values(value).some(pins)
  for (const frame of FRAMES) {
    const bytes = encodeFrame(frame)
    chunk.set(bytes)
    const body = chunk.subarray(5, bytes.length)
    const decoded = decodeFrame(chunk[4]!, body)
    t.notOk(pins(decoded), frame.type)
    chunk.fill(0)
    t.strictSame(decoded, frame, `${frame.type} after its chunk was overwritten`)
  }
})

t.test('what a refusal says is short, printable and ASCII, whatever the peer sent', async t => {
  const rude = '\u001b[2J\u202e' + '漢'.repeat(300)
  const key = (text: string) => {
    const bytes = new TextEncoder().encode(text)
    return [0x79, bytes.length >> 8, bytes.length & 255, ...bytes]
  }
  const twice = new Uint8Array([0xa2, ...key(rude), 0xf4, ...key(rude), 0xf4])
  const bodies = [twice, encode({ [rude]: 1 }), bodyWith(HELLO, { seenAt: rude.slice(0, 80) })]
  for (const body of bodies) {
    const frame = decodeFrame(TAG.hello, body)
    t.equal(frame.type, 'refusal')
    t.match(frame, { message: /^[\x20-\x7e]{1,160}$/ })
  }
})
