import t from 'tap'
import { PING_KIND, FAR_PING_KIND } from '../../src/hall/requests.js'
import { PULSE_LIMITS, ROUTE_LIMITS } from '../../src/limits.js'
import { decodeFarPing, encodeFarPing } from '../../src/wire/far-ping.js'
import { PingWeb, type Site } from '../helpers/ping-web.js'

/** What a site answers to a body that another sends it. */
async function served (from: Site, to: Site, body: Uint8Array): Promise<unknown> {
  return from.requests.ask(to.id, FAR_PING_KIND, body, 1_000).then(
    answer => [...answer], (error: unknown) => (error as Error).message)
}

function bodyFor (target: Site, hopsLeft = 8, fill = 9): Uint8Array {
  return encodeFarPing({ nonce: new Uint8Array(16).fill(fill), hopsLeft, target: target.id })
}

t.test('a linked peer is pinged over its link, and nobody else is asked', async t => {
  const web = PingWeb.line(3)
  t.equal(await web.at(0).pings.ping(web.at(1).id, {}), 2)
  t.same(web.at(0).asked.map(({ name }) => name), [PING_KIND])
  t.same(web.at(1).asked, [])
})

for (const links of [2, 3, 8]) {
  t.test(`a peer ${links} links away is pinged by way of those between`, async t => {
    const web = PingWeb.line(links + 1)
    const [first, last] = [web.at(0), web.at(links)]
    t.equal(await first.pings.ping(last.id, { timeoutMs: 900 }), 2 * links, 'there and back')
    t.match(first.asked, [
      { name: PING_KIND, peer: last.id },
      { name: FAR_PING_KIND, peer: web.at(1).id, timeoutMs: 900 },
    ])
    const left = web.sites.flatMap(({ asked }) =>
      asked.filter(({ peer }) => web.sites.some(({ id }) => id === peer))
        .filter(({ name }) => name === FAR_PING_KIND)
        .map(({ body }) => decodeFarPing(body)?.hopsLeft))
    t.equal(Math.max(...left.map(Number)), ROUTE_LIMITS.relayPingHopsMax)
    t.equal(new Set(left).size, links, 'it shrinks with every link')
    t.same(web.at(1).pings.sizes, { seen: links > 1 ? 1 : 0, underWay: 0 })
  })
}

t.test('without a link or a way nothing is sent, nor to whom is too far away', async t => {
  const web = PingWeb.line(10)
  await t.rejects(web.at(0).pings.ping(web.at(9).id, {}),
    { code: 'not-linked', message: /9 links away/ })
  web.cut(1, 2)
  await t.rejects(web.at(0).pings.ping(web.at(2).id, {}), { code: 'not-linked', message: /no way/ })
  t.ok(web.at(0).asked.every(({ name }) => name === PING_KIND))
  await t.rejects(web.at(0).pings.ping(web.at(0).id, {}), { code: 'not-linked' }, 'itself')
})

t.test('a way that grew longer ends after eight links', async t => {
  const web = PingWeb.line(11)
  const [first, last] = [web.at(0), web.at(10)]
  const members = [first.id, web.at(1).id, last.id]
  first.path = peer => ({ peer, hops: 2, rttMs: null, members })
  await t.rejects(first.pings.ping(last.id, {}), { code: 'request-failed', message: /too far$/ })
  t.same(web.at(9).asked, [], 'the ninth link is not used')
})

t.test('nothing goes round: not back, and not by another way', async t => {
  const web = new PingWeb(5, [[0, 1], [1, 2], [2, 3], [3, 1]])
  const target = web.at(4)
  const lead = (from: number, to: number): void => {
    web.at(from).path = peer =>
      ({ peer, hops: 2, rttMs: null, members: [web.at(from).id, web.at(to).id, peer] })
  }
  lead(0, 1)
  lead(1, 2)
  lead(2, 1)
  await t.rejects(web.at(0).pings.ping(target.id, {}), { message: /knows no way on$/ })
  lead(2, 3)
  lead(3, 1)
  await t.rejects(web.at(0).pings.ping(target.id, {}), { message: /was here already$/ })
  lead(1, 0)
  lead(3, 1)
  await t.rejects(web.at(3).pings.ping(target.id, {}), { message: /knows no way on$/ },
    'the first has one, by way of whom it came from')
})

t.test('a ping that is sent again is not passed on again, for a while', async t => {
  const web = PingWeb.line(3)
  const [one, two, three] = [web.at(0), web.at(1), web.at(2)]
  const nonce = [...new Uint8Array(16).fill(9)]
  t.same(await served(one, two, bodyFor(three)), nonce)
  t.match(await served(one, two, bodyFor(three)), /was here already/)
  t.same(await served(one, two, bodyFor(two)), nonce, 'whom it is for answers')
  web.nowMs += PULSE_LIMITS.relayKeptMs
  t.same(await served(one, two, bodyFor(three)), nonce)
})

t.test('what is no ping to be passed on is refused', async t => {
  const web = PingWeb.line(3)
  const [one, two, three] = [web.at(0), web.at(1), web.at(2)]
  const good = bodyFor(three)
  const bad = [
    new Uint8Array(0), good.subarray(1), new Uint8Array([...good, 0]), bodyFor(three, 0),
    bodyFor(three, 9), new Uint8Array(1_000),
  ]
  for (const body of bad) t.match(await served(one, two, body), /has 49 bytes and 1 to 8/)
  t.match(await served(one, two, bodyFor(three, 1)), /too far/)
  t.same(two.asked, [])
})

t.test('who says something else than it was asked is not believed', async t => {
  const web = PingWeb.line(3)
  const [one, two, three] = [web.at(0), web.at(1), web.at(2)]
  three.requests.serve(FAR_PING_KIND, () => new Uint8Array(960 << 10))
  await t.rejects(one.pings.ping(three.id, {}),
    { code: 'request-failed', message: /it answered with something else/ })
  two.requests.serve(FAR_PING_KIND, () => new Uint8Array(16))
  await t.rejects(one.pings.ping(three.id, {}),
    { code: 'request-failed', message: /answered with something else/ })
})

t.test('what fails on the way names the way', async t => {
  const web = PingWeb.line(4)
  const path = web.pathOf(web.at(1).id, web.at(3).id)
  web.at(1).path = () => path
  web.at(2).path = () => null
  const all = web.pathOf(web.at(0).id, web.at(3).id)
  web.at(0).path = () => all
  web.cut(2, 3)
  const [two, three] = [web.at(1).id.slice(0, 10), web.at(2).id.slice(0, 10)]
  await t.rejects(web.at(0).pings.ping(web.at(3).id, {}), {
    code: 'request-failed', message: new RegExp(`failed: ${three}: ${three} knows no way on$`),
  })
  t.not(two, three)
  web.at(2).requests.serve(FAR_PING_KIND, null)
  await t.rejects(web.at(0).pings.ping(web.at(3).id, {}),
    { message: new RegExp(`failed: ${three}: that peer has no handler of this kind$`) })
})
