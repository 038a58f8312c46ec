import t from 'tap'
import type { LinkId } from '../../../src/core/event.js'
import { BULLETIN_LIMITS, PULSE_LIMITS } from '../../../src/limits.js'
import { closes, frames, heartbeat, only, Peer, SECOND_MS } from '../../helpers/core-bench.js'
import {
  Author, delivered, digest, Stand, TOPIC, want, wanted, wantIds,
} from '../../helpers/bulletin-bench.js'

interface Scene {
  readonly stand: Stand
  readonly link: LinkId
  readonly author: Author
}

function scene (): Scene {
  const stand = new Stand()
  const [peer = new Peer(2)] = stand.larger()
  return { stand, link: stand.ready(peer), author: new Author(peer) }
}

t.test('an own bulletin with a limit of hops leaves live and is kept and offered by nobody', t => {
  const { stand, link, author } = scene()
  stand.publish('kept', { alone: true })
  const effects = stand.publish('passing', { alone: true, hopsMax: 3 })
  t.equal(frames(effects, 'batch', link).length, 1, 'it is sent')
  t.same(only(effects, 'deliver').map(({ delivery }) => delivery.first), [2], 'and delivered here')
  t.equal(stand.shelf.size, 1, 'only the other is stored')
  const [row] = frames(stand.say(link, digest([], false)), 'log-digest')[0]?.rows ?? []
  t.same(row?.held, [{ first: 1, last: 1 }], 'and offered')
  const answer = stand.say(link, want(1, stand.ownLog(), 1, 2))
  t.equal(frames(answer, 'batch', link).length, 1, 'and handed to who asks')
  t.same(frames(answer, 'log-answer', link).map(({ complete }) => complete), [true])
  t.same(delivered(stand.say(link, author.sign().frame), author), [1])
  t.end()
})

t.test('one of others with a limit is delivered once and neither kept nor asked for', t => {
  const { stand, link, author } = scene()
  const all = [author.sign(), author.sign({ hopsMax: 1 }), author.sign()]
  const effects = stand.say(link, ...all.map(({ frame }) => frame))
  t.same(delivered(effects, author), [1, 2, 3])
  t.equal(stand.shelf.size, 2)
  t.same(only(stand.say(link, ...all.map(({ frame }) => frame)), 'check-batch'), [], 'settled')
  t.same(wanted(stand.say(link, digest([author.row(1, 2)], true))), [])
  const told = frames(stand.advance(BULLETIN_LIMITS.receiptAfterMs), 'heartbeat', link)
  t.same(told.map(({ storedHead }) => storedHead), [3], 'its author hears that it came')
  t.end()
})

t.test('what has passed more links than it may is not taken, and not settled by it', t => {
  const { stand, link, author } = scene()
  const { frame } = author.sign({ hopsMax: 2 })
  t.same(only(stand.say(link, { ...frame, hops: 2 }), 'check-batch'), [])
  t.same(delivered(stand.say(link, { ...frame, hops: 1 }), author), [1])
  const { frame: free } = author.sign()
  t.same(delivered(stand.say(link, { ...free, hops: 200 }), author), [2], '0 is no limit')
  t.end()
})

t.test('who was away waits for none that passed: its author says that it has none', t => {
  const { stand, link, author } = scene()
  const [first, , third] = [author.sign(), author.sign({ hopsMax: 1 }), author.sign()]
  stand.say(link, first.frame)
  const effects = stand.say(link, third.frame)
  t.same(wanted(effects, link), ['2-2'])
  const [id = 0] = wantIds(effects, link)
  t.same(delivered(stand.say(link, { type: 'log-answer', id, complete: true }), author), [3])
  t.end()
})

t.test('one that passes and waits behind a gap is held in memory: no store has it', t => {
  const { stand, link, author } = scene()
  const contents = [new Uint8Array(240 * 1_024)]
  author.sign()
  const count = 1 + Math.ceil(BULLETIN_LIMITS.heldBackBytesMax / (240 * 1_024))
  const effects = author.signAll(count, { contents, hopsMax: 1 })
    .flatMap(({ frame }) => stand.say(link, frame))
  t.same(only(effects, 'gap').map(({ first, last }) => [first, last]), [[1, 1]])
  t.ok(only(effects, 'deliver').every(({ delivery }) => delivery.batch !== null))
  t.end()
})

t.test('batches of a log are judged side by side and taken in order', t => {
  const { stand, link, author } = scene()
  stand.post({ kind: 'topics-set', topics: [], validated: 'all' })
  const effects = stand.say(link, ...author.signAll(3).map(({ frame }) => frame))
  const asks = only(effects, 'validate-batch').map(({ ask }) => ask)
  t.equal(asks.length, 3, 'nobody waits for the judgement of another')
  const judge = (i: number, verdict: 'accept' | 'ignore'): number[] => {
    const ask = asks[i]
    return ask === undefined ? [] : delivered(stand.post({
      kind: 'batch-validated', ask, verdict,
    }), author)
  }
  t.same(judge(2, 'accept'), [])
  t.same(judge(0, 'accept'), [1])
  t.same(judge(1, 'ignore'), [3])
  t.end()
})

t.test('what would not be taken anyway is not judged ahead', t => {
  const { stand, link, author } = scene()
  stand.post({ kind: 'topics-set', topics: [], validated: [TOPIC] })
  const effects = stand.say(link, author.sign().frame, author.sign({ atSeconds: 1_000 }).frame,
    author.sign({ topic: new Uint8Array(32) }).frame)
  t.equal(only(effects, 'validate-batch').length, 1)
  t.end()
})

t.test('a link that is not read until its batches are judged is not taken for silent', t => {
  const { stand, link, author } = scene()
  stand.post({ kind: 'topics-set', topics: [], validated: [TOPIC] })
  const count = BULLETIN_LIMITS.checksPerLinkMax
  const effects = stand.say(link, ...author.signAll(count).map(({ frame }) => frame))
  t.same(only(effects, 'pause-link').map(({ paused }) => paused), [true])
  t.same(closes(stand.advance(3 * PULSE_LIMITS.silenceMaxMs)), [])
  for (const { ask } of only(effects, 'validate-batch')) {
    stand.post({ kind: 'batch-validated', ask, verdict: 'ignore' })
  }
  t.same(closes(stand.say(link, heartbeat(1))), [])
  t.same(closes(stand.advance(PULSE_LIMITS.silenceMaxMs + SECOND_MS)), [link], 'read, it is judged')
  t.end()
})
