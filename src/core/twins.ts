/**
 * Somebody else with this identity, or an earlier run of this node whose clock was ahead: what a
 * newer record of one's own means. And identities of others that keep replacing each other.
 */
import { TRUST_LIMITS } from '../limits.js'
import type { Identity } from '../wire/identity.js'
import type { MemberRecord } from '../wire/record.js'
import { wallMs, type Mesh } from './mesh.js'

/**
 * old: an earlier record, nothing to do. outrun: an earlier run had a clock ahead of ours, a fresh
 * incarnation above it is due. twin: a younger node runs with this key, this one goes quiet.
 */
export type OwnRecordVerdict = 'old' | 'outrun' | 'twin'

export class Twins {
  readonly #mesh: Mesh
  readonly #replacedMs = new Map<Identity, number[]>()

  constructor (mesh: Mesh) {
    this.#mesh = mesh
  }

  /** What a validly signed record of this node's own identity means. */
  judgeOwn (record: MemberRecord): OwnRecordVerdict {
    const { self } = this.#mesh
    if (record.incarnation < self.incarnation) return 'old'
    if (record.incarnation === self.incarnation && record.version <= self.row.version) return 'old'
    if (!self.wasLinked) return 'outrun'
    // A record of our own from the future is no younger node: our clock was set back between runs,
    // and the peers we linked with first had not met our former run.
    const aheadMs = record.issuedMs - wallMs(this.#mesh)
    return aheadMs > TRUST_LIMITS.clockSkewWarnMs ? 'outrun' : 'twin'
  }

  /** A link of `peer` gave way to one of another incarnation. True on the third within a minute. */
  onReplaced (peer: Identity): boolean {
    const { nowMs } = this.#mesh
    const recent = (this.#replacedMs.get(peer) ?? [])
      .filter(atMs => nowMs - atMs < TRUST_LIMITS.cloneWindowMs)
    recent.push(nowMs)
    this.#replacedMs.set(peer, recent)
    return recent.length === TRUST_LIMITS.cloneReplacements
  }

  /** Forgets replacements of long ago. */
  keepHouse (): void {
    for (const [peer, times] of this.#replacedMs) {
      const last = times.at(-1) ?? -Infinity
      if (this.#mesh.nowMs - last >= TRUST_LIMITS.cloneWindowMs) this.#replacedMs.delete(peer)
    }
  }
}
