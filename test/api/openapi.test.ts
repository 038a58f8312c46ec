/**
 * docs/openapi.json is printed from the routes: `UPDATE_OPENAPI=1 npx tap test/api/openapi.test.ts`
 * writes it.
 */
import { writeFileSync } from 'node:fs'
import t from 'tap'
import { openApiDocument } from '../../src/api/index.js'
import { importsOf, read, ROOT } from '../helpers/sources.js'
import { stageOn } from './stage.js'

const PAGE = 'docs/openapi.json'

interface Operation {
  readonly summary?: string
  readonly tags?: readonly string[]
  readonly responses: Readonly<Record<string, unknown>>
}

t.test('docs/openapi.json is what the routes say, and what a node serves', async t => {
  const document = await openApiDocument()
  const text = `${JSON.stringify(document, null, 1)}\n`
  if (process.env['UPDATE_OPENAPI'] === '1') writeFileSync(ROOT + PAGE, text)
  t.equal(read(PAGE), text, 'print it again: UPDATE_OPENAPI=1 npx tap test/api/openapi.test.ts')
  const stage = await stageOn(t)
  t.same((await stage.get('/v1/openapi.json')).body, document)
})

t.test('every path has a summary, a tag and its errors', async t => {
  const { openapi, paths } = await openApiDocument() as
    { openapi: string, paths: Record<string, Record<string, Operation>> }
  t.equal(openapi, '3.1.0')
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [`${method} ${path}`, operation] as const))
  t.equal(operations.length, 31)
  for (const [name, { summary, tags, responses }] of operations) {
    t.match(summary, /^[A-Z].{10,}/, name)
    t.equal(tags?.length, 1, name)
    t.ok(responses['200'] !== undefined && responses['500'] !== undefined, name)
  }
})

t.test('the second door loads neither the server, its schemas nor the node', async t => {
  const loaded = new Set<string>()
  const load = (path: string): void => {
    if (loaded.has(path)) return
    loaded.add(path)
    for (const { from, names, place } of importsOf(path)) {
      const line = read(path).split('\n')[Number(place.split(':')[1]) - 1] ?? ''
      if (/^(import|export) type\b/.test(line) || line.includes('import(')) continue
      t.notMatch(from, /hono|zod/, `${path} imports ${from} ${names.join()}`)
      const file = new URL(from, `file:///${path}`).pathname.slice(1).replace('.js', '.ts')
      if (from.startsWith('.')) load(file)
    }
  }
  load('src/api/index.ts')
  t.notOk(loaded.has('src/node.ts') || loaded.has('src/index.ts') || loaded.has('src/api/app.ts'))
  t.ok(loaded.has('src/api/client.ts'))
})
