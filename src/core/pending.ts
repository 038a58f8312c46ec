/**
 * What waits for an answer, by its number: a table for much that comes and goes. A Map makes itself
 * anew for every few hundred of them, and of each such table what is left behind leads to the next:
 * once one of them has grown old, whatever was in any later one stays in memory until the whole
 * heap is collected. Here places are used again, and emptied at once.
 */

/** Whole numbers from 1 on, which count up mostly; never two the same. */
export class Pending<Value> {
  /** Each in the place that its number says, or in the next free one. 0: nothing. */
  #numbers: number[] = []
  #values: (Value | undefined)[] = []
  #size = 0
  /** How many stand elsewhere than their number says, for their place was taken. */
  #displaced = 0

  constructor () {
    this.#begin(FIRST_PLACES)
  }

  get size (): number {
    return this.#size
  }

  has (number: number): boolean {
    return this.#numbers[this.#placeOf(number)] === number
  }

  get (number: number): Value | undefined {
    return this.#values[this.#placeOf(number)]
  }

  set (number: number, value: Value): void {
    // Half of the places are free: a search is short.
    if (2 * this.#size >= this.#numbers.length) this.#double()
    const place = this.#placeOf(number)
    if (this.#numbers[place] !== number) {
      this.#size++
      if (place !== this.#homeOf(number)) this.#displaced++
    }
    this.#numbers[place] = number
    this.#values[place] = value
  }

  /** What it was; undefined when there was nothing. */
  take (number: number): Value | undefined {
    const [numbers, values] = [this.#numbers, this.#values]
    const taken = this.#placeOf(number)
    const value = values[taken]
    if (numbers[taken] !== number) return undefined
    this.#size--
    if (taken !== this.#homeOf(number)) this.#displaced--
    const free = this.#displaced === 0 ? taken : this.#moveUp(taken)
    numbers[free] = 0
    values[free] = undefined
    if (this.#size === 0 && numbers.length > KEPT_PLACES) this.#begin(FIRST_PLACES)
    return value
  }

  /** Whatever stands behind a place, for its own was taken, moves up. Returns the place left. */
  #moveUp (taken: number): number {
    const [numbers, values] = [this.#numbers, this.#values]
    const last = numbers.length - 1
    let free = taken
    for (let at = (taken + 1) & last; numbers[at] !== 0; at = (at + 1) & last) {
      const home = this.#homeOf(numbers[at] ?? 0)
      if (((at - home) & last) < ((at - free) & last)) continue
      numbers[free] = numbers[at] ?? 0
      values[free] = values[at]
      if (free === home) this.#displaced--
      free = at
    }
    return free
  }

  /** All of them, the lowest number first; nothing is left. */
  takeAll (): Value[] {
    const numbers = this.#numbers.filter(number => number !== 0).sort((a, b) => a - b)
    return numbers.flatMap(number => {
      const value = this.take(number)
      return value === undefined ? [] : [value]
    })
  }

  /** Where it is, or where it would be put. */
  #placeOf (number: number): number {
    const last = this.#numbers.length - 1
    let place = this.#homeOf(number)
    for (;;) {
      const found = this.#numbers[place]
      if (found === number || found === 0) return place
      place = (place + 1) & last
    }
  }

  #homeOf (number: number): number {
    return number & (this.#numbers.length - 1)
  }

  #begin (places: number): void {
    this.#numbers = new Array<number>(places).fill(0)
    this.#values = new Array<Value | undefined>(places).fill(undefined)
    this.#displaced = 0
  }

  #double (): void {
    const [numbers, values] = [this.#numbers, this.#values]
    this.#begin(2 * numbers.length)
    numbers.forEach((number, from) => {
      if (number === 0) return
      const place = this.#placeOf(number)
      if (place !== this.#homeOf(number)) this.#displaced++
      this.#numbers[place] = number
      this.#values[place] = values[from]
    })
  }
}

/** Powers of two. A burst that is over gives its places back, but for so many. */
const FIRST_PLACES = 16
const KEPT_PLACES = 1_024
