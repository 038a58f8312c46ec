/**
 * Nothing is stored that its author did not sign as it is, that is expired or of the future by the
 * member's clock, or that is worth less than the member demands; nothing is delivered that was not
 * taken for the store before, as it is. What expires leaves the store.
 */
import { BULLETIN_LIMITS } from '../../../src/limits.js'
import type { BatchKey, Delivery, StoredBatch } from
  '../../../src/core/bulletins/vocabulary.js'
import { decodeBatch, type Batch } from '../../../src/wire/batch.js'
import { newestOf } from '../../../src/wire/bulletin.js'
import { equalBytes } from '../../../src/wire/equal.js'
import { identityFromHash } from '../../../src/wire/identity.js'
import { signedBytes } from '../../../src/wire/record.js'
import { isRefusal } from '../../../src/wire/refusal.js'
import { areWorked, nameOf } from '../shelf-port.js'
import { NETWORK_HASH } from '../sim-node.js'
import type { Watch } from '../watch.js'
import type { SimNode, World } from '../world.js'

const EVERY_MS = 2_500
/** Every so often expired batches are dropped; a stall may come between. */
const STAYS_MAX_MS = BULLETIN_LIMITS.expireEveryMs + 7_000

export class Genuine {
  readonly #world: World
  readonly #watch: Watch
  /** Of each name what was found signed by its author. */
  readonly #known = new Map<string, Uint8Array[]>()
  /** What each run has taken, by name. */
  readonly #taken = new Map<string, Map<string, Uint8Array>>()
  /** When each node was started, or its clock was set, virtual time. */
  readonly #since = new Map<string, number>()

  constructor (world: World, watch: Watch) {
    this.#world = world
    this.#watch = watch
    world.onBulletins.push((node, effect) => {
      if (node.isHostile) return
      if (effect.kind === 'store-batch') this.#onStore(node, effect.batch)
      if (effect.kind === 'deliver') this.#onDeliver(node, effect.delivery)
    })
    const look = (): void => {
      for (const node of world.nodes) if (!node.isHostile) this.#lookAtStore(node)
      world.at(world.nowMs + EVERY_MS, look)
    }
    world.at(EVERY_MS, look)
  }

  #onStore (node: SimNode, stored: StoredBatch): void {
    this.#watch.looked('genuine')
    this.#takenBy(node).set(nameOf(stored), stored.batch)
    const why = this.#faultOf(node, stored)
    if (why !== null) this.#fail(node, `stores ${what(stored)}, which is ${why}`)
  }

  #onDeliver (node: SimNode, delivery: Delivery): void {
    this.#watch.looked('genuine')
    const taken = this.#takenBy(node).get(nameOf(delivery))
    const isTaken = taken !== undefined &&
      (delivery.batch === null || Buffer.compare(taken, delivery.batch) === 0)
    if (!isTaken) this.#fail(node, `delivers ${what(delivery)}, which it did not take as it is`)
  }

  #takenBy (node: SimNode): Map<string, Uint8Array> {
    const run = `${node.index} ${node.run}`
    const taken = this.#taken.get(run) ?? new Map<string, Uint8Array>()
    this.#taken.set(run, taken)
    return taken
  }

  #faultOf (node: SimNode, stored: StoredBatch): string | null {
    const { author, incarnation, first, batch: bytes } = stored
    const batch = decodeBatch(bytes)
    if (isRefusal(batch)) return 'none'
    const { head, items } = batch
    const newest = newestOf(items, head.count)
    if (head.incarnation !== incarnation || head.first !== first || newest !== stored.newest) {
      return 'another'
    }
    if (!this.#isSigned(node, batch, stored)) return 'not what its author signed'
    const wallMs = Math.round(this.#world.nowMs + node.toldOffsetMs)
    const { retainMs = BULLETIN_LIMITS.retainDefaultMs } = node.policy.bulletins
    const isOwn = author === node.identity
    if (!isOwn && newest * 1_000 + retainMs <= wallMs) return 'expired'
    if (!isOwn && newest * 1_000 > wallMs + BULLETIN_LIMITS.futureMaxMs) return 'of the future'
    const isWorth = areWorked(items, head.count, author, node.policy.difficulty)
    return isWorth ? null : 'worth too little'
  }

  /** Signatures are dear: what was found good once is compared. */
  #isSigned (node: SimNode, batch: Batch, stored: StoredBatch): boolean {
    const { author, batch: bytes } = stored
    const name = nameOf(stored)
    const known = this.#known.get(name) ?? []
    if (known.some(one => Buffer.compare(one, bytes) === 0)) return true
    const { suite } = node.keys
    const { head, headBytes, signature, items } = batch
    const isSigned = identityFromHash(suite.hash(head.publicKey)) === author &&
      equalBytes(suite.hash(items), head.itemsHash) &&
      suite.verify(head.publicKey, signedBytes('batch', NETWORK_HASH, headBytes), signature)
    if (isSigned) this.#known.set(name, [...known, bytes])
    return isSigned
  }

  #lookAtStore (node: SimNode): void {
    const since = `${node.index} ${node.run} ${node.offsetMs}`
    if (!this.#since.has(since)) this.#since.set(since, this.#world.nowMs)
    const forMs = this.#world.nowMs - (this.#since.get(since) ?? 0)
    if (node.core === null || node.isQuiet || forMs < STAYS_MAX_MS) return
    if (node.stalledUntilMs > this.#world.nowMs) return
    this.#watch.looked('genuine')
    const { retainMs = BULLETIN_LIMITS.retainDefaultMs } = node.policy.bulletins
    const wallMs = this.#world.nowMs + node.offsetMs
    for (const stored of this.#world.shelvedBy(node).values()) {
      const forMs = wallMs - stored.newest * 1_000 - retainMs
      if (forMs < STAYS_MAX_MS) continue
      return this.#fail(node, `keeps ${what(stored)}, which expired ${Math.round(forMs)} ms ago`)
    }
  }

  #fail ({ index }: SimNode, why: string): void {
    this.#watch.fail('genuine', `n${index} ${why}`)
  }
}

function what ({ author, incarnation, first }: BatchKey): string {
  return `${author.slice(0, 10)} ${incarnation} ${first}`
}
