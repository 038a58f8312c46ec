/** Wall clocks of linked peers, and whether this node's own is off their median. */
import { TRUST_LIMITS } from '../limits.js'
import type { Identity } from '../wire/identity.js'
import { wallMs, warn, type Mesh } from './mesh.js'
import type { Sizes } from './sizes.js'

export class Clocks {
  readonly #mesh: Mesh
  /** Their wall clock less ours, ms. */
  readonly #aheadMs = new Map<Identity, number>()
  #isWarned = false
  #offMs = 0

  constructor (mesh: Mesh) {
    this.#mesh = mesh
  }

  get sizes (): Sizes {
    return { clocks: this.#aheadMs.size }
  }

  /** Median of the linked peers' clocks less this one, ms; 0 while none is known. */
  get offMs (): number {
    return this.#aheadMs.size === 0 ? 0 : this.#offMs
  }

  /** A hello or a heartbeat of a linked peer carried its wall clock. */
  note (peer: Identity, theirWallMs: number): void {
    this.#aheadMs.set(peer, theirWallMs - wallMs(this.#mesh))
    const offMs = median([...this.#aheadMs.values()])
    this.#offMs = offMs
    const isOff = Math.abs(offMs) > TRUST_LIMITS.clockSkewWarnMs
    if (isOff && !this.#isWarned) {
      const seconds = Math.round(Math.abs(offMs) / 1_000)
      const side = offMs > 0 ? 'behind' : 'ahead of'
      const message = `this machine's clock is ${seconds} s ${side} the median of its linked ` +
        'peers: set it right'
      warn(this.#mesh, 'clock-skew', message)
    }
    this.#isWarned = isOff
  }

  forget (peer: Identity): void {
    this.#aheadMs.delete(peer)
  }

  /** Our own clock was set: what was noted no longer holds. */
  forgetAll (): void {
    this.#aheadMs.clear()
  }
}

/** Of two middle ones the nearer to zero: half of the peers say that this clock is right. */
function median (values: number[]): number {
  values.sort((a, b) => a - b)
  const low = values[Math.floor((values.length - 1) / 2)] ?? 0
  const high = values[Math.floor(values.length / 2)] ?? 0
  return Math.abs(low) < Math.abs(high) ? low : high
}
