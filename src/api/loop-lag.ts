/**
 * How late this process comes to what is due: measured while somebody waits for the answer, so that
 * nothing runs for it otherwise. Read next: `routes/doctor.ts`.
 */
import { performance } from 'node:perf_hooks'
import { setTimeout as later } from 'node:timers/promises'
import { API_LIMITS } from '../limits.js'

export interface LoopLag {
  /** By so much a timer came late, at most; ms. */
  readonly lagMs: number
  /** Of the time, from 0 to 1. */
  readonly busyShare: number
}

/** Short stalls show, and asking costs little. */
const STEP_MS = 10

export async function measureLag (nowMs = (): number => performance.now()): Promise<LoopLag> {
  const before = performance.eventLoopUtilization()
  const endMs = nowMs() + API_LIMITS.lagMeasuredMs
  let lagMs = 0
  for (let startMs = nowMs(); startMs < endMs; startMs = nowMs()) {
    await later(STEP_MS)
    lagMs = Math.max(lagMs, nowMs() - startMs - STEP_MS)
  }
  const { utilization } = performance.eventLoopUtilization(before)
  return { lagMs: Math.round(lagMs * 10) / 10, busyShare: Math.round(utilization * 100) / 100 }
}
