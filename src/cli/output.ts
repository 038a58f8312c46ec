/**
 * The two streams. A reader that goes away (`| head -1`) is a reason to stop quietly, never a
 * crash. Read next: `print.ts`, which makes the lines.
 */

export interface Output {
  /** One or more lines without the last line end, to stdout. */
  print (text: string): void
  /** The same to stderr. */
  complain (text: string): void
  /** Bytes to stdout. Resolves when there is room for more: false when nobody reads any more. */
  write (bytes: Uint8Array): Promise<boolean>
  /** Shows one line that changes, on a terminal only: stderr. Null takes it away. */
  progress (line: string | null): void
  /** Called once when stdout takes no more: null when its reader went away, else why. */
  onBroken (callback: (why: Error | null) => void): void
}

/** To the first column, and clears from there. */
const CLEAR_LINE = '\r\u001b[K'

export function openOutput (stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): Output {
  let isBroken = false
  let isProgressShown = false
  const clear = (): void => {
    if (isProgressShown) stderr.write(CLEAR_LINE)
    isProgressShown = false
  }
  let callback: ((why: Error | null) => void) | null = null
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (isBroken) return
    isBroken = true
    callback?.(error.code === 'EPIPE' ? null : error)
  })
  // There is nowhere left to say that stderr is gone.
  stderr.on('error', () => {})
  return {
    print: text => {
      clear()
      if (!isBroken) stdout.write(`${text}\n`)
    },
    write: async bytes => {
      clear()
      if (isBroken) return false
      // The callback comes with an error when the reader goes away meanwhile.
      return new Promise(resolve => {
        stdout.write(bytes, error => { resolve(!(error instanceof Error)) })
      })
    },
    complain: text => {
      clear()
      stderr.write(`${text}\n`)
    },
    progress: line => {
      if (line === null) return clear()
      if (stderr.isTTY !== true) return
      stderr.write(`${CLEAR_LINE}${line}`)
      isProgressShown = true
    },
    onBroken: given => { callback = given },
  }
}
