/**
 * What a flag is, and what its value becomes. Read next: `flags.ts`, the tables of flags, and
 * `values.ts`, which judges what is given for one.
 */

/** What a flag takes, and the type of the value that is made of it. */
export interface ValueOfKind {
  whole: number
  seconds: number
  bytes: number
  text: string
  choice: string
  host: string
  targets: readonly string[]
  addresses: readonly string[]
  address: string
  topic: string
  topics: readonly string[]
  file: string
  directory: string
  switch: boolean
  /** Milliseconds since 1970. */
  time: number
  /** How many members shall have stored something. */
  stored: number | 'all'
  hex: string
  identity: string
  node: string
}

/** `values.ts` has one reader for each. */
export type Kind = keyof ValueOfKind
export type Value = ValueOfKind[Kind]

export interface Flag {
  readonly kind: Kind
  /** How help names the value; empty for a switch. */
  readonly value: string
  readonly about: string
  /** What holds without the flag, for help and the document; empty when nothing does. */
  readonly fallback: string
  /** Numbers: lowest and highest. Texts: bytes of UTF-8. Lists: how many. Inclusive. */
  readonly range?: readonly [number, number]
  readonly choices?: readonly string[]
  /** Variables that are read for it, the first that is set counts. */
  readonly variables?: readonly string[]
  /** True: a key of a config file. */
  readonly inFile?: boolean
  /** True: the verb cannot do without. */
  readonly isNeeded?: boolean
}

export type Flags = Readonly<Record<string, Flag>>

/** The values of those flags that were given somewhere. */
export type ValuesOf<F extends Flags> = { readonly [N in keyof F]?: ValueOfKind[F[N]['kind']] }

/** What may stand behind a number of bytes. */
export const UNITS: readonly (readonly [suffix: string, bytes: number])[] = [
  ['G', 1_024 ** 3], ['M', 1_024 ** 2], ['K', 1_024],
]

/** Bytes as a person writes them: 65536 as 64K. */
export function sizeText (bytes: number): string {
  const [suffix, unit] = UNITS.find(([, size]) => bytes >= size && bytes % size === 0) ?? ['', 1]
  return `${bytes / unit}${suffix}`
}

export function isList ({ kind }: Flag): boolean {
  return kind === 'targets' || kind === 'addresses' || kind === 'topics'
}

/** `--port PORT`, or `--json` alone. */
export function headingOf (name: string, { value }: Flag): string {
  return value === '' ? `--${name}` : `--${name} ${value}`
}
