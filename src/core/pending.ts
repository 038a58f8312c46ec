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
  /** 32 less the bits of a place. */
  #shift = 0

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
    if (this.#numbers[place] !== number) this.#size++
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
    const last = numbers.length - 1
    let free = taken
    // Whatever stands behind it because it found its place taken moves up.
    for (let at = (taken + 1) & last; numbers[at] !== 0; at = (at + 1) & last) {
      const home = this.#homeOf(numbers[at] ?? 0)
      if (((at - home) & last) < ((at - free) & last)) continue
      numbers[free] = numbers[at] ?? 0
      values[free] = values[at]
      free = at
    }
    numbers[free] = 0
    values[free] = undefined
    if (this.#size === 0 && numbers.length > KEPT_PLACES) this.#begin(FIRST_PLACES)
    return value
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

  /** Numbers in a row are far apart: a run of places that are taken would be gone through whole. */
  #homeOf (number: number): number {
    return Math.imul(number, 0x9e37_79b1) >>> this.#shift
  }

  #begin (places: number): void {
    this.#numbers = new Array<number>(places).fill(0)
    this.#values = new Array<Value | undefined>(places).fill(undefined)
    this.#shift = 32 - Math.log2(places)
  }

  #double (): void {
    const [numbers, values] = [this.#numbers, this.#values]
    this.#begin(2 * numbers.length)
    numbers.forEach((number, from) => {
      if (number === 0) return
      const place = this.#placeOf(number)
      this.#numbers[place] = number
      this.#values[place] = values[from]
    })
  }
}

/** Powers of two. A burst that is over gives its places back, but for so many. */
const FIRST_PLACES = 16
const KEPT_PLACES = 1_024
