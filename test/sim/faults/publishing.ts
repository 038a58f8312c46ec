/**
 * Members that publish while all goes wrong: one bulletin now and then, sometimes many at once.
 * Draws from a stream of its own. Read next: `../checks/nothing-missed.ts`.
 */
import type { Random } from '../../../src/core/random.js'
import type { World } from '../world.js'

export const TOPIC = 'weather'

/** `published` is told how many left each time. */
export function addPublishers (
  world: World, stream: Random, untilMs: number, published: (count: number) => void,
): void {
  if (stream.below(3) === 0) return
  const everyMs = 150 + 4_000 * stream.fraction() ** 2
  const bytesMost = 16 + Math.floor(2_000 * stream.fraction() ** 3)
  for (let atMs = 500; atMs < untilMs; atMs += everyMs * 2 * stream.fraction()) {
    const count = stream.below(10) === 0 ? 1 + stream.below(40) : 1
    world.at(atMs, () => {
      const node = stream.pick(world.nodes.filter(({ core, isHostile }) =>
        core !== null && !isHostile))
      if (node === undefined) return
      for (let i = 0; i < count; i++) {
        world.publish(node, TOPIC, `${node.index} ${atMs} ${i} `.padEnd(stream.below(bytesMost)))
      }
      published(count)
    })
  }
}
