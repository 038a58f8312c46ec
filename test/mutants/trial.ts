/**
 * Runs seeds and scripted worlds against the core beside it, mutated or not, until one catches it.
 * Arguments: the number of seeds, the most nodes of one. Prints a line of JSON before each step and
 * one with the verdict at the end. A process of its own, so that a core that never returns can be
 * ended. Read next: `main.ts`.
 */
import { run } from '../sim/run.js'
import { BULLETIN_WORLDS } from './bulletin-worlds.js'
import { ROUTE_WORLDS } from './route-worlds.js'
import { WORLDS } from './worlds.js'

/** One line on standard output. */
export type TrialLine =
  | { readonly says: 'step', readonly step: string }
  /** `saw` is null when every step passed. */
  | { readonly says: 'verdict', readonly saw: string | null }

interface Step {
  readonly name: string
  play (): string | null
}

const [seeds = 0, nodesMax = 0] = process.argv.slice(2).map(Number)
let saw: string | null = null
for (const { name, play } of steps()) {
  print({ says: 'step', step: name })
  saw = outcome(play)
  if (saw !== null) break
}
print({ says: 'verdict', saw })

function steps (): Step[] {
  const drawn = Array.from({ length: seeds }, (_, i) => ({
    name: `seed ${i + 1} of ${nodesMax} nodes`,
    play: () => run({ seed: i + 1, nodesMin: Math.ceil(nodesMax / 2), nodesMax }).failure,
  }))
  const scripted = [...WORLDS, ...BULLETIN_WORLDS, ...ROUTE_WORLDS]
    .map(({ name, play }) => ({ name: `world "${name}"`, play }))
  return [...drawn, ...scripted]
}

/** An assertion of the core is an observation like any other. */
function outcome (play: () => string | null): string | null {
  try {
    return play()
  } catch (error) {
    return `threw ${error instanceof Error ? error.message : String(error)}`
  }
}

function print (line: TrialLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
