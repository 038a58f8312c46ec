/** What every BulletinStore promises, wherever it keeps its rows. */
import { createHash } from 'node:crypto'
import type { Test } from 'tap'
import { WIRE_LIMITS } from '../../src/limits.js'
import type { BulletinQuery, BulletinStore, HeldBulletin } from '../../src/ports.js'
import { encodeBatchHead, joinBatch } from '../../src/wire/batch.js'
import { encodeItems, type Item } from '../../src/wire/bulletin.js'
import { identityFromHash, type Identity } from '../../src/wire/identity.js'
import type { StoredBatch } from '../../src/core/bulletins/vocabulary.js'

/** The adapter under test. */
export interface BulletinStoreRig {
  /** An empty store. */
  open (): Promise<BulletinStore>
  /** The same rows again after `close`. */
  reopen (closed: BulletinStore): Promise<BulletinStore>
}

/** The suite. */
export function bulletinStoreContract (t: Test, rig: BulletinStoreRig): void {
  t.test('an empty store holds nothing', async t => {
    const store = await rig.open()
    t.same(await store.loadBatches(), [])
    t.same(await store.getBatches([keyOf(batch())]), [null])
    t.same(await told(store.query({})), [])
    t.same(await told(store.ofTopic(hexOf(topic(1)))), [])
    t.same([...await store.topicCounts()], [])
    t.equal(await store.byContentId('00'.repeat(32)), null)
    t.same(await store.getCursor('mine'), [])
    await store.dropBatches([keyOf(batch())])
    await store.close()
  })

  t.test('what was put is there after it was closed and opened again, byte by byte', async t => {
    const store = await rig.open()
    const batches = [
      batch({ author: 2, first: 300 }), batch({ author: 1, incarnation: 2 ** 52 + 1 }),
      batch({ author: 1, first: 0xffff_ffff }), batch({ author: 1, first: 9, items: many(1_024) }),
      batch({ author: 3, items: [item({ text: 'x'.repeat(WIRE_LIMITS.contentBytesMax) })] }),
    ]
    await Promise.all(batches.map(batch => store.putBatch(batch)))
    await store.putCursor('mine', [cursor(1, [[1, 5], [7, 0xffff_ffff]]), cursor(2, [])])
    await store.close()
    const again = await rig.reopen(store)
    t.same(sorted(await again.loadBatches()), sorted(batches.map(summaryOf)))
    const asked = [...batches].reverse()
    const got = await again.getBatches([...asked, batch({ author: 9 })].map(keyOf))
    t.equal(got.pop(), null)
    t.ok(got.every((bytes, i) => Buffer.from(bytes ?? []).equals(asked[i]?.batch ?? Buffer.of(1))))
    const rows = await again.getCursor('mine')
    t.same(rows, [cursor(1, [[1, 5], [7, 0xffff_ffff]]), cursor(2, [])])
    await again.close()
  })

  t.test('what is handed out is nobody else\'s memory', async t => {
    const store = await rig.open()
    const put = batch({ items: [item({ text: 'first' })] })
    const bytes = put.batch.slice()
    await store.putBatch(put)
    put.batch.fill(0)
    const [got] = await store.getBatches([keyOf(put)])
    t.same([...got ?? []], [...bytes])
    got?.fill(0)
    for await (const { content, topic } of store.query({})) {
      content.fill(0)
      topic.fill(0)
    }
    const [again] = await store.getBatches([keyOf(put)])
    t.same([...again ?? []], [...bytes])
    await store.close()
  })

  t.test('bulletins are counted by their topics', async t => {
    const store = await rig.open()
    const [one, two] = [item({ text: 'a', topic: 1 }), item({ text: 'b', topic: 2 })]
    await store.putBatch(batch({ first: 1, items: [one, two, two, one] }))
    await store.putBatch(batch({ first: 5, items: [two] }))
    await store.putBatch(batch({ author: 2, items: [item({ text: 'c', topic: 3 })] }))
    const counts = async (): Promise<unknown> => [...await store.topicCounts()].sort()
    const [a, b, c] = [1, 2, 3].map(seed => hexOf(topic(seed)))
    t.same(await counts(), [[a, 2], [b, 3], [c, 1]].sort())
    await store.dropBatches([keyOf(batch({ first: 1 }))])
    t.same(await counts(), [[b, 1], [c, 1]].sort())
    await store.close()
  })

  t.test('a dropped batch is gone, from its topics too, and may be put again', async t => {
    const store = await rig.open()
    const [one, two] = [batch({ first: 1 }), batch({ first: 2 })]
    await Promise.all([store.putBatch(one), store.putBatch(two)])
    await store.dropBatches([keyOf(one), keyOf(batch({ first: 77 }))])
    t.same(await store.loadBatches(), [summaryOf(two)])
    t.same(await told(store.ofTopic(hexOf(topic(1)))), ['a1:2 text'])
    const dropped = store.dropBatches([keyOf(two)])
    const put = store.putBatch(two)
    await Promise.all([dropped, put])
    t.same(await told(store.query({ topic: { prefix: '01' } })), ['a1:2 text'])
    await store.close()
  })

  t.test('a topic is told in order within each log', async t => {
    const store = await rig.open()
    for (const first of [30, 3, 1, 20, 2_000]) {
      for (const author of [2, 1]) {
        const items = [item({ topic: 1, text: 'yes' }), item({ topic: 2, text: 'no' })]
        await store.putBatch(batch({ author, first, items }))
      }
    }
    const positions = [1, 3, 20, 30, 2_000]
    t.same(await told(store.ofTopic(hexOf(topic(1)))),
      [1, 2].flatMap(author => positions.map(position => `a${author}:${position} yes`)))
    t.same(await told(store.ofTopic(hexOf(topic(3)))), [])
    await store.close()
  })

  queries(t, rig)

  t.test('a query goes through more than it sorts at once', async t => {
    const store = await rig.open()
    const count = 70
    for (let i = 0; i < count; i++) {
      // The later batch has the earlier times.
      await store.putBatch(batch({ first: 1 + i * 1_000, items: many(1_000, count - i) }))
    }
    let bulletins = 0
    let last = { timestamp: 0, position: 0 }
    let isOrdered = true
    for await (const { timestamp, position } of store.query({ topic: { suffix: '01' } })) {
      isOrdered &&= timestamp > last.timestamp ||
        (timestamp === last.timestamp && position > last.position)
      last = { timestamp, position }
      bulletins++
    }
    t.equal(bulletins, count * 1_000)
    t.ok(isOrdered)
    await store.close()
  })

  t.test('a bulletin is found by the hash of its content', async t => {
    const store = await rig.open()
    for (let i = 0; i < 50; i++) {
      const items = [1, 2, 3].map(n => item({ text: `content ${i} ${n}`, nonce: n }))
      await store.putBatch(batch({ first: 1 + i * 3, items }))
    }
    const id = createHash('sha256').update('content 40 2').digest('hex')
    const found = await store.byContentId(id)
    t.match(found, { author: author(1), position: 122, nonce: 2, incarnation: 1_000 })
    t.equal(Buffer.from(found?.content ?? []).toString(), 'content 40 2')
    t.equal(await store.byContentId('ab'.repeat(32)), null)
    await store.close()
  })

  t.test('a cursor is replaced, removed when it is empty, and apart from others', async t => {
    const store = await rig.open()
    await store.putCursor('a', [cursor(1, [[1, 2]])])
    await store.putCursor('a!', [cursor(2, [[3, 4]])])
    await store.putCursor('a', [cursor(1, [[1, 9]])])
    t.same(await store.getCursor('a'), [cursor(1, [[1, 9]])])
    await store.putCursor('a', [])
    t.same(await store.getCursor('a'), [])
    t.same(await store.getCursor('a!'), [cursor(2, [[3, 4]])])
    await t.rejects(store.putCursor('', [cursor(1, [])]), { code: 'option-invalid' })
    await t.rejects(store.putCursor('x'.repeat(257), []), { code: 'option-invalid' })
    await store.close()
  })

  t.test('what is no batch is not kept', async t => {
    const store = await rig.open()
    await t.rejects(store.putBatch({ ...batch(), batch: Uint8Array.of(1, 2, 3) }))
    t.same(await store.loadBatches(), [])
    await store.close()
  })

  t.test('closing waits for what was put', async t => {
    const store = await rig.open()
    const puts = Array.from({ length: 300 }, (_, i) => store.putBatch(batch({ first: i + 1 })))
    await store.close()
    await Promise.all(puts)
    const again = await rig.reopen(store)
    t.equal((await again.loadBatches()).length, 300)
    await again.close()
    await t.rejects(again.putBatch(batch()))
  })
}

function queries (t: Test, rig: BulletinStoreRig): void {
  const cases: [string, BulletinQuery, string[]][] = [
    ['everything, oldest first; then by author, run and position', {},
      ['a2:1 early', 'a1:1 apple', 'a1:3 apple pie', 'a1:1 later run', 'a2:2 pie', 'a1:2 pear']],
    ['a topic', { topic: { equals: hexOf(topic(0x12)) } },
      ['a2:1 early', 'a1:1 apple', 'a2:2 pie']],
    ['the beginning of a topic', { topic: { prefix: '1' } },
      ['a2:1 early', 'a1:1 apple', 'a2:2 pie', 'a1:2 pear']],
    ['the end of a topic', { topic: { suffix: '3' } },
      ['a1:3 apple pie', 'a1:1 later run', 'a1:2 pear']],
    ['content', { content: { equals: Buffer.from('pie') } }, ['a2:2 pie']],
    ['the beginning of content', { content: { prefix: Buffer.from('apple') } },
      ['a1:1 apple', 'a1:3 apple pie']],
    ['the end of content', { content: { suffix: Buffer.from('pie') } },
      ['a1:3 apple pie', 'a2:2 pie']],
    ['an author', { author: author(2) }, ['a2:1 early', 'a2:2 pie']],
    ['an author and a topic', { author: author(1), topic: { equals: hexOf(topic(0x12)) } },
      ['a1:1 apple']],
    ['an author and the beginning of a topic', { author: author(1), topic: { prefix: '1' } },
      ['a1:1 apple', 'a1:2 pear']],
    ['times, both included', { since: 20, until: 21 },
      ['a1:1 apple', 'a1:3 apple pie', 'a1:1 later run', 'a2:2 pie']],
    ['a number', { limit: 2 }, ['a2:1 early', 'a1:1 apple']],
    ['a number of one author', { limit: 1, author: author(2), since: 11 }, ['a2:2 pie']],
    ['none', { limit: 0 }, []],
    ['all at once', {
      topic: { prefix: '12' }, content: { suffix: Buffer.from('e') }, author: author(1), until: 20,
    }, ['a1:1 apple']],
  ]
  t.test('queries', async t => {
    const store = await rig.open()
    await store.putBatch(batch({ author: 2, items: [
      item({ topic: 0x12, text: 'early', timestamp: 10 }),
      item({ topic: 0x12, text: 'pie', timestamp: 21 }),
    ] }))
    await store.putBatch(batch({ author: 1, incarnation: 2_000, items: [
      item({ topic: 0x23, text: 'later run', timestamp: 20 }),
    ] }))
    await store.putBatch(batch({ author: 1, items: [
      item({ topic: 0x12, text: 'apple', timestamp: 20 }),
      item({ topic: 0x13, text: 'pear', timestamp: 30 }),
      item({ topic: 0x23, text: 'apple pie', timestamp: 20 }),
    ] }))
    for (const [what, query, expected] of cases) {
      t.same(await told(store.query(query)), expected, what)
    }
    await store.close()
  })
}

export interface BatchGiven {
  readonly author?: number
  readonly incarnation?: number
  readonly first?: number
  readonly items?: readonly Item[]
}

/** As a store gets it: of the right layout, and signed by nobody. */
export function batch (
  { author: seed = 1, incarnation = 1_000, first = 1, items = [item({})] }: BatchGiven = {},
): StoredBatch {
  const headBytes = encodeBatchHead({
    publicKey: new Uint8Array(44).fill(seed), incarnation, first, count: items.length, hopsMax: 0,
    previous: new Uint8Array(32), itemsHash: new Uint8Array(32).fill(first % 256),
  })
  const bytes = joinBatch(headBytes, new Uint8Array(64).fill(seed), encodeItems(items))
  return {
    author: author(seed),
    incarnation,
    first,
    count: items.length,
    bytes: bytes.length,
    newest: Math.max(...items.map(({ timestamp }) => timestamp)),
    headHash: createHash('sha256').update(headBytes).digest('hex'),
    batch: bytes,
  }
}

export interface ItemGiven {
  readonly topic?: number
  readonly text?: string
  readonly timestamp?: number
  readonly nonce?: number
}

export function item (
  { topic: seed = 1, text = 'text', timestamp = 1_790_000_000, nonce = 0 }: ItemGiven,
): Item {
  return { topic: topic(seed), timestamp, nonce, content: Buffer.from(text) }
}

export function many (count: number, timestamp = 1_790_000_000): Item[] {
  return Array.from({ length: count }, (_, i) => item({ text: `item ${i}`, timestamp }))
}

export function author (seed: number): Identity {
  // In the order of the seeds.
  return identityFromHash(new Uint8Array(32).fill(seed * 8))
}

export function topic (seed: number): Uint8Array {
  return new Uint8Array(32).fill(seed)
}

export function hexOf (bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

export function keyOf ({ author, incarnation, first }: StoredBatch): Parameters<
  BulletinStore['dropBatches']>[0][number] {
  return { author, incarnation, first }
}

export function summaryOf (stored: StoredBatch): Omit<StoredBatch, 'batch'> {
  const { batch: _, ...summary } = stored
  return summary
}

function cursor (
  seed: number, ranges: readonly (readonly [number, number])[],
): Awaited<ReturnType<BulletinStore['getCursor']>>[number] {
  const rows = ranges.map(([first, last]) => ({ first, last }))
  return { author: author(seed), incarnation: 2 ** 52 + seed, ranges: rows }
}

function sorted (summaries: readonly Omit<StoredBatch, 'batch'>[]): unknown {
  return [...summaries].sort((one, other) => one.headHash < other.headHash ? -1 : 1)
}

/** `a<author>:<position> <content>` of each. */
export async function told (bulletins: AsyncIterable<HeldBulletin>): Promise<string[]> {
  const lines: string[] = []
  for await (const { author: by, position, content } of bulletins) {
    const seed = Array.from({ length: 31 }, (_, i) => i).find(seed => author(seed) === by) ?? '?'
    lines.push(`a${seed}:${position} ${Buffer.from(content).toString()}`)
  }
  return lines
}
