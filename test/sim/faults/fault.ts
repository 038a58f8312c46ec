/** What a kind of fault is, and the checks that must know of some of them. */
import type { Random } from '../../../src/core/random.js'
import type { DeadLink } from '../checks/dead-link.js'
import type { FalseDeath } from '../checks/false-death.js'
import type { SimNode, World } from '../world.js'

export interface FaultKind {
  readonly name: string
  /** True when it found somebody to befall. */
  strike (plan: Random): boolean
}

/** What excuses who falls silent. */
export interface Excuses {
  readonly falseDeath: FalseDeath
  readonly deadLink: DeadLink
}

/** A machine that runs, or undefined. */
export function pickRunning (world: World, plan: Random): SimNode | undefined {
  const node = plan.pick(world.nodes)
  return node === undefined || node.core === null ? undefined : node
}
