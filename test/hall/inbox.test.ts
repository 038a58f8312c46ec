import { join } from 'node:path'
import t from 'tap'
import { createNode } from '../../src/create-node.js'
import { Inbox } from '../../src/hall/inbox.js'
import type { Store } from '../../src/ports.js'
import { toHex } from '../../src/wire/hex.js'
import { inboxTopic } from '../../src/wire/inbox.js'
import { Peer } from '../helpers/core-bench.js'
import { startLinked, until } from '../helpers/loopback-nodes.js'

const { id, keys: { suite, publicKey } } = new Peer(1)
const hash = (bytes: Uint8Array): Uint8Array => suite.hash(bytes)

interface Scene {
  readonly inbox: Inbox
  readonly written: Uint8Array[]
}

/** Draws bytes of 1, 2, … */
function scene (hasStore = true): Scene {
  const written: Uint8Array[] = []
  let drawn = 0
  const store: Partial<Store> = {
    putDeliveryCode: async code => { written.push(code) },
  }
  const inbox = new Inbox({
    entropy: { bytes: count => new Uint8Array(count).fill(++drawn) },
    identity: { id, publicKey }, suite, store: hasStore ? store as Store : null,
  })
  return { inbox, written }
}

t.test('a kept delivery code is used and not written again', async t => {
  const { inbox, written } = scene()
  const code = new Uint8Array(8).fill(77)
  t.equal(inbox.open(code), undefined)
  t.equal(inbox.topic, toHex(inboxTopic(code, id, hash)))
  t.same(written, [])
})

t.test('where none is kept one is drawn, and written where there is a store', async t => {
  for (const hasStore of [true, false]) {
    const { inbox, written } = scene(hasStore)
    await inbox.open(null)
    const code = new Uint8Array(8).fill(1)
    t.equal(inbox.topic, toHex(inboxTopic(code, id, hash)))
    t.same(written, hasStore ? [code] : [])
  }
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
  const store: Store = {
    load: async () => ({ members: [], incarnation: 0, deliveryCode: null, schedules: [] }),
    putMember: async () => {},
    putIncarnation: async () => {},
    putSchedule: async () => {},
    putDeliveryCode: async () => { throw new Error('disk full') },
    close: async () => {},
  }
  const node = await startLinked(t, [], {}, { store })
  const warnings: string[] = []
  node.on('warning', ({ code }) => { warnings.push(code) })
  t.match(node.inboxTopic, /^[0-9a-f]{64}$/)
  await until(() => warnings.length > 0)
  t.same(warnings, ['store-failed'])
})
