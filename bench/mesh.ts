/**
 * Time, CPU and memory to a full mesh, ours against bare node:tls: interleaved rounds in processes
 * of their own, ratios within a round, median and spread over the rounds. Absolute figures are this
 * machine's. `node build/bench/mesh.js [ROUNDS] [SIZE ...]`
 */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Measured } from './one-mesh.js'

const [rounds = 9, ...sizes] = process.argv.slice(2).map(Number)
const script = fileURLToPath(new URL('one-mesh.js', import.meta.url))

console.log('| nodes | rounds | time, ratio (spread) | CPU, ratio (spread) | memory, ratio (spread) | ' +
  'bare, median | ours, median |')
console.log('|---|---|---|---|---|---|---|')
for (const size of sizes.length > 0 ? sizes : [10, 30, 50]) console.log(compare(size))

function compare (size: number): string {
  const bare: Measured[] = []
  const ours: Measured[] = []
  for (let round = 0; round < rounds; round++) {
    bare.push(one('bare', size))
    ours.push(one('ours', size))
  }
  const ratio = (of: keyof Measured): string =>
    spread(ours.map((measured, i) => measured[of] / (bare[i]?.[of] ?? NaN)))
  const show = (all: readonly Measured[]): string =>
    `${median(all.map(({ ms }) => ms))} ms, ${median(all.map(({ rssMiB }) => rssMiB))} MiB`
  return `| ${size} | ${rounds} | ${ratio('ms')} | ${ratio('cpuMs')} | ${ratio('rssMiB')} | ` +
    `${show(bare)} | ${show(ours)} |`
}

function one (kind: 'bare' | 'ours', size: number): Measured {
  const output = execFileSync(process.execPath, [script, kind, String(size)], { encoding: 'utf8' })
  return JSON.parse(output) as Measured
}

function spread (values: number[]): string {
  const sorted = [...values].sort((a, b) => a - b)
  const [least = NaN] = sorted
  return `${median(sorted).toFixed(2)} (${least.toFixed(2)}–${(sorted.at(-1) ?? NaN).toFixed(2)})`
}

function median (values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}
