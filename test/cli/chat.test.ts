import { Readable } from 'node:stream'
import t from 'tap'
import { chat } from '../../src/cli/chat.js'
import type { Output } from '../../src/cli/output.js'
import { GossipError, type Node, type PublishOptions } from '../../src/index.js'

interface Seen {
  readonly published: string[]
  readonly complaints: string[]
  readonly progress: (string | null)[]
}

type Publish = (text: string, options: PublishOptions) => Promise<void>

/** Runs a chat over stdin with a node whose `publish` does this. */
async function chatOver (
  input: Readable, publish: Publish = async () => {}, signal = new AbortController().signal,
): Promise<Seen> {
  const seen: Seen = { published: [], complaints: [], progress: [] }
  const node = {
    publish: async (_topic: string, content: Uint8Array, options: PublishOptions) => {
      const text = Buffer.from(content).toString('latin1')
      seen.published.push(text)
      await publish(text, options)
    },
  } as unknown as Node
  const output: Output = {
    print: () => {},
    complain: line => { seen.complaints.push(line) },
    progress: line => { seen.progress.push(line) },
    write: async () => true,
    onBroken: () => {},
  }
  await chat({ node, input, output }, { topic: 'room', lineBytesMax: 8, difficulty: 4 }, signal)
  return seen
}

t.test('lines are published in order, one after the other', async t => {
  let underWay = 0
  const seen = await chatOver(Readable.from([Buffer.from('a\nb\n\nc'), Buffer.from('c\nd')]),
    async () => {
      t.equal(underWay++, 0)
      await new Promise(resolve => { setImmediate(resolve) })
      underWay--
    })
  t.same(seen.published, ['a', 'b', 'cc', 'd'])
  t.same(seen.complaints, [])
})

t.test('what cannot be published is one line each, and the next line goes on', async t => {
  const failing: Publish = async text => {
    if (text === 'busy') throw new GossipError('busy', 'too many wait')
    if (text === 'odd') throw new Error('ours')
  }
  const { published, complaints } =
    await chatOver(Readable.from([Buffer.from('123456789\nbusy\nodd\nfine\n')]), failing)
  t.same(published, ['busy', 'odd', 'fine'])
  t.match(complaints, [
    /^p2p-gossip: a line was not published: it has 9 bytes, --max-content allows 8$/,
    /^p2p-gossip: a line was not published: too many wait$/,
    /^p2p-gossip: a line was not published: p2p-gossip: internal error: ours$/,
  ])
})

t.test('the end of the node ends it in silence, and lets go of stdin', async t => {
  const ends = new AbortController()
  const input = new Readable({ read () {} })
  input.push(Buffer.from('a\nb\nc\n'))
  const seen = await chatOver(input, async text => {
    if (text !== 'b') return
    ends.abort()
    throw new GossipError('node-closed', 'the node is closed')
  }, ends.signal)
  t.same(seen.published, ['a', 'b'])
  t.same(seen.complaints, [])
  t.ok(input.destroyed)
  const waiting = new Readable({ read () {} })
  const later = new AbortController()
  const done = chatOver(waiting, async () => {}, later.signal)
  later.abort()
  t.same((await done).complaints, [])
  const untouched = new Readable({ read () { t.fail('not read') } })
  await chatOver(untouched, async () => {}, later.signal)
})

t.test('a stdin that fails is said', async t => {
  const input = new Readable({ read () { this.destroy(new Error('EIO')) } })
  const { complaints } = await chatOver(input)
  t.match(complaints, [/^p2p-gossip: stdin cannot be read, nothing more is published: EIO$/])
})

t.test('work of more than a second is shown until it is done', async t => {
  const real = performance.now.bind(performance)
  let laterMs = 0
  performance.now = () => laterMs
  t.teardown(() => { performance.now = real })
  const { progress } = await chatOver(Readable.from([Buffer.from('a\n')]),
    async (_text, options) => {
      for (const ms of [200, 999, 1_000, 1_200]) {
        laterMs = ms
        options.progress?.(ms)
      }
    })
  t.match(progress, [/^working .* 1 s$/, /^working .* 1 s$/, null])
  t.equal(progress.length, 3)
})
