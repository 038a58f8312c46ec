import { createHash } from 'node:crypto'
import t from 'tap'
import { identityFromHash } from '../../src/wire/identity.js'
import { inboxOfTag, inboxToTag, inboxTopic } from '../../src/wire/inbox.js'

const bytes = new Uint8Array(32).fill(9)
const identity = identityFromHash(bytes)

function sha256 (preimage: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(preimage).digest())
}

t.test('the topic of an inbox is the hash of delivery code and identity', async t => {
  const code = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
  t.strictSame(inboxTopic(code, identity, sha256), sha256(Uint8Array.of(...code, ...bytes)))
  const other = Uint8Array.of(...code.subarray(1), 9)
  t.notSame(inboxTopic(other, identity, sha256), inboxTopic(code, identity, sha256))
})

t.test('a delivery code has 8 bytes', async t => {
  for (const length of [0, 7, 9, 32]) {
    t.throws(() => inboxTopic(new Uint8Array(length), identity, sha256), `${length} bytes`)
  }
})

t.test('a delivery code comes back from the tag of a record, anything else is nothing', async t => {
  const inbox = { code: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 255), drawnMs: 1_767_225_600_000 }
  const tag = inboxToTag(inbox)
  t.match(tag, /^01020304050607ff[0-9a-f]{16}$/)
  t.strictSame(inboxOfTag(tag), inbox)
  const wrong = [
    undefined, '', tag.slice(1), `${tag}0`, tag.replace('f', 'g'),
    `${'0'.repeat(16)}${'f'.repeat(16)}`,
  ]
  for (const text of wrong) t.equal(inboxOfTag(text), null, String(text))
})
