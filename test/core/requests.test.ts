import t from 'tap'
import type { Effect } from '../../src/core/effect.js'
import type { LinkId, RequestId } from '../../src/core/event.js'
import { BULLETIN_LIMITS } from '../../src/limits.js'
import type { Frame } from '../../src/wire/frame.js'
import type { Identity } from '../../src/wire/identity.js'
import { Bench, frames, only, Peer } from '../helpers/core-bench.js'

const body = new Uint8Array([1, 2, 3])

interface Scene {
  readonly bench: Bench
  readonly peer: Peer
  readonly link: LinkId
}

function scene (): Scene {
  const bench = new Bench()
  const [peer = new Peer(2)] = bench.larger()
  return { bench, peer, link: bench.ready(peer) }
}

function ask (bench: Bench, peer: Identity, request = 1, timeoutMs = 1_000): Effect[] {
  return bench.post({
    kind: 'request-asked', request: request as RequestId, peer, name: 'echo', body, timeoutMs,
  })
}

function answers (effects: readonly Effect[]): [number, string][] {
  return only(effects, 'request-answered').map(({ request, status }) => [request, status])
}

function response (id: number, status: 'answered' | 'busy' = 'answered'): Frame {
  return { type: 'response', id, status, body }
}

t.test('a request leaves on the link of its peer and comes back with its answer', t => {
  const { bench, peer, link } = scene()
  const [request] = frames(ask(bench, peer.id), 'request', link)
  t.match(request, { kind: 'echo', body })
  const effects = bench.say(link, response(request?.id ?? 0))
  t.same(only(effects, 'request-answered'), [
    { kind: 'request-answered', request: 1, status: 'answered', body },
  ])
  t.same(answers(bench.say(link, response(request?.id ?? 0))), [], 'once')
  t.end()
})

t.test('nobody else may answer', t => {
  const { bench, peer } = scene()
  const [, other = new Peer(3)] = bench.larger(2)
  const stranger = bench.ready(other)
  const [request] = frames(ask(bench, peer.id), 'request')
  t.same(answers(bench.say(stranger, response(request?.id ?? 0))), [])
  t.end()
})

t.test('who is not linked is not asked, who does not answer is not waited for', t => {
  const { bench, peer, link } = scene()
  t.same(answers(ask(bench, new Peer(77).id)), [[1, 'not-linked']])
  ask(bench, peer.id, 2, 500)
  t.same(answers(bench.advance(499)), [])
  t.same(answers(bench.advance(1)), [[2, 'timeout']])
  ask(bench, peer.id, 3)
  t.same(answers(bench.ended(link)), [[3, 'closed']])
  t.end()
})

t.test('so many own requests are under way, further ones are refused', t => {
  const { bench, peer } = scene()
  const { requestsMax } = BULLETIN_LIMITS
  for (let i = 1; i <= requestsMax; i++) t.same(answers(ask(bench, peer.id, i)), [])
  t.same(answers(ask(bench, peer.id, 9_999)), [[9_999, 'busy']])
  t.end()
})

t.test('own requests of a link are bounded in bytes; what is answered counts no more', t => {
  const { bench, peer, link } = scene()
  const [, other = new Peer(3)] = bench.larger(2)
  bench.ready(other)
  const large = new Uint8Array(BULLETIN_LIMITS.requestBytesPerLinkMax / 3)
  const askLarge = (to: Peer, request: number): Effect[] => bench.post({
    kind: 'request-asked', request: request as RequestId, peer: to.id, name: 'echo', body: large,
    timeoutMs: 1_000,
  })
  const ids = [1, 2, 3].map(request => frames(askLarge(peer, request), 'request')[0]?.id ?? 0)
  t.same(answers(ask(bench, peer.id, 4)), [[4, 'busy']])
  t.same(answers(askLarge(other, 5)), [], 'another link has its own')
  bench.say(link, response(ids[0] ?? 0))
  t.same(answers(askLarge(peer, 6)), [])
  t.same(answers(ask(bench, peer.id, 7)), [[7, 'busy']])
  bench.advance(1_000)
  for (const request of [8, 9, 10]) t.same(answers(askLarge(peer, request)), [])
  bench.ended(link)
  bench.ready(peer)
  t.same(answers(askLarge(peer, 11)), [], 'a fresh link begins with nothing')
  t.end()
})

t.test('requests of a link are served up to so many bytes', t => {
  const { bench, link } = scene()
  const large = new Uint8Array(BULLETIN_LIMITS.requestBytesPerLinkMax / 3)
  const request = (id: number, bytes = large): Effect[] =>
    bench.say(link, { type: 'request', id, kind: 'echo', body: bytes })
  const statuses = (effects: Effect[]): string[] =>
    frames(effects, 'response').map(({ status }) => status)
  for (const id of [1, 2, 3]) t.same(statuses(request(id)), [])
  t.same(statuses(request(4, body)), ['busy'])
  bench.post({ kind: 'request-served', link, id: 2, status: 'answered', body })
  t.same(statuses(request(5)), [])
  t.same(statuses(request(6, body)), ['busy'])
  t.end()
})

t.test('what finds no room on the link: the request is busy, the answer a failure', t => {
  const { bench, peer, link } = scene()
  const [{ id } = { id: 0 }] = frames(ask(bench, peer.id), 'request')
  const overflowed = (what: 'request' | 'response', of = id): Effect[] =>
    bench.post({ kind: 'request-overflowed', link, id: of, what })
  t.same(answers(overflowed('request')), [[1, 'busy']])
  t.same(overflowed('request'), [], 'once')
  t.match(frames(overflowed('response', 9), 'response', link), [{ id: 9, status: 'failed' }])
  t.end()
})

t.test('a peer\'s request is served once, and answered on its link', t => {
  const { bench, peer, link } = scene()
  const request: Frame = { type: 'request', id: 5, kind: 'echo', body }
  t.match(only(bench.say(link, request), 'serve-request'), [{ link, id: 5, peer: peer.id, body }])
  const again = bench.say(link, request)
  t.same([only(again, 'serve-request'), frames(again, 'response').map(({ status }) => status)],
    [[], ['busy']])
  const served = { kind: 'request-served', link, id: 5, status: 'answered', body } as const
  t.same(frames(bench.post(served), 'response', link).map(({ id }) => id), [5])
  t.same(frames(bench.post(served), 'response', link), [])
  t.end()
})

t.test('so many requests of a link are served at once; what ends later goes nowhere', t => {
  const { bench, link } = scene()
  const { requestsPerLinkMax } = BULLETIN_LIMITS
  for (let id = 1; id <= requestsPerLinkMax; id++) {
    bench.say(link, { type: 'request', id, kind: 'echo', body })
  }
  const effects = bench.say(link, { type: 'request', id: 999, kind: 'echo', body })
  t.same(frames(effects, 'response').map(({ id, status }) => [id, status]), [[999, 'busy']])
  bench.ended(link)
  t.same(bench.post({ kind: 'request-served', link, id: 1, status: 'answered', body }), [])
  t.end()
})
