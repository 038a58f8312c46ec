/**
 * docs/cli.md, made of docs/cli.md.in: prose with marks where verbs and flags come from the
 * registry. No test of its own.
 */
import { headingOf, isList, type Flag } from '../../src/cli/flag.js'
import { LOG_VARIABLE } from '../../src/cli/flags.js'
import { VERBS } from '../../src/cli/registry.js'
import { expected } from '../../src/cli/values.js'
import { nameOf, usageOf, variablesOf, type Verb } from '../../src/cli/verb.js'

/** The page; throws at a mark that nobody knows. */
export function pageOf (template: string): string {
  return template.replaceAll(/^<!-- (.*) -->\n/gm, (_mark, what: string) => {
    const name = /^verb: (.*)$/.exec(what)?.[1]
    if (name === undefined) return `${tableOf(what)}\n`
    const verb = VERBS.find(known => nameOf(known) === name)
    if (verb === undefined) throw new Error(`no verb ${name}`)
    return `${sectionOf(verb)}\n\n`
  }).replaceAll(/\n{3,}/g, '\n\n')
}

/** Verbs that the template has a mark or a heading for. */
export function verbsIn (template: string): string[] {
  return [...template.matchAll(/^(?:<!-- verb: (.*) -->|### (run|keygen|id))$/gm)]
    .map(([, marked, headed]) => marked ?? headed ?? '')
}

function tableOf (what: string): string {
  switch (what) {
    case 'verbs': return rows(['verb', 'does'], VERBS.map(verb =>
      [`[\`${escaped(usageOf(verb))}\`](#${nameOf(verb).replaceAll(' ', '-')})`, verb.purpose]))
    case 'flags of a node': return rows(
      ['flag', 'verbs', 'variable', 'config key', 'takes', 'without it'], nodeRows())
    case 'flags of a client': return rows(['flag', 'variable', 'takes', 'without it'],
      ['node', 'json'].map(name => clientRow(name)))
  }
  throw new Error(`no table of ${what}`)
}

/** One row for each flag of the verbs that have variables. */
function nodeRows (): string[][] {
  const verbs = VERBS.filter(({ isOfNode }) => isOfNode)
  const names = [...new Set(verbs.flatMap(({ flags }) => Object.keys(flags)))]
  return names.map(name => {
    const having = verbs.filter(({ flags }) => Object.hasOwn(flags, name))
    const [first] = having
    const flag = first?.flags[name]
    if (first === undefined || flag === undefined) throw new Error(name)
    const variables = variablesOf(first, name)
    if (variables.includes(LOG_VARIABLE)) throw new Error(`${LOG_VARIABLE} is the threshold`)
    return [
      `\`${headingOf(name, flag)}\``, having.map(nameOf).join(', '),
      variables.map(variable => `\`${variable}\``).join(', '),
      flag.inFile === true ? `\`${name}\`` : '–', taken(flag), flag.fallback || '–',
    ]
  })
}

function clientRow (name: string): string[] {
  const verb = VERBS.find(({ flags, isOfNode }) => !isOfNode && Object.hasOwn(flags, name))
  const flag = verb?.flags[name]
  if (verb === undefined || flag === undefined) throw new Error(name)
  return [
    `\`${headingOf(name, flag)}\``,
    variablesOf(verb, name).map(variable => `\`${variable}\``).join(', '),
    taken(flag), flag.fallback,
  ]
}

function sectionOf (verb: Verb): string {
  const { purpose, operands, flags, examples } = verb
  const own = Object.entries(flags).filter(([name]) => name !== 'node' && name !== 'json')
  const words = operands.map(({ name, about, isOptional }) =>
    [`\`${name}\``, '', about, isOptional === true ? 'see there' : 'needed'])
  const told = own.map(([name, flag]) => [
    `\`${headingOf(name, flag)}\``, taken(flag), flag.about,
    flag.isNeeded === true ? 'needed' : flag.fallback,
  ])
  const width = Math.max(...examples.map(([line]) => line.length))
  return [
    `### ${nameOf(verb)}`,
    `${purpose.charAt(0).toUpperCase()}${purpose.slice(1)}: \`${usageOf(verb)}\`.`,
    ...(words.length + told.length === 0
      ? []
      : [rows(['word or flag', 'takes', 'does', 'without it'], [...words, ...told])]),
    ['```', ...examples.map(([line, about]) => `${line.padEnd(width)}  # ${about}`), '```']
      .join('\n'),
  ].join('\n\n')
}

function taken (flag: Flag): string {
  return expected(flag) + (isList(flag) ? `, at most ${flag.range?.[1]}` : '')
}

function rows (head: readonly string[], body: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [row(head), `|${head.map(() => '---').join('|')}|`, ...body.map(row)].join('\n')
}

function escaped (text: string): string {
  return text.replaceAll('|', '\\|')
}
