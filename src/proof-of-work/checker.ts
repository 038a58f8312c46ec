/**
 * Checking: is a batch what its author made, and was enough work done for each bulletin? The
 * signature is verified on Node's thread pool; hashes are quick enough for the main thread, many
 * tapehashes go to a worker. Implements BatchChecker of `ports.ts`.
 * Read next: `wire/batch.ts` for the layout, `core/bulletins/intake.ts`, which asks.
 */
import { hash } from 'node:crypto'
import { setImmediate as breathe } from 'node:timers/promises'
import { WORK_LIMITS } from '../limits.js'
import type { BatchChecker, Verifier } from '../ports.js'
import { decodeBatch } from '../wire/batch.js'
import {
  HEADER_BYTES, decodeItems, headerOf, newestOf, workPreimage, type Item,
} from '../wire/bulletin.js'
import { equalBytes } from '../wire/equal.js'
import {
  IDENTITY_BYTES, identityFromHash, identityToBytes, type Identity,
} from '../wire/identity.js'
import { signedBytes } from '../wire/record.js'
import { isRefusal } from '../wire/refusal.js'
import { Crew } from './crew.js'
import { isPaid, isWorked, type WorkKind } from './hashcash.js'

const PREIMAGE_BYTES = HEADER_BYTES + IDENTITY_BYTES

export interface CheckerOptions {
  /** SHA-256 of the network's name, 32 bytes. */
  readonly networkHash: Uint8Array
  readonly kind: WorkKind
  /** Leading zero bits that each bulletin must be worth; 0: none is looked at. */
  readonly bits: number
  /** Workers to have instead of those of the room. */
  readonly crew?: Crew
}

/** A checker with workers of its own, which `close` ends: what is asked later is done without. */
export interface Checker extends BatchChecker {
  close (): Promise<void>
}

export function createChecker (verify: Verifier, options: CheckerOptions): Checker {
  const { networkHash, kind, bits } = options
  // Checks never wait for mints, which may take minutes. How many wait is bounded for each link.
  const crew = options.crew ?? new Crew({ waitingMax: Infinity })
  const never = new AbortController().signal

  async function areWorked (items: readonly Item[], author: Identity): Promise<boolean> {
    const authorBytes = identityToBytes(author)
    return kind === 'tapehash' && items.length > WORK_LIMITS.inlineTapehashesMax
      ? areWorkedOutside(items, authorBytes)
      : areWorkedHere(items, authorBytes)
  }

  async function areWorkedHere (items: readonly Item[], author: Uint8Array): Promise<boolean> {
    let sliceEndsMs = performance.now() + WORK_LIMITS.sliceMs
    for (const item of items) {
      if (!isWorked(kind, item, sha256(item.content), author, bits)) return false
      if (performance.now() < sliceEndsMs) continue
      await breathe()
      sliceEndsMs = performance.now() + WORK_LIMITS.sliceMs
    }
    return true
  }

  async function areWorkedOutside (items: readonly Item[], author: Uint8Array): Promise<boolean> {
    const preimages = new Uint8Array(items.length * PREIMAGE_BYTES)
    items.forEach((item, i) => {
      const header = headerOf(item, sha256(item.content))
      preimages.set(workPreimage(header, author), i * PREIMAGE_BYTES)
    })
    // Whoever did no work at all is found without a worker.
    if (!isPaid(kind, preimages.subarray(0, PREIMAGE_BYTES), bits)) return false
    const job = { kind, preimages, preimageBytes: PREIMAGE_BYTES, bits }
    try {
      const answer = await crew.run({ task: 'check', job }, never)
      return answer.answer === 'checked' && answer.isPaid
    } catch {
      // No worker, or no more: it is done all the same.
      return areWorkedHere(items, author)
    }
  }

  return {
    async check (bytes, author) {
      const batch = decodeBatch(bytes)
      if (isRefusal(batch)) return 'bad-items'
      const { head, headBytes, signature, items } = batch
      if (identityFromHash(sha256(head.publicKey)) !== author) return 'bad-signature'
      if (!equalBytes(sha256(items), head.itemsHash)) return 'bad-items'
      if (typeof newestOf(items, head.count) !== 'number') return 'bad-items'
      const signed = signedBytes('batch', networkHash, headBytes)
      if (!await verify(head.publicKey, signed, signature)) return 'bad-signature'
      if (bits === 0) return 'good'
      const bulletins = decodeItems(items, head.count)
      if (isRefusal(bulletins)) return 'bad-items'
      return await areWorked(bulletins, author) ? 'good' : 'under-worked'
    },
    close: () => crew.close(),
  }
}

function sha256 (bytes: Uint8Array): Uint8Array {
  return hash('sha256', bytes, 'buffer')
}
