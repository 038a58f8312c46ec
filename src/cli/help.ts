/** The texts of `--help`, made of what verbs declare. Read next: `verb.ts`, `registry.ts`. */
import { headingOf, type Flag } from './flag.js'
import { LOG_VARIABLE, variableOf } from './flags.js'
import { VERBS, verbsInGroup } from './registry.js'
import { nameOf, usageOf, variablesOf, type Verb } from './verb.js'

/** Where descriptions begin, and the width of a line. */
const INDENT = 26
const COLUMNS = 96

export function helpOf (verb: Verb): string {
  const { purpose, operands, flags, examples } = verb
  const isRun = nameOf(verb) === 'run'
  const lines = [`Usage: ${usageOf(verb)}`, '', sentence(purpose), '']
  if (isRun) lines.push('Verbs:', ...VERBS.map(verbLine), '')
  const others = verbsInGroup(verb.words[0]).filter(other => other !== verb)
  if (others.length > 0) lines.push('Beside it:', ...others.map(verbLine), '')
  if (operands.length > 0) {
    lines.push('Words:', ...operands.map(({ name, about }) => entry(name, about)), '')
  }
  lines.push(isRun ? 'Flags of run:' : 'Flags:')
  for (const [name, flag] of Object.entries(flags)) {
    lines.push(entry(headingOf(name, flag), description(flag)))
  }
  lines.push(entry('-h, --help', 'show this help'), entry('-V, --version', 'show the version'))
  lines.push('', 'Examples:')
  for (const [command, about] of examples) lines.push(`  # ${about}`, `  ${command}`)
  lines.push('', ...closing(verb))
  return lines.join('\n')
}

/** `contacts --help`, where `contacts` alone is no verb. */
export function helpOfGroup (group: string): string {
  const verbs = verbsInGroup(group)
  return [
    `Usage: p2p-gossip ${group} ${verbs.map(({ words }) => words[1]).join('|')} [flags]`, '',
    'Verbs:', ...verbs.map(verbLine), '',
    ...wrap(`Flags and examples of each: p2p-gossip ${group} ${verbs[0]?.words[1] ?? ''} --help.`,
      COLUMNS),
  ].join('\n')
}

function verbLine (verb: Verb): string {
  return entry(nameOf(verb), verb.purpose)
}

function closing (verb: Verb): string[] {
  const named = Object.keys(verb.flags).flatMap(name => {
    const variables = variablesOf(verb, name)
    return variables.length === 0 ? [] : [`--${name} from ${variables.join(' or ')}`]
  })
  const variables = !verb.isOfNode
    ? named.length === 0 ? [] : [`From the environment, unless given: ${named.join(', ')}.`]
    : [
        `Each flag is read from the environment too, --key-type from ${variableOf('key-type')}. ` +
        'Flags win over the environment' +
        (Object.hasOwn(verb.flags, 'config') ? ', that over the config file.' : '.'),
      ]
  const logs = `Logs go to stderr: ${LOG_VARIABLE}=off|error|warn|info|debug|trace sets a ` +
    'threshold, DEBUG=p2p-gossip:* selects as the debug package does, ' +
    `${variablesOf(verb, 'log').join()} is --log.`
  const codes = 'Exit codes: 0 fine, 1 failed, 2 usage or configuration, ' + (verb.isOfNode
    ? '5 another identity answered.'
    : '3 no running node answers, 4 a condition is false or timed out.')
  return [...variables, ...(Object.hasOwn(verb.flags, 'log') ? [logs] : []), codes]
    .flatMap(text => wrap(text, COLUMNS))
}

function description ({ about, fallback, isNeeded }: Flag): string {
  if (isNeeded === true) return `${about} (needed)`
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
