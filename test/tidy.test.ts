/**
 * The rules of STYLE.md that a machine can keep. Each problem is told as `file:line what`.
 * Arrows and cycles are kept by .dependency-cruiser.cjs, types and promises by the linter.
 */
import t from 'tap'
import ts from 'typescript'
import {
  filesBelow, foldersBelow, globalUses, heightOf, importsOf, linesOf, matches, nodesOf, placeOf,
  read, tokensOf, treeOf,
} from './helpers/sources.js'

const source = filesBelow('src', '.ts')
const pure = source.filter(path => /^src\/(core|wire)\//.test(path))
const tests = filesBelow('test', '.ts')
const others = ['scripts', 'bin', 'examples'].flatMap(folder => filesBelow(folder, '.ts', '.js'))
const documents = filesBelow('', '.md')
const code = [...source, ...tests, ...others]

t.test('there is something to look at', async t => {
  t.ok(pure.length > 10, `${pure.length} files in core and wire`)
  t.ok(tests.length > 5, `${tests.length} files in test`)
})

t.test('a file of src has at most 500 lines, the median at most 150', async t => {
  const heights = source.map(path => linesOf(path).length)
  t.same(source.filter(path => linesOf(path).length > 500).map(path => `${path}:501 too long`), [])
  const median = heights.sort((a, b) => a - b)[Math.floor(heights.length / 2)] ?? 0
  t.comment(`${source.length} files in src, median ${median}, longest ${heights.at(-1) ?? 0} lines`)
  t.ok(median <= 150, `median ${median}`)
})

t.test('a function fits a screen: 60 lines', async t => {
  const tooLong = [...source, ...others].flatMap(path => [...nodesOf(path)]
    .filter(node => ts.isFunctionLike(node) && heightOf(path, node) > 60)
    .map(node => `${placeOf(path, node)} ${heightOf(path, node)} lines in one function`))
  t.same(tooLong, [])
})

t.test('a line has at most 100 characters', async t => {
  const tooLong = code.flatMap(path => linesOf(path)
    .map((line, i) => ({ line, place: `${path}:${i + 1}` }))
    .filter(({ line }) => line.length > 100 && !line.includes('https://'))
    .map(({ line, place }) => `${place} ${line.length} characters`))
  t.same(tooLong, [])
})

t.test('core and wire are pure: no clock, randomness, promise, timer or process', async t => {
  const banned = new Set([
    'Date', 'performance', 'Math.random', 'setTimeout', 'setInterval', 'setImmediate', 'Promise',
    'async', 'await', 'process', 'Buffer', 'crypto', 'queueMicrotask', 'globalThis', 'global',
  ])
  t.same(pure.flatMap(path => globalUses(path, banned)), [])
})

t.test('core and wire import cborg, zod and tinyqueue and nothing else from outside', async t => {
  const allowed = /^(\.\.?\/|cborg($|\/)|zod($|\/)|tinyqueue$)/
  t.same(pure.flatMap(path => importsOf(path).filter(({ from }) => !allowed.test(from))
    .map(({ from, place }) => `${place} imports ${from}`)), [])
})

t.test('core and wire take assertions from errors.ts, and none of its errors', async t => {
  const assertions = new Set(['assert', 'assertNever'])
  t.same(pure.flatMap(path => importsOf(path).filter(({ from }) => from.endsWith('/errors.js'))
    .flatMap(({ names, place }) => names.filter(name => !assertions.has(name))
      .map(name => `${place} imports ${name} of errors.ts`))), [])
})

t.test('one setTimeout moves the whole house, and it stands in system.ts', async t => {
  const house = source.filter(path => !/^src\/(api|tls|store)\//.test(path))
  const uses = house.flatMap(path => globalUses(path, new Set(['setTimeout'])))
  t.equal(uses.length, 1, uses.join(', '))
  t.match(uses[0], /^src\/system\.ts:/)
  t.same(house.flatMap(path => globalUses(path, new Set(['setInterval']))), [])
})

t.test('unit, property and simulated tests neither sleep nor look at the clock nor roll dice',
  async t => {
    const banned = new Set(['setTimeout', 'setInterval', 'sleep', 'Date.now', 'Math.random'])
    const calm = tests.filter(path => /^test\/(core|wire|property|sim)\//.test(path))
    t.same(calm.flatMap(path => globalUses(path, banned)), [])
  })

t.test('a folder of src is named after a subject', async t => {
  const vague = /\/(utils?|helpers?|managers?|common|types?|misc|shared|lib)$/
  t.same(foldersBelow('src').filter(path => vague.test(path)), [])
})

t.test('nothing is left for later and no test is left out', async t => {
  const files = [...source, ...tests]
  t.same(matches([...files, ...others], /\b(TO{1}DO|FIX{1}ME|X{3})\b/, 'left for later'), [])
  t.same(matches(tests, /\.(only|skip) ?\(/, 'leaves tests out'), [])
})

t.test('nothing is exported as default', async t => {
  t.same(code.flatMap(path => [...nodesOf(path)].filter(isDefaultExport)
    .map(node => `${placeOf(path, node)} default export`)), [])
})

t.test('no line ends in a semicolon', async t => {
  const found = [...source, ...tests].flatMap(path => [...tokensOf(path)]
    .filter(token => token.kind === ts.SyntaxKind.SemicolonToken && endsLine(path, token))
    .map(token => `${placeOf(path, token)} semicolon`))
  t.same(found, [])
})

t.test('a file of src begins with what its room decides', async t => {
  t.same(source.filter(path => !/^\/\*\*\s+(\* )?[^\s*]/.test(read(path)))
    .map(path => `${path}:1 no header comment`), [])
})

t.test('a number that is a time says its unit', async t => {
  const bare = /(timeout|interval|delay|period|deadline)$/i
  const found = source.flatMap(path => [...nodesOf(path)].flatMap(node => {
    const name = numberNameOf(node)
    return name !== null && bare.test(name) ? [`${placeOf(path, node)} ${name} has no unit`] : []
  }))
  t.same(found, [])
})

t.test('coverage exemptions are none, and their number only falls', async t => {
  t.same(matches(source, /\b(c8|v8|istanbul) ignore\b/, 'exempted'), [])
})

t.test('no file speaks of the machine it was written on', async t => {
  const files = [...code, ...documents, ...filesBelow('', '.json', '.yaml', '.yml', '.cjs', '.js')]
  const places = /(^|[\s"'`(=:])\/(work|root|home)\/\w[^\s"'`)]*/
  t.same(matches([...new Set(files)], places, 'path of a machine'), [])
})

t.test('package.json has ten scripts at most', async t => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  t.ok(Object.keys(scripts).length <= 10, Object.keys(scripts).join(' '))
})

function isDefaultExport (node: ts.Node): boolean {
  if (ts.isExportAssignment(node)) return true
  if (ts.isExportSpecifier(node)) return node.name.text === 'default'
  return ts.canHaveModifiers(node) &&
    (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)
}

function endsLine (path: string, token: ts.Node): boolean {
  return /^[ \t]*(\/\/.*)?(\r?\n|$)/.test(treeOf(path).text.slice(token.getEnd()))
}

/** Name of what is declared as a number by its type or its value, else null. */
function numberNameOf (node: ts.Node): string | null {
  const declared = ts.isVariableDeclaration(node) || ts.isParameter(node) ||
    ts.isPropertyDeclaration(node) || ts.isPropertySignature(node)
  if (!declared && !ts.isPropertyAssignment(node)) return null
  const type = declared ? node.type?.getText() ?? '' : ''
  const value = ts.isPropertySignature(node) ? undefined : node.initializer
  const isNumber = /\bnumber\b/.test(type) || (type === '' && value !== undefined && counts(value))
  return isNumber ? node.name.getText() : null
}

/** True for literals and arithmetic. */
function counts (value: ts.Expression): boolean {
  if (ts.isNumericLiteral(value)) return true
  if (ts.isParenthesizedExpression(value)) return counts(value.expression)
  const arithmetic = [
    ts.SyntaxKind.AsteriskToken, ts.SyntaxKind.SlashToken, ts.SyntaxKind.MinusToken,
  ]
  return ts.isBinaryExpression(value) && arithmetic.includes(value.operatorToken.kind)
}
