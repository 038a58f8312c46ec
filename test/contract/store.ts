/** What every Store promises, wherever it keeps its rows. */
import type { Test } from 'tap'
import type {
  ContactRow, Kept, LetterRow, OwnCode, Store, StoredSchedule,
} from '../../src/ports.js'
import { identityFromHash, type Identity } from '../../src/wire/identity.js'
import type { StoredMember } from '../../src/wire/record.js'

/** The adapter under test. */
export interface StoreRig {
  /** An empty store. */
  open (): Promise<Store>
  /** The same rows again after `close`. */
  reopen (closed: Store): Promise<Store>
}

/** The suite. */
export function storeContract (t: Test, rig: StoreRig): void {
  t.test('an empty store knows nobody and nothing', async t => {
    const store = await rig.open()
    t.same(await store.load(), EMPTY)
    await store.close()
  })

  t.test('what was put is there after it was closed and opened again', async t => {
    const store = await rig.open()
    await store.putMember(identity(1), member(1, '192.0.2.1:8080'))
    await store.putMember(identity(2), member(2, null))
    await store.putIncarnation(Date.UTC(2190, 0) * 1_024)
    await store.close()
    const again = await rig.reopen(store)
    const { members, incarnation } = await again.load()
    t.same(plain(members), plain([member(1, '192.0.2.1:8080'), member(2, null)]))
    t.equal(incarnation, Date.UTC(2190, 0) * 1_024)
    await again.close()
  })

  t.test('what is private is there after it was closed and opened again', async t => {
    const store = await rig.open()
    await store.putBoxKey(new Uint8Array(32).fill(1))
    await store.putBoxKey(new Uint8Array(32).fill(2))
    await store.putDeliveryCodes([code(1, null)])
    await store.putDeliveryCodes([code(2, null), code(1, 77)])
    await store.putContact('alice', contact('alice'))
    await store.putContact('\u00e9\ud83d\ude00!', FULL)
    await store.putContact('gone', contact('gone'))
    await store.putContact('gone', null)
    for (const number of [1, 300, 2]) await store.putLetter(letter(number), [])
    await store.putLetter(letter(301), [1, 2])
    await store.close()
    const again = await rig.reopen(store)
    const kept = await again.load()
    t.strictSame(kept.boxKey, new Uint8Array(32).fill(2))
    t.strictSame(kept.deliveryCodes, [code(2, null), code(1, 77)])
    t.strictSame(kept.contacts, [contact('alice'), FULL])
    t.strictSame(kept.letters, [letter(300), letter(301)], 'in the order of their numbers')
    await again.close()
  })

  t.test('a later row replaces an earlier one, and null removes it', async t => {
    const store = await rig.open()
    await store.putMember(identity(1), member(1, 'a.example:1'))
    await store.putMember(identity(1), member(7, 'b.example:2'))
    await store.putMember(identity(2), member(2, null))
    await store.putMember(identity(2), null)
    await store.putMember(identity(3), null)
    t.same(plain((await store.load()).members), plain([member(7, 'b.example:2')]))
    await store.close()
  })

  t.test('schedules are kept until they are removed', async t => {
    const store = await rig.open()
    const [first, second] = [schedule(1), { ...schedule(2), source: 'bob' }]
    await store.putSchedule(first.id, first)
    await store.putSchedule(second.id, second)
    await store.putSchedule(schedule(3).id, schedule(3))
    await store.putSchedule(schedule(3).id, null)
    await store.putSchedule(schedule(4).id, null)
    await store.close()
    const again = await rig.reopen(store)
    t.strictSame((await again.load()).schedules, [first, second])
    await again.close()
  })

  t.test('writes that nobody waits for keep their order', async t => {
    const store = await rig.open()
    const writes: Promise<void>[] = []
    for (let i = 1; i <= 200; i++) {
      writes.push(store.putMember(identity(i % 10), i % 3 === 0 ? null : member(i % 256, null)))
      writes.push(store.putIncarnation(i))
    }
    await Promise.all(writes)
    const { members, incarnation } = await store.load()
    t.equal(incarnation, 200)
    // Of each ten the last in 191 … 200; those divisible by three were removed.
    const expected = [191, 193, 194, 196, 197, 199, 200]
    t.same(members.map(({ body }) => body[0]).sort(), expected.sort())
    await store.close()
  })

  t.test('closing waits for what was put', async t => {
    const store = await rig.open()
    void store.putMember(identity(4), member(4, null))
    void store.putIncarnation(44)
    await store.close()
    const again = await rig.reopen(store)
    const { members, incarnation } = await again.load()
    t.equal(members.length, 1)
    t.equal(incarnation, 44)
    await again.close()
  })

  t.test('a put after the close is rejected', async t => {
    const store = await rig.open()
    await store.close()
    await t.rejects(store.putIncarnation(1))
    await t.rejects(store.putDeliveryCodes([code(1, null)]))
    await t.rejects(store.putBoxKey(new Uint8Array(32)))
    await t.rejects(store.putContact('alice', null))
    await t.rejects(store.putLetter(letter(1), []))
    await t.rejects(store.putSchedule(schedule(1).id, schedule(1)))
    await t.rejects(store.putMember(identity(1), member(1, null)))
  })
}

/** What nothing was put into. */
export const EMPTY: Kept = {
  members: [], incarnation: 0, deliveryCodes: [], boxKey: null, contacts: [], letters: [],
  schedules: [],
}

function code (seed: number, leftMs: number | null): OwnCode {
  return { code: new Uint8Array(8).fill(seed), drawnMs: 1_790_000_000_000 + seed, leftMs }
}

/** One whose key is awaited. */
export function contact (name: string): ContactRow {
  return {
    name, address: null, identity: null, isNamed: false, theirKey: null, inbox: null,
    secretKey: new Uint8Array(32).fill(5),
  }
}

const FULL: ContactRow = {
  name: '\u00e9\ud83d\ude00!',
  address: '[2001:db8::1]:8080',
  identity: identityFromHash(new Uint8Array(32).fill(7)),
  isNamed: true,
  secretKey: new Uint8Array(32).fill(6),
  theirKey: new Uint8Array(32).fill(8),
  inbox: { code: new Uint8Array(8).fill(9), drawnMs: 1_790_000_000_001 },
}

export function letter (number: number): LetterRow {
  return {
    number, from: identityFromHash(new Uint8Array(32).fill(3)), name: `n\u00e9${number}`,
    incarnation: 2 ** 52 + number, seq: 2 ** 32 - 1, timestamp: 1_790_000_000,
    content: new Uint8Array(number).fill(4),
  }
}

/** Its content is no text. */
function schedule (seed: number): StoredSchedule {
  return {
    id: seed.toString(16).padStart(16, '0'),
    expression: '*/5 * * * *',
    topic: 'status',
    content: Uint8Array.of(seed, 255, 0),
    source: null,
  }
}

export function identity (seed: number): Identity {
  return identityFromHash(new Uint8Array(32).fill(seed))
}

/** The first byte of the body is the seed. */
export function member (seed: number, address: string | null): StoredMember {
  return {
    body: Uint8Array.of(seed, 1, 2, 3),
    signature: new Uint8Array(64).fill(seed),
    address,
    linkedMs: 1_790_000_000_000 + seed,
  }
}

function plain (members: readonly StoredMember[]): unknown {
  return members.map(({ body, signature, address, linkedMs }) => (
    { body: [...body], signature: [...signature], address, linkedMs }
  ))
}
