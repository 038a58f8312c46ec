/**
 * Neighbouring rows in memory, packed: the beginning that all keys share is kept once, what follows
 * it lies in one piece of memory and all values in another. A row costs some twenty bytes beside
 * its value, where a tree of rows costs a thousand. Read next: `packed-level.ts`, which keeps pages
 * in order.
 */
import { STORE_LIMITS } from '../limits.js'

/** Memory for values doubles from this on, and is packed anew when so much of it is dead. */
const STEP_BYTES = 8 * 1024
/** Rows that a page has room for at first. */
const FIRST_PAGE_ROWS = 8

/** Keys are ASCII without zeros. Values handed out are views that stay as they are. */
export class PackedPage {
  #prefix = ''
  #count = 0
  /** What follows the prefix, of each row in so many bytes, filled up with zeros. */
  #suffixBytes = 0
  #suffixes = new Uint8Array(0)
  /** Where the value of each row begins, and where it ends. */
  #places = new Uint32Array(2 * FIRST_PAGE_ROWS)
  #bytes: Uint8Array = new Uint8Array()
  #end = 0
  #liveBytes = 0
  /** Key of the first row, which pages are found by; null when it is to be made anew. */
  #firstKey: string | null = null

  get count (): number {
    return this.#count
  }

  get liveBytes (): number {
    return this.#liveBytes
  }

  get isOverfull (): boolean {
    return this.count > 1 &&
      (this.#liveBytes > STORE_LIMITS.pageBytesMax || this.count > STORE_LIMITS.pageRowsMax)
  }

  get firstKey (): string {
    this.#firstKey ??= flat(this.keyAt(0))
    return this.#firstKey
  }

  keyAt (index: number): string {
    if (index >= this.#count) return this.#prefix
    const start = index * this.#suffixBytes
    const end = start + this.#suffixLengthAt(index)
    return this.#prefix + String.fromCharCode(...this.#suffixes.subarray(start, end))
  }

  valueAt (index: number): Uint8Array {
    return this.#bytes.subarray(this.#places[2 * index] ?? 0, this.#places[2 * index + 1] ?? 0)
  }

  has (index: number, key: string): boolean {
    return index < this.count && key.startsWith(this.#prefix) && this.#compare(index, key) === 0
  }

  /** Index of the first row whose key is not below `key`; the count when there is none. */
  find (key: string): number {
    const prefix = this.#prefix
    if (!key.startsWith(prefix)) return key < prefix ? 0 : this.count
    let low = 0
    let high = this.#count
    // Rows come mostly in order.
    if (high > 0 && this.#compare(high - 1, key) < 0) return high
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#compare(middle, key) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Keeps a copy of the value, a large one as it is. Returns the index of the row. */
  put (key: string, value: Uint8Array): number {
    this.#share(key)
    const index = this.find(key)
    const isThere = this.has(index, key)
    if (isThere) this.#liveBytes -= this.valueAt(index).length
    const start = this.#append(value)
    if (!isThere) this.#insert(index, key)
    this.#places[2 * index] = start
    this.#places[2 * index + 1] = start + value.length
    if (isThere) this.#pack()
    return index
  }

  removeAt (index: number): void {
    this.#liveBytes -= this.valueAt(index).length
    this.#move(index + 1, index)
    this.#count--
    if (index === 0) this.#firstKey = null
    this.#pack()
  }

  /**
   * An empty page with room as this full one has it: rows in order will fill it too, and memory
   * that doubles on the way leaves as much behind as it holds in the end.
   */
  following (): PackedPage {
    const page = new PackedPage()
    // Rows as large as a page bring their own memory.
    if (this.#count <= 2) return page
    const isFullOfBytes = 2 * this.#liveBytes > STORE_LIMITS.pageBytesMax
    page.#bytes = new Uint8Array(isFullOfBytes ? STORE_LIMITS.pageBytesMax : this.#liveBytes)
    page.#places = new Uint32Array(this.#places.length)
    return page
  }

  /** Moves the rows from `index` on to a page of their own. */
  splitAt (index: number): PackedPage {
    const right = this.copyFrom(index, this.count)
    // What is left grows no more, mostly: in memory without room.
    this.#become(this.copyFrom(0, index))
    return right
  }

  /** Takes in all rows of the page that follows this one. */
  append (next: PackedPage): void {
    for (let i = 0; i < next.count; i++) this.put(next.keyAt(i), next.valueAt(i))
  }

  /** Without making a text of any key between: a page is copied for every few hundred rows. */
  copyFrom (first: number, end: number): PackedPage {
    const page = new PackedPage()
    if (end <= first) return page
    const [prefix, size, places] = [this.#prefix, this.#suffixBytes, this.#places]
    page.#prefix = flat(shared(this.keyAt(first), this.keyAt(end - 1)))
    const more = page.#prefix.length - prefix.length
    let bytes = 0
    let suffixBytes = 0
    for (let i = first; i < end; i++) {
      bytes += (places[2 * i + 1] ?? 0) - (places[2 * i] ?? 0)
      suffixBytes = Math.max(suffixBytes, this.#suffixLengthAt(i) - more)
    }
    page.#bytes = new Uint8Array(bytes)
    page.#widen(suffixBytes, end - first)
    for (let i = first; i < end; i++) {
      const [start, at] = [i * size + more, i - first]
      page.#suffixes.set(this.#suffixes.subarray(start, start + suffixBytes), at * suffixBytes)
      page.#places[2 * at] = page.#append(this.valueAt(i))
      page.#places[2 * at + 1] = page.#end
    }
    page.#count = end - first
    return page
  }

  #suffixLengthAt (index: number): number {
    const [suffixes, start] = [this.#suffixes, index * this.#suffixBytes]
    let length = this.#suffixBytes
    while (length > 0 && suffixes[start + length - 1] === 0) length--
    return length
  }

  #become (page: PackedPage): void {
    this.#prefix = page.#prefix
    this.#count = page.#count
    this.#firstKey = null
    this.#suffixBytes = page.#suffixBytes
    this.#suffixes = page.#suffixes
    this.#places = page.#places
    this.#bytes = page.#bytes
    this.#end = page.#end
    this.#liveBytes = page.#liveBytes
  }

  /** Shortens the shared beginning to what `key` shares too. */
  #share (key: string): void {
    if (this.count === 0) {
      this.#prefix = flat(key)
      return
    }
    if (key.startsWith(this.#prefix)) return
    const prefix = flat(shared(this.#prefix, key))
    const keys = Array.from({ length: this.#count }, (_, i) => this.keyAt(i))
    const more = this.#prefix.length - prefix.length
    this.#prefix = prefix
    this.#count = 0
    this.#widen(this.#suffixBytes + more, keys.length + 1)
    for (const [i, one] of keys.entries()) this.#insert(i, one, false)
  }

  /** Room for the key, between its neighbours; the places of those behind it move along. */
  #insert (index: number, key: string, movesPlaces = true): void {
    const suffixBytes = key.length - this.#prefix.length
    const isFull = 2 * this.#count >= this.#places.length
    if (suffixBytes > this.#suffixBytes || isFull) {
      this.#widen(Math.max(suffixBytes, this.#suffixBytes), isFull ? 2 * this.#count : this.#count)
    }
    if (movesPlaces) this.#move(index, index + 1)
    if (index === 0) this.#firstKey = null
    this.#count++
    const start = index * this.#suffixBytes
    for (let i = 0; i < this.#suffixBytes; i++) {
      // Behind the end of the key: NaN, which is kept as zero.
      this.#suffixes[start + i] = key.charCodeAt(this.#prefix.length + i)
    }
  }

  /** Room for so many rows with suffixes of so many bytes. */
  #widen (suffixBytes: number, rows: number): void {
    const room = Math.max(rows, FIRST_PAGE_ROWS, this.#places.length / 2)
    if (2 * room > this.#places.length) {
      const places = new Uint32Array(2 * room)
      places.set(this.#places)
      this.#places = places
    }
    const before = this.#suffixes
    const suffixes = new Uint8Array(room * suffixBytes)
    for (let i = 0; i < this.#count; i++) {
      const start = i * this.#suffixBytes
      suffixes.set(before.subarray(start, start + this.#suffixBytes), i * suffixBytes)
    }
    this.#suffixes = suffixes
    this.#suffixBytes = suffixBytes
  }

  /** Rows from `from` on, to `to`. */
  #move (from: number, to: number): void {
    if (from === this.#count) return
    this.#places.copyWithin(2 * to, 2 * from, 2 * this.#count)
    const size = this.#suffixBytes
    this.#suffixes.copyWithin(size * to, size * from, size * this.#count)
  }

  /** Below zero when the row's key is below `key`, which begins as all keys here do. */
  #compare (index: number, key: string): number {
    const [suffixes, size, from] = [this.#suffixes, this.#suffixBytes, this.#prefix.length]
    for (let i = 0; i < size; i++) {
      const own = suffixes[index * size + i] ?? 0
      // One that ends is below any that goes on, with a zero too.
      if (own === 0) return from + i < key.length ? -1 : 0
      if (from + i >= key.length) return 1
      const difference = own - key.charCodeAt(from + i)
      if (difference !== 0) return difference
    }
    return from + size < key.length ? -1 : 0
  }

  /** Where it begins. */
  #append (value: Uint8Array): number {
    const start = this.#end
    // It is a page of its own: whoever puts it does not change it any more.
    if (start === 0 && value.length >= STORE_LIMITS.pageBytesMax) {
      this.#bytes = value
      this.#end = value.length
      this.#liveBytes = value.length
      return 0
    }
    if (start + value.length > this.#bytes.length) {
      const doubled = Math.min(Math.max(2 * start, STEP_BYTES), STORE_LIMITS.pageBytesMax)
      const bytes = new Uint8Array(Math.max(start + value.length, doubled))
      bytes.set(this.#bytes.subarray(0, start))
      this.#bytes = bytes
    }
    this.#bytes.set(value, start)
    this.#end += value.length
    this.#liveBytes += value.length
    return start
  }

  /** Into new memory, for the old may have been handed out. */
  #pack (): void {
    if (this.#end - this.#liveBytes < Math.max(STEP_BYTES, this.#liveBytes / 4)) return
    this.#become(this.copyFrom(0, this.count))
  }
}

/** What both begin with. */
function shared (first: string, second: string): string {
  let length = 0
  while (length < first.length && first.charCodeAt(length) === second.charCodeAt(length)) length++
  return first.slice(0, length)
}

/** A text with memory of its own: a slice keeps the whole text it was cut from alive. */
function flat (text: string): string {
  return text.length < 13 ? text : Buffer.from(text, 'latin1').toString('latin1')
}
