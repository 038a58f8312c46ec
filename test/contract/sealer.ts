/** What every Sealer promises. */
import type { Test } from 'tap'
import type { Sealer } from '../../src/ports.js'

const PLAIN = new TextEncoder().encode('only for you')

/** Public keys whose shared secret is zero with everybody's: 0, 1, p - 1, p, p + 1, of order 8. */
export const LOW_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
].map(hex => new Uint8Array(Buffer.from(hex, 'hex')))

/** The suite. */
export function sealerContract (t: Test, sealer: Sealer): void {
  t.test('what is sealed to a key is opened by its pair alone, 48 bytes longer', async t => {
    const [pair, other] = [sealer.createPair(), sealer.createPair()]
    for (const plain of [PLAIN, new Uint8Array(0), new Uint8Array(100_000).fill(7)]) {
      const sealed = sealer.seal(plain, pair.publicKey)!
      t.equal(sealed.length, plain.length + 48)
      t.strictSame(Buffer.from(sealer.open(sealed, pair)!), Buffer.from(plain))
      t.equal(sealer.open(sealed, other), null)
    }
  })

  t.test('two boxes of one text have nothing in common', async t => {
    const { publicKey } = sealer.createPair()
    const boxes = [sealer.seal(PLAIN, publicKey)!, sealer.seal(PLAIN, publicKey)!]
    t.notSame(boxes[0]!.subarray(0, 32), boxes[1]!.subarray(0, 32))
    t.notSame(boxes[0]!.subarray(48), boxes[1]!.subarray(48))
  })

  t.test('one bit changed anywhere, or a byte less or more, and nothing opens', async t => {
    const pair = sealer.createPair()
    const sealed = sealer.seal(PLAIN, pair.publicKey)!
    for (let at = 0; at < sealed.length; at++) {
      const changed = new Uint8Array(sealed)
      changed[at]! ^= 1
      t.equal(sealer.open(changed, pair), null, `byte ${at}`)
    }
    for (let length = 0; length < sealed.length; length++) {
      t.equal(sealer.open(sealed.subarray(0, length), pair), null, `${length} bytes`)
    }
    t.equal(sealer.open(Uint8Array.of(...sealed, 0), pair), null)
  })

  t.test('nothing is sealed to a key of low order, or opened from one', async t => {
    const pair = sealer.createPair()
    for (const key of LOW_ORDER) {
      t.equal(sealer.seal(PLAIN, key), null)
      t.equal(sealer.open(Uint8Array.of(...key, ...new Uint8Array(40)), pair), null)
      t.throws(() => sealer.readKey(sealer.exportKey(key)), { code: 'exchange-key-invalid' })
    }
  })

  t.test('a pair is that of its secret key, and a key is what its PEM says', async t => {
    const pair = sealer.createPair()
    t.strictSame(sealer.pairOf(pair.secretKey), pair)
    t.strictSame(sealer.readKey(sealer.exportKey(pair.publicKey)), pair.publicKey)
    t.match(sealer.exportKey(pair.publicKey), /^-----BEGIN PUBLIC KEY-----\n[\w+/=]{60}\n-----END/)
  })
}
