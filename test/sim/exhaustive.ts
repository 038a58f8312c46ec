/**
 * Every order of what can happen between two nodes, to a depth: each run takes a deterministic
 * opening, then choices, then rests for fifteen seconds, and must hold what `pair.ts` checks. A
 * choice that only swaps two neighbours which do not touch the same node is left out: that order is
 * another run. Stateless search after Godefroid (VeriSoft, 1997): no state is kept but the choices.
 */
import { NoSuchChoice, Pair, PLENTY, type Choice, type Name, type PairLimits } from './pair.js'

export interface Opening {
  readonly name: string
  readonly choices: readonly Choice[]
}

/** a's operator named b at the start, so its first dial, connection 1, is under way in all. */
export const OPENINGS: readonly Opening[] = [
  { name: 'strangers', choices: [] },
  {
    name: 'crossed dials, nobody greeted',
    choices: ['dial b', 'deliver 1>a', 'deliver 2>b', 'deliver 1>b', 'deliver 2>a'],
  },
  {
    name: 'linked while a second connection greets',
    choices: ['dial b', 'deliver 1>a', 'deliver 2>b', 'deliver 2>a', 'deliver 1>b', 'settle 1'],
  },
  {
    name: 'half open: only a was told of the end, and dials again',
    choices: ['settle 1', 'reset 1', 'deliver 1>a', 'wait 150'],
  },
]

export interface Search {
  readonly depth: number
  readonly limits: PairLimits
  /** Called with every run that failed; false ends the search. */
  readonly failed: (failure: Failure) => boolean
}

export interface Failure {
  readonly opening: string
  readonly smaller: Name
  readonly choices: readonly Choice[]
  readonly what: string
}

export interface SearchReport {
  readonly runs: number
  readonly choices: number
  readonly failures: number
  /** The longest from the last choice to the last link-up or link-down. */
  readonly settledMaxMs: number
}

/** Anybody's wait before the last try is shorter, and a silence is noticed in it. */
const REST_MS = 15_000

/** Every run from one opening, for one order of identities. */
export function searchFrom (opening: Opening, smaller: Name, search: Search): SearchReport {
  const report = { runs: 0, choices: 0, failures: 0, settledMaxMs: 0 }
  /** What is left to try at each depth; the first is what this run takes. */
  const open: Choice[][] = []
  do {
    const { taken, settledMs, what } = runOne(opening, smaller, search, open)
    advance(open)
    if (settledMs === null) continue
    report.runs++
    report.choices += taken.length
    report.settledMaxMs = Math.max(report.settledMaxMs, settledMs)
    if (what === null) continue
    report.failures++
    const choices = [...opening.choices, ...taken]
    if (!search.failed({ opening: opening.name, smaller, choices, what })) break
  } while (open.length > 0)
  return report
}

/**
 * Plays one run again by the names of its choices. Null when nothing is wrong with it; throws
 * NoSuchChoice when it cannot be played.
 */
export function replay (smaller: Name, choices: readonly Choice[]): string | null {
  return guarded(() => {
    const pair = new Pair(smaller, PLENTY)
    for (const choice of choices) pair.take(choice)
    pair.rest(REST_MS)
    return pair.failure
  })
}

/** The same failure with as few choices as leaving out single ones can reach. */
export function shortest (failure: Failure): Failure {
  let best = failure
  for (let at = best.choices.length - 1; at >= 0; at--) {
    const choices = best.choices.filter((_, i) => i !== at)
    const what = replayed(failure.smaller, choices)
    if (what !== null) best = { ...best, choices, what }
  }
  return best
}

/** Null, too, when it cannot be played. */
function replayed (smaller: Name, choices: readonly Choice[]): string | null {
  try {
    return replay(smaller, choices)
  } catch (error) {
    if (error instanceof NoSuchChoice) return null
    throw error
  }
}

interface Run {
  readonly taken: readonly Choice[]
  /** Null: another run is the same but for the order of neighbours. */
  readonly settledMs: number | null
  readonly what: string | null
}

function runOne (opening: Opening, smaller: Name, search: Search, open: Choice[][]): Run {
  const taken: Choice[] = []
  let settledMs: number | null = 0
  const what = guarded(() => {
    const pair = new Pair(smaller, {
      dialsEach: search.limits.dialsEach + count(opening, 'dial'),
      cuts: search.limits.cuts + count(opening, 'reset'),
      waits: search.limits.waits + count(opening, 'wait'),
    })
    takeOpening(pair, opening)
    let before: readonly Choice[] = []
    while (taken.length < search.depth && pair.failure === null) {
      const all = pair.choices()
      const left = open[taken.length] ??= unswapped(all, taken.at(-1), before)
      const [choice] = left
      if (choice === undefined) {
        settledMs = null
        return null
      }
      pair.take(choice)
      taken.push(choice)
      before = all
    }
    settledMs = pair.rest(REST_MS)
    return pair.failure
  })
  return { taken, settledMs, what }
}

function takeOpening (pair: Pair, { name, choices }: Opening): void {
  try {
    for (const choice of choices) pair.take(choice)
  } catch (error) {
    throw new Error(`the opening "${name}" cannot be played`, { cause: error })
  }
}

/** Without those that could as well have come before the last one, and then did in another run. */
function unswapped (
  all: readonly Choice[], last: Choice | undefined, before: readonly Choice[],
): Choice[] {
  if (last === undefined) return [...all]
  const lastAt = before.indexOf(last)
  return all.filter(choice => {
    const beforeAt = before.indexOf(choice)
    return beforeAt < 0 || beforeAt >= lastAt || !areIndependent(choice, last)
  })
}

/** Deliveries and dials touch one node; what else there is touches both. */
function areIndependent (one: Choice, other: Choice): boolean {
  const [touched, touchedToo] = [touchedBy(one), touchedBy(other)]
  return touched !== null && touchedToo !== null && touched !== touchedToo
}

function touchedBy (choice: Choice): string | null {
  return /^(?:deliver \d+>|dial )([ab])$/.exec(choice)?.[1] ?? null
}

/** To the next run: the deepest choice that has an alternative left. */
function advance (open: Choice[][]): void {
  while (open.length > 0) {
    const last = open.at(-1)
    last?.shift()
    if (last !== undefined && last.length > 0) return
    open.pop()
  }
}

function count ({ choices }: Opening, verb: string): number {
  return choices.filter(choice => choice.startsWith(verb)).length
}

/** An assertion of the core is a finding like any other. */
function guarded (play: () => string | null): string | null {
  try {
    return play()
  } catch (error) {
    if (error instanceof NoSuchChoice) throw error
    return `threw: ${error instanceof Error ? error.message : String(error)}`
  }
}
