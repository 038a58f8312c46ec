/**
 * DNS names of addresses to dial. One question at a time: `dns.lookup` takes one of the four
 * threads that checks and the store share. Answers are kept, failures are not.
 * Read next: `dial.ts`.
 */
import { lookup as systemLookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { DIAL_LIMITS } from '../limits.js'
import { DialError } from '../ports.js'

export interface HostAddress {
  readonly address: string
  readonly family: 4 | 6
}

/** Asks for all addresses of a name; rejects when there is none. */
export type Lookup = (host: string) => Promise<readonly HostAddress[]>

export class NameCache {
  readonly #lookup: Lookup
  readonly #nowMs: () => number
  readonly #answers = new Map<string, { addresses: readonly HostAddress[], askedMs: number }>()
  /** Ends when the last question in line is answered. */
  #line: Promise<unknown> = Promise.resolve()

  constructor (lookup: Lookup = lookupAll, nowMs: () => number = () => performance.now()) {
    this.#lookup = lookup
    this.#nowMs = nowMs
  }

  /**
   * All addresses of a host, at least one; a literal is its own. An answer may be `keptMs` old.
   * Rejects with DialError `name`, or `aborted` when the signal did so before its turn came.
   */
  resolve (host: string, keptMs: number, signal: AbortSignal): Promise<readonly HostAddress[]> {
    const family = isIP(host)
    if (family === 4 || family === 6) return Promise.resolve([{ address: host, family }])
    const known = this.#known(host, keptMs)
    if (known !== null) return Promise.resolve(known)
    const turn = this.#line.then(() => this.#answer(host, keptMs, signal))
    this.#line = turn.catch(() => {})
    return turn
  }

  async #answer (
    host: string, keptMs: number, signal: AbortSignal,
  ): Promise<readonly HostAddress[]> {
    // Whoever stood behind somebody with the same question finds the answer here.
    const known = this.#known(host, keptMs)
    if (known !== null) return known
    if (signal.aborted) throw new DialError('aborted', `the name ${host} is no longer asked for`)
    const addresses = await this.#ask(host)
    this.#answers.delete(host)
    this.#answers.set(host, { addresses, askedMs: this.#nowMs() })
    const oldest = this.#answers.keys().next()
    if (this.#answers.size > DIAL_LIMITS.dnsAnswersMax && oldest.done !== true) {
      this.#answers.delete(oldest.value)
    }
    return addresses
  }

  #known (host: string, keptMs: number): readonly HostAddress[] | null {
    const known = this.#answers.get(host)
    return known !== undefined && this.#nowMs() - known.askedMs < keptMs ? known.addresses : null
  }

  async #ask (host: string): Promise<readonly HostAddress[]> {
    try {
      const addresses = await this.#lookup(host)
      if (addresses.length > 0) return addresses
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'no reason'
      throw new DialError('name', `the name ${host} has no address (${code})`)
    }
    throw new DialError('name', `the name ${host} has no address`)
  }
}

async function lookupAll (host: string): Promise<readonly HostAddress[]> {
  const addresses = await systemLookup(host, { all: true })
  return addresses.flatMap(({ address, family }) =>
    family === 4 || family === 6 ? [{ address, family }] : [])
}
