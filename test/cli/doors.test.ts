/** The program is written as any embedder could write it: what it takes is public. */
import t from 'tap'
import { filesBelow, importsOf, read } from '../helpers/sources.js'

const LEAVES = /^\.\.?\/(?:\.\.\/)*(errors|options|wire\/(?:address|identity|text))\.js$/

t.test('leaves that verbs import past the public door are public too', async t => {
  const door = importedNames('src/index.ts')
  const used = filesBelow('src/cli', '.ts').flatMap(path => importsOf(path)
    .filter(({ from }) => LEAVES.test(from))
    .flatMap(({ names, place }) => names.map(name => ({ name, place }))))
  t.ok(used.length > 10)
  t.same(used.filter(({ name }) => !door.has(name)), [])
})

t.test('no verb that talks to a node loads the library when it starts', async t => {
  const loaded = new Set<string>()
  const load = (path: string): void => {
    if (loaded.has(path)) return
    loaded.add(path)
    for (const from of staticImports(path)) load(from)
  }
  load('src/cli/main.ts')
  t.ok(loaded.has('src/cli/commands/publish.ts'))
  const heavy = [...loaded].filter(path =>
    !/^src\/(cli|limits)\//.test(path) &&
    !/^src\/(limits|errors|options|voidphone\/config-ini|wire\/(address|identity|text))\.ts$/
      .test(path))
  t.same(heavy, [])
})

/** Names that a file re-exports. */
function importedNames (path: string): Set<string> {
  const lists = [...read(path).matchAll(/export (?:type )?\{([^}]*)\}/g)]
  return new Set(lists.flatMap(([, names = '']) =>
    names.split(',').map(name => name.replace(/\btype\b/, '').trim())))
}

/** Files of src that this one needs before it runs. */
function staticImports (path: string): string[] {
  const folder = path.split('/').slice(0, -1)
  return [...read(path).matchAll(/^import (?!type)[^']*?'(\.[^']*)'/gm)].map(([, from = '']) => {
    const parts = [...folder]
    for (const part of from.split('/')) {
      if (part === '..') parts.pop()
      else if (part !== '.') parts.push(part)
    }
    return parts.join('/').replace(/\.js$/, '.ts')
  })
}
