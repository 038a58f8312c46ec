/** What a verb gets besides its settings: `main.ts` takes it from the process. A leaf. */
import type { Readable } from 'node:stream'
import type { Log } from '../ports.js'
import type { ApiRoom } from './api-door.js'
import type { Environment } from './flags.js'
import type { Output } from './output.js'
import type { Colours } from './print.js'

export interface World {
  readonly output: Output
  /** Stdin; opened when somebody wants it. */
  readonly input: () => Readable & { readonly isTTY?: boolean }
  /** Stdout is a terminal. */
  readonly isTerminal: boolean
  readonly environment: Environment
  readonly log: Log
  readonly colours: Colours
  /** Version of the package. */
  readonly version: string
  /** The client of the control API, loaded when it is wanted. */
  readonly api: () => Promise<ApiRoom>
  /** Aborts at the first SIGINT or SIGTERM; for verbs that go on until then. */
  readonly interrupted: () => AbortSignal
  readonly completion: (shell: 'bash' | 'zsh') => string
}
