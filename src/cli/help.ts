/** The texts of `--help`, made of the table in `flags.ts`. */
import {
  LOG_VARIABLE, VERBS, flagOf, flagsOfVerb, variableOf, type FlagName, type Verb,
} from './flags.js'

const USAGE: Record<Verb, string> = {
  run: 'p2p-gossip [run] [flags]',
  keygen: 'p2p-gossip keygen --out DIR [flags]',
  id: 'p2p-gossip id [flags]',
}

const EXAMPLES: Record<Verb, readonly (readonly [string, string])[]> = {
  run: [
    ['p2p-gossip', 'the first node, on port 8080'],
    ['p2p-gossip --period 3 --port 8081 --connect 127.0.0.1:8080', 'a second one beside it'],
    ['p2p-gossip --connect 10.0.0.5:8080 --data ~/.p2p-gossip', 'come back after a restart'],
    ['p2p-gossip --connect 10.0.0.5:8080 --chat room', 'talk with whoever does the same'],
    ['p2p-gossip --json | jq -r "select(.kind == \\"ping\\") | .text"', 'for programs'],
  ],
  keygen: [
    ['p2p-gossip keygen --out alice', 'alice/identity.key and alice/identity.crt'],
    ['p2p-gossip --key alice/identity.key', 'run with it'],
  ],
  id: [
    ['p2p-gossip id --key alice/identity.key', 'what others give as id@host:port'],
    ['p2p-gossip id --data ~/.p2p-gossip --json', 'identity and short form'],
  ],
}

/** Where descriptions begin, and the width of a line. */
const INDENT = 26
const COLUMNS = 96

export function helpOf (verb: Verb): string {
  const lines = [`Usage: ${USAGE[verb]}`, '', sentence(VERBS[verb]), '']
  if (verb === 'run') {
    lines.push('Verbs:')
    for (const [name, about] of Object.entries(VERBS)) lines.push(entry(name, about))
    lines.push('')
  }
  lines.push('Flags:')
  for (const name of flagsOfVerb(verb)) lines.push(entry(heading(name), description(name)))
  lines.push(entry('-h, --help', 'show this help'), entry('-V, --version', 'show the version'))
  lines.push('', 'Examples:')
  for (const [command, about] of EXAMPLES[verb]) lines.push(`  # ${about}`, `  ${command}`)
  lines.push('', ...closing(verb))
  return lines.join('\n')
}

function closing (verb: Verb): string[] {
  const variables = `Each flag is read from the environment too, --key-type from ` +
    `${variableOf('key-type')}. Flags win over the environment` +
    (verb === 'keygen' ? '.' : ', that over the config file.')
  const logs = `Logs go to stderr: ${LOG_VARIABLE}=off|error|warn|info|debug|trace sets a ` +
    'threshold, DEBUG=p2p-gossip:* selects as the debug package does, ' +
    `${variableOf('log')} is --log.`
  const codes = 'Exit codes: 0 fine, 1 failed, 2 usage or configuration, ' +
    '5 another identity answered.'
  return [variables, ...(verb === 'run' ? [logs] : []), codes].flatMap(text => wrap(text, COLUMNS))
}

function heading (name: FlagName): string {
  const { value } = flagOf(name)
  return value === '' ? `--${name}` : `--${name} ${value}`
}

function description (name: FlagName): string {
  const { about, fallback } = flagOf(name)
  return fallback === '' ? about : `${about} [${fallback}]`
}

function entry (left: string, right: string): string {
  const [first = '', ...others] = wrap(right, COLUMNS - INDENT)
  const head = `  ${left}`
  const lines = head.length < INDENT
    ? [head.padEnd(INDENT) + first]
    : [head, ' '.repeat(INDENT) + first]
  return [...lines, ...others.map(line => ' '.repeat(INDENT) + line)].join('\n')
}

/** Lines of at most `columns` characters, broken at spaces. */
export function wrap (text: string, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line]
}

function sentence (text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
