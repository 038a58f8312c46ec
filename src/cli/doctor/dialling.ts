/**
 * Addresses that are dialled as a member would dial them, up to the handshake: so many at once,
 * each once, all within the time of `doctor`. Read next: `running.ts`, `start.ts`.
 */
import { OPTION_LIMITS } from '../../limits.js'
import type { Identity } from '../../wire/identity.js'

/** Who answers, or why nobody does. */
export type Answer =
  | { readonly kind: 'answered', readonly peer: Identity }
  | { readonly kind: 'failed', readonly why: string }
  | { readonly kind: 'late' }

type Probe = (address: string, options: { readonly signal: AbortSignal }) => Promise<Identity>

export class Dialler {
  readonly #ends: AbortSignal
  readonly #probe: Probe
  readonly #answers = new Map<string, Promise<Answer>>()
  readonly #waiting: (() => void)[] = []
  #dialling = 0

  /** `ends`: nothing is waited for any longer. */
  constructor (ends: AbortSignal, probe: Probe = probeOfDoor) {
    this.#ends = ends
    this.#probe = probe
  }

  /** Never rejects. */
  dial (address: string): Promise<Answer> {
    const known = this.#answers.get(address) ?? this.#dialInTurn(address)
    this.#answers.set(address, known)
    return known
  }

  /** The work's result, or null when the time is over before. Rejects as the work does. */
  async inTime<T> (work: Promise<T>): Promise<T | null> {
    if (this.#ends.aborted) return null
    return new Promise((resolve, reject) => {
      const end = (): void => { resolve(null) }
      this.#ends.addEventListener('abort', end, { once: true })
      work.then(resolve, reject).finally(() => { this.#ends.removeEventListener('abort', end) })
    })
  }

  async #dialInTurn (address: string): Promise<Answer> {
    if (this.#dialling >= OPTION_LIMITS.probesAtOnceMax) {
      await new Promise<void>(resolve => { this.#waiting.push(resolve) })
    } else this.#dialling++
    try {
      return { kind: 'answered', peer: await this.#probe(address, { signal: this.#ends }) }
    } catch (error) {
      if (this.#ends.aborted) return { kind: 'late' }
      return { kind: 'failed', why: error instanceof Error ? error.message : String(error) }
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#dialling--
      else next()
    }
  }
}

const probeOfDoor: Probe = async (address, options) => {
  const { probe } = await import('../../index.js')
  return probe(address, options)
}
