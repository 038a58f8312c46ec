/**
 * What is observed of a run: the first thing that went wrong, and how often each check looked, so
 * that a check that never had anything to look at shows. The checks are in `checks/`.
 */
import type { World } from './world.js'

export const CHECKS = [
  'full-mesh', 'alternation', 'identity', 'removal', 'bounded', 'false-death', 'dead-link', 'twins',
  'once', 'in-order', 'nothing-missed', 'genuine', 'kept', 'receipts', 'forks', 'full-disk',
  'quiet',
] as const
export type CheckName = typeof CHECKS[number]

export class Watch {
  readonly looks: Record<CheckName, number> = {
    'full-mesh': 0,
    alternation: 0,
    identity: 0,
    removal: 0,
    bounded: 0,
    'false-death': 0,
    'dead-link': 0,
    twins: 0,
    once: 0,
    'in-order': 0,
    'nothing-missed': 0,
    genuine: 0,
    kept: 0,
    receipts: 0,
    forks: 0,
    'full-disk': 0,
    quiet: 0,
  }

  failure: string | null = null
  readonly #world: World

  constructor (world: World) {
    this.#world = world
  }

  looked (check: CheckName): void {
    this.looks[check]++
  }

  /** The first failure counts; what follows it may follow from it. */
  fail (check: CheckName, what: string): void {
    this.failure ??= `at ${Math.round(this.#world.nowMs)} ms: ${check}: ${what}`
  }
}
