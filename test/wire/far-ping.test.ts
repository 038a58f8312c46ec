import fc from 'fast-check'
import t from 'tap'
import { identityFromHash } from '../../src/wire/identity.js'
import { decodeFarPing, encodeFarPing } from '../../src/wire/far-ping.js'

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length })

t.test('what is encoded is decoded as it was', async t => {
  t.doesNotThrow(() => { fc.assert(fc.property(bytes(16), fc.integer({ min: 1, max: 8 }), bytes(32),
    (nonce, hopsLeft, hash) => {
      const ping = { nonce, hopsLeft, target: identityFromHash(hash) }
      const decoded = decodeFarPing(encodeFarPing(ping))
      return JSON.stringify(decoded) === JSON.stringify(ping)
    })) })
})

t.test('the layout is that of docs/protocol.md', async t => {
  const target = identityFromHash(new Uint8Array(32).fill(0xbb))
  const body = encodeFarPing({ nonce: new Uint8Array(16).fill(0xaa), hopsLeft: 3, target })
  t.equal(Buffer.from(body).toString('hex'), 'aa'.repeat(16) + '03' + 'bb'.repeat(32))
})

t.test('anything else is nothing, and never an exception', async t => {
  t.doesNotThrow(() => { fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), body => {
    const decoded = decodeFarPing(body)
    const hops = body[16] ?? 0
    return (decoded !== null) === (body.length === 49 && hops >= 1 && hops <= 8)
  })) })
})
