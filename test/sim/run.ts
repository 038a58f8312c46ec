/**
 * One seed, in two acts. First anything may fail: nodes join, crash, restart, stall; the network is
 * cut and connections break; nothing wrong may ever be observed. Then everything is healed, and the
 * full mesh is demanded within the bound and must stay. Which faults a seed uses, and how often, is
 * drawn from it (swarm testing: Groce et al. 2012).
 */
import { Random } from '../../src/core/random.js'
import { checkAlternation } from './checks/alternation.js'
import { FalseDeath } from './checks/false-death.js'
import { fullMeshGap } from './checks/full-mesh.js'
import { checkIdentity } from './checks/identity.js'
import { World, type SimNode } from './world.js'

export interface RunOptions {
  readonly seed: number
  readonly nodesMin: number
  readonly nodesMax: number
  /** Takes a line for every effect but heartbeats, when set. */
  readonly trace?: (line: string) => void
}

export interface RunReport {
  readonly seed: number
  readonly nodes: number
  readonly steps: number
  readonly simulatedMs: number
  readonly faults: Readonly<Record<string, number>>
  /** From the healing to the full mesh; null when it was not reached. */
  readonly healMs: number | null
  /** What went wrong first, or null. */
  readonly failure: string | null
}

/** DESIGN 1, P2: the bound on healing in the simulator. */
export const HEAL_MAX_MS = 10_000
/** The healed mesh must stay for this long. */
const STAYS_MS = 6_000
const POLL_MS = 250

const FAULTS = [
  'cut', 'one-way', 'heal', 'crash', 'power', 'start', 'stall', 'reset', 'clock',
] as const
type Fault = typeof FAULTS[number]

/** A clock is set by up to two hours: short of what members refuse each other for. */
const CLOCK_SET_MAX_MS = 2 * 3_600_000

export function run ({ seed, nodesMin, nodesMax, trace }: RunOptions): RunReport {
  const plan = new Random(seed ^ 0x5eed)
  const world = new World({
    seed,
    realSuite: seed % 20 === 0,
    latencyMs: { least: 0.2 + 40 * plan.fraction() ** 3, spread: 60 * plan.fraction() ** 2 },
  })
  if (trace !== undefined) traceTo(world, trace)
  let failure: string | null = null
  const fail = (what: string): void => {
    failure ??= `at ${Math.round(world.nowMs)} ms: ${what}`
  }
  checkAlternation(world, fail)
  checkIdentity(world, fail)
  const falseDeath = new FalseDeath(world, fail)
  const count = nodesMin + plan.below(nodesMax - nodesMin + 1)
  for (let index = 0; index < count; index++) {
    world.addNode(bootstraps(plan, index), plan.below(2) === 0)
  }
  if (plan.below(4) === 0) forbidDials(world, plan)
  const faults = new Faults(world, plan, falseDeath)

  const troubleMs = 15_000 + plan.below(30_000) + (plan.below(12) === 0 ? 120_000 : 0)
  faults.startAll(troubleMs / 3)
  faults.schedule(troubleMs)
  world.runUntil(troubleMs)
  faults.healAll()
  const healMs = awaitFullMesh(world)
  if (healMs === null) fail(`not healed in ${HEAL_MAX_MS} ms: ${fullMeshGap(world)}`)
  world.runUntil(world.nowMs + STAYS_MS)
  const gap = healMs === null ? null : fullMeshGap(world)
  if (gap !== null) fail(`the healed mesh broke: ${gap}`)
  return {
    seed, nodes: count, steps: world.steps, simulatedMs: world.nowMs, faults: faults.counts, healMs,
    failure,
  }
}

function traceTo (world: World, trace: (line: string) => void): void {
  world.onEffect = (node, effect) => {
    if (effect.kind === 'send' && effect.frame.type === 'heartbeat') return
    const names = new Map<string, string>()
    for (const { identity, index } of world.nodes) names.set(identity, `n${index}`)
    const text = JSON.stringify(effect, (_, value: unknown) =>
      value instanceof Uint8Array ? `${value.length} bytes` : value)
    const named = text.replace(/[a-z2-7]{52}/g, id => names.get(id) ?? id.slice(0, 10))
    trace(`${Math.round(world.nowMs)} n${node.index} ${named}`)
  }
}

/** How long it took, or null when the bound passed. */
export function awaitFullMesh (world: World, boundMs = HEAL_MAX_MS): number | null {
  const startMs = world.nowMs
  while (world.nowMs - startMs < boundMs) {
    if (fullMeshGap(world) === null) return world.nowMs - startMs
    world.runUntil(world.nowMs + POLL_MS)
  }
  return fullMeshGap(world) === null ? world.nowMs - startMs : null
}

/** The first node waits; the others join through one or two that come before them. */
function bootstraps (plan: Random, index: number): number[] {
  if (index === 0) return []
  const first = plan.below(3) === 0 ? plan.below(index) : 0
  return plan.below(4) === 0 ? [first, plan.below(index)] : [first]
}

/**
 * Of some pairs only one can dial the other, from the beginning to the end: the mesh is demanded
 * all the same. Who joins can dial whom it joins through.
 */
function forbidDials (world: World, plan: Random): void {
  const share = plan.fraction()
  for (const one of world.nodes) {
    for (const other of world.nodes) {
      if (one.index >= other.index || plan.fraction() > share) continue
      const [from, to] = plan.below(2) === 0 ? [one, other] : [other, one]
      if (from.connect.some(({ address }) => address === to.address)) continue
      world.network.forbidDial(from.index, to.index)
    }
  }
}

/** The faults of one seed: which kinds, how often, upon whom. */
export class Faults {
  readonly #world: World
  readonly #plan: Random
  readonly #falseDeath: FalseDeath
  readonly counts: Record<string, number> = {}

  constructor (world: World, plan: Random, falseDeath: FalseDeath) {
    this.#world = world
    this.#plan = plan
    this.#falseDeath = falseDeath
  }

  /** Every node starts within `withinMs`, the first at once. */
  startAll (withinMs: number): void {
    this.#world.nodes.forEach((node, index) => {
      const atMs = index === 0 ? 0 : withinMs * this.#plan.fraction() ** 2
      this.#world.at(atMs, () => { this.#world.start(node) })
    })
  }

  /** Draws which kinds this seed uses, with wild weights, and when. */
  schedule (untilMs: number): void {
    const chosen: Fault[] = []
    for (const fault of FAULTS) {
      const weight = this.#plan.below(2) === 0 ? 0 : 1 + this.#plan.below(8)
      for (let i = 0; i < weight; i++) chosen.push(fault)
    }
    const everyMs = 200 + this.#plan.below(6_000)
    for (let atMs = 1_000; atMs < untilMs; atMs += everyMs * 2 * this.#plan.fraction()) {
      const fault = this.#plan.pick(chosen)
      if (fault !== undefined) this.#world.at(atMs, () => { this.#strike(fault) })
    }
  }

  /** Act two: every cut ends, every machine runs, nobody stalls any more. */
  healAll (): void {
    this.#world.network.healAll()
    this.#falseDeath.healed()
    for (const node of this.#world.nodes) {
      this.#world.resume(node)
      this.#world.start(node)
    }
  }

  #strike (fault: Fault): void {
    const node = this.#plan.pick(this.#world.nodes)
    if (node === undefined) return
    this.counts[fault] = (this.counts[fault] ?? 0) + 1
    switch (fault) {
      case 'cut': return this.#cut()
      case 'one-way': return this.#cutOneWay(node)
      case 'clock': {
        const byMs = CLOCK_SET_MAX_MS * (2 * this.#plan.fraction() - 1) ** 3
        return this.#world.setClock(node, Math.round(byMs))
      }
      case 'heal':
        this.#world.network.healAll()
        return this.#falseDeath.healed()
      case 'crash': return this.#world.crash(node, false)
      case 'power':
        this.#falseDeath.node(node, Infinity)
        return this.#world.crash(node, true)
      case 'start': return this.#world.start(node)
      case 'stall': return this.#stall(node)
      case 'reset': {
        const other = this.#plan.pick(this.#world.nodes)
        if (other !== undefined) this.#world.network.reset(node.index, other.index)
      }
    }
  }

  /** Splits the network in two. */
  #cut (): void {
    const share = this.#plan.fraction()
    const inside = new Set(this.#world.nodes.filter(() => this.#plan.fraction() < share))
    for (const one of inside) {
      for (const other of this.#world.nodes) {
        if (inside.has(other)) continue
        this.#cutPair(one, other)
        this.#cutPair(other, one)
      }
    }
  }

  /** Packets to or from one machine vanish, those the other way arrive. */
  #cutOneWay (node: SimNode): void {
    const isDeaf = this.#plan.below(2) === 0
    for (const other of this.#world.nodes) {
      if (other === node || this.#plan.below(2) === 0) continue
      if (isDeaf) this.#cutPair(other, node)
      else this.#cutPair(node, other)
    }
  }

  #cutPair (from: SimNode, to: SimNode): void {
    this.#world.network.cut(from.index, to.index)
    this.#falseDeath.pair(from, to)
  }

  #stall (node: SimNode): void {
    if (node.core === null || node.stalledUntilMs > this.#world.nowMs) return
    const forMs = 50 + 6_000 * this.#plan.fraction() ** 2
    this.#falseDeath.node(node, this.#world.nowMs + forMs)
    this.#world.stall(node, forMs)
  }
}
