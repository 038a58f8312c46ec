import t from 'tap'
import { Pings } from '../../src/hall/pings.js'
import { Requests, PING_KIND } from '../../src/hall/requests.js'
import type { Event, LinkId } from '../../src/core/event.js'
import { BULLETIN_LIMITS } from '../../src/limits.js'
import { Peer } from '../helpers/core-bench.js'
import { startLinked, until } from '../helpers/loopback-nodes.js'

const peer = new Peer(2).id

interface Scene {
  readonly pings: Pings
  readonly requests: Requests
  readonly posted: Event[]
  readonly clock: { nowMs: number }
}

function scene (): Scene {
  const posted: Event[] = []
  const clock = { nowMs: 5 }
  const requests = new Requests(event => { posted.push(event) })
  const ports = {
    clock: {
      nowMs: () => clock.nowMs, wallMs: () => 0, schedule: () => null, cancel: () => {},
      breathe: () => {},
    },
    entropy: { bytes: (count: number) => new Uint8Array(count).fill(7) },
  }
  const pings = new Pings(ports, requests, { me: peer, path: () => null })
  return { pings, requests, posted, clock }
}

for (const [what, answer, outcome] of [
  ['the same bytes', new Uint8Array(16).fill(7), 12.5],
  ['others', new Uint8Array(16).fill(8), 'request-failed'],
  ['less', new Uint8Array(15).fill(7), 'request-failed'],
] as const) {
  t.test(`a ping answered with ${what}: ${outcome}`, async t => {
    const { pings, requests, posted, clock } = scene()
    const ping = pings.ping(peer, {})
    const [asked] = posted
    if (asked?.kind !== 'request-asked') throw new Error('nothing was asked')
    t.match(asked, { peer, name: PING_KIND, timeoutMs: BULLETIN_LIMITS.requestDefaultMs })
    t.equal(asked.body.length, 16)
    clock.nowMs += 12.5
    requests.onAnswered({
      kind: 'request-answered', request: asked.request, status: 'answered', body: answer,
    })
    if (typeof outcome === 'number') t.equal(await ping, outcome)
    else await t.rejects(ping, { code: outcome })
  })
}

t.test('a ping of another length than 16 bytes is no ping', async t => {
  const { requests, posted } = scene()
  for (const [length, status] of [[0, 'failed'], [16, 'answered'], [1_000, 'failed']] as const) {
    const body = new Uint8Array(length).fill(3)
    requests.onServe({
      kind: 'serve-request', link: 1 as LinkId, id: length, peer, name: PING_KIND, body,
    })
    await new Promise(resolve => { setImmediate(resolve) })
    t.match(posted.at(-1), { kind: 'request-served', id: length, status })
  }
})

t.test('nodes: a linked one answers, one that is gone does not and can be forgotten', async t => {
  const one = await startLinked(t, [])
  const two = await startLinked(t, [one])
  const rttMs = await one.ping(two.id)
  t.ok(rttMs > 0 && rttMs < 10_000, `${rttMs} ms`)
  await t.rejects(one.ping(two.id, { timeoutMs: 0 }), { code: 'option-invalid' })
  await t.rejects(one.ping(peer), { code: 'not-linked' })
  await t.rejects(one.forget(two.id), { code: 'option-invalid', message: /is linked/ })
  t.equal(await one.forget(peer), false)
  two.destroy()
  await until(() => one.peers().every(({ status }) => status !== 'linked'))
  await t.rejects(one.ping(two.id), { code: 'not-linked' })
  t.equal(await one.forget(two.id), true)
  t.same(one.peers(), [])
  await one.close()
  await t.rejects(one.forget(two.id), { code: 'node-closed' })
  await t.rejects(one.ping(two.id), { code: 'node-closed' })
})
