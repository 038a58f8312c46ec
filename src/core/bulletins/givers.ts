/**
 * Who handed batches over: each such peer has a number, which an index of batches can keep in four
 * bytes. Read next: `held.ts`, where the numbers are kept.
 */
import { BULLETIN_LIMITS } from '../../limits.js'
import type { Identity } from '../../wire/identity.js'

/** Of what was published here, came from a file or an earlier run, or from too many peers. */
export const NO_GIVER = 0

export class Givers {
  /** The first stands for nobody. */
  readonly #peers: (Identity | null)[] = [null]
  readonly #numbers = new Map<Identity, number>()

  get size (): number {
    return this.#numbers.size
  }

  numberOf (peer: Identity): number {
    const known = this.#numbers.get(peer)
    if (known !== undefined) return known
    if (this.#numbers.size >= BULLETIN_LIMITS.giversMax) return NO_GIVER
    const number = this.#peers.push(peer) - 1
    this.#numbers.set(peer, number)
    return number
  }

  /** Null for nobody. */
  peerOf (number: number): Identity | null {
    return this.#peers[number] ?? null
  }
}
