import t from 'tap'
import { contentId, topicOf } from '../../src/tls/content-id.js'

t.test('ids are SHA-256 in hex', async t => {
  t.equal(topicOf('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  t.equal(contentId(new TextEncoder().encode('abc')), topicOf('abc'))
  t.equal(contentId(new Uint8Array(0)),
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
})

t.test('nothing is no topic', async t => {
  t.throws(() => topicOf(''), { code: 'option-invalid' })
})
