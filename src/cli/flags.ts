/**
 * The one table of flags. Help, environment names, config keys and docs/cli.md follow from it (a
 * test compares the document with it). Read next: `values.ts`, which judges what is given for a
 * flag, and `settings.ts`, which decides whose word counts.
 */
import { CARRIES, DEFAULTS, WORK_KINDS } from '../index.js'
import {
  BULLETIN_LIMITS, DIAL_LIMITS, OPTION_LIMITS, PULSE_LIMITS, WIRE_LIMITS,
} from '../limits.js'

export const VERBS = {
  run: 'run a node; the verb when none is given',
  keygen: 'make an identity: a private key and its certificate',
  id: 'print the identity of a key, a certificate or a data directory',
} as const satisfies Record<string, string>

export type Verb = keyof typeof VERBS

/** What a flag takes. `values.ts` has one reader for each. */
export type Kind =
  | 'whole' | 'seconds' | 'bytes' | 'text' | 'choice' | 'host' | 'targets' | 'addresses'
  | 'topic' | 'topics' | 'file' | 'directory' | 'switch'

export interface Flag {
  readonly kind: Kind
  /** How help names the value; empty for a switch. */
  readonly value: string
  readonly verbs: readonly Verb[]
  readonly about: string
  /** What holds without the flag, for help and the document; empty when nothing does. */
  readonly fallback: string
  /** Numbers: lowest and highest. Texts: bytes of UTF-8. Lists: how many. Inclusive. */
  readonly range?: readonly [number, number]
  readonly choices?: readonly string[]
  /** Set when the variable is not `P2P_GOSSIP_` and the flag's name. */
  readonly variable?: string
  /** False: no key of a config file. */
  readonly inFile: boolean
}

/** What may stand behind a number of bytes. */
export const UNITS: readonly (readonly [suffix: string, bytes: number])[] = [
  ['G', 1_024 ** 3], ['M', 1_024 ** 2], ['K', 1_024],
]

/** Subscribed to by every `run`: the beacon of the second seed. */
export const DEFAULT_TOPIC = 'node beacon channel'

/** Serves the control API, or not. */
export const CONTROLS = ['on', 'off'] as const

const RUN: readonly Verb[] = ['run']
const EVERY: readonly Verb[] = ['run', 'keygen', 'id']

export const FLAGS = {
  period: {
    kind: 'seconds', value: 'SECONDS', verbs: RUN, inFile: true,
    range: [PULSE_LIMITS.periodMinMs / 1_000, PULSE_LIMITS.periodMaxMs / 1_000],
    about: 'time between pings to every member; decimals allowed',
    fallback: String(DEFAULTS.periodMs / 1_000),
  },
  port: {
    kind: 'whole', value: 'PORT', verbs: RUN, inFile: true, range: [0, 65_535],
    about: 'TCP port to accept links on; 0 takes a free one',
    fallback: String(DEFAULTS.port),
  },
  connect: {
    kind: 'targets', value: 'HOST:PORT', verbs: RUN, inFile: true,
    range: [0, DIAL_LIMITS.connectTargetsMax],
    about: 'a member to join through, or IDENTITY@HOST:PORT when only that one will do; ' +
      'may be given again',
    fallback: 'wait to be dialled',
  },
  key: {
    kind: 'file', value: 'FILE', verbs: ['run', 'id'], inFile: true,
    about: 'private key in PEM: Ed25519, P-256, P-384, or RSA of at least 2048 bits',
    fallback: 'the key in --data, else a fresh one',
  },
  cert: {
    kind: 'file', value: 'FILE', verbs: ['run', 'id'], inFile: true,
    about: 'certificate of --key in PEM',
    fallback: 'made from the key',
  },
  'key-type': {
    kind: 'choice', value: 'TYPE', verbs: ['run', 'keygen'], inFile: true,
    choices: ['ed25519', 'p256', 'rsa'],
    about: 'kind of a key that is made: ed25519, p256 or rsa',
    fallback: DEFAULTS.keyType,
  },
  host: {
    kind: 'host', value: 'HOST', verbs: RUN, inFile: true,
    range: [1, OPTION_LIMITS.hostBytesMax],
    about: 'address of this machine to listen on; :: and 0.0.0.0 mean every interface',
    fallback: DEFAULTS.host,
  },
  advertise: {
    kind: 'addresses', value: 'HOST:PORT', verbs: RUN, inFile: true,
    range: [0, WIRE_LIMITS.addressesPerRecordMax],
    about: 'address that others shall dial, for containers and port mappings; may be given again',
    fallback: 'the addresses of this machine',
  },
  name: {
    kind: 'text', value: 'NAME', verbs: RUN, inFile: true,
    range: [0, WIRE_LIMITS.nameBytesMax],
    about: 'name shown to others beside the identity, at most 64 bytes; need not be unique',
    fallback: 'none',
  },
  text: {
    kind: 'text', value: 'TEXT', verbs: RUN, inFile: true,
    range: [0, WIRE_LIMITS.pingTextBytesMax],
    about: 'text of the pings, at most 256 bytes',
    fallback: 'ten random letters and digits each time',
  },
  network: {
    kind: 'text', value: 'NAME', verbs: RUN, inFile: true,
    range: [1, OPTION_LIMITS.networkBytesMax],
    about: 'name of the network; nodes of another one are refused. No secret',
    fallback: DEFAULTS.network,
  },
  data: {
    kind: 'directory', value: 'DIR', verbs: ['run', 'id'], inFile: true,
    about: 'directory that keeps identity, members and bulletins, so that a restarted node ' +
      'finds its network',
    fallback: 'nothing touches the disk',
  },
  'max-links': {
    kind: 'whole', value: 'COUNT', verbs: RUN, inFile: true,
    range: [OPTION_LIMITS.linksMin, OPTION_LIMITS.linksMost],
    about: 'most links held; fewer than there are members makes the mesh partial',
    fallback: String(DEFAULTS.maxLinks),
  },
  'max-members': {
    kind: 'whole', value: 'COUNT', verbs: RUN, inFile: true,
    range: [OPTION_LIMITS.membersMin, OPTION_LIMITS.membersMost],
    about: 'most members remembered; at least --max-links',
    fallback: String(DEFAULTS.maxMembers),
  },
  rejoin: {
    kind: 'seconds', value: 'SECONDS', verbs: RUN, inFile: true,
    range: [DIAL_LIMITS.rejoinMinMs / 1_000, DIAL_LIMITS.rejoinMaxMs / 1_000],
    about: 'time between looks at the member list of a --connect address, against being cut off',
    fallback: String(DEFAULTS.rejoinMs / 1_000),
  },
  subscribe: {
    kind: 'topics', value: 'TOPIC', verbs: RUN, inFile: true,
    range: [0, OPTION_LIMITS.topicsMax],
    about: 'print bulletins of this topic too: a text, or the 64 hex digits of its id; ' +
      'may be given again',
    fallback: DEFAULT_TOPIC,
  },
  chat: {
    kind: 'topic', value: 'TOPIC', verbs: RUN, inFile: true,
    about: 'publish each line of stdin to this topic, and subscribe to it',
    fallback: 'stdin is not read',
  },
  retain: {
    kind: 'seconds', value: 'SECONDS', verbs: RUN, inFile: true,
    range: [BULLETIN_LIMITS.retainMinMs / 1_000, BULLETIN_LIMITS.retainMaxMs / 1_000],
    about: 'time for which bulletins are kept',
    fallback: String(DEFAULTS.retainMs / 1_000),
  },
  quota: {
    kind: 'bytes', value: 'BYTES', verbs: RUN, inFile: true,
    range: [BULLETIN_LIMITS.quotaMinBytes, BULLETIN_LIMITS.quotaMaxBytes],
    about: 'room for bulletins; when it is full, whoever has most of it loses its oldest',
    fallback: sizeText(DEFAULTS.quota),
  },
  carry: {
    kind: 'choice', value: 'WHOSE', verbs: RUN, inFile: true, choices: CARRIES,
    about: 'whose bulletins are kept for those who are away: of all, or none but own ones',
    fallback: DEFAULTS.carry,
  },
  'max-content': {
    kind: 'bytes', value: 'BYTES', verbs: RUN, inFile: true,
    range: [1, WIRE_LIMITS.contentBytesMax],
    about: 'largest content of a bulletin, published or taken',
    fallback: sizeText(DEFAULTS.maxContent),
  },
  difficulty: {
    kind: 'whole', value: 'BITS', verbs: RUN, inFile: true,
    range: [0, BULLETIN_LIMITS.difficultyMax],
    about: 'work that every bulletin needs, each bit doubles it; the same at all members',
    fallback: String(DEFAULTS.difficulty),
  },
  work: {
    kind: 'choice', value: 'DIGEST', verbs: RUN, inFile: true, choices: WORK_KINDS,
    about: 'digest of that work: sha256 or tapehash; the same at all members',
    fallback: DEFAULTS.work,
  },
  schedule: {
    kind: 'text', value: 'TIMES', verbs: RUN, inFile: true,
    range: [1, OPTION_LIMITS.expressionBytesMax],
    about: 'cron times of extra rounds of pings and comparisons, such as "*/5 * * * *"',
    fallback: 'the built-in rhythm alone',
  },
  control: {
    kind: 'choice', value: 'WHETHER', verbs: RUN, inFile: true, choices: CONTROLS,
    about: 'serve the control API, which the other verbs call: on or off',
    fallback: 'on',
  },
  socket: {
    kind: 'file', value: 'PATH', verbs: RUN, inFile: true,
    about: 'socket of the control API',
    fallback: 'PORT.sock in a folder of this user',
  },
  sync: {
    kind: 'switch', value: '', verbs: RUN, inFile: true,
    about: 'with --data: bulletins survive a power cut too, which is slower',
    fallback: 'they survive the end of the process',
  },
  json: {
    kind: 'switch', value: '', verbs: EVERY, inFile: true,
    about: 'print JSON, one object a line, and nothing else on stdout',
    fallback: 'lines for people',
  },
  log: {
    kind: 'choice', value: 'FORMAT', verbs: RUN, inFile: true, choices: ['text', 'json'],
    // P2P_GOSSIP_LOG is the threshold: see log.ts.
    variable: 'P2P_GOSSIP_LOG_FORMAT',
    about: 'format of the log on stderr: text or json',
    fallback: 'text',
  },
  config: {
    kind: 'file', value: 'FILE', verbs: ['run', 'id'], inFile: false,
    about: 'read settings from this JSON or INI file; its keys are the flags without --',
    fallback: 'none',
  },
  out: {
    kind: 'directory', value: 'DIR', verbs: ['keygen'], inFile: false,
    about: 'directory for identity.key and identity.crt; made when missing, never overwritten',
    fallback: '',
  },
} as const satisfies Record<string, Flag>

/** The threshold of the log; `--log`, its format, has another variable. */
export const LOG_VARIABLE = 'P2P_GOSSIP_LOG'

/** `process.env`, or what stands in for it. */
export type Environment = Readonly<Record<string, string | undefined>>

export type FlagName = keyof typeof FLAGS

export const FLAG_NAMES = Object.keys(FLAGS) as readonly FlagName[]

/** The table again, with every entry as wide as `Flag`. */
export function flagOf (name: FlagName): Flag {
  return FLAGS[name]
}

export function isFlagName (text: string): text is FlagName {
  return Object.hasOwn(FLAGS, text)
}

export function isVerb (text: string): text is Verb {
  return Object.hasOwn(VERBS, text)
}

export function flagsOfVerb (verb: Verb): FlagName[] {
  return FLAG_NAMES.filter(name => flagOf(name).verbs.includes(verb))
}

export function isList (flag: Flag): boolean {
  return flag.kind === 'targets' || flag.kind === 'addresses' || flag.kind === 'topics'
}

/** Bytes as a person writes them: 65536 as 64K. */
export function sizeText (bytes: number): string {
  const [suffix, unit] = UNITS.find(([, size]) => bytes >= size && bytes % size === 0) ?? ['', 1]
  return `${bytes / unit}${suffix}`
}

/** `max-links` is read from `P2P_GOSSIP_MAX_LINKS`. */
export function variableOf (name: FlagName): string {
  return flagOf(name).variable ?? `P2P_GOSSIP_${name.toUpperCase().replaceAll('-', '_')}`
}

/** Keys of a config file: the flags' names. */
export function fileKeys (): FlagName[] {
  return FLAG_NAMES.filter(name => flagOf(name).inFile)
}
