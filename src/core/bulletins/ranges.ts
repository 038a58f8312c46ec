/**
 * Sets of positions as sorted, disjoint, never touching ranges: `held`, `settled` and cursors. From
 * `first` to `last` are no positions when `last` is below `first`: nothing to add, nothing missing.
 */

/** Positions from `first` to `last`, both included. */
export interface Range {
  readonly first: number
  readonly last: number
}

export class Ranges {
  readonly #ranges: Range[] = []

  constructor (ranges: Iterable<Range> = []) {
    for (const { first, last } of ranges) this.add(first, last)
  }

  add (first: number, last: number): void {
    if (last < first) return
    const highest = this.#ranges.at(-1)
    if (highest !== undefined && highest.last + 1 === first) {
      this.#ranges[this.#ranges.length - 1] = { first: highest.first, last }
      return
    }
    // Where it joins its neighbours: nearly always at the end.
    const from = this.#indexOf(first - 1)
    let begin = first
    let end = last
    let to = from
    for (;;) {
      const range = this.#ranges[to]
      if (range === undefined || range.first > last + 1) break
      begin = Math.min(begin, range.first)
      end = Math.max(end, range.last)
      to++
    }
    this.#ranges.splice(from, to - from, { first: begin, last: end })
  }

  remove (first: number, last: number): void {
    if (last < first) return
    const from = this.#indexOf(first)
    let to = from
    const rest: Range[] = []
    for (;;) {
      const range = this.#ranges[to]
      if (range === undefined || range.first > last) break
      if (range.first < first) rest.push({ first: range.first, last: first - 1 })
      if (range.last > last) rest.push({ first: last + 1, last: range.last })
      to++
    }
    this.#ranges.splice(from, to - from, ...rest)
  }

  /** Merges the lowest ranges, with what is between, until there are at most so many. */
  limitTo (rangesMax: number): void {
    const over = this.#ranges.length - rangesMax
    if (over <= 0) return
    const last = this.#ranges[over]?.last ?? 0
    this.#ranges.splice(0, over + 1, { first: this.first, last })
  }

  has (position: number): boolean {
    return this.covers(position, position)
  }

  /** True when every position from `first` to `last` is in. */
  covers (first: number, last: number): boolean {
    if (last < first) return true
    const range = this.#ranges[this.#indexOf(first)]
    return range !== undefined && range.first <= first && range.last >= last
  }

  /** True when any position from `first` to `last` is in. */
  touches (first: number, last: number): boolean {
    if (last < first) return false
    const range = this.#ranges[this.#indexOf(first)]
    return range !== undefined && range.first <= last
  }

  /** What of `first` to `last` is not in. */
  missing (first: number, last: number): Range[] {
    const missing: Range[] = []
    let next = first
    for (let i = this.#indexOf(first); next <= last; i++) {
      const range = this.#ranges[i]
      if (range === undefined || range.first > last) break
      if (range.first > next) missing.push({ first: next, last: range.first - 1 })
      next = range.last + 1
    }
    if (next <= last) missing.push({ first: next, last })
    return missing
  }

  /** The last position of the run that begins at `first`, or `first - 1` when it is not in. */
  runFrom (first: number): number {
    const range = this.#ranges[this.#indexOf(first)]
    return range !== undefined && range.first <= first ? range.last : first - 1
  }

  /** All ranges, lowest first. */
  list (): readonly Range[] {
    return this.#ranges
  }

  /** The highest position, 0 for none. */
  get last (): number {
    return this.#ranges.at(-1)?.last ?? 0
  }

  /** The lowest position, Infinity for none. */
  get first (): number {
    return this.#ranges[0]?.first ?? Infinity
  }

  get isEmpty (): boolean {
    return this.#ranges.length === 0
  }

  /** Index of the first range that ends at `position` or later. */
  #indexOf (position: number): number {
    let low = 0
    let high = this.#ranges.length
    if ((this.#ranges[high - 1]?.last ?? -1) < position) return high
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#ranges[middle]?.last ?? 0) < position) low = middle + 1
      else high = middle
    }
    return low
  }
}
