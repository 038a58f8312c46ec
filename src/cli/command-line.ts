/**
 * Words of the command line into a verb, its flags, each with the texts it was given, and its
 * operands. yargs' parser cuts the words; what it would let pass (unknown flags, other verbs'
 * flags, stray words, `--json=maybe`) is refused here. Read next: `settings.ts`.
 */
import { Parser } from 'yargs/helpers'
import { parseTarget } from '../wire/address.js'
import { usageError } from './exit-code.js'
import { headingOf } from './flag.js'
import { nearest } from './nearest.js'
import {
  RUN, VERBS, findVerb, flagNames, isSwitch, verbsInGroup, verbsWithFlag, type Found,
} from './registry.js'
import { quote } from './values.js'
import { nameOf, type Verb } from './verb.js'

export interface CommandLine {
  readonly verb: Verb
  /** What was asked for instead of the verb's work. */
  readonly instead: 'help' | 'version' | null
  /** The group whose help was asked for: `contacts --help`. */
  readonly group: string | null
  readonly flags: ReadonlyMap<string, readonly string[]>
  readonly operands: readonly string[]
}

const ALWAYS = ['help', 'version']
const SEE = 'see p2p-gossip --help'

/** Throws GossipError `option-invalid`. */
export function parseCommandLine (argv: readonly string[]): CommandLine {
  const { found, error } = cut(argv)
  const words = found._.map(String)
  const rest = ((found['--'] ?? []) as unknown[]).map(String)
  const named = findVerb(words.filter(word => !isFlagLike(word)))
  const { verb = RUN, group } = named
  const nothing = { verb, flags: new Map(), operands: [] }
  if (found['help'] === true) return { ...nothing, instead: 'help', group }
  if (found['version'] === true) return { ...nothing, instead: 'version', group }
  refuseUnknown(words, Object.keys(found), argv, verb)
  refuseSwitchValues(argv)
  if (error !== null && error !== undefined) throw withoutValue(error, verb)
  const operands = [...operandsIn(words, named, rest), ...rest]
  const flags = flagsIn(found, verb)
  refuseStray(operands, words, verb)
  return { verb, instead: null, group, flags, operands }
}

type Cut = Record<string, unknown> & { readonly _: readonly (string | number)[] }

/** All verbs' flags at once: a name is a switch in all of them or in none, see `registry.ts`. */
function cut (argv: readonly string[]): { found: Cut, error: Error | null | undefined } {
  const switches = flagNames().filter(name => isSwitch(name))
  const valued = flagNames().filter(name => !isSwitch(name))
  const { argv: found, error } = Parser.detailed([...argv], {
    string: valued,
    boolean: [...switches, ...ALWAYS],
    narg: Object.fromEntries(valued.map(name => [name, 1])),
    alias: { help: ['h'], version: ['V'], config: ['c'] },
    configuration: {
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'populate--': true,
      'short-option-groups': false,
      // Unknown flags stay as they were written, so that they can be named in the refusal.
      'unknown-options-as-args': true,
    },
  })
  return { found: found as Cut, error }
}

function isFlagLike (word: string): boolean {
  return /^-./s.test(word)
}

function flagsIn (found: Record<string, unknown>, verb: Verb): Map<string, readonly string[]> {
  const flags = new Map<string, readonly string[]>()
  for (const name of flagNames()) {
    const value = found[name]
    if (value === undefined) continue
    if (!Object.hasOwn(verb.flags, name)) {
      const verbs = verbsWithFlag(name).map(nameOf)
      const listed = verbs.length < 4
        ? verbs.join(' and ')
        : `${verbs.slice(0, 3).join(', ')} and ${verbs.length - 3} more`
      throw usageError(`--${name} is no flag of ${nameOf(verb)} but of ${listed}; leave it out`)
    }
    flags.set(name, (Array.isArray(value) ? value : [value]).map(String))
  }
  return flags
}

function refuseUnknown (
  words: readonly string[], keys: readonly string[], argv: readonly string[], verb: Verb,
): void {
  // What looks like a flag is left among the words, or, in some spellings, taken for one.
  const known = new Set<string>([...flagNames(), ...ALWAYS, 'c', 'h', 'V', '_', '--'])
  const odd = keys.find(key => !known.has(key))
  const word = words.find(isFlagLike) ??
    (odd === undefined ? undefined : argv.find(text => text.includes(odd)) ?? odd)
  if (word === undefined) return
  const written = word.split('=')[0] ?? word
  const near = nearest(written.replace(/^-+/, ''), [...Object.keys(verb.flags), ...ALWAYS])
  const advice = near !== null
    ? `did you mean --${near}?`
    : verb.operands.length === 0 ? SEE : `a text that begins with - stands behind --; ${SEE}`
  throw usageError(`unknown flag ${quote(written)}; ${advice}`)
}

/** The parser takes every value of a switch but `true` for false, in silence. */
function refuseSwitchValues (argv: readonly string[]): void {
  const end = argv.indexOf('--')
  for (const word of end === -1 ? argv : argv.slice(0, end)) {
    const [, name = '', value = ''] = /^--?([a-z-]+)=(.*)$/s.exec(word) ?? []
    if (!isSwitch(name)) continue
    if (value !== 'true' && value !== 'false') {
      throw usageError(`--${name} takes no value, not ${quote(value)}; give --${name} alone`)
    }
  }
}

/** yargs says "Not enough arguments following: port". */
function withoutValue (error: Error, verb: Verb): Error {
  const name = /: (\S+)$/.exec(error.message)?.[1] ?? ''
  const flag = verb.flags[name] ?? verbsWithFlag(name)[0]?.flags[name]
  if (flag === undefined) return usageError(`${error.message}; ${SEE}`)
  return usageError(`--${name} needs a value: give ${headingOf(name, flag)}`)
}

/** The words behind the verb; throws when they name none. */
function operandsIn (
  words: readonly string[], { verb, group }: Found, rest: readonly string[],
): string[] {
  if (verb !== undefined) return words.slice(verb.words.length)
  const [first, second] = words
  if (group !== null) throw unfinished(group, second)
  if (first === undefined) {
    const [stray] = rest
    if (stray === undefined) return []
    throw usageError(`stray word ${quote(stray)} behind --; ${SEE}`)
  }
  if (parseTarget(first) !== null) {
    throw usageError(`stray word ${quote(first)}; did you mean --connect ${first}?`)
  }
  const names = [...new Set(VERBS.map(({ words: [word] }) => word))]
  const near = first === 'help' ? '--help' : nearest(first, names)
  const advice = near === null ? `the verbs are ${names.join(', ')}` : `did you mean ${near}?`
  throw usageError(`unknown verb ${quote(first)}; ${advice}`)
}

/** `contacts` alone, or `contacts ad`. */
function unfinished (group: string, second: string | undefined): Error {
  const names = verbsInGroup(group).map(({ words }) => words[1] ?? '')
  const listed = names.join(', ')
  if (second === undefined) return usageError(`${group} needs one more word: ${listed}`)
  const near = nearest(second, names)
  const advice = near === null ? `${group} takes ${listed}` : `did you mean ${group} ${near}?`
  return usageError(`unknown verb ${quote(`${group} ${second}`)}; ${advice}`)
}

function refuseStray (operands: readonly string[], words: readonly string[], verb: Verb): void {
  const { operands: taken } = verb
  const missing = taken.slice(operands.length).find(({ isOptional }) => isOptional !== true)
  if (missing !== undefined) {
    throw usageError(`${nameOf(verb)} needs ${missing.name}, ${missing.about}; ` +
      `see p2p-gossip ${nameOf(verb)} --help`)
  }
  if (taken.at(-1)?.isMany === true || operands.length <= taken.length) return
  const stray = operands[taken.length] ?? ''
  if (parseTarget(stray) !== null && verb === RUN) {
    throw usageError(`stray word ${quote(stray)}; did you mean --connect ${stray}?`)
  }
  const [group] = verb.words
  const near = nearest(stray, verbsInGroup(group).map(({ words: [, second = ''] }) => second))
  const advice = near !== null && words.length > 1
    ? `did you mean ${group} ${near}?`
    : taken.length === 0 ? SEE : 'put quotes around a text with spaces in it'
  throw usageError(`stray word ${quote(stray)} after ${nameOf(verb)}; ${advice}`)
}
