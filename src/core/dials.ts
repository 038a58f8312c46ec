/**
 * Dials under way: one attempt seeks one peer (or whoever answers an operator's address) at several
 * addresses. The next address joins the race every 250 ms or as soon as one fails; five seconds in
 * all (DESIGN 6, after RFC 8305). Whom to dial and when is decided in `seeks.ts` and `operator.ts`.
 */
import { assert } from '../errors.js'
import { LINK_LIMITS } from '../limits.js'
import type { Identity } from '../wire/identity.js'
import type { AskId, LinkId, Target } from './event.js'
import type { LinkEntry } from './links.js'
import type { Mesh } from './mesh.js'
import type { Sizes } from './sizes.js'

/** Who wants it. long: on the budget of peers lost for long. */
export type Purpose = 'operator' | 'fresh' | 'long'

export interface Attempt {
  readonly id: number
  /** Who must answer; null: an operator's address without an identity. */
  readonly peer: Identity | null
  /** The operator's address, or null. */
  readonly target: Target | null
  readonly purpose: Purpose
  /** Addresses not tried yet. */
  readonly addresses: string[]
  /** TLS connection in its greeting, once the race is won, and the address that led to it. */
  link: LinkId | null
  wonAt: string | null
  lastError: string
}

export class Dials {
  readonly #mesh: Mesh
  readonly #attempts = new Map<number, Attempt>()
  readonly #asks = new Map<AskId, { attempt: Attempt, address: string }>()
  #nextAttempt = 1
  #nextAsk = 1

  constructor (mesh: Mesh) {
    this.#mesh = mesh
  }

  get sizes (): Sizes {
    return { attempts: this.#attempts.size, asks: this.#asks.size, dialsUnderWay: this.underWay }
  }

  /** Handshakes this node has under way as the dialling side. */
  get underWay (): number {
    let greeting = 0
    for (const { link } of this.#attempts.values()) if (link !== null) greeting++
    return this.#asks.size + greeting
  }

  get hasRoom (): boolean {
    return this.underWay < LINK_LIMITS.handshakesOutMax
  }

  countOf (purpose: Purpose): number {
    let count = 0
    for (const attempt of this.#attempts.values()) if (attempt.purpose === purpose) count++
    return count
  }

  /** True while an attempt seeks this peer. */
  seeks (peer: Identity): boolean {
    for (const attempt of this.#attempts.values()) if (attempt.peer === peer) return true
    return false
  }

  start (what: Pick<Attempt, 'peer' | 'target' | 'purpose'>, addresses: readonly string[]): void {
    assert(addresses.length > 0, 'an attempt has an address')
    const id = this.#nextAttempt++
    const attempt: Attempt = {
      ...what, id, addresses: [...addresses], link: null, wonAt: null, lastError: '',
    }
    this.#attempts.set(id, attempt)
    this.#mesh.deadlines.set('dial-give-up', id, this.#mesh.nowMs + LINK_LIMITS.handshakeMaxMs)
    this.#dialNext(attempt)
  }

  /** Another address joins the race. */
  onRaceStep (id: number): void {
    const attempt = this.#attempts.get(id)
    if (attempt === undefined || attempt.link !== null) return
    const { handshakesOutMax, handshakesOutReserved } = LINK_LIMITS
    if (this.underWay < handshakesOutMax - handshakesOutReserved) this.#dialNext(attempt)
    else this.#setRaceStep(attempt)
  }

  /** The attempt took too long. */
  onGiveUp (id: number): Attempt | null {
    const attempt = this.#attempts.get(id)
    if (attempt === undefined) return null
    if (attempt.lastError === '') attempt.lastError = 'no answer in time'
    return this.#end(attempt)
  }

  /** One address failed; the next takes its place. Returns the attempt when it was the last. */
  onDialFailed (ask: AskId, message: string): Attempt | null {
    const attempt = this.#takeAsk(ask)?.attempt
    if (attempt === undefined) return null
    attempt.lastError = message
    return this.#goOn(attempt)
  }

  /** What an opened link answers, or null for an abandoned dial. The race goes on until `win`. */
  onOpened (ask: AskId): { attempt: Attempt, address: string } | null {
    return this.#takeAsk(ask)
  }

  /** The opened link is the one that was sought: the others are abandoned. */
  win (attempt: Attempt, entry: LinkEntry): void {
    this.#abandonAsks(attempt)
    attempt.addresses.length = 0
    attempt.link = entry.id
    attempt.wonAt = entry.dialled
    this.#mesh.deadlines.clear('dial-race', attempt.id)
  }

  /** The opened link is somebody else's: on with the race. */
  miss (attempt: Attempt, message: string): Attempt | null {
    attempt.lastError = message
    return this.#goOn(attempt)
  }

  /** The link that an attempt won with ended before it was ready. */
  onGreetingEnded (link: LinkId, message: string): Attempt | null {
    const attempt = this.attemptOf(link)
    if (attempt === undefined) return null
    attempt.lastError = message
    return this.#end(attempt)
  }

  /** A link with this peer is ready, by whatever way: nothing more to dial. */
  onReady (entry: LinkEntry): void {
    for (const attempt of this.#attempts.values()) {
      if (attempt.link === entry.id || attempt.peer === entry.peer) this.#end(attempt)
    }
  }

  /** The attempt that a link in its greeting belongs to. */
  attemptOf (link: LinkId): Attempt | undefined {
    for (const attempt of this.#attempts.values()) if (attempt.link === link) return attempt
    return undefined
  }

  /** Nothing more to dial here. */
  cancel (attempt: Attempt): void {
    this.#end(attempt)
  }

  stopAll (): void {
    for (const attempt of this.#attempts.values()) this.#end(attempt)
  }

  #goOn (attempt: Attempt): Attempt | null {
    if (attempt.addresses.length > 0) {
      this.#dialNext(attempt)
      return null
    }
    for (const { attempt: other } of this.#asks.values()) if (other === attempt) return null
    return attempt.link === null ? this.#end(attempt) : null
  }

  #dialNext (attempt: Attempt): void {
    const address = attempt.addresses.shift()
    if (address === undefined) return
    const ask = this.#nextAsk++ as AskId
    this.#asks.set(ask, { attempt, address })
    this.#mesh.out.push({ kind: 'dial', ask, address })
    if (attempt.addresses.length > 0) this.#setRaceStep(attempt)
  }

  #setRaceStep (attempt: Attempt): void {
    this.#mesh.deadlines.set('dial-race', attempt.id, this.#mesh.nowMs + LINK_LIMITS.raceStepMs)
  }

  #takeAsk (ask: AskId): { attempt: Attempt, address: string } | null {
    const found = this.#asks.get(ask) ?? null
    this.#asks.delete(ask)
    return found
  }

  #abandonAsks (attempt: Attempt): void {
    for (const [ask, { attempt: other }] of this.#asks) {
      if (other !== attempt) continue
      this.#asks.delete(ask)
      this.#mesh.out.push({ kind: 'abandon-dial', ask })
    }
  }

  #end (attempt: Attempt): Attempt {
    this.#abandonAsks(attempt)
    this.#attempts.delete(attempt.id)
    this.#mesh.deadlines.clear('dial-race', attempt.id)
    this.#mesh.deadlines.clear('dial-give-up', attempt.id)
    return attempt
  }
}
