import t from 'tap'
import { encodePrivate, type Private } from '../../../src/wire/private.js'
import { Peer } from '../../helpers/core-bench.js'
import { met, Side } from '../../helpers/private-side.js'

const NEWER = { code: new Uint8Array(8).fill(8), drawnMs: 50 }
const OLDER = { code: new Uint8Array(8).fill(7), drawnMs: 49 }

function sealedFor (side: Side, key: Uint8Array, sender: Side, what: object): Uint8Array {
  const plain = encodePrivate({
    kind: 'text', sender: sender.id, recipient: side.id, content: Uint8Array.of(104, 105), ...what,
  } as Private)
  return side.sealer.seal(plain, key)!
}

t.test('a letter is told once, however often it is read', async t => {
  const [alice, bob] = [new Side(1), new Side(2)]
  const content = sealedFor(alice, alice.pair.publicKey, bob, {})
  await alice.receive(bob.id, content)
  await alice.receive(bob.id, content)
  t.match(alice.told, [{ peer: bob.id, contact: null, text: 'hi', timestamp: 5, seq: 1 }])
  t.equal(alice.told.length, 1)
  await alice.receive(bob.id, content, { seq: 2 })
  t.equal(alice.told.length, 2, 'its author said it twice')
})

t.test('what is not of its author for this node, or no letter, is dropped', async t => {
  const [alice, bob, carol] = [new Side(1), new Side(2), new Side(3)]
  const key = alice.pair.publicKey
  const wrong: [string, Uint8Array][] = [
    ['no box', new Uint8Array(200)],
    ['empty', new Uint8Array(0)],
    ['sealed by another', sealedFor(alice, key, carol, {})],
    ['for another', sealedFor(alice, key, bob, { recipient: carol.id })],
    ['a greeting', sealedFor(alice, key, bob, { kind: 'greeting', nonce: new Uint8Array(16) })],
    ['inbox of no contact', sealedFor(alice, key, bob, { kind: 'inbox-changed', inbox: NEWER })],
    ['for another key', sealedFor(alice, carol.pair.publicKey, bob, {})],
    ['no layout', alice.sealer.seal(new Uint8Array(10), key)!],
  ]
  for (const [what, content] of wrong) {
    await alice.receive(bob.id, content)
    t.equal(alice.told.length, 0, what)
  }
  t.equal(alice.mail.dropped, wrong.length)
  await alice.receive(bob.id, sealedFor(alice, key, bob, {}), { isFormer: true })
  t.equal(alice.told.length, 0, 'a stranger at a former inbox')
})

t.test('a contact is heard at a former inbox, with either key', async t => {
  const [alice, bob] = [new Side(1), new Side(2)]
  await met(alice, bob)
  const made = alice.book.named('other')!.pair.publicKey
  await alice.receive(bob.id, sealedFor(alice, made, bob, {}), { isFormer: true })
  await alice.receive(bob.id, sealedFor(alice, alice.pair.publicKey, bob, {}), { seq: 2 })
  t.match(alice.told, [{ contact: 'other' }, { contact: 'other' }])
})

t.test('of two delivery codes of a contact the one drawn later counts', async t => {
  const [alice, bob] = [new Side(1), new Side(2)]
  await met(alice, bob)
  const made = alice.book.named('other')!.pair.publicKey
  for (const [seq, inbox] of [NEWER, OLDER].entries()) {
    const content = sealedFor(alice, made, bob, { kind: 'inbox-changed', inbox })
    await alice.receive(bob.id, content, { seq })
  }
  t.strictSame(alice.book.bound(bob.id)?.row.inbox, NEWER)
  t.same(alice.told, [], 'the operator is not bothered')
})

t.test('a contact that met this node a moment sooner is heard, under its identity', async t => {
  const alice = new Side(1, { isOpenToMembers: false })
  const bob = new Side(2)
  await alice.contacts.add({ name: 'bob' })
  const { pair } = alice.book.named('bob')!
  await alice.receive(bob.id, sealedFor(alice, pair.publicKey, bob, {}))
  t.equal(alice.told.length, 0, 'the key of the contact is awaited')
  await alice.contacts.setKey('bob', alice.sealer.exportKey(bob.pair.publicKey))
  await alice.receive(bob.id, sealedFor(alice, alice.pair.publicKey, bob, {}), { seq: 2 })
  t.equal(alice.told.length, 0, 'the inbox is for contacts')
  await alice.receive(bob.id, sealedFor(alice, pair.publicKey, bob, {}), { seq: 3 })
  t.match(alice.told, [{ peer: bob.id, contact: null }])
})

t.test('a letter goes to the key made for this node, at the inbox told last', async t => {
  const [alice, bob] = [new Side(1), new Side(2)]
  await met(alice, bob)
  await alice.mail.send('other', 'hi', {})
  const [sent] = alice.published
  t.ok(bob.sealer.open(sent!.content, bob.book.named('one')!.pair))
  t.equal(bob.sealer.open(sent!.content, bob.pair), null)
  await alice.mail.send(bob.id, 'hi', {})
  t.strictSame(alice.published[1]?.topic, sent?.topic, 'by identity it is the same contact')
  await bob.receive(alice.id, sent!.content)
  t.match(bob.told, [{ contact: 'one', text: 'hi' }])
})

t.test('contacts are told of another inbox where theirs is known, and counted all', async t => {
  const [alice, bob] = [new Side(1), new Side(2)]
  await met(alice, bob)
  await alice.contacts.add({ name: 'away', peer: new Peer(3).id })
  await alice.contacts.add({ name: 'awaited' })
  t.equal(await alice.mail.tellInbox(NEWER), 2)
  t.equal(alice.published.length, 1)
  await bob.receive(alice.id, alice.published[0]!.content)
  t.strictSame(bob.book.bound(alice.id)?.row.inbox, NEWER)
})

t.test('a letter that cannot be kept is told all the same', async t => {
  const { storeOf } = await import('../../helpers/private-nodes.js')
  const store = storeOf({ putLetter: async () => { throw new Error('disk full') } })
  const [alice, bob] = [new Side(1, { store }), new Side(2)]
  await alice.receive(bob.id, sealedFor(alice, alice.pair.publicKey, bob, {}))
  t.equal(alice.told.length, 1)
  t.match(alice.logged, [/could not be kept beyond this run: disk full/])
})

t.test('a member that is not linked is written to where its record says', async t => {
  const [alice, bob] = [new Side(1), new Side(2)]
  alice.wire(bob)
  alice.linked.length = 0
  await t.rejects(alice.mail.send(bob.id, 'hi', {}), { code: 'peer-unreachable' })
  t.equal(alice.published.length, 0)
  alice.recorded.set(bob.id, bob.code)
  await alice.mail.send(bob.id, 'hi', {})
  await bob.receive(alice.id, alice.published[0]!.content)
  t.match(bob.told, [{ peer: alice.id, text: 'hi' }])
})
