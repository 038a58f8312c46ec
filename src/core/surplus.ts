/**
 * Above `--max-links` a link is given up, a while after the last one became ready. Which one and
 * when is decided in `slots.ts`. Read next: `membership.ts`.
 */
import { sendRefusal } from './greet.js'
import type { Machines, Membership } from './membership.js'
import type { Mesh } from './mesh.js'

/** The spare links were made for somebody in need: others may take over what this node has. */
export function giveUpSurplus (mesh: Mesh, machines: Machines, membership: Membership): void {
  const { slots, operator } = machines
  if (mesh.phase !== 'running' || !slots.isAbove) return
  const entry = slots.victim(peer => operator.names(peer))
  if (entry !== null) {
    // Told why, the other end leaves this one alone instead of dialling it at once.
    sendRefusal(mesh, entry, 'full', slots.others(entry.peer))
    membership.giveUp(entry.peer)
  }
  slots.lookForSurplus()
}
