/**
 * Scripted worlds of the sizes that are promised: two hundred members, a long cut, dead identities
 * in every roster, a hundred thousand members that do not exist. Each returns how long the healing
 * took, or throws with what is missing.
 */
import { Random } from '../../src/core/random.js'
import { rememberDead } from '../mutants/stage.js'
import { checkBounded } from './checks/bounded.js'
import { fullMeshGap } from './checks/full-mesh.js'
import { Hostile } from './hostile.js'
import { LONG_PARTIAL_SCENES, PARTIAL_SCENES } from './partial-scenes.js'
import { awaitFullMesh, HEAL_MAX_MS } from './run.js'
import type { SceneReport } from './scene-report.js'
import { EPOCH_MS } from './sim-node.js'
import { LONG_SPREAD_SCENES, SPREAD_SCENES } from './spread-scenes.js'
import { keyedHashSuite } from './suite.js'
import { Watch } from './watch.js'
import { World, type SimNode } from './world.js'

/** Played with every run of seeds, by these names. */
export const SCENES: Readonly<Record<string, () => SceneReport>> = {
  'a hundred and twenty': () => twoHundred(1, 60, 62_000),
  'two hundred dead': () => deadInRosters(1, 20, 200, 75_000),
  'a hundred thousand nobodies': () => crowd(1, 6, 100_000),
  ...PARTIAL_SCENES,
  ...SPREAD_SCENES,
}

/** Played with `--scenes` alone. */
export const LONG_SCENES: Readonly<Record<string, () => SceneReport>> = {
  'two hundred': () => twoHundred(1, 100, 62_000),
  ...LONG_PARTIAL_SCENES,
  ...LONG_SPREAD_SCENES,
}

const LAN = { least: 1, spread: 3 }

/**
 * Two halves less one member; that one joins; the halves are cut for so long that redials are on
 * the budget, a newcomer joins on each side; then all is healed.
 */
export function twoHundred (seed: number, half: number, cutForMs: number): SceneReport {
  const world = new World({ seed, realSuite: false, latencyMs: LAN })
  const size = 2 * half
  for (let index = 0; index < size - 1; index++) world.addNode(index === 0 ? [] : [0], true)
  for (const node of world.nodes) world.at(node.index * 5, () => { world.start(node) })
  world.runUntil(size * 5)
  demand(world, awaitFullMesh(world, 30_000), 'forming')
  world.start(world.addNode([size - 2], true))
  const joining = demand(world, awaitFullMesh(world, HEAL_MAX_MS), 'joining')
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
  world.runUntil(world.nowMs + 5_000)
  world.network.healAll()
  const merging = demand(world, awaitFullMesh(world, HEAL_MAX_MS), 'merging')
  const { steps, nodes } = world
  return { scene: 'two hundred', nodes: nodes.length, tookMs: { joining, merging }, steps }
}

/**
 * `size` live nodes whose disks also hold `dead` members that never answer again: packets to them
 * vanish, no dial is refused, each runs into its limit. Cut in two and healed.
 */
export function deadInRosters (
  seed: number, size: number, dead: number, goneForMs: number,
): SceneReport {
  const world = new World({ seed, realSuite: false, latencyMs: LAN })
  for (let index = 0; index < size; index++) world.addNode(index === 0 ? [] : [0], true)
  const live = [...world.nodes]
  const [first] = live
  if (first !== undefined) rememberDead(world, first, dead)
  for (const node of live) {
    for (const row of first?.disk?.members ?? []) node.disk?.members.set(...row)
  }
  for (const gone of world.nodes.slice(size)) for (const node of live) cutPair(world, node, gone)
  for (const node of live) world.start(node)
  const forming = demand(world, awaitFullMesh(world, HEAL_MAX_MS), 'forming')
  world.runUntil(world.nowMs + goneForMs)
  setCut(world, Math.floor(size / 2), size)
  world.runUntil(world.nowMs + goneForMs)
  world.network.healAll()
  for (const gone of world.nodes.slice(size)) for (const node of live) cutPair(world, node, gone)
  const healing = demand(world, awaitFullMesh(world, HEAL_MAX_MS), 'healing')
  const known = Math.min(...live.map(({ core }) => core?.peers().length ?? 0))
  if (known !== size + dead - 1) throw new Error(`a roster holds ${known} of ${size + dead - 1}`)
  return { scene: 'dead in rosters', nodes: size, tookMs: { forming, healing }, steps: world.steps }
}

/** A hostile member tells `crowd` members that do not exist, in pieces, to one at a time. */
export function crowd (seed: number, size: number, crowd: number): SceneReport {
  const world = new World({ seed, realSuite: false, latencyMs: LAN })
  const watch = new Watch(world)
  checkBounded(world, watch)
  for (let index = 0; index < size; index++) world.addNode(index === 0 ? [] : [0], true)
  for (const node of world.nodes) world.start(node)
  demand(world, awaitFullMesh(world, HEAL_MAX_MS), 'forming')
  let told = 0
  world.start(world.addHostile([0], (core, say) => new Hostile(core, say, new Random(seed), {
    attacks: ['crowd'],
    everyMs: 200,
    machines: size,
    offsetMs: EPOCH_MS,
    strange: () => keyedHashSuite(1e12 + told++),
    attacked: () => {},
  })))
  while (told < crowd && watch.failure === null) world.runUntil(world.nowMs + 1_000)
  world.crash(world.nodes[1] as SimNode, false)
  world.runUntil(world.nowMs + 1_000)
  world.start(world.nodes[1] as SimNode)
  const returning = demand(world, awaitFullMesh(world, HEAL_MAX_MS), 'returning')
  if (watch.failure !== null) throw new Error(watch.failure)
  return { scene: 'crowd', nodes: size, tookMs: { returning }, steps: world.steps }
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
