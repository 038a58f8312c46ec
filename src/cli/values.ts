/**
 * What may stand behind a flag, in a variable or in a config file: one reader for each kind of
 * value. Every refusal names its origin. Read next: `settings.ts`, the only caller.
 */
import { isIP } from 'node:net'
import { OPTION_LIMITS } from '../limits.js'
import { parseAddress, parseTarget } from '../wire/address.js'
import { parseIdentity } from '../wire/identity.js'
import { usageError } from './exit-code.js'
import { UNITS, isList, sizeText, type Flag, type Value } from './flag.js'
import { timeOf } from './time.js'

/** Reads the text of a flag, a variable or an INI key. `origin` names it in a refusal. */
export function valueFromText (flag: Flag, text: string, origin: string): Value {
  if (!isList(flag)) return single(flag, text, origin)
  if (text.trim() === '') throw missing(flag, origin)
  // A topic may have commas and spaces in it, but no line end.
  const items = flag.kind === 'topics'
    ? text.split(/\r?\n/).filter(line => line !== '')
    : text.split(',').map(item => item.trim())
  return limited(flag, items, origin)
}

/** Reads a flag that was given more than once; only lists may be. */
export function valueFromTexts (flag: Flag, texts: readonly string[], origin: string): Value {
  if (!isList(flag)) throw usageError(`${origin} is given ${texts.length} times; give it once`)
  return limited(flag, texts.flatMap(text => {
    return valueFromText(flag, text, origin) as readonly string[]
  }), origin)
}

/** Reads a value of a JSON file, whose type must fit. */
export function valueFromJson (flag: Flag, value: unknown, origin: string): Value {
  if (isList(flag) && Array.isArray(value) && value.every(item => typeof item === 'string')) {
    return limited(flag, value, origin)
  }
  if (!jsonTypes(flag).includes(typeof value)) {
    throw unfit(flag, String(JSON.stringify(value)), origin)
  }
  return valueFromText(flag, String(value), origin)
}

function jsonTypes ({ kind }: Flag): string[] {
  switch (kind) {
    case 'whole':
    case 'seconds': return ['number']
    case 'bytes': return ['number', 'string']
    case 'switch': return ['boolean']
    default: return ['string']
  }
}

/** A text in double quotes, on one line, cut to a readable length. */
export function quote (text: string): string {
  return quotePath(text.length > 80 ? `${text.slice(0, 79)}…` : text)
}

/** The same uncut: half a path is of no use. */
export function quotePath (path: string): string {
  return JSON.stringify(path).replace(/[\u007f-\u009f\u2028\u2029]/g, escaped)
}

/** One line of JSON that no terminal takes for a control sequence. */
export function jsonText (value: object): string {
  return JSON.stringify(value).replace(/[\u007f-\u009f\u2028\u2029]/g, escaped)
}

function escaped (character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function single (flag: Flag, text: string, origin: string): Value {
  const [low, high] = flag.range ?? [0, Number.MAX_SAFE_INTEGER]
  const bytes = Buffer.byteLength(text)
  if (text === '' && !(flag.kind === 'text' && low === 0)) throw missing(flag, origin)
  switch (flag.kind) {
    case 'whole':
      if (/^\d{1,9}$/.test(text) && within(Number(text), low, high)) return Number(text)
      break
    case 'seconds':
      if (/^(\d{1,9}(\.\d*)?|\.\d+)$/.test(text) && within(Number(text), low, high)) {
        return Number(text)
      }
      break
    case 'bytes': {
      const size = bytesOf(text)
      if (size !== null && within(size, low, high)) return size
      break
    }
    case 'text':
      if (within(bytes, low, high)) return text
      break
    case 'choice':
      if (flag.choices?.includes(text) === true) return text
      break
    case 'host':
      if (isHost(text) && bytes <= high) return text
      break
    case 'targets':
      if (parseTarget(text) !== null) return text
      break
    case 'address':
    case 'addresses':
      if (parseAddress(text) !== null) return text
      break
    case 'topic':
    case 'topics':
      if (bytes <= OPTION_LIMITS.topicBytesMax && !/[\r\n]/.test(text)) return text
      break
    case 'switch':
      if (/^(true|1|false|0)$/.test(text)) return text === 'true' || text === '1'
      break
    case 'file':
    case 'directory':
    case 'node':
      if (!text.includes('\0')) return text
      break
    case 'time':
    case 'stored':
    case 'hex':
    case 'identity': {
      const value = ofClient(flag.kind, text, [low, high])
      if (value !== null) return value
      break
    }
  }
  throw unfit(flag, quote(text), origin)
}

/** Kinds that only verbs have which talk to a node; null when the text is none. */
function ofClient (
  kind: 'time' | 'stored' | 'hex' | 'identity', text: string,
  [low, high]: readonly [number, number],
): Value | null {
  switch (kind) {
    case 'time': return timeOf(text, Date.now())
    case 'identity': return parseIdentity(text)
    case 'hex': {
      const isHex = /^[0-9a-f]+$/i.test(text) && within(text.length, low, high)
      return isHex ? text.toLowerCase() : null
    }
    case 'stored': {
      if (text === 'all') return text
      return /^\d{1,9}$/.test(text) && within(Number(text), low, high) ? Number(text) : null
    }
  }
}

/** `64M`, `4096`; null for anything else. */
function bytesOf (text: string): number | null {
  const [, digits = '', suffix = ''] = /^(\d{1,15})([KMG]?)$/i.exec(text) ?? []
  if (digits === '') return null
  const unit = UNITS.find(([name]) => name === suffix.toUpperCase())?.[1] ?? 1
  return Number(digits) * unit
}

function limited (flag: Flag, items: readonly string[], origin: string): readonly string[] {
  const most = flag.range?.[1] ?? 0
  if (items.length > most) {
    throw usageError(`${origin} has ${items.length} entries; give at most ${most}`)
  }
  for (const item of items) single(flag, item, origin)
  return items
}

function within (value: number, low: number, high: number): boolean {
  return value >= low && value <= high
}

/** An IP address, or the shape of a name (a name with a port is none). */
function isHost (text: string): boolean {
  return isIP(text) !== 0 || (!text.includes(':') && parseAddress(`${text}:1`) !== null)
}

function missing (flag: Flag, origin: string): Error {
  return usageError(`${origin} needs a value: ${expected(flag)}`)
}

function unfit (flag: Flag, shown: string, origin: string): Error {
  return usageError(`${origin} must be ${expected(flag)}, not ${shown}`)
}

/** What a flag takes, in words. */
export function expected (flag: Flag): string {
  const [low, high] = flag.range ?? [0, 0]
  switch (flag.kind) {
    case 'whole': return `a whole number from ${low} to ${high}`
    case 'seconds': return `a number of seconds from ${low} to ${high}`
    case 'bytes': return `a number of bytes from ${sizeText(low)} to ${sizeText(high)}`
    case 'topic':
    case 'topics':
      return `a text of 1 to ${OPTION_LIMITS.topicBytesMax} bytes on one line, or 64 hex digits`
    case 'text': return `a text of ${low} to ${high} bytes`
    case 'choice': return `one of ${(flag.choices ?? []).join(', ')}`
    case 'host': return 'an IP address or host name of this machine, without a port'
    case 'targets': return 'HOST:PORT or IDENTITY@HOST:PORT with a port from 1 to 65535'
    case 'address':
    case 'addresses': return 'HOST:PORT with a port from 1 to 65535'
    case 'file': return 'the path of a file'
    case 'directory': return 'the path of a directory'
    case 'switch': return 'true or false'
    case 'time':
      return 'a time such as 2017-06-26T14:18:55Z, an age such as 90s, 10m, 2h or 3d, or all'
    case 'stored': return `all, or a whole number from ${low} to ${high}`
    case 'hex': return low === high ? `${low} hex digits` : `${low} to ${high} hex digits`
    case 'identity': return 'an identity: 52 characters, as p2p-gossip id prints it'
    case 'node': return 'a port, a short identity or the path of a socket'
  }
}
