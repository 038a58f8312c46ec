/**
 * What the machines of the core share: who I am, what was decided outside, who exists, which links
 * there are, and the effects of the event being handled. Machines keep their own state to
 * themselves and are handed each other by `core.ts`, which is what to read next.
 */
import type { Deadlines } from './deadlines.js'
import type { Effect, LogLevel } from './effect.js'
import type { Links } from './links.js'
import type { Notice, WarningCode } from './notice.js'
import type { CoreOptions } from './options.js'
import type { Random } from './random.js'
import type { Roster } from './roster.js'
import type { Self } from './self.js'

/**
 * joining: not started. running. leaving: said goodbye. quiet: a twin runs with this identity; this
 * node holds no link and dials nobody until it is restarted.
 */
export type Phase = 'joining' | 'running' | 'leaving' | 'quiet'

export interface Mesh {
  readonly options: CoreOptions
  readonly random: Random
  readonly deadlines: Deadlines
  readonly self: Self
  readonly roster: Roster
  readonly links: Links
  phase: Phase
  /** Monotonic time of the event being handled. */
  nowMs: number
  /** Wall clock less monotonic clock. */
  offsetMs: number
  /** Effects of the event being handled, in order. */
  out: Effect[]
}

/** Wall clock of the event being handled, whole ms since 1970. */
export function wallMs (mesh: Mesh): number {
  return Math.round(mesh.nowMs + mesh.offsetMs)
}

export function notify (mesh: Mesh, notice: Notice): void {
  mesh.out.push({ kind: 'notify', notice })
}

export function warn (mesh: Mesh, code: WarningCode, message: string): void {
  notify(mesh, { kind: 'warning', code, message })
}

export function log (mesh: Mesh, level: LogLevel, area: string, message: string): void {
  mesh.out.push({ kind: 'log', level, area, message })
}
