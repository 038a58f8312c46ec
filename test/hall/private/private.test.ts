/** Contacts and private messages between real nodes on loopback. */
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createNode } from '../../../src/create-node.js'
import type { MessageReceived } from '../../../src/core/notice.js'
import type { Node } from '../../../src/node.js'
import { parseHex } from '../../../src/wire/hex.js'
import { isLinked, startLinked, until } from '../../helpers/loopback-nodes.js'
import {
  addContact, bytesBelow, isReady, meet, textsAt, watched,
} from '../../helpers/private-nodes.js'

const SECRET = 'the secret that nobody else may ever see'

/** Three nodes, linked with each other. */
async function three (t: Test): Promise<[Node, Node, Node]> {
  const one = await startLinked(t, [])
  const two = await startLinked(t, [one])
  return [one, two, await startLinked(t, [one, two])]
}

for (const first of ['the one with the other\'s address', 'the other']) {
  t.test(`keys exchanged by hand, set first by ${first}: both meet, then write`, async t => {
    const [alice, bob] = [await startLinked(t, []), await startLinked(t, [])]
    const forBob = await addContact(alice, 'bob', bob)
    const forAlice = await addContact(bob, 'alice', alice, false)
    t.match(alice.contacts.get('bob'), { state: 'awaiting-key', identity: null })
    const sets = [
      () => alice.contacts.setKey('bob', forAlice), () => bob.contacts.setKey('alice', forBob),
    ]
    if (first === 'the other') sets.reverse()
    await sets[0]!()
    if (first !== 'the other') await until(() => isLinked(alice, bob))
    await sets[1]!()
    await until(() => isReady(alice, 'bob') && isReady(bob, 'alice'))
    t.equal(alice.contacts.get('bob')?.identity, bob.id)
    t.equal(bob.contacts.get('alice')?.identity, alice.id)
    const told: MessageReceived[] = []
    bob.on('message', message => { told.push(message) })
    t.match(await alice.send('bob', 'hello'), { to: bob.id, contact: 'bob', seq: 1, linked: 1 })
    await until(() => told.length === 1)
    t.match(told[0], {
      kind: 'message', peer: alice.id, name: '', contact: 'alice', text: 'hello', seq: 1,
    })
    t.match(bob.inbox(), [{ from: alice.id, contact: 'alice', text: 'hello', seq: 1 }])
    await bob.send(alice.id, Uint8Array.of(0xff))
    await until(() => alice.inbox().length === 1)
    t.match(alice.inbox(), [{ contact: 'bob', text: null, content: Uint8Array.of(0xff) }])
  })
}

t.test('while a key is awaited nothing is dialled, sent or told', async t => {
  const [alice, bob] = [await startLinked(t, []), await startLinked(t, [])]
  await addContact(alice, 'bob', bob)
  await t.rejects(alice.send('bob', SECRET), { code: 'contact-awaiting-key' })
  const dials = alice.trace().filter(({ what }) => what.kind === 'dial')
  t.same(dials, [])
  const forAlice = await addContact(bob, 'alice', alice)
  await alice.contacts.setKey('bob', forAlice)
  await until(() => isLinked(alice, bob))
  await t.rejects(alice.send('bob', SECRET), { code: 'peer-unreachable' }, 'bob sets no key')
  t.match(alice.contacts.get('bob'), { state: 'unmet' })
  t.match(bob.contacts.get('alice'), { state: 'awaiting-key' })
})

t.test('who only saw an exchange key cannot become the contact', async t => {
  const [alice, bob, mallory] = await three(t)
  const forBob = await addContact(alice, 'bob', bob)
  const forAlice = await addContact(bob, 'alice', alice)
  // Mallory has what both handed over, and a contact of each name.
  await mallory.contacts.add({ name: 'alice' })
  await mallory.contacts.add({ name: 'bob' })
  await mallory.contacts.setKey('alice', forBob)
  await mallory.contacts.setKey('bob', forAlice)
  await alice.contacts.setKey('bob', forAlice)
  await until(() => alice.contacts.get('bob')?.state === 'unmet')
  const isAnswered = (node: Node): boolean => node.trace().filter(({ what }) =>
    what.kind === 'request-served' && what.status === 'failed').length > 0
  await until(() => isAnswered(bob))
  t.match(alice.contacts.get('bob'), { state: 'unmet', identity: null })
  await bob.contacts.setKey('alice', forBob)
  await until(() => isReady(alice, 'bob') && isReady(bob, 'alice'))
  t.equal(alice.contacts.get('bob')?.identity, bob.id)
  t.equal(bob.contacts.get('alice')?.identity, alice.id)
  t.notOk(isReady(mallory, 'alice'), 'it asked alice with a key that she made for bob')
  t.notOk(isReady(mallory, 'bob'))
})

t.test('nobody but the recipient can read a message, in any store', async t => {
  const directories = ['a', 'b', 'c'].map(name => join(t.testdir({}), name))
  const [one, two, three] = directories as [string, string, string]
  const alice = await startLinked(t, [], { data: one })
  const bob = await startLinked(t, [alice], { data: two })
  const carol = await startLinked(t, [alice, bob], { data: three })
  await meet(alice, 'bob', bob, 'alice')
  const { storedBy } = await alice.send('bob', SECRET, { wait: 'all' })
  t.same([...storedBy].sort(), [bob.id, carol.id].sort())
  await alice.publish('news', 'what all may read', { wait: 'all' })
  await until(() => textsAt(bob).includes(SECRET))
  t.same(textsAt(carol), [])
  for (const node of [alice, bob, carol]) await node.close()
  const [atAlice, atBob, atCarol] = [one, two, three].map(bytesBelow)
  t.ok(atCarol?.includes('what all may read'), 'bytes are looked at')
  t.notOk(atAlice?.includes(SECRET))
  t.notOk(atCarol?.includes(SECRET))
  t.ok(atBob?.includes(SECRET), 'opened, at its recipient')
})

t.test('a relay that publishes a sealed message again is not heard', async t => {
  const { log, dropped } = watched()
  const alice = await startLinked(t, [])
  const bob = await startLinked(t, [alice], {}, { log })
  const carol = await startLinked(t, [alice, bob])
  await alice.send(bob.id, 'from alice')
  await until(() => textsAt(bob).length === 1)
  const inbox = parseHex(bob.inboxTopic)!
  const sealed: Uint8Array[] = []
  await until(async () => {
    for await (const { content } of carol.query({ topic: inbox })) sealed.push(content)
    return sealed.length > 0
  })
  await carol.publish(inbox, sealed[0]!)
  await carol.publish(inbox, 'no box at all')
  await carol.send(bob.id, 'from carol')
  await until(() => textsAt(bob).length === 2)
  t.same(textsAt(bob), ['from alice', 'from carol'])
  t.match(dropped, [/somebody else sealed it/, /does not open/])
})

t.test('a contact by identity needs no keys; one that is away gets its letters', async t => {
  const data = join(t.testdir({}), 'bob')
  const alice = await startLinked(t, [])
  const bob = await startLinked(t, [alice], { data })
  const carol = await startLinked(t, [alice, bob])
  await alice.contacts.add({ name: 'bob', peer: bob.id })
  await alice.send('bob', 'first')
  await until(() => textsAt(bob).length === 1)
  await bob.close()
  await until(() => alice.peers().every(({ id, status }) => id !== bob.id || status !== 'linked'))
  await alice.send('bob', 'while you were away', { wait: 1 })
  await alice.close()
  const again = await startLinked(t, [carol], { data })
  await until(() => again.inbox().length === 2)
  t.same(textsAt(again), ['first', 'while you were away'])
})

t.test('a restart keeps contacts, keys and letters, and shows no letter twice', async t => {
  const [one, two] = ['a', 'b'].map(name => join(t.testdir({}), name)) as [string, string]
  const nodes = async (): Promise<[Node, Node]> => {
    const alice = await startLinked(t, [], { data: one })
    return [alice, await startLinked(t, [alice], { data: two })]
  }
  let [alice, bob] = await nodes()
  await meet(alice, 'bob', bob, 'alice')
  await alice.send('bob', 'before')
  await until(() => bob.inbox().length === 1)
  const before = [alice, bob].map(node => node.contacts.list())
  await Promise.all([alice.close(), bob.close()])
  ;[alice, bob] = await nodes()
  const told: (string | undefined)[] = []
  bob.on('message', ({ text }) => { told.push(text) })
  t.same([alice, bob].map(node => node.contacts.list())
    .map(([{ name, state, identity, exchangeKey } = {} as never]) =>
      ({ name, state, identity, exchangeKey })),
  before.map(([{ name, state, identity, exchangeKey } = {} as never]) =>
    ({ name, state, identity, exchangeKey })))
  t.same(textsAt(bob), ['before'])
  await alice.send('bob', 'after')
  await until(() => told.length > 0)
  t.same(told, ['after'])
  t.same(textsAt(bob), ['before', 'after'])
})

t.test('an inbox that was changed: contacts write on, also one that was away', async t => {
  const data = join(t.testdir({}), 'bob')
  const { log, dropped } = watched()
  const alice = await startLinked(t, [], {}, { log })
  const bob = await startLinked(t, [alice], { data })
  const stranger = await startLinked(t, [alice])
  await meet(alice, 'bob', bob, 'alice')
  await stranger.send(alice.id, 'from a stranger')
  await until(() => alice.inbox().length === 1)
  await bob.close()
  const former = alice.inboxTopic
  const changed = await alice.changeInbox()
  t.same(changed, { topic: alice.inboxTopic, contacts: 1 })
  t.not(changed.topic, former)
  // A stranger without another link to ask over: what it knows is the former code.
  const sealed: Uint8Array[] = []
  for await (const { content } of alice.query({ topic: parseHex(former)! })) sealed.push(content)
  await stranger.publish(parseHex(former)!, sealed[0]!)
  await until(() => dropped.some(line => line.includes('a former inbox only')))
  const again = await startLinked(t, [alice], { data })
  await again.send('alice', 'back again')
  await until(() => alice.inbox().length === 2)
  t.same(textsAt(alice), ['from a stranger', 'back again'])
  t.match(alice.inbox(), [{ contact: null }, { contact: 'bob' }])
})

t.test('a contact that is linked is told of another inbox at once', async t => {
  const [alice, bob] = [await startLinked(t, []), await startLinked(t, [])]
  await meet(alice, 'bob', bob, 'alice')
  for (let round = 1; round <= 3; round++) {
    await alice.changeInbox()
    const topics = (): string[] => bob.trace().flatMap(({ what }) =>
      what.kind === 'publish-asked' ? [Buffer.from(what.item.topic).toString('hex')] : [])
    await until(async () => {
      await bob.send('alice', `round ${round}`)
      return topics().at(-1) === alice.inboxTopic
    })
  }
  await until(() => textsAt(alice).at(-1) === 'round 3')
})

t.test('with inbox: contacts a stranger is not told where to write', async t => {
  const alice = await startLinked(t, [], { inbox: 'contacts' })
  const bob = await startLinked(t, [alice])
  await t.rejects(bob.send(alice.id, 'hello'), { code: 'peer-unreachable' })
  await alice.contacts.add({ name: 'bob', peer: bob.id })
  await bob.send(alice.id, 'hello')
  await until(() => alice.inbox().length === 1)
  t.match(alice.inbox(), [{ contact: 'bob', text: 'hello' }])
})

t.test('a contact\'s address that answers with another key is refused loudly', async t => {
  const bob = await startLinked(t, [])
  const alice = await startLinked(t, [])
  const warnings: string[] = []
  alice.on('warning', ({ code }) => { warnings.push(code) })
  const other = await createNode({ host: '127.0.0.1', port: 0 }, { log: () => {} })
  t.teardown(() => other.close())
  await alice.contacts.add({ name: 'bob', peer: bob.id, address: other.address })
  await until(() => warnings.includes('identity-mismatch'))
  t.notOk(isLinked(alice, other))
})

t.test('a contact that is removed is dialled no more, and has nothing to say', async t => {
  const [alice, bob] = [await startLinked(t, []), await startLinked(t, [])]
  await meet(alice, 'bob', bob, 'alice')
  await alice.contacts.remove('bob')
  t.equal(alice.contacts.get('bob'), null)
  t.ok(isLinked(alice, bob), 'the link stays')
  await t.rejects(alice.send('bob', 'hello'), { code: 'contact-unknown' })
  await t.rejects(alice.contacts.remove('bob'), { code: 'contact-unknown' })
  await until(() => alice.trace().some(({ what }) => what.kind === 'disconnect-asked'))
})

t.test('calls that cannot be', async t => {
  const [alice, bob, stranger] = await three(t)
  const short = bob.id.slice(0, 10)
  await t.rejects(alice.send(short, 'hi'), { code: 'contact-unknown', message: /full identity/ })
  await t.rejects(alice.send(alice.id, 'hi'), { code: 'option-invalid' })
  await t.rejects(alice.send(bob.id, 5 as never), { code: 'option-invalid' })
  await t.rejects(alice.send(bob.id, new Uint8Array(262_144 - 113)), { code: 'option-invalid' })
  await t.resolves(alice.send(bob.id, new Uint8Array(262_144 - 114)))
  await t.rejects(alice.send(`${'a'.repeat(51)}a`, 'hi'), { code: 'peer-unreachable' })
  await stranger.close()
  await until(() => alice.peers().some(({ status }) => status === 'left'))
  await t.rejects(alice.send(stranger.id, 'hi'), { code: 'peer-unreachable' }, 'never asked')
  await alice.close()
  await t.rejects(alice.send(bob.id, 'hi'), { code: 'node-closed' })
  await t.rejects(alice.changeInbox(), { code: 'node-closed' })
  await t.rejects(alice.contacts.add({ name: 'late' }), { code: 'node-closed' })
})
