/**
 * What is compared: one member as an author and as a subscriber, ours and those it is measured
 * against. All send contents to all others; whoever takes one says when it is stored.
 * Read next: `ours.ts`, `bare.ts`, `libp2p.ts`; `member.ts`, the process they run in.
 */
import { bareParty } from './bare.js'
import { libp2pParty } from './libp2p.js'
import { ourParty } from './ours.js'

/** `bare`: node:tls and nothing else. */
export type Kind = 'ours' | 'bare' | 'libp2p'

/** What a subscriber is told. */
export interface Taker {
  /** A content came, in order, checked as far as this kind checks. */
  readonly taken: (content: Uint8Array) => void
  /** So many more are stored in memory. */
  readonly stored: (count: number) => void
}

export interface Party {
  /** Where others join. */
  readonly address: string
  /** Members that this one reaches. */
  readonly linked: () => number
  /** All at once; resolves when all were taken. */
  readonly burst: (contents: readonly Uint8Array[]) => Promise<void>
  /** One; resolves when it was taken. */
  readonly send: (content: Uint8Array) => Promise<void>
}

/** `address`: whom to join, null for the first. `taker`: null for an author that takes nothing. */
export function createParty (
  kind: Kind, address: string | null, taker: Taker | null,
): Promise<Party> {
  switch (kind) {
    case 'ours': return ourParty(address, taker)
    case 'bare': return bareParty(address, taker)
    case 'libp2p': return libp2pParty(address, taker)
  }
}
