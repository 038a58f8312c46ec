import t from 'tap'
import type { Effect } from '../../../src/core/effect.js'
import type { AskId, LinkId } from '../../../src/core/event.js'
import { BULLETIN_LIMITS } from '../../../src/limits.js'
import {
  BULLETINS, closes, frames, HOUR_MS, only, Peer, peersOn, SECOND_MS,
} from '../../helpers/core-bench.js'
import {
  Author, delivered, digest, Stand, TOPIC, wanted,
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

t.test('a log is taken in order though its checks come back in any', t => {
  const { stand, link, author } = scene()
  stand.isHeld = true
  const effects = stand.say(link, ...author.signAll(3).map(({ frame }) => frame))
  const asks = only(effects, 'check-batch').map(({ ask }) => ask)
  t.equal(asks.length, 3)
  t.same(delivered(effects, author), [], 'nothing before its check')
  t.same(only(effects, 'store-batch'), [])
  const [one, two, three] = asks
  t.same(delivered(three === undefined ? [] : stand.checked(three), author), [])
  t.same(delivered(one === undefined ? [] : stand.checked(one), author), [1])
  t.same(delivered(two === undefined ? [] : stand.checked(two), author), [2, 3])
  t.end()
})

t.test('it is remembered who handed a batch over, who need not be its author', t => {
  const { stand, link, author } = scene()
  const [, , relay = new Peer(9)] = stand.larger(3)
  const relayed = stand.ready(relay)
  stand.say(link, author.sign().frame)
  const second = author.sign().frame
  stand.say(relayed, second)
  stand.say(link, second)
  const [peer = relay] = stand.larger()
  const of = (position: number): string | null =>
    stand.core.deliveredBy(peer.id, author.incarnation, position)
  t.same([1, 2, 3].map(of), [peer.id, relay.id, null])
  stand.publish(new Uint8Array(3))
  stand.drained()
  t.equal(stand.core.deliveredBy(stand.me.id, stand.ownLog().incarnation, 1), null, 'an own one')
  t.end()
})

t.test('what is under way or known is not checked again', t => {
  const { stand, link, author } = scene()
  const { frame } = author.sign()
  stand.isHeld = true
  t.equal(only(stand.say(link, frame, frame), 'check-batch').length, 1)
  stand.release()
  t.same(only(stand.say(link, frame), 'check-batch'), [])
  t.end()
})

t.test('a false signature closes the link of who sent it, and no other', t => {
  for (const verdict of ['bad-signature', 'bad-items'] as const) {
    const { stand, link, author } = scene()
    const [, , other = new Peer(9)] = stand.larger(3)
    const honest = stand.ready(other)
    const { frame } = author.sign()
    stand.verdict = verdict
    t.same(closes(stand.say(link, frame)), [link])
    t.same(stand.shelf.size, 0)
    stand.verdict = 'good'
    t.same(delivered(stand.say(honest, frame), author), [1], 'another brings the true one')
  }
  t.end()
})

t.test('under-worked is settled and nobody is blamed', t => {
  const { stand, link, author } = scene()
  stand.verdict = 'under-worked'
  const { frame } = author.sign()
  const effects = stand.say(link, frame)
  t.same([closes(effects), delivered(effects, author), stand.shelf.size], [[], [], 0])
  stand.verdict = 'good'
  t.same(only(stand.say(link, frame), 'check-batch'), [], 'it is not checked again')
  t.same(delivered(stand.say(link, author.sign().frame), author), [2], 'no gap is left')
  t.end()
})

t.test('dated more than 120 s ahead is not settled: it is taken when its time has come', t => {
  const { stand, link, author } = scene()
  const { frame } = author.sign({ atSeconds: 125 })
  t.same(delivered(stand.say(link, frame), author), [])
  t.same(stand.shelf.size, 0)
  stand.live(6 * SECOND_MS)
  t.same(delivered(stand.say(link, frame), author), [1])
  t.end()
})

t.test('what is dated ahead is not asked for again and again', t => {
  const { stand, link, author } = scene()
  const { frame } = author.sign({ atSeconds: 1_000_000 })
  let asked = 0
  for (let round = 0; round < 20; round++) {
    const effects = stand.say(link, digest([author.row(1, 1)], true))
    for (const { id } of frames(effects, 'log-want', link)) {
      asked++
      // The answer ends before its checks are done.
      stand.isHeld = true
      stand.say(link, frame, { type: 'log-answer', id, complete: true })
      stand.release()
    }
    stand.live(SECOND_MS)
  }
  t.equal(asked, 1)
  const later = stand.live(BULLETIN_LIMITS.futureRestMs)
  t.same(wanted(later), [])
  t.same(wanted(stand.say(link, digest([author.row(1, 1)], true))), ['1-1'], 'clocks may be set')
  t.end()
})

t.test('expired is settled, and so is what is larger than this node takes', t => {
  const { stand, link, author } = scene({ ...BULLETINS, contentBytesMax: 1_024 })
  stand.say(link, author.sign({ atSeconds: -HOUR_MS / 1_000 }).frame)
  stand.say(link, author.sign({ contents: [new Uint8Array(1_025)] }).frame)
  const effects = stand.say(link, author.sign().frame)
  t.same(delivered(effects, author), [3])
  t.equal(stand.shelf.size, 1)
  t.end()
})

t.test('of strangers only so many authors are taken', t => {
  const { stand, link } = scene()
  const strangers = peersOn('larger', stand.me, BULLETIN_LIMITS.strangersMax + 2).slice(1)
  const taken = strangers.map(peer => {
    const author = new Author(peer)
    return delivered(stand.say(link, author.sign().frame), author).length
  })
  t.equal(taken.reduce((sum, one) => sum + one, 0), BULLETIN_LIMITS.strangersMax)
  t.equal(taken.at(-1), 0)
  t.end()
})

t.test('a link is not read while 256 batches or 4 MiB of it are being checked', t => {
  const pauses = (size: number, count: number): boolean[][] => {
    const { stand, link, author } = scene({ ...BULLETINS, contentBytesMax: 1 << 20 })
    stand.isHeld = true
    const contents = [new Uint8Array(size)]
    const paused = stand.say(link, ...author.signAll(count, { contents }).map(one => one.frame))
    const resumed = stand.release()
    return [paused, resumed].map(effects =>
      only(effects, 'pause-link').map(effect => effect.paused))
  }
  const { checksPerLinkMax } = BULLETIN_LIMITS
  t.same(pauses(8, checksPerLinkMax - 1), [[], []])
  t.same(pauses(8, checksPerLinkMax), [[true], [false]])
  t.same(pauses(900 * 1_024, 4), [[], []])
  t.same(pauses(900 * 1_024, 5), [[true], [false]])
  t.end()
})

t.test('the own log is taken from nobody', t => {
  const { stand, link } = scene()
  const { incarnation } = stand.ownLog()
  const twin = new Author(stand.me, incarnation)
  t.same(only(stand.say(link, twin.sign().frame), 'check-batch'), [])
  t.same(wanted(stand.say(link, digest([twin.row(1, 9)], true))), [])
  const earlier = new Author(stand.me, incarnation - 1)
  t.same(delivered(stand.say(link, earlier.sign().frame), earlier), [1], 'an earlier run is')
  t.end()
})

t.test('validators accept, ignore or reject; what follows waits for them', t => {
  for (const verdict of ['accept', 'ignore', 'reject'] as const) {
    const { stand, link, author } = scene()
    stand.post({ kind: 'topics-set', topics: [], validated: [TOPIC] })
    const other = new Uint8Array(32).fill(6)
    const frames = [author.sign(), author.sign({ topic: other })].map(({ frame }) => frame)
    const effects = stand.say(link, ...frames)
    const [asked] = only(effects, 'validate-batch')
    t.same([only(effects, 'validate-batch').length, delivered(effects, author)], [1, []])
    if (asked === undefined) continue
    t.equal(asked.from, author.peer.id)
    const judged = stand.post({ kind: 'batch-validated', ask: asked.ask, verdict })
    t.same(delivered(judged, author), verdict === 'accept' ? [1, 2] : [2])
    t.same(closes(judged), [], 'policy is nobody\'s fault')
    t.same(only(stand.say(link, ...frames), 'check-batch'), [], 'it is settled')
  }
  t.end()
})

t.test('what is accepted of a batch that is not is delivered, in its place, and not kept', t => {
  for (const verdict of ['ignore', 'reject'] as const) {
    const { stand, link, author } = scene()
    stand.post({ kind: 'topics-set', topics: [], validated: [TOPIC] })
    const other = new Uint8Array(32).fill(6)
    const contents = [1, 2, 3].map(fill => new Uint8Array(4).fill(fill))
    const [one, two, three] = [
      author.sign({ topic: other }), author.sign({ contents }), author.sign({ topic: other }),
    ] as const
    const judge = (effects: Effect[]): Effect[] => {
      const [{ ask } = { ask: 0 as AskId }] = only(effects, 'validate-batch')
      return stand.post({ kind: 'batch-validated', ask, verdict, accepted: [0, 2] })
    }
    const early = judge(stand.say(link, two.frame, three.frame))
    t.same(delivered(early, author), [], 'it waits for what is before it')
    const effects = stand.say(link, one.frame)
    t.same(only(effects, 'deliver').map(({ delivery: { first, count, only: some } }) =>
      [first, count, some]), [[1, 1, undefined], [2, 3, [0, 2]], [5, 1, undefined]])
    t.same(delivered(judge(stand.say(link, two.frame)), author), [], 'once')
    t.same([...stand.shelf.values()], [three.bytes, one.bytes], 'it is in no store')
    const [row] = frames(stand.say(link, digest([], false)), 'log-digest')[0]?.rows ?? []
    t.same(row?.held, [{ first: 1, last: 1 }, { first: 5, last: 5 }], 'nor offered')
    t.same(wanted(stand.say(link, digest([author.row(2, 4)], true, 2))), [], 'nor asked for')
  }
  t.end()
})

t.test('what was accepted in part is not read again: in memory it gives up its gap instead', t => {
  const { stand, link, author } = scene()
  stand.post({ kind: 'topics-set', topics: [], validated: [TOPIC] })
  const contents = [new Uint8Array(120 * 1_024), new Uint8Array(120 * 1_024)]
  author.sign()
  const count = 1 + Math.ceil(BULLETIN_LIMITS.heldBackBytesMax / (240 * 1_024))
  const all = author.signAll(count, { contents })
  const effects = all.flatMap(({ frame }) => {
    const [{ ask } = { ask: 0 as AskId }] = only(stand.say(link, frame), 'validate-batch')
    return stand.post({ kind: 'batch-validated', ask, verdict: 'ignore', accepted: [1] })
  })
  t.same(only(effects, 'gap').map(({ first, last }) => [first, last]), [[1, 1]])
  t.ok(only(effects, 'deliver').length > 1)
  t.ok(only(effects, 'deliver').every(({ delivery }) => delivery.batch !== null))
  t.end()
})

t.test('batches of an author whose record is demanded and missing are not taken', t => {
  const stand = new Stand({ admission: 'invite' })
  const [peer = new Peer(2), stranger = new Peer(3)] = stand.larger(2)
  const link = stand.open(peer)
  stand.say(link, stand.hello(peer, { admission: 'invite' }), stand.welcome(peer))
  const author = new Author(peer)
  t.same(delivered(stand.say(link, author.sign().frame), author), [1])
  t.same(only(stand.say(link, new Author(stranger).sign().frame), 'check-batch'), [])
  t.end()
})

t.test('what its author may not have said makes nothing of it forgotten', t => {
  const { stand, link } = scene()
  const [, victim = new Peer(4)] = stand.larger(2)
  const logs = Array.from({ length: BULLETIN_LIMITS.logsPerAuthorMax }, (_, i) =>
    new Author(victim, victim.incarnation + i))
  for (const log of logs) stand.say(link, log.sign().frame)
  t.equal(stand.shelf.size, logs.length)
  const newer = logs.map((_, i) => new Author(victim, victim.incarnation + 1_000 + i))
  stand.say(link, digest(newer.map(log => log.row(1, 9)), true))
  t.equal(stand.shelf.size, logs.length, 'rows are signed by nobody')
  stand.isHeld = true
  stand.say(link, ...newer.map(log => log.sign().frame))
  stand.verdict = 'bad-signature'
  stand.release()
  t.equal(stand.shelf.size, logs.length, 'nor do false batches')
  t.end()
})
