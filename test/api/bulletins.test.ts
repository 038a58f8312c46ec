import t from 'tap'
import { contentId, topicOf } from '../../src/index.js'
import { startLinked, until } from '../helpers/loopback-nodes.js'
import { stageOn } from './stage.js'

t.test('a bulletin is published to public, or to its topic, as text or bytes', async t => {
  const stage = await stageOn(t)
  const plain = await stage.post('/v1/publish', { text: 'hello' })
  t.match(plain, { status: 200, body: {
    topic: topicOf('public'), contentId: contentId(Buffer.from('hello')), seq: 1, linked: 0,
    storedBy: [],
  } })
  const named = await stage.post('/v1/publish', { topic: 'news', data: 'AP8=' })
  t.match(named.body, { topic: topicOf('news'), contentId: contentId(Buffer.of(0, 255)) })
  const byId = await stage.post('/v1/publish', { topic: topicOf('news').toUpperCase(), text: '' })
  t.match(byId.body, { topic: topicOf('news') })
  const { body } = await stage.get('/v1/messages?topic=news')
  t.match(body, { more: false, messages: [
    { topicText: 'news', author: stage.node.id, seq: 2, data: 'AP8=' }, { seq: 3, text: '' },
  ] })
})

t.test('a claimed source is said and read back, and is no part of the text', async t => {
  const stage = await stageOn(t)
  await stage.post('/v1/publish', { source: 'bob', text: 'hello' })
  const { body } = await stage.get('/v1/messages')
  t.match(body, { messages: [{ source: 'bob', text: 'hello' }] })
  t.match(body, { messages: [{ contentId: contentId(Buffer.from('From: bob\n\nhello')) }] })
  for (const asked of [{ source: 'a\nb', text: 'x' }, { source: 'bob', data: 'AP8=' }]) {
    t.match(await stage.post('/v1/publish', asked), { status: 400 })
  }
})

t.test('publish waits for those that store it, or says that it was not stored', async t => {
  const other = await startLinked(t, [])
  const stage = await stageOn(t, [other])
  const stored = await stage.post('/v1/publish', { text: 'x', wait: 'all', timeoutMs: 9_000 })
  t.match(stored, { status: 200, body: { linked: 1, storedBy: [other.id] } })
  const alone = await stage.post('/v1/publish', { text: 'x', wait: 2, timeoutMs: 50 })
  t.match(alone, { status: 504, body: { error: { code: 'not-stored' } } })
})

t.test('messages are narrowed by topic, content, author and time', async t => {
  const other = await startLinked(t, [], { name: 'beta' })
  const stage = await stageOn(t, [other])
  await other.publish('news', 'from beta')
  await stage.node.publish('other', 'to all')
  await until(() => stage.node.status().bulletins.held === 2)
  const texts = async (query: string): Promise<unknown> => {
    const { body } = await stage.get(`/v1/messages?${query}`)
    return (body['messages'] as { text: string }[]).map(({ text }) => text).sort()
  }
  t.same(await texts(''), ['from beta', 'to all'])
  t.same(await texts('topic=news'), ['from beta'])
  t.same(await texts(`topicPrefix=${topicOf('other').slice(0, 8)}`), ['to all'])
  t.same(await texts(`topicSuffix=${topicOf('other').slice(-8)}`), ['to all'])
  t.same(await texts('content=to+all'), ['to all'])
  t.same(await texts('contentPrefix=from'), ['from beta'])
  t.same(await texts('contentSuffix=all'), ['to all'])
  t.same(await texts('author=beta'), ['from beta'])
  t.same(await texts(`author=${stage.node.id.slice(0, 12)}`), ['to all'])
  t.same(await texts(`since=${Date.now() + 60_000}`), [])
  t.same(await texts(`until=${Date.now() - 60_000}`), [])
  t.same(await texts(`since=${Date.now() - 60_000}&until=${Date.now() + 60_000}&topic=news`),
    ['from beta'])
  t.match(await stage.get('/v1/messages?author=nobody'), { status: 404 })
  t.match(await stage.get('/v1/messages?topic=a&topicPrefix=ab'), { status: 400 })
  t.match((await stage.get('/v1/messages?limit=1')).body, { more: true, messages: [{}] })
})

t.test('one message is found by the hash of its content, here or at a peer', async t => {
  const other = await startLinked(t, [])
  await other.publish('news', 'rare')
  const stage = await stageOn(t, [other])
  const id = contentId(Buffer.from('rare'))
  t.match(await stage.get(`/v1/messages/${id}`), { status: 200, body: { text: 'rare' } })
  t.match(await stage.get(`/v1/messages/${'0'.repeat(64)}`), {
    status: 404, body: { error: { code: 'message-unknown' } },
  })
  t.match(await stage.get('/v1/messages/zz'), { status: 400 })
})

t.test('purge needs something that narrows it, or says all', async t => {
  const stage = await stageOn(t)
  await stage.node.publish('a', '1')
  await stage.node.publish('b', '2')
  t.match(await stage.post('/v1/messages/purge', {}), { status: 400 })
  t.same(await stage.post('/v1/messages/purge', { topic: 'a' }), {
    status: 200, body: { purged: 1 },
  })
  t.same((await stage.post('/v1/messages/purge', { all: true })).body, { purged: 1 })
  t.equal(stage.node.status().bulletins.held, 0)
})

t.test('topics are those subscribed to here and there, and those held', async t => {
  const other = await startLinked(t, [])
  other.subscribe('theirs')
  const stage = await stageOn(t, [other])
  stage.node.subscribe('ours')
  await stage.node.publish('held', 'x')
  await stage.node.publish('held', 'y')
  const rows = async (): Promise<unknown[]> => (await stage.get('/v1/topics')).body['topics'] as []
  await until(async () => (await rows()).length === 3)
  t.same(await rows(), [
    { topic: topicOf('ours'), text: 'ours', isSubscribed: true, peers: 0, held: 0 },
    { topic: topicOf('held'), text: 'held', isSubscribed: false, peers: 0, held: 2 },
    { topic: topicOf('theirs'), text: null, isSubscribed: false, peers: 1, held: 0 },
  ])
})
