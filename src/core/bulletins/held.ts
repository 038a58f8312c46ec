/**
 * The batches of one log that are held, in columns: some ninety bytes each however many there are.
 * An object and two texts for each took four times as much, and made the heap grow to a multiple of
 * that before it was collected. Read next: `logs.ts`, which has one list for each log.
 */
import { lastOf } from '../../wire/batch.js'
import { toHex, writeHex } from '../../wire/hex.js'

/** A batch to be held. */
export interface Held extends HeldFacts {
  /** SHA-256 of its head, hex. */
  readonly headHash: string
  /** The same of the head before it, hex; empty when it is not remembered (after a restart). */
  readonly previous: string
  /** Who handed it over, in `givers.ts`. */
  readonly giver: number
}

/** What is needed of a held batch most of the time. */
export interface HeldFacts {
  readonly first: number
  readonly count: number
  readonly bytes: number
  /** Seconds since 1970. */
  readonly newest: number
}

/** Batches in a page. Each is moved when one is put before it. */
const PAGE_BATCHES = 256
/** Most logs are short: a page begins small and doubles. */
const FIRST_PAGE_BATCHES = 2
const NUMBERS = 5
const HASH_BYTES = 32
/** In the place of the count: the head before it is not remembered. A batch has 1,024 at most. */
const HAS_NO_PREVIOUS = 0x8000_0000

class Page {
  length = 0
  /** first | count | bytes | newest | giver */
  #numbers = new Uint32Array(NUMBERS * FIRST_PAGE_BATCHES)
  /** headHash | previous */
  #hashes = new Uint8Array(2 * HASH_BYTES * FIRST_PAGE_BATCHES)

  factsAt (index: number): HeldFacts {
    const [at, numbers] = [NUMBERS * index, this.#numbers]
    return {
      first: numbers[at] ?? 0,
      count: (numbers[at + 1] ?? 0) & ~HAS_NO_PREVIOUS,
      bytes: numbers[at + 2] ?? 0,
      newest: numbers[at + 3] ?? 0,
    }
  }

  firstAt (index: number): number {
    return this.#numbers[NUMBERS * index] ?? 0
  }

  lastAt (index: number): number {
    const count = (this.#numbers[NUMBERS * index + 1] ?? 0) & ~HAS_NO_PREVIOUS
    return this.firstAt(index) + count - 1
  }

  newestAt (index: number): number {
    return this.#numbers[NUMBERS * index + 3] ?? 0
  }

  giverAt (index: number): number {
    return this.#numbers[NUMBERS * index + 4] ?? 0
  }

  headHashAt (index: number): string {
    return this.#hashAt(2 * index)
  }

  previousAt (index: number): string {
    const hasNone = (this.#numbers[NUMBERS * index + 1] ?? 0) >= HAS_NO_PREVIOUS
    return hasNone ? '' : this.#hashAt(2 * index + 1)
  }

  /** Index of the first batch that ends at `position` or later. */
  indexOf (position: number): number {
    let low = 0
    let high = this.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.lastAt(middle) < position) low = middle + 1
      else high = middle
    }
    return low
  }

  insertAt (index: number, held: Held): void {
    const { first, count, bytes, newest, giver, headHash, previous } = held
    if (NUMBERS * this.length === this.#numbers.length) this.#resize(2 * this.length)
    this.#move(index, index + 1)
    const marked = previous === '' ? count + HAS_NO_PREVIOUS : count
    const [numbers, hashes, from] = [this.#numbers, this.#hashes, NUMBERS * index]
    numbers[from] = first
    numbers[from + 1] = marked
    numbers[from + 2] = bytes
    numbers[from + 3] = newest
    numbers[from + 4] = giver
    const at = 2 * HASH_BYTES * index
    writeHex(headHash, hashes, at)
    writeHex(previous, hashes, at + HASH_BYTES)
    this.length++
  }

  removeAt (index: number): void {
    this.#move(index + 1, index)
    this.length--
  }

  /** Moves the later half to a page of its own. */
  split (): Page {
    const half = this.length >>> 1
    const later = new Page()
    later.#numbers = this.#numbers.slice(NUMBERS * half)
    later.#hashes = this.#hashes.slice(2 * HASH_BYTES * half)
    later.length = this.length - half
    this.length = half
    return later
  }

  #hashAt (index: number): string {
    return toHex(this.#hashes.subarray(HASH_BYTES * index, HASH_BYTES * (index + 1)))
  }

  #resize (batches: number): void {
    const [numbers, hashes] = [this.#numbers, this.#hashes]
    this.#numbers = new Uint32Array(NUMBERS * batches)
    this.#numbers.set(numbers)
    this.#hashes = new Uint8Array(2 * HASH_BYTES * batches)
    this.#hashes.set(hashes)
  }

  /** Batches from `from` on, to `to`. */
  #move (from: number, to: number): void {
    if (from === this.length) return
    this.#numbers.copyWithin(NUMBERS * to, NUMBERS * from, NUMBERS * this.length)
    const size = 2 * HASH_BYTES
    this.#hashes.copyWithin(size * to, size * from, size * this.length)
  }
}

/** Ascending by position, none overlapping another. */
export class HeldList {
  readonly #pages: Page[] = []
  #length = 0

  get length (): number {
    return this.#length
  }

  get first (): HeldFacts | undefined {
    return this.#pages[0]?.factsAt(0)
  }

  get last (): HeldFacts | undefined {
    const page = this.#pages.at(-1)
    return page?.factsAt(page.length - 1)
  }

  * [Symbol.iterator] (): IterableIterator<HeldFacts> {
    yield * this.from(0)
  }

  /** Those that end at `position` or later. Nothing may be put or removed meanwhile. */
  * from (position: number): IterableIterator<HeldFacts> {
    const begin = this.#pageOf(position)
    for (let at = begin; at < this.#pages.length; at++) {
      const page = this.#pages[at]
      const start = at === begin ? page?.indexOf(position) ?? 0 : 0
      for (let i = start; page !== undefined && i < page.length; i++) yield page.factsAt(i)
    }
  }

  /** Those whose newest timestamp is such. */
  filter (isIt: (newest: number) => boolean): HeldFacts[] {
    const found: HeldFacts[] = []
    for (const page of this.#pages) {
      for (let i = 0; i < page.length; i++) if (isIt(page.newestAt(i))) found.push(page.factsAt(i))
    }
    return found
  }

  /** The one that contains a position. */
  at (position: number): HeldFacts | undefined {
    const page = this.#pages[this.#pageOf(position)]
    const index = page?.indexOf(position) ?? 0
    return page === undefined || index >= page.length || page.firstAt(index) > position
      ? undefined
      : page.factsAt(index)
  }

  /** Of the one that contains a position; empty when none does. */
  headHashAt (position: number): string {
    const page = this.#pages[this.#pageOf(position)]
    return this.at(position) === undefined ? '' : page?.headHashAt(page.indexOf(position)) ?? ''
  }

  /** Of the head before it; empty when that is not remembered too. */
  previousAt (position: number): string {
    const page = this.#pages[this.#pageOf(position)]
    return this.at(position) === undefined ? '' : page?.previousAt(page.indexOf(position)) ?? ''
  }

  /** Who handed over the one that contains a position; 0 when none does. */
  giverAt (position: number): number {
    const page = this.#pages[this.#pageOf(position)]
    return this.at(position) === undefined ? 0 : page?.giverAt(page.indexOf(position)) ?? 0
  }

  insert (held: Held): void {
    const last = this.#pages.at(-1)
    const isBehind = last === undefined || last.lastAt(last.length - 1) < held.first
    // Logs grow at their end: one full page after the other.
    if (isBehind && (last === undefined || last.length >= PAGE_BATCHES)) {
      this.#pages.push(new Page())
    }
    const at = isBehind ? this.#pages.length - 1 : this.#pageOf(held.first)
    const page = this.#pages[at]
    if (page === undefined) return
    page.insertAt(page.indexOf(held.first), held)
    if (page.length > PAGE_BATCHES) this.#pages.splice(at + 1, 0, page.split())
    this.#length++
  }

  /** False when there is none that begins and ends where this one does. */
  remove (held: Pick<HeldFacts, 'first' | 'count'>): boolean {
    const at = this.#pageOf(held.first)
    const page = this.#pages[at]
    const index = page?.indexOf(held.first) ?? 0
    if (page === undefined || index >= page.length) return false
    if (page.firstAt(index) !== held.first || page.lastAt(index) !== lastOf(held)) return false
    page.removeAt(index)
    if (page.length === 0) this.#pages.splice(at, 1)
    this.#length--
    return true
  }

  /** Index of the first page that ends at `position` or later. */
  #pageOf (position: number): number {
    let low = 0
    let high = this.#pages.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const page = this.#pages[middle]
      if (page !== undefined && page.lastAt(page.length - 1) < position) low = middle + 1
      else high = middle
    }
    return low
  }
}
