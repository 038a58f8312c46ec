/**
 * Scripted worlds of the sizes that are promised: two hundred members, a long cut, dead identities
 * in every roster. Each returns how long the healing took, or throws with what is missing.
 */
import { fullMeshGap } from './checks/full-mesh.js'
import { awaitFullMesh, HEAL_MAX_MS } from './run.js'
import { World, type SimNode } from './world.js'

export interface SceneReport {
  readonly scene: string
  readonly nodes: number
  readonly healMs: number
  readonly steps: number
}

const LAN = { least: 1, spread: 3 }

/** Two full halves, cut for long enough that redials are on the budget, then healed. */
export function cutAndMerge (seed: number, half: number, cutForMs: number): SceneReport {
  const world = new World({ seed, realSuite: false, latencyMs: LAN })
  for (let index = 0; index < 2 * half; index++) {
    world.addNode(index === 0 ? [] : [0], true)
  }
  for (const node of world.nodes) world.at(node.index * 5, () => { world.start(node) })
  world.runUntil(2 * half * 5)
  demand(world, awaitFullMesh(world, 30_000), 'forming')
  setCut(world, half)
  world.runUntil(world.nowMs + cutForMs)
  // A newcomer on each side meanwhile, joined through a member of its side.
  for (const through of [1, half + 1]) {
    const newcomer = world.addNode([through], true)
    for (const node of world.nodes) {
      const isAcross = (node.index < half) !== (through < half)
      if (isAcross && node !== newcomer) cutPair(world, node, newcomer)
    }
    world.start(newcomer)
  }
  const [one, other] = world.nodes.slice(-2)
  if (one !== undefined && other !== undefined) cutPair(world, one, other)
  world.runUntil(world.nowMs + 10_000)
  world.network.healAll()
  const healMs = demand(world, awaitFullMesh(world, HEAL_MAX_MS), 'healing')
  return { scene: 'cut-and-merge', nodes: world.nodes.length, healMs, steps: world.steps }
}

/** A full mesh of `size`, then one joins through one. */
export function joinLarge (seed: number, size: number): SceneReport {
  const world = new World({ seed, realSuite: false, latencyMs: LAN })
  for (let index = 0; index < size; index++) world.addNode(index === 0 ? [] : [0], false)
  for (const node of world.nodes) world.at(node.index * 5, () => { world.start(node) })
  world.runUntil(size * 5)
  demand(world, awaitFullMesh(world, 30_000), 'forming')
  world.start(world.addNode([size - 1], false))
  const healMs = demand(world, awaitFullMesh(world, HEAL_MAX_MS), 'joining')
  return { scene: 'join-large', nodes: world.nodes.length, healMs, steps: world.steps }
}

/** `size` live nodes whose rosters also hold `dead` members that will never answer again. */
export function deadInRosters (
  seed: number, size: number, dead: number, goneForMs: number,
): SceneReport {
  const world = new World({ seed, realSuite: false, latencyMs: LAN })
  for (let index = 0; index < size + dead; index++) world.addNode(index === 0 ? [] : [0], true)
  for (const node of world.nodes) world.at(node.index * 5, () => { world.start(node) })
  world.runUntil((size + dead) * 5)
  demand(world, awaitFullMesh(world, 30_000), 'forming')
  // The dead lose power, and packets to them vanish: no dial is refused, each runs into its limit.
  for (const node of world.nodes.slice(size)) {
    world.crash(node, true)
    for (const live of world.nodes.slice(0, size)) cutPair(world, live, node)
  }
  world.runUntil(world.nowMs + goneForMs)
  setCut(world, Math.floor(size / 2), size)
  world.runUntil(world.nowMs + goneForMs)
  world.network.healAll()
  for (const node of world.nodes.slice(size)) {
    for (const live of world.nodes.slice(0, size)) cutPair(world, live, node)
  }
  const healMs = demand(world, awaitFullMesh(world, HEAL_MAX_MS), 'healing')
  return { scene: 'dead-in-rosters', nodes: size, healMs, steps: world.steps }
}

function setCut (world: World, at: number, size = world.nodes.length): void {
  for (const one of world.nodes.slice(0, at)) {
    for (const other of world.nodes.slice(at, size)) cutPair(world, one, other)
  }
}

function cutPair (world: World, one: SimNode, other: SimNode): void {
  world.network.cut(one.index, other.index)
  world.network.cut(other.index, one.index)
}

function demand (world: World, tookMs: number | null, what: string): number {
  if (tookMs === null) throw new Error(`${what}: ${fullMeshGap(world)}`)
  return tookMs
}
