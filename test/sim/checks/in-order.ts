/** Part of P3: each running subscriber is handed what one run wrote in its order; else as late. */
import type { Watch } from '../watch.js'
import type { World } from '../world.js'
import { readerOf } from './once.js'

export function checkInOrder (world: World, watch: Watch): void {
  /** By reader and log: the highest position so far. */
  const heads = new Map<string, number>()
  world.onBulletins.push((node, effect) => {
    if (effect.kind !== 'deliver' || node.isHostile) return
    watch.looked('in-order')
    const { author, incarnation, first, count, isLate } = effect.delivery
    const name = `${readerOf(node)} ${author} ${incarnation}`
    const head = heads.get(name) ?? 0
    if (!isLate && first < head) {
      const what = `${author.slice(0, 10)} ${incarnation} ${first}`
      watch.fail('in-order', `n${node.index} was handed ${what} after ${head}, and not as late`)
    }
    heads.set(name, Math.max(head, first + count - 1))
  })
}
