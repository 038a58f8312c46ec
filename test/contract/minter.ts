/** What every Minter promises, wherever it works. */
import type { Test } from 'tap'
import type { Minter } from '../../src/ports.js'
import { HEADER_BYTES } from '../../src/wire/bulletin.js'
import { identityFromHash, identityToBytes } from '../../src/wire/identity.js'
import { digestOf, leadingZeroBits, type WorkKind } from '../../src/proof-of-work/hashcash.js'

/** The adapter under test. */
export interface MinterRig {
  readonly kind: WorkKind
  /** What its bulletins are worth: a moment's work. */
  readonly bits: number
  open (): Minter
}

const AUTHOR = identityFromHash(new Uint8Array(32).fill(1))
const OTHER = identityFromHash(new Uint8Array(32).fill(2))
const HEADER = new Uint8Array(HEADER_BYTES).fill(3)
/** More than anybody finds. */
const HARD_BITS = 200
const never = new AbortController().signal

/** The suite. */
export function minterContract (t: Test, { kind, bits, open }: MinterRig): void {
  const worth = (nonce: number, author = AUTHOR): number => {
    const header = Uint8Array.from(HEADER)
    new DataView(header.buffer).setUint32(HEADER_BYTES - 4, nonce)
    return leadingZeroBits(digestOf(kind, header, identityToBytes(author)))
  }

  t.test('it says what its bulletins are worth, and finds the first nonce that is', async t => {
    const minter = open()
    t.equal(minter.bits, bits)
    const nonce = await minter.mint(HEADER, AUTHOR, bits, never)
    t.ok(worth(nonce) >= bits)
    for (let earlier = 0; earlier < nonce; earlier++) {
      if (worth(earlier) >= bits) t.fail(`${earlier} is worth it too`)
    }
    t.same([...HEADER].every(byte => byte === 3), true, 'the header is left as it is')
    await minter.close()
  })

  t.test('work is done for its author, for as many bits as are asked', async t => {
    const minter = open()
    t.equal(await minter.mint(HEADER, AUTHOR, 0, never), 0, 'none is done for nothing')
    const nonce = await minter.mint(HEADER, OTHER, bits + 1, never)
    t.ok(worth(nonce, OTHER) >= bits + 1)
    await minter.close()
  })

  t.test('many at once all get theirs', async t => {
    const minter = open()
    const authors = [AUTHOR, OTHER, AUTHOR, OTHER]
    const nonces = await Promise.all(
      authors.map(author => minter.mint(HEADER, author, bits, never)))
    nonces.forEach((nonce, i) => { t.ok(worth(nonce, authors[i]) >= bits) })
    await minter.close()
  })

  t.test('an abort ends the work with its reason, and it goes on with other work', async t => {
    const minter = open()
    const reason = new Error('enough')
    const ends = new AbortController()
    const minting = minter.mint(HEADER, AUTHOR, HARD_BITS, ends.signal)
    ends.abort(reason)
    await t.rejects(minting, reason)
    await t.rejects(minter.mint(HEADER, AUTHOR, bits, ends.signal), reason, 'also before it began')
    t.ok(worth(await minter.mint(HEADER, AUTHOR, bits, never)) >= bits)
    await minter.close()
  })

  t.test('whoever waits is told how many were tried', async t => {
    const minter = open()
    const ends = new AbortController()
    const tries = await new Promise<number>((resolve, reject) => {
      minter.mint(HEADER, AUTHOR, HARD_BITS, ends.signal, resolve).catch(reject)
    })
    t.ok(tries > 0)
    ends.abort()
    await minter.close()
  })

  t.test('closing refuses what is under way and what comes later, twice too', async t => {
    const minter = open()
    const minting = minter.mint(HEADER, AUTHOR, HARD_BITS, never)
    const closing = minter.close()
    await t.rejects(minting, { name: 'MintError', code: 'closed' })
    await closing
    await t.rejects(minter.mint(HEADER, AUTHOR, bits, never), { code: 'closed' })
    await minter.close()
  })
}
