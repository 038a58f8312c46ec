/**
 * P3: a bulletin stored by a member that stays alive reaches every connected member that wants it:
 * one that it is neither too old for nor worth too little, and that had room for it. Looked at in
 * the healed mesh, which says what is missing.
 */
import { BULLETIN_LIMITS } from '../../../src/limits.js'
import type { StoredBatch } from '../../../src/core/bulletins/vocabulary.js'
import { decodeBatch } from '../../../src/wire/batch.js'
import { isRefusal } from '../../../src/wire/refusal.js'
import { areWorked, nameOf } from '../shelf-port.js'
import type { Watch } from '../watch.js'
import type { SimNode, World } from '../world.js'
import type { Forks } from './forks.js'

const RETAIN_MS = BULLETIN_LIMITS.retainDefaultMs

export class NothingMissed {
  readonly #world: World
  readonly #watch: Watch
  readonly #forks: Forks
  /** Runs whose store has been full, so that something gave way. */
  readonly #full = new Set<string>()
  /** What an author could not write of its own log: it does not ask others for that. */
  readonly #unwritten = new Map<string, Set<string>>()

  constructor (world: World, watch: Watch, forks: Forks) {
    this.#world = world
    this.#watch = watch
    this.#forks = forks
    world.onBulletins.push((node, effect) => {
      const hasQuota = node.policy.bulletins.quotaBytes !== undefined
      if (hasQuota && effect.kind === 'drop-batches') this.#full.add(runOf(node))
    })
    world.onWritten.push((node, batch, isStored) => {
      const isOwn = batch.author === node.identity
      if (!isOwn || isStored) return
      const names = this.#unwritten.get(runOf(node)) ?? new Set<string>()
      this.#unwritten.set(runOf(node), names.add(nameOf(batch)))
    })
  }

  /** What some member of the mesh has stored and another lacks, or null. */
  gap (): string | null {
    const live = this.#live()
    const all = this.#stored(live)
    const runs = runsOf(all.values())
    this.#forgetPartial(live, all)
    for (const node of live) {
      const held = this.#world.shelvedBy(node)
      for (const [name, { batch, holder }] of all) {
        this.#watch.looked('nothing-missed')
        if (held.has(name) || !this.#isWanted(node, name, batch, runs)) continue
        const what = name.replace(/^(\w{10})\w+/, '$1')
        return `n${node.index} lacks ${what}, which n${holder.index} has stored`
      }
    }
    return null
  }

  /** When nothing that somebody has stored is of the future any more, virtual time. */
  presentMs (): number {
    let newest = 0
    for (const { batch } of this.#stored(this.#live()).values()) {
      newest = Math.max(newest, batch.newest)
    }
    const offsetMs = this.#world.nodes[0]?.offsetMs ?? 0
    return newest * 1_000 - BULLETIN_LIMITS.futureMaxMs - offsetMs
  }

  #live (): SimNode[] {
    return this.#world.nodes.filter(({ core, isHostile, isQuiet }) =>
      core !== null && !isHostile && !isQuiet)
  }

  #stored (nodes: readonly SimNode[]): Map<string, { batch: StoredBatch, holder: SimNode }> {
    const all = new Map<string, { batch: StoredBatch, holder: SimNode }>()
    for (const holder of nodes) {
      for (const [name, batch] of this.#world.shelvedBy(holder)) all.set(name, { batch, holder })
    }
    return all
  }

  /**
   * What a hostile author gave to a few travels by the comparing of logs alone, with one random
   * link in five seconds: where some do not take it, it may take minutes.
   */
  #forgetPartial (
    live: readonly SimNode[], all: Map<string, { batch: StoredBatch, holder: SimNode }>,
  ): void {
    if (!live.some(hasRules)) return
    const hostile = new Set<string>(this.#world.nodes.filter(({ isHostile }) => isHostile)
      .map(({ identity }) => identity))
    for (const [name, { batch }] of all) if (hostile.has(batch.author)) all.delete(name)
  }

  #isWanted (
    node: SimNode, name: string, batch: StoredBatch, runs: ReadonlyMap<string, number[]>,
  ): boolean {
    if (this.#forks.isForked(batch.author, batch.incarnation)) return false
    const wallMs = this.#world.nowMs + node.offsetMs
    const { retainMs = RETAIN_MS } = node.policy.bulletins
    const isExpired = batch.newest * 1_000 + retainMs <= wallMs
    const isEarly = batch.newest * 1_000 > wallMs + BULLETIN_LIMITS.futureMaxMs
    if (isExpired || isEarly || !isWorked(node, batch)) return false
    const newer = (runs.get(batch.author) ?? []).filter(run => run > batch.incarnation).length
    if (newer >= BULLETIN_LIMITS.logsPerAuthorMax) return false
    return !this.#full.has(runOf(node)) && this.#unwritten.get(runOf(node))?.has(name) !== true
  }
}

/** By which it may not take what others hold. */
export function hasRules ({ policy }: SimNode): boolean {
  const { retainMs, quotaBytes } = policy.bulletins
  return policy.difficulty > 0 || retainMs !== undefined || quotaBytes !== undefined
}

function isWorked ({ policy }: SimNode, { batch, author }: StoredBatch): boolean {
  if (policy.difficulty === 0) return true
  const parsed = decodeBatch(batch)
  return !isRefusal(parsed) &&
    areWorked(parsed.items, parsed.head.count, author, policy.difficulty)
}

/** Incarnations of each author. */
function runsOf (all: Iterable<{ batch: StoredBatch }>): Map<string, number[]> {
  const runs = new Map<string, Set<number>>()
  for (const { batch: { author, incarnation } } of all) {
    runs.set(author, (runs.get(author) ?? new Set()).add(incarnation))
  }
  return new Map([...runs].map(([author, incarnations]) => [author, [...incarnations]]))
}

function runOf ({ index, run }: SimNode): string {
  return `${index} ${run}`
}
