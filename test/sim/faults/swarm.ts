/**
 * What befalls a simulated network: which kinds of fault a seed uses, how often, upon whom. Swarm
 * testing: a random subset of the kinds, with wild weights (Groce et al. 2012).
 * The kinds of the first plan share one stream of draws; each kind of a later plan has a stream of
 * its own, so that adding one does not change when the others strike.
 * Read next: `links.ts` and `machines.ts` for those kinds, `../run.ts`, which plays it all.
 */
import { Random } from '../../../src/core/random.js'
import type { SimNode, World } from '../world.js'
import type { Excuses, FaultKind } from './fault.js'
import { addHostileAuthors } from './authors.js'
import { bulletinFaults } from './bulletins.js'
import { addHostiles } from './hostiles.js'
import { linkFaults } from './links.js'
import { machineFaults } from './machines.js'
import { drawPolicies } from './policies.js'
import { addPublishers } from './publishing.js'

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
  readonly #excuses: Excuses
  readonly counts: Record<string, number> = {}

  constructor (world: World, plan: Random, excuses: Excuses) {
    this.#world = world
    this.#plan = plan
    this.#excuses = excuses
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

  /** The kinds of the second plan: each in one seed of three, as often as its stream says. */
  scheduleMore (seed: number, untilMs: number): void {
    const kinds = [
      ...linkFaults(this.#world, this.#excuses), ...machineFaults(this.#world, this.#excuses),
    ]
    for (const kind of kinds) this.#scheduleKind(kind, streamOf(seed, kind.name), untilMs)
    addHostiles(this.#world, streamOf(seed, 'hostile'), untilMs / 2, attack => {
      this.#count(`hostile ${attack}`)
    })
  }

  /** What the third plan adds. */
  schedulePublishing (seed: number, untilMs: number): void {
    addPublishers(this.#world, streamOf(seed, 'publish'), untilMs, count => {
      this.counts.published = (this.counts.published ?? 0) + count
    })
  }

  /**
   * What the fourth plan adds, before anybody starts: rules of bulletins that differ, faults of
   * who writes and keeps them, hostile authors. `forks` is told who may sign two versions of a log.
   */
  scheduleBulletins (
    seed: number, untilMs: number, forks: (author: SimNode, incarnation: number) => void,
  ): void {
    const count = (name: string): void => { this.#count(name) }
    const { bits, isRetainShort } = drawPolicies(this.#world, streamOf(seed, 'policies'), count)
    for (const kind of bulletinFaults(this.#world, { untilMs, withSkew: !isRetainShort })) {
      this.#scheduleKind(kind, streamOf(seed, kind.name), untilMs)
    }
    const attacked = (attack: string): void => { this.#count(`author ${attack}`) }
    addHostileAuthors(this.#world, streamOf(seed, 'author'), {
      untilMs, bits, attacked, forks,
    })
  }

  #scheduleKind (kind: FaultKind, stream: Random, untilMs: number): void {
    if (stream.below(3) !== 0) return
    const everyMs = 300 + 15_000 * stream.fraction() ** 2
    let atMs = everyMs * stream.fraction()
    for (; atMs < untilMs; atMs += everyMs * 2 * stream.fraction()) {
      this.#world.at(atMs, () => { if (kind.strike(stream)) this.#count(kind.name) })
    }
  }

  #count (name: string): void {
    this.counts[name] = (this.counts[name] ?? 0) + 1
  }

  /** Act two: every cut ends, every machine runs, nobody stalls any more. */
  healAll (): void {
    this.#world.network.healAll()
    this.#excuses.falseDeath.healed()
    for (const node of this.#world.nodes) {
      this.#world.resume(node)
      this.#world.start(node)
    }
  }

  #strike (fault: Fault): void {
    const node = this.#plan.pick(this.#world.nodes)
    if (node === undefined) return
    this.#count(fault)
    switch (fault) {
      case 'cut': return this.#cut()
      case 'one-way': return this.#cutOneWay(node)
      case 'clock': {
        const byMs = CLOCK_SET_MAX_MS * (2 * this.#plan.fraction() - 1) ** 3
        return this.#world.setClock(node, Math.round(byMs))
      }
      case 'heal':
        this.#world.network.healAll()
        return this.#excuses.falseDeath.healed()
      case 'crash': return this.#world.crash(node, false)
      case 'power':
        this.#excuses.falseDeath.node(node, Infinity)
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
    this.#excuses.falseDeath.pair(from, to)
  }

  #stall (node: SimNode): void {
    if (node.core === null || node.stalledUntilMs > this.#world.nowMs) return
    const forMs = 50 + 6_000 * this.#plan.fraction() ** 2
    this.#excuses.falseDeath.node(node, this.#world.nowMs + forMs)
    this.#excuses.deadLink.stalled(node, this.#world.nowMs + forMs)
    this.#world.stall(node, forMs)
  }
}

/** A stream of draws for one name in one seed: FNV-1a over the name. */
export function streamOf (seed: number, name: string): Random {
  let mixed = 0x811c9dc5 ^ seed
  for (const letter of name) mixed = Math.imul(mixed ^ (letter.codePointAt(0) ?? 0), 0x01000193)
  return new Random(mixed)
}
