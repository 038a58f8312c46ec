import { createHash } from 'node:crypto'
import t, { type Test } from 'tap'
import type { Node } from '../../src/node.js'
import type { BulletinStore, LogEntry } from '../../src/ports.js'
import { openBulletinStore } from '../../src/store/open-bulletins.js'
import { startLinked, until } from '../helpers/loopback-nodes.js'

const idOf = (text: string): string => createHash('sha256').update(text).digest('hex')

/** A node whose store says something else about one content than the truth. */
async function startLiar (
  t: Test, others: readonly Node[], lie: (store: BulletinStore) => Partial<BulletinStore>,
): Promise<Node> {
  const store = await openBulletinStore(null, () => {})
  const lies = lie(store)
  const bulletins = new Proxy(store, {
    get: (target, name) => {
      const own = lies[name as keyof BulletinStore]
      if (own !== undefined) return own
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) as unknown : value
    },
  })
  return startLinked(t, others, {}, { bulletins })
}

/** Keeps nothing of others, so that it has to ask. */
const asksAlways = { carry: 'none' } as const

/** One who has the bulletin `text`, and one who does not keep it. */
async function startPair (
  t: Test, text: string, log: (entry: LogEntry) => void = () => {},
): Promise<{ author: Node, asker: Node }> {
  const author = await startLinked(t, [])
  await author.publish('news', 'before it')
  await author.publish('news', text)
  const asker = await startLinked(t, [author], asksAlways, { log })
  return { author, asker }
}

t.test('a bulletin that is not held here comes from a peer, checked', async t => {
  const { author, asker } = await startPair(t, 'what is asked for')
  const bulletin = await asker.get(idOf('what is asked for'))
  t.equal(bulletin?.text, 'what is asked for')
  t.equal(bulletin?.author, author.id)
  t.equal(bulletin?.seq, 2)
  t.equal(bulletin?.contentId, idOf('what is asked for'))
  t.equal(bulletin?.topic, idOf('news'))
  t.equal(await asker.get(idOf('what is asked for'), { peers: false }), null, 'it is not kept')
})

t.test('what nobody has is null, and a peer is asked for no longer than it is told', async t => {
  const { asker } = await startPair(t, 'something')
  t.equal(await asker.get(idOf('nothing')), null)
  await t.rejects(asker.get('abc'), { code: 'option-invalid' })
  await t.rejects(asker.get(idOf('nothing'), { timeoutMs: 0 }), { code: 'option-invalid' })
  const alone = await startLinked(t, [])
  t.equal(await alone.get(idOf('nothing')), null)
})

t.test('peers that lie are told to the log and do not keep the truth away', async t => {
  const lines: string[] = []
  const { author, asker } = await startPair(t, 'the truth', ({ message }) => {
    if (message.includes('answered get')) lines.push(message)
  })
  const another = await startLiar(t, [author, asker], store => ({
    // A bulletin that is real, and not the one that was asked for.
    byContentId: async () => store.byContentId(idOf('before it')),
  }))
  const torn = await startLiar(t, [author, asker, another], store => ({
    getBatches: async keys => (await store.getBatches(keys)).map(batch => {
      if (batch === null) return null
      const bytes = batch.slice()
      // In the signature, behind the head.
      const at = 2 + new DataView(bytes.buffer).getUint16(0) + 5
      bytes[at] = (bytes[at] ?? 0) ^ 1
      return bytes
    }),
  }))
  for (const liar of [another, torn]) {
    await until(async () => await liar.get(idOf('the truth'), { peers: false }) !== null ||
      await liar.get(idOf('before it'), { peers: false }) !== null)
  }
  t.equal((await asker.get(idOf('the truth')))?.text, 'the truth')
  await author.close()
  lines.length = 0
  t.equal(await asker.get(idOf('the truth')), null, 'only liars are left')
  // An answer to the first question may come late.
  const liars = new Set(lines.map(line => line.slice(0, 10)))
  t.equal(liars.size, 2, lines.join('\n'))
})

t.test('peers that say nothing delay only so long', async t => {
  const silent: BulletinStore['byContentId'] = () => new Promise(() => {})
  const first = await startLiar(t, [], () => ({ byContentId: silent }))
  const asker = await startLinked(t, [first], asksAlways)
  const startMs = performance.now()
  t.equal(await asker.get(idOf('something'), { timeoutMs: 300 }), null)
  const tookMs = performance.now() - startMs
  t.ok(tookMs >= 250 && tookMs < 3_000, `${tookMs} ms`)
})

t.test('no application takes or asks the kinds that the program keeps for itself', async t => {
  const { author, asker } = await startPair(t, 'something')
  t.throws(() => { author.handle('p2p-gossip/bulletin', () => new Uint8Array()) }, {
    code: 'option-invalid',
  })
  t.throws(() => { author.handle('p2p-gossip/', null) }, { code: 'option-invalid' })
  await t.rejects(asker.request(author.id, 'p2p-gossip/bulletin', new Uint8Array(32)), {
    code: 'option-invalid',
  })
  t.equal((await asker.get(idOf('something')))?.text, 'something')
})

t.test('a node that closes answers those who wait', async t => {
  const first = await startLiar(t, [], () => ({ byContentId: () => new Promise(() => {}) }))
  const asker = await startLinked(t, [first], asksAlways)
  const asked = asker.get(idOf('something'))
  const rejected = t.rejects(asked, { code: 'node-closed' })
  await asker.get('0'.repeat(64), { peers: false })
  await asker.close()
  await rejected
})
