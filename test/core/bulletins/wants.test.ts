import t from 'tap'
import type { LinkId } from '../../../src/core/event.js'
import { BULLETIN_LIMITS, WIRE_LIMITS } from '../../../src/limits.js'
import type { Frame } from '../../../src/wire/frame.js'
import { closes, frames, heartbeat, only, Peer, SECOND_MS } from '../../helpers/core-bench.js'
import {
  Author, delivered, digest, Stand, wanted, wantIds,
} from '../../helpers/bulletin-bench.js'

interface Scene {
  readonly stand: Stand
  readonly links: LinkId[]
  readonly peers: Peer[]
  readonly author: Author
}

/** Linked with `count` peers; the author is none of them. */
function scene (count: number): Scene {
  const stand = new Stand()
  const [stranger = new Peer(2), ...peers] = stand.larger(count + 1)
  return { stand, links: peers.map(peer => stand.ready(peer)), peers, author: new Author(stranger) }
}

function answer (id: number | undefined, complete = true): Frame {
  return { type: 'log-answer', id: id ?? 0, complete }
}

t.test('a position is asked of one link, and of the next when that one lacks it', t => {
  const { stand, links: [one = 0 as LinkId, other = 0 as LinkId], author } = scene(2)
  const first = stand.say(one, digest([author.row(1, 10)], true))
  t.same(wanted(first, one), ['1-10'])
  t.same(wanted(stand.say(other, digest([author.row(1, 12)], true)), other), ['11-12'])
  const effects = stand.say(one, answer(wantIds(first, one)[0]))
  t.same(wanted(effects), [], 'the other answers its first want before')
  const [id] = wantIds(stand.seen.map(({ effect }) => effect), other)
  t.same(wanted(stand.say(other, answer(id)), other), ['1-10'])
  t.end()
})

t.test('a want that brings nothing for 10 s is asked of the next', t => {
  const { stand, links: [one = 0 as LinkId, other = 0 as LinkId], author } = scene(2)
  stand.say(one, digest([author.row(1, 5)], true))
  t.same(wanted(stand.say(other, digest([author.row(1, 5)], true)), other), [])
  t.same(wanted(stand.live(BULLETIN_LIMITS.wantMaxMs - 1)), [])
  t.same(wanted(stand.live(1), other), ['1-5'])
  t.end()
})

t.test('an answer that goes on has more time, but not for ever', t => {
  const { stand, links: [one = 0 as LinkId, other = 0 as LinkId], author } = scene(2)
  stand.say(one, digest([author.row(1, 50)], true))
  stand.say(other, digest([author.row(1, 50)], true))
  const { wantMaxMs, wantWholeMaxMs } = BULLETIN_LIMITS
  let asked: string[] = []
  let elapsedMs = 0
  while (asked.length === 0 && elapsedMs < 2 * wantWholeMaxMs) {
    asked = wanted(stand.live(wantMaxMs - SECOND_MS), other)
    elapsedMs += wantMaxMs - SECOND_MS
    stand.say(one, author.sign().frame)
  }
  t.ok(elapsedMs >= wantWholeMaxMs && elapsedMs < wantWholeMaxMs + wantMaxMs, `${elapsedMs} ms`)
  t.end()
})

t.test('a link that ends gives its wants to the next', t => {
  const { stand, links: [one = 0 as LinkId, other = 0 as LinkId], author } = scene(2)
  stand.say(one, digest([author.row(1, 5)], true))
  stand.say(other, digest([author.row(3, 9)], true))
  stand.say(other, answer(wantIds(stand.seen.map(({ effect }) => effect), other)[0]))
  t.same(wanted(stand.ended(one), other), ['3-5'])
  t.end()
})

t.test('eight wants at most are under way, one for each link', t => {
  const { stand, links, author } = scene(10)
  const effects = links.flatMap((link, i) =>
    stand.say(link, digest([author.row(10 * i + 1, 10 * i + 5)], true)))
  t.equal(wanted(effects).length, BULLETIN_LIMITS.wantsUnderWayMax)
  const [first = 0 as LinkId] = links
  t.same(wanted(stand.say(first, digest([author.row(500, 501)], true))), [])
  const [id] = wantIds(effects, first)
  t.equal(wanted(stand.say(first, answer(id))).length, 1)
  t.end()
})

t.test('links that do not answer leave room for those that do', t => {
  const { stand, links, author } = scene(9)
  const silent = links.slice(0, 8)
  const honest = links[8] ?? 0 as LinkId
  const ask = (): void => {
    silent.forEach((link, i) => {
      stand.say(link, digest([author.row(10 * i + 1, 10 * i + 5)], true))
    })
  }
  ask()
  stand.live(BULLETIN_LIMITS.wantMaxMs)
  ask()
  t.same(wanted(stand.say(honest, digest([author.row(900, 901)], true)), honest), ['900-901'])
  t.end()
})

t.test('what was cut at its bytes goes on where it ended', t => {
  const { stand, links: [one = 0 as LinkId], author } = scene(1)
  const effects = stand.say(one, digest([author.row(1, 9)], true))
  const came = author.signAll(4).map(({ frame }) => frame)
  const next = stand.say(one, ...came, answer(wantIds(effects)[0], false))
  t.same(wanted(next.slice(-10)), ['5-9'])
  t.same(delivered(next, author), [1, 2, 3, 4])
  t.end()
})

t.test('an empty answer that says there is more is not asked the same again', t => {
  const { stand, links: [one = 0 as LinkId], author } = scene(1)
  const effects = stand.say(one, digest([author.row(1, 9)], true))
  t.same(wanted(stand.say(one, answer(wantIds(effects)[0], false))), [])
  t.end()
})

t.test('what its author is still writing is asked for again, and no receipt is given', t => {
  for (const complete of [false, true]) {
    const stand = new Stand()
    const [peer = new Peer(2)] = stand.larger()
    const link = stand.ready(peer)
    let sequence = 0
    const beat = (): string[] => {
      const effects = stand.live(SECOND_MS)
      return wanted([...effects, ...stand.say(link, heartbeat(++sequence, { ownHead: 1 }))])
    }
    t.same(beat(), [])
    t.same(beat(), ['1-1'])
    const [id] = wantIds(stand.seen.map(({ effect }) => effect), link)
    stand.say(link, answer(id, complete))
    t.same(beat(), complete ? [] : ['1-1'])
    const [told] = frames(stand.live(SECOND_MS), 'heartbeat', link)
    t.equal(told?.storedHead, complete ? 1 : 0)
  }
  t.end()
})

t.test('a head that stays ahead for two heartbeats is asked for', t => {
  const stand = new Stand()
  const [peer = new Peer(2)] = stand.larger()
  const author = new Author(peer)
  const link = stand.ready(peer)
  t.same(wanted(stand.say(link, heartbeat(1, { ownHead: 3 }))), [])
  stand.live(100)
  t.same(wanted(stand.say(link, heartbeat(2, { ownHead: 4 }))), [], 'a receipt, out of turn')
  stand.live(900)
  t.same(wanted(stand.say(link, heartbeat(3, { ownHead: 4 }))), ['1-3'])
  stand.say(link, ...author.signAll(3).map(({ frame }) => frame))
  stand.live(SECOND_MS)
  t.same(wanted(stand.say(link, heartbeat(4, { ownHead: 9 }))), [], 'the push goes on')
  t.end()
})

t.test('a lie about a head costs the liar as much as us, and ends', t => {
  const stand = new Stand()
  const [peer = new Peer(2)] = stand.larger()
  const link = stand.ready(peer)
  stand.say(link, heartbeat(1, { ownHead: 0xffff_ffff }))
  stand.live(SECOND_MS)
  let effects = stand.say(link, heartbeat(2, { ownHead: 0xffff_ffff }))
  let rounds = 0
  while (wanted(effects).length > 0 && rounds < 100) {
    rounds++
    effects = stand.say(link, answer(wantIds(effects)[0]))
  }
  t.ok(rounds > 1 && rounds < 25, `${rounds} rounds for 2^32 positions`)
  stand.live(SECOND_MS)
  t.same(wanted(stand.say(link, heartbeat(3, { ownHead: 0xffff_ffff }))), [])
  t.end()
})

t.test('a hostile link makes only so many offers and no logs', t => {
  const { stand, links: [one = 0 as LinkId], peers: [peer = new Peer(2)] } = scene(1)
  const { logRowsPerFrameMax } = WIRE_LIMITS
  for (let frame = 0; frame < 3; frame++) {
    const rows = Array.from({ length: logRowsPerFrameMax }, (_, i) =>
      new Author(peer, 1 + frame * logRowsPerFrameMax + i).row(1, 1 + i))
    stand.say(one, digest(rows, true))
  }
  const asked = new Set(only(stand.seen.map(({ effect }) => effect), 'send')
    .flatMap(({ frame }) => frame.type === 'log-want' ? frame.ranges : [])
    .map(({ incarnation }) => incarnation))
  t.ok(asked.size <= WIRE_LIMITS.wantRangesMax)
  t.same(frames(stand.live(BULLETIN_LIMITS.exchangeEveryMs), 'log-digest'), [], 'nothing is held')
  t.end()
})

t.test('of one log many offered ranges are few', t => {
  const { stand, links: [one = 0 as LinkId, other = 0 as LinkId], author } = scene(2)
  stand.say(one, digest([author.row(1, 1)], true))
  for (let i = 0; i < 100; i++) stand.say(one, digest([author.row(10 * i + 3, 10 * i + 4)], true))
  const [id] = wantIds(stand.seen.map(({ effect }) => effect), one)
  const { length } = wanted(stand.say(one, answer(id)), one)
  t.ok(length >= 1 && length <= WIRE_LIMITS.rangesPerLogMax, `${length} ranges`)
  t.same(closes(stand.live(SECOND_MS)), [])
  t.ok(other)
  t.end()
})

t.test('while the disk is full nothing is asked for', t => {
  const { stand, links: [one = 0 as LinkId], peers: [peer = new Peer(2)], author } = scene(1)
  stand.takesWrites = false
  const linked = new Author(peer)
  t.same(delivered(stand.say(one, linked.sign().frame), linked), [1], 'it is delivered')
  t.same(wanted(stand.say(one, digest([author.row(1, 5)], true))), [])
  stand.takesWrites = true
  t.same(wanted(stand.live(2 * BULLETIN_LIMITS.storeRestMs)), ['1-5'])
  t.end()
})
