/** What a verb gets besides its settings. A leaf. */
import type { Readable } from 'node:stream'
import type { Log } from '../index.js'
import type { Environment } from './flags.js'
import type { Output } from './output.js'
import type { Colours } from './print.js'

export interface World {
  readonly output: Output
  /** Stdin; opened when somebody wants it. */
  readonly input: () => Readable
  readonly log: Log
  readonly colours: Colours
  readonly environment: Environment
  /** Version of the package. */
  readonly version: string
}
