/** Hostile authors of a seed: how many and how often. What they say is in `hostile-author.ts`. */
import { Random } from '../../../src/core/random.js'
import { AUTHOR_ATTACKS, HostileAuthor, type AuthorAttack } from '../hostile-author.js'
import { EPOCH_MS } from '../sim-node.js'
import type { SimNode, World } from '../world.js'

const HOSTILE_MAX = 2

export interface AuthorPlan {
  /** When all is healed; they join within the first half. */
  readonly untilMs: number
  /** Work that every member accepts. */
  readonly bits: number
  attacked (attack: AuthorAttack): void
  /** An author is about to sign two versions of that log. */
  forks (author: SimNode, incarnation: number): void
}

/** In one seed of three. They go on to the end of the run. */
export function addHostileAuthors (world: World, stream: Random, plan: AuthorPlan): void {
  if (stream.below(3) !== 0) return
  const machines = world.nodes.length
  const count = 1 + stream.below(HOSTILE_MAX)
  for (let i = 0; i < count; i++) {
    const attacks = AUTHOR_ATTACKS.filter(() => stream.below(3) === 0)
    const everyMs = 300 + 3_000 * stream.fraction() ** 2
    const random = new Random(stream.word())
    let forked: number | null = null
    const node: SimNode = world.addHostile([stream.below(machines)], (core, say) =>
      new HostileAuthor(core, say, random, {
        keys: node.keys,
        attacks: attacks.length > 0 ? attacks : AUTHOR_ATTACKS,
        everyMs,
        offsetMs: EPOCH_MS,
        bits: plan.bits,
        signsUntilMs: plan.untilMs,
        attacked: plan.attacked,
        mayFork: incarnation => {
          if (forked === null) plan.forks(node, incarnation)
          forked ??= incarnation
          return forked === incarnation
        },
      }))
    world.at(plan.untilMs / 2 * stream.fraction(), () => { world.start(node) })
  }
}
