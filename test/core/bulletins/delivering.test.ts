import t from 'tap'
import type { LinkId } from '../../../src/core/event.js'
import { BULLETIN_LIMITS } from '../../../src/limits.js'
import { BULLETINS, only, Peer, SECOND_MS } from '../../helpers/core-bench.js'
import {
  Author, delivered, Stand, wanted, wantIds, type Signed,
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
