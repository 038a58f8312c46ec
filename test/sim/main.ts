/**
 * `npm run sim -- --seeds 200 --nodes 30 [--first N] [--plan 4]`: plays the kept seeds, fresh ones
 * and the scenes in two processes (`--jobs`), prints a page, and for what failed the command that
 * replays it. `--scenes` plays the scenes alone, long ones too, `--seed N [--trace]` one seed, in
 * this process. Exit code 1 when any failed. Read next: `run.ts` and `scenes.ts`.
 */
import { fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { lineOf, pageOf } from './report.js'
import { run, type PlanNumber, type RunOptions } from './run.js'
import { LONG_SCENES, SCENES } from './scenes.js'
import type { Answer, Task } from './worker.js'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    nodes: { type: 'string', default: '30' },
    first: { type: 'string', default: '1' },
    plan: { type: 'string', default: '3' },
    jobs: { type: 'string', default: '2' },
    scenes: { type: 'boolean', default: false },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
})
const startMs = performance.now()
const answers = values.seed === undefined ? await playAll(tasks()) : [playHere(values.seed)]
console.log(pageOf(answers, performance.now() - startMs))
process.exitCode = answers.every(isFine) ? 0 : 1

function isFine (answer: Answer): boolean {
  return answer.kind === 'scene' || (answer.kind === 'seed' && answer.report.failure === null)
}

function playHere (seed: string): Answer {
  const options = optionsOf(whole(seed, 'seed'), whole(values.nodes, 'nodes'), planNumber())
  const print = (line: string): void => { console.log(line) }
  const report = run(values.trace ? { ...options, trace: print } : options)
  const tookMs = Math.round(performance.now() - startMs)
  console.log(lineOf(options, report, tookMs))
  return { kind: 'seed', options, report, tookMs }
}

/** Scenes take longest and come first, or the end would wait for one of them. */
function tasks (): Task[] {
  const tasksOf = (names: object): Task[] =>
    Object.keys(names).map(name => ({ kind: 'scene', name }))
  const scenes = tasksOf(SCENES)
  if (values.scenes) return [...tasksOf(LONG_SCENES), ...scenes]
  const [first, count] = [whole(values.first, 'first'), whole(values.seeds, 'seeds')]
  const fresh = Array.from({ length: count }, (_, i) =>
    optionsOf(first + i, whole(values.nodes, 'nodes'), planNumber()))
  const seeds: Task[] = [...keptSeeds(), ...fresh].map(options => ({ kind: 'seed', options }))
  return [...scenes, ...seeds]
}

/** Each process gets its next task when it has answered the last. */
async function playAll (waiting: Task[]): Promise<Answer[]> {
  const found: Answer[] = []
  const worker = (): Promise<void> => new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL('worker.js', import.meta.url)))
    const next = (): void => {
      const task = waiting.shift()
      if (task === undefined) child.disconnect()
      else child.send(task)
    }
    child.on('message', (answer: Answer) => {
      found.push(answer)
      if (answer.kind === 'failed') console.log(`FAILED ${answer.what}`)
      if (answer.kind === 'seed' && !isFine(answer)) {
        console.log(lineOf(answer.options, answer.report, answer.tookMs))
      }
      next()
    })
    child.on('exit', code => {
      if (code === 0) resolve()
      else reject(new Error(`a process of the simulator ended with ${code ?? 'a signal'}`))
    })
    next()
  })
  await Promise.all(Array.from({ length: whole(values.jobs, 'jobs') }, worker))
  return found
}

/** Seeds that failed once stay: `SEED nodes N [plan P]: what it was` (test/sim/seeds.txt). */
function keptSeeds (): RunOptions[] {
  const path = new URL('../../../test/sim/seeds.txt', import.meta.url)
  return readFileSync(path, 'utf8').split('\n')
    .map(line => /^(\d+) nodes (\d+) plan ([1234]):/.exec(line))
    .filter(found => found !== null)
    .map(([, seed, nodes, plan]) =>
      optionsOf(Number(seed), Number(nodes), planOf(plan ?? '')))
}

function optionsOf (seed: number, nodesMax: number, plan: PlanNumber): RunOptions {
  return { seed, nodesMin: Math.min(10, nodesMax), nodesMax, plan }
}

function planNumber (): PlanNumber {
  return planOf(values.plan)
}

function planOf (text: string): PlanNumber {
  const plan = ([1, 2, 3, 4] as const).find(number => String(number) === text)
  if (plan !== undefined) return plan
  throw new Error(`--plan takes 1 to 4, not ${text}`)
}

function whole (text: string, name: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  throw new Error(`--${name} takes a whole number, not ${text}`)
}
