/** Faults of connections: slow readers, stalls, delays, connections that are forgotten. */
import type { Random } from '../../../src/core/random.js'
import type { Side } from '../network.js'
import type { SimNode, World } from '../world.js'
import { pickRunning, type Excuses, type FaultKind } from './fault.js'

/** Up to this long nobody may be called silent for it: two such delays and a heartbeat's second. */
const UNEXCUSED_MS = 1_000
const HELD_MAX_MS = 12_000
const SLOWER_MAX_MS = 2_500
const SLOWER_FOR_MAX_MS = 20_000

export function linkFaults (world: World, excuses: Excuses): readonly FaultKind[] {
  return [
    { name: 'slow-reader', strike: plan => slowReader(world, excuses, plan) },
    { name: 'link-stall', strike: plan => stallLink(world, excuses, plan) },
    { name: 'delay', strike: plan => delay(world, excuses, plan) },
    { name: 'lose', strike: plan => lose(world, excuses, plan) },
  ]
}

/** A machine reads some of its connections late: what arrives waits, then comes in a lump. */
function slowReader (world: World, excuses: Excuses, plan: Random): boolean {
  const node = pickRunning(world, plan)
  if (node === undefined) return false
  const share = plan.fraction()
  const forMs = 50 + HELD_MAX_MS * plan.fraction() ** 3
  let isHeld = false
  for (const { side } of node.sides.values()) {
    if (plan.fraction() > share || !hold(world, excuses, side, forMs)) continue
    isHeld = true
  }
  return isHeld
}

/** One connection carries nothing, either way, and then goes on. */
function stallLink (world: World, excuses: Excuses, plan: Random): boolean {
  const side = pickSide(world, plan)
  if (side === undefined) return false
  const forMs = 50 + HELD_MAX_MS * plan.fraction() ** 2
  const isNear = hold(world, excuses, side, forMs)
  return hold(world, excuses, side.other, forMs) || isNear
}

/** Packets between one machine and some others take longer, on one way or both, for a while. */
function delay (world: World, excuses: Excuses, plan: Random): boolean {
  const node = pickRunning(world, plan)
  if (node === undefined) return false
  const share = plan.fraction()
  const byMs = SLOWER_MAX_MS * plan.fraction() ** 2
  const untilMs = world.nowMs + SLOWER_FOR_MAX_MS * plan.fraction() ** 2
  const ways = plan.below(3)
  for (const other of world.nodes) {
    if (other === node || plan.fraction() > share) continue
    if (ways !== 1) slowWay(world, excuses, node, other, byMs, untilMs)
    if (ways !== 2) slowWay(world, excuses, other, node, byMs, untilMs)
  }
  return true
}

function slowWay (
  world: World, { falseDeath }: Excuses, from: SimNode, to: SimNode, byMs: number, untilMs: number,
): void {
  if (world.network.slowerMs(from.index, to.index) > 0) return
  if (byMs > UNEXCUSED_MS) falseDeath.pair(from, to, untilMs + byMs)
  world.network.slow(from.index, to.index, byMs)
  world.at(untilMs, () => {
    if (world.network.slowerMs(from.index, to.index) === byMs) {
      world.network.slow(from.index, to.index, 0)
    }
  })
}

/** A connection is forgotten on its way, and with it what was under way. */
function lose (world: World, { falseDeath }: Excuses, plan: Random): boolean {
  const side = pickSide(world, plan)
  if (side === undefined) return false
  world.network.lose(side)
  // Whoever hears of it by silence alone is right: that connection is dead.
  const [from, to] = [world.nodes[side.other.node], world.nodes[side.node]]
  if (from !== undefined && to !== undefined) {
    falseDeath.pair(from, to, world.nowMs)
    falseDeath.pair(to, from, world.nowMs)
  }
  return true
}

function hold (world: World, { falseDeath }: Excuses, side: Side, forMs: number): boolean {
  if (!world.network.hold(side, forMs)) return false
  const [from, to] = [world.nodes[side.other.node], world.nodes[side.node]]
  if (forMs > UNEXCUSED_MS && from !== undefined && to !== undefined) {
    falseDeath.pair(from, to, world.nowMs + forMs)
  }
  return true
}

function pickSide (world: World, plan: Random): Side | undefined {
  const node = pickRunning(world, plan)
  return plan.pick([...node?.sides.values() ?? []])?.side
}
