import t from 'tap'
import {
  identityAt, identityFromHash, identityToBytes, parseIdentity, shortIdentity, writeIdentity,
} from '../../src/wire/identity.js'
import { bytesOf, fromHex } from './sample-frames.js'

// Base32 of RFC 4648, as other programs write it.
const KNOWN: [string, string][] = [
  ['00'.repeat(32), 'a'.repeat(52)],
  ['ff'.repeat(32), '7'.repeat(51) + 'q'],
  [
    '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
    'aaaqeayeaudaocajbifqydiob4ibceqtcqkrmfyydenbwha5dypq',
  ],
]

t.test('known hashes have known texts, and back', async t => {
  for (const [hex, text] of KNOWN) {
    const identity = identityFromHash(fromHex(hex))
    t.equal(identity, text)
    t.same(identityToBytes(identity), fromHex(hex))
    t.equal(parseIdentity(text), text)
  }
})

t.test('an identity is read and written in the midst of other bytes', async t => {
  const bytes = new Uint8Array([9, ...fromHex(KNOWN[2]![0]), 9])
  const identity = identityAt(bytes, 1)
  t.equal(identity, KNOWN[2]![1])
  const into = bytesOf(34, 9)
  writeIdentity(identity, into, 1)
  t.same(into, bytes)
})

t.test('a hash of another length is a bug of the caller', async t => {
  for (const length of [0, 31, 33]) {
    t.throws(() => identityFromHash(bytesOf(length)), new RangeError('an identity has 32 bytes'))
  }
})

t.test('only the canonical text is read', async t => {
  const good = KNOWN[2]![1]
  for (const text of [
    '', 'a', good.slice(1), `${good}a`, good.toUpperCase(), `${good.slice(0, 51)}b`,
    `${good.slice(0, 51)}=`, `1${good.slice(1)}`, `${good.slice(0, 51)}\n`, ` ${good.slice(1)}`,
  ]) t.equal(parseIdentity(text), null, JSON.stringify(text))
})

t.test('of 32 last characters two are canonical', async t => {
  const last = [...'abcdefghijklmnopqrstuvwxyz234567']
  t.same(last.filter(end => parseIdentity('a'.repeat(51) + end) !== null), ['a', 'q'])
})

t.test('the short form is the first ten characters', async t => {
  t.equal(shortIdentity(identityFromHash(fromHex(KNOWN[2]![0]))), 'aaaqeayeau')
})
