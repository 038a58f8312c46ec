/**
 * Every order of what can happen between two nodes, each opening with both orders of identity. At
 * rest: exactly one ready link, the same at both ends; on the way: link-up and link-down alternate,
 * and nothing is told as lost that nobody cut. EXHAUSTIVE_DEEPER=1 adds one choice to every depth,
 * three times the runs; EXHAUSTIVE_PLAY='a: dial b, deliver 1>a' plays one run again, the
 * smaller identity's name first.
 */
import t from 'tap'
import { OPENINGS, replay, searchFrom, shortest, type Failure } from '../sim/exhaustive.js'
import type { Name, PairLimits } from '../sim/pair.js'

const deeper = Number(process.env['EXHAUSTIVE_DEEPER'] ?? 0)
const play = process.env['EXHAUSTIVE_PLAY']

interface Sweep {
  readonly what: string
  readonly depth: number
  readonly limits: PairLimits
}

const SWEEPS: readonly Sweep[] = [
  {
    what: 'every order of what is under way, each dialling once more',
    depth: 6,
    limits: { dialsEach: 1, cuts: 0, waits: 0 },
  },
  {
    what: 'every order with one connection cut',
    depth: 6,
    limits: { dialsEach: 0, cuts: 1, waits: 0 },
  },
  {
    what: 'every order with everything waiting once',
    depth: 6,
    limits: { dialsEach: 0, cuts: 0, waits: 1 },
  },
  {
    what: 'every order with all of these, for a shorter time',
    depth: 3,
    limits: { dialsEach: 1, cuts: 1, waits: 1 },
  },
]

if (play !== undefined) {
  t.test('the run that was asked for', async t => {
    const [smaller, choices = ''] = play.split(': ')
    t.equal(replay(smaller as Name, choices.split(', ')), null)
  })
}

for (const { what, depth, limits } of play === undefined ? SWEEPS : []) {
  t.test(what, async t => {
    const failures: Failure[] = []
    const failed = (failure: Failure): boolean => failures.push(failure) < 3
    let runs = 0
    let settledMaxMs = 0
    for (const opening of OPENINGS) {
      for (const smaller of ['a', 'b'] as const) {
        const report = searchFrom(opening, smaller, { depth: depth + deeper, limits, failed })
        runs += report.runs
        settledMaxMs = Math.max(settledMaxMs, report.settledMaxMs)
      }
    }
    const settled = `settled at most ${Math.round(settledMaxMs)} ms after the last choice`
    t.comment(`${runs} runs of ${depth + deeper} choices, ${settled}`)
    t.same(failures.map(told), [])
    t.ok(runs > 1_000, `${runs} runs`)
  })
}

function told (failure: Failure): string {
  const { smaller, choices, what } = shortest(failure)
  return `${what}; EXHAUSTIVE_PLAY='${smaller}: ${choices.join(', ')}'`
}
