/** A line on the terminal for calls that take longer than a second. Read next: `output.ts`. */
import { scheduler } from 'node:timers/promises'
import type { Output } from './output.js'

/** A person waits that long without asking what is going on. */
const PROGRESS_STEP_MS = 1_000

/** Settles as `call` does. `what` completes "waiting 3 s …". */
export async function whileWaiting<R> (
  output: Output, what: string, call: () => Promise<R>,
): Promise<R> {
  const ends = new AbortController()
  const tell = async (): Promise<void> => {
    for (let turn = 1; !ends.signal.aborted; turn++) {
      await scheduler.wait(PROGRESS_STEP_MS, { signal: ends.signal })
      output.progress(`waiting ${turn} s ${what}`)
    }
  }
  // It ends by being aborted, which rejects.
  void tell().catch(() => {})
  try {
    return await call()
  } finally {
    ends.abort()
    output.progress(null)
  }
}
