import t from 'tap'
import type { Effect } from '../../../src/core/effect.js'
import { BULLETIN_LIMITS, WIRE_LIMITS } from '../../../src/limits.js'
import { decodeBatch, type Batch } from '../../../src/wire/batch.js'
import { decodeItems } from '../../../src/wire/bulletin.js'
import { isRefusal } from '../../../src/wire/refusal.js'
import {
  EPOCH_MS, HOUR_MS, SECOND_MS, frames, heartbeat, only, Peer, type Bench,
} from '../../helpers/core-bench.js'
import { Stand } from '../../helpers/bulletin-bench.js'

function batches (effects: readonly Effect[]): Batch[] {
  return frames(effects, 'batch').flatMap(({ batch }) => {
    const parsed = decodeBatch(batch)
    return isRefusal(parsed) ? [] : [parsed]
  })
}

function counts (effects: readonly Effect[]): number[] {
  return batches(effects).map(({ head }) => head.count)
}

function linked (): { stand: Stand, link: ReturnType<Bench['ready']> } {
  const stand = new Stand()
  const [peer] = stand.larger()
  return { stand, link: stand.ready(peer ?? new Peer(2)) }
}

t.test('what is published between two drains is one batch, in order', t => {
  const { stand } = linked()
  for (const text of ['a', 'b', 'c']) t.same(batches(stand.publish(text)), [])
  const effects = stand.drained()
  const [batch] = batches(effects)
  t.same(counts(effects), [3])
  t.equal(batch?.head.first, 1)
  const items = decodeItems(batch?.items ?? new Uint8Array(), 3)
  const texts = isRefusal(items) ? [] : items.map(one => new TextDecoder().decode(one.content))
  t.same(texts, ['a', 'b', 'c'])
  t.same(only(effects, 'published').map(({ position, linked }) => [position, linked]),
    [[1, 1], [2, 1], [3, 1]])
  t.same(stand.drained(), [])
  t.end()
})

t.test('each batch names the one before it', t => {
  const { stand } = linked()
  stand.publish()
  const [one] = batches(stand.drained())
  stand.publish()
  const [other] = batches(stand.drained())
  t.same(one?.head.previous, new Uint8Array(32))
  t.same(other?.head.previous, stand.me.keys.suite.hash(one?.headBytes ?? new Uint8Array()))
  t.equal(other?.head.first, 2)
  t.end()
})

t.test('a batch ends at its number of items and at its bytes', t => {
  const { stand } = linked()
  const many = Array.from({ length: 1_025 }, () => stand.publish()).flat()
  t.same(counts(many), [1_024])
  t.same(counts(stand.drained()), [1])
  const large = new Uint8Array(100 * 1_024)
  const effects = [1, 2, 3].flatMap(() => stand.publish(large))
  t.same(counts(effects), [2])
  t.same(counts(stand.drained()), [1])
  t.end()
})

t.test('alone is a batch of one, at once, and other hops another batch', t => {
  const { stand } = linked()
  stand.publish('a')
  t.same(counts(stand.publish('b', { alone: true })), [1, 1])
  stand.publish('c')
  const effects = stand.publish('d', { hopsMax: 3 })
  t.same(batches(effects).map(({ head }) => head.hopsMax), [0])
  t.same(batches(stand.drained()).map(({ head }) => head.hopsMax), [3])
  t.end()
})

t.test('while earlier ones wait for a link the open batch grows for 5 ms at most', t => {
  const { stand } = linked()
  stand.publish('a')
  t.same(counts(stand.drained(true)), [])
  stand.advance(4)
  stand.publish('b')
  t.same(counts(stand.drained(true)), [])
  t.same(counts(stand.advance(1)), [2])
  t.end()
})

t.test('publishing waits at 8 MiB that nobody stored, and goes on by receipts', t => {
  const { stand, link } = linked()
  const content = new Uint8Array(256 * 1_024 - 100)
  let asked = 0
  let published = 0
  for (; asked < 40; asked++) {
    published += only([...stand.publish(content), ...stand.drained()], 'published').length
  }
  // Who stores nothing is waited for, and then no longer: the rest is what one may have unstored.
  const later = [...stand.advance(BULLETIN_LIMITS.laggingMaxMs), ...stand.drained()]
  published += only(later, 'published').length
  const bytes = published * 256 * 1_024
  t.ok(bytes > BULLETIN_LIMITS.unstoredBytesMax - 600_000, `${published} left`)
  t.ok(bytes < BULLETIN_LIMITS.unstoredBytesMax + 600_000, `${published} left`)
  t.same(only(stand.say(link, heartbeat(1, { storedHead: 0 })), 'published'), [])
  const more = [...stand.say(link, heartbeat(2, { storedHead: 4 })), ...stand.drained()]
  t.equal(only(more, 'published').length, 4)
  t.same(only(more, 'receipt').map(({ position }) => position), [4])
  const lie = [...stand.say(link, heartbeat(3, { storedHead: 0xffff_ffff })), ...stand.drained()]
  t.equal(only(lie, 'receipt')[0]?.position, published + 4, 'no more than left counts')
  t.end()
})

t.test('without a link nothing holds publishing back', t => {
  const { stand, link } = linked()
  const content = new Uint8Array(256 * 1_024 - 100)
  let published = 0
  for (let i = 0; i < 50; i++) {
    published += only([...stand.publish(content), ...stand.drained()], 'published').length
  }
  t.ok(published < 50)
  const effects = [...stand.ended(link), ...stand.drained()]
  t.equal(published + only(effects, 'published').length, 50)
  t.same(only(effects, 'published').map(({ linked }) => linked).every(count => count === 0), true)
  t.end()
})

t.test('a clock 90 s off the others fails publishing', t => {
  const stand = new Stand()
  for (const peer of stand.larger(3)) {
    const link = stand.open(peer)
    stand.say(link, stand.hello(peer, { wallMs: EPOCH_MS - 91_000 }), stand.welcome(peer))
  }
  t.same(only(stand.publish(), 'publish-failed').map(({ code }) => code), ['clock-skew'])
  t.end()
})

t.test('a full disk fails publishing for a while, and is told once', t => {
  const { stand } = linked()
  stand.takesWrites = false
  stand.publish('lost')
  const effects = stand.drained()
  t.equal(only(effects, 'published').length, 1, 'it left all the same')
  t.equal(only(stand.seen.map(({ effect }) => effect), 'notify')
    .filter(({ notice }) => notice.kind === 'warning' && notice.code === 'store-failed').length, 1)
  t.same(only(stand.publish(), 'publish-failed').map(({ code }) => code), ['store-failed'])
  stand.takesWrites = true
  stand.live(BULLETIN_LIMITS.storeRestMs)
  stand.publish('kept')
  t.equal(only(stand.drained(), 'published')[0]?.position, 2)
  t.end()
})

t.test('too many that wait are refused, and leaving ends what waits', t => {
  const { stand } = linked()
  const content = new Uint8Array(256 * 1_024)
  for (let i = 0; i < 40; i++) stand.publish(content)
  const small = new Uint8Array(1)
  let busy = 0
  for (let i = 0; i < BULLETIN_LIMITS.publishesWaitingMax + 10; i++) {
    busy += only(stand.publish(small), 'publish-failed').length
  }
  t.ok(busy > 0 && busy < 40, `${busy} refused`)
  const ends = only(stand.post({ kind: 'leave-asked' }), 'publish-failed')
  t.equal(ends.length, BULLETIN_LIMITS.publishesWaitingMax)
  t.same(only(stand.publish(), 'publish-failed').map(({ code }) => code), ['closed'])
  t.end()
})

t.test('a fresh incarnation is a new log, and what was open belongs to the former', t => {
  const stand = new Stand()
  const [peer = new Peer(2)] = stand.larger()
  stand.publish('one')
  stand.drained()
  const former = stand.ownLog()
  stand.publish('two')
  // A record of an earlier run whose clock was ahead.
  const ahead = (EPOCH_MS + HOUR_MS) * 1_024
  const link = stand.open(peer)
  stand.say(link, stand.hello(peer), {
    type: 'refuse', code: 'stale', retryAfterMs: 0, others: [],
    record: stand.me.record({ incarnation: ahead, version: 1 }),
  })
  const drawn = only(stand.seen.map(({ effect }) => effect), 'store-incarnation').at(-1)
  t.ok((drawn?.incarnation ?? 0) > ahead, 'a fresh one was drawn')
  const effects = [...stand.publish('three'), ...stand.drained()]
  const stored = only(stand.seen.map(({ effect }) => effect), 'store-batch')
    .map(({ batch: { incarnation, first, count } }) => [incarnation, first, count])
  t.same(stored, [
    [former.incarnation, 1, 1], [former.incarnation, 2, 1], [drawn?.incarnation, 1, 1],
  ])
  t.same(only(effects, 'published').map(({ position }) => position), [2, 1])
  t.end()
})

t.test('a log without a position left fails publishing, and nothing else', t => {
  const { positionsPerLogMax } = WIRE_LIMITS
  // Four billion bulletins are not published here: the limit comes down to them.
  const setTo = (positions: number): void => {
    Object.assign(WIRE_LIMITS, { positionsPerLogMax: positions })
  }
  t.teardown(() => { setTo(positionsPerLogMax) })
  const { stand, link } = linked()
  setTo(3)
  stand.publish('a')
  stand.drained()
  const effects = ['b', 'c', 'd', 'e'].flatMap(text => stand.publish(text))
  t.same(only(effects, 'publish-failed').map(({ code }) => code), ['log-full', 'log-full'])
  const last = stand.drained()
  t.same(only(last, 'published').map(({ position }) => position), [2, 3])
  t.same(counts(last), [2])
  const [beat] = frames(stand.advance(SECOND_MS), 'heartbeat', link)
  t.equal(beat?.ownHead, 3)
  t.same(only(stand.publish('f', { alone: true }), 'publish-failed').map(({ code }) => code),
    ['log-full'])
  t.same(stand.drained(), [])
  t.end()
})

t.test('heartbeats tell the head of what left, not of what is open', t => {
  const { stand, link } = linked()
  stand.publish()
  const heads = (): number[] =>
    frames(stand.advance(SECOND_MS), 'heartbeat', link).map(({ ownHead }) => ownHead)
  t.equal(heads()[0], 0)
  stand.drained()
  t.equal(heads()[0], 1)
  t.end()
})
