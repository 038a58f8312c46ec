/**
 * Words of the command line into a verb and flags, each flag with the texts it was given. yargs'
 * parser cuts the words; what it would let pass (unknown flags, other verbs' flags, stray words,
 * `--json=maybe`) is refused here. Read next: `settings.ts`.
 */
import { Parser } from 'yargs/helpers'
import { parseTarget } from '../index.js'
import { usageError } from './exit-code.js'
import {
  FLAG_NAMES, VERBS, flagOf, flagsOfVerb, isFlagName, isVerb, type FlagName, type Verb,
} from './flags.js'
import { nearest } from './nearest.js'
import { quote } from './values.js'

export interface CommandLine {
  readonly verb: Verb
  /** What was asked for instead of the verb's work. */
  readonly instead: 'help' | 'version' | null
  readonly flags: ReadonlyMap<FlagName, readonly string[]>
}

const SWITCHES = FLAG_NAMES.filter(name => flagOf(name).kind === 'switch')
const VALUED = FLAG_NAMES.filter(name => flagOf(name).kind !== 'switch')
const ALWAYS = ['help', 'version']
const SEE = 'see p2p-gossip --help'

/** Throws GossipError `option-invalid`. */
export function parseCommandLine (argv: readonly string[]): CommandLine {
  const { argv: found, error } = Parser.detailed([...argv], {
    string: VALUED,
    boolean: [...SWITCHES, ...ALWAYS],
    narg: Object.fromEntries(VALUED.map(name => [name, 1])),
    alias: { help: ['h'], version: ['V'] },
    configuration: {
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'short-option-groups': false,
      // Unknown flags stay as they were written, so that they can be named in the refusal.
      'unknown-options-as-args': true,
    },
  })
  const words = found._.map(String)
  const verb = words.find(word => isVerb(word)) ?? 'run'
  if (found['help'] === true) return { verb, instead: 'help', flags: new Map() }
  if (found['version'] === true) return { verb, instead: 'version', flags: new Map() }
  refuseUnknown(words, Object.keys(found), argv, verb)
  refuseSwitchValues(argv)
  if (error !== null && error !== undefined) throw withoutValue(error)
  refuseStray(words)
  return { verb, instead: null, flags: flagsIn(found, verb) }
}

function flagsIn (found: Record<string, unknown>, verb: Verb): Map<FlagName, readonly string[]> {
  const flags = new Map<FlagName, readonly string[]>()
  for (const name of FLAG_NAMES) {
    const value = found[name]
    if (value === undefined) continue
    if (!flagOf(name).verbs.includes(verb)) {
      const verbs = flagOf(name).verbs.join(' and ')
      throw usageError(`--${name} is no flag of ${verb} but of ${verbs}; leave it out`)
    }
    flags.set(name, (Array.isArray(value) ? value : [value]).map(String))
  }
  return flags
}

function refuseUnknown (
  words: readonly string[], keys: readonly string[], argv: readonly string[], verb: Verb,
): void {
  // What looks like a flag is left among the words, or, in some spellings, taken for one.
  const known = new Set<string>([...FLAG_NAMES, ...ALWAYS, 'h', 'V', '_'])
  const odd = keys.find(key => !known.has(key))
  const word = words.find(text => /^-./.test(text)) ??
    (odd === undefined ? undefined : argv.find(text => text.includes(odd)) ?? odd)
  if (word === undefined) return
  const written = word.split('=')[0] ?? word
  const near = nearest(written.replace(/^-+/, ''), [...flagsOfVerb(verb), ...ALWAYS])
  const advice = near === null ? SEE : `did you mean --${near}?`
  throw usageError(`unknown flag ${quote(written)}; ${advice}`)
}

/** The parser takes every value of a switch but `true` for false, in silence. */
function refuseSwitchValues (argv: readonly string[]): void {
  for (const word of argv) {
    const [, name = '', value = ''] = /^--?([a-z-]+)=(.*)$/s.exec(word) ?? []
    if (!isFlagName(name) || flagOf(name).kind !== 'switch') continue
    if (value !== 'true' && value !== 'false') {
      throw usageError(`--${name} takes no value, not ${quote(value)}; give --${name} alone`)
    }
  }
}

/** yargs says "Not enough arguments following: port". */
function withoutValue (error: Error): Error {
  const name = /: (\S+)$/.exec(error.message)?.[1] ?? ''
  if (!isFlagName(name)) return usageError(`${error.message}; ${SEE}`)
  return usageError(`--${name} needs a value: give --${name} ${flagOf(name).value}`)
}

function refuseStray (words: readonly string[]): void {
  const [first, second] = words
  if (first === undefined) return
  const stray = isVerb(first) ? second : first
  if (stray === undefined) return
  if (parseTarget(stray) !== null) {
    throw usageError(`stray word ${quote(stray)}; did you mean --connect ${stray}?`)
  }
  if (isVerb(first)) throw usageError(`stray word ${quote(stray)} after ${first}; ${SEE}`)
  const near = nearest(first, Object.keys(VERBS))
  const verbs = Object.keys(VERBS).join(', ')
  const advice = near === null ? `the verbs are ${verbs}` : `did you mean ${near}?`
  throw usageError(`unknown verb ${quote(first)}; ${advice}`)
}
