/**
 * The other thread: takes one task at a time from `crew.ts`, mines or checks, and answers. It
 * shares nothing with the main thread but messages, and ends when that does.
 */
import { parentPort } from 'node:worker_threads'
import { assert } from '../errors.js'
import { WORK_LIMITS } from '../limits.js'
import { isPaid, type WorkKind } from './hashcash.js'
import { mine, type MiningJob } from './mining.js'

/** Bytes with their nonces, of equal length and end to end, that must all be worth `bits`. */
export interface CheckingJob {
  readonly kind: WorkKind
  readonly preimages: Uint8Array
  readonly preimageBytes: number
  readonly bits: number
}

export type Task =
  | { readonly task: 'mine', readonly job: MiningJob }
  | { readonly task: 'check', readonly job: CheckingJob }

/** `stop` ends the task under way; it is answered with `stopped`. */
export type Order = Task | { readonly task: 'stop' }

export type Answer =
  | { readonly answer: 'tries', readonly tries: number }
  | { readonly answer: 'nonce', readonly nonce: number | null }
  | { readonly answer: 'checked', readonly isPaid: boolean }
  | { readonly answer: 'stopped' }

const port = parentPort
assert(port !== null, 'this file is the beginning of a worker')
let stopper = new AbortController()

function answer (message: Answer): void {
  port?.postMessage(message)
}

port.on('message', (order: Order) => {
  switch (order.task) {
    case 'mine':
      stopper = new AbortController()
      void mineFor(order.job, stopper.signal)
      break
    case 'check':
      answer({ answer: 'checked', isPaid: areAllPaid(order.job) })
      break
    case 'stop':
      stopper.abort()
  }
})

async function mineFor (job: MiningJob, signal: AbortSignal): Promise<void> {
  const progress = (tries: number): void => answer({ answer: 'tries', tries })
  try {
    const nonce = await mine(job, { sliceMs: WORK_LIMITS.workerSliceMs, signal, progress })
    answer({ answer: 'nonce', nonce })
  } catch (error) {
    // What is no abort is a bug: it ends this worker, and the main thread hears of it.
    if (!signal.aborted) throw error
    answer({ answer: 'stopped' })
  }
}

function areAllPaid ({ kind, preimages, preimageBytes, bits }: CheckingJob): boolean {
  for (let at = 0; at < preimages.length; at += preimageBytes) {
    if (!isPaid(kind, preimages.subarray(at, at + preimageBytes), bits)) return false
  }
  return true
}
