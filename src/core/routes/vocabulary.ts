/**
 * Words of routes: who is linked with whom as signed tables tell it, and what is told of that.
 * Shapes only; read `graph.ts` next, which is made of tables.
 */
import type { Identity } from '../../wire/identity.js'
import type { LinkDownReason, PeerStatus } from '../notice.js'

/** Members that told their links, and the links that both ends tell. */
export interface Graph {
  /** Ascending. */
  readonly members: readonly Identity[]
  /** Places in `members`. */
  readonly indexOf: ReadonlyMap<Identity, number>
  /** Of each member, by place; ascending by `to`. */
  readonly edges: readonly (readonly Edge[])[]
}

export interface Edge {
  /** Place in `members`. */
  readonly to: number
  /** Round-trip time: the larger code of both ends; 0 when neither has measured it. */
  readonly rtt: number
}

/**
 * To whom a member passes on what came of an author: places in `members`, in any order. Pure, so
 * that one can be put in the place of another and compared.
 */
export type Routing = (graph: Graph, author: number, me: number) => readonly number[]

/** The best way to a peer. */
export interface Path {
  readonly peer: Identity
  /** Links on it. */
  readonly hops: number
  /** Round-trip times of its links together, ms; null when one of them is not measured. */
  readonly rttMs: number | null
  /** This node first, the peer last. */
  readonly members: readonly Identity[]
}

/** Who is linked with whom, as one node sees it. */
export interface LinkMatrix {
  /** This node and every live member, in order of identity. */
  readonly rows: readonly LinkRow[]
}

export interface LinkRow {
  readonly id: Identity
  readonly name: string
  /** How this node sees it; null: it is this node. */
  readonly status: PeerStatus | null
  /** When its table came here, ms since 1970; null: it has told none. */
  readonly toldMs: number | null
  /** How many further links it takes; null: it has told no table. */
  readonly free: number | null
  /** What it tells, and what others tell of it. */
  readonly links: readonly LinkCell[]
}

export interface LinkCell {
  readonly peer: Identity
  /** As the row's member tells it; null: not measured, or told by the other end alone. */
  readonly rttMs: number | null
  /** Who tells of it. A link counts when both do. */
  readonly toldBy: 'both' | 'row' | 'peer'
}

/** What is known of one peer, and why it is not linked. */
export interface Explanation {
  readonly id: Identity
  readonly name: string
  readonly status: PeerStatus
  /** It has this status since then, ms since 1970. */
  readonly sinceMs: number
  /** A link of this node with it was ready at some time. */
  readonly isProven: boolean
  /** Its record was signed then, ms since 1970. */
  readonly issuedMs: number
  /** Where it is dialled, best first. */
  readonly addresses: readonly string[]
  /** Linked members whose tables tell a link with it, or any, nearest first. */
  readonly seenBy: readonly Identity[]
  /** Members that told a table without it. */
  readonly missedBy: readonly Identity[]
  /** The best way to it; null: none is known. */
  readonly path: Path | null
  /** Attempts to link with it; null while it is linked, left, or not sought. */
  readonly seek: SeekReport | null
  /** How the last link with it ended in this run, and when, ms since 1970. */
  readonly lastDown: { readonly reason: LinkDownReason, readonly atMs: number } | null
}

export interface SeekReport {
  /** Attempts in vain since it was lost or learnt. */
  readonly failures: number
  /** Why the last one failed; null before the first. */
  readonly lastError: string | null
  /** When the last one began and the next is due, ms since 1970; null: none did, none is due. */
  readonly triedMs: number | null
  readonly nextMs: number | null
}
