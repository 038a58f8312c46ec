import fc from 'fast-check'
import t from 'tap'
import { decodeMemberRow, encodeMemberRow } from '../../src/store/member-row.js'
import type { StoredMember } from '../../src/wire/record.js'

const bytes = (maxLength: number): fc.Arbitrary<Uint8Array> => (
  fc.uint8Array({ minLength: 1, maxLength })
)

const members: fc.Arbitrary<StoredMember> = fc.record({
  body: bytes(4_096),
  signature: bytes(1_024),
  address: fc.constantFrom(null, '192.0.2.1:8080', '[2001:db8::1]:1', 'name.example:65535'),
  linkedMs: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
})

t.test('a row comes back as the member it was', async t => {
  fc.assert(fc.property(members, member => {
    const back = decodeMemberRow(encodeMemberRow(member))
    return back !== null && back.address === member.address &&
      back.linkedMs === member.linkedMs && same(back.body, member.body) &&
      same(back.signature, member.signature)
  }))
  t.pass('all')
})

t.test('a row that lost or gained bytes is damaged', async t => {
  const row = encodeMemberRow(sample)
  for (let length = 0; length < row.length; length++) {
    t.equal(decodeMemberRow(row.subarray(0, length)), null)
  }
  t.equal(decodeMemberRow(Uint8Array.of(...row, 0)), null)
  t.equal(decodeMemberRow(Uint8Array.of(...row, 0, 0)), null, 'a fourth part')
})

t.test('another version, an address that is none and empty parts are damage', async t => {
  const row = encodeMemberRow(sample)
  t.equal(decodeMemberRow(Uint8Array.of(2, ...row.subarray(1))), null)
  const bad: Partial<StoredMember>[] = [
    { address: 'nowhere' }, { address: '\u{fffd}' }, { body: new Uint8Array() },
    { signature: new Uint8Array() }, { body: new Uint8Array(4_097) },
  ]
  for (const part of bad) t.equal(decodeMemberRow(encodeMemberRow({ ...sample, ...part })), null)
})

t.test('any bytes at all are a row or damage, never an error', async t => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), noise => {
    decodeMemberRow(Uint8Array.of(1, ...noise))
    return true
  }))
  t.pass('all')
})

t.test('a decoded row has memory of its own', async t => {
  const row = encodeMemberRow(sample)
  const back = decodeMemberRow(row)
  row.fill(0)
  t.same([...back?.body ?? []], [...sample.body])
})

t.test('a time with fractions is kept in whole milliseconds', async t => {
  t.equal(decodeMemberRow(encodeMemberRow({ ...sample, linkedMs: 1_000.9 }))?.linkedMs, 1_000)
})

const sample: StoredMember = {
  body: Uint8Array.of(1, 2, 3), signature: Uint8Array.of(4, 5), address: 'a.example:1', linkedMs: 7,
}

function same (one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0
}
