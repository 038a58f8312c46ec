/** Fills every limit of contacts and private messages. */
import { Inbox } from '../../src/hall/private/inbox.js'
import { Letters } from '../../src/hall/private/letters.js'
import { CONTACT_KIND } from '../../src/hall/requests.js'
import { PRIVATE_LIMITS as limits } from '../../src/limits.js'
import { createSealer } from '../../src/sealing/sealer.js'
import { encodeInbox, encodePrivate, hintOf, joinGreeting } from '../../src/wire/private.js'
import { Peer } from '../helpers/core-bench.js'
import { settled, Side } from '../helpers/private-side.js'
import { fill } from './fill.js'

const sealer = createSealer()
const STRANGER = new Peer(99).id

/** A side that seeks so many contacts, whose keys nobody has. */
async function seeking (count: number): Promise<Side> {
  const side = new Side(1)
  for (let i = 0; i < count; i++) {
    await side.contacts.add({ name: `c${i}` })
    await side.contacts.setKey(`c${i}`, sealer.exportKey(sealer.createPair().publicKey))
  }
  return side
}

/** A greeting with the right hint and a box that does not open. */
async function knocking (): Promise<{ side: Side, knock: () => Promise<number> }> {
  const side = await seeking(1)
  const [entry] = side.book.all()
  const hint = hintOf(entry!.pair.publicKey, bytes => new Peer(1).keys.suite.hash(bytes))
  const body = joinGreeting(hint, new Uint8Array(130).fill(9))
  return {
    side,
    knock: async () => {
      const before = side.opens
      await side.serve(CONTACT_KIND, body, STRANGER)
      return side.opens - before
    },
  }
}

function letterOf (bytes: number, seq: number): Parameters<Letters['keep']>[0] {
  return {
    from: STRANGER, name: '', incarnation: 1, seq, timestamp: 1, content: new Uint8Array(bytes),
  }
}

function clockedInbox (): { inbox: Inbox, clock: { ms: number } } {
  const clock = { ms: 1_000 }
  const { id, keys: { suite, publicKey } } = new Peer(1)
  let drawn = 0
  const inbox = new Inbox({
    clock: {
      nowMs: () => 0, wallMs: () => clock.ms, schedule: () => null, cancel: () => {},
      breathe: () => {},
    },
    entropy: { bytes: count => new Uint8Array(count).fill(++drawn) },
    identity: { id, publicKey }, suite, store: null,
  })
  void inbox.open([])
  return { inbox, clock }
}

fill('PRIVATE_LIMITS', {
  contactsMax: async t => {
    const { contacts } = new Side(1)
    for (let i = 0; i < limits.contactsMax; i++) await contacts.add({ name: `c${i}` })
    await t.rejects(contacts.add({ name: 'one more' }), { code: 'option-invalid' })
    await contacts.remove('c0')
    await t.resolves(contacts.add({ name: 'one more' }))
  },
  contactNameCharsMax: async t => {
    const { contacts } = new Side(1)
    await t.resolves(contacts.add({ name: '\u{1f600}'.repeat(limits.contactNameCharsMax) }))
    await t.rejects(contacts.add({ name: 'a'.repeat(limits.contactNameCharsMax + 1) }),
      { code: 'option-invalid' })
  },
  exchangeKeyCharsMax: t => {
    const pem = sealer.exportKey(sealer.createPair().publicKey)
    const most = pem.padStart(limits.exchangeKeyCharsMax)
    t.doesNotThrow(() => sealer.readKey(most))
    t.throws(() => sealer.readKey(` ${most}`), { code: 'exchange-key-invalid' })
  },
  greetingsPerLinkMax: async t => {
    const max = limits.greetingsPerLinkMax
    const side = await seeking(max + 3)
    side.greetings.onLinkUp(STRANGER, '192.0.2.1:1')
    t.equal(side.asked.length, max)
    side.greetings.onLinkUp(new Peer(98).id, '192.0.2.1:1')
    t.equal(side.asked.length, 2 * max)
    const hints = side.asked.map(({ body }) => Buffer.from(body.subarray(0, 8)).toString('hex'))
    t.equal(new Set(hints).size, max + 3, 'the next link seeks the others')
  },
  greetingsServedMax: async t => {
    const { knock } = await knocking()
    for (let i = 0; i < limits.greetingsServedMax; i++) t.equal(await knock(), 1)
    t.equal(await knock(), 0, 'not opened')
  },
  greetingsWindowMs: async t => {
    const { side, knock } = await knocking()
    for (let i = 0; i < limits.greetingsServedMax; i++) await knock()
    side.nowMs += limits.greetingsWindowMs - 1
    t.equal(await knock(), 0)
    side.nowMs += 1
    t.equal(await knock(), 1)
  },
  greetingTriesMax: async t => {
    const side = await seeking(1)
    side.linked.push(STRANGER)
    side.greetings.onLinkUp(STRANGER, '192.0.2.1:1')
    for (let i = 0; i < limits.greetingTriesMax; i++) {
      t.equal(side.asked.length, i + 1)
      side.answer(side.asked.at(-1)!, 'closed')
      await settled()
    }
    t.equal(side.asked.length, limits.greetingTriesMax)
  },
  greetingMaxMs: async t => {
    const side = await seeking(1)
    side.greetings.onLinkUp(STRANGER, '192.0.2.1:1')
    t.equal(side.asked[0]?.timeoutMs, limits.greetingMaxMs)
  },
  codesKnownMax: async t => {
    const side = new Side(1)
    const peers = Array.from({ length: limits.codesKnownMax + 1 }, (_, i) => `${STRANGER}${i}`)
    side.linked.push(...peers as never[])
    for (const peer of peers) {
      const code = side.greetings.codeOf(peer as never)
      side.answer(side.asked.at(-1)!, 'answered', encodeInbox(side.code))
      await code
    }
    t.equal(side.greetings.sizes.codes, limits.codesKnownMax)
    side.linked.length = 0
    t.equal(await side.greetings.codeOf(peers[0] as never), null, 'the oldest')
    t.same(await side.greetings.codeOf(peers[1] as never), side.code)
  },
  formerCodesMax: async t => {
    const { inbox } = clockedInbox()
    const first = inbox.topic
    for (let i = 0; i < limits.formerCodesMax; i++) await inbox.change()
    t.equal(inbox.standingOf(first), 'former')
    await inbox.change()
    t.equal(inbox.standingOf(first), 'gone')
    t.equal(inbox.topics().length, 1 + limits.formerCodesMax)
  },
  formerCodeKeptMs: async t => {
    const { inbox, clock } = clockedInbox()
    const first = inbox.topic
    await inbox.change()
    clock.ms += limits.formerCodeKeptMs
    t.equal(inbox.standingOf(first), 'former')
    clock.ms += 1
    t.equal(inbox.standingOf(first), 'gone')
  },
  unmetTriedMax: async t => {
    const side = await seeking(limits.unmetTriedMax + 2)
    const keys = side.book.all().map(({ pair }) => pair.publicKey)
    const content = encodePrivate({
      kind: 'text', sender: STRANGER, recipient: side.id, content: new Uint8Array(0),
    })
    await side.receive(STRANGER, sealer.seal(content, keys[limits.unmetTriedMax]!)!)
    t.equal(side.opens, 1 + limits.unmetTriedMax)
    t.equal(side.letters.size, 0)
    await side.receive(STRANGER, sealer.seal(content, keys[limits.unmetTriedMax - 1]!)!)
    t.equal(side.letters.size, 1)
  },
  lettersMax: async t => {
    const letters = new Letters(null)
    for (let seq = 1; seq <= limits.lettersMax + 1; seq++) await letters.keep(letterOf(1, seq))
    t.equal(letters.size, limits.lettersMax)
    t.equal(letters.list({}, () => null)[0]?.seq, 2, 'the oldest went')
    t.notOk(letters.has(letterOf(1, 1)))
  },
  lettersBytesMax: async t => {
    const letters = new Letters(null)
    const bytes = limits.lettersBytesMax / 4
    for (let seq = 1; seq <= 4; seq++) await letters.keep(letterOf(bytes, seq))
    t.equal(letters.size, 4)
    await letters.keep(letterOf(1, 5))
    t.same(letters.list({}, () => null).map(({ seq }) => seq), [2, 3, 4, 5])
    t.equal(letters.bytes, 3 * bytes + 1)
  },
})
