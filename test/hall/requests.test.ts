import t from 'tap'
import type { Event, LinkId, RequestId } from '../../src/core/event.js'
import { Requests } from '../../src/hall/requests.js'
import { BULLETIN_LIMITS, WIRE_LIMITS } from '../../src/limits.js'
import { Peer } from '../helpers/core-bench.js'

const peer = new Peer(2).id
const body = new Uint8Array([1, 2])
const link = 1 as LinkId

function scene (): { requests: Requests, posted: Event[] } {
  const posted: Event[] = []
  return { requests: new Requests(event => { posted.push(event) }), posted }
}

async function served (requests: Requests, posted: Event[], name: string): Promise<unknown> {
  requests.onServe({ kind: 'serve-request', link, id: 4, peer, name, body })
  await new Promise(resolve => { setImmediate(resolve) })
  const last = posted.at(-1)
  return last?.kind === 'request-served'
    ? [last.id, last.status, new TextDecoder().decode(last.body)]
    : null
}

t.test('a handler answers, throws, or is not there', async t => {
  const { requests, posted } = scene()
  requests.handle('good', (bytes, from) => new TextEncoder().encode(`${bytes.length} ${from}`))
  requests.handle('bad', () => { throw new Error('it is late') })
  requests.handle('odd', () => 'text' as never)
  t.same(await served(requests, posted, 'good'), [4, 'answered', `2 ${peer}`])
  t.same(await served(requests, posted, 'bad'), [4, 'failed', 'it is late'])
  t.match(await served(requests, posted, 'odd'), [4, 'failed', /bytes/])
  t.same(await served(requests, posted, 'none'), [4, 'no-handler', ''])
  requests.handle('good', null)
  t.same(await served(requests, posted, 'good'), [4, 'no-handler', ''])
})

t.test('an answer resolves, everything else rejects by name', async t => {
  const { requests } = scene()
  let id = 0
  const ask = (): Promise<Uint8Array> => {
    id++
    return requests.request(peer, 'x', body, {})
  }
  const answer = (status: Parameters<Requests['onAnswered']>[0]['status'], text = ''): void => {
    requests.onAnswered({
      kind: 'request-answered', request: id as RequestId, status,
      body: new TextEncoder().encode(text),
    })
  }
  const good = ask()
  answer('answered', 'yes')
  t.equal(new TextDecoder().decode(await good), 'yes')
  for (const [status, code] of [
    ['not-linked', 'not-linked'], ['busy', 'busy'], ['timeout', 'request-failed'],
    ['closed', 'request-failed'], ['no-handler', 'request-failed'], ['failed', 'request-failed'],
  ] as const) {
    const outcome = ask()
    answer(status, 'it \u001b[31mbroke')
    await t.rejects(outcome, { code })
  }
  const open = ask()
  requests.close()
  await t.rejects(open, { code: 'node-closed' })
})

t.test('what cannot be asked is a usage error', async t => {
  const { requests, posted } = scene()
  const { requestKindBytesMax, requestBytesMax } = WIRE_LIMITS
  for (const outcome of [
    requests.request(peer, '', body, {}),
    requests.request(peer, 'x'.repeat(requestKindBytesMax + 1), body, {}),
    requests.request(peer, 'x', new Uint8Array(requestBytesMax + 1), {}),
    requests.request(peer, 'x', 'text' as never, {}),
    requests.request(peer, 'x', body, { timeoutMs: 0 }),
    requests.request(peer, 'x', body, { timeoutMs: BULLETIN_LIMITS.requestMaxMs + 1 }),
  ]) await t.rejects(outcome, { code: 'option-invalid' })
  t.throws(() => { requests.handle('', () => body) }, { code: 'option-invalid' })
  t.same(posted, [])
})
