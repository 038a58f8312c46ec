/**
 * The project's own files as material for tests: lists, lines and syntax trees. Paths are relative
 * to the root and use `/`. Read next: `test/tidy.test.ts`.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const GENERATED = new Set(['node_modules', '.git', '.tap', 'dist', 'build', 'coverage', 'docs/api'])

/** Files below a folder (or the root, '') whose name ends so; an absent folder has none. */
export function filesBelow (folder: string, ...endings: string[]): string[] {
  if (!existsSync(ROOT + folder)) return []
  const found: string[] = []
  for (const entry of readdirSync(ROOT + folder, { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (GENERATED.has(path)) continue
    if (entry.isDirectory()) found.push(...filesBelow(path, ...endings))
    else if (endings.some(ending => path.endsWith(ending))) found.push(path)
  }
  return found.sort()
}

/** Folders below a folder, itself not among them. */
export function foldersBelow (folder: string): string[] {
  if (!existsSync(ROOT + folder)) return []
  return readdirSync(ROOT + folder, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .flatMap(entry => [`${folder}/${entry.name}`, ...foldersBelow(`${folder}/${entry.name}`)])
}

export function read (path: string): string {
  return readFileSync(ROOT + path, 'utf8')
}

/** Lines without the empty one after the last line feed. */
export function linesOf (path: string): string[] {
  const lines = read(path).split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}

/** `file:line what` for every line of the files that matches. */
export function matches (paths: readonly string[], pattern: RegExp, what: string): string[] {
  return paths.flatMap(path => linesOf(path).flatMap((line, i) => {
    const found = pattern.exec(line)
    return found === null ? [] : [`${path}:${i + 1} ${what}: ${found[0].trim()}`]
  }))
}

const trees = new Map<string, ts.SourceFile>()

export function treeOf (path: string): ts.SourceFile {
  let tree = trees.get(path)
  if (tree === undefined) {
    tree = ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest, true)
    trees.set(path, tree)
  }
  return tree
}

/** Every node of a file, parents before children, documentation comments left out. */
export function * nodesOf (path: string): Generator<ts.Node> {
  const waiting: ts.Node[] = [treeOf(path)]
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    yield node
    const children: ts.Node[] = []
    ts.forEachChild(node, child => { children.push(child) })
    waiting.push(...children.reverse())
  }
}

/** Every token of a file, comments left out. */
export function * tokensOf (path: string): Generator<ts.Node> {
  const tree = treeOf(path)
  const waiting: ts.Node[] = [tree]
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (ts.isJSDoc(node)) continue
    const children = node.getChildren(tree)
    if (children.length === 0) yield node
    waiting.push(...children.slice().reverse())
  }
}

/** `file:line`, the first line of the node itself. */
export function placeOf (path: string, node: ts.Node): string {
  return `${path}:${firstLineOf(path, node)}`
}

export function firstLineOf (path: string, node: ts.Node): number {
  const tree = treeOf(path)
  return tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1
}

/** Lines from the first to the last of a node, both counted. */
export function heightOf (path: string, node: ts.Node): number {
  const last = treeOf(path).getLineAndCharacterOfPosition(node.getEnd()).line + 1
  return last - firstLineOf(path, node) + 1
}

/**
 * Uses of global names: identifiers that are neither a property asked of something else nor the
 * name of a member. `Math.random` stands for that one member.
 */
export function globalUses (path: string, names: ReadonlySet<string>): string[] {
  const found: string[] = []
  for (const node of nodesOf(path)) {
    const name = globalNameOf(node)
    if (name !== null && names.has(name)) found.push(`${placeOf(path, node)} uses ${name}`)
  }
  return found
}

function globalNameOf (node: ts.Node): string | null {
  if (ts.isPropertyAccessExpression(node)) return node.getText()
  if (node.kind === ts.SyntaxKind.AsyncKeyword) return 'async'
  if (ts.isAwaitExpression(node)) return 'await'
  if (!ts.isIdentifier(node)) return null
  const { parent } = node
  const asked = ts.isPropertyAccessExpression(parent) && parent.name === node
  const qualified = ts.isQualifiedName(parent) && parent.right === node
  const member = ts.isPropertySignature(parent) || ts.isPropertyDeclaration(parent) ||
    ts.isPropertyAssignment(parent) || ts.isMethodSignature(parent) ||
    ts.isMethodDeclaration(parent)
  const memberName = member && parent.name === node
  return asked || qualified || memberName ? null : node.text
}

/** Module specifiers of a file's imports and re-exports, with the names taken. */
export function importsOf (path: string): { from: string, names: string[], place: string }[] {
  const found: { from: string, names: string[], place: string }[] = []
  for (const node of nodesOf(path)) {
    const place = placeOf(path, node)
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      const bindings = node.importClause?.namedBindings
      const names = bindings === undefined || !ts.isNamedImports(bindings)
        ? ['*']
        : bindings.elements.map(element => (element.propertyName ?? element.name).text)
      found.push({ from: node.moduleSpecifier.text, names, place })
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
      const from = ts.isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier.text : ''
      found.push({ from, names: ['*'], place })
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      found.push({ from: node.arguments[0]?.getText().slice(1, -1) ?? '', names: ['*'], place })
    }
  }
  return found
}
