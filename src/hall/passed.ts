/**
 * What the core has handed over, by log: positions delivered in this run, and those that the store
 * held when it began. The store also has batches that wait behind a gap; a reader that is fed from
 * it must not get those before their turn. Read next: `subscription.ts`.
 */
import { logName } from '../core/bulletins/logs.js'
import { Ranges } from '../core/bulletins/ranges.js'
import { BULLETIN_LIMITS } from '../limits.js'
import { lastOf } from '../wire/batch.js'
import type { Identity } from '../wire/identity.js'

/** A run of positions of one log. */
interface Positions {
  readonly author: Identity
  readonly incarnation: number
  readonly first: number
  readonly count: number
}

export class Passed {
  readonly #logs = new Map<string, Ranges>()

  add (positions: Positions): void {
    const name = logName(positions.author, positions.incarnation)
    const known = this.#logs.get(name)
    const ranges = known ?? new Ranges()
    ranges.add(positions.first, lastOf(positions))
    if (known !== undefined) return
    const oldest = this.#logs.keys().next()
    const isFull = this.#logs.size >= BULLETIN_LIMITS.logsPerReaderMax
    if (isFull && oldest.done !== true) this.#logs.delete(oldest.value)
    this.#logs.set(name, ranges)
  }

  /** As it is now, whatever is added later; by the names of logs. */
  copy (): ReadonlyMap<string, Ranges> {
    return new Map([...this.#logs].map(([name, ranges]) => [name, new Ranges(ranges.list())]))
  }
}
