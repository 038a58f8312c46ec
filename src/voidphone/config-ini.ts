/**
 * The configuration of the course, an INI file, as settings of ours. What is missing or wrong is
 * named with file, section and line. Read next: `serve.ts`, and `../options.ts` of the node.
 */
import { GossipError } from '../errors.js'
import { OPTION_LIMITS, VOIDPHONE_LIMITS } from '../limits.js'
import { parseAddress } from '../wire/address.js'

/** What an INI file of the course says. */
export interface VoidphoneSettings {
  /** `hostkey`: path of a PEM private key, as written; for `key` of the node. */
  readonly keyFile: string
  /** `degree`: `maxLinks` of the node. */
  readonly maxLinks: number
  /** `cache_size`: `cacheSize` of `serveVoidphone`. */
  readonly cacheSize: number
  /** `api_address`: `api` of `serveVoidphone`. */
  readonly api: string
  /** `p2p_address`: `p2p` of `serveVoidphone`. */
  readonly p2p: string
  /** `bootstrapper`; null: this node is the first. */
  readonly bootstrapper: string | null
}

/** Where modules are served when the file does not say it. */
const API_DEFAULT = '127.0.0.1:7001'
const SECTION = 'gossip'
const KEYS = ['cache_size', 'degree', 'bootstrapper', 'p2p_address', 'api_address'] as const
/** Keys that other programs of the course read in the same section. */
const FOREIGN = new Set([
  'p2p_ttl', 'max_connections', 'min_connections', 'search_cooldown', 'challenge_cooldown',
  'known_peers', 'listen_address',
])

interface Entry {
  readonly value: string
  readonly line: number
}

interface Ini {
  /** Entries by section and key; the top level is section ''. */
  readonly sections: ReadonlyMap<string, ReadonlyMap<string, Entry>>
  /** Line on which each section begins. */
  readonly begins: ReadonlyMap<string, number>
}

/** Reads the text of `file`. Throws GossipError `voidphone-config-invalid`. */
export function voidphoneSettings (text: string, file: string): VoidphoneSettings {
  const ini = readIni(text, file)
  const places = { ini, file }
  for (const [key, { line }] of ini.sections.get(SECTION) ?? []) {
    if (KEYS.some(known => known === key) || FOREIGN.has(key)) continue
    throw wrong(file, SECTION, line, `${key} is not known; the keys are ${KEYS.join(', ')}`)
  }
  const bootstrapper = find(places, SECTION, 'bootstrapper')
  const { linksMin, linksMost } = OPTION_LIMITS
  return {
    keyFile: required(places, '', 'hostkey').value,
    cacheSize: numberOf(places, 'cache_size', 1, VOIDPHONE_LIMITS.cacheMost),
    maxLinks: numberOf(places, 'degree', linksMin, linksMost),
    api: addressOf(places, 'api_address', { value: API_DEFAULT, line: 0 }),
    p2p: addressOf(places, 'p2p_address', required(places, SECTION, 'p2p_address')),
    bootstrapper: bootstrapper === null ? null : addressOf(places, 'bootstrapper', bootstrapper),
  }
}

interface Places {
  readonly ini: Ini
  readonly file: string
}

function find ({ ini, file }: Places, section: string, key: string): Entry | null {
  const entry = ini.sections.get(section)?.get(key) ?? null
  if (entry?.value === '') throw wrong(file, section, entry.line, `${key} has no value`)
  return entry
}

function required (places: Places, section: string, key: string): Entry {
  const entry = find(places, section, key)
  if (entry !== null) return entry
  const { ini, file } = places
  const begins = section === '' ? 1 : ini.begins.get(section)
  if (begins === undefined) {
    throw wrong(file, section, 1, `the section is missing, and ${key} in it`)
  }
  throw wrong(file, section, begins, `${key} is missing`)
}

function numberOf (places: Places, key: string, least: number, most: number): number {
  const { value, line } = required(places, SECTION, key)
  const number = /^\d+$/.test(value) ? Number(value) : NaN
  if (number >= least && number <= most) return number
  const what = `${key} must be a whole number from ${least} to ${most}, not ${shown(value)}`
  throw wrong(places.file, SECTION, line, what)
}

function addressOf (places: Places, key: string, otherwise: Entry): string {
  const { value, line } = find(places, SECTION, key) ?? otherwise
  if (parseAddress(value) !== null) return value
  throw wrong(places.file, SECTION, line, `${key} must be host:port, not ${shown(value)}`)
}

function readIni (text: string, file: string): Ini {
  const sections = new Map<string, Map<string, Entry>>([['', new Map()]])
  const begins = new Map<string, number>()
  let section = ''
  text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/).forEach((raw, index) => {
    const line = index + 1
    const bare = raw.trim()
    if (bare === '' || bare.startsWith(';') || bare.startsWith('#')) return
    const header = /^\[([^\]]*)\]\s*([;#].*)?$/.exec(bare)
    if (header !== null) {
      section = (header[1] ?? '').trim().toLowerCase()
      if (!begins.has(section)) begins.set(section, line)
      return
    }
    const at = bare.indexOf('=')
    if (at <= 0) {
      // Sections of other programs are none of our business.
      if (section !== '' && section !== SECTION) return
      throw wrong(file, section, line, `${shown(bare)} is not key = value`)
    }
    const entries = sections.get(section) ?? new Map<string, Entry>()
    sections.set(section, entries)
    const key = bare.slice(0, at).trim().toLowerCase()
    const isOurs = section === '' || section === SECTION
    if (entries.has(key) && isOurs) throw wrong(file, section, line, `${key} is given twice`)
    entries.set(key, { value: valueOf(bare.slice(at + 1)), line })
  })
  return { sections, begins }
}

/** Without quotes and a comment that stands apart. */
function valueOf (text: string): string {
  const bare = text.trim()
  const quoted = /^"([^"]*)"|^'([^']*)'/.exec(bare)
  if (quoted !== null) return quoted[1] ?? quoted[2] ?? ''
  return bare.replace(/(^|\s+)[;#].*$/, '').trim()
}

function wrong (file: string, section: string, line: number, what: string): GossipError {
  const where = section === '' ? 'top level' : `section [${section}]`
  return new GossipError('voidphone-config-invalid', `${file}, ${where}, line ${line}: ${what}`)
}

function shown (value: string): string {
  return JSON.stringify(value.slice(0, 80))
}
