/** Faults of machines: other keys at the same address, clocks set back, farewells, twins. */
import type { Random } from '../../../src/core/random.js'
import { EPOCH_MS, targetsOf } from '../sim-node.js'
import type { SimNode, World } from '../world.js'
import { pickRunning, type Excuses, type FaultKind } from './fault.js'

const HOUR_MS = 3_600_000
/** Members refuse whose clock is a day off, and clocks are set by other faults, too. */
const BEHIND_MAX_MS = 4 * HOUR_MS
const OFF_MAX_MS = 4_000
const TWINS_MAX = 2
/** Who lost power is found silent within this, by a peer that is stalled meanwhile, too. */
const MISSED_MAX_MS = 12_000

export function machineFaults (world: World, excuses: Excuses): readonly FaultKind[] {
  let twins = 0
  return [
    { name: 'fresh-disk', strike: plan => replaceDisk(world, excuses, plan) },
    { name: 'set-back', strike: plan => setBack(world, excuses, plan) },
    { name: 'leave', strike: plan => leave(world, plan) },
    { name: 'twin', strike: plan => twins < TWINS_MAX && addTwin(world, plan) && ++twins > 0 },
  ]
}

/** A machine comes back with an empty disk: another key at the same address. */
function replaceDisk (world: World, excuses: Excuses, plan: Random): boolean {
  const node = pickRunning(world, plan)
  if (node === undefined || node.disk === null) return false
  end(world, excuses, plan, node)
  world.replaceDisk(node)
  startAgain(world, plan, node)
  return true
}

/** A machine comes back with a clock an hour earlier than that of its former run. */
function setBack (world: World, excuses: Excuses, plan: Random): boolean {
  const node = pickRunning(world, plan)
  if (node === undefined || node.offsetMs < EPOCH_MS - BEHIND_MAX_MS) return false
  end(world, excuses, plan, node)
  world.setClock(node, -HOUR_MS)
  startAgain(world, plan, node)
  return true
}

/** Its operator ends it properly; some return, and who is nobody's way in may be gone for good. */
function leave (world: World, plan: Random): boolean {
  const node = pickRunning(world, plan)
  if (node === undefined || node.isHostile) return false
  world.leave(node)
  if (plan.below(2) === 0 && !isWayIn(world, node)) node.isRetired = true
  else if (plan.below(2) === 0) startAgain(world, plan, node)
  return true
}

/** Somebody was told to join through it: without it they might never find anybody. */
function isWayIn ({ nodes }: World, { address }: SimNode): boolean {
  return nodes.some(({ connect }) => connect.some(target => target.address === address))
}

/**
 * The disk of a machine is copied to another one, which runs at the same time. Nobody's way in: of
 * twins one goes quiet, and answers nobody.
 */
function addTwin (world: World, plan: Random): boolean {
  const node = pickRunning(world, plan)
  if (node === undefined || node.disk === null || node.isHostile) return false
  if (isWayIn(world, node)) return false
  const through = plan.pick(world.nodes.filter(other =>
    other !== node && !other.isHostile && !other.isRetired))
  if (through === undefined) return false
  world.start(world.addTwin(node, targetsOf([through.index])))
  return true
}

function startAgain (world: World, plan: Random, node: SimNode): void {
  world.at(world.nowMs + OFF_MAX_MS * plan.fraction() ** 2, () => { world.start(node) })
}

/** Half of the ends are silent: the power goes, too. */
function end (world: World, { falseDeath }: Excuses, plan: Random, node: SimNode): void {
  const losesPower = plan.below(2) === 0
  if (losesPower) falseDeath.node(node, world.nowMs + MISSED_MAX_MS)
  world.crash(node, losesPower)
}
