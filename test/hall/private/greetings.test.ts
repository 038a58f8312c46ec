import t from 'tap'
import { CONTACT_KIND, INBOX_KIND } from '../../../src/hall/requests.js'
import { PRIVATE_LIMITS } from '../../../src/limits.js'
import type { Identity } from '../../../src/wire/identity.js'
import {
  decodeInbox, encodePrivate, GREETING_BYTES, hintOf, joinGreeting, type Private,
} from '../../../src/wire/private.js'
import { Random } from '../../../src/core/random.js'
import { Peer } from '../../helpers/core-bench.js'
import { met, settled, Side } from '../../helpers/private-side.js'

const NONCE = new Uint8Array(16).fill(4)
const hash = (bytes: Uint8Array): Uint8Array => new Peer(1).keys.suite.hash(bytes)

/** Alice and Bob are contacts of each other and have set their keys; nobody is linked. */
async function pair (): Promise<{ alice: Side, bob: Side, forBob: Uint8Array }> {
  const [alice, bob] = [new Side(1), new Side(2)]
  const forBob = await alice.contacts.add({ name: 'bob' })
  const forAlice = await bob.contacts.add({ name: 'alice' })
  await alice.contacts.setKey('bob', forAlice.exchangeKey ?? '')
  await bob.contacts.setKey('alice', forBob.exchangeKey ?? '')
  return { alice, bob, forBob: alice.sealer.readKey(forBob.exchangeKey ?? '') }
}

/** A greeting with the right hint, sealed to `key` by whoever has it. */
function greeting (side: Side, key: Uint8Array, what: Partial<Private> & object): Uint8Array {
  const plain = encodePrivate({
    kind: 'greeting', sender: side.id, recipient: side.id, nonce: NONCE, ...what,
  } as Private)
  return joinGreeting(hintOf(key, hash), side.sealer.seal(plain, key)!)
}

t.test('each side binds the other by its own question, and learns where to write', async t => {
  const [alice, bob] = [new Side(1), new Side(2)]
  await met(alice, bob)
  t.match(alice.contacts.get('other'), { state: 'ready', identity: bob.id })
  t.match(bob.contacts.get('one'), { state: 'ready', identity: alice.id })
  t.strictSame(alice.book.bound(bob.id)?.row.inbox, bob.code)
  t.strictSame(bob.book.bound(alice.id)?.row.inbox, alice.code)
  const asked = alice.asked.length
  bob.code = { code: new Uint8Array(8).fill(9), drawnMs: 1 }
  alice.greetings.onLinkUp(bob.id, '192.0.2.1:1')
  await settled()
  t.equal(alice.asked.length, asked + 1)
  t.strictSame(alice.book.bound(bob.id)?.row.inbox, bob.code, 'asked anew at each link')
})

t.test('a right greeting is answered and greeted back; the asker alone binds by it', async t => {
  const { alice, bob, forBob } = await pair()
  const body = greeting(alice, forBob, { sender: bob.id, recipient: alice.id })
  const { status } = await alice.serve(CONTACT_KIND, body, bob.id)
  t.equal(status, 'answered')
  t.equal(alice.contacts.get('bob')?.identity, null)
  t.match(alice.asked, [{ name: CONTACT_KIND, peer: bob.id }])
})

t.test('a greeting is refused, always in the same words, when anything of it is wrong', async t => {
  const { alice, bob, forBob } = await pair()
  const carol = new Peer(3).id
  const between = { sender: bob.id, recipient: alice.id }
  const wrong: [string, Uint8Array, Identity][] = [
    ['handed on', greeting(alice, forBob, between), carol],
    ['for somebody else', greeting(alice, forBob, { ...between, recipient: carol }), bob.id],
    ['of another sender', greeting(alice, forBob, { ...between, sender: carol }), bob.id],
    ['no greeting', greeting(alice, forBob, {
      ...between, kind: 'text', content: NONCE,
    } as Partial<Private>), bob.id],
    ['another key', greeting(alice, bob.pair.publicKey, between), bob.id],
    ['short', greeting(alice, forBob, between).subarray(1), bob.id],
    ['nothing', new Uint8Array(0), bob.id],
  ]
  const refusals = new Set<string>()
  for (const [what, body, from] of wrong) {
    const { status, body: why } = await alice.serve(CONTACT_KIND, body, from)
    t.equal(status, 'failed', what)
    refusals.add(Buffer.from(why).toString())
  }
  t.equal(refusals.size, 1)
  t.equal(alice.greetings.refused, wrong.length)
  t.same(alice.asked, [], 'nobody is greeted back')
})

t.test('while a key is awaited, or somebody else is bound, nobody is answered', async t => {
  const side = new Side(1)
  const bob = new Peer(2).id
  const { exchangeKey } = await side.contacts.add({ name: 'bob' })
  const key = side.sealer.readKey(exchangeKey ?? '')
  const body = greeting(side, key, { sender: bob, recipient: side.id })
  t.equal((await side.serve(CONTACT_KIND, body, bob)).status, 'failed')
  t.equal(side.opens, 0)
  const theirs = side.sealer.createPair()
  await side.contacts.setKey('bob', side.sealer.exportKey(theirs.publicKey))
  t.equal((await side.serve(CONTACT_KIND, body, bob)).status, 'answered')
  await side.book.put({ ...side.book.named('bob')!.row, identity: new Peer(3).id })
  t.equal((await side.serve(CONTACT_KIND, body, bob)).status, 'failed')
})

t.test('an answer that is not the right one binds nobody', async t => {
  const { alice, bob, forBob } = await pair()
  const right = { sender: bob.id, recipient: alice.id, inbox: bob.code }
  const answers: Partial<Private>[] = [
    { ...right, sender: new Peer(3).id },
    { ...right, recipient: bob.id },
    { ...right, nonce: new Uint8Array(16) } as Partial<Private>,
    { ...right, kind: 'inbox-changed' },
  ]
  for (const answer of answers) {
    alice.greetings.onLinkUp(bob.id, '192.0.2.1:1')
    const sealed = alice.sealer.seal(encodePrivate({
      kind: 'greeting-answer', nonce: NONCE, ...answer,
    } as Private), forBob)!
    alice.answer(alice.asked.at(-1)!, 'answered', sealed)
    await settled()
  }
  alice.greetings.onLinkUp(bob.id, '192.0.2.1:1')
  alice.answer(alice.asked.at(-1)!, 'answered', new Uint8Array(1_000_000))
  await settled()
  t.equal(alice.contacts.get('bob')?.identity, null)
  t.equal(alice.greetings.refused, answers.length + 1)
})

t.test('hundreds of bodies of random bytes do no harm, and are mostly not opened', async t => {
  const { alice, bob, forBob } = await pair()
  const random = new Random(7)
  for (let i = 0; i < 500; i++) {
    const length = i % 2 === 0 ? GREETING_BYTES : random.below(400)
    const body = Uint8Array.from({ length }, () => random.below(256))
    if (i % 3 === 0) body.set(hintOf(forBob, hash).subarray(0, length))
    t.equal((await alice.serve(CONTACT_KIND, body, bob.id)).status, 'failed')
  }
  t.equal(alice.opens, PRIVATE_LIMITS.greetingsServedMax, 'with a right hint so many are')
  t.same(alice.asked, [])
  t.equal(alice.contacts.get('bob')?.state, 'unmet')
  await met(alice, new Side(5))
  t.equal(alice.contacts.get('other')?.state, 'ready', 'others are met all the same')
})

t.test('one identity is one contact', async t => {
  const [alice, bob] = [new Side(1), new Side(2)]
  await met(alice, bob)
  const second = await alice.contacts.add({ name: 'second' })
  const forAlice = await bob.contacts.add({ name: 'alice again' })
  await alice.contacts.setKey('second', forAlice.exchangeKey ?? '')
  await bob.contacts.setKey('alice again', second.exchangeKey ?? '')
  await settled()
  t.equal(alice.contacts.get('second')?.state, 'unmet')
  t.equal(alice.contacts.get('other')?.identity, bob.id)
})

t.test('the inbox is told to whoever asks with nothing, or to contacts alone', async t => {
  const asker = new Peer(3).id
  const nothing = new Uint8Array(0)
  const open = new Side(1)
  const { status, body } = await open.serve(INBOX_KIND, nothing, asker)
  t.equal(status, 'answered')
  t.strictSame(decodeInbox(body), open.code)
  t.equal((await open.serve(INBOX_KIND, NONCE, asker)).status, 'failed')
  const closed = new Side(1, { isOpenToMembers: false })
  t.equal((await closed.serve(INBOX_KIND, nothing, asker)).status, 'failed')
  await closed.contacts.add({ name: 'asker', peer: asker })
  t.equal((await closed.serve(INBOX_KIND, nothing, asker)).status, 'answered')
})

t.test('of a stranger the code is asked for anew while linked, and remembered after', async t => {
  const [alice, bob] = [new Side(1), new Side(2)]
  t.equal(await alice.greetings.codeOf(bob.id), null)
  alice.wire(bob)
  t.same(await alice.greetings.codeOf(bob.id), bob.code)
  bob.code = { code: new Uint8Array(8).fill(9), drawnMs: 1 }
  t.same(await alice.greetings.codeOf(bob.id), bob.code)
  alice.linked.length = 0
  t.same(await alice.greetings.codeOf(bob.id), bob.code)
})
