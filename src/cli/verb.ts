/**
 * What a verb is: data and one action. Parsing, help, completion and docs/cli.md follow from it.
 * Each stands in a file of its own in `commands/`. Read next: `registry.ts`, which lists them.
 */
import { headingOf, type Flags, type Value, type ValuesOf } from './flag.js'
import { variableOf } from './flags.js'
import type { World } from './world.js'

export interface Settings<V = Readonly<Record<string, Value | undefined>>> {
  readonly values: V
  /** Where a value came from, for messages: `--port`, `P2P_GOSSIP_PORT`, `port in "a.json"`. */
  readonly origins: ReadonlyMap<string, string>
  /** Words behind the verb. */
  readonly operands: readonly string[]
  /** `P2P_GOSSIP_*` variables that name no flag. Ignored, but worth a word in the log. */
  readonly unknownVariables: readonly string[]
}

/** A word behind the verb. */
export interface Operand {
  /** How help names it: `PEER`. */
  readonly name: string
  readonly about: string
  readonly isOptional?: boolean
  /** The last one only: as many as are given. */
  readonly isMany?: boolean
}

/** A line of a shell, and what it does. The first of a verb is run by a test. */
export type Example = readonly [line: string, about: string]

interface Declared {
  /** One word, or two of which the first names a group. */
  readonly words: readonly [string] | readonly [string, string]
  /** One line for lists, without a full stop. */
  readonly purpose: string
  readonly operands: readonly Operand[]
  readonly examples: readonly [Example, ...Example[]]
  /** It loads the library: each of its flags has a variable, and logs are for it. */
  readonly isOfNode: boolean
}

export interface Verb extends Declared {
  readonly flags: Flags
  /** Resolves with the exit code. Rejects with what `exit-code.ts` explains. */
  readonly act: (settings: Settings, world: World) => Promise<number> | number
}

/** Declares a verb; its action sees the values of its own flags. */
export function verb<const F extends Flags> (declared: Declared & {
  readonly flags: F
  readonly act: (settings: Settings<ValuesOf<F>>, world: World) => Promise<number> | number
}): Verb {
  // Values come from `settings.ts`, which reads each by the kind of its flag.
  return declared as unknown as Verb
}

/** `contacts add`. */
export function nameOf ({ words }: Verb): string {
  return words.join(' ')
}

/** Every flag of a node has a variable; verbs that talk to one share a few. */
export function variablesOf ({ flags, isOfNode }: Verb, name: string): readonly string[] {
  return flags[name]?.variables ?? (isOfNode ? [variableOf(name)] : [])
}

/** `contacts add --name NAME …` without the flags that may be left out. */
export function usageOf (verb: Verb): string {
  const { flags, operands } = verb
  const needed = Object.entries(flags).filter(([, { isNeeded }]) => isNeeded === true)
  const words = operands.map(({ name, isOptional, isMany }) => {
    const many = isMany === true ? `${name}…` : name
    return isOptional === true ? `[${many}]` : many
  })
  const own = nameOf(verb) === 'run' ? '[run]' : nameOf(verb)
  return ['p2p-gossip', own, ...words, ...needed.map(([name, flag]) => headingOf(name, flag)),
    '[flags]'].join(' ')
}
