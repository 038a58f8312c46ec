/**
 * P5: a member that left does not come back through somebody else's list. Whoever has seen that it
 * left shows it as nothing else, and does not dial it, until the member itself runs again. Looked
 * at every half second, and only while somebody is away.
 */
import type { Identity } from '../../../src/wire/identity.js'
import type { Watch } from '../watch.js'
import type { SimNode, World } from '../world.js'

const EVERY_MS = 500

export class Removal {
  readonly #world: World
  readonly #watch: Watch
  /**
   * Members that left and have not run since; which runs have seen it; and which may know of an
   * earlier farewell only: for them a list may well bring the run between.
   */
  readonly #away = new Map<Identity, { seenBy: Set<string>, unsure: Set<string> }>()
  /** Every identity that ever listened at an address. */
  readonly #seenAt = new Map<string, Set<Identity>>()

  constructor (world: World, watch: Watch) {
    this.#world = world
    this.#watch = watch
    world.onStart.push(node => { this.#onStart(node) })
    world.onLeft.push(node => {
      if (this.#runs(node.identity)) return
      const unsure = world.nodes.filter(other => this.#shows(other, node.identity) === 'left')
      const away = { seenBy: new Set<string>(), unsure: new Set(unsure.map(keyOf)) }
      this.#away.set(node.identity, away)
    })
    world.onDial.push((node, address) => { this.#onDial(node, address) })
    const look = (): void => {
      if (this.#away.size > 0) this.#look()
      world.at(world.nowMs + EVERY_MS, look)
    }
    world.at(EVERY_MS, look)
  }

  #onStart (node: SimNode): void {
    this.#away.delete(node.identity)
    for (const { unsure } of this.#away.values()) unsure.add(keyOf(node))
    const seen = this.#seenAt.get(node.address) ?? new Set<Identity>()
    this.#seenAt.set(node.address, seen.add(node.identity))
  }

  /** True when a twin of the one that left goes on. */
  #runs (identity: Identity): boolean {
    return this.#world.nodes.some(node => node.identity === identity && node.core !== null)
  }

  #shows ({ core }: SimNode, identity: Identity): string | undefined {
    return core?.peers().find(({ id }) => id === identity)?.status
  }

  #look (): void {
    for (const node of this.#world.nodes) {
      if (node.core === null || node.isHostile) continue
      for (const { id, status } of node.core.peers()) {
        const { seenBy, unsure } = this.#away.get(id) ?? {}
        if (seenBy === undefined || unsure?.has(keyOf(node)) === true) continue
        this.#watch.looked('removal')
        if (status === 'left') seenBy.add(keyOf(node))
        else if (seenBy.has(keyOf(node))) {
          this.#watch.fail('removal', `n${node.index} shows one that left as ${status} again`)
        }
      }
    }
  }

  /**
   * An address that was somebody else's too, or that the operator named, may be dialled; and
   * hostile ones tell of members that do not exist at any address.
   */
  #onDial (node: SimNode, address: string): void {
    if (this.#away.size === 0 || this.#world.nodes.some(({ isHostile }) => isHostile)) return
    if (node.connect.some(target => target.address === address)) return
    const [identity, ...others] = this.#seenAt.get(address) ?? []
    if (identity === undefined || others.length > 0) return
    if (this.#away.get(identity)?.seenBy.has(keyOf(node)) !== true) return
    this.#watch.fail('removal', `n${node.index} dials one that left at ${address}`)
  }
}

function keyOf (node: SimNode): string {
  return `n${node.index} run ${node.run}`
}
