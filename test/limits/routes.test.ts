/** Fills every limit of routes. What they are for is tested in core/routes and core/bulletins. */
import type { Test } from 'tap'
import { Deadlines } from '../../src/core/deadlines.js'
import type { Effect } from '../../src/core/effect.js'
import type { LinkId } from '../../src/core/event.js'
import type { LinkEntry } from '../../src/core/links.js'
import type { Mesh } from '../../src/core/mesh.js'
import { Random } from '../../src/core/random.js'
import { Tables } from '../../src/core/routes/tables.js'
import { Telling } from '../../src/core/routes/telling.js'
import type { Ways } from '../../src/core/routes/ways.js'
import { ROUTE_LIMITS as limits, WIRE_LIMITS } from '../../src/limits.js'
import type { Frame } from '../../src/wire/frame.js'
import { Author, Stand, wanted } from '../helpers/bulletin-bench.js'
import { frames, MINUTE_MS, notices, Peer, SECOND_MS } from '../helpers/core-bench.js'
import { ME, placed, type Pair } from '../helpers/places.js'
import {
  around, heldOf, relayPing, sentOn, some, tableFrame, tablesSent, type Around,
} from '../helpers/routes-bench.js'
import { fill } from './fill.js'

/** Nothing happens in all of it but its last ms. */
function atLast<T> (t: Test, stand: Stand, forMs: number, of: (effects: Effect[]) => T[]): T[] {
  t.same(of(stand.live(forMs - 1)), [])
  return of(stand.live(1))
}

/** The first is linked with nobody else by its next table; its link comes first. */
function alone (linked: number): Around & { first: Peer, table: Frame } {
  const made = around({ linked })
  const [first] = some(made.peers)
  return { ...made, first, table: tableFrame(first.table([], { version: 2 })) }
}

/** Versions 2 and on of one owner, until as many were told; the one that is held then. */
function heldAfter ({ stand, peers, links }: Around, first: number, count: number): number {
  const [peer] = some(peers)
  const [link] = some(links)
  for (let version = first; version < first + count; version++) {
    stand.say(link, tableFrame(peer.table([stand.me], { version })))
  }
  return heldOf(stand, link, peer)?.version ?? 0
}

/** So many ranges of nobody's log, told on one link. */
function tellHeads (stand: Stand, link: LinkId, count: number): void {
  const { id: author, incarnation } = new Peer(4_000)
  const most = WIRE_LIMITS.headsPerFrameMax
  for (let at = 0; at < count; at += most) {
    const rows = Array.from({ length: most }, (_, i) =>
      ({ author, incarnation, first: 2 * (at + i) + 1, last: 2 * (at + i) + 1 }))
    stand.say(link, { type: 'heads', rows })
  }
}

/** A node that a member behind another pings. */
function pinged (): { stand: Stand, link: Around['links'][number], origin: Peer } {
  const { stand, peers, links } = around({ linked: 2, known: 1, edges: [[0, 2]] })
  return { stand, link: some(links)[0], origin: some(peers)[2] }
}

/** Of how many fresh links it is asked whether they join what was apart. */
function mergesLookedAt (fresh: number): number {
  let asked = 0
  const ways = {
    onLinksChanged: () => {},
    isOnlyWay: () => {
      asked++
      return false
    },
  } as unknown as Ways
  const entries = new Map(Array.from({ length: fresh }, (_, i) =>
    [i, { id: i, peer: new Peer(i).id, state: { at: 'ready' } } as LinkEntry]))
  const mesh = {
    options: { me: ME.id }, deadlines: new Deadlines(), nowMs: 0, out: [], random: new Random(1),
    links: { get: (id: number) => entries.get(id) },
  } as unknown as Mesh
  const telling = new Telling(mesh, new Tables(mesh, ME.keys.suite), ways, () => null)
  for (const entry of entries.values()) telling.onReady(entry)
  telling.onMergeDue()
  return asked
}

/** A node with so many links hears a changed table: when that is passed on. */
function passedAfterMs (linked: number): number {
  const { stand, links, first, table } = alone(linked)
  stand.say(some(links)[0], table)
  const stepMs = limits.tablePassedAfterMs
  for (let ms = stepMs; ms <= 2 * limits.tablePassedLateMs; ms += stepMs) {
    if (tablesSent(stand.advance(stepMs), first.id).length > 0) return ms
  }
  return Infinity
}

/** One peer after the other tells that its link with this node is gone; true: the graph says so. */
function flipped (): { flip: () => boolean, at: (nowMs: number) => void } {
  const size = 2 * limits.graphsBurstMax
  const edges = Array.from({ length: size - 1 }, (_, i): Pair => [0, i + 1])
  const { ways, tables, peers, at } = placed(size, edges)
  const links = (): number => {
    const graph = ways.graph()
    return graph.edges[graph.indexOf.get(ME.id) ?? -1]?.length ?? 0
  }
  let gone = 0
  return {
    at,
    flip: () => {
      gone++
      tables.offer((peers[gone] ?? ME).table([], { version: 2 }))
      return links() === size - 1 - gone
    },
  }
}

fill('ROUTE_LIMITS', {
  tableAfterMs: t => {
    const stand = new Stand()
    stand.ready(some(stand.larger())[0])
    t.equal(atLast(t, stand, limits.tableAfterMs, all => tablesSent(all)).length, 1)
  },
  tableWaitsMaxMs: t => {
    const stand = new Stand()
    let told: unknown[] = []
    let atMs = 0
    for (const peer of stand.larger(20)) {
      stand.ready(peer)
      for (let i = 0; i < 2 && told.length === 0; i++) {
        told = tablesSent(stand.live(100))
        atMs = stand.nowMs
      }
    }
    t.equal(atMs, limits.tableWaitsMaxMs)
  },
  tableEveryMs: t => {
    const { stand } = around({ linked: 1 })
    const own = (all: Effect[]): unknown[] => tablesSent(all, stand.me.id)
    t.equal(atLast(t, stand, limits.tableEveryMs - stand.nowMs, own).length, 1)
  },
  tablePassedAfterMs: t => {
    const { stand, links, first, table } = alone(2)
    stand.say(some(links)[0], table)
    const passed = (all: Effect[]): unknown[] => tablesSent(all, first.id)
    t.equal(atLast(t, stand, limits.tablePassedAfterMs, passed).length, 1)
  },
  tablePassedLateMs: t => {
    t.equal(passedAfterMs(limits.tableLinksFew + 1), limits.tablePassedLateMs)
  },
  tableLinksFew: t => {
    t.equal(passedAfterMs(limits.tableLinksFew), limits.tablePassedAfterMs)
    t.equal(passedAfterMs(limits.tableLinksFew + 1), limits.tablePassedLateMs)
  },
  tableFanout: t => {
    const { stand, links, first, table } = alone(limits.tableFanout + 3)
    stand.say(some(links)[0], table)
    const [passed] = tablesSent(stand.live(limits.tablePassedAfterMs), first.id)
    t.equal(passed?.links.length, limits.tableFanout)
  },
  tablesPerSecondMax: t => {
    const made = around({ linked: 1 })
    made.stand.live(MINUTE_MS)
    heldAfter(made, 2, limits.tablesBurstMax)
    made.stand.live(10 * SECOND_MS / limits.tablesPerSecondMax - 1)
    t.equal(heldAfter(made, 100, 10) < 109, true)
    made.stand.live(1 + 10 * SECOND_MS / limits.tablesPerSecondMax)
    t.equal(heldAfter(made, 200, limits.tablesBurstMax), 200 + limits.tablesBurstMax - 1)
  },
  tablesBurstMax: t => {
    const made = around({ linked: 1 })
    made.stand.live(MINUTE_MS)
    t.equal(heldAfter(made, 2, limits.tablesBurstMax + 5), 1 + limits.tablesBurstMax)
  },
  tableExchangeEveryMs: t => {
    const { stand } = around({ linked: 1 })
    const waitMs = limits.tableExchangeEveryMs - stand.nowMs
    t.equal(atLast(t, stand, waitMs, all => frames(all, 'table-digest')).length, 1)
    const next = limits.tableExchangeEveryMs
    t.equal(atLast(t, stand, next, all => frames(all, 'table-digest')).length, 1)
  },
  tableMergeAfterMs: t => {
    const stand = new Stand()
    stand.ready(some(stand.larger())[0])
    const compared = (all: Effect[]): unknown[] => frames(all, 'table-digest')
    t.equal(atLast(t, stand, limits.tableMergeAfterMs, compared).length, 1)
  },
  tableMergesMax: t => {
    const { tableMergesMax } = limits
    t.same([tableMergesMax, tableMergesMax + 5].map(mergesLookedAt),
      [tableMergesMax, tableMergesMax])
  },
  onwardsKeptMax: t => {
    const { ways, peers } = placed(limits.onwardsKeptMax + 5, [[0, 1]])
    for (const { id } of peers.slice(1)) ways.onwardOf(id)
    t.equal(ways.sizes['onwards'], limits.onwardsKeptMax)
  },
  graphKeptMs: t => {
    const { ways, tables, peers, at } = placed(3, [[0, 1], [1, 2]])
    const [, one, two] = some(peers)
    const rtts = (code: number, version: number): number | null => {
      tables.offer(one.table([[ME, code], [two, code]], { version }))
      return ways.pathTo(two.id)?.rttMs ?? null
    }
    const before = rtts(41, 2)
    t.type(before, 'number')
    at(limits.graphKeptMs - 1)
    t.equal(rtts(81, 3), before, 'the former times')
    at(limits.graphKeptMs)
    t.equal(rtts(121, 4), 1_024 * (before ?? 0), 'the fresh ones')
    tables.offer(one.table([ME], { version: 5 }))
    t.equal(ways.pathTo(two.id), null, 'links count at once')
  },
  graphsPerSecondMax: t => {
    const { flip, at } = flipped()
    for (let i = 0; i <= limits.graphsBurstMax; i++) flip()
    at(1_000 / limits.graphsPerSecondMax - 1)
    t.equal(flip(), false, 'not yet')
    at(1_000 / limits.graphsPerSecondMax)
    t.equal(flip(), true)
    t.equal(flip(), false, 'one at a time')
  },
  graphsBurstMax: t => {
    const { flip } = flipped()
    for (let i = 0; i < limits.graphsBurstMax; i++) t.equal(flip(), true, `${i}`)
    t.equal(flip(), false)
  },
  lookAroundAfterMs: t => {
    const { stand, peers, links } = around({ linked: 2, known: 1 })
    const [one, , far] = some(peers)
    stand.say(some(links)[0], tableFrame(one.table([stand.me, far], { version: 2 })),
      tableFrame(far.table([one], { version: 2 })))
    stand.live(10 * limits.lookAroundAfterMs)
    const row = stand.core.peers().find(({ id }) => id === far.id)
    t.equal(row?.status, 'via')
    t.equal(stand.wallMs - (row?.sinceMs ?? 0), 9 * limits.lookAroundAfterMs)
  },
  headsAfterMs: t => {
    const { stand, links } = around({ linked: 2, known: 1 })
    stand.say(some(links)[0], new Author(new Peer(4_000)).sign().frame)
    t.equal(atLast(t, stand, limits.headsAfterMs, all => frames(all, 'heads')).length, 1)
  },
  headsAskedAfterMs: t => {
    const { stand, peers, links } = around({ linked: 1 })
    const { id: author, incarnation } = some(peers)[0]
    stand.say(some(links)[0], {
      type: 'heads', rows: [{ author, incarnation, first: 1, last: 1 }],
    })
    t.same(atLast(t, stand, limits.headsAskedAfterMs, all => wanted(all)), ['1-1'])
  },
  headsTellersMax: t => {
    // Member 1 is the author, 2 is behind all others. Times make them nearer one by one.
    const tells = (nearer: number): boolean => {
      const middle = Array.from({ length: nearer + 1 }, (_, i) => i === 0 ? 0 : i + 2)
      const edges = middle.flatMap((at): Pair[] => [[1, at], [at, 2]])
      const { peers, tables, onward } = placed(nearer + 3, edges)
      const times = middle.map(at => [peers[at] ?? ME, at === 0 ? 250 : 1] as const)
      tables.offer(some(peers)[1].table(times, { version: 2 }))
      return onward(1).tell.length > 0
    }
    const { headsTellersMax } = limits
    t.same([tells(headsTellersMax - 1), tells(headsTellersMax)], [true, false])
  },
  headsWaitingMax: t => {
    const { stand, links } = around({ linked: 9 })
    for (const link of links) tellHeads(stand, link, limits.headsWaitingOfOneMax)
    t.equal(stand.core.sizes()['headsWaiting'], limits.headsWaitingMax)
  },
  headsWaitingOfOneMax: t => {
    const { stand, links } = around({ linked: 2 })
    const [one, other] = some(links)
    tellHeads(stand, one, 2 * limits.headsWaitingOfOneMax)
    t.equal(stand.core.sizes()['headsWaiting'], limits.headsWaitingOfOneMax)
    tellHeads(stand, other, 1_024)
    t.equal(stand.core.sizes()['headsWaiting'], limits.headsWaitingOfOneMax + 1_024)
    stand.live(limits.headsAskedAfterMs)
    t.match(stand.core.sizes(), { headsWaiting: 0, headsWaitingOfOne: 0 })
  },
  seenByMax: t => {
    const count = limits.seenByMax + 2
    const edges = Array.from({ length: count }, (_, i) => [i, count] as const)
    const { stand, peers } = around({ linked: count, known: 1, edges })
    const row = stand.core.peers().find(({ id }) => id === peers[count]?.id)
    t.equal(row?.seenBy.length, limits.seenByMax)
  },
  relayPingHopsMax: t => {
    const { stand, link, origin } = pinged()
    const passed = [2, 1].map((left, i) => {
      const ping = relayPing(origin, i + 1, {}, limits.relayPingHopsMax - left)
      return sentOn(stand.say(link, ping), 'relay-ping').length
    })
    t.same(passed, [1, 0])
  },
  relayPingsSeenMax: t => {
    const { stand, link, origin } = pinged()
    const most = limits.relayPingsSeenMax
    for (let sequence = 1; sequence <= 2 * most; sequence++) {
      stand.say(link, relayPing(origin, sequence))
      stand.live(60)
    }
    t.equal(stand.core.sizes()['pingsSeenOfOne'], most)
    const shown = [most, most + 1].map(sequence =>
      notices(stand.say(link, relayPing(origin, sequence)), 'ping').length)
    t.same(shown, [0, 0])
  },
  relayPingOriginsMax: t => {
    const count = limits.relayPingOriginsMax + 3
    const origins = Array.from({ length: count }, (_, i) => new Peer(10_000 + i))
    const stored = origins.map(origin => origin.stored(MINUTE_MS))
    const stand = new Stand({ membersMax: count + 1 }, { stored })
    stand.refusesDials = true
    const link = stand.ready(some(stand.larger())[0])
    for (const origin of origins) stand.say(link, relayPing(origin, 1))
    t.equal(stand.core.sizes()['pingOrigins'], limits.relayPingOriginsMax)
    const again = (at: number): number =>
      notices(stand.say(link, relayPing(origins[at] ?? stand.me, 1)), 'ping').length
    t.same([again(count - 1), again(0)], [0, 1], 'the longest known was forgotten')
  },
})
