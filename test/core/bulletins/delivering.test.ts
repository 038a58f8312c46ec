import t from 'tap'
import type { Effect } from '../../../src/core/effect.js'
import type { LinkId } from '../../../src/core/event.js'
import { BULLETIN_LIMITS } from '../../../src/limits.js'
import { BULLETINS, only, Peer, SECOND_MS } from '../../helpers/core-bench.js'
import {
  Author, delivered, digest, Stand, wanted, wantIds, type Signed,
} from '../../helpers/bulletin-bench.js'

interface Scene {
  readonly stand: Stand
  readonly link: LinkId
  readonly author: Author
}

function scene (bulletins = BULLETINS): Scene {
  const stand = new Stand({ bulletins })
  const [peer = new Peer(2)] = stand.larger()
  return { stand, link: stand.ready(peer), author: new Author(peer) }
}

function of (signed: readonly Signed[], ...indices: number[]): Signed['frame'][] {
  return indices.flatMap(index => signed[index]?.frame ?? [])
}

t.test('what comes after a gap waits for it, and the gap is asked for at once', t => {
  const { stand, link, author } = scene()
  const all = author.signAll(5)
  t.same(delivered(stand.say(link, ...of(all, 0)), author), [1])
  const effects = stand.say(link, ...of(all, 3, 4))
  t.same(delivered(effects, author), [])
  t.same(wanted(effects, link), ['2-3'])
  t.same(delivered(stand.say(link, ...of(all, 2)), author), [])
  t.same(delivered(stand.say(link, ...of(all, 1)), author), [2, 3, 4, 5])
  t.same(only(stand.live(10 * SECOND_MS), 'gap'), [])
  t.end()
})

t.test('after 5 s a gap is told, what waited is delivered, what fills it is late', t => {
  const { stand, link, author } = scene()
  const all = author.signAll(6)
  stand.say(link, ...of(all, 0, 2, 5))
  t.same(delivered(stand.live(BULLETIN_LIMITS.gapMs - 1), author), [])
  const effects = stand.live(1)
  t.same(only(effects, 'gap').map(({ first, last }) => [first, last]), [[2, 2]])
  t.same(delivered(effects, author), [3], 'the next gap has its own time')
  const next = stand.live(BULLETIN_LIMITS.gapMs)
  t.same(only(next, 'gap').map(({ first, last }) => [first, last]), [[4, 5]])
  t.same(delivered(next, author), [6])
  t.same(delivered(stand.say(link, ...of(all, 1)), author), [-2])
  t.same(delivered(stand.say(link, ...of(all, 1, 4, 4)), author), [-5])
  t.end()
})

t.test('what the author itself has no more is not waited for', t => {
  const { stand, link, author } = scene()
  const all = author.signAll(3)
  const effects = stand.say(link, ...of(all, 2))
  const [id = 0] = wantIds(effects, link)
  const answered = stand.say(link, { type: 'log-answer', id, complete: true })
  t.same(delivered(answered, author), [3])
  t.end()
})

/** A newcomer linked with one or two that carry what an author left behind. */
function newcomer (carriers: number): { stand: Stand, links: LinkId[], author: Author } {
  const stand = new Stand()
  const peers = stand.larger(carriers)
  return { stand, links: peers.map(peer => stand.ready(peer)), author: new Author(new Peer(77)) }
}

/** What a peer offers of a log is wanted and sent, and its answer ends. */
function answered (
  stand: Stand, link: LinkId, effects: readonly Effect[], sent: readonly Signed[] = [],
): Effect[] {
  const [id = 0] = wantIds(effects, link)
  const frames = sent.map(({ frame }) => frame)
  return stand.say(link, ...frames, { type: 'log-answer', id, complete: true })
}

t.test('a newcomer does not wait for a beginning that nobody it is linked with has', t => {
  const { stand, links: [link = 0 as LinkId], author } = newcomer(1)
  const all = author.signAll(5)
  const offered = stand.say(link, digest([author.row(3, 5)], true))
  const came = answered(stand, link, offered, all.slice(2))
  t.same([delivered(came, author), wanted(came, link)], [[], ['1-2']], 'it asks for it')
  const none = answered(stand, link, came)
  t.same([delivered(none, author), only(none, 'gap')], [[3, 4, 5], []])
  const late = stand.say(link, ...of(all, 0))
  t.same(delivered(late, author), [-1], 'what comes after all is late')
  t.end()
})

t.test('a beginning that another link offers is waited for', t => {
  const { stand, links: [one = 0 as LinkId, other = 0 as LinkId], author } = newcomer(2)
  const all = author.signAll(5)
  const offered = stand.say(one, digest([author.row(3, 5)], true))
  const more = stand.say(other, digest([author.row(2, 5)], true))
  t.same(wanted(more, other), ['2-2'])
  const came = answered(stand, one, offered, all.slice(2))
  t.same(wanted(came, one), ['1-1'], 'the second is asked for already')
  t.same(delivered(answered(stand, one, came), author), [])
  t.same(delivered(stand.say(other, ...of(all, 1)), author), [2, 3, 4, 5])
  t.end()
})

t.test('with its author linked, or in the middle of a log, no other is believed', t => {
  const { stand, links: [link = 0 as LinkId], author } = newcomer(1)
  const all = author.signAll(5)
  const authorLink = stand.ready(author.peer)
  const offered = stand.say(link, digest([author.row(3, 5)], true))
  const came = answered(stand, link, offered, all.slice(2))
  t.same(delivered(answered(stand, link, came), author), [])
  t.same(delivered(stand.say(authorLink, ...of(all, 0, 1)), author), [1, 2, 3, 4, 5])
  const middle = newcomer(1)
  const [carrier = 0 as LinkId] = middle.links
  const again = middle.stand.say(carrier, digest([author.row(1, 1), author.row(3, 5)], true))
  const rest = answered(middle.stand, carrier, again, [...all.slice(0, 1), ...all.slice(2)])
  t.same(delivered(rest, author), [1])
  t.same(wanted(rest, carrier), ['2-2'])
  t.same(delivered(answered(middle.stand, carrier, rest), author), [])
  t.same(only(middle.stand.live(BULLETIN_LIMITS.gapMs), 'gap').length, 1)
  t.end()
})

t.test('what was in the store before counts as seen', t => {
  const peer = new Peer(77)
  const author = new Author(peer)
  const all = author.signAll(4)
  const stand = new Stand({}, { batches: all.slice(0, 2).map(({ summary }) => summary) })
  const link = stand.ready(peer)
  t.same(delivered(stand.say(link, ...of(all, 0, 1, 2, 3)), author), [3, 4])
  t.end()
})

t.test('beyond 4 MiB behind gaps the rest is read from the store again', t => {
  const { stand, link, author } = scene()
  const contents = [new Uint8Array(250 * 1_024)]
  const all = author.signAll(22, { contents })
  stand.say(link, ...all.slice(1).map(({ frame }) => frame))
  const effects = stand.live(BULLETIN_LIMITS.gapMs)
  const batches = only(effects, 'deliver').map(({ delivery }) => delivery.batch)
  t.equal(batches.length, 21)
  t.equal(batches.filter(batch => batch !== null).length, 16)
  t.equal(batches.slice(16).every(batch => batch === null), true)
  t.end()
})

t.test('where nothing is kept, what waits behind gaps has a limit all the same', t => {
  const { stand, link, author } = scene({ ...BULLETINS, carries: false })
  const contents = [new Uint8Array(250 * 1_024)]
  const all = author.signAll(22, { contents })
  const effects = stand.say(link, ...all.slice(1).map(({ frame }) => frame))
  t.ok(delivered(effects, author).length >= 17)
  t.equal(only(effects, 'deliver').every(({ delivery }) => delivery.batch !== null), true)
  t.same(only(effects, 'gap').map(({ first, last }) => [first, last]), [[1, 1]])
  t.end()
})

t.test('more batches than may wait behind gaps: the first gap is waited for no longer', t => {
  const { stand, link, author } = scene()
  const { heldBackBatchesMax } = BULLETIN_LIMITS
  const all = author.signAll(heldBackBatchesMax + 2)
  const frames = all.slice(1).map(({ frame }) => frame)
  t.same(delivered(stand.say(link, ...frames.slice(0, heldBackBatchesMax)), author), [])
  t.equal(delivered(stand.say(link, ...frames.slice(heldBackBatchesMax)), author).length,
    heldBackBatchesMax + 1)
  t.end()
})

t.test('a log full of holes is remembered in few ranges', t => {
  const { stand, link, author } = scene()
  const { gapsPerLogMax } = BULLETIN_LIMITS
  const odd = author.signAll(2 * gapsPerLogMax + 40).filter((_, i) => i % 2 === 1)
  stand.say(link, ...odd.map(({ frame }) => frame))
  // Gaps that were given up are settled: they fill no place and are not asked for.
  const early = author.sign({ first: 3 })
  t.same(only(stand.say(link, early.frame), 'check-batch'), [])
  t.end()
})

t.test('a log that gives way to newer ones takes along what waits of it', t => {
  const { stand, link, author } = scene()
  const { peer } = author
  stand.say(link, ...of(author.signAll(2), 1))
  for (let i = 1; i <= BULLETIN_LIMITS.logsPerAuthorMax; i++) {
    stand.say(link, new Author(peer, peer.incarnation + i).sign().frame)
  }
  const effects = stand.live(2 * BULLETIN_LIMITS.gapMs)
  t.same([delivered(effects, author), only(effects, 'gap')], [[], []])
  t.end()
})

t.test('with no store what came is delivered once, for as long as it lives', t => {
  const { stand, link, author } = scene({ ...BULLETINS, carries: false, retainMs: 60_000 })
  const [, other = new Peer(5)] = stand.larger(2)
  const relay = stand.ready(other)
  const { frame } = author.sign()
  t.same(delivered(stand.say(link, frame), author), [1])
  stand.ended(link)
  stand.live(20 * SECOND_MS)
  t.same(delivered(stand.say(relay, frame), author), [])
  t.end()
})
