/**
 * Properties of bytes and frames. FC_RUNS raises the number of runs; a failure prints its seed and
 * path, which FC_SEED and FC_PATH play again.
 */
import { deepStrictEqual } from 'node:assert'
import fc from 'fast-check'
import t from 'tap'
import {
  decodeBatch, decodeBatchHead, encodeBatchHead, joinBatch, type BatchHead,
} from '../../src/wire/batch.js'
import { decodeItems, encodeItems, newestOf, type Item } from '../../src/wire/bulletin.js'
import {
  ADMISSIONS, REFUSE_CODES, RESPONSE_STATUSES, TAG, type Frame, type LogRange,
} from '../../src/wire/frame.js'
import { decodeFrame } from '../../src/wire/decode.js'
import { encodeFrame } from '../../src/wire/encode.js'
import { identityFromHash } from '../../src/wire/identity.js'
import { encodeLinkTable } from '../../src/wire/link-table.js'
import { FrameReader } from '../../src/wire/reader.js'
import { decodeRecord, encodeRecord } from '../../src/wire/record.js'
import { encodePingBody } from '../../src/wire/relay-ping.js'
import { isRefusal } from '../../src/wire/refusal.js'
import { stripControl } from '../../src/wire/text.js'

const runs = Number(process.env['FC_RUNS'] ?? 20_000)
const seed = Number(process.env['FC_SEED'] ?? 20_261_121)
const path = process.env['FC_PATH']

function holds (property: fc.IRawProperty<unknown, false>, share = 1): void {
  const numRuns = Math.max(1, Math.round(runs * share))
  fc.assert(property, { numRuns, seed, ...path === undefined ? {} : { path } })
}

/** Records of fast-check have no prototype; what is decoded has. */
function shape<T> (fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(fields, { noNullPrototype: true }) as fc.Arbitrary<T>
}

const u32 = fc.integer({ min: 0, max: 0xffff_ffff })
const u53 = fc.maxSafeNat()
const bytes = (minLength: number, maxLength: number) => (
  fc.uint8Array({ minLength, maxLength }).map(some => new Uint8Array(some))
)
const identity = bytes(32, 32).map(identityFromHash)
/** Texts of any characters within so many bytes of UTF-8. */
const text = (bytesMax: number) => fc
  .string({ unit: 'grapheme', maxLength: Math.floor(bytesMax / 4) })
  .filter(some => new TextEncoder().encode(some).length <= bytesMax)
const port = fc.integer({ min: 1, max: 65_535 })
const address = fc.oneof(
  fc.tuple(fc.ipV4(), port).map(([host, number]) => `${host}:${number}`),
  fc.tuple(fc.ipV6(), port).map(([host, number]) => `[${host}]:${number}`),
  fc.tuple(fc.domain(), port).map(([host, number]) => `${host}:${number}`),
)
const signed = shape({ body: bytes(1, 200), signature: bytes(1, 100) })
const row = shape({ identity, incarnation: u53, version: u32 })
const u8 = fc.integer({ min: 0, max: 255 })
const item: fc.Arbitrary<Item> = shape({
  topic: bytes(32, 32), timestamp: u32, nonce: u32, content: bytes(0, 100),
})
const items = fc.array(item, { minLength: 1, maxLength: 5 })
const head: fc.Arbitrary<BatchHead> = shape({
  publicKey: bytes(1, 100),
  incarnation: u53,
  first: fc.integer({ min: 1, max: 0xffff_ffff - 1_024 }),
  count: fc.integer({ min: 1, max: 1_024 }),
  hopsMax: u8,
  previous: bytes(32, 32),
  itemsHash: bytes(32, 32),
})
const batch = fc.tuple(head, items, bytes(0, 100)).map(([some, within, signature]) => (
  joinBatch(encodeBatchHead({ ...some, count: within.length }), signature, encodeItems(within))
))
const signedHead = shape({ headBytes: head.map(encodeBatchHead), signature: bytes(0, 100) })
/** From gaps and lengths: so they ascend and never touch. */
const held = fc.array(fc.tuple(u8, fc.nat({ max: 0xfff_ffff })), { maxLength: 16 })
  .map(steps => steps.reduce<LogRange[]>((ranges, [gap, more]) => {
    const first = (ranges.at(-1)?.last ?? -1) + 2 + gap
    return first + more > 0xffff_ffff ? ranges : [...ranges, { first, last: first + more }]
  }, []))
const logRow = shape({
  author: identity, incarnation: u53, newest: u32, headHash: bytes(8, 8), held,
})
const wanted = fc.tuple(identity, u53, u32, u32).map(([author, incarnation, one, other]) => ({
  author, incarnation, first: Math.max(1, Math.min(one, other)), last: Math.max(1, one, other),
}))
const prefixes = fc.uniqueArray(fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }))
const table = fc.tuple(identity, u53, u32, fc.nat({ max: 0xffff }), prefixes, u8)
  .map(([owner, incarnation, version, free, some, rtt]) => encodeLinkTable({
    owner, incarnation, version, free,
    links: some.map(prefix => ({ prefix: prefix.toString(16).padStart(16, '0'), rtt }))
      .sort((a, b) => a.prefix < b.prefix ? -1 : 1),
  }))
const pingBody = shape({ origin: identity, incarnation: u53, sequence: u32, text: text(256) })
  .map(encodePingBody)
const type = <T extends string>(name: T) => fc.constant(name)

const frame: fc.Arbitrary<Frame> = fc.oneof(
  shape({
    type: type('hello'),
    version: u53,
    network: bytes(32, 32),
    admission: fc.constantFrom(...ADMISSIONS),
    incarnation: u53,
    wallMs: u53,
    seenAt: fc.option(address),
    linkless: fc.boolean(),
  }),
  shape({ type: type('welcome'), record: signed }),
  shape({
    type: type('refuse'),
    code: fc.constantFrom(...REFUSE_CODES),
    retryAfterMs: u53,
    record: fc.option(signed),
    others: fc.array(address, { maxLength: 8 }),
  }),
  shape({
    type: type('roster-digest'),
    hash: bytes(32, 32),
    rows: fc.option(fc.array(row, { maxLength: 20 })),
    answer: fc.boolean(),
  }),
  shape({
    type: type('records'),
    entries: fc.array(shape({ record: signed, linked: fc.boolean() }), { maxLength: 5 }),
  }),
  shape({
    type: type('alive'),
    members: fc.array(shape({ identity, incarnation: u53 }), { maxLength: 20 }),
  }),
  shape({
    type: type('heartbeat'),
    sequence: u32,
    echo: u32,
    heldTenthsMs: u32,
    ownHead: u32,
    storedHead: u32,
    wallMs: fc.option(u53),
  }),
  shape({ type: type('ping'), sequence: u32, text: text(256) }),
  shape({ type: type('leave'), record: signed }),
  shape({ type: type('error'), code: text(256), message: text(256) }),
  shape({ type: type('batch'), hops: u8, batch }),
  shape({
    type: type('log-digest'),
    root: bytes(32, 32),
    rows: fc.option(fc.array(logRow, { maxLength: 10 })),
    answer: fc.boolean(),
  }),
  shape({
    type: type('log-want'),
    id: u32,
    bytesMax: u32,
    ranges: fc.array(wanted, { minLength: 1, maxLength: 64 }),
  }),
  shape({ type: type('log-answer'), id: u32, complete: fc.boolean() }),
  shape({ type: type('evidence'), one: signedHead, other: signedHead }),
  shape({
    type: type('topics'),
    carries: fc.boolean(),
    topics: fc.array(bytes(32, 32), { maxLength: 20 }),
  }),
  shape({
    type: type('request'),
    id: u32,
    kind: text(64).filter(kind => kind !== ''),
    body: bytes(0, 200),
  }),
  shape({
    type: type('response'),
    id: u32,
    status: fc.constantFrom(...RESPONSE_STATUSES),
    body: bytes(0, 200),
  }),
  shape({ type: type('link-table'), table: shape({ body: table, signature: bytes(1, 100) }) }),
  shape({
    type: type('table-digest'),
    hash: bytes(32, 32),
    rows: fc.option(fc.array(row, { maxLength: 20 })),
    answer: fc.boolean(),
  }),
  shape({ type: type('heads'), rows: fc.array(wanted, { minLength: 1, maxLength: 64 }) }),
  shape({
    type: type('relay-ping'), hops: u8, ping: shape({ body: pingBody, signature: bytes(1, 100) }),
  }),
)

const record = shape({
  publicKey: bytes(1, 600),
  incarnation: u53,
  version: u32,
  issuedMs: u53,
  state: fc.constantFrom('up' as const, 'left' as const),
  name: text(64),
  addresses: fc.array(address, { maxLength: 8 }),
  tags: fc.dictionary(text(30), text(30), { maxKeys: 16, noNullPrototype: true }),
  ephemeral: fc.boolean(),
  boxKey: fc.option(bytes(32, 32)),
})

t.test('every frame comes back from its bytes', async () => {
  holds(fc.property(frame, sent => {
    const whole = encodeFrame(sent)
    deepStrictEqual(decodeFrame(whole[4]!, whole.subarray(5)), sent)
  }), 0.1)
})

t.test('every record comes back from its bytes', async () => {
  holds(fc.property(record, sent => {
    deepStrictEqual(decodeRecord(encodeRecord(sent)), sent)
  }), 0.1)
})

t.test('every head and all items come back from their bytes', async () => {
  holds(fc.property(head, items, (sent, within) => {
    deepStrictEqual(decodeBatchHead(encodeBatchHead(sent)), sent)
    const whole = encodeItems(within)
    deepStrictEqual(decodeItems(whole, within.length), within)
    const newest = Math.max(...within.map(({ timestamp }) => timestamp))
    deepStrictEqual(newestOf(whole, within.length), newest)
  }), 0.1)
})

t.test('frames come out of any chopping, asked for in between or not', async () => {
  const chops = fc.array(fc.nat({ max: 2_000 }), { maxLength: 40 })
  holds(fc.property(fc.array(frame, { maxLength: 6 }), chops, fc.boolean(), (sent, cuts, asks) => {
    const stream = Buffer.concat(sent.map(encodeFrame))
    const reader = new FrameReader(1_048_576)
    const read: unknown[] = []
    const drain = (): void => {
      for (let next = reader.next(); next !== null; next = reader.next()) read.push(next)
    }
    const places = [0, ...cuts.map(cut => cut % (stream.length + 1)).sort((a, b) => a - b)]
    places.forEach((from, i) => {
      reader.push(stream.subarray(from, places[i + 1] ?? stream.length))
      if (asks) drain()
    })
    drain()
    deepStrictEqual(read, sent)
  }), 0.1)
})

/** Tags that are known, mostly. */
const tag = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...Object.values(TAG)) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }) },
)
/** Any bytes, long ones as often as short ones. */
const anyBytes = fc.uint8Array({ maxLength: 300, size: 'max' })

t.test('random bodies never throw, and whatever is a frame has an encoding', async () => {
  holds(fc.property(tag, anyBytes, (some, body) => {
    const read = decodeFrame(some, body)
    if (read.type !== 'refusal' && read.type !== 'unknown') encodeFrame(read)
  }))
})

/** A good frame with some bytes of its body changed, taken away or put in. */
const change = fc.tuple(fc.nat(), fc.nat({ max: 255 }), fc.nat({ max: 2 }))
const changes = fc.array(change, { minLength: 1, maxLength: 4 })
const damaged = fc.tuple(frame, changes).map(([sent, some]) => {
  const whole = [...encodeFrame(sent)]
  for (const [place, byte, kind] of some) {
    const at = 5 + place % Math.max(1, whole.length - 5)
    whole.splice(at, kind === 2 ? 0 : 1, ...kind === 1 ? [] : [byte])
  }
  return new Uint8Array(whole)
})

t.test('damaged frames never throw, and whatever is a frame has an encoding', async () => {
  holds(fc.property(damaged, whole => {
    const read = decodeFrame(whole[4]!, whole.subarray(5))
    if (read.type !== 'refusal' && read.type !== 'unknown') encodeFrame(read)
  }), 0.25)
})

t.test('damaged records never throw, and whatever is a record has an encoding', async () => {
  holds(fc.property(record, fc.nat(), fc.nat({ max: 255 }), (sent, place, byte) => {
    const body = encodeRecord(sent)
    body[place % body.length] = byte
    const read = decodeRecord(body)
    if (!('code' in read)) encodeRecord(read)
  }), 0.25)
})

t.test('damaged batches never throw, and both walks over their items judge alike', async () => {
  holds(fc.property(fc.oneof(batch, anyBytes), fc.nat(), u8, (some, place, byte) => {
    const whole = new Uint8Array(some)
    if (whole.length > 0) whole[place % whole.length] = byte
    const read = decodeBatch(whole)
    if (isRefusal(read)) return
    const newest = newestOf(read.items, read.head.count)
    const within = decodeItems(read.items, read.head.count)
    deepStrictEqual(typeof newest !== 'number', isRefusal(within))
    deepStrictEqual(decodeBatchHead(read.headBytes), read.head)
    deepStrictEqual(joinBatch(read.headBytes, read.signature, read.items), whole)
    if (!isRefusal(within)) deepStrictEqual(encodeItems(within), read.items)
  }), 0.25)
})

t.test('random streams never throw, and end in a refusal or in waiting', async t => {
  let refusals = 0
  const chunk = fc.oneof(bytes(0, 60), frame.map(encodeFrame), damaged)
  holds(fc.property(fc.array(chunk, { maxLength: 6 }), chunks => {
    const reader = new FrameReader(16_384)
    for (const some of chunks) {
      reader.push(some)
      // Each frame takes five bytes at least: more turns than bytes would be a hang.
      for (let turns = 0; ; turns++) {
        const read = reader.next()
        if (read === null || read.type === 'refusal') {
          if (read !== null) refusals++
          break
        }
        if (turns > 100_000) throw new Error('it hangs')
      }
    }
  }), 0.25)
  t.ok(refusals > 0, `${refusals} refusals`)
})

t.test('what is stripped stays stripped and well formed', async () => {
  holds(fc.property(fc.string({ unit: 'binary' }), fc.string(), (one, other) => {
    const stripped = stripControl(one + other)
    deepStrictEqual(stripControl(stripped), stripped)
    deepStrictEqual(new TextDecoder().decode(new TextEncoder().encode(stripped)), stripped)
  }), 0.25)
})
