/**
 * What operators decide of bulletins, drawn once for a seed: members that keep for different times,
 * demand different work, have room for little. They must go on in peace with each other.
 */
import type { BulletinOptions } from '../../../src/core/options.js'
import type { Random } from '../../../src/core/random.js'
import type { World } from '../world.js'

const DIFFICULTY_MAX = 5
/** Short enough to end within a run; the product takes no less than a minute. */
const RETAIN_LEAST_MS = 10_000
const RETAIN_SPREAD_MS = 40_000
const QUOTA_LEAST_BYTES = 4_096

/** What was drawn, for those faults that do not go with it. */
export interface Policies {
  /** Bits that satisfy everybody. */
  readonly bits: number
  readonly isRetainShort: boolean
}

/** Of three kinds of rule each in one seed of three: for all alike, or for some. */
export function drawPolicies (
  world: World, stream: Random, drawn: (rule: string) => void,
): Policies {
  const bits = stream.below(3) === 0 ? 1 + stream.below(DIFFICULTY_MAX) : 0
  const isRetainShort = stream.below(3) === 0
  const hasQuota = stream.below(3) === 0
  const share = stream.below(3) === 0 ? 1 : stream.fraction()
  for (const node of world.nodes) {
    const bulletins: { -readonly [K in keyof BulletinOptions]?: BulletinOptions[K] } = {}
    const difficulty = stream.fraction() < share ? bits : stream.below(bits + 1)
    if (isRetainShort && stream.fraction() < share) {
      bulletins.retainMs = RETAIN_LEAST_MS + Math.floor(RETAIN_SPREAD_MS * stream.fraction())
    }
    if (hasQuota && stream.fraction() < share) {
      bulletins.quotaBytes = Math.floor(QUOTA_LEAST_BYTES * (1 + 7 * stream.fraction()))
    }
    node.policy = { bulletins, difficulty }
  }
  if (bits > 0) drawn('difficulty')
  if (isRetainShort) drawn('retention')
  if (hasQuota) drawn('quota')
  return { bits, isRetainShort }
}
