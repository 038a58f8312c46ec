/**
 * What befalls a simulated network: which kinds of fault a seed uses, how often, upon whom. Swarm
 * testing: a random subset of the kinds, with wild weights (Groce et al. 2012).
 * Read next: `run.ts`, which plays it.
 */
import type { Random } from '../../src/core/random.js'
import type { FalseDeath } from './checks/false-death.js'
import type { SimNode, World } from './world.js'

const FAULTS = [
  'cut', 'one-way', 'heal', 'crash', 'power', 'start', 'stall', 'reset', 'clock',
] as const
type Fault = typeof FAULTS[number]

/** A clock is set by up to two hours: short of what members refuse each other for. */
const CLOCK_SET_MAX_MS = 2 * 3_600_000

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
