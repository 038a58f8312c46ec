/**
 * A process that plays what it is told to, seed by seed and scene by scene, so that a run uses two
 * cores. Read next: `main.ts`, which starts it.
 */
import { run, type RunOptions, type RunReport } from './run.js'
import type { SceneReport } from './scene-report.js'
import { LONG_SCENES, SCENES } from './scenes.js'

export type Task =
  | { readonly kind: 'seed', readonly options: RunOptions }
  | { readonly kind: 'scene', readonly name: string }

export type Result =
  | { readonly kind: 'seed', readonly options: RunOptions, readonly report: RunReport }
  | { readonly kind: 'scene', readonly name: string, readonly report: SceneReport }
  | { readonly kind: 'failed', readonly what: string }

/** What took how long, ms of real time. */
export type Answer = Result & { readonly tookMs: number }

process.on('message', (task: Task) => {
  const beganMs = performance.now()
  const result = play(task)
  process.send?.({ ...result, tookMs: Math.round(performance.now() - beganMs) })
})

/** What throws is a finding like any other. */
function play (task: Task): Result {
  try {
    if (task.kind === 'seed') {
      return { kind: 'seed', options: task.options, report: run(task.options) }
    }
    const report = (SCENES[task.name] ?? LONG_SCENES[task.name])?.()
    if (report === undefined) throw new Error('there is no such scene')
    return { kind: 'scene', name: task.name, report }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    const what = task.kind === 'seed' ? `seed ${task.options.seed}` : `scene "${task.name}"`
    return { kind: 'failed', what: `${what}: ${why}` }
  }
}
