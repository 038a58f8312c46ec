/**
 * What is kept and what gives way: a store holds no more than its quota, and nothing leaves it but
 * what has expired, what is too much, and the runs of an author beyond the newest eight.
 */
import { BULLETIN_LIMITS } from '../../../src/limits.js'
import type { BatchKey, StoredBatch } from '../../../src/core/bulletins/vocabulary.js'
import { nameOf } from '../shelf-port.js'
import type { Watch } from '../watch.js'
import type { SimNode, World } from '../world.js'

const EVERY_MS = 1_000

/** What the core of one run holds, by name, as it says. */
type Index = Map<string, StoredBatch>

export class Kept {
  readonly #world: World
  readonly #watch: Watch
  readonly #indexes = new Map<string, Index>()
  /** How often each author began: a log of which nothing is held counts, too. */
  readonly #runs = new Map<string, number>()

  constructor (world: World, watch: Watch) {
    this.#world = world
    this.#watch = watch
    world.onStart.push(node => {
      // Its disk as it is when the process begins to read it.
      this.#indexes.set(runOf(node), new Map(node.disk?.batches))
      this.#runs.set(node.identity, (this.#runs.get(node.identity) ?? 0) + 1)
    })
    world.onBulletins.push((node, effect) => {
      if (node.isHostile) return
      if (effect.kind === 'store-batch') this.#indexOf(node).set(nameOf(effect.batch), effect.batch)
      if (effect.kind === 'drop-batches') this.#onDrop(node, effect.keys)
    })
    world.onWritten.push((node, batch, isStored) => {
      // What could not be written is not held.
      if (!isStored) this.#indexOf(node).delete(nameOf(batch))
    })
    const look = (): void => {
      for (const node of world.nodes) if (!node.isHostile) this.#lookAt(node)
      world.at(world.nowMs + EVERY_MS, look)
    }
    world.at(EVERY_MS, look)
  }

  #onDrop (node: SimNode, keys: readonly BatchKey[]): void {
    const index = this.#indexOf(node)
    let bytes = 0
    for (const batch of index.values()) bytes += batch.bytes
    for (const key of keys) {
      this.#watch.looked('kept')
      const batch = index.get(nameOf(key))
      index.delete(nameOf(key))
      if (batch === undefined) continue
      const isTooMuch = bytes > quotaOf(node)
      bytes -= batch.bytes
      if (isTooMuch || this.#isExpired(node, batch) || this.#hasManyRuns(key)) continue
      const what = `${key.author.slice(0, 10)} ${key.incarnation} ${key.first}`
      this.#watch.fail('kept', `n${node.index} drops ${what} without a reason`)
    }
  }

  #lookAt (node: SimNode): void {
    if (node.core === null) return
    this.#watch.looked('kept')
    let bytes = 0
    for (const batch of this.#world.shelvedBy(node).values()) bytes += batch.bytes
    if (bytes <= quotaOf(node)) return
    this.#watch.fail('kept', `n${node.index} stores ${bytes} bytes of ${quotaOf(node)}`)
  }

  #isExpired (node: SimNode, { newest }: StoredBatch): boolean {
    const { retainMs = BULLETIN_LIMITS.retainDefaultMs } = node.policy.bulletins
    // The clock of the node itself, which is told in whole milliseconds.
    return newest * 1_000 + retainMs <= Math.round(this.#world.nowMs + node.toldOffsetMs)
  }

  /** More than are remembered: the oldest gives way. */
  #hasManyRuns ({ author }: BatchKey): boolean {
    return (this.#runs.get(author) ?? 0) > BULLETIN_LIMITS.logsPerAuthorMax
  }

  #indexOf (node: SimNode): Index {
    const index = this.#indexes.get(runOf(node)) ?? new Map<string, StoredBatch>()
    this.#indexes.set(runOf(node), index)
    return index
  }
}

function quotaOf ({ policy }: SimNode): number {
  return policy.bulletins.quotaBytes ?? BULLETIN_LIMITS.quotaDefaultBytes
}

function runOf ({ index, run }: SimNode): string {
  return `${index} ${run}`
}
