/** docs/control-api.md says what is so: its calls are made, its codes compared. */
import { execFile } from 'node:child_process'
import t from 'tap'
import { API_ERRORS } from '../../src/api/errors.js'
import { read } from '../helpers/sources.js'
import { serveOn } from './stage.js'

const PAGE = read('docs/control-api.md')

t.test('every call of the page is answered', async t => {
  const { api } = await serveOn(t)
  const [, block = ''] = /```sh\n([^`]*)```/.exec(PAGE) ?? []
  const calls = block.trim().split('\n')
  t.equal(calls.length, 4)
  const texts: string[] = []
  for (const call of calls) {
    texts.push(await new Promise<string>((resolve, reject) => {
      const env = { ...process.env, SOCKET: api.socket ?? '' }
      execFile('sh', ['-c', call], { env, timeout: 10_000 }, (error, stdout) => {
        if (error === null) resolve(stdout)
        else reject(new Error(call, { cause: error }))
      })
    }))
  }
  const answers = texts.map(text => JSON.parse(text) as object)
  t.match(answers, [
    { members: 1 }, { seq: 1 }, { messages: [{ text: 'hello' }] }, { isMet: true },
  ])
})

t.test('the page has every code of the API and its status, and no other', async t => {
  const rows = [...PAGE.matchAll(/^\| `([a-z-]+)` \| (\d+) \| \S.* \|$/gm)]
    .map(([, code = '', status = '']) => [code, Number(status)])
  t.same(Object.fromEntries(rows), API_ERRORS)
})
