/** SIGINT and SIGTERM: the first leaves, the second quits at once. */
import { EXIT } from './exit-code.js'

/**
 * `second` has no time for promises. The handlers stay until the process ends: a second signal in
 * its last moments gets its exit code too.
 */
export function onSignals (first: () => void, second: () => void): void {
  let isLeaving = false
  const handle = (exitCode: number) => (): void => {
    if (!isLeaving) {
      isLeaving = true
      first()
      return
    }
    second()
    process.exit(exitCode)
  }
  process.on('SIGINT', handle(EXIT.secondInterrupt))
  process.on('SIGTERM', handle(EXIT.secondTerminate))
}
