/**
 * Whose word counts: flags, then the environment, then the config file, then the defaults (which
 * `createNode` applies). Lists are not merged: the first source that gives one decides. Read next:
 * `commands/run.ts`, which makes NodeOptions of the settings.
 */
import type { CommandLine } from './command-line.js'
import { readConfigFile } from './config-file.js'
import {
  FLAG_NAMES, LOG_VARIABLE, flagsOfVerb, variableOf, type Environment, type FlagName,
} from './flags.js'
import { valueFromText, valueFromTexts, type Value, type Values } from './values.js'

export interface Settings {
  readonly values: Values
  /** Where a value came from, for messages: `--port`, `P2P_GOSSIP_PORT`, `port in "a.json"`. */
  readonly origins: ReadonlyMap<FlagName, string>
  /** `P2P_GOSSIP_*` variables that name no flag. Ignored, but worth a word in the log. */
  readonly unknownVariables: readonly string[]
}

/** Throws GossipError `option-invalid`: what, where it came from, what to do. */
export function collectSettings (line: CommandLine, environment: Environment): Settings {
  const values = new Map<FlagName, Value>()
  const origins = new Map<FlagName, string>()
  const put = (name: FlagName, value: Value, origin: string): void => {
    values.set(name, value)
    origins.set(name, origin)
  }
  const names = flagsOfVerb(line.verb)
  for (const name of names) {
    const given = line.flags.get(name)
    const variable = environment[variableOf(name)]
    // An empty variable counts as unset: that is how containers and units clear one.
    const fromVariable = variable !== undefined && variable !== ''
    const origin = given === undefined ? variableOf(name) : `--${name}`
    if (given?.length === 1) put(name, valueFromText(name, given[0] ?? '', origin), origin)
    else if (given !== undefined) put(name, valueFromTexts(name, given, origin), origin)
    else if (fromVariable) put(name, valueFromText(name, variable, origin), origin)
  }
  const config = values.get('config')
  if (typeof config === 'string') {
    for (const { name, value, origin } of readConfigFile(config, origins.get('config') ?? '')) {
      if (names.includes(name) && !values.has(name)) put(name, value, origin)
    }
  }
  return {
    values: Object.fromEntries(values) as Values,
    origins,
    unknownVariables: unknownVariables(environment),
  }
}

function unknownVariables (environment: Environment): string[] {
  const known = new Set([...FLAG_NAMES.map(variableOf), LOG_VARIABLE])
  return Object.keys(environment).filter(name => name.startsWith('P2P_GOSSIP_') && !known.has(name))
}
