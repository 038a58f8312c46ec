/** "Did you mean …?": the known word nearest to an unknown one. A leaf; pure. */

/** The candidate that is at most a third of its length away, or begins or ends with the word. */
export function nearest (word: string, candidates: readonly string[]): string | null {
  const lower = word.toLowerCase().slice(0, 40)
  let best: string | null = null
  let bestSteps = Infinity
  for (const candidate of candidates) {
    const related = lower.length >= 3 && (candidate.startsWith(lower) || candidate.endsWith(lower))
    const steps = related ? 1 : stepsBetween(lower, candidate)
    if (steps < bestSteps && (related || steps <= Math.max(1, Math.floor(candidate.length / 3)))) {
      best = candidate
      bestSteps = steps
    }
  }
  return best
}

/** Letters to insert, remove, replace or swap with their neighbour. */
function stepsBetween (from: string, to: string): number {
  let before: number[] = []
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1]
      let steps = Math.min(
        (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (same ? 0 : 1),
      )
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
        steps = Math.min(steps, (before[j - 2] ?? 0) + 1)
      }
      next.push(steps)
    }
    before = row
    row = next
  }
  return row[to.length] ?? 0
}
