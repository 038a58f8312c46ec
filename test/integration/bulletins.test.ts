import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createNode } from '../../src/create-node.js'
import type { Bulletin } from '../../src/hall/bulletin.js'
import type { Node } from '../../src/node.js'
import type { NodeOptions } from '../../src/options.js'
import { until } from '../helpers/processes.js'

const HOST = '127.0.0.1'

async function start (t: Test, options: NodeOptions = {}): Promise<Node> {
  const node = await createNode({ host: HOST, port: 0, ...options }, { log: () => {} })
  t.teardown(() => { node.destroy() })
  return node
}

function addressOf (node: Node): string {
  return `${HOST}:${node.port}`
}

async function mesh (t: Test, count: number): Promise<[Node, ...Node[]]> {
  const first = await start(t)
  const nodes: [Node, ...Node[]] = [first]
  while (nodes.length < count) nodes.push(await start(t, { connect: [addressOf(first)] }))
  await until(() => isFull(nodes), 15_000, 'a full mesh')
  return nodes
}

function isFull (nodes: readonly Node[]): boolean {
  return nodes.every(node =>
    node.peers().filter(({ status }) => status === 'linked').length >= nodes.length - 1)
}

/** Texts that a subscriber got, in order; it ends with its node. */
function collect (node: Node, options: Parameters<Node['subscribe']>[1] = {}): string[] {
  const texts: string[] = []
  void (async () => {
    for await (const { content } of node.subscribe('news', options)) {
      texts.push(new TextDecoder().decode(content))
    }
  })()
  return texts
}

function upTo (last: number, first = 1): string[] {
  return Array.from({ length: last - first + 1 }, (_, i) => `${first + i}`)
}

async function publishAll (node: Node, texts: readonly string[]): Promise<void> {
  await Promise.all(texts.map(text => node.publish('news', text)))
}

t.test('who was away fetches what it missed, no more, and its reader sees each once', async t => {
  const [author, ...others] = await mesh(t, 9)
  const data = join(mkdtempSync(join(tmpdir(), 'p2p-gossip-')), 'data')
  const options = { data, connect: [addressOf(author)] }
  const away = await start(t, options)
  const nodes = [author, ...others, away]
  await until(() => isFull(nodes), 10_000, 'ten nodes')
  const before = collect(away, { cursor: 'reader' })
  await publishAll(author, upTo(50))
  await until(() => before.length === 50, 5_000, 'what came before')
  await away.close()
  for (let first = 1; first <= 10_000; first += 500) {
    await publishAll(author, upTo(first + 499, first).map(text => `missed ${text}`))
  }
  const back = await start(t, options)
  const startedMs = performance.now()
  const after = collect(back, { cursor: 'reader' })
  await until(() => after.length >= 10_000, 30_000, 'ten thousand')
  t.comment(`fetched in ${Math.round(performance.now() - startedMs)} ms`)
  t.same(after.filter(text => !text.startsWith('missed')).length <= 1, true,
    'what was taken is not repeated')
  t.same(after.filter(text => text.startsWith('missed')), upTo(10_000).map(x => `missed ${x}`))
  await publishAll(author, ['the end'])
  await until(() => after.at(-1) === 'the end', 5_000, 'what comes now')
})

t.test('a newcomer gets and checks the history of an author that left', async t => {
  const [author, other] = await mesh(t, 3)
  await publishAll(author, upTo(500))
  await author.publish('news', 'last', { wait: 'all' })
  const { id } = author
  await author.close()
  const newcomer = await start(t, { connect: [addressOf(other ?? author)] })
  const texts = collect(newcomer, { since: 0 })
  await until(() => texts.length >= 501, 10_000, 'the history')
  t.same(texts, [...upTo(500), 'last'])
  const held: Bulletin[] = []
  for await (const bulletin of newcomer.query({ author: id })) held.push(bulletin)
  t.equal(held.length, 501)
})

t.test('a reader that stops reading holds up nobody, and misses nothing', async t => {
  const [author, other] = await mesh(t, 2)
  if (other === undefined) return
  const reader = other.subscribe('news', { bufferMax: 16 })
  const brisk = collect(other)
  await publishAll(author, upTo(1))
  t.equal((await reader.next()).value?.seq, 1)
  for (let first = 2; first <= 5_001; first += 500) {
    await publishAll(author, upTo(first + 499, first))
  }
  await until(() => brisk.length === 5_001, 20_000, 'the brisk reader')
  const texts: string[] = []
  while (texts.length < 5_000) {
    const { value } = await reader.next()
    texts.push(new TextDecoder().decode(value?.content))
  }
  t.same(texts, upTo(5_001, 2))
})

t.test('wait tells who stored it, requests are answered, ids find contents', async t => {
  const [author, ...others] = await mesh(t, 3)
  const { storedBy, contentId } = await author.publish('news', 'hear', { wait: 'all' })
  t.same([...storedBy].sort(), others.map(({ id }) => id).sort())
  const [other = author] = others
  t.equal(new TextDecoder().decode((await other.get(contentId))?.content), 'hear')
  other.handle('echo', body => body)
  t.same([...await author.request(other.id, 'echo', new Uint8Array([1, 2]))], [1, 2])
  await t.rejects(author.request(other.id, 'none', new Uint8Array(1)), { code: 'request-failed' })
})
