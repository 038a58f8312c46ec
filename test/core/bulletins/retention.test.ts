import t from 'tap'
import type { Effect } from '../../../src/core/effect.js'
import type { LinkId } from '../../../src/core/event.js'
import { BULLETIN_LIMITS, PULSE_LIMITS } from '../../../src/limits.js'
import { encodeFrame } from '../../../src/wire/encode.js'
import {
  Bench, BULLETINS, frames, heartbeat, only, Peer, peersOn, SECOND_MS,
} from '../../helpers/core-bench.js'
import { Author, delivered, digest, Stand, TOPIC, wanted } from '../../helpers/bulletin-bench.js'

const MIB = 1 << 20

interface Scene {
  readonly stand: Stand
  readonly link: LinkId
  readonly author: Author
}

function scene (over: Partial<typeof BULLETINS> = {}): Scene {
  const stand = new Stand({ bulletins: { ...BULLETINS, ...over } })
  const [peer = new Peer(2)] = stand.larger()
  return { stand, link: stand.ready(peer), author: new Author(peer) }
}

/** Authors of what is in the store, and how many batches of each. */
function shelved ({ shelf }: Stand, ...authors: Author[]): number[] {
  return authors.map(({ peer }) => [...shelf.keys()].filter(key => key.startsWith(peer.id)).length)
}

const large = { contents: [new Uint8Array(100 * 1_024)] }

t.test('what is older than it is kept is dropped, and not asked for again', t => {
  const { stand, link, author } = scene({ retainMs: 60_000 })
  stand.say(link, author.sign().frame, author.sign({ atSeconds: 30 }).frame)
  const effects = stand.live(60 * SECOND_MS)
  t.same(only(effects, 'drop-batches').flatMap(({ keys }) => keys.map(key => key.first)), [1])
  t.same(shelved(stand, author), [1])
  t.same(wanted(stand.say(link, digest([author.row(1, 1)], true))), [])
  t.end()
})

t.test('a log is forgotten when its last batch has expired and its author is gone', t => {
  const { stand, link, author } = scene({ retainMs: 60_000 })
  stand.say(link, author.sign().frame)
  stand.live(70 * SECOND_MS)
  const rows = (): string[] => wanted(stand.say(link, digest([author.row(1, 1,
    { newest: Math.floor(stand.wallMs / 1_000) })], true)))
  t.same(rows(), [], 'its run goes on: what it said is remembered')
  const [, other = new Peer(3)] = stand.larger(2)
  const relay = stand.ready(other)
  stand.ended(link)
  stand.live(BULLETIN_LIMITS.expireEveryMs)
  const effects = stand.say(relay, digest([author.row(1, 1,
    { newest: Math.floor(stand.wallMs / 1_000) })], true))
  t.same(wanted(effects), ['1-1'])
  t.end()
})

t.test('whoever holds most loses its oldest batch when all is full', t => {
  const { stand, link, author } = scene({ quotaBytes: MIB })
  const [, second = new Peer(3)] = stand.larger(2)
  const other = new Author(second)
  const relay = stand.ready(second)
  stand.say(link, ...author.signAll(8, large).map(({ frame }) => frame))
  stand.say(relay, ...other.signAll(2, large).map(({ frame }) => frame))
  t.same(shelved(stand, author, other), [8, 2])
  const effects = stand.say(relay, other.sign(large).frame)
  t.same(only(effects, 'drop-batches').flatMap(({ keys }) => keys.map(({ first }) => first)), [1])
  t.same(shelved(stand, author, other), [7, 3])
  stand.say(relay, ...other.signAll(20, large).map(({ frame }) => frame))
  t.same(shelved(stand, author, other), [5, 5], 'nobody can push out more than its share')
  t.same(wanted(stand.say(link, digest([author.row(1, 7)], true))), [], 'evicted is settled')
  t.end()
})

t.test('strangers have one share together', t => {
  const { stand, link, author } = scene({ quotaBytes: MIB })
  stand.say(link, ...author.signAll(5, large).map(({ frame }) => frame))
  const strangers = peersOn('larger', stand.me, 20).slice(5).map(peer => new Author(peer))
  for (const stranger of strangers) {
    stand.say(link, ...stranger.signAll(2, large).map(({ frame }) => frame))
  }
  t.same(shelved(stand, author), [5])
  t.equal(shelved(stand, ...strangers).reduce((sum, count) => sum + count, 0), 5)
  t.end()
})

t.test('an author has eight logs: the oldest gives way, an older one is not taken', t => {
  const { stand, link, author: { peer } } = scene()
  const { logsPerAuthorMax } = BULLETIN_LIMITS
  const logs = Array.from({ length: logsPerAuthorMax + 1 }, (_, i) =>
    new Author(peer, peer.incarnation + i))
  for (const log of logs) t.same(delivered(stand.say(link, log.sign().frame), log), [1])
  t.equal(stand.shelf.size, logsPerAuthorMax)
  const older = new Author(peer, peer.incarnation - 1)
  t.same(only(stand.say(link, older.sign().frame), 'check-batch'), [])
  t.end()
})

t.test('of the logs in the store only so many of an author are taken up again', t => {
  const peer = new Peer(50)
  const { logsPerAuthorMax } = BULLETIN_LIMITS
  const all = Array.from({ length: logsPerAuthorMax + 2 }, (_, i) =>
    new Author(peer, peer.incarnation + i).sign().summary)
  const { started } = new Bench({}, { batches: all })
  t.same(only(started, 'drop-batches').flatMap(({ keys }) => keys.map(key => key.incarnation)),
    [peer.incarnation + 1, peer.incarnation])
  t.end()
})

t.test('a receipt is told 100 ms after storing, or after 1 MiB', t => {
  const { stand, link, author } = scene()
  const heads = (effects: readonly Effect[]): number[] =>
    frames(effects, 'heartbeat', link).map(({ storedHead }) => storedHead)
  stand.live(PULSE_LIMITS.heartbeatEveryMs)
  t.same(heads(stand.say(link, author.sign().frame, author.sign().frame)), [])
  t.same(heads(stand.advance(BULLETIN_LIMITS.receiptAfterMs)), [2])
  const mib = Array.from({ length: 11 }, () => author.sign(large).frame)
  t.same(heads(stand.say(link, ...mib)), [13])
  t.end()
})

t.test('a receipt tells no more than what is there without a gap', t => {
  const { stand, link, author } = scene()
  const [one, , three] = author.signAll(3).map(({ frame }) => frame)
  stand.say(link, one ?? digest(null), three ?? digest(null))
  const told = frames(stand.advance(SECOND_MS), 'heartbeat', link).map(beat => beat.storedHead)
  t.same(new Set(told), new Set([1]))
  t.end()
})

t.test('receipts of others say who stored what and whether it carries', t => {
  const { stand, link, author } = scene()
  for (let i = 0; i < 3; i++) stand.publish()
  stand.drained()
  const receipts = (effects: readonly Effect[]): unknown[] =>
    only(effects, 'receipt').map(({ peer, position, carries }) => [peer, position, carries])
  const { id } = author.peer
  t.same(receipts(stand.say(link, heartbeat(1, { storedHead: 2 }))), [[id, 2, true]])
  t.same(receipts(stand.say(link, heartbeat(2, { storedHead: 1 }))), [])
  t.same(stand.core.carriers(), [id])
  stand.say(link, { type: 'topics', carries: false, topics: [] })
  t.same(stand.core.carriers(), [])
  t.same(receipts(stand.say(link, heartbeat(3, { storedHead: 3 }))), [[id, 3, false]])
  t.end()
})

t.test('subscriptions are told together a moment later, and to each new link', t => {
  const { stand, link } = scene()
  const topics = (effects: readonly Effect[]): number[] =>
    frames(effects, 'topics').map(frame => frame.topics.length)
  stand.post({ kind: 'topics-set', topics: [TOPIC], validated: [] })
  stand.post({ kind: 'topics-set', topics: [TOPIC, new Uint8Array(32)], validated: [] })
  t.same(topics(stand.advance(BULLETIN_LIMITS.tellTopicsAfterMs)), [2])
  const [, other = new Peer(3)] = stand.larger(2)
  stand.ready(other)
  t.same(topics(stand.seen.slice(-40).map(({ effect }) => effect)), [2, 2])
  t.ok(link)
  t.end()
})

t.test('who carries nothing says so to each link, who assumes nothing says nothing', t => {
  const quiet = scene().stand
  t.same(frames(quiet.seen.map(({ effect }) => effect), 'topics'), [])
  const { stand } = scene({ carries: false })
  const [told] = frames(stand.seen.map(({ effect }) => effect), 'topics')
  t.equal(told?.carries, false)
  t.end()
})

t.test('what carries nothing passes on its own, and keeps only that', t => {
  const { stand, link, author } = scene({ carries: false })
  t.same(delivered(stand.say(link, author.sign().frame), author), [1])
  t.equal(stand.shelf.size, 0)
  stand.publish()
  const [batch] = frames(stand.drained(), 'batch', link)
  t.ok(batch !== undefined && encodeFrame(batch).length > 0)
  t.equal(stand.shelf.size, 1)
  t.end()
})

t.test('the runs of an author that were too many are not taken again while there is room', t => {
  const { stand, link, author: { peer } } = scene({ retainMs: 60_000 })
  const first = new Author(peer)
  const batch = first.sign({ atSeconds: 50 }).frame
  t.equal(only(stand.say(link, batch), 'deliver').length, 1)
  for (let i = 1; i <= BULLETIN_LIMITS.logsPerAuthorMax; i++) {
    stand.say(link, new Author(peer, peer.incarnation + i).sign().frame)
  }
  t.equal(shelved(stand, first)[0], BULLETIN_LIMITS.logsPerAuthorMax)
  // All but the first are old by then, and forgotten: there is room for it.
  stand.live(70 * SECOND_MS)
  const newest = Math.floor(stand.wallMs / 1_000) - 20
  t.same(wanted(stand.say(link, digest([first.row(1, 1, { newest })], true))), [])
  t.same(only(stand.say(link, batch), 'deliver'), [])
  t.end()
})
