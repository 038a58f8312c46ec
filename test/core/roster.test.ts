import t from 'tap'
import { isNewer, Roster, type Judgement, type Origin } from '../../src/core/roster.js'
import { ROSTER_LIMITS } from '../../src/limits.js'
import type { DigestRow } from '../../src/wire/frame.js'
import type { SignedRecord } from '../../src/wire/record.js'
import { DAY_MS, EPOCH_MS, NETWORK_HASH, Peer } from '../helpers/core-bench.js'

const me = new Peer(1)
const [teller, other] = [new Peer(2), new Peer(3)]
const OWN: DigestRow = { identity: me.id, incarnation: 9, version: 1 }
const TOLD: Origin = { teller: teller.id, proven: false, overLoopback: false }

function rosterOf (membersMax = 1_024): Roster {
  return new Roster(me.keys.suite, { me: me.id, networkHash: NETWORK_HASH, membersMax })
}

function tell (
  roster: Roster, signed: SignedRecord, origin: Origin = TOLD, wallMs = EPOCH_MS,
): Judgement {
  return roster.offer(signed, origin, 0, wallMs)
}

/** The peer's own record over its own link. */
function prove (roster: Roster, peer: Peer, signed = peer.record()): Judgement {
  return tell(roster, signed, { teller: peer.id, proven: true, overLoopback: false })
}

function strangers (count: number, from = 100): Peer[] {
  return Array.from({ length: count }, (_, i) => new Peer(from + i))
}

function verdicts (roster: Roster, peers: readonly Peer[], origin = TOLD): string[] {
  return peers.map(peer => tell(roster, peer.record(), origin).verdict)
}

t.test('the newest incarnation wins, within it the newest version', async t => {
  const roster = rosterOf()
  const course: [number, number, string][] = [
    [5, 3, 'newer'], [5, 3, 'known'], [5, 2, 'known'], [5, 4, 'newer'], [4, 9, 'known'],
    [6, 1, 'newer'], [5, 99, 'known'],
  ]
  for (const [incarnation, version, verdict] of course) {
    t.equal(tell(roster, teller.record({ incarnation, version })).verdict, verdict)
  }
  t.match(roster.get(teller.id)?.record, { incarnation: 6, version: 1 })
  t.ok(isNewer({ incarnation: 2, version: 1 }, { incarnation: 1, version: 2 }))
  t.notOk(isNewer({ incarnation: 1, version: 1 }, { incarnation: 1, version: 1 }))
})

t.test('a newer record brings along what was held before', async t => {
  const roster = rosterOf()
  t.match(tell(roster, teller.record()), { verdict: 'newer', before: null })
  t.match(tell(roster, teller.record({ version: 2 })), {
    verdict: 'newer', before: { record: { version: 1 } }, member: { record: { version: 2 } },
  })
})

t.test('a record is believed of anybody, but only with its own signature and for this network',
  async t => {
    const roster = rosterOf()
    const good = other.record()
    t.equal(tell(roster, { ...good, signature: teller.record().signature }).verdict, 'false')
    t.equal(tell(roster, { ...good, body: good.body.slice(1) }).verdict, 'false')
    const elsewhere = new Roster(me.keys.suite, {
      me: me.id, networkHash: new Uint8Array(32), membersMax: 9,
    })
    t.equal(tell(elsewhere, good).verdict, 'false', 'signed for another network')
    t.equal(roster.size + elsewhere.size, 0)
    t.equal(tell(roster, good).verdict, 'newer')
  })

t.test('a record of our own is told apart, and believed only when we signed it', async t => {
  const roster = rosterOf()
  t.match(tell(roster, me.record({ version: 7 })), { verdict: 'mine', record: { version: 7 } })
  const forged = { ...me.record(), signature: other.record().signature }
  t.equal(tell(roster, forged).verdict, 'false')
  t.equal(roster.size, 0)
})

t.test('a record issued more than seven days ago is dead: not accepted, not in digests',
  async t => {
    const roster = rosterOf()
    const deadMs = EPOCH_MS + ROSTER_LIMITS.recordDeadAfterMs
    t.equal(tell(roster, teller.record(), TOLD, deadMs + 1).verdict, 'passed-over')
    t.equal(tell(roster, teller.record(), TOLD, deadMs).verdict, 'newer')
    t.equal(roster.digest(OWN, deadMs).rows.length, 2)
    roster.refresh()
    t.same(roster.digest(OWN, deadMs + 1).rows, [OWN])
  })

t.test('a record from more than a day in the future is passed over', async t => {
  const roster = rosterOf()
  t.equal(tell(roster, teller.record({ issuedMs: EPOCH_MS + DAY_MS + 1 })).verdict, 'passed-over')
  t.equal(tell(roster, teller.record({ issuedMs: EPOCH_MS + DAY_MS })).verdict, 'newer')
})

t.test('a teller may bring 128 strangers, and another one as many more', async t => {
  const roster = rosterOf()
  const all = verdicts(roster, strangers(130))
  t.same(all.slice(126), ['newer', 'newer', 'passed-over', 'passed-over'])
  t.same(verdicts(roster, strangers(2, 500), { ...TOLD, teller: other.id }), ['newer', 'newer'])
})

t.test('there are at most 512 strangers in all', async t => {
  const roster = rosterOf()
  for (let i = 0; i < 4; i++) {
    const origin = { ...TOLD, teller: new Peer(10 + i).id }
    const all = verdicts(roster, strangers(128, 1_000 * (i + 1)), origin)
    t.ok(all.every(verdict => verdict === 'newer'))
  }
  t.equal(roster.size, 512)
  t.same(verdicts(roster, strangers(1, 9_000), { ...TOLD, teller: other.id }), ['passed-over'])
})

t.test('a stranger that is linked with makes room for another', async t => {
  const roster = rosterOf()
  const some = strangers(129)
  verdicts(roster, some)
  prove(roster, some[0]!)
  t.equal(roster.get(some[0]!.id)?.standing.at, 'proven')
  t.same(verdicts(roster, [some[128]!]), ['newer'])
})

t.test('strangers give way to proven members when the roster is full', async t => {
  const roster = rosterOf(3)
  const [one, two, three, four] = strangers(4)
  verdicts(roster, [one!, two!])
  t.equal(prove(roster, teller).verdict, 'newer')
  t.equal(prove(roster, three!).verdict, 'newer')
  t.equal(roster.size, 3)
  t.equal(roster.get(one!.id), undefined, 'the oldest stranger went')
  t.equal(prove(roster, four!).verdict, 'newer')
  t.same([...roster.all()].map(({ standing }) => standing.at), ['proven', 'proven', 'proven'])
})

t.test('proven members never give way to strangers nor to each other', async t => {
  const roster = rosterOf(2)
  prove(roster, teller)
  prove(roster, other)
  const [late] = strangers(1)
  t.equal(tell(roster, late!.record()).verdict, 'passed-over')
  t.equal(prove(roster, late!).verdict, 'passed-over')
  t.same([...roster.all()].map(({ identity }) => identity), [teller.id, other.id])
  t.equal(prove(roster, other, other.record({ version: 2 })).verdict, 'newer', 'updates have room')
})

t.test('a proven member stays proven whoever brings its next record', async t => {
  const roster = rosterOf()
  prove(roster, other)
  tell(roster, other.record({ version: 2 }))
  t.same(roster.get(other.id)?.standing, { at: 'proven', linkedWallMs: EPOCH_MS })
})

t.test('a stranger keeps its first teller and time', async t => {
  const roster = rosterOf()
  tell(roster, other.record())
  roster.offer(other.record({ version: 2 }), { ...TOLD, teller: me.id }, 5_000, EPOCH_MS)
  t.same(roster.get(other.id)?.standing, { at: 'unproven', teller: teller.id, sinceMs: 0 })
})

t.test('a forgotten member does not come back through lists', async t => {
  const roster = rosterOf()
  tell(roster, other.record({ version: 4 }))
  roster.forget(other.id, true)
  t.equal(roster.get(other.id), undefined)
  t.equal(tell(roster, other.record({ version: 4 })).verdict, 'passed-over')
  t.equal(tell(roster, other.record({ version: 3 })).verdict, 'passed-over')
})

t.test('a forgotten member comes back by a newer record, by itself, or after alive', async t => {
  const forgetful = (): Roster => {
    const roster = rosterOf()
    tell(roster, other.record())
    roster.forget(other.id, true)
    return roster
  }
  t.equal(tell(forgetful(), other.record({ version: 2 })).verdict, 'newer')
  t.equal(prove(forgetful(), other).verdict, 'newer')
  const roster = forgetful()
  roster.unforget(other.id)
  t.equal(tell(roster, other.record()).verdict, 'newer')
})

t.test('one that is dropped without remembering may come back at once', async t => {
  const roster = rosterOf()
  tell(roster, other.record())
  roster.forget(other.id, false)
  t.equal(tell(roster, other.record()).verdict, 'newer')
})

t.test('at most 1024 forgotten ones are remembered, the oldest go', async t => {
  const roster = rosterOf(2_000)
  const all = strangers(1_025)
  for (const peer of all) {
    prove(roster, peer)
    roster.forget(peer.id, true)
  }
  t.equal(roster.digest(OWN, EPOCH_MS).rows.length, 1_025)
  t.same(verdicts(roster, [all[0]!, all[1]!]), ['newer', 'passed-over'])
})

t.test('the digest hash is equal exactly when the rows are, whatever the order they came in',
  async t => {
    const some = strangers(20)
    const [one, another] = [rosterOf(), rosterOf()]
    verdicts(one, some)
    verdicts(another, [...some].reverse())
    const before = one.digest(OWN, EPOCH_MS)
    t.same(before, another.digest(OWN, EPOCH_MS))
    t.same(before.rows.map(({ identity }) => identity),
      [me.id, ...some.map(({ id }) => id)].sort())
    tell(another, some[7]!.record({ version: 2 }))
    t.notSame(another.digest(OWN, EPOCH_MS).hash, before.hash, 'another version')
    tell(one, some[7]!.record({ version: 2 }))
    t.same(one.digest(OWN, EPOCH_MS), another.digest(OWN, EPOCH_MS))
    t.notSame(one.digest({ ...OWN, version: 2 }, EPOCH_MS).hash,
      another.digest(OWN, EPOCH_MS).hash, 'the own row counts')
  })

t.test('a forgotten member stays in the digest, so that nobody offers it again', async t => {
  const [one, another] = [rosterOf(), rosterOf()]
  for (const roster of [one, another]) tell(roster, other.record())
  one.forget(other.id, true)
  t.same(one.digest(OWN, EPOCH_MS), another.digest(OWN, EPOCH_MS))
  one.unforget(other.id)
  t.same(one.digest(OWN, EPOCH_MS).rows, [OWN])
})

t.test('incarnations beyond 32 bits make a difference in the hash', async t => {
  const hashOf = (incarnation: number): Uint8Array => {
    const roster = rosterOf()
    tell(roster, other.record({ incarnation }))
    return roster.digest(OWN, EPOCH_MS).hash
  }
  t.notSame(hashOf(2 ** 40 + 1), hashOf(2 ** 41 + 1))
  t.notSame(hashOf(2 ** 40 + 1), hashOf(2 ** 40 + 2))
})

t.test('what the store kept is proven, unless older than thirty days or not signed', async t => {
  const roster = rosterOf()
  const linkedMs = EPOCH_MS - 30 * DAY_MS
  t.equal(roster.restore(teller.record(), null, linkedMs - 1, EPOCH_MS), null)
  t.equal(roster.restore(
    { ...teller.record(), signature: new Uint8Array(32) }, null, linkedMs, EPOCH_MS), null)
  t.equal(roster.restore(me.record(), null, linkedMs, EPOCH_MS), null)
  t.match(roster.restore(teller.record(), '10.0.0.9:1', linkedMs, EPOCH_MS), {
    identity: teller.id, standing: { at: 'proven', linkedWallMs: linkedMs }, lastGood: '10.0.0.9:1',
  })
})
