/** Careless and hostile calls: each ends with a clear error, and the node goes on. */
import { request } from 'node:http'
import t from 'tap'
import { API_LIMITS } from '../../src/limits.js'
import { serveOn, stageOn } from './stage.js'

const JSON_HEADERS = { 'content-type': 'application/json' }

t.test('wrong shapes are refused with what is wrong, in the one shape of errors', async t => {
  const stage = await stageOn(t)
  const bodies: [string, unknown, RegExp][] = [
    ['/v1/publish', { text: 7 }, /text/],
    ['/v1/publish', {}, /either text, or data/],
    ['/v1/publish', { text: 'a', data: 'AAAA' }, /either text, or data/],
    ['/v1/publish', { data: 'not base64!' }, /data/],
    ['/v1/publish', { text: 'a', wait: -1 }, /wait/],
    ['/v1/publish', { text: 'a', timeoutMs: 1e12 }, /timeoutMs/],
    ['/v1/publish', { text: 'a', topic: '' }, /topic/],
    ['/v1/publish', { text: 'a', topic: 'x'.repeat(API_LIMITS.topicCharsMax + 1) }, /topic/],
    ['/v1/publish', { text: 'a', unknown: 1 }, /unknown/],
    ['/v1/publish', [], /object/],
    ['/v1/publish', null, /object/],
    ['/v1/publish', { text: 'a', bits: 99 }, /bits/],
    ['/v1/publish', { text: 'x'.repeat(300_000) }, /262144/],
    ['/v1/schedules', { expression: 'x'.repeat(300), text: 'a' }, /expression/],
    ['/v1/schedules', { expression: '* * *', text: 'a' }, /five fields/],
    ['/v1/messages/purge', { since: 'yesterday' }, /since/],
  ]
  for (const [path, body, message] of bodies) {
    const answer = await stage.post(path, body)
    const error = { code: String, message }
    t.match(answer, { status: 400, body: { error } }, JSON.stringify(body))
    t.same(Object.keys(answer.body), ['error'])
  }
  const queries: [string, RegExp][] = [
    ['/v1/wait', /members/], ['/v1/wait?members=x', /members/], ['/v1/wait?members=0', /members/],
    ['/v1/messages?limit=0', /limit/], ['/v1/messages?limit=100000', /limit/],
    ['/v1/messages?topicPrefix=xyz', /topicPrefix/], ['/v1/messages?nothing=1', /nothing/],
    ['/v1/subscribe', /topic/], ['/v1/export?since=x', /since/],
  ]
  for (const [path, message] of queries) {
    t.match(await stage.get(path), {
      status: 400, body: { error: { code: 'request-invalid', message } },
    }, path)
  }
})

t.test('what is no JSON, or of another type, is refused', async t => {
  const stage = await stageOn(t)
  const send = (body: string, headers: Record<string, string>): Promise<unknown> =>
    stage.answer('/v1/publish', { method: 'POST', body, headers })
  t.match(await send('{"text"', JSON_HEADERS), {
    status: 400, body: { error: { code: 'request-invalid' } },
  })
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'image/png']) {
    t.match(await send('{"text":"a"}', { 'content-type': type }), {
      status: 415, body: { error: { code: 'media-type' } },
    }, type)
  }
  t.match(await stage.answer('/v1/publish', { method: 'POST' }), { status: 400 })
})

t.test('unknown paths and wrong methods are told apart', async t => {
  const stage = await stageOn(t)
  const unknown = { status: 404, body: { error: { code: 'path-unknown' } } }
  const paths = ['/', '/v1', '/v1/', '/v1/nothing', '/v2/status', '/v1/status/x', '/v1/..%2f']
  for (const path of paths) {
    t.match(await stage.get(path), unknown, path)
  }
  const wrong: [string, string, RegExp][] = [
    ['/v1/status', 'POST', /GET/], ['/v1/publish', 'GET', /POST/], ['/v1/peers', 'DELETE', /GET/],
    ['/v1/contacts', 'PUT', /GET or POST/], ['/v1/schedules/ab', 'GET', /DELETE/],
    ['/v1/openapi.json', 'POST', /GET/], ['/health', 'PUT', /GET/],
  ]
  for (const [path, method, message] of wrong) {
    t.match(await stage.answer(path, { method }), {
      status: 405, body: { error: { code: 'method-not-allowed', message } },
    }, `${method} ${path}`)
  }
})

t.test('a body of ten MiB is refused, whether it says its length or not', async t => {
  const { api, client } = await serveOn(t)
  const body = Buffer.from(JSON.stringify({ text: 'x'.repeat(10 << 20) }))
  for (const headers of [{ ...JSON_HEADERS, 'content-length': body.length }, JSON_HEADERS]) {
    const answer = await new Promise<{ status: number, text: string }>((resolve, reject) => {
      const sent = request({
        socketPath: api.socket!, method: 'POST', path: '/v1/publish', headers, agent: false,
      }, answer => {
        let text = ''
        answer.setEncoding('utf8').on('data', piece => { text += piece })
        answer.on('end', () => { resolve({ status: answer.statusCode ?? 0, text }) })
      })
      sent.on('error', reject)
      sent.end(body)
    })
    t.equal(answer.status, 413)
    t.match(JSON.parse(answer.text), { error: { code: 'body-too-large' } })
  }
  t.match(await client.status(), { version: '1.2.3' }, 'and the node answers others')
})

t.test('a small body that does not say its length is taken', async t => {
  const { api } = await serveOn(t)
  const status = await new Promise<unknown>((resolve, reject) => {
    const sent = request({
      socketPath: api.socket!, method: 'POST', path: '/v1/publish', headers: JSON_HEADERS,
      agent: false,
    }, answer => {
      answer.resume()
      resolve(answer.statusCode)
    })
    sent.on('error', reject)
    sent.write('{"text":')
    sent.end('"a"}')
  })
  t.equal(status, 200)
})

t.test('what fails inside is 500 without its reason, which the log has', async t => {
  const stage = await stageOn(t, [], {}, {
    ping: async () => { throw new TypeError('a bug') },
  })
  const answer = await stage.post('/v1/ping', { peer: stage.node.id })
  t.match(answer, { status: 500, body: { error: { code: 'internal' } } })
  t.notMatch(JSON.stringify(answer.body), /a bug/)
  t.match(stage.logged, [{ level: 'error', area: 'api', message: /a bug/ }])
})

t.test('a node that is closed says so', async t => {
  const stage = await stageOn(t)
  await stage.node.close()
  t.match(await stage.post('/v1/publish', { text: 'a' }), {
    status: 503, body: { error: { code: 'node-closed' } },
  })
})
