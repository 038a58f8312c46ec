/**
 * P1 and P2: every pair of live members holds exactly one ready link, the same one at both ends,
 * and every member list shows every live member as linked.
 */
import type { World } from '../world.js'

/** The first thing that is missing, or null when the mesh is whole. */
export function fullMeshGap (world: World): string | null {
  const live = world.nodes.filter(node => node.core !== null)
  for (const node of live) {
    const views = new Map(node.core?.peers().map(view => [view.id, view.status]))
    for (const other of live) {
      if (other === node) continue
      const status = views.get(other.identity)
      if (status === 'linked') continue
      return `n${node.index} sees n${other.index} as ${status ?? 'unknown'}`
    }
    const linked = [...views.values()].filter(status => status === 'linked').length
    if (linked !== live.length - 1) return `n${node.index} is linked with ${linked} members`
    // No doubles: what is not the one ready link of a pair is closed, on both sides.
    if (node.sides.size !== live.length - 1) {
      return `n${node.index} holds ${node.sides.size} connections for ${live.length - 1} peers`
    }
  }
  return null
}
