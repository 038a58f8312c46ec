/**
 * A mesh where nothing happens is quiet, whatever rules its members have: nobody sends or asks for
 * bulletins, and of logs a link carries what heartbeats and roots need. Rows of logs go once each
 * way for two roots that differ. What rosters and tables need is not counted.
 */
import type { Frame } from '../../../src/wire/frame.js'
import type { Side } from '../network.js'
import type { Watch } from '../watch.js'
import type { World } from '../world.js'

/** A second of a link, both ways: heartbeats 65, the rest roots. */
const BYTES_PER_SECOND_MAX = 100
/** Both ends may have begun at the same time. */
const ROWS_MAX = 2

const OF_BULLETINS: readonly Frame['type'][] = [
  'batch', 'heads', 'log-want', 'log-answer', 'evidence',
]
const OF_ROSTERS: readonly Frame['type'][] = [
  'roster-digest', 'records', 'alive', 'ping', 'link-table', 'table-digest', 'relay-ping',
]

export class Quiet {
  readonly #world: World
  readonly #watch: Watch
  #sinceMs = Infinity
  /** When bulletins went anywhere last. */
  #bulletinsMs = 0
  /** Bytes of each link, by its side of the smaller number, then by type of frame. */
  readonly #bytes = new Map<Side, Map<string, number>>()
  /** The root that each side told last. */
  readonly #roots = new Map<Side, string>()
  /** How often a side sent the rows of two roots. */
  readonly #rows = new Map<string, number>()

  constructor (world: World, watch: Watch) {
    this.#world = world
    this.#watch = watch
    world.onSent.push((side, frame, bytes) => { this.#onSent(side, frame, bytes) })
  }

  /** For so long no bulletins went anywhere, ms. */
  get restedMs (): number {
    return this.#world.nowMs - this.#bulletinsMs
  }

  /** From now on nothing may happen. */
  begin (): void {
    this.#sinceMs = this.#world.nowMs
    this.#bytes.clear()
    this.#rows.clear()
  }

  /** Looks at what came of it. */
  end (): void {
    const seconds = (this.#world.nowMs - this.#sinceMs) / 1_000
    for (const [side, types] of this.#bytes) {
      this.#watch.looked('quiet')
      const bytes = [...types.values()].reduce((sum, some) => sum + some, 0)
      if (bytes <= BYTES_PER_SECOND_MAX * seconds) continue
      const what = [...types].map(([type, some]) => `${type} ${some}`).join(', ')
      this.#fail(side, `says ${bytes} bytes in ${seconds} s where nothing happens (${what})`)
    }
    this.#sinceMs = Infinity
  }

  #onSent (side: Side, frame: Frame, bytes: number): void {
    if (OF_BULLETINS.includes(frame.type)) this.#bulletinsMs = this.#world.nowMs
    if (this.#sinceMs === Infinity && frame.type !== 'log-digest') return
    const isRows = frame.type === 'log-digest' && this.#onDigest(side, frame)
    if (this.#sinceMs === Infinity) return
    if (OF_BULLETINS.includes(frame.type)) {
      this.#fail(side, `says ${frame.type} where nothing happens`)
    }
    const one = side.id < side.other.id ? side : side.other
    if (isRows || OF_ROSTERS.includes(frame.type)) return
    const types = this.#bytes.get(one) ?? new Map<string, number>()
    this.#bytes.set(one, types)
    types.set(frame.type, (types.get(frame.type) ?? 0) + bytes)
  }

  /** True for rows, which are counted by themselves. */
  #onDigest (side: Side, { root, rows }: Extract<Frame, { type: 'log-digest' }>): boolean {
    const own = Buffer.from(root).toString('hex')
    this.#roots.set(side, own)
    if (rows === null) return false
    const name = `${side.id} ${own} ${this.#roots.get(side.other) ?? ''}`
    const count = (this.#rows.get(name) ?? 0) + 1
    this.#rows.set(name, count)
    if (this.#sinceMs !== Infinity && count > ROWS_MAX) {
      this.#fail(side, 'says the same rows of logs again and again')
    }
    return true
  }

  #fail (side: Side, what: string): void {
    this.#watch.fail('quiet', `n${side.node} ${what} to n${side.other.node}`)
  }
}
