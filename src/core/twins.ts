/**
 * Somebody else with this identity, or an earlier run of this node whose clock was ahead: what a
 * newer record of one's own means. And identities of others that keep replacing each other.
 */
import { TRUST_LIMITS } from '../limits.js'
import type { Identity } from '../wire/identity.js'
import type { MemberRecord } from '../wire/record.js'
import type { Mesh } from './mesh.js'
import type { Sizes } from './sizes.js'

/** A record of one's own identity that somebody told. */
export interface OwnRecord {
  readonly record: MemberRecord
  /** Its teller holds a link with the run that it is of. */
  readonly isAlive: boolean
}

/**
 * old: an earlier record, nothing to do. outrun: an earlier run had a clock ahead of ours, a fresh
 * incarnation above it is due. twin: a younger node runs with this key, this one goes quiet.
 * contested: it may be either; a living twin will have replaced this node's links in a moment.
 */
export type OwnRecordVerdict = 'old' | 'outrun' | 'twin' | 'contested'

export class Twins {
  readonly #mesh: Mesh
  readonly #replacedMs = new Map<Identity, number[]>()
  /** Told of; until it stops for a window. */
  readonly #suspected = new Set<Identity>()

  constructor (mesh: Mesh) {
    this.#mesh = mesh
  }

  get sizes (): Sizes {
    return { replacements: this.#replacedMs.size, suspected: this.#suspected.size }
  }

  /** What a validly signed record of this node's own identity means (docs/adr/0004). */
  judgeOwn ({ record, isAlive }: OwnRecord): OwnRecordVerdict {
    const { self } = this.#mesh
    if (record.incarnation < self.incarnation) return 'old'
    if (record.incarnation === self.incarnation && record.version <= self.row.version) return 'old'
    if (!self.wasLinked) return 'outrun'
    return isAlive ? 'twin' : 'contested'
  }

  /** A link of `peer` gave way to one of another incarnation. True on the third within a minute. */
  onReplaced (peer: Identity): boolean {
    const { nowMs } = this.#mesh
    const recent = (this.#replacedMs.get(peer) ?? [])
      .filter(atMs => nowMs - atMs < TRUST_LIMITS.cloneWindowMs)
    recent.push(nowMs)
    this.#replacedMs.set(peer, recent)
    if (recent.length < TRUST_LIMITS.cloneReplacements || this.#suspected.has(peer)) return false
    this.#suspected.add(peer)
    return true
  }

  /** Forgets replacements of long ago. */
  keepHouse (): void {
    for (const [peer, times] of this.#replacedMs) {
      const last = times.at(-1) ?? -Infinity
      if (this.#mesh.nowMs - last < TRUST_LIMITS.cloneWindowMs) continue
      this.#replacedMs.delete(peer)
      this.#suspected.delete(peer)
    }
  }
}
