/**
 * The crew: workers that are started when there is a task and none is idle, never more than cores
 * but one. Idle ones stay, and keep no process alive. Read next: `worker.ts`, what runs in them.
 */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { WORK_LIMITS } from '../limits.js'
import { MintError } from '../ports.js'
import { Gate } from './gate.js'
import type { Answer, Order, Task } from './worker.js'

/** A worker could not be started, or ended in the middle: its task can be done elsewhere. */
export class WorkerLostError extends Error {
  constructor (cause: unknown) {
    super('a worker was lost', { cause })
    this.name = 'WorkerLostError'
  }
}

export interface CrewOptions {
  /** Tasks that may wait for a worker. */
  readonly waitingMax: number
  /** How many there may be. @default one less than there are cores, 1 to 4 */
  readonly workersMax?: number
  /** What a worker begins with; another one in tests. */
  readonly file?: URL
}

/**
 * Compiled, a worker needs none of the process's flags, and some would stop it (`--input-type`).
 * What runs as TypeScript is loaded through them.
 */
const WORKER_FLAGS = import.meta.url.endsWith('.js') ? [] : process.execArgv

export class Crew {
  readonly #gate: Gate
  readonly #file: URL
  readonly #idle: Worker[] = []
  readonly #workers = new Set<Worker>()
  #isClosed = false

  constructor ({ waitingMax, workersMax = workersAtMost(), file }: CrewOptions) {
    this.#gate = new Gate({ insideMax: workersMax, waitingMax })
    this.#file = file ?? new URL('./worker.js', import.meta.url)
  }

  /** Workers there are, busy or idle. */
  get size (): number {
    return this.#workers.size
  }

  /**
   * What the task came to. Rejects with the signal's reason, with MintError `busy` or `closed`, and
   * with WorkerLostError.
   */
  async run (task: Task, signal: AbortSignal, progress?: (tries: number) => void): Promise<Answer> {
    await this.#gate.enter(signal)
    let worker: Worker
    try {
      signal.throwIfAborted()
      worker = this.#idle.pop() ?? this.#start()
    } catch (error) {
      this.#gate.leave()
      throw error
    }
    return this.#perform(worker, task, signal, progress)
  }

  /** Ends every worker; what they were doing is rejected. */
  async close (): Promise<void> {
    this.#isClosed = true
    this.#gate.close()
    await Promise.all([...this.#workers].map(worker => worker.terminate()))
  }

  #start (): Worker {
    if (this.#isClosed) throw closed()
    let worker: Worker
    try {
      worker = new Worker(this.#file, { name: 'p2p-gossip work', execArgv: WORKER_FLAGS })
    } catch (error) {
      throw new WorkerLostError(error)
    }
    this.#workers.add(worker)
    // Whoever gave it a task hears of the end; without a listener an error would end the process.
    worker.on('error', () => {})
    worker.once('exit', () => {
      this.#workers.delete(worker)
      const at = this.#idle.indexOf(worker)
      if (at >= 0) this.#idle.splice(at, 1)
    })
    return worker
  }

  #perform (
    worker: Worker, task: Task, signal: AbortSignal, progress?: (tries: number) => void,
  ): Promise<Answer> {
    const tell = (order: Order): void => worker.postMessage(order)
    return new Promise((resolve, reject) => {
      let cause: unknown = null
      const failed = (error: unknown): void => { cause = error }
      // The worker is free only when it says so: what was aborted goes on until its slice ends, and
      // whoever waits for the worker is kept alive by nothing else.
      const aborted = (): void => {
        tell({ task: 'stop' })
        reject(signal.reason as Error)
      }
      const ended = (): void => {
        release()
        reject(this.#isClosed ? closed() : new WorkerLostError(cause))
      }
      const heard = (answer: Answer): void => {
        if (answer.answer === 'tries') {
          if (!signal.aborted) progress?.(answer.tries)
          return
        }
        // Of a worker that is being ended the end is waited for.
        if (!this.#isClosed) worker.unref()
        this.#idle.push(worker)
        resolve(answer)
        release()
      }
      const release = (): void => {
        signal.removeEventListener('abort', aborted)
        worker.off('message', heard).off('error', failed).off('exit', ended)
        this.#gate.leave()
      }
      signal.addEventListener('abort', aborted, { once: true })
      worker.on('message', heard).on('error', failed).on('exit', ended)
      worker.ref()
      tell(task)
    })
  }
}

/** The main thread has a core for itself, where there are two. */
function workersAtMost (): number {
  return Math.max(1, Math.min(WORK_LIMITS.workersMax, availableParallelism() - 1))
}

function closed (): MintError {
  return new MintError('closed', 'no more work is done here: it was closed')
}
