/**
 * Documents and code say the same: codes and options in both directions, links that lead somewhere,
 * one title each. docs/protocol.md has its own tests beside the wire's.
 */
import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import t from 'tap'
import ts from 'typescript'
import { LINK_DOWN_REASONS, WARNING_CODES } from '../src/core/notice.js'
import { ERRORS } from '../src/errors.js'
import { DEFAULTS, resolveOptions, type NodeOptions } from '../src/options.js'
import { REFUSE_CODES } from '../src/wire/frame.js'
import { ROOT, filesBelow, nodesOf, read } from './helpers/sources.js'

const documents = filesBelow('', '.md')

t.test('docs/errors.md tells of every error what ERRORS says of it, and of no other', async t => {
  const documented = rowsBelow('docs/errors.md', 'Errors')
  t.same(codesOf(documented).sort(), Object.keys(ERRORS).sort())
  const wrong = documented.filter(([code = '', ...told]) => {
    const entry = Object.entries(ERRORS).find(([name]) => name === unquoted(code))?.[1]
    return entry !== undefined &&
      told.join('|') !== [entry.fault, entry.state, entry.remedy].join('|')
  })
  t.same(wrong, [], 'fault, state and remedy are those of the table')
})

for (const [title, codes] of [
  ['Reasons of link-down', LINK_DOWN_REASONS],
  ['Warnings', WARNING_CODES],
  ['Refusals', REFUSE_CODES],
] as const) {
  t.test(`docs/errors.md, ${title}: every code of the source, and no other`, async t => {
    const rows = rowsBelow('docs/errors.md', title)
    t.same(codesOf(rows).sort(), [...codes].sort())
    t.same(rows.filter(cells => cells.some(cell => cell === '')), [], 'no empty cell')
  })
}

t.test('docs/options.md has every option of NodeOptions, and no other', async t => {
  t.same([...optionSections().keys()].sort(), optionNames().sort())
})

t.test('docs/options.md says of every option its meaning, range and default', async t => {
  const parts = ['Larger or smaller', 'Range', 'Relation', 'Default']
  for (const [name, told] of optionSections()) {
    for (const part of parts) t.ok(partOf(told, part), `${name}: ${part}`)
    t.match(told, /^[^-\n]{20,}/, `${name}: meaning`)
  }
})

t.test('docs/options.md gives the defaults that the source applies', async t => {
  for (const [name, told] of optionSections()) {
    const value = (DEFAULTS as Readonly<Record<string, unknown>>)[name]
    const first = /^(?:`([^`]*)`|none\b)/.exec(partOf(told, 'Default') ?? '')
    t.ok(first, `${name}: begins with a value or none`)
    const given = first?.[1] === undefined ? undefined : JSON.parse(first[1]) as unknown
    t.strictSame(given, value, name)
  }
})

t.test('docs/options.md gives the ranges that the source holds to', async t => {
  let ranges = 0
  for (const [name, told] of optionSections()) {
    const found = /^([\d,]+) to ([\d,]+)(?= |\.|,|$)(?! bytes)/.exec(partOf(told, 'Range') ?? '')
    if (found === null) continue
    ranges += 1
    const [minimum, maximum] = [found[1], found[2]].map(text => Number(text?.replaceAll(',', '')))
    if (minimum === undefined || maximum === undefined) continue
    t.doesNotThrow(() => resolveOptions(withNumber(name, minimum)), `${name} ${minimum}`)
    t.doesNotThrow(() => resolveOptions(withNumber(name, maximum)), `${name} ${maximum}`)
    for (const outside of [minimum - 1, maximum + 1]) {
      t.throws(() => resolveOptions(withNumber(name, outside)), { code: 'option-invalid' })
    }
  }
  t.equal(ranges, Object.values(DEFAULTS).filter(value => typeof value === 'number').length)
})

t.test('every relative link of a document leads to a file and a heading that exist', async t => {
  const broken = documents.flatMap(path => linksOf(path).flatMap(({ target, line }) => {
    const [file = '', heading] = target.split('#')
    const where = file === '' ? path : normalize(join(dirname(path), decodeURIComponent(file)))
    if (!existsSync(ROOT + where)) return [`${path}:${line} ${target} does not exist`]
    const lost = heading !== undefined && where.endsWith('.md') &&
      !headingsOf(where).some(({ text }) => slugOf(text) === heading)
    return lost ? [`${path}:${line} ${target} has no such heading`] : []
  }))
  t.same(broken, [])
})

t.test('every document has one title', async t => {
  t.same(documents.filter(path => headingsOf(path).filter(({ level }) => level === 1).length !== 1)
    .map(path => `${path}:1 needs exactly one level-1 title`), [])
})

/** Lines of a document, those inside code fences emptied. */
function proseOf (path: string): string[] {
  let fenced = false
  return read(path).split('\n').map(line => {
    const isFence = /^\s*(```|~~~)/.test(line)
    if (isFence) fenced = !fenced
    return fenced || isFence ? '' : line
  })
}

function headingsOf (path: string): { level: number, text: string }[] {
  return proseOf(path).flatMap(line => {
    const found = /^(#{1,6}) +(.+?) *#*$/.exec(line)
    return found === null ? [] : [{ level: found[1]?.length ?? 0, text: found[2] ?? '' }]
  })
}

/** The anchor that a heading is given on the web. */
function slugOf (heading: string): string {
  return heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-')
}

function linksOf (path: string): { target: string, line: number }[] {
  return proseOf(path).flatMap((text, i) =>
    [...text.replaceAll(/`[^`]*`/g, '').matchAll(/\]\(<?([^()\s>]+)>?(?: "[^"]*")?\)/g)]
      .map(found => ({ target: found[1] ?? '', line: i + 1 }))
      .filter(({ target }) => !/^[a-z][a-z+.-]*:/.test(target)))
}

/** Cells of the table rows below a level-2 heading, head and rule left out. */
function rowsBelow (path: string, title: string): string[][] {
  return sectionOf(path, `## ${title}`).split('\n')
    .filter(line => line.startsWith('| `'))
    .map(line => line.split('|').slice(1, -1).map(cell => cell.trim()))
}

/** Text below a heading until the next one of its level or above. */
function sectionOf (path: string, heading: string): string {
  const lines = proseOf(path)
  const from = lines.indexOf(heading) + 1
  if (from === 0) return ''
  const level = heading.indexOf(' ')
  const length = lines.slice(from).findIndex(line => new RegExp(`^#{1,${level}} `).test(line))
  return lines.slice(from, length < 0 ? undefined : from + length).join('\n').trim()
}

function codesOf (rows: readonly string[][]): string[] {
  return rows.map(([code = '']) => unquoted(code))
}

function unquoted (cell: string): string {
  return cell.replaceAll('`', '')
}

/** What docs/options.md tells of each option, by its name. */
function optionSections (): Map<string, string> {
  const names = headingsOf('docs/options.md').filter(({ level }) => level === 3)
  return new Map(names.map(({ text }) =>
    [unquoted(text), sectionOf('docs/options.md', `### ${text}`)]))
}

/** `- **Part**: text`, the text, or null; it may go on in indented lines. */
function partOf (section: string, part: string): string | null {
  const item = new RegExp(`^- \\*\\*${part}\\*\\*: ([^\\n]+(?:\\n  [^\\n]+)*)`, 'm')
  return item.exec(section)?.[1] ?? null
}

function optionNames (): string[] {
  return [...nodesOf('src/options.ts')]
    .filter(node => ts.isInterfaceDeclaration(node) && node.name.text === 'NodeOptions')
    .flatMap(node => ts.isInterfaceDeclaration(node) ? [...node.members] : [])
    .map(member => member.name?.getText() ?? '')
}

/** One number given; its relation to the number of links kept out of the way. */
function withNumber (name: string, value: number): NodeOptions {
  return { ...(name === 'maxMembers' ? { maxLinks: 4 } : {}), [name]: value }
}
