/**
 * The one table of times: what is due next, keyed so that setting again replaces and clearing is
 * cheap. The hallway arms its single timer from `nextMs()`. Source: quinn-proto's timer table.
 */
import TinyQueue from 'tinyqueue'
import type { Sizes } from './sizes.js'

/** What a deadline is about. `of` in the table is a link, a peer, an address or ''. */
export type DeadlineKind =
  | 'batch-close' | 'expire' | 'gap' | 'log-exchange' | 'pace' | 'receipt' | 'request'
  | 'tell-topics' | 'want'
  | 'heads-ask' | 'heads-tell' | 'look-around' | 'table-exchange' | 'table-merge' | 'table-pass'
  | 'table-renew' | 'table-tell'
  | 'compare' | 'connect' | 'contest' | 'dial-give-up' | 'dial-pump' | 'dial-race' | 'exchange'
  | 'greeting' | 'heartbeat' | 'house-keeping' | 'obsolete' | 'pass-on' | 'ping' | 'rejoin'
  | 'renew' | 'silence' | 'surplus'

export interface Deadline {
  readonly kind: DeadlineKind
  readonly of: string
  readonly atMs: number
}

export class Deadlines {
  readonly #byKey = new Map<string, Deadline>()
  readonly #queue = new TinyQueue<Deadline>([], (a, b) => a.atMs - b.atMs)

  get sizes (): Sizes {
    return { deadlines: this.#byKey.size, deadlineEntries: this.#queue.length }
  }

  /** Sets or moves a deadline. */
  set (kind: DeadlineKind, of: string | number, atMs: number): void {
    const deadline = { kind, of: String(of), atMs }
    this.#byKey.set(`${kind} ${of}`, deadline)
    this.#queue.push(deadline)
    // Moved deadlines leave their old entries behind; sweep before they outnumber the live ones.
    if (this.#queue.length > 64 + 4 * this.#byKey.size) this.#sweep()
  }

  clear (kind: DeadlineKind, of: string | number): void {
    this.#byKey.delete(`${kind} ${of}`)
  }

  has (kind: DeadlineKind, of: string | number): boolean {
    return this.#byKey.has(`${kind} ${of}`)
  }

  /** Time of the earliest deadline, or Infinity. */
  nextMs (): number {
    return this.#peek()?.atMs ?? Infinity
  }

  /** Takes the earliest deadline that is due, or null. */
  takeDue (nowMs: number): Deadline | null {
    const first = this.#peek()
    if (first === undefined || first.atMs > nowMs) return null
    this.#queue.pop()
    this.#byKey.delete(`${first.kind} ${first.of}`)
    return first
  }

  #peek (): Deadline | undefined {
    for (;;) {
      const first = this.#queue.peek()
      if (first === undefined) return undefined
      if (this.#byKey.get(`${first.kind} ${first.of}`) === first) return first
      this.#queue.pop()
    }
  }

  #sweep (): void {
    const live = [...this.#byKey.values()]
    while (this.#queue.length > 0) this.#queue.pop()
    for (const deadline of live) this.#queue.push(deadline)
  }
}
