/**
 * Faults that strike who publishes and who keeps: clocks of authors that run ahead, disks that are
 * full, processes that end in the middle of a write, readers that take bulletins slowly.
 */
import type { Random } from '../../../src/core/random.js'
import type { SimNode, World } from '../world.js'
import { pickRunning, type FaultKind } from './fault.js'
import { TOPIC } from './publishing.js'

/** Members take what is dated up to 120 s ahead; more has to wait for so much longer. */
const AHEAD_LEAST_MS = 121_000
const AHEAD_SPREAD_MS = 25_000
const AHEAD_FOR_MAX_MS = 8_000
const FULL_FOR_MAX_MS = 15_000
const NARROW_FOR_MAX_MS = 12_000
/** A process that is to end while it writes ends within this, or not at all. */
const WRITES_WITHIN_MS = 4_000
const WRITE_MAX_MS = 5
const OFF_MAX_MS = 4_000

export interface BulletinFaultOptions {
  /** By then everything is as it was. */
  readonly untilMs: number
  /** Clocks may run ahead: nobody keeps for so short a time that all would be forgotten. */
  readonly withSkew: boolean
}

export function bulletinFaults (
  world: World, options: BulletinFaultOptions,
): readonly FaultKind[] {
  const { untilMs, withSkew } = options
  const kinds: FaultKind[] = [
    { name: 'full-disk', strike: plan => fillDisk(world, plan, untilMs) },
    { name: 'narrow-link', strike: plan => narrow(world, plan, untilMs) },
    { name: 'torn-write', strike: plan => endInWrite(world, plan, untilMs) },
  ]
  return withSkew
    ? [...kinds, { name: 'author-ahead', strike: plan => runAhead(world, plan, untilMs) }]
    : kinds
}

/** The clock of an author runs ahead for a while, and it publishes. */
function runAhead (world: World, plan: Random, untilMs: number): boolean {
  const node = pickHonest(world, plan)
  if (node === undefined) return false
  const aheadMs = AHEAD_LEAST_MS + Math.floor(AHEAD_SPREAD_MS * plan.fraction())
  const endMs = Math.min(untilMs, world.nowMs + AHEAD_FOR_MAX_MS * plan.fraction() ** 2)
  world.setClock(node, aheadMs)
  const count = 1 + plan.below(4)
  for (let i = 0; i < count; i++) world.publish(node, TOPIC, `${node.index} ahead ${i}`)
  world.at(endMs, () => { world.setClock(node, -aheadMs) })
  return true
}

/** A disk takes nothing for a while; who keeps its bulletins in memory has none. */
function fillDisk (world: World, plan: Random, untilMs: number): boolean {
  const node = pickHonest(world, plan)
  if (node === undefined || node.disk === null || node.isDiskFull) return false
  node.isDiskFull = true
  const endMs = Math.min(untilMs, world.nowMs + 50 + FULL_FOR_MAX_MS * plan.fraction() ** 2)
  world.at(endMs, () => { node.isDiskFull = false })
  return true
}

/** Others take what a machine publishes slowly, so that it has to drop some of it. */
function narrow (world: World, plan: Random, untilMs: number): boolean {
  const node = pickHonest(world, plan)
  if (node === undefined) return false
  const share = plan.fraction()
  const roomBytes = 200 + Math.floor(8_000 * plan.fraction() ** 2)
  const bytesPerMs = 0.02 + 4 * plan.fraction() ** 3
  const forMs = Math.min(untilMs - world.nowMs, 100 + NARROW_FOR_MAX_MS * plan.fraction() ** 2)
  let isNarrow = false
  for (const { side } of node.sides.values()) {
    if (plan.fraction() > share) continue
    isNarrow = world.narrow(side, roomBytes, bytesPerMs, forMs) || isNarrow
  }
  return isNarrow
}

/** A process ends while it writes: of what it was writing some is on the disk. */
function endInWrite (world: World, plan: Random, endMs: number): boolean {
  const node = pickHonest(world, plan)
  if (node === undefined || node.disk === null) return false
  const { run } = node
  const untilMs = Math.min(endMs - WRITE_MAX_MS, world.nowMs + WRITES_WITHIN_MS)
  const afterMs = WRITE_MAX_MS * plan.fraction()
  const offMs = OFF_MAX_MS * plan.fraction() ** 2
  world.onBulletins.push((other, { kind }) => {
    if (other !== node || kind !== 'store-batch') return
    if (node.run !== run || world.nowMs > untilMs) return
    world.at(world.nowMs + afterMs, () => {
      if (node.run !== run || node.core === null) return
      node.shelf?.tear(plan)
      world.crash(node, false)
      world.at(world.nowMs + offMs, () => { world.start(node) })
    })
  })
  return true
}

function pickHonest (world: World, plan: Random): SimNode | undefined {
  const node = pickRunning(world, plan)
  return node?.isHostile === true ? undefined : node
}
