/**
 * The private messages that came, opened: kept with a data directory, else for the run. Each is
 * known by its sender, run and position, so that what is read again after a crash is not shown
 * again. Read next: `mail.ts`, which brings them.
 */
import { PRIVATE_LIMITS } from '../../limits.js'
import type { LetterRow, Store } from '../../ports.js'
import { utf8Decode } from '../../wire/bytes.js'
import type { Identity } from '../../wire/identity.js'

/** A private message. */
export interface PrivateMessage {
  /** Who sealed and signed it. */
  readonly from: Identity
  /** What the sender called itself, as it was sent: see `stripControl`. */
  readonly name: string
  /** What the operator here calls the sender now, or null. */
  readonly contact: string | null
  readonly incarnation: number
  /** Position in the sender's log. */
  readonly seq: number
  /** Seconds since 1970, by the sender's clock. */
  readonly timestamp: number
  /** Null when it is not UTF-8. As the sender wrote it: not stripped. */
  readonly text: string | null
  readonly content: Uint8Array
}

/** What is asked of `inbox`. */
export interface LettersMatch {
  /** Those written since then, by their senders' clocks: a Date, or ms since 1970. */
  readonly since?: Date | number
  /** At most so many, the oldest that match. */
  readonly limit?: number
}

export class Letters {
  readonly #store: Store | null
  /** By number, oldest first. */
  readonly #rows = new Map<number, LetterRow>()
  readonly #keys = new Set<string>()
  #bytes = 0
  #lastNumber = 0

  constructor (store: Store | null) {
    this.#store = store
  }

  get size (): number {
    return this.#rows.size
  }

  get bytes (): number {
    return this.#bytes
  }

  restore (rows: readonly LetterRow[]): void {
    for (const row of rows) this.#add(row)
    this.#giveWay()
  }

  has (letter: Omit<LetterRow, 'number'>): boolean {
    return this.#keys.has(keyOf(letter))
  }

  /** Resolves when it is kept. It counts for this run also when that fails. */
  async keep (letter: Omit<LetterRow, 'number'>): Promise<void> {
    const row = { ...letter, number: this.#lastNumber + 1 }
    this.#add(row)
    const gone = this.#giveWay()
    await this.#store?.putLetter(row, gone)
  }

  list (
    { since = -Infinity, limit = Infinity }: LettersMatch,
    contactOf: (from: Identity) => string | null,
  ): PrivateMessage[] {
    const found: PrivateMessage[] = []
    for (const { number: _, ...row } of this.#rows.values()) {
      if (found.length >= limit) break
      if (row.timestamp * 1_000 < Number(since)) continue
      const content = new Uint8Array(row.content)
      found.push({ ...row, contact: contactOf(row.from), text: textOf(content), content })
    }
    return found
  }

  #add (row: LetterRow): void {
    this.#rows.set(row.number, row)
    this.#keys.add(keyOf(row))
    this.#bytes += row.content.length
    this.#lastNumber = Math.max(this.#lastNumber, row.number)
  }

  /** The oldest go; their numbers. */
  #giveWay (): number[] {
    const { lettersMax, lettersBytesMax } = PRIVATE_LIMITS
    const gone: number[] = []
    for (const [number, row] of this.#rows) {
      if (this.#rows.size <= lettersMax && this.#bytes <= lettersBytesMax) break
      this.#rows.delete(number)
      this.#keys.delete(keyOf(row))
      this.#bytes -= row.content.length
      gone.push(number)
    }
    return gone
  }
}

/** The content as text, or null when it is not UTF-8. */
export function textOf (content: Uint8Array): string | null {
  try {
    return utf8Decode(content)
  } catch {
    return null
  }
}

function keyOf ({ from, incarnation, seq }: Omit<LetterRow, 'number'>): string {
  return `${from} ${incarnation} ${seq}`
}
