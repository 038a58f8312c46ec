/**
 * P1 and P2: every pair of live members holds exactly one ready link, the same one at both ends,
 * and every member list shows every live member as linked. Of twins only one is a member: the
 * others have gone quiet. Hostile machines count as nobody.
 */
import type { Identity } from '../../../src/wire/identity.js'
import type { SimNode, World } from '../world.js'

/** An address is tried and answered in this. */
const MOMENT_MS = 1_000

/** The first thing that is missing, or null when the mesh is whole. */
export function fullMeshGap (world: World): string | null {
  const members = new Map<Identity, SimNode>()
  for (const node of world.nodes) {
    if (node.core === null || node.isHostile || node.isQuiet) continue
    const twin = members.get(node.identity)
    if (twin !== undefined) return `n${node.index} and its twin n${twin.index} both go on`
    members.set(node.identity, node)
  }
  for (const node of members.values()) {
    const gap = gapOf(world, node, members)
    if (gap !== null) return gap
  }
  return null
}

function gapOf (
  world: World, node: SimNode, members: ReadonlyMap<Identity, SimNode>,
): string | null {
  const views = new Map(node.core?.peers().map(view => [view.id, view.status]))
  for (const other of members.values()) {
    if (other === node) continue
    const status = views.get(other.identity)
    if (status !== 'linked') return `n${node.index} sees n${other.index} as ${status ?? 'unknown'}`
  }
  const hostile = new Set<string>(world.nodes.filter(({ isHostile }) => isHostile)
    .map(({ identity }) => identity))
  let linked = 0
  for (const [identity, status] of views) {
    if (status === 'linked' && !hostile.has(identity)) linked++
  }
  if (linked !== members.size - 1) return `n${node.index} is linked with ${linked} members`
  // No doubles: what is not the one ready link of a pair is closed, on both sides. Connections of
  // the last moment may be dials to an address where somebody else was.
  const held = new Map<string, number>()
  for (const { side, openedMs } of node.sides.values()) {
    const count = held.get(side.other.identity) ?? 0
    if (count > 0 && openedMs > world.nowMs - MOMENT_MS) continue
    if (!hostile.has(side.other.identity)) held.set(side.other.identity, count + 1)
  }
  for (const [identity, count] of held) {
    if (count > 1) return `n${node.index} holds ${count} connections with ${identity}`
  }
  return null
}
