/**
 * An author that signs two versions of its log and shows one to three real members and the other to
 * three others. All of them tell within one exchange, and take nothing more of that log.
 */
import t from 'tap'
import { BULLETIN_LIMITS } from '../../src/limits.js'
import { createIdentity } from '../../src/tls/keys.js'
import { createSuite } from '../../src/tls/suite.js'
import { encodeBatchHead, joinBatch } from '../../src/wire/batch.js'
import { encodeItems } from '../../src/wire/bulletin.js'
import { signedBytes } from '../../src/wire/record.js'
import { Attacker, Honest, HOST, incarnationNow, NETWORK, until } from '../helpers/attacker.js'

const HALF = 3
/** Each of six compares with a random member: that none meets the other half is rare. */
const PERIODS = 3

t.test('a log of two versions is noticed by every member, and nobody takes more of it', async t => {
  const first = await Honest.start(t)
  const connect = [`${HOST}:${first.node.port}`]
  const members = [first]
  while (members.length < 2 * HALF) members.push(await Honest.start(t, { connect }))
  await until(() => members.every(one => members.every(other =>
    one === other || one.isLinkedWith(other.node.id))), 10_000, 'the mesh')
  const texts = members.map(({ node }) => {
    const got: string[] = []
    void (async () => {
      for await (const { content } of node.subscribe('news')) {
        got.push(new TextDecoder().decode(content))
      }
    })()
    return got
  })

  const identity = createIdentity('ed25519')
  const suite = createSuite(identity)
  const incarnation = incarnationNow()
  const topic = suite.hash(new TextEncoder().encode('news'))
  const sign = (first: number, text: string, previous: Uint8Array): Uint8Array[] => {
    const content = new TextEncoder().encode(text)
    const timestamp = Math.floor(Date.now() / 1_000)
    const items = encodeItems([{ topic, timestamp, nonce: 0, content }])
    const head = encodeBatchHead({
      publicKey: identity.publicKey, incarnation, first, count: 1, hopsMax: 0, previous,
      itemsHash: suite.hash(items),
    })
    return [joinBatch(head, suite.sign(signedBytes('batch', NETWORK, head)), items), head]
  }
  const nothing = new Uint8Array(0)
  const [one = nothing, oneHead = nothing] = sign(1, 'one', new Uint8Array(32))
  const [two = nothing] = sign(1, 'two', new Uint8Array(32))
  const links = []
  for (const { node } of members) {
    links.push(await Attacker.member(t, node.port, { hello: { incarnation } }, identity))
  }
  const startedMs = performance.now()
  links.forEach((link, i) => { link.say({ type: 'batch', hops: 0, batch: i < HALF ? one : two }) })
  await until(() => texts.every(got => got.length === 1), 2_000, 'each half has its version')
  t.same(texts.map(([text]) => text), ['one', 'one', 'one', 'two', 'two', 'two'])

  const hasNoticed = ({ notices }: Honest): boolean =>
    notices.some(told => told.kind === 'warning' && told.code === 'log-forked')
  await until(() => members.every(hasNoticed), PERIODS * BULLETIN_LIMITS.exchangeEveryMs,
    'a notice at every member')
  t.comment(`noticed by all after ${Math.round(performance.now() - startedMs)} ms`)
  const [more = nothing] = sign(2, 'more', suite.hash(oneHead))
  for (const link of links) if (!link.isOver) link.say({ type: 'batch', hops: 0, batch: more })
  const [honest] = members
  await honest?.node.publish('news', 'the end')
  await until(() => texts.every(got => got.includes('the end')), 3_000, 'what others publish')
  t.same(texts.filter(got => got.includes('more')), [], 'nothing more of it')
  t.ok(members.every(one => members.every(other => one === other || other.downs(one.node.id)
    .length === 0)), 'no honest link ended')
})
