/** Fills every limit of the wire: what fits is read, one more is refused. */
import t, { type Test } from 'tap'
import { encode } from 'cborg'
import { z } from 'zod'
import { LINK_LIMITS, WIRE_LIMITS as limits } from '../../src/limits.js'
import { resolveOptions } from '../../src/options.js'
import { formatAddress, parseAddress } from '../../src/wire/address.js'
import { encodeBatchHead } from '../../src/wire/batch.js'
import { encodeItems, ITEM_HEAD_BYTES } from '../../src/wire/bulletin.js'
import { decodeCbor } from '../../src/wire/cbor.js'
import { decodeFrame } from '../../src/wire/decode.js'
import { encodeFrame } from '../../src/wire/encode.js'
import { TAG, type Frame, type UnknownFrame } from '../../src/wire/frame.js'
import { identityFromHash } from '../../src/wire/identity.js'
import { encodeLinkTable } from '../../src/wire/link-table.js'
import { FrameReader } from '../../src/wire/reader.js'
import { decodeRecord, type SignedRecord } from '../../src/wire/record.js'
import { isRefusal, type Refusal } from '../../src/wire/refusal.js'
import { Bench, frames, Peer, recordsSent } from '../helpers/core-bench.js'
import { fill } from './fill.js'

const anything = z.unknown()
const identity = identityFromHash(new Uint8Array(32).fill(3))
const signed: SignedRecord = { body: new Uint8Array(10), signature: new Uint8Array(10) }
const row = { identity, incarnation: 1, version: 1 }
const plain = {
  publicKey: new Uint8Array(44), incarnation: 1, version: 1, issuedMs: 1, state: 'up', name: '',
  addresses: [], tags: {}, ephemeral: true, boxKey: null,
}
const addressOf = (index: number): string => `10.0.0.${index}:80`
const of = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

/** Whether a record with these fields is read, its size apart. */
function reads (changes: object): boolean {
  return !isRefusal(decodeRecord(new Uint8Array(encode({ ...plain, ...changes }))))
}

/** A body of a frame with any fields, as a hostile peer makes it. */
function body (fields: object): Uint8Array {
  return new Uint8Array(encode(fields))
}

function isRead (tag: number, bytes: Uint8Array): boolean {
  return !isRefusal(decodeFrame(tag, bytes))
}

function raw (tag: number, bodyBytes: number): Uint8Array {
  const bytes = new Uint8Array(5 + bodyBytes)
  new DataView(bytes.buffer).setUint32(0, bodyBytes + 1)
  bytes[4] = tag
  return bytes
}

/** The first thing that is read within a limit of frames. */
function first (frameBytesMax: number, bytes: Uint8Array): Frame | UnknownFrame | Refusal | null {
  const reader = new FrameReader(frameBytesMax)
  reader.push(bytes)
  return reader.next()
}

function boundary (t: Test, max: number, passes: (count: number) => boolean): void {
  t.equal(passes(max), true, `${max} pass`)
  t.equal(passes(max + 1), false, `${max + 1} do not`)
}

/** The body of a batch frame whose head says `count`. */
function batchBody (count: number, contents: readonly Uint8Array[]): Uint8Array {
  const items = encodeItems(contents.map(content =>
    ({ topic: new Uint8Array(32), timestamp: 1, nonce: 0, content })))
  const head = encodeBatchHead({
    publicKey: new Uint8Array(44), incarnation: 1, first: 1, count: 1, hopsMax: 0,
    previous: new Uint8Array(32), itemsHash: new Uint8Array(32),
  })
  new DataView(head.buffer, head.byteOffset).setUint32(2 + 44 + 8 + 4, count)
  return new Uint8Array([0, ...head.length < 256 ? [0, head.length] : [], ...head, 0, 0, ...items])
}

function isBatch (contents: readonly Uint8Array[]): boolean {
  return isRead(TAG.batch, batchBody(contents.length, contents))
}

/** A body with what stands from `at` on `count` times, for layouts that count by their length. */
function repeated (one: Uint8Array, at: number, count: number): Uint8Array {
  const size = one.length - at
  const all = new Uint8Array(at + size * count)
  all.set(one)
  for (let i = 1; i < count; i++) all.set(one.subarray(at), at + i * size)
  return all
}

/** The body of a link-table with so many links, made by hand: the encoder refuses more. */
function tableBody (count: number): Uint8Array {
  const bytes = new Uint8Array(2 + 48 + 9 * count + 64)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, 48 + 9 * count)
  view.setUint16(2 + 46, count)
  of(count).forEach(i => { view.setUint32(2 + 48 + 9 * i, i) })
  return bytes
}

/** Rows with ranges that do not touch, made by hand: the encoder refuses more than allowed. */
function passesRows (rows: number, ranges: number): boolean {
  const row = {
    author: identity, incarnation: 1, newest: 1, headHash: new Uint8Array(8),
    held: [{ first: 1, last: 2 }],
  }
  const frame = encodeFrame({
    type: 'log-digest', root: new Uint8Array(32), rows: [row], answer: false,
  }).subarray(5)
  const head = frame.subarray(0, 33)
  const rowHead = frame.slice(33, frame.length - 8)
  rowHead[rowHead.length - 1] = ranges
  const held = new Uint8Array(8 * ranges)
  const view = new DataView(held.buffer)
  of(ranges).forEach(i => {
    view.setUint32(8 * i, 10 * i + 1)
    view.setUint32(8 * i + 4, 10 * i + 2)
  })
  const whole = new Uint8Array(rowHead.length + held.length)
  whole.set(rowHead)
  whole.set(held, rowHead.length)
  const all = new Uint8Array(head.length + rows * whole.length)
  all.set(head)
  for (let i = 0; i < rows; i++) all.set(whole, head.length + i * whole.length)
  return isRead(TAG['log-digest'], all)
}

function isRequest (kind: string, bytes: number): boolean {
  const frame = encodeFrame({ type: 'request', id: 1, kind: 'x', body: new Uint8Array(0) })
  const head = frame.subarray(5, frame.length - 2)
  const all = new Uint8Array(head.length + 1 + kind.length + bytes)
  all.set(head)
  all[head.length] = kind.length
  all.set(new TextEncoder().encode(kind), head.length + 1)
  return isRead(TAG.request, all)
}

fill('WIRE_LIMITS', {
  frameBytesMax: t => {
    const max = limits.frameBytesMax
    t.equal(first(max, raw(200, max - 1))?.type, 'unknown')
    t.match(first(max, raw(200, max).subarray(0, 4)), { code: 'frame-too-long' }, 'by its prefix')
  },
  greetingFrameBytesMax: t => {
    const max = limits.greetingFrameBytesMax
    t.equal(first(max, raw(200, max - 1))?.type, 'unknown')
    t.match(first(max, raw(200, max).subarray(0, 4)), { code: 'frame-too-long' })
  },
  cborDepthMax: t => {
    boundary(t, limits.cborDepthMax, depth => {
      const nested = new Uint8Array(depth + 1).fill(0x81)
      nested[depth] = 0x01
      return !isRefusal(decodeCbor(nested, anything) as object)
    })
  },
  cborItemsMax: t => {
    boundary(t, limits.cborItemsMax, items => {
      const list = new Uint8Array(encode(of(items - 1).map(() => 0)))
      return !isRefusal(decodeCbor(list, anything) as object)
    })
  },
  recordBytesMax: t => {
    boundary(t, limits.recordBytesMax, bytes => {
      const read = decodeFrame(TAG.welcome, body({
        record: { body: new Uint8Array(bytes), signature: new Uint8Array(1) },
      }))
      return !isRefusal(read)
    })
    const read = decodeRecord(new Uint8Array(limits.recordBytesMax + 1))
    t.match(read, { code: 'record-malformed', message: /longer than/ })
  },
  signatureBytesMax: t => {
    boundary(t, limits.signatureBytesMax, bytes => isRead(TAG.welcome, body({
      record: { body: new Uint8Array(1), signature: new Uint8Array(bytes) },
    })))
  },
  publicKeyBytesMax: t => {
    boundary(t, limits.publicKeyBytesMax, bytes => reads({ publicKey: new Uint8Array(bytes) }))
  },
  nameBytesMax: t => {
    boundary(t, limits.nameBytesMax, bytes => reads({ name: 'x'.repeat(bytes) }))
    t.notOk(reads({ name: 'é'.repeat(limits.nameBytesMax / 2 + 1) }), 'bytes, not characters')
    t.throws(() => resolveOptions({ name: 'x'.repeat(limits.nameBytesMax + 1) }),
      { code: 'option-invalid' })
  },
  addressesPerRecordMax: t => {
    const max = limits.addressesPerRecordMax
    boundary(t, max, count => reads({ addresses: of(count).map(addressOf) }))
    t.throws(() => resolveOptions({ advertise: of(max + 1).map(addressOf) }),
      { code: 'option-invalid' })
    const bench = new Bench()
    bench.post({ kind: 'addresses-changed', addresses: of(max + 1).map(addressOf), port: 80 })
    const [peer] = bench.larger()
    const link = bench.open(peer!)
    const [welcome] = frames(bench.greet(link, peer!), 'welcome')
    const record = decodeRecord(welcome!.record.body)
    t.same(isRefusal(record) ? [] : record.addresses, of(max).map(addressOf))
  },
  addressBytesMax: t => {
    const host = `${'a.'.repeat(126)}a`
    const longest = formatAddress(host, 65_535)
    t.not(parseAddress(longest), null)
    const padded = (bytes: number): string => `${host}:1`.padEnd(bytes, '1')
    t.equal(parseAddress(padded(limits.addressBytesMax + 1)), null)
    t.notOk(reads({ addresses: [padded(limits.addressBytesMax + 1)] }))
    t.ok(longest.length + 2 <= limits.addressBytesMax, 'the longest name in brackets fits')
  },
  tagsPerRecordMax: t => {
    boundary(t, limits.tagsPerRecordMax, count =>
      reads({ tags: Object.fromEntries(of(count).map(i => [`k${i}`, ''])) }))
  },
  tagBytesMax: t => {
    boundary(t, limits.tagBytesMax, bytes => reads({ tags: { k: 'x'.repeat(bytes - 1) } }))
  },
  pingTextBytesMax: t => {
    boundary(t, limits.pingTextBytesMax, bytes => isRead(TAG.ping, new Uint8Array(4 + bytes)))
    t.throws(() => resolveOptions({ text: 'x'.repeat(limits.pingTextBytesMax + 1) }),
      { code: 'option-invalid' })
  },
  errorTextBytesMax: t => {
    boundary(t, limits.errorTextBytesMax, bytes =>
      isRead(TAG.error, body({ code: 'x', message: 'y'.repeat(bytes) })))
    boundary(t, limits.errorTextBytesMax, bytes =>
      isRead(TAG.error, body({ code: 'y'.repeat(bytes), message: '' })))
  },
  ownErrorTextCharsMax: t => {
    const bench = new Bench()
    const [peer] = bench.larger()
    const link = bench.ready(peer!)
    const message = 'z'.repeat(limits.ownErrorTextCharsMax + 1)
    const refusal = { type: 'refusal', code: 'body-malformed', message } as const
    const [error] = frames(bench.post({ kind: 'frame-refused', link, refusal }), 'error')
    t.equal(error?.message, 'z'.repeat(limits.ownErrorTextCharsMax))
  },
  decoderTextCharsMax: t => {
    const key = 'k'.repeat(2 * limits.decoderTextCharsMax)
    const twice = Buffer.from(encode({ [key]: 1 })).subarray(1)
    const refused = decodeCbor(
      new Uint8Array(Buffer.concat([Buffer.from([0xa2]), twice, twice])), anything)
    t.match(refused, { type: 'refusal', message: /repeat map key/ })
    t.equal((refused as Refusal).message.length, limits.decoderTextCharsMax)
  },
  recordsPerFrameMax: t => {
    const max = limits.recordsPerFrameMax
    boundary(t, max, count => isRead(TAG.records, body({
      entries: of(count).map(() => ({ record: signed, linked: false })),
    })))
    const { bench, link } = knowing(max)
    const told = frames(lacking(bench, link), 'records')
    t.same(told.map(({ entries }) => entries.length), [max, 2], 'its own, the peer, and those told')
  },
  digestRowsPerFrameMax: t => {
    const max = limits.digestRowsPerFrameMax
    const bytes = (rows: number): Uint8Array => {
      const made = new Uint8Array(33 + 44 * rows)
      made[0] = 1
      return made
    }
    boundary(t, max, rows => isRead(TAG['roster-digest'], bytes(rows)))
    t.throws(() => encodeFrame({
      type: 'roster-digest', hash: new Uint8Array(32), rows: of(max + 1).map(() => row),
      answer: false,
    }), /within the limit/, 'and never sent')
    const stored = of(max).map(i => new Peer(10_000 + i).stored(1_000))
    const bench = new Bench({ membersMax: 2 * max, linksMax: 4 }, { stored })
    const [peer] = bench.larger()
    const effects = bench.say(bench.ready(peer!), {
      type: 'roster-digest', hash: new Uint8Array(32), rows: null, answer: false,
    })
    t.equal(frames(effects, 'roster-digest')[0]?.rows?.length, max, 'a choice is shown')
  },
  alivePerFrameMax: t => {
    const max = limits.alivePerFrameMax
    boundary(t, max, members => isRead(TAG.alive, new Uint8Array(40 * members)))
    t.throws(() => encodeFrame({ type: 'alive', members: of(max + 1).map(() => row) }))
  },
  refuseOthersMax: t => {
    const max = limits.refuseOthersMax
    boundary(t, max, count => isRead(TAG.refuse, body({
      code: 'full', retryAfterMs: 1, record: null, others: of(count).map(addressOf),
    })))
    const bench = new Bench({ linksMax: max })
    const peers = bench.larger(max + LINK_LIMITS.linksSpare + 1)
    for (const peer of peers.slice(0, -1)) bench.ready(peer)
    const late = peers.at(-1)!
    const [refused] = frames(bench.say(bench.open(late), bench.hello(late)), 'refuse')
    t.equal(refused?.code, 'full')
    t.equal(refused?.others.length, max)
  },
  contentBytesMax: t => {
    boundary(t, limits.contentBytesMax, bytes => isBatch([new Uint8Array(bytes)]))
  },
  positionsPerLogMax: t => {
    boundary(t, limits.positionsPerLogMax, last => {
      const body = batchBody(2, of(2).map(() => new Uint8Array(0)))
      new DataView(body.buffer).setUint32(1 + 2 + 2 + 44 + 8, last - 1)
      return isRead(TAG.batch, body)
    })
  },
  itemsPerBatchMax: t => {
    boundary(t, limits.itemsPerBatchMax, count =>
      isRead(TAG.batch, batchBody(count, of(count).map(() => new Uint8Array(0)))))
  },
  batchItemsBytesMax: t => {
    boundary(t, limits.batchItemsBytesMax, bytes =>
      isBatch([new Uint8Array(10), new Uint8Array(bytes - 10 - 2 * ITEM_HEAD_BYTES)]))
  },
  logRowsPerFrameMax: t => {
    boundary(t, limits.logRowsPerFrameMax, count => passesRows(count, 1))
  },
  rangesPerLogMax: t => {
    boundary(t, limits.rangesPerLogMax, count => passesRows(1, count))
  },
  wantRangesMax: t => {
    boundary(t, limits.wantRangesMax, count => {
      const range = { author: identity, incarnation: 1, first: 1, last: 2 }
      const frame = encodeFrame({ type: 'log-want', id: 1, bytesMax: 1, ranges: [range] })
      return isRead(TAG['log-want'], repeated(frame.subarray(5), frame.length - 5 - 48, count))
    })
  },
  tableLinksMax: t => {
    boundary(t, limits.tableLinksMax, count => isRead(TAG['link-table'], tableBody(count)))
    const links = of(limits.tableLinksMax + 1).map(i =>
      ({ prefix: i.toString(16).padStart(16, '0'), rtt: 0 }))
    const table = { owner: identity, incarnation: 1, version: 1, free: 0, links }
    t.throws(() => encodeLinkTable(table), /within the limit/, 'and never sent')
  },
  headsPerFrameMax: t => {
    const range = { author: identity, incarnation: 1, first: 1, last: 2 }
    const max = limits.headsPerFrameMax
    boundary(t, max, count => {
      const bytes = encodeFrame({ type: 'heads', rows: [range] }).subarray(5)
      return isRead(TAG.heads, repeated(bytes, 0, count))
    })
    t.throws(() => encodeFrame({ type: 'heads', rows: of(max + 1).map(() => range) }),
      /within the limit/, 'and never sent')
  },
  topicsPerLinkMax: t => {
    boundary(t, limits.topicsPerLinkMax, count => {
      const frame = encodeFrame({ type: 'topics', carries: true, topics: [new Uint8Array(32)] })
      return isRead(TAG.topics, repeated(frame.subarray(5), frame.length - 5 - 32, count))
    })
  },
  requestKindBytesMax: t => {
    boundary(t, limits.requestKindBytesMax, bytes => isRequest('x'.repeat(bytes), 1))
  },
  requestBytesMax: t => {
    boundary(t, limits.requestBytesMax, bytes => isRequest('x', bytes))
  },
})

/** A node that was told of so many by one peer. */
function knowing (count: number): { bench: Bench, link: ReturnType<Bench['ready']> } {
  const bench = new Bench()
  const [teller, ...others] = bench.larger(count + 1)
  const link = bench.ready(teller!)
  bench.tell(link, ...others.map(peer => peer.entry()))
  t.equal(recordsSent(bench.seen.map(({ effect }) => effect), link).length, 0)
  return { bench, link }
}

/** What a peer is sent that says it knows nobody. */
function lacking (bench: Bench, link: ReturnType<Bench['ready']>): ReturnType<Bench['say']> {
  return bench.say(link, {
    type: 'roster-digest', hash: new Uint8Array(32), rows: [], answer: true,
  })
}
