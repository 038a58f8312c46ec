/**
 * What stands beside a simulated core for bulletins: a store with a delay, which outlives the
 * process if the machine keeps its disk, and the checks of batches with the machine's Suite.
 * Read next: `world.ts`, which owns one for each node, `publishing.ts` for who publishes.
 */
import type { BatchKey, Delivery, StoredBatch, Verdict } from
  '../../src/core/bulletins/vocabulary.js'
import type { Effect } from '../../src/core/effect.js'
import type { Event } from '../../src/core/event.js'
import type { Random } from '../../src/core/random.js'
import { decodeBatch } from '../../src/wire/batch.js'
import { equalBytes } from '../../src/wire/equal.js'
import { signedBytes } from '../../src/wire/record.js'
import { isRefusal } from '../../src/wire/refusal.js'
import type { SimSuite } from './suite.js'

export interface Surroundings {
  readonly random: Random
  readonly networkHash: Uint8Array
  suite (): SimSuite['suite']
  /** Later, and only if the same process still runs. */
  later (delayMs: number, action: () => void): void
  post (event: Event): void
  delivered (delivery: Delivery): void
}

/** Longest time that a check, a write or a read takes. */
const STORE_MS = 5

/** Batches on a disk or in memory. */
export type Shelved = Map<string, StoredBatch>

export class ShelfPort {
  readonly #around: Surroundings
  readonly shelved: Shelved
  /** Nothing more can be written. */
  isFull = false

  constructor (around: Surroundings, shelved: Shelved) {
    this.#around = around
    this.shelved = shelved
  }

  /** False for an effect that is about something else. */
  perform (effect: Effect): boolean {
    switch (effect.kind) {
      case 'check-batch': {
        const { ask, batch } = effect
        const verdict = this.#check(batch)
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
        const { ask, batch } = effect
        this.#later(() => {
          if (!this.isFull) this.shelved.set(nameOf(batch), batch)
          this.#around.post({ kind: 'batch-stored', ask, isStored: !this.isFull })
        })
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
        for (const key of effect.keys) this.shelved.delete(nameOf(key))
        return true
      case 'deliver':
        this.#around.delivered(effect.delivery)
        return true
      default: return false
    }
  }

  #later (action: () => void): void {
    this.#around.later(this.#around.random.fraction() * STORE_MS, action)
  }

  #check (batch: Uint8Array): Verdict {
    const parsed = decodeBatch(batch)
    if (isRefusal(parsed)) return 'bad-items'
    const { networkHash } = this.#around
    const suite = this.#around.suite()
    const { head, headBytes, signature, items } = parsed
    if (!equalBytes(suite.hash(items), head.itemsHash)) return 'bad-items'
    const signed = signedBytes('batch', networkHash, headBytes)
    return suite.verify(head.publicKey, signed, signature) ? 'good' : 'bad-signature'
  }
}

export function nameOf ({ author, incarnation, first }: BatchKey): string {
  return `${author} ${incarnation} ${first}`
}
