/**
 * A seeded generator, so that a run can be replayed. Never used for keys or secrets.
 * Algorithm: xoshiro128** 1.1 (Blackman and Vigna 2018), state filled by SplitMix32 steps.
 */
export class Random {
  readonly #state = new Uint32Array(4)

  /** `seed`: any whole number; 32 bits of it count. */
  constructor (seed: number) {
    let mixed = seed >>> 0
    for (let i = 0; i < 4; i++) {
      mixed = (mixed + 0x9e3779b9) >>> 0
      let word = mixed
      word = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
      word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35)
      this.#state[i] = (word ^ (word >>> 16)) >>> 0
    }
  }

  /** A whole number of 32 bits. */
  word (): number {
    const s = this.#state
    const [a = 0, b = 0, c = 0, d = 0] = s
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0
    const c1 = c ^ a
    const d1 = d ^ b
    s[1] = b ^ c1
    s[0] = a ^ d1
    s[2] = c1 ^ (b << 9)
    s[3] = rotate(d1, 11)
    return result
  }

  /** From 0 (included) to 1 (excluded). */
  fraction (): number {
    return this.word() / 4_294_967_296
  }

  /** A whole number from 0 to `below` - 1. */
  below (below: number): number {
    return Math.floor(this.fraction() * below)
  }

  /** `value` moved by up to ± `share` of itself. */
  jittered (value: number, share: number): number {
    return value * (1 - share + 2 * share * this.fraction())
  }

  /** One of them, or undefined of none. */
  pick<T> (items: readonly T[]): T | undefined {
    return items[this.below(items.length)]
  }

  /** At most `count` of them, without repetition, in random order. */
  sample<T> (items: readonly T[], count: number): T[] {
    const pool = [...items]
    const taken = Math.min(count, pool.length)
    for (let i = 0; i < taken; i++) {
      const j = i + this.below(pool.length - i)
      const chosen = pool[j] as T
      pool[j] = pool[i] as T
      pool[i] = chosen
    }
    return pool.slice(0, taken)
  }

  /** Random letters and digits, as the order's pings carry. */
  letters (count: number): string {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
    let text = ''
    for (let i = 0; i < count; i++) text += alphabet.charAt(this.below(alphabet.length))
    return text
  }
}

function rotate (value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}
