/**
 * Part of P1: of machines with one key the newest run counts. Nobody goes quiet that has no twin,
 * whatever it is told.
 */
import type { Identity } from '../../../src/wire/identity.js'
import type { Watch } from '../watch.js'
import type { World } from '../world.js'

export function checkTwins (world: World, watch: Watch): void {
  const machinesOf = new Map<Identity, Set<number>>()
  world.onStart.push(({ identity, index }) => {
    const machines = machinesOf.get(identity) ?? new Set<number>()
    machinesOf.set(identity, machines.add(index))
  })
  world.onNotice.push((node, notice) => {
    if (node.isHostile || notice.kind !== 'warning' || notice.code !== 'replaced') return
    watch.looked('twins')
    const machines = machinesOf.get(node.identity)
    if (machines !== undefined && machines.size > 1) return
    watch.fail('twins', `n${node.index} went quiet, and no other machine ever had its key`)
  })
}
