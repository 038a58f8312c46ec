import t from 'tap'
import type { PrivateSide } from '../../src/api/served.js'
import { GossipError } from '../../src/errors.js'
import type { Contact } from '../../src/hall/private/contacts.js'
import { startLinked } from '../helpers/loopback-nodes.js'
import { contactRow, stageOn } from './stage.js'

t.test('contacts are added, given keys, listed with their status, and removed', async t => {
  const other = await startLinked(t, [])
  const rows = new Map<string, Contact>()
  const contacts: PrivateSide['contacts'] = {
    add: async ({ name, peer = null, address = null }) => {
      if (rows.has(name)) throw new GossipError('busy', 'twice')
      const identity = peer as Contact['identity']
      const row = contactRow({ name, identity, address, state: 'awaiting-key' })
      rows.set(name, row)
      return row
    },
    setKey: async (name, pem) => ({ ...contactRow({ name }), exchangeKey: pem }),
    list: () => [...rows.values()],
    get: name => rows.get(name) ?? null,
    remove: async name => { rows.delete(name) },
  }
  const stage = await stageOn(t, [other], {}, { contacts })
  const added = await stage.post('/v1/contacts', { name: 'bob b', peer: other.id })
  t.same(added, { status: 200, body: {
    name: 'bob b', state: 'awaiting-key', address: null, identity: other.id, exchangeKey: null,
    status: 'linked',
  } })
  t.match(await stage.post('/v1/contacts', { name: 'eve', address: 'h:1' }), {
    body: { address: 'h:1', identity: null, status: null },
  })
  const { body } = await stage.get('/v1/contacts')
  t.match(body, { contacts: [{ name: 'bob b' }, { name: 'eve' }] })
  t.match(await stage.post('/v1/contacts', { name: 'eve' }), { status: 503 })
  const keyed = await stage.post('/v1/contacts/bob%20b/key', { pem: 'PEM' }, 'PUT')
  t.match(keyed, { status: 200, body: { name: 'bob b', exchangeKey: 'PEM' } })
  t.same((await stage.post('/v1/contacts/eve', undefined, 'DELETE')).body, { name: 'eve' })
  t.equal(rows.size, 1)
})

t.test('private messages are sent and read, and the inbox is changed', async t => {
  const asked: unknown[][] = []
  const stage = await stageOn(t, [], {}, {
    send: async (to, content, options) => {
      const { signal, ...rest } = options ?? {}
      asked.push([to, content, rest, signal instanceof AbortSignal])
      return { to: stage.node.id, contact: 'bob', seq: 3, linked: 1, storedBy: [] }
    },
    inbox: match => {
      asked.push([match])
      const row = { from: stage.node.id, name: 'n', contact: null, incarnation: 1, timestamp: 2 }
      return [
        { ...row, seq: 1, text: 'hi', content: Buffer.from('hi') },
        { ...row, seq: 2, text: null, content: Buffer.of(255) },
      ]
    },
    changeInbox: async () => ({ topic: 'ab'.repeat(32), contacts: 2 }),
  })
  t.same(await stage.post('/v1/send', { to: 'bob', text: 'x', wait: 'all', timeoutMs: 5 }), {
    status: 200, body: { to: stage.node.id, contact: 'bob', seq: 3, linked: 1, storedBy: [] },
  })
  const { body } = await stage.get('/v1/inbox?since=7&limit=2')
  t.match(body, { topic: stage.node.inboxTopic, messages: [{ text: 'hi' }, { data: '/w==' }] })
  t.same(asked, [
    ['bob', 'x', { wait: 'all', timeoutMs: 5 }, true], [{ since: 7, limit: 2 }],
  ])
  t.same(await stage.post('/v1/inbox/change'), {
    status: 200, body: { topic: 'ab'.repeat(32), contacts: 2 },
  })
})
