/** Authors, headers and batches for the tests of this room. No test. */
import { createHash } from 'node:crypto'
import { createIdentity, type IdentityFiles } from '../../src/tls/keys.js'
import { createSuite } from '../../src/tls/suite.js'
import { encodeBatchHead, joinBatch, type BatchHead } from '../../src/wire/batch.js'
import { encodeItems, headerOf, type Item } from '../../src/wire/bulletin.js'
import { identityToBytes } from '../../src/wire/identity.js'
import { signedBytes } from '../../src/wire/record.js'
import { isWorked, type WorkKind } from '../../src/proof-of-work/hashcash.js'

export const NETWORK_HASH = sha256(new TextEncoder().encode('a network of tests'))
export const AUTHOR = createIdentity('ed25519')

export function sha256 (bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest())
}

/** `count` bulletins of `bytes` bytes each, all different. */
export function itemsOf (count: number, bytes: number): Item[] {
  return Array.from({ length: count }, (_, i) => ({
    topic: sha256(Uint8Array.of(i & 3)),
    timestamp: 1_800_000_000 + i,
    nonce: 0,
    content: new Uint8Array(bytes).fill(i + 1),
  }))
}

/** The header that a bulletin's author works for. */
export function headerFor (item: Item): Uint8Array {
  return headerOf(item, sha256(item.content))
}

/** The same bulletin, paid for by trying one nonce after the other. */
export function worked (kind: WorkKind, item: Item, bits: number, author = AUTHOR): Item {
  const contentId = sha256(item.content)
  const bytes = identityToBytes(author.id)
  for (let nonce = 0; ; nonce++) {
    const paid = { ...item, nonce }
    if (isWorked(kind, paid, contentId, bytes, bits)) return paid
  }
}

/** The same bulletin with the first nonce that is worth fewer bits. */
export function unworked (kind: WorkKind, item: Item, bits: number): Item {
  const contentId = sha256(item.content)
  const bytes = identityToBytes(AUTHOR.id)
  for (let nonce = 0; ; nonce++) {
    const unpaid = { ...item, nonce }
    if (!isWorked(kind, unpaid, contentId, bytes, bits)) return unpaid
  }
}

interface BatchOptions {
  readonly author?: IdentityFiles
  readonly networkHash?: Uint8Array
  readonly head?: Partial<BatchHead>
}

/** A batch with a right signature over whatever its head says. */
export function batchOf (
  items: readonly Item[],
  { author = AUTHOR, networkHash = NETWORK_HASH, head = {} }: BatchOptions = {},
): Uint8Array {
  const itemBytes = encodeItems(items)
  const headBytes = encodeBatchHead({
    publicKey: author.publicKey,
    incarnation: 1_800_000_000_000 * 1_024,
    first: 7,
    count: items.length,
    hopsMax: 0,
    previous: new Uint8Array(32).fill(0xaa),
    itemsHash: sha256(itemBytes),
    ...head,
  })
  const signature = createSuite(author).sign(signedBytes('batch', networkHash, headBytes))
  return joinBatch(headBytes, signature, itemBytes)
}
