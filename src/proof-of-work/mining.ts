/**
 * Mining: a counter inside some bytes goes up until their digest begins with enough zeros. The same
 * loop runs on the main thread and in a worker; only its slices differ in length. Counting from 0
 * makes the answer the same everywhere. Read next: `minter.ts`, `worker.ts`.
 */
import { setImmediate as breathe } from 'node:timers/promises'
import { assert } from '../errors.js'
import { WORK_LIMITS } from '../limits.js'
import { digestTextOf, leadingZeroBitsOfText, type WorkKind } from './hashcash.js'

/** Counters are u32be. */
export const COUNTERS = 0x1_0000_0000

export interface MiningJob {
  readonly kind: WorkKind
  /** What is hashed, the counter's four bytes included. Not changed. */
  readonly preimage: Uint8Array
  /** Where the counter stands. */
  readonly counterAt: number
  /** Leading zero bits wanted. */
  readonly bits: number
}

export interface Pace {
  /** The event loop breathes after this much. */
  readonly sliceMs: number
  /** Ends the work after the slice under way. */
  readonly signal: AbortSignal
  /** Told about five times a second how many counters were tried. */
  readonly progress?: ((tries: number) => void) | undefined
  /** The counter that is not tried any more. */
  readonly end?: number
}

/** Tries between two looks at the clock; some 20 µs of either kind. */
const TRIES_PER_LOOK = { sha256: 64, tapehash: 1 } as const

/**
 * The first counter from 0 that is worth the bits; null when none is. Rejects with the signal's
 * reason when it aborts.
 */
export async function mine (job: MiningJob, pace: Pace): Promise<number | null> {
  const { kind, preimage, counterAt, bits } = job
  const { sliceMs, signal, progress, end = COUNTERS } = pace
  assert(counterAt + 4 <= preimage.length, 'the counter is part of what is hashed')
  const bytes = Uint8Array.from(preimage)
  const view = new DataView(bytes.buffer)
  const step = TRIES_PER_LOOK[kind]
  signal.throwIfAborted()
  let sliceEndsMs = performance.now() + sliceMs
  let toldMs = performance.now()
  for (let counter = 0; counter < end;) {
    const lookAt = Math.min(end, counter + step)
    for (; counter < lookAt; counter++) {
      view.setUint32(counterAt, counter)
      if (leadingZeroBitsOfText(digestTextOf(kind, bytes)) >= bits) return counter
    }
    const nowMs = performance.now()
    if (nowMs < sliceEndsMs) continue
    if (nowMs - toldMs >= WORK_LIMITS.progressEveryMs) {
      toldMs = nowMs
      progress?.(counter)
    }
    await breathe()
    signal.throwIfAborted()
    sliceEndsMs = performance.now() + sliceMs
  }
  return null
}
