import t from 'tap'
import { createNode } from '../../src/index.js'

t.test('what is published is what it was when publish was called, Buffers too', async t => {
  const node = await createNode({ host: '127.0.0.1', port: 0 }, { log: () => {} })
  const [text, topic] = [Buffer.from('kept'), Buffer.alloc(32, 7)]
  const subscription = node.subscribe(topic)
  const published = node.publish(topic, text)
  text.fill(0)
  topic.fill(0)
  await published
  const { value } = await subscription.next() as { value: { text: string, content: Uint8Array } }
  t.equal(value.text, 'kept')
  t.notOk(Buffer.isBuffer(value.content), 'with memory of its own')
  t.ok(value.content.buffer.byteLength <= 16_384, 'which is small: no batch is kept alive')
  await node.close()
})
