/**
 * A disk that takes nothing: its node says so once, publishing fails as long as a write failed a
 * moment ago, and what it could not write it delivers all the same. When there is room again what
 * others hold is fetched, which `nothing-missed.ts` demands.
 */
import { BULLETIN_LIMITS } from '../../../src/limits.js'
import { nameOf } from '../shelf-port.js'
import type { Watch } from '../watch.js'
import type { SimNode, World } from '../world.js'

/** It is told at the end of the same event. */
const SOON_MS = 1
/** So long an open batch may wait for a busy link with what was let in. */
const LEAVES_WITHIN_MS = BULLETIN_LIMITS.batchOpenMaxMs + SOON_MS

export class FullDisk {
  readonly #world: World
  readonly #watch: Watch
  /** Runs that said so and have written nothing since. */
  readonly #told = new Set<string>()
  readonly #failedMs = new Map<string, number>()

  constructor (world: World, watch: Watch) {
    this.#world = world
    this.#watch = watch
    world.onWritten.push((node, batch, isStored) => {
      if (node.isHostile) return
      if (isStored) this.#told.delete(runOf(node))
      else this.#onFailed(node, nameOf(batch))
    })
    world.onNotice.push((node, notice) => {
      if (node.isHostile || notice.kind !== 'warning' || notice.code !== 'store-failed') return
      if (this.#told.has(runOf(node))) watch.fail('full-disk', `n${node.index} tells it again`)
      this.#told.add(runOf(node))
    })
    world.onBulletins.push((node, effect) => {
      if (node.isHostile || effect.kind !== 'published') return
      const sinceMs = world.nowMs - (this.#failedMs.get(runOf(node)) ?? -Infinity)
      // What was let in before the write failed leaves after it.
      if (sinceMs <= LEAVES_WITHIN_MS || sinceMs >= BULLETIN_LIMITS.storeRestMs) return
      watch.fail('full-disk', `n${node.index} publishes ${Math.round(sinceMs)} ms after its ` +
        'disk took nothing')
    })
  }

  #onFailed (node: SimNode, name: string): void {
    this.#watch.looked('full-disk')
    const run = runOf(node)
    this.#world.at(this.#world.nowMs + SOON_MS, () => {
      if (node.core === null || runOf(node) !== run) return
      if (node.stalledUntilMs > this.#world.nowMs) return
      this.#failedMs.set(run, this.#world.nowMs - SOON_MS)
      if (this.#told.has(run) || !node.isDiskFull) return
      this.#watch.fail('full-disk', `n${node.index} does not tell that it cannot write ${name}`)
    })
  }
}

function runOf ({ index, run }: SimNode): string {
  return `${index} ${run}`
}
