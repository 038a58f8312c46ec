/** The page that a run of the simulator ends with: what was played, struck, looked at and found. */
import { CHECKS } from './watch.js'
import { PLAN_DEFAULT, type RunOptions, type RunReport } from './run.js'
import type { Answer } from './worker.js'

export function lineOf (options: RunOptions, report: RunReport, tookMs: number): string {
  const { seed, failure, nodes, faults, healMs, steps } = report
  const struck = Object.entries(faults).map(([kind, count]) => `${kind} ${count}`).join(', ')
  const verdict = failure === null ? `healed in ${healMs} ms` : `FAILED ${failure}`
  const { nodesMax, plan = PLAN_DEFAULT } = options
  const command = `npm run sim -- --plan ${plan} --seed ${seed} --nodes ${nodesMax}`
  const replay = failure === null ? '' : `\n  replay: ${command}`
  return `seed ${seed}: ${nodes} nodes, ${struck || 'no faults'}, ${steps} steps, ${tookMs} ms: ` +
    verdict + replay
}

/** `tookMs`: real time of all. */
export function pageOf (answers: readonly Answer[], tookMs: number): string {
  const seeds = answers.flatMap(answer => answer.kind === 'seed' ? [answer] : [])
  const reports = seeds.map(({ report }) => report)
  const sum = (of: (report: RunReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0)
  const hours = sum(({ simulatedMs }) => simulatedMs) / 3_600_000
  const heals = reports.flatMap(({ healMs }) => healMs ?? []).sort((a, b) => a - b)
  const costs = seeds.map(seed => seed.tookMs).sort((a, b) => a - b)
  const faults = totals(reports.map(report => report.faults))
  const struck = Object.values(faults).reduce((a, b) => a + b, 0)
  const looks = totals(reports.map(report => report.looks))
  const failed = reports.filter(({ failure }) => failure !== null).length +
    answers.filter(({ kind }) => kind === 'failed').length
  return [
    `${reports.length} seeds, ${sum(({ steps }) => steps)} steps, ${hours.toFixed(2)} simulated ` +
      `hours, ${struck} faults, ${(tookMs / 1_000).toFixed(1)} s`,
    `a seed took p50 ${at(costs, 0.5)} ms, p99 ${at(costs, 0.99)} ms, max ${at(costs, 1)} ms`,
    `healed: p50 ${at(heals, 0.5)} ms, p99 ${at(heals, 0.99)} ms, max ${at(heals, 1)} ms`,
    `faults: ${listOf(faults)}`,
    `checks looked: ${CHECKS.map(name => `${name} ${looks[name] ?? 0}`).join(', ')}`,
    ...answers.flatMap(sceneLineOf),
    `${answers.length - failed} passed, ${failed} failed`,
  ].join('\n')
}

function sceneLineOf (answer: Answer): string[] {
  if (answer.kind !== 'scene') return []
  const { nodes, tookMs, steps, figures = {} } = answer.report
  const took = [
    ...Object.entries(tookMs).map(([what, ms]) => `${what} ${ms} ms`),
    ...Object.entries(figures).map(([what, figure]) => `${what} ${figure}`),
  ].join(', ')
  const seconds = (answer.tookMs / 1_000).toFixed(1)
  return [`scene "${answer.name}": ${nodes} nodes, ${took}, ${steps} steps, ${seconds} s`]
}

function totals (counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const total: Record<string, number> = {}
  for (const one of counts) {
    for (const [name, count] of Object.entries(one)) total[name] = (total[name] ?? 0) + count
  }
  return total
}

function listOf (counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts).sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count}`).join(', ') || 'none'
}

function at (sorted: readonly number[], share: number): number {
  return sorted[Math.floor(share * (sorted.length - 1))] ?? NaN
}
