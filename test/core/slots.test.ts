import t from 'tap'
import { eagerOf, fillEveryMs } from '../../src/core/slots.js'
import type { Hello } from '../../src/wire/frame.js'
import type { Peer } from '../helpers/core-bench.js'
import { somePeers, SlotsMesh } from '../helpers/slots-mesh.js'

/** So many links, and peers that have none. */
interface Held { readonly held: SlotsMesh, readonly peers: Peer[], readonly rest: Peer[] }

function linked (count: number, linksMax: number): Held {
  const held = new SlotsMesh(linksMax)
  const all = somePeers(count + 12)
  const peers = all.slice(0, count)
  for (const peer of peers) held.link(peer)
  return { held, peers, rest: all.slice(count) }
}

t.test('a mesh is partial when links are fewer than members', async t => {
  const { held } = linked(3, 8)
  t.notOk(held.slots.isPartial(5))
  t.ok(held.slots.isPartial(6))
})

t.test('below the limit there is room for everybody, at it for peers that nobody reaches or that ' +
  'are preferred, up to two more', async t => {
  for (const [count, forReached, forOthers] of [
    [7, true, true], [8, false, true], [9, false, true], [10, false, false],
  ] as const) {
    const { slots } = linked(count, 8).held
    t.equal(slots.hasRoom(false, null), forReached, `${count} links, reached`)
    t.equal(slots.hasRoom(false, 2_999), forReached, `${count} links, not reached yet`)
    t.equal(slots.hasRoom(false, 3_000), forOthers, `${count} links, not reached`)
    t.equal(slots.hasRoom(false, Infinity), forOthers, `${count} links, a stranger`)
    t.equal(slots.hasRoom(true, null), forOthers, `${count} links, preferred`)
  }
})

t.test('places that are promised count', async t => {
  const { held, rest: [peer] } = linked(9, 8)
  t.ok(held.slots.hasRoom(true, null))
  held.link(peer!, { at: 'greeting', hello: null, welcomed: false })
  t.ok(held.slots.hasRoom(true, null), 'it said no hello yet')
  const { held: promised, rest: [other] } = linked(9, 8)
  promised.link(other!, { at: 'greeting', hello: {} as Hello, welcomed: false })
  t.notOk(promised.slots.hasRoom(true, null))
})

t.test('of members that a path reaches those are wanted that take links, below the limit',
  async t => {
    for (const [count, free, isWanted] of [
      [7, 1, true], [7, 0, false], [8, 1, false], [9, 1, false],
    ] as const) {
      const { held, rest: [peer] } = linked(count, 8)
      held.free.set(peer!.id, free)
      t.equal(held.slots.wants(peer!.id, null), isWanted, `${count} links, ${free} free`)
    }
    const { held, rest: [peer] } = linked(7, 8)
    t.ok(held.slots.wants(peer!.id, null), 'it told no table')
  })

t.test('members that no path reaches are wanted below the limit whatever their table told, and ' +
  'above it after a while', async t => {
  for (const [count, forMs, isWanted] of [
    [7, 0, true], [8, 2_999, false], [8, 3_000, true], [9, 3_000, true], [10, 60_000, false],
  ] as const) {
    const { held, rest: [peer] } = linked(count, 8)
    held.free.set(peer!.id, 0)
    t.equal(held.slots.wants(peer!.id, forMs), isWanted, `${count} links, for ${forMs} ms`)
  }
})

t.test('half of the links are dialled at once, the others one by one', async t => {
  const { held } = linked(2, 8)
  t.ok(held.slots.mayDial(null, 1), 'the fourth')
  t.ok(held.slots.mayDial(null, 2), 'the fifth')
  t.notOk(held.slots.mayDial(null, 3), 'not yet')
  held.mesh.nowMs += fillEveryMs(8)
  t.notOk(held.slots.mayDial(null, 6), 'as many as could become links are under way')
  t.ok(held.slots.mayDial(null, 3))
  t.equal(eagerOf(8), 4)
  t.equal(eagerOf(5), 3)
})

t.test('who has no link dials whom it can; who has all dials only the long unreached', async t => {
  t.ok(linked(0, 8).held.slots.mayDial(0, 12))
  const { held } = linked(8, 8)
  t.notOk(held.slots.mayDial(null, 0))
  t.notOk(held.slots.mayDial(2_999, 0))
  t.ok(held.slots.mayDial(3_000, 1))
  t.notOk(held.slots.mayDial(3_000, 2))
})

t.test('up to the limit no link is given up', async t => {
  const { held } = linked(8, 8)
  t.notOk(held.slots.isAbove)
  t.same(held.victims(), new Set([null]))
  held.slots.lookForSurplus()
  held.slots.hurrySurplus()
  t.equal(held.surplusMs, Infinity)
})

t.test('above it a random one is, but not the oldest quarter', async t => {
  const { held, peers } = linked(9, 8)
  t.ok(held.slots.isAbove)
  t.same(held.victims(), new Set(peers.slice(2).map(({ id }) => id)))
  const few = linked(5, 4)
  t.same(few.held.victims(), new Set(few.peers.slice(1).map(({ id }) => id)), 'one at least')
})

t.test('neither one that the operator named nor the only way to its peer is given up', async t => {
  const { held, peers } = linked(9, 8)
  const [named, only] = peers.slice(4)
  held.onlyWays.add(only!.id)
  const found = held.victims(200, peer => peer === named!.id)
  t.equal(found.size, 5)
  t.notOk(found.has(named!.id))
  t.notOk(found.has(only!.id))
  for (const { id } of peers) held.onlyWays.add(id)
  t.same(held.victims(), new Set([null]))
})

t.test('a link is given up a while after the last one became ready', async t => {
  const { held } = linked(9, 8)
  held.slots.lookForSurplus()
  t.ok(held.surplusMs >= 3_000 && held.surplusMs <= 7_000)
  held.mesh.nowMs = 2_000
  held.slots.lookForSurplus()
  t.ok(held.surplusMs >= 5_000, 'later')
})

t.test('when somebody without any link found no room it is given up at once, one in half a second',
  async t => {
    const { held } = linked(10, 8)
    held.mesh.nowMs = 1_000
    held.slots.lookForSurplus()
    held.slots.hurrySurplus()
    t.equal(held.surplusMs, 1_000)
    t.ok(held.slots.victim(() => false))
    held.slots.hurrySurplus()
    t.equal(held.surplusMs, 1_500)
  })

t.test('whoever is refused is told of members that take links first, then of linked ones',
  async t => {
    const { held, peers, rest } = linked(10, 8)
    for (const peer of [...peers, ...rest]) held.know(peer)
    const taking = rest.slice(0, 3)
    for (const { id } of taking) {
      held.reached.add(id)
      held.free.set(id, 2)
    }
    // Neither a full one, nor one that no path reaches, nor whoever asks.
    held.reached.add(rest[3]!.id)
    held.free.set(rest[3]!.id, 0).set(rest[4]!.id, 2)
    const named = held.slots.others(rest[0]!.id)
    t.same(named.slice(0, 2).sort(), taking.slice(1).map(({ address }) => address).sort())
    const linkedOnes = peers.map(({ address }) => address)
    t.equal(named.length, 8)
    t.ok(named.slice(2).every(address => linkedOnes.includes(address)))
  })

t.test('who is reached is asked again after a second, and of a linked one never',
  async t => {
    const { held, rest: [peer, other] } = linked(3, 8)
    t.notOk(held.slots.reaches(peer!.id))
    held.reached.add(peer!.id)
    held.mesh.nowMs += 999
    t.notOk(held.slots.reaches(peer!.id))
    held.link(other!)
    t.ok(held.slots.reaches(other!.id))
    held.mesh.nowMs++
    t.ok(held.slots.reaches(peer!.id))
  })
