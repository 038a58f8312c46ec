/**
 * The flags of `run`, some of which `keygen` and `id` have too, and those that verbs share. Flags
 * of one verb alone stand in its file in `commands/`. Help, variables, config keys and docs/cli.md
 * follow from them. Read next: `values.ts` and `settings.ts`.
 */
import {
  BULLETIN_LIMITS, DIAL_LIMITS, OPTION_LIMITS, PULSE_LIMITS, VOIDPHONE_LIMITS, WIRE_LIMITS,
} from '../limits.js'
import { CARRIES, DEFAULTS, INBOXES, WORK_KINDS } from '../options.js'
import { sizeText, type Flag, type Flags, type ValuesOf } from './flag.js'

/** Subscribed to by every `run`: the beacon of the second seed. */
export const DEFAULT_TOPIC = 'node beacon channel'

/** Serves the control API, or not. */
export const CONTROLS = ['on', 'off'] as const

/** Of every verb that prints anything. */
export const JSON_FLAG = {
  kind: 'switch', value: '', inFile: true, variables: ['P2P_GOSSIP_JSON'],
  about: 'print JSON, one object a line, and nothing else on stdout',
  fallback: 'lines for people',
} as const satisfies Flag

/** Of every verb that talks to a running node. */
export const NODE_FLAG = {
  kind: 'node', value: 'NODE', variables: ['P2P_GOSSIP_NODE', 'P2P_GOSSIP_PORT'],
  about: 'which running node: its port, its short identity or the path of its socket',
  fallback: 'the one on port 8080, else the only one',
} as const satisfies Flag

export const FLAGS = {
  period: {
    kind: 'seconds', value: 'SECONDS', inFile: true,
    range: [PULSE_LIMITS.periodMinMs / 1_000, PULSE_LIMITS.periodMaxMs / 1_000],
    about: 'time between pings to every member; decimals allowed',
    fallback: String(DEFAULTS.periodMs / 1_000),
  },
  port: {
    kind: 'whole', value: 'PORT', inFile: true, range: [0, 65_535],
    about: 'TCP port to accept links on; 0 takes a free one',
    fallback: String(DEFAULTS.port),
  },
  connect: {
    kind: 'targets', value: 'HOST:PORT', inFile: true,
    range: [0, DIAL_LIMITS.connectTargetsMax],
    about: 'a member to join through, or IDENTITY@HOST:PORT when only that one will do; ' +
      'may be given again',
    fallback: 'wait to be dialled',
  },
  key: {
    kind: 'file', value: 'FILE', inFile: true,
    about: 'private key in PEM: Ed25519, P-256, P-384, or RSA of at least 2048 bits',
    fallback: 'the key in --data, else a fresh one',
  },
  cert: {
    kind: 'file', value: 'FILE', inFile: true,
    about: 'certificate of --key in PEM',
    fallback: 'made from the key',
  },
  'key-type': {
    kind: 'choice', value: 'TYPE', inFile: true,
    choices: ['ed25519', 'p256', 'rsa'],
    about: 'kind of a key that is made: ed25519, p256 or rsa',
    fallback: DEFAULTS.keyType,
  },
  host: {
    kind: 'host', value: 'HOST', inFile: true,
    range: [1, OPTION_LIMITS.hostBytesMax],
    about: 'address of this machine to listen on; :: and 0.0.0.0 mean every interface',
    fallback: DEFAULTS.host,
  },
  advertise: {
    kind: 'addresses', value: 'HOST:PORT', inFile: true,
    range: [0, WIRE_LIMITS.addressesPerRecordMax],
    about: 'address that others shall dial, for containers and port mappings; may be given again',
    fallback: 'the addresses of this machine',
  },
  name: {
    kind: 'text', value: 'NAME', inFile: true,
    range: [0, WIRE_LIMITS.nameBytesMax],
    about: 'name shown to others beside the identity, at most 64 bytes; need not be unique',
    fallback: 'none',
  },
  text: {
    kind: 'text', value: 'TEXT', inFile: true,
    range: [0, WIRE_LIMITS.pingTextBytesMax],
    about: 'text of the pings, at most 256 bytes',
    fallback: 'ten random letters and digits each time',
  },
  network: {
    kind: 'text', value: 'NAME', inFile: true,
    range: [1, OPTION_LIMITS.networkBytesMax],
    about: 'name of the network; nodes of another one are refused. No secret',
    fallback: DEFAULTS.network,
  },
  data: {
    kind: 'directory', value: 'DIR', inFile: true,
    about: 'directory that keeps identity, members and bulletins, so that a restarted node ' +
      'finds its network',
    fallback: 'nothing touches the disk',
  },
  'max-links': {
    kind: 'whole', value: 'COUNT', inFile: true,
    range: [OPTION_LIMITS.linksMin, OPTION_LIMITS.linksMost],
    about: 'most links held; fewer than there are members makes the mesh partial',
    fallback: String(DEFAULTS.maxLinks),
  },
  'max-members': {
    kind: 'whole', value: 'COUNT', inFile: true,
    range: [OPTION_LIMITS.membersMin, OPTION_LIMITS.membersMost],
    about: 'most members remembered; at least --max-links',
    fallback: String(DEFAULTS.maxMembers),
  },
  rejoin: {
    kind: 'seconds', value: 'SECONDS', inFile: true,
    range: [DIAL_LIMITS.rejoinMinMs / 1_000, DIAL_LIMITS.rejoinMaxMs / 1_000],
    about: 'time between looks at the member list of a --connect address, against being cut off',
    fallback: String(DEFAULTS.rejoinMs / 1_000),
  },
  subscribe: {
    kind: 'topics', value: 'TOPIC', inFile: true,
    range: [0, OPTION_LIMITS.topicsMax],
    about: 'print bulletins of this topic too: a text, or the 64 hex digits of its id; ' +
      'may be given again',
    fallback: DEFAULT_TOPIC,
  },
  chat: {
    kind: 'topic', value: 'TOPIC', inFile: true,
    about: 'publish each line of stdin to this topic, and subscribe to it',
    fallback: 'stdin is not read',
  },
  retain: {
    kind: 'seconds', value: 'SECONDS', inFile: true,
    range: [BULLETIN_LIMITS.retainMinMs / 1_000, BULLETIN_LIMITS.retainMaxMs / 1_000],
    about: 'time for which bulletins are kept',
    fallback: String(DEFAULTS.retainMs / 1_000),
  },
  quota: {
    kind: 'bytes', value: 'BYTES', inFile: true,
    range: [BULLETIN_LIMITS.quotaMinBytes, BULLETIN_LIMITS.quotaMaxBytes],
    about: 'room for bulletins; when it is full, whoever has most of it loses its oldest',
    fallback: sizeText(DEFAULTS.quota),
  },
  carry: {
    kind: 'choice', value: 'WHOSE', inFile: true, choices: CARRIES,
    about: 'whose bulletins are kept for those who are away: of all, or none but own ones',
    fallback: DEFAULTS.carry,
  },
  'max-content': {
    kind: 'bytes', value: 'BYTES', inFile: true,
    range: [1, WIRE_LIMITS.contentBytesMax],
    about: 'largest content of a bulletin, published or taken',
    fallback: sizeText(DEFAULTS.maxContent),
  },
  difficulty: {
    kind: 'whole', value: 'BITS', inFile: true,
    range: [0, BULLETIN_LIMITS.difficultyMax],
    about: 'work that every bulletin needs, each bit doubles it; the same at all members',
    fallback: String(DEFAULTS.difficulty),
  },
  work: {
    kind: 'choice', value: 'DIGEST', inFile: true, choices: WORK_KINDS,
    about: 'digest of that work: sha256 or tapehash; the same at all members',
    fallback: DEFAULTS.work,
  },
  schedule: {
    kind: 'text', value: 'TIMES', inFile: true,
    range: [1, OPTION_LIMITS.expressionBytesMax],
    about: 'cron times of extra rounds of pings and comparisons, such as "*/5 * * * *"',
    fallback: 'the built-in rhythm alone',
  },
  inbox: {
    kind: 'choice', value: 'WHOSE', inFile: true, choices: INBOXES,
    about: 'whose private messages are taken: of all members, or of contacts alone',
    fallback: DEFAULTS.inbox,
  },
  control: {
    kind: 'choice', value: 'WHETHER', inFile: true, choices: CONTROLS,
    about: 'serve the control API, which the other verbs call: on or off',
    fallback: 'on',
  },
  socket: {
    kind: 'file', value: 'PATH', inFile: true,
    about: 'socket of the control API',
    fallback: 'PORT.sock in a folder of this user',
  },
  api: {
    kind: 'address', value: 'HOST:PORT', inFile: true,
    about: 'serve programs of this machine by the local protocol of Voidphone',
    fallback: 'off',
  },
  p2p: {
    kind: 'address', value: 'HOST:PORT', inFile: true,
    about: 'answer Voidphone modules that ask for members',
    fallback: 'off',
  },
  bootstrapper: {
    kind: 'address', value: 'HOST:PORT', inFile: true,
    about: 'a Voidphone module that is asked for members at start and at every rejoin',
    fallback: 'none',
  },
  'validation-timeout': {
    kind: 'seconds', value: 'SECONDS', inFile: true,
    range: [
      VOIDPHONE_LIMITS.validationMinMs / 1_000, VOIDPHONE_LIMITS.validationDefaultMs / 1_000,
    ],
    about: 'with --api: how long modules have to judge what came',
    fallback: String(VOIDPHONE_LIMITS.validationDefaultMs / 1_000),
  },
  'cache-size': {
    kind: 'whole', value: 'COUNT', inFile: true, range: [1, VOIDPHONE_LIMITS.cacheMost],
    about: 'with --api: announcements kept by this node',
    fallback: 'as many as --quota and --retain keep',
  },
  sync: {
    kind: 'switch', value: '', inFile: true,
    about: 'with --data: bulletins survive a power cut too, which is slower',
    fallback: 'they survive the end of the process',
  },
  json: JSON_FLAG,
  log: {
    kind: 'choice', value: 'FORMAT', inFile: true, choices: ['text', 'json'],
    // P2P_GOSSIP_LOG is the threshold: see log.ts.
    variables: ['P2P_GOSSIP_LOG_FORMAT'],
    about: 'format of the log on stderr: text or json',
    fallback: 'text',
  },
  config: {
    kind: 'file', value: 'FILE', inFile: false,
    about: 'read settings from this JSON or INI file, also -c; its keys are the flags without ' +
      '--, or those of the Voidphone course',
    fallback: 'none',
  },
} as const satisfies Flags

/** The threshold of the log; `--log`, its format, has another variable. */
export const LOG_VARIABLE = 'P2P_GOSSIP_LOG'

/** `process.env`, or what stands in for it. */
export type Environment = Readonly<Record<string, string | undefined>>

export type FlagName = keyof typeof FLAGS

/** What was given for a run. */
export type Values = ValuesOf<typeof FLAGS>

export const FLAG_NAMES = Object.keys(FLAGS) as readonly FlagName[]

/** The table again, with every entry as wide as `Flag`. */
export function flagOf (name: FlagName): Flag {
  return FLAGS[name]
}

/** `max-links` of a node is read from `P2P_GOSSIP_MAX_LINKS`. */
export function variableOf (name: string): string {
  return `P2P_GOSSIP_${name.toUpperCase().replaceAll('-', '_')}`
}

/** Keys of a config file: the names of the flags of a run. */
export function fileKeys (): FlagName[] {
  return FLAG_NAMES.filter(name => flagOf(name).inFile === true)
}
