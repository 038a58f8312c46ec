/**
 * `npm run sim -- --seeds 200 --nodes 30 [--first N] [--seed N] [--trace]`: runs seeds, prints a
 * report, and for a failing one the command that replays it. Exit code 1 when any failed.
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { run, type PlanNumber, type RunReport } from './run.js'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    nodes: { type: 'string', default: '30' },
    first: { type: 'string', default: '1' },
    seed: { type: 'string' },
    plan: { type: 'string', default: '2' },
    trace: { type: 'boolean', default: false },
    part: { type: 'string', default: '0/1' },
  },
})
const [part = 0, parts = 1] = values.part.split('/').map(Number)
const reports: RunReport[] = []
const startMs = performance.now()
for (const { seed, nodesMax, plan } of seedsToRun()) {
  const beganMs = performance.now()
  const print = (line: string): void => { console.log(line) }
  const trace = values.trace ? { trace: print } : {}
  const nodesMin = Math.min(10, nodesMax)
  const report = run({ seed, nodesMin, nodesMax, plan, ...trace })
  reports.push(report)
  const tookMs = Math.round(performance.now() - beganMs)
  const isTold = report.failure !== null || values.seed !== undefined
  if (isTold) console.log(lineOf(report, nodesMax, tookMs))
}
printReport()
process.exitCode = reports.some(({ failure }) => failure !== null) ? 1 : 0

interface Planned {
  readonly seed: number
  readonly nodesMax: number
  readonly plan: PlanNumber
}

function seedsToRun (): Planned[] {
  const nodesMax = whole(values.nodes, 'nodes')
  const plan: PlanNumber = values.plan === '1' ? 1 : 2
  if (values.seed !== undefined) return [{ seed: whole(values.seed, 'seed'), nodesMax, plan }]
  const first = whole(values.first, 'first')
  const fresh = Array.from({ length: whole(values.seeds, 'seeds') }, (_, i) =>
    ({ seed: first + i, nodesMax, plan }))
  return [...keptSeeds(), ...fresh].filter((_, i) => i % parts === part)
}

/** Seeds that failed once stay: `SEED nodes N: what it was` (test/sim/seeds.txt). */
function keptSeeds (): Planned[] {
  const path = new URL('../../../test/sim/seeds.txt', import.meta.url)
  return readFileSync(path, 'utf8').split('\n')
    .map(line => /^(\d+) nodes (\d+):/.exec(line))
    .filter(found => found !== null)
    .map(([, seed, nodesMax]) =>
      ({ seed: Number(seed), nodesMax: Number(nodesMax), plan: 1 }))
}

function lineOf (report: RunReport, nodesMax: number, tookMs: number): string {
  const { seed, failure, nodes, faults, healMs, steps } = report
  const struck = Object.entries(faults).map(([kind, count]) => `${kind} ${count}`).join(', ')
  const verdict = failure === null ? `healed in ${healMs} ms` : `FAILED ${failure}`
  const command = `npm run sim -- --seed ${seed} --nodes ${nodesMax}`
  const replay = failure === null ? '' : `\n  replay: ${command}`
  return `seed ${seed}: ${nodes} nodes, ${struck || 'no faults'}, ${steps} steps, ${tookMs} ms: ` +
    verdict + replay
}

function printReport (): void {
  const heals = reports.map(({ healMs }) => healMs).filter(ms => ms !== null).sort((a, b) => a - b)
  const sum = (of: (report: RunReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0)
  const hours = sum(({ simulatedMs }) => simulatedMs) / 3_600_000
  const struck = sum(({ faults }) => Object.values(faults).reduce((a, b) => a + b, 0))
  const at = (share: number): number => heals[Math.floor(share * (heals.length - 1))] ?? NaN
  const failed = reports.filter(({ failure }) => failure !== null).length
  console.log(`${reports.length} seeds, ${sum(({ steps }) => steps)} steps, ` +
    `${hours.toFixed(2)} simulated hours, ${struck} faults, ` +
    `${((performance.now() - startMs) / 1_000).toFixed(1)} s`)
  console.log(`healed: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`)
  console.log(`${reports.length - failed} passed, ${failed} failed`)
}

function whole (text: string, name: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  throw new Error(`--${name} takes a whole number, not ${text}`)
}
