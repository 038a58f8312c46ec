import { createHash } from 'node:crypto'
import t from 'tap'
import {
  HEADER_BYTES, ITEM_HEAD_BYTES, decodeItems, encodeItems, headerOf, itemBytes, newestOf,
  workPreimage, type Item,
} from '../../src/wire/bulletin.js'
import { utf8Encode } from '../../src/wire/bytes.js'
import { isRefusal } from '../../src/wire/refusal.js'
import { ITEM, bytesOf, fromHex, toHex } from './sample-frames.js'

/** Figures of the second seed's own program. */
const ORACLE = {
  descriptor: 'node beacon channel',
  topic: 'e1f2dec91e2405540f00893946b634d85e0227c40dd70dc38fcf8ec6ff9e9b94',
  content: 'hello world',
  contentId: 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9',
  timestamp: 1_657_200_000,
  nonce: 4,
}

function sha256 (bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest())
}

function whyNot (bytes: Uint8Array, count: number): string {
  const items = decodeItems(bytes, count)
  const newest = newestOf(bytes, count)
  if (isRefusal(items) === (typeof newest === 'number')) return 'both walks must judge alike'
  return isRefusal(items) ? `${items.code} ${items.message}` : 'accepted'
}

t.test('topic, content id and header are those of the second seed', async t => {
  const content = utf8Encode(ORACLE.content)
  const topic = sha256(utf8Encode(ORACLE.descriptor))
  t.equal(toHex(topic), ORACLE.topic)
  t.equal(toHex(sha256(content)), ORACLE.contentId)
  const { timestamp, nonce } = ORACLE
  const header = headerOf({ topic, timestamp, nonce, content }, sha256(content))
  t.equal(header.length, HEADER_BYTES)
  t.equal(toHex(header), `${ORACLE.topic}${ORACLE.contentId}62c6dd8000000004`)
})

t.test('work is done for the header and then its author', async t => {
  const header = headerOf(ITEM, bytesOf(32, 1))
  const preimage = workPreimage(header, bytesOf(32, 2))
  t.equal(toHex(preimage), `${toHex(header)}${'02'.repeat(32)}`)
  t.throws(() => workPreimage(header, bytesOf(31)), /assertion failed/)
  t.throws(() => workPreimage(bytesOf(71), bytesOf(32)), /assertion failed/)
})

t.test('an item is its topic, timestamp, nonce, length and content', async t => {
  const bytes = encodeItems([{ ...ITEM, timestamp: 1, nonce: 0xffff_ffff }])
  t.equal(toHex(bytes), `${'03'.repeat(32)}00000001ffffffff000000056868686868`)
  t.equal(bytes.length, itemBytes(ITEM))
})

t.test('items come back as they were, as views', async t => {
  const sent: Item[] = [
    ITEM,
    { ...ITEM, content: bytesOf(0) },
    { topic: bytesOf(32, 255), timestamp: 0xffff_ffff, nonce: 0xffff_ffff, content: bytesOf(999) },
  ]
  const bytes = encodeItems(sent)
  const items = decodeItems(bytes, sent.length)
  t.strictSame(items, sent)
  if (!isRefusal(items)) t.ok(items.every(({ content }) => content.buffer === bytes.buffer))
  t.strictSame(decodeItems(encodeItems([]), 0), [])
})

t.test('the newest is the largest timestamp, wherever it stands', async t => {
  const at = (...times: number[]) => encodeItems(times.map(timestamp => ({ ...ITEM, timestamp })))
  t.equal(newestOf(at(3, 0xffff_ffff, 2), 3), 0xffff_ffff)
  t.equal(newestOf(at(3, 1, 2), 3), 3)
  t.equal(newestOf(at(1, 2, 3), 3), 3)
  t.equal(newestOf(at(0), 1), 0)
})

t.test('items that end early, are too long or are followed by bytes are refused', async t => {
  const two = encodeItems([ITEM, ITEM])
  t.match(whyNot(two, 3), /^batch-malformed batch: an item ends early$/)
  t.match(whyNot(two.subarray(0, ITEM_HEAD_BYTES - 1), 1), /an item ends early/)
  t.match(whyNot(two.subarray(0, two.length - 1), 2), /a content ends early/)
  t.match(whyNot(two, 1), /bytes after the last item/)
  t.match(whyNot(new Uint8Array([...two, 0]), 2), /bytes after the last item/)
  t.match(whyNot(bytesOf(0), 1), /an item ends early/)
  const long = fromHex(`${'00'.repeat(40)}000f0001`)
  t.match(whyNot(new Uint8Array([...long, ...bytesOf(983_041)]), 1), /a content is too long/)
  t.match(whyNot(long, 1), /a content is too long/, 'judged from its length alone')
  const longest = encodeItems([{ ...ITEM, content: bytesOf(983_040) }])
  t.equal(whyNot(longest, 1), 'accepted')
})

t.test('every cut of items is refused', async t => {
  const bytes = encodeItems([ITEM, { ...ITEM, content: bytesOf(0) }, ITEM])
  for (let length = 0; length < bytes.length; length++) {
    if (!isRefusal(decodeItems(bytes.subarray(0, length), 3))) t.fail(`cut at ${length}`)
  }
})

t.test('an item of ours that is none is a bug', async t => {
  t.throws(() => encodeItems([{ ...ITEM, topic: bytesOf(31) }]), /assertion failed/)
  t.throws(() => encodeItems([{ ...ITEM, timestamp: 2 ** 32 }]), /assertion failed/)
  t.throws(() => encodeItems([{ ...ITEM, nonce: -1 }]), /assertion failed/)
  t.throws(() => headerOf({ ...ITEM, timestamp: 0.5 }, bytesOf(32)), /assertion failed/)
})
