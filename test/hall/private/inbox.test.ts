import { join } from 'node:path'
import t from 'tap'
import { createNode } from '../../../src/create-node.js'
import { Inbox } from '../../../src/hall/private/inbox.js'
import { PRIVATE_LIMITS } from '../../../src/limits.js'
import type { OwnCode, Store } from '../../../src/ports.js'
import { toHex } from '../../../src/wire/hex.js'
import { inboxTopic } from '../../../src/wire/inbox.js'
import { EMPTY } from '../../contract/store.js'
import { Peer } from '../../helpers/core-bench.js'
import { startLinked, until } from '../../helpers/loopback-nodes.js'
import { storeOf } from '../../helpers/private-nodes.js'

const { id, keys: { suite, publicKey } } = new Peer(1)
const NOW_MS = 1_790_000_000_000

/** Draws bytes of 1, 2, … */
class Scene {
  nowMs = NOW_MS
  readonly written: (readonly OwnCode[])[] = []
  readonly inbox: Inbox
  #drawn = 0

  constructor (putDeliveryCodes: Store['putDeliveryCodes'] | null = async codes => {
    this.written.push(codes)
  }) {
    this.inbox = new Inbox({
      clock: {
        nowMs: () => 0, wallMs: () => this.nowMs, schedule: () => null, cancel: () => {},
        breathe: () => {},
      },
      entropy: { bytes: count => new Uint8Array(count).fill(++this.#drawn) },
      identity: { id, publicKey }, suite,
      store: putDeliveryCodes === null ? null : storeOf({ putDeliveryCodes }),
    })
  }
}

function code (seed: number, drawnMs = NOW_MS, leftMs: number | null = null): OwnCode {
  return { code: new Uint8Array(8).fill(seed), drawnMs, leftMs }
}

function topicOf (seed: number): string {
  return toHex(inboxTopic(new Uint8Array(8).fill(seed), id, bytes => suite.hash(bytes)))
}

t.test('a kept delivery code is used and not written again', async t => {
  const { inbox, written } = new Scene()
  t.equal(inbox.open([code(77, 5)]), undefined)
  t.equal(inbox.topic, topicOf(77))
  t.strictSame(inbox.code, { code: new Uint8Array(8).fill(77), drawnMs: 5 })
  t.same(written, [])
})

t.test('where none is kept one is drawn, and written where there is a store', async t => {
  const { inbox, written } = new Scene()
  await inbox.open([])
  t.equal(inbox.topic, topicOf(1))
  t.strictSame(written, [[code(1)]])
  const memory = new Scene(null)
  t.equal(memory.inbox.open([]), undefined)
  t.equal(memory.inbox.topic, topicOf(1))
})

t.test('a former code is read for a month, and the next has a later date', async t => {
  const scene = new Scene()
  const { inbox, written } = scene
  await inbox.open([])
  await inbox.change()
  t.strictSame(written.at(-1), [code(2, NOW_MS + 1), code(1, NOW_MS, NOW_MS)],
    'later although the clock stood')
  t.equal(inbox.topic, topicOf(2))
  t.same(inbox.topics().map(({ name }) => name), [2, 1].map(topicOf))
  t.same([2, 1, 3].map(seed => inbox.standingOf(topicOf(seed))), ['present', 'former', 'gone'])
  scene.nowMs += PRIVATE_LIMITS.formerCodeKeptMs
  t.equal(inbox.standingOf(topicOf(1)), 'former')
  scene.nowMs += 1
  t.equal(inbox.standingOf(topicOf(1)), 'gone')
  await inbox.change()
  t.same(written.at(-1)?.map(({ code: [seed] }) => seed), [3, 2], 'it is not kept either')
})

t.test('a change that cannot be kept changes nothing', async t => {
  let isFull = false
  const { inbox } = new Scene(async () => { if (isFull) throw new Error('disk full') })
  await inbox.open([])
  isFull = true
  await t.rejects(inbox.change(), { message: 'disk full' })
  t.equal(inbox.topic, topicOf(1))
  t.equal(inbox.topics().length, 1)
})

t.test('a node with a data directory has the same inbox in each run', async t => {
  const data = join(t.testdir({}), 'state')
  const topics: string[] = []
  for (let run = 0; run < 2; run++) {
    const node = await createNode({ host: '127.0.0.1', port: 0, data }, { log: () => {} })
    topics.push(node.inboxTopic)
    await node.close()
  }
  t.match(topics[0], /^[0-9a-f]{64}$/)
  t.equal(topics[1], topics[0])
})

t.test('a store that keeps no code is told, and the node has an inbox all the same', async t => {
  const store = storeOf({
    load: async () => EMPTY,
    putDeliveryCodes: async () => { throw new Error('disk full') },
  })
  const node = await startLinked(t, [], {}, { store })
  const warnings: string[] = []
  node.on('warning', ({ code }) => { warnings.push(code) })
  t.match(node.inboxTopic, /^[0-9a-f]{64}$/)
  await until(() => warnings.length > 0)
  t.same(warnings, ['store-failed'])
  await t.rejects(node.changeInbox(), { code: 'store-failed' })
})
