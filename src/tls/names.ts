/**
 * DNS names of addresses to dial. Two questions at a time: `dns.lookup` takes a thread for as long
 * as it lasts, seconds where no name server answers, cannot be taken back, and libuv lends it two
 * of four. A name that failed slowly waits behind all others and never takes both, so that dead
 * names hold up nobody for long. Answers are kept, failures are not. Read next: `dial.ts`.
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

interface Answer {
  readonly addresses: readonly HostAddress[]
  readonly askedMs: number
}

interface Question {
  readonly host: string
  readonly keptMs: number
  readonly signal: AbortSignal
  readonly resolve: (addresses: readonly HostAddress[]) => void
  readonly reject: (error: DialError) => void
}

export class NameCache {
  readonly #lookup: Lookup
  readonly #nowMs: () => number
  readonly #answers = new Map<string, Answer>()
  /** Names whose last question failed slowly. */
  readonly #slow = new Map<string, true>()
  /** Names asked for now. */
  readonly #asked = new Set<string>()
  #line: Question[] = []

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
    return new Promise((resolve, reject) => {
      this.#line.push({ host, keptMs, signal, resolve, reject })
      this.#next()
    })
  }

  /** Answers what is known by now, drops what nobody wants, asks what may be asked. */
  #next (): void {
    this.#line = this.#line.filter(question => !this.#isSettled(question))
    while (this.#asked.size < DIAL_LIMITS.dnsAskedMax) {
      const question = this.#take()
      if (question === null) return
      void this.#answer(question)
    }
  }

  #isSettled ({ host, keptMs, signal, resolve, reject }: Question): boolean {
    const known = this.#known(host, keptMs)
    if (known !== null) resolve(known)
    else if (signal.aborted) {
      reject(new DialError('aborted', `the name ${host} is no longer asked for`))
    } else return false
    return true
  }

  /** Takes the first in line whose turn it is; a slow name's when no other such is asked for. */
  #take (): Question | null {
    const waiting = this.#line.filter(({ host }) => !this.#asked.has(host))
    const isSlow = (host: string): boolean => this.#slow.has(host)
    const next = waiting.find(({ host }) => !isSlow(host)) ??
      ([...this.#asked].some(isSlow) ? undefined : waiting[0])
    if (next === undefined) return null
    this.#line = this.#line.filter(question => question !== next)
    return next
  }

  async #answer ({ host, resolve, reject }: Question): Promise<void> {
    this.#asked.add(host)
    const sinceMs = this.#nowMs()
    try {
      const addresses = await this.#ask(host)
      this.#slow.delete(host)
      keep(this.#answers, host, { addresses, askedMs: this.#nowMs() })
      resolve(addresses)
    } catch (error) {
      if (this.#nowMs() - sinceMs > DIAL_LIMITS.dnsSlowAfterMs) keep(this.#slow, host, true)
      else this.#slow.delete(host)
      reject(error as DialError)
    }
    this.#asked.delete(host)
    this.#next()
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

/** Sets it as the newest; the oldest goes when there are too many. */
function keep<V> (map: Map<string, V>, host: string, value: V): void {
  map.delete(host)
  map.set(host, value)
  const oldest = map.keys().next()
  if (map.size > DIAL_LIMITS.dnsAnswersMax && oldest.done !== true) map.delete(oldest.value)
}
