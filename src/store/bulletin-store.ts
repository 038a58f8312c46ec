/**
 * Bulletins on an open database, in memory and on the disk, one code. Batches are rows; a topic has
 * one small row for each batch it occurs in. A row that fails its check is told to the log, set
 * aside and left out; a write that fails is told to who asked for it, and later ones go on.
 * Read next: `batch-row.ts` for the rows, `bulletin-match.ts` for queries, `open-bulletins.ts`.
 */
import { hash } from 'node:crypto'
import { GossipError } from '../errors.js'
import { STORE_LIMITS } from '../limits.js'
import type { BulletinQuery, BulletinStore, CursorRow, HeldBulletin, Log } from '../ports.js'
import { copyBytes, u32At, writeU32 } from '../wire/bytes.js'
import { ITEM_HEAD_BYTES } from '../wire/bulletin.js'
import {
  BATCH_PREFIX, CURSOR_PREFIX, DAMAGED_PREFIX, TOPIC_PREFIX, decodeBatchRow, decodeCursorRow,
  encodeBatchRow, encodeCursorRow, factsOf, logKeyOf, type BatchKey, type BatchRow,
  type BatchSummary, type StoredBatch,
} from './batch-row.js'
import {
  Oldest, bulletinAt, placesIn, visitItems, type Place,
} from './bulletin-match.js'
import { diskError, isCorruption } from './disk-error.js'
import { keysBelow, piecesOf } from './scan.js'
import { Writer, type Level, type Row } from './writer.js'

export interface BulletinStoreOptions {
  /** Batches are on the disk when their put resolves, not only with the operating system. */
  readonly isDurable?: boolean
  /** After a failed write, before the next: makes the database whole again, or rejects. */
  readonly mend?: () => Promise<void>
}

/** A row and where it was found; `topic` when it was found by its topic. */
interface Found {
  readonly logKey: string
  readonly row: BatchRow
  readonly topic: string | null
}

/** The port on an open database, which is closed with it. */
export class LevelBulletinStore implements BulletinStore {
  readonly #level: Level
  readonly #log: Log
  readonly #writer: Writer
  readonly #isDurable: boolean
  /** Drops under way, by batch: what is put again waits for them. */
  readonly #dropping = new Map<string, Promise<void>>()
  #damagedRows: number | null = null
  /** What `check` found, until it was asked for or something changed. */
  #checked: BatchSummary[] | null = null

  constructor (level: Level, log: Log, { isDurable = false, mend }: BulletinStoreOptions = {}) {
    this.#level = level
    this.#log = log
    this.#writer = new Writer(level, mend)
    this.#isDurable = isDurable
  }

  /** Reads everything once, for the first `loadBatches`. Rejects when the database is damaged. */
  async check (): Promise<number> {
    this.#checked = await this.loadBatches()
    return this.#checked.length
  }

  async loadBatches (): Promise<BatchSummary[]> {
    const checked = this.#checked
    this.#checked = null
    if (checked !== null) return checked
    const summaries: BatchSummary[] = []
    for await (const piece of this.#pieces(BATCH_PREFIX)) {
      for (const [key, value] of piece) {
        const row = await this.#rowOf(key.slice(BATCH_PREFIX.length), value)
        if (row !== null) summaries.push(row.summary)
      }
    }
    return summaries
  }

  async putBatch (batch: StoredBatch): Promise<void> {
    const logKey = logKeyOf(batch)
    const facts = factsOf(batch.batch)
    if (facts === null) throw new Error(`not a batch: ${logKey}`)
    this.#checked = null
    const value = encodeBatchRow(logKey, batch, facts.oldest)
    const rows: Row[] = [[BATCH_PREFIX + logKey, value]]
    for (const [topic, count] of facts.topics) {
      rows.push([topicKey(topic, logKey), countRow(count)])
    }
    // For none, so that puts made at once go together.
    if (this.#dropping.size > 0) await this.#dropping.get(logKey)
    await this.#put(rows, this.#isDurable)
  }

  async getBatches (keys: readonly BatchKey[]): Promise<(Uint8Array | null)[]> {
    const batches: (Uint8Array | null)[] = []
    for (let i = 0; i < keys.length; i += STORE_LIMITS.readBatchesMax) {
      const logKeys = keys.slice(i, i + STORE_LIMITS.readBatchesMax).map(logKeyOf)
      for (const row of await this.#rowsOf(logKeys)) {
        batches.push(row === null ? null : copyBytes(row.batch, 0, row.batch.length))
      }
    }
    return batches
  }

  async dropBatches (keys: readonly BatchKey[]): Promise<void> {
    this.#checked = null
    const logKeys = keys.map(logKeyOf)
    const dropped = this.#drop(logKeys)
    const ended = dropped.catch(() => {})
    for (const logKey of logKeys) this.#dropping.set(logKey, ended)
    await ended
    for (const logKey of logKeys) {
      if (this.#dropping.get(logKey) === ended) this.#dropping.delete(logKey)
    }
    await dropped
  }

  async * query (query: BulletinQuery): AsyncGenerator<HeldBulletin> {
    const { limit = Infinity } = query
    let left = limit
    let after: Place | null = null
    while (left > 0) {
      const oldest: Oldest = new Oldest(Math.min(left, STORE_LIMITS.queryPlacesMax), after)
      for await (const { row, logKey, topic } of this.#find(query)) {
        for (const place of placesIn(row, logKey, query, topic)) oldest.add(place)
      }
      const places: readonly Place[] = oldest.list()
      yield * this.#bulletinsAt(places)
      left -= places.length
      after = places.at(-1) ?? null
      if (!oldest.isFull) return
    }
  }

  async * ofTopic (topic: string): AsyncGenerator<HeldBulletin> {
    for await (const { row, logKey } of this.#find({ topic: { equals: topic } })) {
      for (const { index, at } of placesIn(row, logKey, {}, topic)) yield bulletinAt(row, index, at)
    }
  }

  async topicCounts (): Promise<Map<string, number>> {
    const counts = new Map<string, number>()
    for await (const piece of this.#pieces(TOPIC_PREFIX)) {
      for (const [key, value] of piece) {
        const topic = key.slice(TOPIC_PREFIX.length, key.indexOf('!', TOPIC_PREFIX.length))
        counts.set(topic, (counts.get(topic) ?? 0) + countOf(value))
      }
    }
    return counts
  }

  async byContentId (contentId: string): Promise<HeldBulletin | null> {
    for await (const { row } of this.#find({})) {
      let found: HeldBulletin | null = null
      visitItems(row, (bytes, at, length, index) => {
        if (found !== null) return
        const begin = at + ITEM_HEAD_BYTES
        const id = hash('sha256', bytes.subarray(begin, begin + length), 'hex')
        if (id === contentId) found = bulletinAt(row, index, at)
      })
      if (found !== null) return found
    }
    return null
  }

  async getCursor (name: string): Promise<CursorRow[]> {
    const key = cursorKey(name)
    const value = await this.#read(() => this.#level.get(key))
    if (value === undefined) return []
    const rows = decodeCursorRow(key, value)
    if (rows === null) await this.#setAside(key, value)
    return rows ?? []
  }

  /** No rows at all remove it. Rejects with GossipError `option-invalid` beyond the limits. */
  async putCursor (name: string, rows: readonly CursorRow[]): Promise<void> {
    const key = cursorKey(name)
    const value = rows.length === 0 ? null : encodeCursorRow(key, rows)
    if (value !== null) await this.#checkCursor(key, value)
    await this.#put([[key, value]], true)
  }

  async close (): Promise<void> {
    await this.#writer.idle()
    await this.#level.close()
  }

  async #checkCursor (key: string, value: Uint8Array): Promise<void> {
    const { cursorBytesMax, cursorsMax } = STORE_LIMITS
    if (value.length > cursorBytesMax) {
      throw new GossipError('option-invalid', `a cursor has at most ${cursorBytesMax} bytes`)
    }
    if (await this.#read(() => this.#level.get(key)) !== undefined) return
    if (await this.#count(CURSOR_PREFIX) < cursorsMax) return
    const what = `there are ${cursorsMax} named subscriptions already: use one of their names`
    throw new GossipError('option-invalid', what)
  }

  /** By topic where the query begins with one, else by author, else all; in order of each log. */
  async * #find ({ topic, author }: BulletinQuery): AsyncGenerator<Found> {
    const wanted = topic === undefined || 'suffix' in topic ? null : topic
    if (wanted !== null) {
      const isWhole = 'equals' in wanted
      const start = TOPIC_PREFIX + (isWhole ? `${wanted.equals}!` : wanted.prefix)
      const own = isWhole && author !== undefined ? `${start}${author}!` : start
      yield * this.#findByTopic(own, author)
      return
    }
    const own = author === undefined ? '' : `${author}!`
    for await (const piece of this.#pieces(BATCH_PREFIX + own)) {
      for (const [key, value] of piece) {
        const logKey = key.slice(BATCH_PREFIX.length)
        const row = await this.#rowOf(logKey, value)
        if (row !== null) yield { logKey, row, topic: null }
      }
    }
  }

  async * #findByTopic (start: string, author: string | undefined): AsyncGenerator<Found> {
    for await (const piece of this.#pieces(start)) {
      const found = piece
        .map(([key]) => {
          const [, topic = '', ...rest] = key.split('!')
          return { topic, logKey: rest.join('!') }
        })
        .filter(({ logKey }) => author === undefined || logKey.startsWith(author))
      for (let i = 0; i < found.length; i += STORE_LIMITS.readBatchesMax) {
        const part = found.slice(i, i + STORE_LIMITS.readBatchesMax)
        const rows = await this.#rowsOf(part.map(({ logKey }) => logKey))
        for (const [j, { topic, logKey }] of part.entries()) {
          const row = rows[j] ?? null
          if (row !== null) yield { logKey, row, topic }
        }
      }
    }
  }

  /** Reads batches again, a few at a time; what was dropped meanwhile is left out. */
  async * #bulletinsAt (places: readonly Place[]): AsyncGenerator<HeldBulletin> {
    let rows = new Map<string, BatchRow | null>()
    for (let next = 0; next < places.length;) {
      const logKeys = new Set<string>()
      let end = next
      for (; end < places.length && logKeys.size < STORE_LIMITS.readBatchesMax; end++) {
        logKeys.add(places[end]?.logKey ?? '')
      }
      // Those at hand are often wanted again: bulletins of many authors take turns.
      const missing = [...logKeys].filter(logKey => !rows.has(logKey))
      const read = await this.#rowsOf(missing)
      const fresh = new Map(missing.map((logKey, i) => [logKey, read[i] ?? null]))
      rows = new Map([...logKeys].map(key => [key, fresh.get(key) ?? rows.get(key) ?? null]))
      for (const { logKey, index, at } of places.slice(next, end)) {
        const row = rows.get(logKey) ?? null
        if (row !== null) yield bulletinAt(row, index, at)
      }
      next = end
    }
  }

  async #drop (logKeys: readonly string[]): Promise<void> {
    await this.#writer.idle()
    for (let i = 0; i < logKeys.length; i += STORE_LIMITS.readBatchesMax) {
      const part = logKeys.slice(i, i + STORE_LIMITS.readBatchesMax)
      const found = await this.#rowsOf(part)
      const rows = part.flatMap((logKey, j): Row[] => {
        const row = found[j] ?? null
        const topics = row === null ? [] : factsOf(row.batch)?.topics ?? []
        return [
          [BATCH_PREFIX + logKey, null],
          ...[...topics].map(([topic]): Row => [topicKey(topic, logKey), null]),
        ]
      })
      await this.#put(rows, false)
    }
  }

  /** In the order asked for; null for what is not there, or damaged. */
  async #rowsOf (logKeys: readonly string[]): Promise<(BatchRow | null)[]> {
    const keys = logKeys.map(logKey => BATCH_PREFIX + logKey)
    const values = await this.#read(() => this.#level.getMany(keys))
      .catch((error: unknown) => {
        if (!isCorruption(error)) throw error
        return Promise.all(keys.map(key => this.#getUnlessDamaged(key)))
      })
    return Promise.all(values.map((value, i) =>
      value === undefined ? null : this.#rowOf(logKeys[i] ?? '', value)))
  }

  async #getUnlessDamaged (key: string): Promise<Uint8Array | undefined> {
    try {
      return await this.#level.get(key)
    } catch (error) {
      if (!isCorruption(error)) throw error
      this.#warn(`the row ${key} cannot be read: left out`)
      return undefined
    }
  }

  async #rowOf (logKey: string, value: Uint8Array): Promise<BatchRow | null> {
    const row = decodeBatchRow(logKey, value)
    if (row === null) await this.#setAside(BATCH_PREFIX + logKey, value)
    return row
  }

  /** Never fails: what cannot be moved now is met again. */
  async #setAside (key: string, value: Uint8Array): Promise<void> {
    const name = JSON.stringify(key.slice(0, 120))
    try {
      this.#damagedRows ??= await this.#count(DAMAGED_PREFIX)
      const isFull = this.#damagedRows >= STORE_LIMITS.damagedRowsMax
      this.#warn(`the row ${name} is damaged: ` + (isFull
        ? `removed, for ${this.#damagedRows} damaged rows are set aside already`
        : 'set aside and left out'))
      const rows: Row[] = [[key, null]]
      if (!isFull) {
        this.#damagedRows++
        rows.push([DAMAGED_PREFIX + key, value])
      }
      if (key.startsWith(BATCH_PREFIX)) {
        const logKey = key.slice(BATCH_PREFIX.length)
        for await (const piece of this.#pieces(TOPIC_PREFIX)) {
          for (const [topic] of piece) if (topic.endsWith(`!${logKey}`)) rows.push([topic, null])
        }
      }
      await this.#put(rows, false)
    } catch (error) {
      this.#warn(`the damaged row ${name} is left out; it cannot be set aside: ${String(error)}`)
    }
  }

  async #count (prefix: string): Promise<number> {
    let count = 0
    for await (const piece of this.#pieces(prefix)) count += piece.length
    return count
  }

  #pieces (prefix: string): AsyncGenerator<[string, Uint8Array][]> {
    return piecesOf(work => this.#read(() => work(this.#level)), keysBelow(prefix))
  }

  async #put (rows: readonly Row[], isDurable: boolean): Promise<void> {
    try {
      await this.#writer.put(rows, isDurable)
    } catch (error) {
      throw diskError('bulletins cannot be kept', error)
    }
  }

  /** Once more when the database was just opened anew. */
  async #read<T> (work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (this.#writer.mending === null) throw error
      await this.#writer.mending
      return work()
    }
  }

  #warn (message: string): void {
    this.#log({ level: 'warn', area: 'store', message: `bulletins: ${message}` })
  }
}

/** How many bulletins of a topic a batch has. */
function countRow (count: number): Uint8Array {
  const row = new Uint8Array(4)
  writeU32(row, 0, count)
  return row
}

/** What is no such row counts for one: it is there. */
function countOf (row: Uint8Array): number {
  return row.length === 4 ? u32At(row, 0) : 1
}

function topicKey (topic: string, logKey: string): string {
  return `${TOPIC_PREFIX}${topic}!${logKey}`
}

function cursorKey (name: string): string {
  const bytes = Buffer.from(name)
  const { cursorNameBytesMax } = STORE_LIMITS
  if (bytes.length === 0 || bytes.length > cursorNameBytesMax) {
    const what = `the name of a subscription has 1 to ${cursorNameBytesMax} bytes`
    throw new GossipError('option-invalid', what)
  }
  return CURSOR_PREFIX + bytes.toString('hex')
}
