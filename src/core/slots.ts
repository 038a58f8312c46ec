/**
 * How many links this node may have when there are more members than `--max-links`: whom it takes,
 * whom it wants, which link it gives up. While there are fewer members nothing here says no.
 * Read next: `seeks.ts`, which dials by it, and `surplus.ts`, which gives links up.
 */
import { DIAL_LIMITS, LINK_LIMITS, WIRE_LIMITS } from '../limits.js'
import type { Identity } from '../wire/identity.js'
import type { LinkEntry } from './links.js'
import type { Mesh } from './mesh.js'
import type { Sizes } from './sizes.js'

/** What signed tables tell of ways to other members; see `routes/ways.ts`. */
export interface Reach {
  /** A ready link with it, or a path that tables tell. */
  reaches (peer: Identity): boolean
  /** How many further links it takes, by its table; null: it told none. */
  freeOf (peer: Identity): number | null
  /** No path would be left without this node's own link with it. */
  isOnlyWay (peer: Identity): boolean
}

export class Slots {
  readonly #mesh: Mesh
  readonly #reach: Reach
  /** Who was reached, and when that was looked at. */
  readonly #reached = new Map<Identity, boolean>()
  #reachedMs = -Infinity
  /** When a link of the second half was tried last. */
  #filledMs = -Infinity
  /** When a link was given up last. */
  #gaveUpMs = -Infinity

  constructor (mesh: Mesh, reach: Reach) {
    this.#mesh = mesh
    this.#reach = reach
  }

  get sizes (): Sizes {
    return { reached: this.#reached.size }
  }

  /** There are more members than links; `unlinked`: live ones without a link. */
  isPartial (unlinked: number): boolean {
    const { links, options } = this.#mesh
    return links.readyCount + unlinked > options.linksMax
  }

  /** More links than allowed: the spare ones are taken. */
  get isAbove (): boolean {
    return this.#mesh.links.readyCount > this.#mesh.options.linksMax
  }

  /**
   * As of a moment ago at most: while a mesh forms tables come all the time, and finding out anew
   * after each of them would be most of the work.
   */
  reaches (peer: Identity): boolean {
    const { links, nowMs } = this.#mesh
    if (links.readyOf(peer) !== undefined) return true
    if (nowMs - this.#reachedMs >= DIAL_LIMITS.partialEveryMs) {
      this.#reachedMs = nowMs
      this.#reached.clear()
    }
    const known = this.#reached.get(peer)
    if (known !== undefined) return known
    const isReached = this.#reach.reaches(peer)
    this.#reached.set(peer, isReached)
    return isReached
  }

  /**
   * A link with a member that has none is wanted: up to the limit with whoever takes one; the spare
   * ones with whom no path reached for a while, so that a mesh that fell apart finds together.
   * `unreachedForMs`: no path is known to it for so long; null: one is.
   */
  wants (peer: Identity, unreachedForMs: number | null): boolean {
    const { links, options } = this.#mesh
    if (isLongUnreached(unreachedForMs)) {
      return links.readyCount < options.linksMax + LINK_LIMITS.linksSpare
    }
    if (links.readyCount >= options.linksMax) return false
    return unreachedForMs !== null || this.#reach.freeOf(peer) !== 0
  }

  /**
   * Another attempt may begin now. Half of the links are made at once, the others one by one: were
   * the first that know each other full within a moment, those that come next would find no room.
   * Whoever has no link at all tries whom it can. `attempts`: under way, but for the long lost.
   */
  mayDial (unreachedForMs: number | null, attempts: number): boolean {
    const { links, options: { linksMax }, nowMs } = this.#mesh
    if (links.readyCount === 0) return true
    const taken = links.readyCount + attempts
    if (isLongUnreached(unreachedForMs)) return taken < linksMax + LINK_LIMITS.linksSpare
    const eager = eagerOf(linksMax)
    if (taken < eager) return true
    if (taken >= linksMax || nowMs - this.#filledMs < fillEveryMs(linksMax)) return false
    this.#filledMs = nowMs
    return true
  }

  /** Who is reached, and whom this node may dial, is looked at again after so long. */
  get lookEveryMs (): number {
    return Math.min(DIAL_LIMITS.partialEveryMs, fillEveryMs(this.#mesh.options.linksMax))
  }

  /**
   * A peer without a link may have one: a spare one when no path reached it for a while, or when it
   * `isPreferred`.
   */
  hasRoom (isPreferred: boolean, unreachedForMs: number | null): boolean {
    const { links, options } = this.#mesh
    let taken = links.readyCount
    for (const { peer: other, state } of links.all()) {
      const isPromised = state.at === 'greeting' && state.hello !== null
      if (isPromised && links.readyOf(other) === undefined) taken++
    }
    if (taken < options.linksMax) return true
    if (taken >= options.linksMax + LINK_LIMITS.linksSpare) return false
    return isPreferred || isLongUnreached(unreachedForMs)
  }

  /**
   * The link to give up above the limit, or null. Never one that `isKept`, nor the oldest, which a
   * ring of newcomers would push out first, nor the only way to its peer: a random other one.
   */
  victim (isKept: (peer: Identity) => boolean): LinkEntry | null {
    if (!this.isAbove) return null
    const { links, options, random } = this.#mesh
    const oldest = Math.max(1, Math.floor(options.linksMax * LINK_LIMITS.oldestKeptShare))
    const others = [...links.ready()].slice(oldest).filter(({ peer }) => !isKept(peer))
    const found = random.sample(others, others.length)
      .find(({ peer }) => !this.#reach.isOnlyWay(peer)) ?? null
    if (found !== null) this.#gaveUpMs = this.#mesh.nowMs
    return found
  }

  /** Above the limit, when no further link becomes ready for a while, one is given up. */
  lookForSurplus (): void {
    if (!this.isAbove) return
    const { deadlines, nowMs, random } = this.#mesh
    const waitMs = random.jittered(LINK_LIMITS.surplusAfterMs, LINK_LIMITS.surplusJitter)
    deadlines.set('surplus', '', nowMs + waitMs)
  }

  /** Somebody without any link found no room, and comes again: by then surplus is given up. */
  hurrySurplus (): void {
    if (!this.isAbove) return
    const { deadlines, nowMs } = this.#mesh
    deadlines.set('surplus', '', Math.max(nowMs, this.#gaveUpMs + LINK_LIMITS.surplusEveryMs))
  }

  /** Addresses that a refused peer may try: of members that take links first. */
  others (except: Identity): string[] {
    const { links, roster, random } = this.#mesh
    const taking: string[] = []
    const linked: string[] = []
    for (const { identity, record } of roster.all()) {
      const [address] = record.addresses
      if (address === undefined || identity === except) continue
      if ((this.#reach.freeOf(identity) ?? 0) > 0 && this.reaches(identity)) {
        taking.push(address)
      } else if (links.readyOf(identity) !== undefined) linked.push(address)
    }
    const most = WIRE_LIMITS.refuseOthersMax
    const named = random.sample(taking, most)
    return [...named, ...random.sample(linked, most - named.length)]
  }
}

/** Links that are made at once, of so many. */
export function eagerOf (linksMax: number): number {
  return Math.ceil(linksMax * LINK_LIMITS.eagerShare)
}

/** The others are made within so long, one after the other. */
export function fillEveryMs (linksMax: number): number {
  return DIAL_LIMITS.fillForMs / (linksMax - eagerOf(linksMax) + 1)
}

/** Not just because its table is still under way. */
function isLongUnreached (unreachedForMs: number | null): boolean {
  return unreachedForMs !== null && unreachedForMs >= LINK_LIMITS.unreachedAfterMs
}
