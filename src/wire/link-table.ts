/**
 * What a member tells of its links, signed by it: a fixed layout, decoded only when it is new.
 * Read next: `frame.ts`, which carries it; `../core/routes/tables.ts`, which believes it.
 */
import type { Identity } from './identity.js'

/** As it travels; `signature` covers `body` (kind `link-table`). */
export interface SignedTable {
  readonly body: Uint8Array
  readonly signature: Uint8Array
}

export interface LinkTable {
  readonly owner: Identity
  /** Run of the owner; the newest (incarnation, version) counts. */
  readonly incarnation: number
  readonly version: number
  /** How many further links it takes, at most 65,535. */
  readonly free: number
  /** Ascending by prefix, each once. */
  readonly links: readonly TableLink[]
}

export interface TableLink {
  /** First 8 bytes of the peer's identity, 16 hex digits. */
  readonly prefix: string
  /** Round-trip time in one byte, see `rttOfCode`. */
  readonly rtt: number
}
