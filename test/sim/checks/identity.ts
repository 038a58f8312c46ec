/** P4: a link is ready only with who is really at the other end of one of the connections. */
import type { Watch } from '../watch.js'
import type { World } from '../world.js'

export function checkIdentity (world: World, watch: Watch): void {
  world.onNotice.push((node, notice) => {
    if (notice.kind !== 'link-up') return
    watch.looked('identity')
    for (const { side } of node.sides.values()) {
      if (side.other.identity === notice.peer) return
    }
    watch.fail('identity', `n${node.index} is linked with ${notice.peer}, who is at no connection`)
  })
}
