/** What is passed on along the author's tree, what is told of it, and what is asked for. */
import t from 'tap'
import type { LinkId } from '../../../src/core/event.js'
import { BULLETIN_LIMITS, ROUTE_LIMITS as limits, WIRE_LIMITS } from '../../../src/limits.js'
import type { Frame, WantedRange } from '../../../src/wire/frame.js'
import {
  Author, delivered, digest, want, wanted, wantIds, type Signed, type Stand,
} from '../../helpers/bulletin-bench.js'
import { closes, frames, only, Peer, SECOND_MS } from '../../helpers/core-bench.js'
import { around, pushed, some } from '../../helpers/routes-bench.js'

interface Scene {
  readonly stand: Stand
  /** Of whom bulletins come: the author itself, or one behind it. */
  readonly from: LinkId
  /** Behind this node. */
  readonly to: LinkId
  readonly author: Author
}

/** The author is linked with this node alone, and so is another. */
function scene (): Scene {
  const { stand, peers, links } = around({ linked: 2 })
  const [author] = some(peers)
  const [from, to] = some(links)
  return { stand, from, to, author: new Author(author) }
}

/** Members 0 and 1 are linked with the author, which is not linked here. */
function behind (): Scene & { other: LinkId } {
  const { stand, peers, links } = around({ linked: 3, known: 1, edges: [[0, 3], [1, 3]] })
  const [from, other, to] = some(links)
  return { stand, from, other, to, author: new Author(some(peers)[3]) }
}

function heads (author: Author, ...ranges: [number, number][]): Frame {
  return {
    type: 'heads',
    rows: ranges.map(([first, last]): WantedRange =>
      ({ author: author.peer.id, incarnation: author.incarnation, first, last })),
  }
}

/** What was told on a link: `first-last` of each range of the author. */
function told (effects: Parameters<typeof frames>[0], link: LinkId): string[] {
  return frames(effects, 'heads', link).flatMap(({ rows }) =>
    rows.map(({ first, last }) => `${first}-${last}`))
}

function passed (batch: Signed, hops: number): Frame {
  return { ...batch.frame, hops }
}

t.test('a batch is passed on to who is behind, when its check was good, with its hops', async t => {
  const { stand, from, to, author } = scene()
  stand.isHeld = true
  t.same(pushed(stand.say(from, passed(author.sign(), 3))), [], 'not before its check')
  const effects = stand.release()
  t.same(pushed(effects), [{ first: 1, links: [to] }])
  t.equal(frames(effects, 'batch')[0]?.hops, 4)
  const live = stand.live(SECOND_MS)
  t.same([told(live, from), told(live, to)], [[], []], 'who is pushed to is not told')
})

t.test('a batch with a false signature is not passed on', async t => {
  const { stand, from, author } = scene()
  stand.verdict = 'bad-signature'
  const effects = stand.say(from, author.sign().frame)
  t.same(pushed(effects), [])
  t.same(closes(effects), [from])
})

t.test('a duplicate is not passed on again', async t => {
  const { stand, from, to, author } = scene()
  const batch = author.sign()
  t.equal(pushed(stand.say(from, batch.frame)).length, 1)
  t.same(pushed(stand.say(from, batch.frame)), [])
  t.same(pushed(stand.say(to, batch.frame)), [])
})

t.test('links that are neither pushed to nor the author\'s are told after 100 ms, in ranges',
  async t => {
    const { stand, from, other, to, author } = behind()
    const all = author.signAll(6)
    const sent = [0, 1, 2, 5].flatMap(i => all[i] ?? [])
    const effects = stand.say(from, ...sent.map(({ frame }) => frame))
    t.same(told(effects, other), [])
    t.same(told(stand.live(limits.headsAfterMs - 1), other), [])
    const due = stand.live(1)
    const [pushedTo] = pushed(effects)
    const silent = pushedTo?.links.includes(to) === true ? [] : ['1-3', '6-6']
    t.same(told(due, to), silent)
    t.same(told(due, from), [], 'not who sent it')
    t.equal(frames(due, 'heads').length <= 1, true)
  })

t.test('of whom nothing is known all others are told', async t => {
  const { stand, from, other, to } = behind()
  const stranger = new Author(new Peer(4_000))
  stand.say(from, ...stranger.signAll(2).map(({ frame }) => frame))
  const due = stand.live(limits.headsAfterMs)
  t.same(told(due, other), ['1-2'])
  t.same(told(due, to), ['1-2'])
  t.same(told(due, from), [])
})

t.test('what was told and has not come is asked for 300 ms later', async t => {
  const { stand, from, to, author } = scene()
  const [first, second] = author.signAll(2)
  stand.say(to, heads(author, [1, 2]))
  stand.say(from, first?.frame ?? digest(null))
  t.same(wanted(stand.live(limits.headsAskedAfterMs - 1)), [], 'most is on its way')
  stand.say(from, second?.frame ?? digest(null))
  t.same(wanted(stand.live(5 * SECOND_MS), to), [], 'it has come')
  const other = new Author(new Peer(4_001))
  stand.say(to, heads(other, [1, 3]))
  t.same(wanted(stand.live(limits.headsAskedAfterMs - 1)), [])
  t.same(wanted(stand.live(1), to), ['1-3'])
})

t.test('while a log grows only what it left out is asked for, until it grows no more', async t => {
  const { stand, from, to, author } = scene()
  const all = author.signAll(20)
  const comes = (i: number): void => { stand.say(from, all[i - 1]?.frame ?? digest(null)) }
  comes(1)
  stand.say(to, heads(author, [1, 20]))
  comes(2)
  comes(3)
  t.same(wanted(stand.live(limits.headsAskedAfterMs), to), [], 'it grows: 4 is on its way')
  comes(4)
  t.same(wanted(stand.live(limits.headsAskedAfterMs), to), [])
  t.same(wanted(stand.live(limits.headsAskedAfterMs), to), ['5-20'], 'nothing came for 300 ms')
})

t.test('a log that grows slowly is asked for after the time of a gap all the same', async t => {
  const { stand, from, to, author } = scene()
  const all = author.signAll(60)
  stand.say(to, heads(author, [1, 60]))
  let asked: string[] = []
  let at = 0
  for (; at < 59 && asked.length === 0; at++) {
    stand.say(from, all[at]?.frame ?? digest(null))
    asked = wanted(stand.live(200), to)
  }
  t.same(asked, [`${at + 1}-60`])
  t.ok(at * 200 >= BULLETIN_LIMITS.gapMs && at * 200 <= BULLETIN_LIMITS.gapMs + 800, `${at}`)
})

t.test('what was asked for is told and not pushed on', async t => {
  const { stand, from, to, author } = scene()
  const batch = author.sign()
  stand.say(from, heads(author, [1, 1]))
  const [id = 0] = wantIds(stand.live(limits.headsAskedAfterMs), from)
  const effects = stand.say(from, batch.frame, { type: 'log-answer', id, complete: true })
  t.same(delivered(effects, author), [1])
  t.same(pushed(effects), [], 'those behind may have had it for long')
  t.same(told(stand.live(limits.headsAfterMs), to), ['1-1'])
})

t.test('who is behind and in pull is told, not pushed to', async t => {
  const { stand, from, to, author } = scene()
  stand.post({ kind: 'link-overflowed', link: to })
  t.same(pushed(stand.say(from, author.sign().frame)), [])
  t.same(told(stand.live(limits.headsAfterMs), to), ['1-1'])
})

t.test('who asked for another\'s log up to its head is pushed to again', async t => {
  const { stand, from, to, author } = scene()
  stand.post({ kind: 'link-overflowed', link: to })
  stand.say(from, author.sign().frame, author.sign().frame)
  const log = { author: author.peer.id, incarnation: author.incarnation }
  t.equal(frames(stand.say(to, want(1, log, 1, 1)), 'batch', to).length, 2, 'the rest goes along')
  t.equal(frames(stand.say(from, author.sign().frame), 'batch', to).length, 1)
})

t.test('a batch that may pass so many links passes no more, and is not told of', async t => {
  const { stand, from, to, author } = scene()
  const over = { hopsMax: 2 }
  t.same(pushed(stand.say(from, passed(author.sign(over), 0))), [{ first: 1, links: [to] }])
  const last = stand.say(from, passed(author.sign(over), 1))
  t.same(delivered(last, author), [2])
  t.same(pushed(last), [])
  const beyond = stand.say(from, passed(author.sign(over), 2))
  t.same([delivered(beyond, author), pushed(beyond)], [[], []])
  t.same(told(stand.live(SECOND_MS), to), [], 'it is not kept: nobody can ask for it')
})

t.test('what is told of a fork or of this node is not asked for', async t => {
  const { stand, to } = scene()
  const { author, incarnation } = stand.ownLog()
  stand.say(to, { type: 'heads', rows: [{ author, incarnation, first: 1, last: 9 }] })
  t.same(wanted(stand.live(2 * SECOND_MS)), [])
})

t.test('what a link told is forgotten with it', async t => {
  const { stand, to } = scene()
  const other = new Author(new Peer(4_002))
  stand.say(to, heads(other, [1, 9]))
  t.equal(stand.core.sizes()['headsWaiting'], 1)
  stand.ended(to)
  t.equal(stand.core.sizes()['headsWaiting'], 0)
  t.same(wanted(stand.live(SECOND_MS)), [])
})

t.test('what is to be told to a link is forgotten with it', async t => {
  const { stand, from, to, author } = scene()
  stand.post({ kind: 'link-overflowed', link: to })
  stand.say(from, author.sign().frame)
  t.equal(stand.core.sizes()['headsTelling'], 1)
  stand.ended(to)
  t.equal(stand.core.sizes()['headsTelling'], 0)
})

t.test('more ranges than a frame has room for go in several', async t => {
  const { stand, from, to, author } = scene()
  stand.post({ kind: 'link-overflowed', link: to })
  const count = 700
  const logs = [author, new Author(author.peer, author.incarnation + 1)]
  for (const log of logs) {
    const odd = log.signAll(2 * count).filter((_, i) => i % 2 === 0)
    stand.say(from, ...odd.map(({ frame }) => frame))
  }
  const told = frames(stand.live(limits.headsAfterMs), 'heads', to)
  t.ok(told.length > 1)
  t.ok(told.every(({ rows }) => rows.length <= WIRE_LIMITS.headsPerFrameMax))
  t.equal(told.reduce((sum, { rows }) => sum + rows.length, 0), 2 * count)
})

t.test('a file of bulletins is told of, and asked for by who lacks them', async t => {
  const { stand, to, author } = scene()
  const effects = stand.post({
    kind: 'batch-offered', offer: 1 as never, batch: author.sign().bytes,
  })
  t.same(only(effects, 'offer-settled').map(({ outcome }) => outcome), ['taken'])
  t.same(pushed(effects), [])
  t.same(told(stand.live(limits.headsAfterMs), to), ['1-1'])
})
