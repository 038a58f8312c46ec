import t from 'tap'
import { createSealer } from '../../../src/sealing/sealer.js'
import { Peer } from '../../helpers/core-bench.js'
import { Side } from '../../helpers/private-side.js'
import { storeOf } from '../../helpers/private-nodes.js'

const sealer = createSealer()
const { id: bob } = new Peer(2)

function keyOf (): string {
  return sealer.exportKey(sealer.createPair().publicKey)
}

t.test('a name has one to fifty characters that can be printed, and is no identity', async t => {
  const { contacts } = new Side(1)
  for (const name of ['a', 'Alice B.', '\u00e9\u{1f600}', 'x'.repeat(50), bob.slice(0, 50)]) {
    t.equal((await contacts.add({ name })).name, name)
  }
  for (const name of [
    '', ' a', 'a ', 'a\u001bb', 'a\nb', 'a\u202eb', 'x'.repeat(51), bob, 7 as never,
    null as never,
  ]) await t.rejects(contacts.add({ name }), { code: 'option-invalid' }, String(name))
  t.equal(contacts.list().length, 5)
})

t.test('an address is host:port, a peer a full identity of somebody else', async t => {
  const side = new Side(1)
  const { contacts } = side
  for (const address of ['', 'host', 'host:0', 'host:99999', `${bob}@192.0.2.1:1`, 5 as never]) {
    await t.rejects(contacts.add({ name: 'a', address }), { code: 'option-invalid' })
  }
  for (const peer of ['', bob.slice(0, 10), bob.toUpperCase(), side.id, 5 as never]) {
    await t.rejects(contacts.add({ name: 'a', peer }), { code: 'option-invalid' })
  }
  t.same(contacts.list(), [])
})

t.test('names and identities are unique', async t => {
  const { contacts } = new Side(1)
  await contacts.add({ name: 'bob', peer: bob })
  await t.rejects(contacts.add({ name: 'bob' }), { code: 'contact-exists' })
  await t.rejects(contacts.add({ name: 'robert', peer: bob }), { code: 'contact-exists' })
  await contacts.remove('bob')
  t.match(await contacts.add({ name: 'robert', peer: bob }), { state: 'ready', identity: bob })
})

t.test('each contact has an exchange key of its own', async t => {
  const { contacts } = new Side(1)
  const keys = new Set<string | null>()
  for (const name of ['c', 'a', 'b']) keys.add((await contacts.add({ name })).exchangeKey)
  t.equal(keys.size, 3)
  t.same(contacts.list().map(({ name }) => name), ['a', 'b', 'c'])
  t.ok(keys.has(contacts.get('a')?.exchangeKey ?? ''))
  t.equal(contacts.get('nobody'), null)
})

t.test('the address is dialled from the first key on, and no more when removed', async t => {
  const side = new Side(1)
  const address = '192.0.2.1:8080'
  await side.contacts.add({ name: 'bob', address })
  await side.contacts.add({ name: 'same', address })
  t.same(side.dialled, [])
  t.match(await side.contacts.setKey('bob', keyOf()), { state: 'unmet' })
  t.same(side.dialled, [{ address, identity: null }])
  await side.contacts.setKey('same', keyOf())
  await side.contacts.remove('bob')
  t.same(side.undialled, [], 'the other contact has the same address')
  await side.contacts.remove('same')
  t.same(side.undialled, [{ address, identity: null }])
  await side.contacts.add({ name: 'carol', address, peer: bob })
  t.same(side.dialled.at(-1), { address, identity: bob })
})

t.test('another key means that the contact is met anew, unless it was named', async t => {
  const side = new Side(1)
  const address = '192.0.2.1:8080'
  await side.contacts.add({ name: 'bob', address })
  const key = keyOf()
  await side.contacts.setKey('bob', key)
  await side.book.put({ ...side.book.named('bob')!.row, identity: bob })
  t.same(side.dialled.at(-1), { address, identity: bob })
  t.match(await side.contacts.setKey('bob', key), { state: 'ready', identity: bob }, 'the same')
  t.match(await side.contacts.setKey('bob', keyOf()), { state: 'unmet', identity: null })
  t.same(side.undialled.at(-1), { address, identity: bob })
  t.same(side.dialled.at(-1), { address, identity: null })
  await side.contacts.remove('bob')
  await side.contacts.add({ name: 'named', peer: bob })
  await side.contacts.setKey('named', keyOf())
  t.match(await side.contacts.setKey('named', keyOf()), { state: 'ready', identity: bob })
})

t.test('a key is set for whom one knows, and is not one\'s own', async t => {
  const { contacts } = new Side(1)
  await t.rejects(contacts.setKey('nobody', keyOf()), { code: 'contact-unknown' })
  await t.rejects(contacts.remove('nobody'), { code: 'contact-unknown' })
  const { exchangeKey } = await contacts.add({ name: 'bob' })
  await t.rejects(contacts.setKey('bob', exchangeKey ?? ''),
    { code: 'exchange-key-invalid', message: /this node made itself/ })
  await t.rejects(contacts.setKey('bob', 'rubbish'), { code: 'exchange-key-invalid' })
  await t.rejects(contacts.setKey('bob', null as never), { code: 'exchange-key-invalid' })
  t.match(contacts.get('bob'), { state: 'awaiting-key' })
})

t.test('what cannot be kept is as it was before', async t => {
  let isFull = false
  const side = new Side(1, {
    store: storeOf({ putContact: async () => { if (isFull) throw new Error('disk full') } }),
  })
  const { contacts } = side
  await contacts.add({ name: 'bob', address: '192.0.2.1:8080' })
  isFull = true
  await t.rejects(contacts.add({ name: 'carol' }), { code: 'store-failed' })
  await t.rejects(contacts.setKey('bob', keyOf()), { code: 'store-failed' })
  await t.rejects(contacts.remove('bob'), { code: 'store-failed' })
  t.match(contacts.list(), [{ name: 'bob', state: 'awaiting-key' }])
  t.same(side.undialled, side.dialled)
})
