/** Hostile machines of a seed: how many and how often. What they say is in `../hostile.ts`. */
import { Random } from '../../../src/core/random.js'
import { ATTACKS, Hostile, type Attack } from '../hostile.js'
import { EPOCH_MS } from '../sim-node.js'
import { ed25519Suite, keyedHashSuite, type SimSuite } from '../suite.js'
import type { World } from '../world.js'

const HOSTILE_MAX = 3
/** Keys of members that do not exist are numbered from here, far above those of machines. */
const STRANGE_KEYS = 1e12
/**
 * So many, then the same again: everybody dials each of them, and the time of a run would be
 * theirs. A hundred thousand are told in a scene.
 */
const STRANGERS_MAX = 16

/** In one seed of three. They join within `untilMs`, and go on to the end of the run. */
export function addHostiles (
  world: World, stream: Random, untilMs: number, struck: (attack: Attack) => void,
): void {
  if (stream.below(3) !== 0) return
  let strange = 0
  const machines = world.nodes.length
  const count = 1 + stream.below(HOSTILE_MAX)
  for (let i = 0; i < count; i++) {
    const attacks = ATTACKS.filter(() => stream.below(3) === 0)
    const everyMs = 400 + 5_000 * stream.fraction() ** 2
    const random = new Random(stream.word())
    const node = world.addHostile([stream.below(machines)], (core, say) =>
      new Hostile(core, say, random, {
        attacks: attacks.length > 0 ? attacks : ATTACKS,
        everyMs,
        machines,
        offsetMs: EPOCH_MS,
        strange: () => strangeKeys(world, strange++),
        attacked: struck,
      }))
    world.at(untilMs * stream.fraction(), () => { world.start(node) })
  }
}

function strangeKeys ({ realSuite }: World, number: number): SimSuite {
  const secret = STRANGE_KEYS + number % STRANGERS_MAX
  return realSuite ? ed25519Suite(secret) : keyedHashSuite(secret)
}
