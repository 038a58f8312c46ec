/**
 * A database in memory with little beside the rows: pages of `packed-page.ts` in the order of their
 * keys. For rows that mostly come in order and leave the oldest first, as bulletins do.
 *
 * Unlike others of its kind it goes through rows upwards only, and a scan sees what is put while it
 * goes on.
 */
import { AbstractIterator, AbstractLevel } from 'abstract-level'
import { assert } from '../errors.js'
import { STORE_LIMITS } from '../limits.js'
import { PackedPage } from './packed-page.js'
import { LEVEL_ENCODING } from './writer.js'

type Entry = [key: string, value: Uint8Array]
type Operation = { readonly type: 'put', readonly key: string, readonly value: Uint8Array } |
  { readonly type: 'del', readonly key: string }
interface Bounds {
  readonly gt?: string
  readonly gte?: string
  readonly lt?: string
  readonly lte?: string
  readonly reverse?: boolean
}

/** Keys are ASCII texts, values bytes. */
export class PackedLevel extends AbstractLevel<string | Uint8Array, string, Uint8Array> {
  readonly #pages: PackedPage[] = []

  constructor () {
    const encodings = { utf8: true, view: true }
    super({ encodings, permanence: false, seek: false }, LEVEL_ENCODING)
  }

  /** Bytes of all values. */
  get liveBytes (): number {
    return this.#pages.reduce((sum, page) => sum + page.liveBytes, 0)
  }

  /** Rows from `from` on that `isIn`: at most `count`, and no more once a scan's bytes are read. */
  rowsFrom (from: string, count: number, isIn: (key: string) => boolean): Entry[] {
    const entries: Entry[] = []
    let bytes = 0
    let pageIndex = this.#pageOf(from)
    let index = this.#pages[pageIndex]?.find(from) ?? 0
    for (;;) {
      const page = this.#pages[pageIndex]
      if (page === undefined) return entries
      if (index >= page.count) {
        pageIndex++
        index = 0
        continue
      }
      const key = page.keyAt(index)
      if (!isIn(key) || entries.length >= count || bytes >= STORE_LIMITS.scanBytesMax) {
        return entries
      }
      const value = page.valueAt(index++)
      entries.push([key, value])
      bytes += key.length + value.length
    }
  }

  // What follows is called by abstract-level only.

  _getSync (key: string): Uint8Array | undefined {
    const page = this.#pages[this.#pageOf(key)]
    const index = page?.find(key) ?? 0
    return page?.has(index, key) === true ? page.valueAt(index) : undefined
  }

  _get (key: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this._getSync(key))
  }

  _getMany (keys: readonly string[]): Promise<(Uint8Array | undefined)[]> {
    return Promise.resolve(keys.map(key => this._getSync(key)))
  }

  _put (key: string, value: Uint8Array): Promise<void> {
    this.#put(key, value)
    return Promise.resolve()
  }

  _del (key: string): Promise<void> {
    this.#remove(key)
    return Promise.resolve()
  }

  _batch (operations: readonly Operation[]): Promise<void> {
    for (const operation of operations) {
      if (operation.type === 'put') this.#put(operation.key, operation.value)
      else this.#remove(operation.key)
    }
    return Promise.resolve()
  }

  _iterator (bounds: Bounds): PackedIterator {
    return new PackedIterator(this, bounds)
  }

  /** Index of the last page that begins at `key` or below, 0 when none does. */
  #pageOf (key: string): number {
    let low = 0
    let high = this.#pages.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#pages[middle]?.firstKey ?? '') <= key) low = middle + 1
      else high = middle
    }
    return Math.max(0, low - 1)
  }

  #put (key: string, value: Uint8Array): void {
    const pageIndex = this.#pageOf(key)
    const page = this.#pages[pageIndex]
    if (page === undefined) {
      const first = new PackedPage()
      first.put(key, value)
      this.#pages.push(first)
      return
    }
    const isFull = page.liveBytes + value.length > STORE_LIMITS.pageBytesMax ||
      page.count >= STORE_LIMITS.pageRowsMax
    // Rows in order fill one page after the other, to the brim.
    if (isFull && page.find(key) === page.count) {
      const next = page.following()
      next.put(key, value)
      this.#pages.splice(pageIndex + 1, 0, next)
      return
    }
    this.#split(pageIndex, page.put(key, value))
  }

  /** A log grows in the midst of others: so it is split where the last row went. */
  #split (pageIndex: number, index: number): void {
    const page = this.#pages[pageIndex]
    if (page === undefined || !page.isOverfull) return
    const at = Math.max(1, Math.max(index, page.count >>> 1))
    this.#pages.splice(pageIndex + 1, 0, page.splitAt(at))
    // Large values may leave either half overfull.
    this.#split(pageIndex + 1, 0)
    this.#split(pageIndex, 0)
  }

  #remove (key: string): void {
    const pageIndex = this.#pageOf(key)
    const page = this.#pages[pageIndex]
    const index = page?.find(key) ?? 0
    if (page === undefined || !page.has(index, key)) return
    page.removeAt(index)
    if (page.count === 0) {
      this.#pages.splice(pageIndex, 1)
      return
    }
    const next = this.#pages[pageIndex + 1]
    const isSmall = next !== undefined &&
      page.count + next.count < STORE_LIMITS.pageRowsMax / 2 &&
      page.liveBytes + next.liveBytes < STORE_LIMITS.pageBytesMax / 2
    if (!isSmall) return
    page.append(next)
    this.#pages.splice(pageIndex + 1, 1)
  }
}

class PackedIterator extends AbstractIterator<PackedLevel, string, Uint8Array> {
  readonly #level: PackedLevel
  readonly #isIn: (key: string) => boolean
  #from: string

  constructor (level: PackedLevel, bounds: Bounds) {
    super(level, bounds)
    assert(bounds.reverse !== true, 'rows are gone through upwards')
    const { gt, gte, lt, lte } = bounds
    this.#level = level
    this.#from = gt !== undefined ? after(gt) : gte ?? ''
    this.#isIn = key => (lt === undefined || key < lt) && (lte === undefined || key <= lte)
  }

  _next (): Promise<Entry | undefined> {
    return Promise.resolve(this.#take(1)[0])
  }

  _nextv (count: number): Promise<Entry[]> {
    return Promise.resolve(this.#take(count))
  }

  #take (count: number): Entry[] {
    const entries = this.#level.rowsFrom(this.#from, count, this.#isIn)
    const last = entries.at(-1)
    if (last !== undefined) this.#from = after(last[0])
    return entries
  }
}

/** The first key above. */
function after (key: string): string {
  return `${key}\0`
}
