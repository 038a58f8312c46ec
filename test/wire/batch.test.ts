import t from 'tap'
import {
  batchRoomBytes, copyBatch, decodeBatch, decodeBatchHead, encodeBatchHead, itemsOf, joinBatch,
  joinBatchInPlace, lastOf,
} from '../../src/wire/batch.js'
import { encodeItems, type Item } from '../../src/wire/bulletin.js'
import { Slab } from '../../src/wire/bytes.js'
import { isRefusal } from '../../src/wire/refusal.js'
import { HEAD, ITEM, batchOf, bytesOf, fromHex, toHex } from './sample-frames.js'

function whyNot (bytes: Uint8Array): string {
  const batch = decodeBatch(bytes)
  return isRefusal(batch) ? `${batch.code} ${batch.message}` : 'accepted'
}

/** A head with its bytes from `at` replaced; counted from behind the public key. */
function headWith (at: number, hex: string): Uint8Array {
  const bytes = encodeBatchHead(HEAD)
  bytes.set(fromHex(hex), 2 + HEAD.publicKey.length + at)
  return bytes
}

function items (count: number, contentBytes = 0): Item[] {
  return new Array<Item>(count).fill({ ...ITEM, content: bytesOf(contentBytes) })
}

t.test('a head is laid out field by field', async t => {
  const head = encodeBatchHead({
    ...HEAD, publicKey: bytesOf(3), first: 2, count: 3, hopsMax: 4, previous: bytesOf(32, 5),
  })
  const numbers = '00068c61714000050000000200000003' + '04'
  t.equal(toHex(head), `0003070707${numbers}${'05'.repeat(32)}${'09'.repeat(32)}`)
})

t.test('a batch is its head, its signature and its items', async t => {
  const batch = joinBatch(bytesOf(2, 1), bytesOf(3, 2), bytesOf(4, 3))
  t.equal(toHex(batch), '00020101' + '0003020202' + '03030303')
})

t.test('a batch comes apart as it was joined, into views', async t => {
  for (const changes of [
    {}, { first: 0xffff_ffff - 1, hopsMax: 255 }, { incarnation: Number.MAX_SAFE_INTEGER },
    { incarnation: 0 }, { publicKey: bytesOf(1_024) }, { publicKey: bytesOf(1) },
  ]) {
    const head = { ...HEAD, count: 2, ...changes }
    const headBytes = encodeBatchHead(head)
    const sent = encodeItems([ITEM, ITEM])
    for (const signature of [bytesOf(1), bytesOf(1_024)]) {
      const bytes = joinBatch(headBytes, signature, sent)
      const batch = decodeBatch(bytes)
      t.strictSame(batch, { head, headBytes, signature, items: sent })
      if (!isRefusal(batch)) t.equal(batch.items.buffer, bytes.buffer)
    }
    t.strictSame(decodeBatchHead(headBytes), head)
  }
})

t.test('its items alone are those that it comes apart into; what is cut off is none', async t => {
  for (const changes of [{}, { hopsMax: 255 }, { publicKey: bytesOf(1_024) }]) {
    const head = encodeBatchHead({ ...HEAD, count: 2, ...changes })
    const bytes = joinBatch(head, bytesOf(70), encodeItems([ITEM, ITEM]))
    const batch = decodeBatch(bytes)
    t.notOk(isRefusal(batch))
    if (isRefusal(batch)) return
    const { items, head: { count, hopsMax } } = batch
    t.strictSame(itemsOf(bytes), { count, hopsMax, items })
    const frontBytes = bytes.length - items.length
    for (let end = 0; end < frontBytes; end++) t.equal(itemsOf(bytes.subarray(0, end)), null)
    const torn = copyBatch(bytes)
    torn[1]! ^= 1
    t.equal(itemsOf(torn), null, 'a head of another length')
  }
  const none = encodeBatchHead({ ...HEAD, count: 1 })
  none.fill(0, 2 + HEAD.publicKey.length + 12, 2 + HEAD.publicKey.length + 16)
  t.equal(itemsOf(joinBatch(none, bytesOf(70), bytesOf(0))), null, 'a batch of nothing')
})

t.test('where the room in front is too small nothing beside it is written to', async t => {
  const slab = new Slab()
  const neighbour = slab.take(1_000).fill(7)
  const head = encodeBatchHead(HEAD)
  for (const [signature, isInPlace] of [[bytesOf(70), true], [bytesOf(200), false]] as const) {
    const roomBytes = batchRoomBytes(HEAD.publicKey.length, 70)
    const items = encodeItems([ITEM], roomBytes, slab)
    const batch = joinBatchInPlace(head, signature, items, roomBytes)
    t.equal(batch.buffer === items.buffer, isInPlace)
    t.equal(toHex(batch), toHex(joinBatch(head, signature, encodeItems([ITEM]))))
    t.ok(neighbour.every(byte => byte === 7))
  }
})

t.test('a batch that stands in the midst of a chunk is read as well', async t => {
  const batch = batchOf([ITEM])
  const chunk = Buffer.concat([bytesOf(13), batch, bytesOf(5)])
  const view = chunk.subarray(13, 13 + batch.length)
  t.match(decodeBatch(view), { head: { first: 1, count: 1 } })
  const copy = copyBatch(view)
  chunk.fill(0)
  t.equal(toHex(copy), toHex(batch))
  t.equal(copy.buffer.byteLength, batch.length)
})

t.test('the last position follows from first and count', async t => {
  t.equal(lastOf({ first: 1, count: 1 }), 1)
  t.equal(lastOf({ first: 5, count: 1_024 }), 1_028)
})

t.test('what ends early is refused', async t => {
  t.match(whyNot(bytesOf(0)), /^batch-malformed batch: the head ends early$/)
  t.match(whyNot(fromHex('00')), /the head ends early/)
  t.match(whyNot(fromHex('ffff00')), /the head ends early/)
  t.match(whyNot(encodeBatchHead(HEAD)), /the head is not one|the signature ends early/)
  const head = encodeBatchHead(HEAD)
  const whole = joinBatch(head, bytesOf(64), encodeItems([ITEM]))
  t.match(whyNot(whole.subarray(0, 2 + head.length)), /the signature ends early/)
  t.match(whyNot(whole.subarray(0, 2 + head.length + 1)), /the signature ends early/)
  t.match(whyNot(whole.subarray(0, 2 + head.length + 2 + 63)), /the signature ends early/)
  t.match(whyNot(joinBatch(head, bytesOf(64), bytesOf(43))), /the items end early/)
})

t.test('a signature beyond its limit is refused', async t => {
  const head = encodeBatchHead(HEAD)
  const sent = encodeItems([ITEM])
  const long = new Uint8Array([
    ...fromHex('007f'), ...head, ...fromHex('0401'), ...bytesOf(1_025), ...sent,
  ])
  t.equal(head.length, 127)
  t.match(whyNot(long), /the signature ends early or is too long/)
})

t.test('a head of another length, or with no key or too long a key, is refused', async t => {
  const join = (head: Uint8Array) => joinBatch(head, bytesOf(64), encodeItems([ITEM]))
  const head = encodeBatchHead(HEAD)
  const keyOf = (length: number) => {
    const bytes = new Uint8Array(2 + length + 81)
    new DataView(bytes.buffer).setUint16(0, length)
    bytes.set(head.subarray(2 + 44), 2 + length)
    return bytes
  }
  t.equal(toHex(encodeBatchHead({ ...HEAD, publicKey: bytesOf(44, 0) })), toHex(keyOf(44)))
  const none = [
    head.subarray(1), head.subarray(0, head.length - 1), new Uint8Array([...head, 0]), bytesOf(0),
    bytesOf(1), keyOf(0), keyOf(1_025),
  ]
  for (const bytes of none) {
    t.match(whyNot(join(bytes)), /^batch-malformed batch: the head is not one$/)
    t.equal(decodeBatchHead(bytes), null)
  }
})

t.test('numbers of a head out of range are refused', async t => {
  const cases: [string, number, string, RegExp][] = [
    ['an incarnation of 2^53', 0, '0020000000000000', /the incarnation is above/],
    ['an incarnation of 2^64 - 1', 0, 'ffffffffffffffff', /the incarnation is above/],
    ['a first of 0', 8, '00000000', /positions are off/],
    ['a count of 0', 12, '00000000', /positions are off/],
    ['a count of 1,025', 12, '00000401', /it has too many items/],
    ['a count of 2^32 - 1', 12, 'ffffffff', /it has too many items/],
    ['a last position of 2^32', 8, 'ffffffff00000002', /positions are off/],
  ]
  for (const [what, at, hex, why] of cases) {
    const head = headWith(at, hex)
    t.equal(decodeBatchHead(head), null, what)
    t.match(whyNot(joinBatch(head, bytesOf(64), encodeItems(items(1_025)))), why, what)
  }
  t.equal(whyNot(batchOf([ITEM], { first: 0xffff_ffff })), 'accepted')
})

t.test('1,024 items and 256 KiB are accepted, one more is not unless it is alone', async t => {
  t.equal(whyNot(batchOf(items(1_024))), 'accepted')
  const half = 131_072 - 44
  t.equal(whyNot(batchOf(items(2, half))), 'accepted')
  const more = [...items(1, half), ...items(1, half + 1)]
  t.match(whyNot(batchOf(more)), /^batch-malformed batch: it is too long$/)
  t.equal(whyNot(batchOf(items(1, 983_040))), 'accepted')
})

t.test('a head or batch of ours that is none is a bug', async t => {
  for (const changes of [
    { publicKey: bytesOf(0) }, { publicKey: bytesOf(1_025) }, { previous: bytesOf(31) },
    { itemsHash: bytesOf(33) }, { first: 0 }, { count: 0 }, { count: 1_025 }, { hopsMax: 256 },
    { hopsMax: -1 }, { first: 0xffff_ffff, count: 2 }, { incarnation: 2 ** 53 }, { first: 1.5 },
  ]) {
    const what = Object.keys(changes).join()
    t.throws(() => encodeBatchHead({ ...HEAD, ...changes }), /assertion failed/, what)
  }
  t.throws(() => joinBatch(bytesOf(9), bytesOf(1_025), bytesOf(9)), /assertion failed/)
})

t.test('every cut of a batch is refused or leaves too few items', async t => {
  const batch = batchOf([ITEM, ITEM])
  const itemsAt = batch.length - encodeItems([ITEM, ITEM]).length
  for (let length = 0; length < itemsAt + 88; length++) {
    if (!isRefusal(decodeBatch(batch.subarray(0, length)))) t.fail(`cut at ${length}`)
  }
})

t.test('joined in front of its items a batch is the same, room enough or not', async t => {
  const head = encodeBatchHead({ ...HEAD, count: 1 })
  for (const signatureBytes of [0, 64, 72, 1_024]) {
    const room = batchRoomBytes(HEAD.publicKey.length, signatureBytes)
    for (const length of [64, 72, 1_024]) {
      const items = encodeItems([ITEM], room)
      const joined = joinBatchInPlace(head, bytesOf(length, 7), items)
      t.same(joined, joinBatch(head, bytesOf(length, 7), encodeItems([ITEM])))
      t.equal(joined.buffer === items.buffer, signatureBytes + 64 >= length)
    }
  }
})
