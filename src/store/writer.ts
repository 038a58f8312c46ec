/**
 * Writes to a database of this room: one at a time. What is put while one is under way is collected
 * and goes as one batch, in order, so that a later row never loses to an earlier one. Used by
 * `level-store.ts` and `bulletin-store.ts`.
 */
import { STORE_LIMITS } from '../limits.js'

/** What is used of a database of abstract-level, opened with LEVEL_ENCODING. */
export interface Level {
  open (): Promise<void>
  close (): Promise<void>
  get (key: string): Promise<Uint8Array | undefined>
  getMany (keys: string[]): Promise<(Uint8Array | undefined)[]>
  batch (operations: Operation[], options: object): Promise<void>
  iterator (range: Range & { highWaterMarkBytes?: number }): RowIterator
}

/** Keys from, and up to. */
export interface Range {
  readonly gt?: string
  readonly gte?: string
  readonly lt: string
}

/** Rows in the order of their keys; an empty piece is the end. */
export interface RowIterator extends AsyncIterable<[string, Uint8Array]> {
  nextv (count: number): Promise<[string, Uint8Array][]>
  close (): Promise<void>
}

type Operation = { type: 'put', key: string, value: Uint8Array } | { type: 'del', key: string }

/** How a database is to be opened. */
export const LEVEL_ENCODING = { keyEncoding: 'utf8', valueEncoding: 'view' } as const

/** A key and its new value; null removes it. */
export type Row = readonly [key: string, value: Uint8Array | null]

/** What waits for the write under way. */
interface Waiting {
  /** By key: only the newest value of each is of interest. */
  readonly values: Map<string, Uint8Array | null>
  bytes: number
  isDurable: boolean
  readonly written: Promise<void>
}

/** What waits is bounded by who puts: each put is answered. */
export class Writer {
  readonly #level: Level
  readonly #mend: (() => Promise<void>) | null
  #waiting: Waiting | null = null
  #underWay: Promise<void> = Promise.resolve()
  #failure: unknown = null
  #mendAfterMs = 0
  #mending: Promise<void> | null = null

  /** `mend` is called after a failed write and before the next one, which it may refuse. */
  constructor (level: Level, mend: (() => Promise<void>) | null = null) {
    this.#level = level
    this.#mend = mend
  }

  /** Resolves when all rows are written, all or none; when durable, when the disk has them. */
  put (rows: readonly Row[], isDurable: boolean): Promise<void> {
    const waiting = this.#waiting ?? this.#begin()
    for (const [key, value] of rows) {
      waiting.values.set(key, value)
      waiting.bytes += key.length + (value?.length ?? 0)
    }
    waiting.isDurable ||= isDurable
    if (waiting.bytes >= STORE_LIMITS.writeBytesMax) this.#waiting = null
    return waiting.written
  }

  /** Resolves when what was put until now is written, or could not be. */
  async idle (): Promise<void> {
    await this.#underWay
  }

  /** While the database is closed and opened again; resolves when that was tried, else null. */
  get mending (): Promise<void> | null {
    return this.#mending
  }

  #begin (): Waiting {
    const values = new Map<string, Uint8Array | null>()
    const written = this.#underWay.then(() => {
      if (this.#waiting === waiting) this.#waiting = null
      return this.#write(values, waiting.isDurable)
    })
    const waiting: Waiting = { values, bytes: 0, isDurable: false, written }
    this.#waiting = waiting
    this.#underWay = written.catch(() => {})
    return waiting
  }

  async #write (values: ReadonlyMap<string, Uint8Array | null>, isDurable: boolean): Promise<void> {
    if (this.#failure !== null) await this.#tryToMend()
    const operations = [...values].map(([key, value]) => value === null
      ? { type: 'del' as const, key }
      : { type: 'put' as const, key, value })
    // `sync` is classic-level's: the batch is on the disk when this resolves.
    const options = { ...LEVEL_ENCODING, sync: isDurable }
    try {
      await this.#level.batch(operations, options)
    } catch (error) {
      this.#failure = error
      throw error
    }
  }

  async #tryToMend (): Promise<void> {
    if (this.#mend !== null) {
      const nowMs = performance.now()
      if (nowMs < this.#mendAfterMs) throw this.#failure
      this.#mendAfterMs = nowMs + STORE_LIMITS.mendEveryMs
      const mended = this.#mend()
      this.#mending = mended.catch(() => {}).finally(() => { this.#mending = null })
      await mended
    }
    this.#failure = null
  }
}
