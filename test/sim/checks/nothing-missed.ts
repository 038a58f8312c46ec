/**
 * P3: a bulletin stored by a member that stays alive reaches every connected member, and each
 * running subscriber sees it once and in the order of its log, late ones marked. Follows what every
 * run of every node is handed; at the end demands what the members of the healed mesh hold.
 */
import type { Delivery } from '../../../src/core/bulletins/vocabulary.js'
import type { Watch } from '../watch.js'
import type { SimNode, World } from '../world.js'

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
  readonly #watch: Watch
  readonly #readers = new Map<string, Reader>()

  constructor (world: World, watch: Watch) {
    this.#world = world
    this.#watch = watch
    world.onDelivery = (node, delivery) => { this.#onDelivery(node, delivery) }
  }

  /** What some member of the mesh has stored and another lacks, or null. */
  gap (): string | null {
    const live = this.#world.nodes.filter(({ core, isHostile, isQuiet }) =>
      core !== null && !isHostile && !isQuiet)
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
    // A clock that is set forward makes the node forget what is old by then; set back, it is new.
    const name = `${node.index} ${node.run} ${node.offsetMs}`
    const reader = this.#readers.get(name) ?? newReader()
    this.#readers.set(name, reader)
    const log = `${author} ${incarnation}`
    for (let seq = first; seq < first + count; seq++) {
      this.#watch.looked('nothing-missed')
      const what = `n${node.index} was handed ${author.slice(0, 10)} ${incarnation} ${seq}`
      if (reader.seen.has(`${log} ${seq}`)) this.#watch.fail('nothing-missed', `${what} twice`)
      reader.seen.add(`${log} ${seq}`)
      const head = reader.head.get(log) ?? 0
      if (!isLate && seq < head) {
        this.#watch.fail('nothing-missed', `${what} after ${head}, and not as late`)
      }
      reader.head.set(log, Math.max(head, seq))
    }
  }
}
