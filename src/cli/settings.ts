/**
 * Whose word counts: flags, then the environment, then the config file, then the defaults (which
 * `createNode` and the API apply). Lists are not merged: the first source that gives one decides.
 * Read next: `values.ts`; `run-node.ts`, which makes NodeOptions of the settings.
 */
import type { CommandLine } from './command-line.js'
import { readConfigFile } from './config-file.js'
import { usageError } from './exit-code.js'
import { headingOf, type Value } from './flag.js'
import {
  FLAG_NAMES, LOG_VARIABLE, NODE_FLAG, flagOf, variableOf, type Environment,
} from './flags.js'
import { valueFromText, valueFromTexts } from './values.js'
import { nameOf, variablesOf, type Settings, type Verb } from './verb.js'

/** Throws GossipError `option-invalid`: what, where it came from, what to do. */
export function collectSettings (line: CommandLine, environment: Environment): Settings {
  const values = new Map<string, Value>()
  const origins = new Map<string, string>()
  const put = (name: string, value: Value, origin: string): void => {
    values.set(name, value)
    origins.set(name, origin)
  }
  for (const [name, flag] of Object.entries(line.verb.flags)) {
    const given = line.flags.get(name)
    const origin = `--${name}`
    if (given?.length === 1) put(name, valueFromText(flag, given[0] ?? '', origin), origin)
    else if (given !== undefined) put(name, valueFromTexts(flag, given, origin), origin)
    else {
      // An empty variable counts as unset: that is how containers and units clear one.
      const variable = variablesOf(line.verb, name).find(known => (environment[known] ?? '') !== '')
      if (variable === undefined) continue
      put(name, valueFromText(flag, environment[variable] ?? '', variable), variable)
    }
  }
  const config = values.get('config')
  if (typeof config === 'string') {
    for (const { name, value, origin } of readConfigFile(config, origins.get('config') ?? '')) {
      if (Object.hasOwn(line.verb.flags, name) && !values.has(name)) put(name, value, origin)
    }
  }
  refuseMissing(line.verb, values)
  return {
    values: Object.fromEntries(values),
    origins,
    operands: line.operands,
    unknownVariables: unknownVariables(environment),
  }
}

function refuseMissing (verb: Verb, values: ReadonlyMap<string, Value>): void {
  for (const [name, flag] of Object.entries(verb.flags)) {
    if (flag.isNeeded !== true || values.has(name)) continue
    throw usageError(`${nameOf(verb)} needs ${headingOf(name, flag)}, ${flag.about}`)
  }
}

function unknownVariables (environment: Environment): string[] {
  const known = new Set([
    ...FLAG_NAMES.flatMap(name => flagOf(name).variables ?? [variableOf(name)]),
    ...NODE_FLAG.variables, variableOf('out'), LOG_VARIABLE,
  ])
  return Object.keys(environment).filter(name => name.startsWith('P2P_GOSSIP_') && !known.has(name))
}
