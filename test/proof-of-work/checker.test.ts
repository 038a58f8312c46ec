import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { createIdentity, readIdentity } from '../../src/tls/keys.js'
import { createVerifier } from '../../src/tls/suite.js'
import { decodeBatch, joinBatch } from '../../src/wire/batch.js'
import { encodeItems } from '../../src/wire/bulletin.js'
import { isRefusal } from '../../src/wire/refusal.js'
import { createChecker, type Checker } from '../../src/proof-of-work/checker.js'
import { Crew } from '../../src/proof-of-work/crew.js'
import type { WorkKind } from '../../src/proof-of-work/hashcash.js'
import { AUTHOR, NETWORK_HASH, batchOf, itemsOf, sha256, unworked, worked } from './worlds.js'

function checkerFor (kind: WorkKind, bits: number, crew?: Crew): Checker {
  const options = { networkHash: NETWORK_HASH, kind, bits }
  return createChecker(createVerifier(), crew === undefined ? options : { ...options, crew })
}

t.test('what an author signed is good, whatever key it has', async t => {
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
  const authors = [
    createIdentity('ed25519'), createIdentity('p256'), createIdentity('rsa'),
    readIdentity({ key: p384.export({ type: 'pkcs8', format: 'pem' }).toString(), cert: null }),
  ]
  const checker = checkerFor('sha256', 0)
  for (const author of authors) {
    for (const count of [1, 240]) {
      const batch = batchOf(itemsOf(count, 1_000), { author })
      t.equal(await checker.check(batch, author.id), 'good')
      t.equal(await checker.check(batch, author.id), 'good', 'with its key kept')
    }
  }
  await checker.close()
})

t.test('a batch of another author, network or head has a bad signature', async t => {
  const checker = checkerFor('sha256', 0)
  const items = itemsOf(3, 50)
  const other = createIdentity('ed25519')
  t.equal(await checker.check(batchOf(items), other.id), 'bad-signature', 'told as of another')
  const forged = batchOf(items, { author: other, head: { publicKey: AUTHOR.publicKey } })
  t.equal(await checker.check(forged, AUTHOR.id), 'bad-signature', 'signed by another')
  const foreign = batchOf(items, { networkHash: sha256(NETWORK_HASH) })
  t.equal(await checker.check(foreign, AUTHOR.id), 'bad-signature', 'of another network')
  const [one, two] = [batchOf(items), batchOf(items, { head: { first: 8 } })].map(partsOf)
  const mixed = joinBatch(one!.headBytes, two!.signature, one!.items)
  t.equal(await checker.check(mixed, AUTHOR.id), 'bad-signature', "with another head's signature")
  const bare = joinBatch(one!.headBytes, new Uint8Array(), one!.items)
  t.equal(await checker.check(bare, AUTHOR.id), 'bad-signature', 'without one')
})

t.test('items that are not those of the head are bad', async t => {
  const checker = checkerFor('sha256', 0)
  const batch = partsOf(batchOf(itemsOf(3, 50)))
  const others = encodeItems(itemsOf(3, 51))
  const swapped = joinBatch(batch.headBytes, batch.signature, others)
  t.equal(await checker.check(swapped, AUTHOR.id), 'bad-items')
  const longer = joinBatch(batch.headBytes, batch.signature, Uint8Array.of(...batch.items, 0))
  t.equal(await checker.check(longer, AUTHOR.id), 'bad-items')
  // Signed, hashed, and still no items: the author's own fault.
  for (const count of [2, 4]) {
    const lying = batchOf(itemsOf(3, 50), { head: { count } })
    t.equal(await checker.check(lying, AUTHOR.id), 'bad-items', `${count} said, 3 there`)
  }
  for (const rubbish of [new Uint8Array(), new Uint8Array(300), new Uint8Array(300).fill(255)]) {
    t.equal(await checker.check(rubbish, AUTHOR.id), 'bad-items')
  }
})

t.test('every bulletin of a batch must be worked for, here and in a worker', async t => {
  for (const [kind, count] of [['sha256', 40], ['tapehash', 5], ['tapehash', 40]] as const) {
    const crew = new Crew({ waitingMax: 8 })
    const checker = checkerFor(kind, 4, crew)
    const paid = itemsOf(count, 20).map(item => worked(kind, item, 4))
    t.equal(await checker.check(batchOf(paid), AUTHOR.id), 'good', `${kind}, ${count}`)
    for (const place of [0, count - 1]) {
      const some = paid.map((item, i) => i === place ? unworked(kind, item, 4) : item)
      t.equal(await checker.check(batchOf(some), AUTHOR.id), 'under-worked', `not ${place}`)
      const lax = checkerFor(kind, 0)
      t.equal(await lax.check(batchOf(some), AUTHOR.id), 'good', 'where none is due')
    }
    t.equal(crew.size, kind === 'tapehash' && count > 32 ? 1 : 0, 'workers')
    const stolen = createIdentity('ed25519')
    const batch = batchOf(paid, { author: stolen })
    t.equal(await checker.check(batch, stolen.id), 'under-worked', "another's work")
    const other = checkerFor(kind === 'sha256' ? 'tapehash' : 'sha256', 4)
    t.equal(await other.check(batchOf(paid), AUTHOR.id), 'under-worked', 'work of another kind')
    await Promise.all([checker, other].map(each => each.close()))
  }
})

t.test('without a worker, or after closing, checks go on', async t => {
  const lost = new Crew({ waitingMax: 8, file: new URL('./no-worker.js', import.meta.url) })
  const paid = itemsOf(40, 20).map(item => worked('tapehash', item, 2))
  const some = paid.map((item, i) => i === 39 ? unworked('tapehash', item, 2) : item)
  const closed = checkerFor('tapehash', 2)
  await closed.close()
  for (const checker of [checkerFor('tapehash', 2, lost), closed]) {
    t.equal(await checker.check(batchOf(paid), AUTHOR.id), 'good')
    t.equal(await checker.check(batchOf(some), AUTHOR.id), 'under-worked')
  }
})

t.test('any flipped bit, cut or added byte makes a batch not good', async t => {
  const runs = Number(process.env['FC_RUNS'] ?? 1_000)
  for (const keyType of ['ed25519', 'p256'] as const) {
    const author = createIdentity(keyType)
    const checker = checkerFor('sha256', 2)
    const items = itemsOf(3, 40).map(item => worked('sha256', item, 2, author))
    const batch = batchOf(items, { author })
    t.equal(await checker.check(batch, author.id), 'good')
    const place = fc.nat(batch.length - 1)
    await fc.assert(fc.asyncProperty(place, fc.nat(7), async (at, bit) => {
      const mutated = Uint8Array.from(batch)
      mutated[at] = (mutated[at] ?? 0) ^ (1 << bit)
      return await checker.check(mutated, author.id) !== 'good'
    }), { numRuns: runs })
    await fc.assert(fc.asyncProperty(place, fc.uint8Array({ maxLength: 4 }), async (at, bytes) => {
      const [front, back] = [batch.subarray(0, at), batch.subarray(at)]
      const cut = await checker.check(front, author.id)
      const grown = Uint8Array.of(...front, ...bytes, ...back)
      return cut !== 'good' &&
        (bytes.length === 0 || await checker.check(grown, author.id) !== 'good' ||
          Buffer.compare(grown, batch) === 0)
    }), { numRuns: runs })
    await checker.close()
  }
})

t.test('any bytes at all are answered, and never good', async t => {
  const checker = checkerFor('tapehash', 1)
  const verdicts = new Set<string>()
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async bytes => {
    verdicts.add(await checker.check(bytes, AUTHOR.id))
  }), { numRuns: 1_000 })
  t.notOk(verdicts.has('good'))
  await checker.close()
})

function partsOf (batch: Uint8Array): {
  headBytes: Uint8Array, signature: Uint8Array, items: Uint8Array,
} {
  const parts = decodeBatch(batch)
  if (isRefusal(parts)) throw new Error(parts.message)
  return parts
}
