/**
 * NodeOptions: what an embedder may set, and the one place where a default is applied.
 * docs/options.md is checked against OPTION_DOCS. Read next: `node.ts`.
 */
import { GossipError } from './errors.js'
import {
  BULLETIN_LIMITS, DIAL_LIMITS, LINK_LIMITS, OPTION_LIMITS, PULSE_LIMITS, ROSTER_LIMITS,
  WIRE_LIMITS,
} from './limits.js'
import { parseTarget } from './wire/address.js'
import type { Target } from './core/event.js'

export type KeyType = 'ed25519' | 'p256' | 'rsa'

export const CARRIES = ['all', 'none'] as const
/** Whose bulletins a node keeps: everybody's, or its own alone. */
export type Carry = typeof CARRIES[number]

export const INBOXES = ['members', 'contacts'] as const
/** Who may write to a node privately: all it is linked with, or contacts alone. */
export type InboxFor = typeof INBOXES[number]

export const DRIVES = ['self', 'manual'] as const
/** Who makes a node go on: itself, or whoever calls `step`. */
export type DriveKind = typeof DRIVES[number]

export const WORK_KINDS = ['sha256', 'tapehash'] as const
/** Digest of hashcash: SHA-256, or the slower tapehash of the second seed. */
export type WorkKind = typeof WORK_KINDS[number]

/** Options of `createNode`. Every field may be left out. */
export interface NodeOptions {
  /**
   * TCP port to accept links on. 0 takes a free one.
   * Range 0 to 65,535. @default 8080 (the order's).
   */
  port?: number
  /**
   * Interface address to listen on and, when it is a single one, to dial from. `::` and `0.0.0.0`
   * mean every interface; `::` accepts IPv4 too. @default '::' (both families; 0.0.0.0 where the
   * machine has no IPv6)
   */
  host?: string
  /**
   * Members to join through, `host:port` or `identity@host:port` (only that identity will do).
   * They are tried for ever. At most 1,024. @default [] (wait to be dialled)
   */
  connect?: readonly string[]
  /**
   * `host:port` that others shall dial, instead of this machine's interface addresses; at most 8.
   * For port mappings, containers and NAT. @default [] (interfaces, and what two peers see)
   */
  advertise?: readonly string[]
  /**
   * Milliseconds between pings to every member. Smaller shows more, costs one small frame per
   * member each time. Range 100 to 86,400,000. @default 5000 (the order's)
   */
  periodMs?: number
  /**
   * Text of the pings, at most 256 bytes. @default ten random letters and digits, anew each time
   */
  text?: string
  /** Name claimed towards people, at most 64 bytes of UTF-8; not unique. @default '' (none) */
  name?: string
  /**
   * Network name. Nodes of different networks refuse each other, so two meshes never merge by
   * accident; it is no secret. 1 to 256 bytes. @default 'p2p-gossip'
   */
  network?: string
  /** PEM text of a private key. @default a fresh key of `keyType`, or the one in `data` */
  key?: string
  /** PEM text of the certificate of `key`. @default self-signed from `key` at start */
  cert?: string
  /** Kind of key to generate. @default 'ed25519' (fastest handshake, least memory) */
  keyType?: KeyType
  /** Directory that keeps identity and members. @default none: nothing touches the disk */
  data?: string
  /**
   * Links this node holds at most. Smaller makes the mesh partial; larger than the member count
   * changes nothing. Range 4 to 4,096. @default 256 (a full mesh of 200 and some room)
   */
  maxLinks?: number
  /**
   * Members this node remembers at most. Range 16 to 65,536, at least `maxLinks`.
   * @default 1024
   */
  maxMembers?: number
  /**
   * Milliseconds between roster exchanges through an operator's address (against eclipse).
   * Range 1,000 to 86,400,000. @default 600000 (the design's), jittered by a fifth
   */
  rejoinMs?: number
  /**
   * Milliseconds for which a bulletin is kept, from its timestamp on. Larger lets members that were
   * away for longer catch up, and fills the quota sooner. Members may differ.
   * Range 60,000 to 2,592,000,000. @default 3600000 (the second seed's)
   */
  retainMs?: number
  /**
   * Bytes of bulletins kept, in memory or in `data`. When full, the author that holds most loses
   * its oldest batch. Range 1 MiB to 16 GiB. @default 67108864 (64 MiB)
   */
  quota?: number
  /**
   * `all`: everything is kept within quota and time, so that anyone can catch up here. `none`:
   * bulletins are delivered and only this node's own are kept. @default 'all'
   */
  carry?: Carry
  /**
   * Largest content of a bulletin, in bytes, published or taken. Range 1 to 983,040.
   * @default 262144 (256 KiB)
   */
  maxContent?: number
  /**
   * Who is told where to write private messages to this node: every member that is linked and asks,
   * or contacts alone, from whom alone they are taken then. @default 'members'
   */
  inbox?: InboxFor
  /**
   * Leading zero bits of hashcash that a bulletin needs to be taken, and that publishing does.
   * A network open to strangers sets it, the same at all members. Range 0 to 28: each bit doubles
   * the work. @default 0 (none)
   */
  difficulty?: number
  /** Digest of that hashcash; the same at all members. @default 'sha256' */
  work?: WorkKind
  /**
   * With `data`: a bulletin counts as stored when the disk has it (fsync), so that it survives a
   * power cut. Slower. @default false (it survives the death of the process)
   */
  sync?: boolean
  /**
   * Cron times of extra rounds: everybody linked is pinged, rosters and logs are compared. The
   * built-in rhythm stays. @default none
   */
  schedule?: string
  /**
   * `self`: the node goes on by itself. `manual`: nothing happens without `node.step()`, and at
   * most 50 ms pass for the node with each step. For teaching and tests. @default 'self'
   */
  drive?: DriveKind
}

/** NodeOptions with everything decided; nobody else writes `??` on an option. */
export interface ResolvedOptions {
  readonly port: number
  readonly host: string
  readonly connect: readonly Target[]
  readonly advertise: readonly string[]
  readonly periodMs: number
  /** Null: random text each time. */
  readonly text: string | null
  readonly name: string
  readonly network: string
  readonly key: string | null
  readonly cert: string | null
  readonly keyType: KeyType
  readonly data: string | null
  readonly maxLinks: number
  readonly maxMembers: number
  readonly rejoinMs: number
  readonly retainMs: number
  readonly quota: number
  readonly carry: Carry
  readonly maxContent: number
  readonly inbox: InboxFor
  readonly difficulty: number
  readonly work: WorkKind
  readonly sync: boolean
  /** Null: no extra rounds. */
  readonly schedule: string | null
  readonly drive: DriveKind
}

/** Range of a numeric option, inclusive. */
interface Range {
  readonly minimum: number
  readonly maximum: number
}

const RANGES = {
  port: { minimum: 0, maximum: 65_535 },
  periodMs: { minimum: PULSE_LIMITS.periodMinMs, maximum: PULSE_LIMITS.periodMaxMs },
  maxLinks: { minimum: OPTION_LIMITS.linksMin, maximum: OPTION_LIMITS.linksMost },
  maxMembers: { minimum: OPTION_LIMITS.membersMin, maximum: OPTION_LIMITS.membersMost },
  rejoinMs: { minimum: DIAL_LIMITS.rejoinMinMs, maximum: DIAL_LIMITS.rejoinMaxMs },
  retainMs: { minimum: BULLETIN_LIMITS.retainMinMs, maximum: BULLETIN_LIMITS.retainMaxMs },
  quota: { minimum: BULLETIN_LIMITS.quotaMinBytes, maximum: BULLETIN_LIMITS.quotaMaxBytes },
  maxContent: { minimum: 1, maximum: WIRE_LIMITS.contentBytesMax },
  difficulty: { minimum: 0, maximum: BULLETIN_LIMITS.difficultyMax },
} as const satisfies Record<string, Range>

/** Every default, applied nowhere else. */
export const DEFAULTS = Object.freeze({
  port: 8080,
  host: '::',
  connect: Object.freeze([]) as readonly string[],
  advertise: Object.freeze([]) as readonly string[],
  periodMs: PULSE_LIMITS.periodDefaultMs,
  name: '',
  network: 'p2p-gossip',
  keyType: 'ed25519' as KeyType,
  maxLinks: LINK_LIMITS.linksMaxDefault,
  maxMembers: ROSTER_LIMITS.membersMaxDefault,
  rejoinMs: DIAL_LIMITS.rejoinDefaultMs,
  retainMs: BULLETIN_LIMITS.retainDefaultMs,
  quota: BULLETIN_LIMITS.quotaDefaultBytes,
  carry: 'all' as Carry,
  maxContent: BULLETIN_LIMITS.contentDefaultBytesMax,
  inbox: 'members' as InboxFor,
  difficulty: 0,
  work: 'sha256' as WorkKind,
  sync: false,
  drive: 'self' as DriveKind,
})

const NAMES = new Set([
  ...Object.keys(DEFAULTS), 'text', 'key', 'cert', 'data', 'schedule',
])

/** Validates and fills. Throws GossipError `option-invalid` that names the option and its range. */
export function resolveOptions (given: NodeOptions): ResolvedOptions {
  for (const name of Object.keys(given)) {
    if (!NAMES.has(name)) throw invalid(name, 'is not an option of createNode')
  }
  const options = { ...DEFAULTS, ...withoutUndefined(given) }
  for (const name of Object.keys(RANGES) as (keyof typeof RANGES)[]) {
    const { minimum, maximum } = RANGES[name]
    const value = options[name]
    const whole = name.endsWith('Ms') || Number.isInteger(value)
    if (typeof value !== 'number' || !whole || !(value >= minimum && value <= maximum)) {
      throw invalid(name, `must be a number from ${minimum} to ${maximum}, not ${show(value)}`)
    }
  }
  if (options.maxMembers < options.maxLinks && given.maxMembers !== undefined) {
    throw invalid('maxMembers', `must be at least maxLinks (${options.maxLinks})`)
  }
  return Object.freeze({
    ...options,
    host: textOf(options.host, 'host', 1, OPTION_LIMITS.hostBytesMax),
    connect: targetsOf(options.connect),
    advertise: addressesOf(options.advertise),
    text: options.text === undefined
      ? null
      : textOf(options.text, 'text', 0, WIRE_LIMITS.pingTextBytesMax),
    name: textOf(options.name, 'name', 0, WIRE_LIMITS.nameBytesMax),
    network: textOf(options.network, 'network', 1, OPTION_LIMITS.networkBytesMax),
    keyType: keyTypeOf(options.keyType),
    carry: wordOf(options.carry, 'carry', CARRIES),
    inbox: wordOf(options.inbox, 'inbox', INBOXES),
    work: wordOf(options.work, 'work', WORK_KINDS),
    sync: flagOf(options.sync, 'sync'),
    drive: wordOf(options.drive, 'drive', DRIVES),
    key: optionalText(options.key, 'key'),
    cert: optionalText(options.cert, 'cert'),
    data: optionalText(options.data, 'data'),
    schedule: options.schedule === undefined
      ? null
      : textOf(options.schedule, 'schedule', 1, OPTION_LIMITS.expressionBytesMax),
    maxMembers: Math.max(options.maxMembers, options.maxLinks),
  })
}

function withoutUndefined (given: NodeOptions): NodeOptions {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

function textOf (value: unknown, name: string, bytesMin: number, bytesMax: number): string {
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value).length : -1
  if (typeof value !== 'string' || bytes < bytesMin || bytes > bytesMax) {
    throw invalid(name, `must be a text of ${bytesMin} to ${bytesMax} bytes, not ${show(value)}`)
  }
  return value
}

function optionalText (value: unknown, name: string): string | null {
  return value === undefined ? null : textOf(value, name, 1, OPTION_LIMITS.fileTextBytesMax)
}

function keyTypeOf (value: unknown): KeyType {
  if (value === 'ed25519' || value === 'p256' || value === 'rsa') return value
  throw invalid('keyType', `must be ed25519, p256 or rsa, not ${show(value)}`)
}

function flagOf (value: unknown, name: string): boolean {
  if (typeof value === 'boolean') return value
  throw invalid(name, `must be true or false, not ${show(value)}`)
}

function wordOf<T extends string> (value: unknown, name: string, words: readonly T[]): T {
  const word = words.find(one => one === value)
  if (word !== undefined) return word
  throw invalid(name, `must be ${words.join(' or ')}, not ${show(value)}`)
}

function targetsOf (texts: readonly string[]): Target[] {
  if (!Array.isArray(texts) || texts.length > DIAL_LIMITS.connectTargetsMax) {
    throw invalid('connect', `must be a list of at most ${DIAL_LIMITS.connectTargetsMax} addresses`)
  }
  return texts.map(text => {
    const target = typeof text === 'string' ? parseTarget(text) : null
    if (target === null) {
      throw invalid('connect', `must be host:port or identity@host:port, not ${show(text)}`)
    }
    return target
  })
}

function addressesOf (texts: readonly string[]): string[] {
  if (!Array.isArray(texts) || texts.length > WIRE_LIMITS.addressesPerRecordMax) {
    throw invalid(
      'advertise', `must be a list of at most ${WIRE_LIMITS.addressesPerRecordMax} addresses`,
    )
  }
  return texts.map(text => {
    const target = typeof text === 'string' ? parseTarget(text) : null
    if (target === null || target.identity !== null) {
      throw invalid('advertise', `must be host:port, not ${show(text)}`)
    }
    return target.address
  })
}

function show (value: unknown): string {
  return JSON.stringify(value)?.slice(0, 80) ?? String(value)
}

function invalid (name: string, what: string): GossipError {
  return new GossipError('option-invalid', `option ${name} ${what}`)
}
