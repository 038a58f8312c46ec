/**
 * What stands beside a simulated core for bulletins: a store with a delay, which outlives the
 * process if the machine keeps its disk, and the checks of batches with the machine's Suite.
 * Read next: `world.ts`, which owns one for each node, `publishing.ts` for who publishes.
 */
import { createHash } from 'node:crypto'
import type { BatchKey, Delivery, StoredBatch, Verdict } from
  '../../src/core/bulletins/vocabulary.js'
import type { Effect } from '../../src/core/effect.js'
import type { Event } from '../../src/core/event.js'
import type { Random } from '../../src/core/random.js'
import { decodeBatch } from '../../src/wire/batch.js'
import { decodeItems, type Item } from '../../src/wire/bulletin.js'
import { equalBytes } from '../../src/wire/equal.js'
import { identityToBytes, type Identity } from '../../src/wire/identity.js'
import { signedBytes } from '../../src/wire/record.js'
import { isRefusal } from '../../src/wire/refusal.js'
import { isWorked } from '../../src/proof-of-work/hashcash.js'
import type { SimSuite } from './suite.js'

export interface Surroundings {
  readonly random: Random
  readonly networkHash: Uint8Array
  /** Leading zero bits that each bulletin must be worth here. */
  readonly difficulty: number
  suite (): SimSuite['suite']
  /** Nothing can be written. */
  isFull (): boolean
  /** Later, and only if the same process still runs. */
  later (delayMs: number, action: () => void): void
  post (event: Event): void
  delivered (delivery: Delivery): void
  /** Told of what is in the store from now on, and of what could not be written. */
  written (batch: StoredBatch, isStored: boolean): void
}

/** Longest time that a check, a write or a read takes. */
const STORE_MS = 5

/** Batches on a disk or in memory. */
export type Shelved = Map<string, StoredBatch>

export class ShelfPort {
  readonly #around: Surroundings
  readonly shelved: Shelved
  /** What is being written, oldest first. */
  readonly #writing: Shelved = new Map()

  constructor (around: Surroundings, shelved: Shelved) {
    this.#around = around
    this.shelved = shelved
  }

  /** Batches that are being written. */
  get writing (): number {
    return this.#writing.size
  }

  /** False for an effect that is about something else. */
  perform (effect: Effect): boolean {
    switch (effect.kind) {
      case 'check-batch': {
        const { ask, batch, author } = effect
        const verdict = this.#check(batch, author)
        this.#later(() => { this.#around.post({ kind: 'batch-checked', ask, verdict }) })
        return true
      }
      case 'validate-batch': {
        const { ask } = effect
        this.#later(() => {
          this.#around.post({ kind: 'batch-validated', ask, verdict: 'accept' })
        })
        return true
      }
      case 'store-batch': {
        this.#write(effect)
        return true
      }
      case 'read-batches': {
        const { ask, keys } = effect
        this.#later(() => {
          const batches = keys.map(key => this.shelved.get(nameOf(key))?.batch ?? null)
          this.#around.post({ kind: 'batches-read', ask, batches })
        })
        return true
      }
      case 'drop-batches':
        for (const key of effect.keys) {
          // A real store does one thing after the other: what is still being written goes, too.
          this.#writing.delete(nameOf(key))
          this.shelved.delete(nameOf(key))
        }
        return true
      case 'deliver':
        this.#around.delivered(effect.delivery)
        return true
      default: return false
    }
  }

  /** The process ends in the middle of its writes: some of the first are on the disk. */
  tear (random: Random): void {
    const done = random.below(this.#writing.size + 1)
    for (const batch of [...this.#writing.values()].slice(0, done)) this.#put(batch)
    this.#writing.clear()
  }

  #write ({ ask, batch }: Extract<Effect, { kind: 'store-batch' }>): void {
    const name = nameOf(batch)
    this.#writing.set(name, batch)
    this.#later(() => {
      const isStored = !this.#around.isFull()
      if (this.#writing.get(name) === batch) {
        this.#writing.delete(name)
        if (isStored) this.#put(batch)
        else this.#around.written(batch, false)
      }
      this.#around.post({ kind: 'batch-stored', ask, isStored })
    })
  }

  #put (batch: StoredBatch): void {
    this.shelved.set(nameOf(batch), batch)
    this.#around.written(batch, true)
  }

  #later (action: () => void): void {
    this.#around.later(this.#around.random.fraction() * STORE_MS, action)
  }

  #check (batch: Uint8Array, author: Identity): Verdict {
    const parsed = decodeBatch(batch)
    if (isRefusal(parsed)) return 'bad-items'
    const { networkHash, difficulty } = this.#around
    const suite = this.#around.suite()
    const { head, headBytes, signature, items } = parsed
    if (!equalBytes(suite.hash(items), head.itemsHash)) return 'bad-items'
    const signed = signedBytes('batch', networkHash, headBytes)
    if (!suite.verify(head.publicKey, signed, signature)) return 'bad-signature'
    return areWorked(items, head.count, author, difficulty) ? 'good' : 'under-worked'
  }
}

export function nameOf ({ author, incarnation, first }: BatchKey): string {
  return `${author} ${incarnation} ${first}`
}

/** True when every bulletin of a batch is worth so many bits. */
export function areWorked (
  items: Uint8Array, count: number, author: Identity, bits: number,
): boolean {
  if (bits === 0) return true
  const all = decodeItems(items, count)
  const bytes = identityToBytes(author)
  return !isRefusal(all) && all.every(item => isWorked('sha256', item, idOf(item), bytes, bits))
}

/** The bulletin with the first nonce that is worth so many bits. */
export function worked (item: Item, author: Identity, bits: number): Item {
  if (bits === 0) return item
  const id = idOf(item)
  const bytes = identityToBytes(author)
  for (let nonce = 0; ; nonce++) {
    const tried = { ...item, nonce }
    if (isWorked('sha256', tried, id, bytes, bits)) return tried
  }
}

function idOf ({ content }: Item): Uint8Array {
  return new Uint8Array(createHash('sha256').update(content).digest())
}
