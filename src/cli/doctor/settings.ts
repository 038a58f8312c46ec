/**
 * Flags of `doctor`: those of `run` that it looks at, and which node to ask.
 * Read next: `examine.ts`.
 */
import type { ValuesOf } from '../flag.js'
import { FLAGS, NODE_FLAG } from '../flags.js'
import type { Settings } from '../verb.js'

export const DOCTOR_FLAGS = {
  port: FLAGS.port,
  host: FLAGS.host,
  connect: FLAGS.connect,
  advertise: FLAGS.advertise,
  key: FLAGS.key,
  cert: FLAGS.cert,
  data: FLAGS.data,
  control: FLAGS.control,
  socket: FLAGS.socket,
  // P2P_GOSSIP_PORT is the variable of --port here.
  node: {
    ...NODE_FLAG, variables: ['P2P_GOSSIP_NODE'],
    fallback: 'the one on --port, else the only one, else none is asked',
  },
  json: FLAGS.json,
  config: FLAGS.config,
} as const

export type DoctorSettings = Settings<ValuesOf<typeof DOCTOR_FLAGS>>
