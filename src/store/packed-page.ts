/**
 * Neighbouring rows in memory, packed: the beginning that all keys share is kept once, all values
 * lie in one piece of memory. A row costs some fifty bytes beside its value, where a tree of rows
 * costs a thousand. Read next: `packed-level.ts`, which keeps pages in order.
 */
import { STORE_LIMITS } from '../limits.js'

/** Memory for values doubles from this on, and is packed anew when so much of it is dead. */
const STEP_BYTES = 8 * 1024

/** Keys are ASCII. Values handed out are views that stay as they are, whatever follows. */
export class PackedPage {
  #prefix = ''
  readonly #suffixes: string[] = []
  readonly #starts: number[] = []
  readonly #ends: number[] = []
  #bytes: Uint8Array = new Uint8Array()
  #end = 0
  #liveBytes = 0

  get count (): number {
    return this.#suffixes.length
  }

  get liveBytes (): number {
    return this.#liveBytes
  }

  get isOverfull (): boolean {
    return this.count > 1 &&
      (this.#liveBytes > STORE_LIMITS.pageBytesMax || this.count > STORE_LIMITS.pageRowsMax)
  }

  keyAt (index: number): string {
    return this.#prefix + (this.#suffixes[index] ?? '')
  }

  valueAt (index: number): Uint8Array {
    return this.#bytes.subarray(this.#starts[index] ?? 0, this.#ends[index] ?? 0)
  }

  has (index: number, key: string): boolean {
    return index < this.count && this.keyAt(index) === key
  }

  /** Index of the first row whose key is not below `key`; the count when there is none. */
  find (key: string): number {
    const prefix = this.#prefix
    if (!key.startsWith(prefix)) return key < prefix ? 0 : this.count
    const suffix = key.slice(prefix.length)
    const suffixes = this.#suffixes
    let low = 0
    let high = suffixes.length
    // Rows come mostly in order.
    if (high > 0 && (suffixes[high - 1] ?? '') < suffix) return high
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((suffixes[middle] ?? '') < suffix) low = middle + 1
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
    const suffix = isThere ? this.#suffixes[index] ?? '' : flat(key.slice(this.#prefix.length))
    const replaced = isThere ? 1 : 0
    this.#suffixes.splice(index, replaced, suffix)
    this.#starts.splice(index, replaced, start)
    this.#ends.splice(index, replaced, start + value.length)
    if (isThere) this.#pack()
    return index
  }

  removeAt (index: number): void {
    this.#liveBytes -= this.valueAt(index).length
    this.#suffixes.splice(index, 1)
    this.#starts.splice(index, 1)
    this.#ends.splice(index, 1)
    this.#pack()
  }

  /** Moves the rows from `index` on to a page of their own. */
  splitAt (index: number): PackedPage {
    const right = this.copyFrom(index, this.count)
    const left = this.copyFrom(0, index)
    this.#become(left)
    return right
  }

  /** Takes in all rows of the page that follows this one. */
  append (next: PackedPage): void {
    for (let i = 0; i < next.count; i++) this.put(next.keyAt(i), next.valueAt(i))
  }

  copyFrom (first: number, end: number): PackedPage {
    const page = new PackedPage()
    let bytes = 0
    for (let i = first; i < end; i++) bytes += this.valueAt(i).length
    page.#bytes = new Uint8Array(bytes)
    if (end > first) {
      page.#prefix = flat(shared(this.keyAt(first), this.keyAt(end - 1)))
    }
    for (let i = first; i < end; i++) {
      page.#suffixes.push(flat(this.keyAt(i).slice(page.#prefix.length)))
      page.#starts.push(page.#append(this.valueAt(i)))
      page.#ends.push(page.#end)
    }
    return page
  }

  #become (page: PackedPage): void {
    this.#prefix = page.#prefix
    this.#bytes = page.#bytes
    this.#end = page.#end
    this.#liveBytes = page.#liveBytes
    const [suffixes, starts, ends] = [page.#suffixes, page.#starts, page.#ends]
    this.#suffixes.splice(0, Infinity, ...suffixes)
    this.#starts.splice(0, Infinity, ...starts)
    this.#ends.splice(0, Infinity, ...ends)
  }

  /** Shortens the shared beginning to what `key` shares too. */
  #share (key: string): void {
    if (this.count === 0) {
      this.#prefix = key
      return
    }
    if (key.startsWith(this.#prefix)) return
    const prefix = flat(shared(this.#prefix, key))
    const more = this.#prefix.slice(prefix.length)
    this.#suffixes.forEach((suffix, i) => { this.#suffixes[i] = flat(more + suffix) })
    this.#prefix = prefix
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
