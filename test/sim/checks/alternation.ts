/** Part of P1: for each peer, link-up and link-down strictly alternate, beginning with link-up. */
import type { Watch } from '../watch.js'
import type { World } from '../world.js'

export function checkAlternation (world: World, watch: Watch): void {
  const up = new Set<string>()
  world.onNotice.push((node, notice) => {
    if (notice.kind !== 'link-up' && notice.kind !== 'link-down') return
    watch.looked('alternation')
    const key = `n${node.index} run ${node.run} about ${notice.peer}`
    if (up.has(key) === (notice.kind === 'link-up')) {
      watch.fail('alternation', `${key}: ${notice.kind} twice`)
    }
    if (notice.kind === 'link-up') up.add(key)
    else up.delete(key)
  })
}
