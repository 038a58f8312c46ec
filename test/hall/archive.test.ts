import { createHash } from 'node:crypto'
import t from 'tap'
import type { Node } from '../../src/node.js'
import { startLinked, until } from '../helpers/loopback-nodes.js'

async function fileOf (node: Node, match = {}): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of node.exportBatches(match)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function textsOf (node: Node): Promise<(string | null)[]> {
  const texts: (string | null)[] = []
  for await (const { text } of node.query()) texts.push(text)
  return texts.sort()
}

const NONE = { taken: 0, known: 0, refused: 0 }

t.test('a file carries bulletins to where no link reaches, once', async t => {
  const author = await startLinked(t, [])
  for (const text of ['one', 'two', 'three']) await author.publish('news', text)
  const file = await fileOf(author)

  const far = await startLinked(t, [])
  const read: (string | null)[] = []
  void (async () => {
    for await (const { text, author: by } of far.subscribe('news')) {
      read.push(by === author.id ? text : null)
    }
  })()
  t.same(await far.importBatches(file), { ...NONE, taken: 3 })
  await until(() => read.length === 3)
  t.same(read, ['one', 'two', 'three'])
  t.same(await textsOf(far), ['one', 'three', 'two'])
  t.same(await far.importBatches(file), { ...NONE, known: 3 }, 'the second time nothing is new')
  t.same(await author.importBatches(file), { ...NONE, known: 3 }, 'nor where it is from')
  t.same(read.length, 3)
  const again = await fileOf(far)
  t.same(again, file, 'what was imported is exported as it came')

  const beyond = await startLinked(t, [far])
  await until(async () => (await textsOf(beyond)).length === 3)
})

t.test('a file is read as a stream, however it is cut', async t => {
  const author = await startLinked(t, [])
  for (let i = 0; i < 40; i++) await author.publish('news', `bulletin ${i}`)
  const file = await fileOf(author)
  const far = await startLinked(t, [])
  async function * pieces (): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < file.length; at += 97) yield file.subarray(at, at + 97)
  }
  t.same(await far.importBatches(pieces()), { ...NONE, taken: 40 })
  const straight = await startLinked(t, [])
  t.same(await straight.importBatches(author.exportBatches()), { ...NONE, taken: 40 })
})

t.test('topic, author and time choose what is exported', async t => {
  const one = await startLinked(t, [])
  const other = await startLinked(t, [one])
  const before = Date.now()
  await one.publish('news', 'news of one')
  await one.publish('talk', 'talk of one')
  await other.publish('news', 'news of other')
  await until(async () => (await textsOf(one)).length === 3)
  const chosen = async (match: object): Promise<(string | null)[]> => {
    const far = await startLinked(t, [])
    await far.importBatches(await fileOf(one, match))
    return textsOf(far)
  }
  t.same(await chosen({ topic: 'news' }), ['news of one', 'news of other'])
  t.same(await chosen({ author: one.id }), ['news of one', 'talk of one'])
  t.same(await chosen({ topic: 'news', author: one.id }), ['news of one'])
  t.same(await chosen({ since: before - 1_000 }), ['news of one', 'news of other', 'talk of one'])
  t.same(await chosen({ since: new Date(before + 3_600_000) }), [])
  t.same(await chosen({ until: before - 60_000 }), [])
  await t.rejects(fileOf(one, { since: NaN }), { code: 'option-invalid' })
})

t.test('of a damaged file nothing false is taken, and the damage is told', async t => {
  const author = await startLinked(t, [])
  for (const text of ['one', 'two']) await author.publish('news', text)
  const file = await fileOf(author)
  const far = await startLinked(t, [])
  for (let length = 0; length < file.length; length += 13) {
    await t.rejects(far.importBatches(file.subarray(0, length)), { code: 'import-damaged' })
  }
  t.same((await textsOf(far)).length, 2, 'what was whole before the end counts')

  const flipped = (bit: number): Uint8Array => {
    const bytes = Uint8Array.from(file)
    bytes[bit >>> 3] = (bytes[bit >>> 3] ?? 0) ^ (1 << (bit & 7))
    return bytes
  }
  // Behind head and length of the file's first batch: its head, its content at the end.
  const [first = 0, firstBytes = 0] = [56, Buffer.from(file).readUInt32BE(52)]
  for (const at of [first + 30, first + firstBytes - 1]) {
    const fresh = await startLinked(t, [])
    const outcome = await fresh.importBatches(flipped(8 * at))
    t.same(outcome, { ...NONE, taken: 1, refused: 1 }, `byte ${at}`)
    t.same(await textsOf(fresh), ['two'])
  }
  const fresh = await startLinked(t, [])
  for (let bit = 0; bit < 8 * file.length; bit += 37) {
    const outcome = await fresh.importBatches(flipped(bit)).then(
      ({ refused, known }) => refused + known > 0 ? 'told' : 'all taken',
      (error: { code: string }) => error.code)
    t.ok(['told', 'import-foreign', 'import-damaged'].includes(outcome), `${bit}: ${outcome}`)
  }
  t.same(await textsOf(fresh), ['one', 'two'], 'and never anything else')
  t.same(await fresh.importBatches(file), { ...NONE, known: 2 })
})

t.test('a file of another network is refused before anything is taken', async t => {
  const author = await startLinked(t, [], { network: 'elsewhere' })
  await author.publish('news', 'one')
  const here = await startLinked(t, [])
  await t.rejects(here.importBatches(await fileOf(author)), { code: 'import-foreign' })
  t.same(await textsOf(here), [])
})

t.test('the rules of this node hold for a file too', async t => {
  const author = await startLinked(t, [])
  await author.publish('news', 'x'.repeat(2_000))
  await author.publish('news', 'judged')
  const file = await fileOf(author)
  const strict = await startLinked(t, [], { maxContent: 1_000 })
  const from: unknown[] = []
  strict.validate('news', (_, sender) => {
    from.push(sender)
    return 'reject'
  })
  t.same(await strict.importBatches(file), { ...NONE, refused: 2 })
  t.same(from, [null], 'nobody sent it')
  const hard = await startLinked(t, [], { difficulty: 20 })
  t.same(await hard.importBatches(file), { ...NONE, refused: 2 }, 'its work was not done')
})

t.test('what was purged is gone here and is not fetched again', async t => {
  const author = await startLinked(t, [])
  const other = await startLinked(t, [author])
  for (const text of ['one', 'two']) await author.publish('news', text)
  await author.publish('talk', 'three')
  await until(async () => (await textsOf(other)).length === 3)
  t.equal(await other.purge({ topic: 'news' }), 2)
  t.same(await textsOf(other), ['three'])
  t.equal(await other.purge({ topic: 'news' }), 0)
  const id = createHash('sha256').update('one').digest('hex')
  t.equal(await other.get(id, { peers: false }), null)

  // A new link compares both stores at once; what is new comes, what was purged does not.
  const third = await startLinked(t, [author, other])
  await author.publish('news', 'four')
  await until(async () => (await textsOf(third)).length === 4)
  await until(async () => (await textsOf(other)).includes('four'))
  t.same(await textsOf(other), ['four', 'three'])
  t.same(await other.importBatches(await fileOf(author)), { ...NONE, known: 4 })
  t.equal(await other.purge({}), 2)
  t.same(await textsOf(author), ['four', 'one', 'three', 'two'], 'others keep theirs')
})

t.test('the batches of named bulletins are purged, and no other', async t => {
  const node = await startLinked(t, [])
  const published = []
  for (const text of ['one', 'two', 'three']) {
    published.push(await node.publish('news', text, { alone: true }))
  }
  const bulletins = published.slice(0, 2)
    .map(({ incarnation, seq }) => ({ author: node.id, incarnation, seq }))
  t.equal(await node.purge({ bulletins: [...bulletins, ...bulletins], topic: 'other' }), 0)
  t.equal(await node.purge({ bulletins: [...bulletins, ...bulletins] }), 2)
  t.same(await textsOf(node), ['three'])
  t.equal(await node.purge({ bulletins }), 0)
  const tooMany = new Array<typeof bulletins[0]>(65_537)
  await t.rejects(node.purge({ bulletins: tooMany }), { code: 'option-invalid' })
})

t.test('a closed node neither imports nor purges', async t => {
  const node = await startLinked(t, [])
  await node.close()
  await t.rejects(node.importBatches(new Uint8Array()), { code: 'node-closed' })
  await t.rejects(node.purge({}), { code: 'node-closed' })
})
