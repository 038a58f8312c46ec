/**
 * `npm run test:mutants [-- --only TEXT]`: plants deliberate bugs in a copy of the compiled core,
 * one at a time, and shows that the simulator catches each: the seed or the scripted world, and
 * what it saw. The product as it is must pass first. Exit code 1 when a mutant survives or its text
 * is not found. Nothing in the working tree is touched. Read next: `mutants.ts` and `worlds.ts`.
 */
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import ts from 'typescript'
import { BULLETIN_MUTANTS } from './bulletin-mutants.js'
import { MUTANTS, type Mutant } from './mutants.js'
import { ROUTE_MUTANTS } from './route-mutants.js'
import type { TrialLine } from './trial.js'

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    seeds: { type: 'string', default: '24' },
    nodes: { type: 'string', default: '10' },
    jobs: { type: 'string', default: '2' },
  },
})

/** A step of the product as it is takes seconds: one this long does not end. */
const STEP_MAX_MS = 60_000
const ALL = [...MUTANTS, ...BULLETIN_MUTANTS, ...ROUTE_MUTANTS]
const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

interface Caught {
  /** The step that caught it, or null: it survived. */
  readonly by: string | null
  readonly saw: string
}

const copies = mkdtempSync(join(tmpdir(), 'p2p-gossip-mutants-'))
try {
  process.exitCode = await main()
} finally {
  rmSync(copies, { recursive: true, force: true })
}

async function main (): Promise<number> {
  const startMs = performance.now()
  const chosen = ALL.filter(({ name }) => name.includes(values.only))
  const sources = new Map(chosen.map(({ file }) => [file, sourceOf(file)]))
  const lost = chosen.filter(({ file, find }) => sources.get(file)?.split(find).length !== 2)
  for (const { name, file } of lost) console.log(`NOT PLANTED ${name}: not once in ${file}`)
  const base = copyOf(ROOT + 'build', 'base')
  const { by, saw } = await trial(base)
  if (by !== null) {
    console.log(`the product as it is fails: ${by}: ${saw}`)
    return 1
  }
  console.log(`the product as it is passes: ${values.seeds} seeds and the scripted worlds, ` +
    `${seconds(startMs)} s`)
  const waiting = chosen.filter(mutant => !lost.includes(mutant))
  let survivors = 0
  const worker = async (): Promise<void> => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const caught = await plant(mutant, base, sources.get(mutant.file) ?? '')
      if (caught.by === null) survivors++
      console.log(lineOf(mutant, caught))
    }
  }
  await Promise.all(Array.from({ length: Number(values.jobs) }, worker))
  const caught = chosen.length - lost.length - survivors
  console.log(`${chosen.length} mutants: ${caught} caught, ${survivors} survived, ` +
    `${lost.length} not planted, ${seconds(startMs)} s`)
  return survivors + lost.length > 0 ? 1 : 0
}

/** Runs one mutant in a copy of its own. */
async function plant (mutant: Mutant, base: string, source: string): Promise<Caught> {
  const copy = copyOf(base, `mutant-${ALL.indexOf(mutant)}`)
  const { file, find, replace } = mutant
  const { outputText } = ts.transpileModule(source.replace(find, () => replace), {
    compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
  })
  writeFileSync(join(copy, 'src/core', file.replace(/\.ts$/, '.js')), outputText)
  const caught = await trial(copy)
  rmSync(copy, { recursive: true, force: true })
  return caught
}

function sourceOf (file: string): string {
  return readFileSync(join(ROOT, 'src/core', file), 'utf8')
}

function copyOf (from: string, name: string): string {
  const copy = join(copies, name)
  for (const part of ['src', 'test/sim', 'test/mutants', 'test/helpers']) {
    cpSync(join(from, part), join(copy, part), { recursive: true })
  }
  writeFileSync(join(copy, 'package.json'), '{ "type": "module" }\n')
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
  return copy
}

/** The seeds and worlds against the core in that copy. */
async function trial (copy: string): Promise<Caught> {
  const script = join(copy, 'test/mutants/trial.js')
  const child = spawn(process.execPath, [script, values.seeds, values.nodes], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let by: string | null = null
  let caught: Caught | null = null
  let isOverdue = false
  const onOverdue = (): void => {
    isOverdue = true
    child.kill('SIGKILL')
  }
  let timer = setTimeout(onOverdue, STEP_MAX_MS)
  for await (const text of createInterface({ input: child.stdout })) {
    const line = JSON.parse(text) as TrialLine
    clearTimeout(timer)
    timer = setTimeout(onOverdue, STEP_MAX_MS)
    if (line.says === 'step') by = line.step
    else caught = line.saw === null ? { by: null, saw: '' } : { by, saw: line.saw }
  }
  clearTimeout(timer)
  if (isOverdue) return { by, saw: `did not end within ${STEP_MAX_MS / 1_000} s` }
  if (caught === null) throw new Error(`${script} ended during ${by ?? 'its start'}`)
  return caught
}

function lineOf ({ name }: Mutant, { by, saw }: Caught): string {
  return by === null ? `SURVIVED ${name}` : `caught ${name}\n  by ${by}: ${saw}`
}

function seconds (sinceMs: number): string {
  return ((performance.now() - sinceMs) / 1_000).toFixed(0)
}
