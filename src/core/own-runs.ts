/**
 * Other runs under this node's own identity: an earlier one that left a newer record behind, or a
 * twin that runs now. Judged by `twins.ts`; here is what follows (docs/adr/0004).
 */
import { assertNever } from '../errors.js'
import { TRUST_LIMITS } from '../limits.js'
import type { Machines, Membership } from './membership.js'
import { log, wallMs, warn, type Mesh } from './mesh.js'
import type { OwnRecord } from './twins.js'

export class OwnRuns {
  readonly #mesh: Mesh
  readonly #machines: Machines
  readonly #membership: Membership
  /** The newest incarnation of this identity that may be a twin's or an earlier run's. */
  #contested = 0

  constructor (mesh: Mesh, machines: Machines, membership: Membership) {
    this.#mesh = mesh
    this.#machines = machines
    this.#membership = membership
  }

  /** A record of this node's own identity came, validly signed. */
  onRecord (own: OwnRecord): void {
    const verdict = this.#machines.twins.judgeOwn(own)
    switch (verdict) {
      case 'old': return
      case 'twin': return this.#goQuiet()
      case 'outrun': return this.#outrun(own.record.incarnation)
      case 'contested': {
        const { deadlines, nowMs } = this.#mesh
        this.#contested = Math.max(this.#contested, own.record.incarnation)
        if (deadlines.has('contest', '')) return
        deadlines.set('contest', '', nowMs + TRUST_LIMITS.contestMs)
        return
      }
      default: return assertNever(verdict)
    }
  }

  /** No twin showed itself: the newer record is of an earlier run, whose clock was ahead. */
  onContestDue (): void {
    const { phase, self } = this.#mesh
    if (phase === 'running' && this.#contested >= self.incarnation) this.#outrun(this.#contested)
  }

  /** A fresh incarnation above it, and everything anew: it never changes while a link is ready. */
  #outrun (incarnation: number): void {
    const { links, out, random, roster, self } = this.#mesh
    const { dials, operator, seeks } = this.#machines
    dials.stopAll()
    for (const entry of [...links.all()]) this.#membership.drop(entry, 'local')
    self.draw(incarnation, wallMs(this.#mesh), random.below(1_024))
    out.push({ kind: 'store-incarnation', incarnation: self.incarnation })
    log(this.#mesh, 'info', 'links', 'an earlier run had a clock ahead: took a fresh incarnation')
    for (const { identity, record } of roster.all()) {
      if (record.state === 'up') seeks.learn(identity, false)
    }
    operator.dialAll()
  }

  #goQuiet (): void {
    const { dials, seeks } = this.#machines
    this.#mesh.phase = 'quiet'
    dials.stopAll()
    seeks.dropAll()
    for (const entry of [...this.#mesh.links.all()]) this.#membership.drop(entry, 'replaced')
    const message = 'another node runs with the key of this one and started later: this node ' +
      'holds no link any more until it is restarted; give each machine a key of its own'
    warn(this.#mesh, 'replaced', message)
  }
}
