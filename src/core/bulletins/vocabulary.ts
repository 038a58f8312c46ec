/** The words that events and effects use of bulletins. Shapes only; read `bulletins.ts` next. */
import type { Identity } from '../../wire/identity.js'

/** Names a log: one run of one author. */
export interface LogKey {
  readonly author: Identity
  readonly incarnation: number
}

/** Names one batch: a log and the position of its first bulletin. */
export interface BatchKey extends LogKey {
  readonly first: number
}

/** What the index knows of a batch without reading it. */
export interface BatchSummary extends BatchKey {
  readonly count: number
  /** Size of the whole batch. */
  readonly bytes: number
  /** Newest timestamp of its bulletins, seconds since 1970. */
  readonly newest: number
  /** SHA-256 of its head, 64 hex digits. */
  readonly headHash: string
}

/** A batch as it is kept. */
export interface StoredBatch extends BatchSummary {
  readonly batch: Uint8Array
}

/** What came of checking a batch: its signature, the hash of its items, their work. */
export type Verdict = 'good' | 'bad-signature' | 'bad-items' | 'under-worked'

/**
 * What validators say of a bulletin, and the worst of a batch's of the batch: take it; take it not
 * and blame nobody; take it not and blame the sender.
 */
export type Validation = 'accept' | 'ignore' | 'reject'

/**
 * What came of a batch of a file: it counts here now, it or its positions did before, or it broke a
 * rule of the network or of this node.
 */
export type OfferOutcome = 'taken' | 'known' | 'refused'

/** Bulletins that go to the subscribers here. */
export interface Delivery extends BatchKey {
  readonly count: number
  /** Null: it was held back for too long and is read from the store. */
  readonly batch: Uint8Array | null
  /** It came after its successors had been delivered. */
  readonly isLate: boolean
  /** Offsets of those that validators accepted, when they did not accept all. */
  readonly only?: readonly number[]
}
