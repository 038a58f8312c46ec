/** Export and import, schedules, the document of the API and completion. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ApiCallError, runVerb } from '../fake-node.js'

async function * chunks (...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text)
}

t.test('export writes to stdout, or to a file that is new', async t => {
  const folder = t.testdir({})
  const file = join(folder, 'out')
  const api = { export: () => chunks('ab', 'cd') }
  const argv = ['export', '--topic', 'x', '--since', 'all']
  const piped = await runVerb(argv, { api })
  t.match(piped, { code: 0, out: 'abcd', errors: '' })
  t.same(piped.calls, [['export', { topic: 'x', since: 0 }]])
  const written = await runVerb(['export', '--file', file], { api, isTerminal: true })
  t.equal(written.out, `wrote 4 bytes to "${file}"\n`)
  t.equal(readFileSync(file, 'utf8'), 'abcd')
  const again = await runVerb(['export', '--file', file], { api })
  t.match(again, { code: 2, errors: /^p2p-gossip: --file: cannot write ".*out": it exists\n$/ })
  const json = await runVerb(['export', '--json', '--file', join(folder, 'b')], { api })
  t.same(JSON.parse(json.out), { file: join(folder, 'b'), bytes: 4 })
})

t.test('export harms no terminal and leaves no half of a file', async t => {
  const api = { export: () => chunks('ab') }
  t.match(await runVerb(['export'], { api, isTerminal: true }),
    { code: 2, out: '', errors: /writes no text: give --file FILE, or send stdout elsewhere/ })
  t.match(await runVerb(['export', '--json'], { api }), { code: 2, errors: /needs --file/ })
  const file = join(t.testdir({}), 'out')
  const broken = await runVerb(['export', '--file', file], { api: { async *export () {
    yield Buffer.from('ab')
    throw new ApiCallError(500, 'internal')
  } } })
  t.equal(broken.code, 1)
  t.notOk(existsSync(file))
})

t.test('import takes a file or stdin', async t => {
  const taken: string[] = []
  const api = { import: async (file: AsyncIterable<Uint8Array>) => {
    const parts: Uint8Array[] = []
    for await (const part of file) parts.push(part)
    taken.push(Buffer.concat(parts).toString())
    return { taken: 2, known: 1, refused: 0 }
  } }
  const folder = t.testdir({ a: 'from a file' })
  t.equal((await runVerb(['import', join(folder, 'a')], { api })).out,
    '2 taken, 1 known before, 0 refused\n')
  t.equal((await runVerb(['import', '-', '--json'], { api, stdin: 'piped' })).out,
    '{"taken":2,"known":1,"refused":0}\n')
  t.same(taken, ['from a file', 'piped'])
  const wrong: [string, RegExp][] = [['none', /there is no such file/], ['', /it is a directory/]]
  for (const [path, why] of wrong) {
    const { code, errors, calls } = await runVerb(['import', join(folder, path)], { api })
    t.equal(code, 2)
    t.match(errors, why)
    t.same(calls, [])
  }
})

t.test('schedules are added, listed and removed', async t => {
  const row = {
    id: '1', expression: '*/5 * * * *', topic: 'status', text: 'still here',
    next: '2026-01-02T12:05:00.000Z',
  }
  const api = {
    addSchedule: async () => row, schedules: async () => [row], removeSchedule: async () => {},
  }
  const argv = ['schedule', 'add', '*/5 * * * *', '--topic', 'status', '--', '--still here']
  const added = await runVerb(argv, { api })
  t.match(added, { out: 'schedule 1, next at 2026-01-02T12:05:00.000Z\n', calls: [
    ['addSchedule', { expression: '*/5 * * * *', topic: 'status', text: '--still here' }],
  ] })
  t.match((await runVerb(['schedule', 'add', '@hourly'], { api, stdin: 'piped' })).calls,
    [['addSchedule', { text: 'piped' }]])
  const listed = await runVerb(['schedule', 'list'], { api })
  t.match(listed.out, /\n1 +\*\/5 \* \* \* \* +status +2026-01-02T12:05:00\.000Z +"still here"\n$/)
  const gone = await runVerb(['schedule', 'remove', '1'], { api })
  t.match(gone, { out: 'removed "1"\n', calls: [['removeSchedule', '1']] })
})

t.test('the document of the API needs no node', async t => {
  const { code, out, sockets } = await runVerb(['openapi'], { nodes: [] })
  t.equal(code, 0)
  t.same(JSON.parse(out), { openapi: '3.1.0' })
  t.same(sockets, [])
})
