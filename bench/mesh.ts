/**
 * Time, CPU and memory to a full mesh, ours against bare node:tls: interleaved rounds A B A B, each
 * mesh in a process of its own, ratios within a round, median and spread over the rounds.
 * Read next: `one-mesh.ts`, what is run; `main.ts`, which prints it.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createIdentity } from '../src/index.js'
import type { BenchIdentity, Measured } from './one-mesh.js'

export interface MeshOptions {
  /** Measured rounds of each size. */
  readonly rounds: number
  /** Rounds before them that are not counted: files and memory of the machine get warm. */
  readonly warmUp: number
  readonly sizes: readonly number[]
}

type Kind = 'bare' | 'ours'
type Results = Readonly<Record<Kind, readonly Measured[]>>

const script = fileURLToPath(new URL('one-mesh.js', import.meta.url))

/** Two Markdown tables: ratios first, then the medians they come from. */
export function meshTables ({ rounds, warmUp, sizes }: MeshOptions): string {
  const directory = mkdtempSync(join(tmpdir(), 'p2p-gossip-bench-'))
  try {
    const file = join(directory, 'identities.json')
    writeFileSync(file, JSON.stringify(identities(Math.max(...sizes))), { mode: 0o600 })
    const all = sizes.map(size => ({ size, results: measured(file, size, rounds, warmUp) }))
    return [
      '| nodes | links | time | memory | memory that the links added | CPU |',
      '|---|---|---|---|---|---|',
      ...all.map(({ size, results }) => ratiosRow(size, results)),
      '',
      '| nodes | of | time, ms | of it idle, ms | memory, MiB | added, MiB | CPU, ms |',
      '|---|---|---|---|---|---|---|',
      ...all.flatMap(({ size, results }) => [
        mediansRow(size, 'bare', results), mediansRow(size, 'ours', results),
      ]),
    ].join('\n')
  } finally {
    rmSync(directory, { recursive: true })
  }
}

function identities (count: number): BenchIdentity[] {
  return Array.from({ length: count }, () => {
    const { key, cert } = createIdentity('ed25519')
    return { key, cert }
  })
}

function measured (file: string, size: number, rounds: number, warmUp: number): Results {
  const bare: Measured[] = []
  const ours: Measured[] = []
  for (let round = -warmUp; round < rounds; round++) {
    const one = { bare: run('bare', size, file), ours: run('ours', size, file) }
    if (round < 0) continue
    bare.push(one.bare)
    ours.push(one.ours)
  }
  return { bare, ours }
}

function run (kind: Kind, size: number, file: string): Measured {
  const output = execFileSync(process.execPath, [script, kind, String(size), file], {
    encoding: 'utf8',
  })
  return JSON.parse(output) as Measured
}

function ratiosRow (size: number, { bare, ours }: Results): string {
  const ratio = (of: keyof Measured): string =>
    spread(ours.map((one, i) => one[of] / (bare[i]?.[of] ?? NaN)))
  const cells = [size, size * (size - 1) / 2,
    ratio('ms'), ratio('rssMiB'), ratio('grownMiB'), ratio('cpuMs')]
  return `| ${cells.join(' | ')} |`
}

function mediansRow (size: number, kind: Kind, results: Results): string {
  const of = (what: keyof Measured): number => median(results[kind].map(one => one[what]))
  const cells = [
    size, kind, of('ms'), of('idleMs'), of('rssMiB'), of('grownMiB'), of('cpuMs'),
  ]
  return `| ${cells.join(' | ')} |`
}

function spread (values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  return `${median(values).toFixed(2)} (${least.toFixed(2)}–${most.toFixed(2)})`
}

function median (values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}
