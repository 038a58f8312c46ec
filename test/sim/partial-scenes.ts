/**
 * Scripted worlds with more members than links: many join at once, two halves are cut and healed, a
 * third crashes, many leave. Demanded is that ready links connect all and stay so, and that nobody
 * holds more of them than it may. Each returns how long it took, or throws with what is missing.
 */
import { LINK_LIMITS } from '../../src/limits.js'
import type { Identity } from '../../src/wire/identity.js'
import type { SceneReport } from './scene-report.js'
import { World, type SimNode, type WorldOptions } from './world.js'

/** Bound on joining and on merging again. */
const WITHIN_MS = 15_000
/** Until spare links are given up and everyone is known to all. */
const SETTLED_MS = 30_000
const POLL_MS = 250
/** Not looked at here, and with hundreds of members most of the work. */
const PINGS_EVERY_MS = 3_600_000
const LAN = { least: 1, spread: 3 }

/** Played with every run of seeds, by these names. */
export const PARTIAL_SCENES: Readonly<Record<string, () => SceneReport>> = {
  'partial: sixty join': () => join(1, 60, 8),
  'partial: halves of sixty, 30 s': () => halves(3, 60, 8, 30_000),
}

/** Played when asked for: half a minute each, and more. */
export const LONG_PARTIAL_SCENES: Readonly<Record<string, () => SceneReport>> = {
  'partial: three hundred join': () => join(2, 300, 8),
  'partial: halves, 30 s': () => halves(3, 100, 8, 30_000),
  'partial: halves, 120 s': () => halves(4, 100, 8, 120_000),
  'partial: halves of three hundred': () => halves(4, 300, 8, 30_000),
  'partial: a third crashes': () => crashes(5, 100, 8),
  'partial: members leave': () => leaves(6, 100, 8),
}

/** A world of few links, and who is linked with whom in it. */
export class Weave {
  readonly world: World
  readonly #linksMax: number
  readonly #linked = new Map<number, Set<Identity>>()

  constructor (
    seed: number, size: number, linksMax: number, options: Partial<WorldOptions> = {},
  ) {
    this.world = new World({
      seed, realSuite: false, latencyMs: LAN, linksMax, periodMs: PINGS_EVERY_MS, ...options,
    })
    this.#linksMax = linksMax
    this.world.onStart.push(({ index }) => { this.#linked.set(index, new Set()) })
    this.world.onNotice.push(({ index }, notice) => {
      if (notice.kind === 'link-up') this.linksOf(index).add(notice.peer)
      if (notice.kind === 'link-down') this.linksOf(index).delete(notice.peer)
    })
    for (let index = 0; index < size; index++) this.world.addNode(index === 0 ? [] : [0], true)
  }

  /** Peers that a node holds a ready link with. */
  linksOf (index: number): Set<Identity> {
    const links = this.#linked.get(index) ?? new Set<Identity>()
    this.#linked.set(index, links)
    return links
  }

  get live (): SimNode[] {
    return this.world.nodes.filter(({ core }) => core !== null)
  }

  /** Those that links at both ends lead to from the first of them. */
  reachedFrom (nodes: readonly SimNode[]): SimNode[] {
    const byIdentity = new Map(nodes.map(node => [node.identity, node]))
    const [first] = nodes
    if (first === undefined) return []
    const found = new Set([first])
    for (const node of found) {
      for (const peer of this.linksOf(node.index)) {
        const other = byIdentity.get(peer)
        if (other !== undefined && this.linksOf(other.index).has(node.identity)) found.add(other)
      }
    }
    return [...found]
  }

  /** What is missing of a mesh in which all of them are connected, or null. */
  gap (nodes: readonly SimNode[]): string | null {
    const reached = new Set(this.reachedFrom(nodes))
    const lonely = nodes.filter(node => !reached.has(node))
    if (lonely.length === 0) return null
    const names = lonely.slice(0, 8).map(({ index }) => `n${index}`).join(', ')
    return `${lonely.length} of ${nodes.length} are not connected with the rest: ${names}`
  }

  /** Lets time pass until all of them are connected; returns how long it took. */
  demand (what: string, nodes: () => readonly SimNode[]): number {
    const { world } = this
    const startMs = world.nowMs
    while (this.gap(nodes()) !== null) {
      if (world.nowMs - startMs >= WITHIN_MS) throw new Error(`${what}: ${this.gap(nodes())}`)
      this.pass(POLL_MS)
    }
    return world.nowMs - startMs
  }

  /** Everyone stays connected and knows everyone; spare links are given up in the end. */
  settle (what: string): void {
    const untilMs = this.world.nowMs + SETTLED_MS
    while (this.world.nowMs < untilMs) {
      this.pass(POLL_MS)
      const gap = this.gap(this.live)
      if (gap !== null) throw new Error(`${what}, settling: ${gap}`)
    }
    const { live } = this
    for (const { index } of live) {
      const links = this.linksOf(index).size
      if (links > this.#linksMax) throw new Error(`${what}: n${index} still has ${links} links`)
    }
    for (const { index, core } of live) {
      const known = new Set(core?.peers().map(({ id }) => id))
      const unknown = live.filter(other => other.index !== index && !known.has(other.identity))
      if (unknown.length > 0) throw new Error(`${what}: n${index} lacks ${unknown.length} members`)
    }
  }

  /** Lets time pass; nobody ever has more links than the spare ones allow. */
  pass (forMs: number): void {
    const untilMs = this.world.nowMs + forMs
    while (this.world.nowMs < untilMs) {
      this.world.runUntil(Math.min(untilMs, this.world.nowMs + POLL_MS))
      for (const { index } of this.live) {
        const links = this.linksOf(index).size
        if (links > this.#linksMax + LINK_LIMITS.linksSpare) {
          throw new Error(`n${index} has ${links} links`)
        }
      }
    }
  }

  report (scene: string, tookMs: Readonly<Record<string, number>>): SceneReport {
    return { scene, nodes: this.world.nodes.length, tookMs, steps: this.world.steps }
  }
}

/** All know one address. */
export function join (seed: number, size: number, linksMax: number): SceneReport {
  const weave = new Weave(seed, size, linksMax)
  const joining = started(weave)
  return weave.report('join', { joining })
}

/** Cut in two for so long; both halves go on by themselves, then find each other again. */
export function halves (
  seed: number, size: number, linksMax: number, cutForMs: number,
): SceneReport {
  const weave = new Weave(seed, size, linksMax)
  const { world } = weave
  const joining = started(weave)
  const half = Math.floor(size / 2)
  for (const one of world.nodes.slice(0, half)) {
    for (const other of world.nodes.slice(half)) {
      world.network.cut(one.index, other.index)
      world.network.cut(other.index, one.index)
    }
  }
  // Silence is noticed first.
  weave.pass(5_000)
  const parting = weave.demand('one half', () => world.nodes.slice(0, half)) +
    weave.demand('the other half', () => world.nodes.slice(half))
  weave.pass(cutForMs - 5_000)
  world.network.healAll()
  const merging = weave.demand('merging', () => weave.live)
  weave.settle('merged')
  return weave.report('halves', { joining, parting, merging })
}

/** Every third loses power or is ended, all at once; half of them come back. */
export function crashes (seed: number, size: number, linksMax: number): SceneReport {
  const weave = new Weave(seed, size, linksMax)
  const { world } = weave
  const joining = started(weave)
  const gone = world.nodes.filter(({ index }) => index % 3 === 0)
  for (const node of gone) world.crash(node, node.index % 2 === 0)
  weave.pass(5_000)
  const mending = weave.demand('mending', () => weave.live)
  weave.pass(30_000)
  for (const node of gone) if (node.index % 2 === 0) world.start(node)
  const returning = weave.demand('returning', () => weave.live)
  weave.settle('returned')
  return weave.report('crashes', { joining, mending, returning })
}

/** One in two says farewell, one after the other, whoever all joined through among them. */
export function leaves (seed: number, size: number, linksMax: number): SceneReport {
  const weave = new Weave(seed, size, linksMax)
  const { world } = weave
  const joining = started(weave)
  for (const node of world.nodes.filter(({ index }) => index % 2 === 0)) {
    world.leave(node)
    weave.pass(500)
  }
  const mending = weave.demand('mending', () => weave.live)
  weave.settle('left')
  return weave.report('leaves', { joining, mending })
}

/** All start within a second and a half. */
export function started (weave: Weave): number {
  const { world } = weave
  for (const node of world.nodes) world.at(node.index * 5, () => { world.start(node) })
  weave.pass(world.nodes.length * 5)
  const joining = weave.demand('joining', () => world.nodes)
  weave.settle('joined')
  return joining
}
