/**
 * Receipts tell the truth: what a member said it has stored of an author's log it did store, or it
 * had reason not to take it: it was worth too little, too old or too early there, gave way, or
 * belongs to a log in two versions. Looked at where members have no rules of their own.
 */
import { BULLETIN_LIMITS } from '../../../src/limits.js'
import type { Effect } from '../../../src/core/effect.js'
import type { Identity } from '../../../src/wire/identity.js'
import { nameOf } from '../shelf-port.js'
import type { Watch } from '../watch.js'
import type { SimNode, World } from '../world.js'
import { hasRules } from './nothing-missed.js'

type Receipt = Extract<Effect, { kind: 'receipt' }>

interface Own {
  readonly first: number
  readonly last: number
  readonly name: string
  /** Seconds since 1970. */
  readonly newest: number
}

export class Receipts {
  readonly #world: World
  readonly #watch: Watch
  /** What was ever written by who had that identity, in whichever run. */
  readonly #written = new Map<Identity, Set<string>>()
  /** What each run of an author published; of former runs it may get some from others. */
  readonly #own = new Map<string, { incarnation: number, batches: Own[] }>()

  constructor (world: World, watch: Watch) {
    this.#world = world
    this.#watch = watch
    world.onWritten.push((node, batch, isStored) => {
      if (isStored) this.#writtenBy(node.identity).add(nameOf(batch))
    })
    world.onBulletins.push((node, effect) => {
      if (node.isHostile) return
      if (effect.kind === 'receipt') this.#onReceipt(node, effect)
      if (effect.kind !== 'store-batch' || effect.batch.author !== node.identity) return
      const { incarnation, first, count, newest } = effect.batch
      let own = this.#own.get(runOf(node))
      if (own === undefined || own.incarnation < incarnation) own = { incarnation, batches: [] }
      this.#own.set(runOf(node), own)
      if (own.incarnation > incarnation) return
      own.batches.push({ first, last: first + count - 1, newest, name: nameOf(effect.batch) })
    })
  }

  #onReceipt (author: SimNode, { peer, position }: Receipt): void {
    const holders = this.#world.nodes.filter(({ identity }) => identity === peer)
    if (holders.length === 0 || holders.some(isPicky)) return
    if (holders.some(({ offsetMs }) => offsetMs !== author.offsetMs)) return
    const written = this.#writtenBy(peer)
    // What the author itself no longer has nobody waits for.
    const held = this.#world.shelvedBy(author)
    for (const { last, name, newest } of this.#own.get(runOf(author))?.batches ?? []) {
      if (last > position) return
      this.#watch.looked('receipts')
      if (written.has(name) || !held.has(name)) continue
      if (holders.some(holder => this.#wasExpired(holder, newest))) continue
      const what = name.replace(/^(\w{10})\w+/, '$1')
      return this.#watch.fail('receipts',
        `n${author.index} is told that ${peer.slice(0, 10)} stored ${what}, which it did not`)
    }
  }

  /** By any time that its clock ever told: what was refused then stays refused. */
  #wasExpired ({ offsetsMs }: SimNode, newest: number): boolean {
    const endMs = newest * 1_000 + BULLETIN_LIMITS.retainDefaultMs
    return offsetsMs.some(offsetMs => endMs <= Math.round(this.#world.nowMs + offsetMs))
  }

  #writtenBy (identity: Identity): Set<string> {
    const written = this.#written.get(identity) ?? new Set<string>()
    this.#written.set(identity, written)
    return written
  }
}

function isPicky (node: SimNode): boolean {
  return node.isHostile || hasRules(node)
}

function runOf ({ index, run }: SimNode): string {
  return `${index} ${run}`
}
