/** Digests of a link that are answered: a few bytes are answered with many, so not without end. */
import { ROSTER_LIMITS } from '../limits.js'
import type { LinkEntry } from './links.js'

export class Answers {
  /** Digests of a link within the window that began then. */
  readonly #answered = new WeakMap<LinkEntry, { readonly sinceMs: number, count: number }>()

  /** Counts a digest of this link; which one it is within the window, or `enough`. */
  take (entry: LinkEntry, nowMs: number): 'answer' | 'one-too-many' | 'enough' {
    const { digestAnswersMax, digestAnswersWindowMs } = ROSTER_LIMITS
    const former = this.#answered.get(entry)
    const isOver = former === undefined || nowMs - former.sinceMs >= digestAnswersWindowMs
    const answered = isOver ? { sinceMs: nowMs, count: 0 } : former
    this.#answered.set(entry, answered)
    answered.count++
    if (answered.count <= digestAnswersMax) return 'answer'
    return answered.count === digestAnswersMax + 1 ? 'one-too-many' : 'enough'
  }
}
