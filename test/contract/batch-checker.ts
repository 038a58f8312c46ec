/** What every BatchChecker promises, whatever its signatures are. */
import { createHash } from 'node:crypto'
import type { Test } from 'tap'
import type { BatchChecker } from '../../src/ports.js'
import { encodeBatchHead, joinBatch } from '../../src/wire/batch.js'
import { encodeItems, type Item } from '../../src/wire/bulletin.js'
import { identityFromHash, identityToBytes, type Identity } from '../../src/wire/identity.js'
import { signedBytes } from '../../src/wire/record.js'
import { isWorked } from '../../src/proof-of-work/hashcash.js'
import type { SimSuite } from '../sim/suite.js'

/** The adapter under test. */
export interface BatchCheckerRig {
  /** Of the network `NETWORK_HASH`, where bulletins are worth so many bits of SHA-256. */
  open (bits: number): BatchChecker
  /** An author whose signatures it knows how to check; another for each number. */
  author (secret: number): SimSuite
}

export const NETWORK_HASH = new Uint8Array(32).fill(7)
const BITS = 6

interface Parts {
  readonly items: readonly Item[]
  readonly networkHash: Uint8Array
  /** Whose key is in the head. */
  readonly author: SimSuite
  /** Who signs. */
  readonly signer: SimSuite
  readonly first: number
}

/** The suite. */
export function batchCheckerContract (t: Test, rig: BatchCheckerRig): void {
  const author = rig.author(1)
  const stranger = rig.author(2)
  const items = itemsOf(3)
  const made = (over: Partial<Parts> = {}): Uint8Array =>
    batchOf({ items, networkHash: NETWORK_HASH, author, signer: author, first: 7, ...over })

  t.test('what its author signed is good, as often as it is asked', async t => {
    const checker = rig.open(0)
    for (const count of [1, 40]) {
      const batch = made({ items: itemsOf(count) })
      const before = Uint8Array.from(batch)
      t.equal(await checker.check(batch, idOf(author)), 'good')
      t.equal(await checker.check(batch, idOf(author)), 'good')
      t.strictSame(batch, before, 'it is left as it is')
    }
    t.equal(await checker.check(made({ author: stranger, signer: stranger }), idOf(stranger)),
      'good', 'of another author, too')
    await checker.close()
  })

  t.test('a signature of another, of another network or of another head is bad', async t => {
    const checker = rig.open(0)
    const whole = joinBatch(...partsOf({ ...DEFAULTS, items, author, signer: author }))
    t.equal(await checker.check(whole, idOf(author)), 'good')
    for (const batch of [
      made({ signer: stranger }), made({ networkHash: new Uint8Array(32) }),
      mixed({ ...DEFAULTS, items, author, signer: author }, 8),
    ]) t.equal(await checker.check(batch, idOf(author)), 'bad-signature')
    await checker.close()
  })

  t.test('items that are not those of the head are bad', async t => {
    const checker = rig.open(0)
    const [head, signature, body] = partsOf({ ...DEFAULTS, items, author, signer: author })
    const swapped = Uint8Array.from(body)
    swapped[swapped.length - 1] = 1 + (swapped.at(-1) ?? 0)
    for (const other of [swapped, Uint8Array.of(...body, 0)]) {
      t.equal(await checker.check(joinBatch(head, signature, other), idOf(author)), 'bad-items')
    }
    await checker.close()
  })

  t.test('bytes that are no batch are answered, and never good', async t => {
    const checker = rig.open(0)
    const batch = made()
    const rubbish = [
      new Uint8Array(0), new Uint8Array(300), new Uint8Array(300).fill(255),
      ...[1, 50, 120, batch.length - 1].map(length => batch.subarray(0, length)),
    ]
    for (const bytes of rubbish) t.not(await checker.check(bytes, idOf(author)), 'good')
    await checker.close()
  })

  t.test('each bulletin must be worked for, by its author', async t => {
    const checker = rig.open(BITS)
    const paid = items.map(item => workedFor(item, author, true))
    t.equal(await checker.check(made({ items: paid }), idOf(author)), 'good')
    for (const place of [0, 1, 2]) {
      const some = paid.map((item, i) => i === place ? workedFor(item, author, false) : item)
      t.equal(await checker.check(made({ items: some }), idOf(author)), 'under-worked', `${place}`)
    }
    const stolen = batchOf({ ...DEFAULTS, items: paid, author: stranger, signer: stranger })
    t.equal(await checker.check(stolen, idOf(stranger)), 'under-worked', 'work of another')
    await checker.close()
  })

  t.test('many at once are each answered for themselves', async t => {
    const checker = rig.open(0)
    const [good, bad] = [made(), made({ signer: stranger })]
    const verdicts = await Promise.all([good, bad, good, bad].map(batch =>
      checker.check(batch, idOf(author))))
    t.same(verdicts, ['good', 'bad-signature', 'good', 'bad-signature'])
    await checker.close()
  })

  /** Pays, or does not, with the first nonce that does. */
  function workedFor (item: Item, { suite, publicKey }: SimSuite, isPaid: boolean): Item {
    const id = identityToBytes(identityFromHash(suite.hash(publicKey)))
    for (let nonce = 0; ; nonce++) {
      const tried = { ...item, nonce }
      const contentId = createHash('sha256').update(item.content).digest()
      if (isWorked('sha256', tried, contentId, id, BITS) === isPaid) return tried
    }
  }
}

const DEFAULTS = { networkHash: NETWORK_HASH, first: 7 }

function idOf ({ suite, publicKey }: SimSuite): Identity {
  return identityFromHash(suite.hash(publicKey))
}

function itemsOf (count: number): Item[] {
  return Array.from({ length: count }, (_, i) => ({
    topic: new Uint8Array(32).fill(i), timestamp: 1_800_000_000 + i, nonce: 0,
    content: new Uint8Array(20 + i).fill(i + 1),
  }))
}

function batchOf (parts: Parts): Uint8Array {
  return joinBatch(...partsOf(parts))
}

/** The signature of one batch under the head of another. */
function mixed (parts: Parts, first: number): Uint8Array {
  const [, signature] = partsOf(parts)
  const [head, , body] = partsOf({ ...parts, first })
  return joinBatch(head, signature, body)
}

function partsOf (parts: Parts): [head: Uint8Array, signature: Uint8Array, body: Uint8Array] {
  const { items, networkHash, author, signer, first } = parts
  const body = encodeItems(items)
  const head = encodeBatchHead({
    publicKey: author.publicKey, incarnation: 1_024, first, count: items.length, hopsMax: 0,
    previous: new Uint8Array(32).fill(0xaa), itemsHash: author.suite.hash(body),
  })
  return [head, signer.suite.sign(signedBytes('batch', networkHash, head)), body]
}
