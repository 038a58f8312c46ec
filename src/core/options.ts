/** What was decided before the core begins. Durations in ms. */
import type { Admission } from '../wire/frame.js'
import type { Identity } from '../wire/identity.js'
import type { Target } from './event.js'
import type { Routing } from './routes/vocabulary.js'

export interface CoreOptions {
  readonly me: Identity
  /** SPKI DER of this node. */
  readonly publicKey: Uint8Array
  readonly networkHash: Uint8Array
  readonly admission: Admission
  readonly connect: readonly Target[]
  /** Told instead of interface addresses when not empty. */
  readonly advertise: readonly string[]
  readonly periodMs: number
  /** Null: random text each time. */
  readonly text: string | null
  readonly name: string
  /** Nothing of this node outlives its run. */
  readonly ephemeral: boolean
  readonly linksMax: number
  readonly membersMax: number
  readonly rejoinMs: number
  readonly bulletins: BulletinOptions
  /** How bulletins travel where the mesh is not complete; along their author's tree by default. */
  readonly routing?: Routing
}

/** What is kept of bulletins, and which are taken. */
export interface BulletinOptions {
  readonly retainMs: number
  readonly quotaBytes: number
  readonly contentBytesMax: number
  /** False: nothing of others is stored. */
  readonly carries: boolean
}
