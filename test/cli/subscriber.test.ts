import t from 'tap'
import { bulletinLine, tellBulletins } from '../../src/cli/subscriber.js'
import type { Told } from '../../src/cli/print.js'
import { namedTopic } from '../../src/cli/topics.js'
import { parseIdentity, type Gap, type Identity, type Node } from '../../src/index.js'
import { Bulletin } from '../../src/hall/bulletin.js'

const ME = identity('me')
const BOB = identity('bob')

function identity (beginning: string): Identity {
  const found = parseIdentity(beginning.padEnd(52, 'a'))
  if (found === null) throw new Error('no identity')
  return found
}

function bulletin (content: Uint8Array, author = BOB, isLate = false): Bulletin {
  return new Bulletin({
    author, name: 'bo', incarnation: 7, seq: 3, topic: new Uint8Array(32).fill(0xab),
    timestamp: 1_000, content, isLate,
  }, () => new Uint8Array(32).fill(0xcd))
}

interface FakeSubscription extends AsyncIterable<Bulletin> {
  readonly failure: unknown
}

/** A node whose subscriptions give these bulletins, by topic, and then end. */
function nodeOf (bulletins: Record<string, Bulletin[]>, failure: unknown = null): {
  node: Node, gaps: ((gap: Gap) => void)[]
} {
  const gaps: ((gap: Gap) => void)[] = []
  const subscribe = (topic: string, options: { onGap?: (gap: Gap) => void }): FakeSubscription => {
    if (options.onGap !== undefined) gaps.push(options.onGap)
    return {
      failure,
      async * [Symbol.asyncIterator] () { yield * bulletins[topic] ?? [] },
    }
  }
  const node = { id: ME, subscribe, peers: () => [{ id: BOB, name: 'bo\u001b' }] }
  return { node: node as unknown as Node, gaps }
}

t.test('the object of a bulletin, as text and as data', async t => {
  const unnamed = namedTopic('ab'.repeat(32))
  const known = {
    kind: 'bulletin', topic: 'ab'.repeat(32), author: BOB, name: 'bo', incarnation: 7, seq: 3,
    timestamp: 1_000, contentId: 'cd'.repeat(32),
  }
  t.strictSame(bulletinLine(bulletin(Buffer.from('hi')), unnamed), { ...known, text: 'hi' })
  t.strictSame(Object.keys(bulletinLine(bulletin(Buffer.from('hi')), namedTopic('news'))), [
    'kind', 'topic', 'topicText', 'author', 'name', 'incarnation', 'seq', 'timestamp',
    'contentId', 'text',
  ])
  t.strictSame(bulletinLine(bulletin(Buffer.from([0xff]), BOB, true), unnamed),
    { ...known, data: '/w==', late: true })
  t.strictSame(bulletinLine(bulletin(new Uint8Array(0)), unnamed), { ...known, text: '' })
})

t.test('what this node says in its chat is not told, all else is', async t => {
  const topics = [namedTopic('news'), namedTopic('room')]
  const { node } = nodeOf({
    news: [bulletin(Buffer.from('own'), ME), bulletin(Buffer.from('a'))],
    room: [bulletin(Buffer.from('typed'), ME), bulletin(Buffer.from('b'))],
  })
  const told: Told[] = []
  const tell = (line: Told): void => { told.push(line) }
  await tellBulletins(
    { node, log: () => {}, tell }, { topics, chat: namedTopic('room').id },
  )
  t.same(told.map(line => 'text' in line ? line.text : '').sort(), ['a', 'b', 'own'])
})

t.test('a gap is told once, as a warning', async t => {
  const { node, gaps } = nodeOf({})
  const told: Told[] = []
  const tell = (line: Told): void => { told.push(line) }
  const topics = [namedTopic('news'), namedTopic('room')]
  await tellBulletins({ node, log: () => {}, tell }, { topics, chat: null })
  t.equal(gaps.length, 1)
  gaps[0]?.({ author: BOB, incarnation: 7, first: 2, last: 4 })
  gaps[0]?.({ author: ME, incarnation: 7, first: 2, last: 2 })
  t.match(told, [
    { kind: 'warning', code: 'gap', author: BOB, incarnation: 7, first: 2, last: 4 },
    { message: /^bulletin 2 of meaaaaaaaa, / },
  ])
  const [first] = told
  t.match(first?.kind === 'warning' ? first.message : '', /^bulletins 2 to 4 of bo~bobaaaaaaa, /)
})

t.test('a store that fails under a subscription is an error of the log', async t => {
  for (const failure of [new Error('no disk'), 'odd']) {
    const { node } = nodeOf({}, failure)
    const lines: string[] = []
    const log = ({ level, message }: { level: string, message: string }): void => {
      lines.push(`${level}: ${message}`)
    }
    await tellBulletins({ node, log, tell: () => {} }, {
      topics: [namedTopic('news')], chat: null,
    })
    t.match(lines, [/^error: no more bulletins of news .*: (no disk|it does not say why)$/])
  }
})
