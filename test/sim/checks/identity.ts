/** P4: a link is ready only with who is really at the other end of one of the connections. */
import type { World } from '../world.js'

export function checkIdentity (world: World, fail: (what: string) => void): void {
  world.onNotice.push((node, notice) => {
    if (notice.kind !== 'link-up') return
    for (const { side } of node.sides.values()) {
      if (side.other.identity === notice.peer) return
    }
    fail(`n${node.index} is linked with ${notice.peer}, who is at no connection of it`)
  })
}
