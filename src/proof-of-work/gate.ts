/**
 * A gate lets so many pass at once, in the order they came; the others wait outside, and of those
 * there is a limit too. Read next: `minter.ts`, which has one before each kind of work.
 */
import { assert } from '../errors.js'
import { MintError } from '../ports.js'

interface Waiter {
  readonly enter: () => void
  readonly refuse: (error: Error) => void
}

export class Gate {
  readonly #waiting = new Set<Waiter>()
  readonly #waitingMax: number
  #free: number
  #isClosed = false

  constructor ({ insideMax, waitingMax }: { insideMax: number, waitingMax: number }) {
    assert(insideMax >= 1, 'somebody can pass')
    this.#free = insideMax
    this.#waitingMax = waitingMax
  }

  /**
   * Resolves inside; then `leave` must be called, once. Rejects outside: MintError `busy` or
   * `closed`, or the signal's reason.
   */
  async enter (signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (this.#isClosed) throw closed()
    if (this.#free > 0) {
      this.#free -= 1
      return
    }
    if (this.#waiting.size >= this.#waitingMax) {
      throw new MintError('busy', `${this.#waitingMax} bulletins wait for their work already`)
    }
    await this.#wait(signal)
  }

  leave (): void {
    const [next] = this.#waiting
    if (next === undefined) {
      this.#free += 1
      return
    }
    this.#waiting.delete(next)
    next.enter()
  }

  /** Who waits is refused; who is inside leaves by itself. */
  close (): void {
    this.#isClosed = true
    for (const { refuse } of this.#waiting) refuse(closed())
    this.#waiting.clear()
  }

  #wait (signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        enter: () => {
          signal.removeEventListener('abort', abort)
          resolve()
        },
        refuse: error => {
          signal.removeEventListener('abort', abort)
          reject(error)
        },
      }
      const abort = (): void => {
        this.#waiting.delete(waiter)
        reject(signal.reason as Error)
      }
      signal.addEventListener('abort', abort, { once: true })
      this.#waiting.add(waiter)
    })
  }
}

function closed (): MintError {
  return new MintError('closed', 'no more work is done here: it was closed')
}
