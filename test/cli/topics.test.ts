import { createHash } from 'node:crypto'
import t from 'tap'
import { namedTopic, topicsOf } from '../../src/cli/topics.js'

function idOf (descriptor: string): string {
  return createHash('sha256').update(descriptor).digest('hex')
}

t.test('a text is a descriptor, 64 hex digits are an id', async t => {
  const news = { id: idOf('news'), text: 'news', topic: 'news' }
  t.same(namedTopic('news'), news)
  const id = idOf('news')
  const wanted = { ...news, text: null, topic: new Uint8Array(Buffer.from(id, 'hex')) }
  t.same(namedTopic(id), wanted)
  t.same(namedTopic(id.toUpperCase()), wanted)
  t.equal(namedTopic(id.slice(1)).text, id.slice(1), '63 digits are a text')
})

t.test('the default topic, those subscribed to, the chat, each once', async t => {
  t.same(topicsOf({}).map(({ text }) => text), ['node beacon channel'])
  const named = topicsOf({
    subscribe: ['a', 'node beacon channel', idOf('room'), idOf('b'), 'a'], chat: 'room',
  })
  t.same(named.map(({ text }) => text), ['node beacon channel', 'a', 'room', null])
  t.same(named.map(({ id }) => id), ['node beacon channel', 'a', 'room', 'b'].map(idOf),
    'a known descriptor is shown')
})
