/**
 * What a node tells on stdout: a banner and one line per event for people, or one JSON object per
 * line. Whatever a peer sent loses its control characters here. Last stop of the one-frame walk.
 */
import pc from 'picocolors'
import type { LinkDownReason, Listening, MessageReceived, Notice } from '../core/notice.js'
import { OPTION_LIMITS } from '../limits.js'
import { DEFAULTS } from '../options.js'
import { shortIdentity, type Identity } from '../wire/identity.js'
import { stripControl } from '../wire/text.js'
import type { Environment } from './flags.js'
import { jsonText } from './values.js'

/** A bulletin of a topic subscribed to. */
export interface BulletinLine {
  readonly kind: 'bulletin'
  /** 64 hex digits. */
  readonly topic: string
  /** Its descriptor, when this node was given that. */
  readonly topicText?: string | undefined
  readonly author: Identity
  /** As claimed by the author; '' when it claims none. */
  readonly name: string
  readonly incarnation: number
  readonly seq: number
  /** Seconds since 1970, by the author's clock. */
  readonly timestamp: number
  /** 64 hex digits. */
  readonly contentId: string
  /** The name it claims to come from; not proved. */
  readonly source?: string | undefined
  /** The content, as sent; without the line of a claimed source. */
  readonly text?: string | undefined
  /** Base64 of a content that is not UTF-8. */
  readonly data?: string | undefined
  readonly late?: true | undefined
}

/** Bulletins of one log that did not come in time, of whatever topic. */
export interface GapWarning {
  readonly kind: 'warning'
  readonly code: 'gap'
  readonly message: string
  readonly author: Identity
  readonly incarnation: number
  readonly first: number
  readonly last: number
}

/** What a reader of the control API did not get. */
export interface LostWarning {
  readonly kind: 'warning'
  readonly code: 'lost'
  readonly message: string
  /** How many, where that is known. */
  readonly count: number | null
}

/** What is told and when, ISO 8601. */
export type Told = (Notice | BulletinLine | GapWarning | LostWarning) & { readonly at: string }

/** `pc.createColors(false)` prints plain. */
export type Colours = ReturnType<typeof pc.createColors>

/** The line of `--json`: `at` first, then the rest. */
export function jsonLine (told: Told): string {
  const { at, ...rest } = told
  return jsonText({ at, ...rest })
}

export interface PrinterOptions {
  readonly version: string
  /** Network name, which another machine must give too when it is not the default. */
  readonly network: string
  readonly colours: Colours
}

interface Known {
  readonly name: string
  readonly address: string
}

const LABEL_COLUMNS = 8
/** Of an id, in a line for people. */
const TOPIC_CHARACTERS = 10
/** A bulletin at least so old is shown with its own time: it was caught up with. */
const OLD_MS = 60_000
const DAY_MS = 86_400_000

/** Why a link ended, as a sentence goes on. */
export const REASONS: Record<LinkDownReason, string> = {
  closed: 'the connection ended',
  silent: 'no sign of life',
  stalled: 'it took no more data',
  left: 'it left the network',
  stale: 'it runs with an older record than the one known here',
  replaced: 'a younger node with the key of this one took over',
  banned: 'it is banned',
  limit: 'too many links',
  protocol: 'it broke the protocol',
  local: 'closed by this node',
}

/** Lines for people. Remembers names, who was linked before, and how wide the columns are. */
export class Printer {
  readonly #options: PrinterOptions
  readonly #known = new Map<Identity, Known>()
  #peerColumns = 10
  #addressColumns = 14

  constructor (options: PrinterOptions) {
    this.#options = options
  }

  /** One of them as one line; the banner of `listening` has several. */
  line (told: Told): string {
    const { colours: { green, red, yellow, cyan, dim } } = this.#options
    switch (told.kind) {
      case 'listening': return this.#banner(told)
      case 'link-up': {
        const label = this.#known.has(told.peer) ? 'back' : 'linked'
        this.#remember(told.peer, told)
        return this.#row(told.at, green(pad(label, LABEL_COLUMNS)), told.peer, [])
      }
      case 'link-down':
        return this.#row(
          told.at, red(pad('lost', LABEL_COLUMNS)), told.peer, [REASONS[told.reason]],
        )
      case 'ping': {
        const { via } = told
        if (via === undefined) this.#remember(told.peer, told)
        const trip = told.rttMs === null ? '' : `  ${told.rttMs.toFixed(1)} ms`
        const way = via === undefined
          ? ''
          : `  via ${showPeer(this.#known.get(via)?.name ?? '', via)}`
        return this.#row(told.at, cyan(pad('ping', LABEL_COLUMNS)), told.peer, [
          `"${clean(told.text)}"${dim(`  #${told.seq}${trip}${way}`)}`,
        ], told)
      }
      case 'bulletin': return this.#bulletin(told)
      case 'message': return this.#message(told)
      case 'warning':
        return `${dim(clock(told.at))}  ${yellow(pad('warning', LABEL_COLUMNS))}  ` +
          `${clean(told.message)} ${dim(`(${told.code})`)}`
    }
  }

  #banner ({ id, address, port }: Listening): string {
    const { version, network, colours: { bold, dim } } = this.#options
    const join = `p2p-gossip --connect ${address}` +
      (network === DEFAULTS.network ? '' : ` --network ${shellWord(network)}`)
    const here = address.endsWith(`:${port}`) ? '' : ` (here: port ${port})`
    return [
      `${bold(`p2p-gossip ${version}`)}  ${shortIdentity(id)}`,
      `${dim('identity ')}  ${id}`,
      `${dim('listening')}  ${address}${here}`,
      `${dim('join with')}  ${join}`,
    ].join('\n')
  }

  #bulletin (told: BulletinLine & { readonly at: string }): string {
    const { colours: { magenta, bold, dim } } = this.#options
    const topic = told.topicText === undefined
      ? `${told.topic.slice(0, TOPIC_CHARACTERS)}…`
      : clean(told.topicText.slice(0, OPTION_LIMITS.addressColumnsMax))
    const marks = [
      ...(told.late === true ? ['late'] : []), ...writtenWhen(told.timestamp, told.at),
    ]
    return [
      dim(clock(told.at)), magenta(pad('bulletin', LABEL_COLUMNS)),
      pad(this.#who(told.name, told.author), this.#peerColumns) + sourceText(told.source),
      bold(topic), contentOf(told),
      ...marks.map(dim),
    ].join('  ')
  }

  /** A private one; what the operator calls the sender goes before what the sender claims. */
  #message (told: MessageReceived & { readonly at: string }): string {
    const { colours: { magenta, dim } } = this.#options
    return [
      dim(clock(told.at)), magenta(pad('message', LABEL_COLUMNS)),
      pad(this.#who(told.contact ?? told.name, told.peer), this.#peerColumns), contentOf(told),
      ...writtenWhen(told.timestamp, told.at).map(dim),
    ].join('  ')
  }

  /** Widens the column of peers. */
  #who (name: string, peer: Identity): string {
    const who = showPeer(name, peer)
    this.#peerColumns =
      Math.max(this.#peerColumns, Math.min(who.length, OPTION_LIMITS.peerColumnsMax))
    return who
  }

  #row (
    at: string, label: string, peer: Identity, rest: readonly string[],
    known: Known = this.#known.get(peer) ?? { name: '', address: '' },
  ): string {
    const who = this.#who(known.name, peer)
    const address = clean(known.address)
    this.#addressColumns =
      Math.max(this.#addressColumns, Math.min(address.length, OPTION_LIMITS.addressColumnsMax))
    const { dim } = this.#options.colours
    return [
      dim(clock(at)), label, pad(who, this.#peerColumns),
      dim(rest.length === 0 ? address : pad(address, this.#addressColumns)), ...rest,
    ].join('  ')
  }

  #remember (peer: Identity, { name, address }: Known): void {
    this.#known.delete(peer)
    this.#known.set(peer, { name, address })
    if (this.#known.size <= OPTION_LIMITS.namesShownMax) return
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest)
      return
    }
  }
}

/** `name~short`, or the short identity of a peer without a name. */
export function showPeer (name: string, peer: Identity): string {
  const claimed = clean(name).trim()
  return claimed === '' ? shortIdentity(peer) : `${claimed}~${shortIdentity(peer)}`
}

/** ` (as bob)`: what somebody claims to be, beside who it is; '' for nothing claimed. */
export function sourceText (source: string | undefined): string {
  return source === undefined ? '' : ` (as ${clean(source.slice(0, OPTION_LIMITS.peerColumnsMax))})`
}

export function gapText (name: string, author: Identity, first: number, last: number): string {
  const which = first === last ? `bulletin ${first}` : `bulletins ${first} to ${last}`
  return `${which} of ${showPeer(name, author)}, of whatever topic, did not come; ` +
    'what still comes is marked late'
}

export function refusesColours (environment: Environment): boolean {
  return (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb'
}

/** Colour on a terminal only, and never against NO_COLOR. */
export function coloursFor (isTerminal: boolean, refused: boolean): Colours {
  return pc.createColors(isTerminal && !refused)
}

/** HH:MM:SS of an ISO time, local. */
function clock (at: string): string {
  const date = new Date(at)
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map(part => String(part).padStart(2, '0'))
    .join(':')
}

/** The content in quotes and on one line, or the size of one that is no text. */
function contentOf ({ text, data = '' }: Pick<BulletinLine, 'text' | 'data'>): string {
  if (text === undefined) return bytesText(Buffer.byteLength(data, 'base64'))
  const { textColumnsMax } = OPTION_LIMITS
  const shown = clean(text.slice(0, textColumnsMax).replace(/\s+/g, ' '))
  if (text.length <= textColumnsMax) return `"${shown}"`
  return `"${shown}…"  ${bytesText(Buffer.byteLength(text))}`
}

function bytesText (bytes: number): string {
  return bytes === 1 ? '1 byte' : `${bytes} bytes`
}

/** When a bulletin was written, unless that was just now. `timestamp`: seconds. */
function writtenWhen (timestamp: number, at: string): string[] {
  const agoMs = Math.abs(new Date(at).getTime() - timestamp * 1_000)
  if (agoMs < OLD_MS) return []
  const written = new Date(timestamp * 1_000).toISOString()
  return [`of ${agoMs < DAY_MS ? '' : `${day(written)} `}${clock(written)}`]
}

/** YYYY-MM-DD of an ISO time, local. */
function day (at: string): string {
  const date = new Date(at)
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()]
    .map(part => String(part).padStart(2, '0'))
    .join('-')
}

function clean (text: string): string {
  return stripControl(text)
}

function pad (text: string, columns: number): string {
  return text.padEnd(columns)
}

function shellWord (text: string): string {
  return /^[\w./:@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
