/** Part of P3: each running subscriber is handed each bulletin once. */
import type { Watch } from '../watch.js'
import type { SimNode, World } from '../world.js'

export function checkOnce (world: World, watch: Watch): void {
  const seen = new Map<string, Set<string>>()
  world.onBulletins.push((node, effect) => {
    if (effect.kind !== 'deliver' || node.isHostile) return
    const { author, incarnation, first, count } = effect.delivery
    const reader = readerOf(node)
    const mine = seen.get(reader) ?? new Set<string>()
    seen.set(reader, mine)
    for (let seq = first; seq < first + count; seq++) {
      watch.looked('once')
      const name = `${author} ${incarnation} ${seq}`
      if (mine.has(name)) {
        const what = `${author.slice(0, 10)} ${incarnation} ${seq}`
        watch.fail('once', `n${node.index} was handed ${what} twice`)
      }
      mine.add(name)
    }
  })
}

/**
 * A run of a node with one clock: set forward, it makes the node forget what is old by then; set
 * back, that is new again.
 */
export function readerOf ({ index, run, offsetsMs }: SimNode): string {
  return `${index} ${run} ${offsetsMs.length}`
}
