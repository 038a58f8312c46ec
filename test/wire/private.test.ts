import fc from 'fast-check'
import t from 'tap'
import { identityFromHash, type Identity } from '../../src/wire/identity.js'
import {
  decodeInbox, decodePrivate, encodeInbox, encodePrivate, GREETING_BYTES, joinGreeting,
  splitGreeting, type Private,
} from '../../src/wire/private.js'
import { isRefusal } from '../../src/wire/refusal.js'

const sender: Identity = identityFromHash(new Uint8Array(32).fill(1))
const recipient: Identity = identityFromHash(new Uint8Array(32).fill(2))
const inbox = { code: new Uint8Array(8).fill(3), drawnMs: 1_790_000_000_000 }
const nonce = new Uint8Array(16).fill(4)

const samples: Private[] = [
  { kind: 'text', sender, recipient, content: new Uint8Array(0) },
  { kind: 'text', sender, recipient, content: Uint8Array.of(1, 2, 3) },
  { kind: 'inbox-changed', sender, recipient, inbox },
  { kind: 'greeting', sender, recipient, nonce },
  { kind: 'greeting-answer', sender, recipient, nonce, inbox },
]

t.test('each kind is read as it was written', async t => {
  for (const sample of samples) t.strictSame(decodePrivate(encodePrivate(sample)), sample)
})

t.test('all but a text has one length, a head that is cut is refused', async t => {
  for (const sample of samples) {
    const bytes = encodePrivate(sample)
    for (let length = 0; length < bytes.length; length++) {
      const cut = decodePrivate(bytes.subarray(0, length))
      t.equal(isRefusal(cut), sample.kind !== 'text' || length < 66, `${sample.kind} ${length}`)
    }
    const longer = decodePrivate(Uint8Array.of(...bytes, 0))
    t.equal(isRefusal(longer), sample.kind !== 'text')
  }
})

t.test('another version or kind is refused', async t => {
  const bytes = encodePrivate(samples[0]!)
  for (let other = 0; other < 256; other++) {
    const [version, kind] = [new Uint8Array(bytes), new Uint8Array(bytes)]
    version[0] = other
    kind[1] = other
    t.equal(isRefusal(decodePrivate(version)), other !== 1)
    t.equal(isRefusal(decodePrivate(kind)), other !== 1, `kind ${other}`)
  }
})

t.test('a delivery code has 16 bytes, and a date below 2^53', async t => {
  t.strictSame(decodeInbox(encodeInbox(inbox)), inbox)
  for (const length of [0, 8, 15, 17]) t.ok(isRefusal(decodeInbox(new Uint8Array(length))))
  t.ok(isRefusal(decodeInbox(new Uint8Array(16).fill(255))))
})

t.test('a greeting is a hint and a box, of one length', async t => {
  const sealed = new Uint8Array(GREETING_BYTES - 8).fill(9)
  const body = joinGreeting(new Uint8Array(8).fill(1), sealed)
  t.strictSame(splitGreeting(body), { hint: new Uint8Array(8).fill(1), sealed })
  t.ok(isRefusal(splitGreeting(body.subarray(1))))
  t.ok(isRefusal(splitGreeting(Uint8Array.of(...body, 0))))
})

t.test('no bytes make a decoder throw, and what is read is what was written', async t => {
  let reads = 0
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200, size: 'max' }), bytes => {
    for (const decode of [decodePrivate, decodeInbox, splitGreeting]) decode(bytes)
    const lead = Uint8Array.of(1, 1 + bytes.length % 5, ...bytes)
    const read = decodePrivate(lead)
    if (isRefusal(read)) return
    t.strictSame(encodePrivate(read), lead)
    reads++
  }), { seed: 5, numRuns: 1_000 })
  t.ok(reads > 10, `${reads} were read`)
})
