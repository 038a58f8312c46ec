/**
 * P3: a bulletin stored by a member that stays alive reaches every connected member, and each
 * running subscriber sees it once and in the order of its log, late ones marked. Follows what every
 * run of every node is handed; at the end demands what the members of the healed mesh hold.
 */
import type { Delivery } from '../../../src/core/bulletins/vocabulary.js'
import type { World, SimNode } from '../world.js'

interface Reader {
  readonly seen: Set<string>
  /** By log: the highest position that was not late. */
  readonly head: Map<string, number>
}

function newReader (): Reader {
  return { seen: new Set(), head: new Map() }
}

export class NothingMissed {
  readonly #world: World
  readonly #fail: (what: string) => void
  readonly #readers = new Map<string, Reader>()
  looked = 0

  constructor (world: World, fail: (what: string) => void) {
    this.#world = world
    this.#fail = fail
    world.onDelivery = (node, delivery) => { this.#onDelivery(node, delivery) }
  }

  /** What some live member has stored and another lacks, or null. */
  gap (): string | null {
    const live = this.#world.nodes.filter(({ core }) => core !== null)
    const all = new Map<string, SimNode>()
    for (const node of live) {
      for (const name of this.#world.shelvedBy(node).keys()) all.set(name, node)
    }
    for (const node of live) {
      const held = this.#world.shelvedBy(node)
      for (const [name, holder] of all) {
        if (held.has(name)) continue
        const what = name.replace(/^(\w{10})\w+/, '$1')
        return `n${node.index} lacks ${what}, which n${holder.index} has stored`
      }
    }
    return null
  }

  #onDelivery (node: SimNode, { author, incarnation, first, count, isLate }: Delivery): void {
    const name = `${node.index} ${node.run}`
    const reader = this.#readers.get(name) ?? newReader()
    this.#readers.set(name, reader)
    const log = `${author} ${incarnation}`
    for (let seq = first; seq < first + count; seq++) {
      this.looked++
      const what = `n${node.index} was handed ${author.slice(0, 10)} ${incarnation} ${seq}`
      if (reader.seen.has(`${log} ${seq}`)) this.#fail(`${what} twice`)
      reader.seen.add(`${log} ${seq}`)
      const head = reader.head.get(log) ?? 0
      if (!isLate && seq < head) this.#fail(`${what} after ${head}, and not as late`)
      reader.head.set(log, Math.max(head, seq))
    }
  }
}
