/**
 * An author that signs two versions of its log is noticed: in the end by every member that holds
 * any of it, once in each run; from then on nothing more of that log is taken. And nobody is
 * called a forger who signed one version only.
 */
import { BULLETIN_LIMITS } from '../../../src/limits.js'
import type { Notice } from '../../../src/core/notice.js'
import { shortIdentity, type Identity } from '../../../src/wire/identity.js'
import type { Watch } from '../watch.js'
import type { SimNode, World } from '../world.js'
import { readerOf } from './once.js'

export class Forks {
  readonly #world: World
  readonly #watch: Watch
  /** Authors of two versions, and of which run: each forks one. */
  readonly #forgers = new Map<Identity, number>()
  /** Readers and runs that noticed it, by author. */
  readonly #noticed = new Map<Identity, Set<string>>()

  constructor (world: World, watch: Watch) {
    this.#world = world
    this.#watch = watch
    world.onNotice.push((node, notice) => {
      if (!node.isHostile) this.#onNotice(node, notice)
    })
    world.onBulletins.push((node, effect) => {
      if (effect.kind !== 'store-batch' || node.isHostile) return
      const { author, incarnation } = effect.batch
      if (this.#forgers.get(author) !== incarnation) return
      watch.looked('forks')
      if (!this.#hasNoticed(readerOf(node), author) || keepsShort(node)) return
      watch.fail('forks', `n${node.index} goes on taking a log that it knows in two versions`)
    })
  }

  /** From now on this author may sign two versions of that log. */
  forks ({ identity }: SimNode, incarnation: number): void {
    this.#forgers.set(identity, incarnation)
  }

  isForked (author: Identity, incarnation: number): boolean {
    return this.#forgers.get(author) === incarnation
  }

  /** Who holds some of a log that others know in two versions, and has not noticed; or null. */
  gap (): string | null {
    const live = this.#world.nodes.filter(({ core, isHostile, isQuiet }) =>
      core !== null && !isHostile && !isQuiet)
    for (const author of this.#forgers.keys()) {
      const isKnown = live.some(node => this.#hasNoticed(runOf(node), author)) ||
        this.#isInTwo(live, author)
      if (!isKnown) continue
      for (const node of live) {
        this.#watch.looked('forks')
        if (keepsShort(node) || this.#hasNoticed(runOf(node), author)) continue
        if (!this.#holds(node, author)) continue
        return `n${node.index} has not noticed that ${shortIdentity(author)} signed two versions`
      }
    }
    return null
  }

  #onNotice (node: SimNode, notice: Notice): void {
    if (notice.kind !== 'warning' || notice.code !== 'log-forked') return
    this.#watch.looked('forks')
    const [author] = [...this.#forgers.keys()]
      .filter(identity => notice.message.startsWith(shortIdentity(identity)))
    if (author === undefined) {
      return this.#watch.fail('forks', `n${node.index} tells of an honest author: ` +
        notice.message)
    }
    if (this.#hasNoticed(readerOf(node), author) && !keepsShort(node)) {
      this.#watch.fail('forks', `n${node.index} tells twice: ${notice.message}`)
    }
    const noticed = this.#noticed.get(author) ?? new Set<string>()
    this.#noticed.set(author, noticed.add(readerOf(node)).add(runOf(node)))
  }

  #hasNoticed (who: string, author: Identity): boolean {
    return this.#noticed.get(author)?.has(who) === true
  }

  #holds (node: SimNode, author: Identity): boolean {
    return this.#batches(node, author).length > 0
  }

  /** Two members hold different batches at one place. */
  #isInTwo (live: readonly SimNode[], author: Identity): boolean {
    const heads = new Map<number, string>()
    for (const node of live) {
      for (const { first, headHash } of this.#batches(node, author)) {
        if ((heads.get(first) ?? headHash) !== headHash) return true
        heads.set(first, headHash)
      }
    }
    return false
  }

  #batches (node: SimNode, author: Identity): { first: number, headHash: string }[] {
    const incarnation = this.#forgers.get(author)
    return [...this.#world.shelvedBy(node).values()]
      .filter(batch => batch.author === author && batch.incarnation === incarnation)
  }
}

/** Who forgets a log while others keep it may notice again what it has forgotten. */
function keepsShort ({ policy }: SimNode): boolean {
  const { retainMs = BULLETIN_LIMITS.retainDefaultMs } = policy.bulletins
  return retainMs < BULLETIN_LIMITS.retainDefaultMs
}

function runOf ({ index, run }: SimNode): string {
  return `n${index} run ${run}`
}
