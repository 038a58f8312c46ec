/**
 * How this node stands to every member, and since when: linked, reached over others, lost, gone.
 * Looked at when links change, and a moment after tables have.
 */
import { ROUTE_LIMITS } from '../../limits.js'
import type { Identity } from '../../wire/identity.js'
import { wallMs, type Mesh } from '../mesh.js'
import type { LinkDownReason, PeerStatus } from '../notice.js'
import { isLive } from '../roster.js'
import type { Sizes } from '../sizes.js'
import type { Ways } from './ways.js'

export interface Standing {
  readonly status: PeerStatus
  /** Wall clock. */
  readonly sinceMs: number
}

export interface Down {
  readonly reason: LinkDownReason
  /** Wall clock. */
  readonly atMs: number
}

export class Standings {
  readonly #mesh: Mesh
  readonly #ways: Ways
  readonly #standings = new Map<Identity, Standing>()
  readonly #downs = new Map<Identity, Down>()

  constructor (mesh: Mesh, ways: Ways) {
    this.#mesh = mesh
    this.#ways = ways
  }

  get sizes (): Sizes {
    return { standings: this.#standings.size, downs: this.#downs.size }
  }

  /** Tables changed: who is reached is looked at in a moment. */
  onTablesChanged (): void {
    const { deadlines, nowMs } = this.#mesh
    if (deadlines.has('look-around', '')) return
    // Of many members there are many tables, and all of them are looked at.
    const many = Math.max(1, this.#mesh.roster.size / ROUTE_LIMITS.tableLinksFew)
    deadlines.set('look-around', '', nowMs + many * ROUTE_LIMITS.lookAroundAfterMs)
  }

  onLookDue (): void {
    for (const { identity } of this.#mesh.roster.all()) this.of(identity)
  }

  /** The link with it ended. */
  onDown (peer: Identity, reason: LinkDownReason): void {
    this.#downs.set(peer, { reason, atMs: wallMs(this.#mesh) })
    // Not looked at at once: where a hundred links end together each look would cost a graph.
    this.onTablesChanged()
  }

  /** How the last link with it ended in this run. */
  lastDownOf (peer: Identity): Down | null {
    return this.#downs.get(peer) ?? null
  }

  /** As of now. */
  of (peer: Identity): Standing {
    const status = this.#statusOf(peer)
    const known = this.#standings.get(peer)
    if (known?.status === status) return known
    const endedMs = known?.status === 'linked' ? this.#downs.get(peer)?.atMs : undefined
    const standing = { status, sinceMs: endedMs ?? wallMs(this.#mesh) }
    this.#standings.set(peer, standing)
    return standing
  }

  /** Forgets whom the roster forgot. */
  keepHouse (): void {
    const { roster } = this.#mesh
    for (const peer of this.#standings.keys()) {
      if (roster.get(peer) === undefined) this.#standings.delete(peer)
    }
    for (const peer of this.#downs.keys()) {
      if (roster.get(peer) === undefined) this.#downs.delete(peer)
    }
  }

  #statusOf (peer: Identity): PeerStatus {
    const { links, roster } = this.#mesh
    if (links.readyOf(peer) !== undefined) return 'linked'
    const record = roster.get(peer)?.record
    if (record?.state === 'left') return 'left'
    const isDead = record === undefined || !isLive(record, wallMs(this.#mesh))
    return !isDead && this.#ways.reaches(peer) ? 'via' : 'lost'
  }
}
