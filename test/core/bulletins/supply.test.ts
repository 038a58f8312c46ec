import t from 'tap'
import type { Effect } from '../../../src/core/effect.js'
import type { LinkId } from '../../../src/core/event.js'
import { BULLETIN_LIMITS } from '../../../src/limits.js'
import { decodeBatch } from '../../../src/wire/batch.js'
import { isRefusal } from '../../../src/wire/refusal.js'
import { closes, frames, only, Peer, SECOND_MS } from '../../helpers/core-bench.js'
import { Author, Stand, want } from '../../helpers/bulletin-bench.js'

interface Scene {
  readonly stand: Stand
  readonly link: LinkId
  readonly own: { author: Peer['id'], incarnation: number }
}

/** Linked, having published `count` batches of 100 bytes and more. */
function scene (count: number, bytes = 100): Scene {
  const stand = new Stand()
  const [peer = new Peer(2)] = stand.larger()
  const link = stand.ready(peer)
  for (let i = 0; i < count; i++) {
    stand.publish(new Uint8Array(bytes))
    stand.drained()
  }
  return { stand, link, own: stand.ownLog() }
}

/** First positions of the batches of an answer, then whether it says to be complete. */
function answered (effects: readonly Effect[]): (number | boolean)[] {
  return only(effects, 'send').flatMap(({ frame, isAnswer }): (number | boolean)[] => {
    if (frame.type === 'log-answer') return [frame.complete]
    if (frame.type !== 'batch' || isAnswer !== true) return []
    const parsed = decodeBatch(frame.batch)
    return isRefusal(parsed) ? [] : [parsed.head.first]
  })
}

t.test('a want is answered with what is held of it, in order, then its end', t => {
  const { stand, link, own } = scene(9)
  const effects = stand.say(link, want(7, own, 3, 6))
  t.same(answered(effects), [3, 4, 5, 6, true])
  t.same(frames(effects, 'log-answer', link).map(({ id }) => id), [7])
  t.same(answered(stand.say(link, want(8, own, 100, 200))), [true])
  t.same(answered(stand.say(link, want(9, { ...own, incarnation: 1 }, 1, 9))), [true])
  t.end()
})

t.test('an answer ends at the bytes asked for, at least one batch is sent', t => {
  const { stand, link, own } = scene(5, 1_000)
  t.same(answered(stand.say(link, want(1, own, 1, 5, 1))), [1, false])
  t.same(answered(stand.say(link, want(2, own, 2, 5, 2_800))), [2, 3, false])
  t.same(answered(stand.say(link, want(3, own, 4, 5, 2_800))), [4, 5, true])
  t.end()
})

t.test('an answer has no more than 1 MiB whatever is asked', t => {
  const { stand, link, own } = scene(6, 250 * 1_024)
  t.same(answered(stand.say(link, want(1, own, 1, 6, 0xffff_ffff))), [1, 2, 3, 4, false])
  t.end()
})

t.test('what is being written and could not be read is not said to be all', t => {
  const { stand, link, own } = scene(1)
  stand.isHeld = true
  stand.publish('written slowly')
  stand.drained()
  stand.say(link, want(1, own, 1, 2))
  // A store may do the one before the other.
  const [write, read] = stand.held.splice(0)
  t.equal(write?.kind, 'store-batch')
  stand.isHeld = false
  stand.shelf.delete([...stand.shelf.keys()].at(-1) ?? '')
  const early = read === undefined ? null : stand.answer(read)
  const late = write === undefined ? null : stand.answer(write)
  if (late !== null) stand.post(late)
  t.same(early === null ? [] : answered(stand.post(early)), [1, false])
  t.same(answered(stand.say(link, want(2, own, 1, 2))), [1, 2, true])
  t.end()
})

t.test('what the store has lost is not held', t => {
  const { stand, link, own } = scene(3)
  const [second] = [...stand.shelf.keys()].slice(1)
  stand.shelf.delete(second ?? '')
  t.same(answered(stand.say(link, want(1, own, 1, 3))), [1, 3, true])
  t.end()
})

t.test('eight wants of a link wait, one more closes it', t => {
  const { stand, link, own } = scene(3)
  stand.isHeld = true
  const { wantsServedMax } = BULLETIN_LIMITS
  for (let id = 1; id <= wantsServedMax; id++) {
    t.same(closes(stand.say(link, want(id, own, 1, 1))), [])
  }
  t.equal(stand.held.length, 1, 'one is served at a time')
  t.same(closes(stand.say(link, want(99, own, 1, 1))), [link])
  t.same(answered(stand.release()), [], 'and gets nothing any more')
  t.end()
})

t.test('those that wait are answered in their order', t => {
  const { stand, link, own } = scene(3)
  stand.isHeld = true
  for (let id = 1; id <= 3; id++) stand.say(link, want(id, own, id, id))
  t.same(answered(stand.release()), [1, true, 2, true, 3, true])
  t.end()
})

t.test('a link that fell behind gets nothing pushed until it has asked up to the head', t => {
  const { stand, link, own } = scene(2)
  stand.post({ kind: 'link-overflowed', link })
  const publish = (): Effect[] => [...stand.publish(), ...stand.drained()]
  const pushed = (effects: readonly Effect[]): number => only(effects, 'send')
    .filter(({ frame, isAnswer }) => frame.type === 'batch' && isAnswer !== true).length
  const effects = publish()
  t.equal(pushed(effects), 0)
  t.equal(only(effects, 'published')[0]?.linked, 0)
  publish()
  // It knew of three when it asked: the rest goes along, so that it can reach the head at all.
  t.same(answered(stand.say(link, want(1, own, 1, 3))), [1, 2, 3, 4, true])
  t.equal(pushed(publish()), 1)
  t.end()
})

t.test('an answer in pull that ends at its bytes leaves the link in pull', t => {
  const { stand, link, own } = scene(6, 250 * 1_024)
  stand.post({ kind: 'link-overflowed', link })
  t.same(answered(stand.say(link, want(1, own, 1, 2))), [1, 2, 3, 4, true])
  t.same(frames([...stand.publish(), ...stand.drained()], 'batch', link), [])
  t.end()
})

t.test('what goes along in pull keeps nothing back that was wanted', t => {
  const { stand, link, own } = scene(6, 250 * 1_024)
  const [, other = new Peer(3)] = stand.larger(2)
  const author = new Author(other)
  const relay = stand.ready(other)
  stand.say(relay, author.sign().frame)
  stand.post({ kind: 'link-overflowed', link })
  const { author: id, incarnation } = author.sign().summary
  const effects = stand.say(link, {
    type: 'log-want', id: 1, bytesMax: 1 << 20,
    ranges: [
      { ...own, first: 1, last: 1 }, { ...own, first: 3, last: 3 },
      { author: id, incarnation, first: 1, last: 1 },
    ],
  })
  t.same(answered(effects), [1, 3, 1, 4, 5, true])
  t.same(closes(stand.live(SECOND_MS)), [])
  t.end()
})
