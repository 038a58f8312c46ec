import t from 'tap'
import { LINK_LIMITS as limits } from '../src/limits.js'
import { Outbox, SharedBytes, type Lane } from '../src/outbox.js'
import { FakeLink } from './limits/fakes.js'

const KIB = 1024

interface Scene {
  readonly link: FakeLink
  readonly outbox: Outbox
  readonly clock: { ms: number }
}

function scene (shared = new SharedBytes()): Scene {
  const link = new FakeLink()
  const clock = { ms: 0 }
  const outbox: Outbox = new Outbox(link, () => clock.ms, () => { outbox.flush() }, shared)
  return { link, clock, outbox }
}

function bytesOf (fill: number, length = 10): Uint8Array {
  return new Uint8Array(length).fill(fill)
}

/** The first byte of every ten that left. */
function left ({ writes }: FakeLink): number[] {
  return writes.flatMap(({ bytes }) => [...bytes].filter((_, i) => i % 10 === 0))
}

t.test('control leaves before bulletins, those before answers, in one write', t => {
  const { link, outbox } = scene()
  const lanes: Lane[] = ['answers', 'bulletins', 'control', 'answers', 'bulletins', 'control']
  lanes.forEach((lane, i) => outbox.push(bytesOf(i), lane))
  outbox.flush()
  t.equal(link.writes.length, 1)
  t.same(left(link), [2, 5, 1, 4, 0, 3])
  t.end()
})

t.test('answers and requests take turns behind all else', t => {
  const { link, outbox, clock } = scene()
  const size = limits.writeBytesMax
  for (let i = 0; i < 8; i++) {
    outbox.push(bytesOf(1, size), 'answers')
    outbox.push(bytesOf(2, size), 'requests')
  }
  outbox.flush()
  outbox.push(bytesOf(3), 'control')
  for (let i = 0; i < link.writes.length; i++) {
    clock.ms += 1
    link.writes[i]?.written()
  }
  const order = link.writes.map(({ bytes }) => bytes[0] ?? 0)
  t.equal(order.filter(first => first === 1).length, 8)
  t.ok(order.indexOf(3) <= limits.handedBytesMax / size + 1, 'control waits for none of them')
  for (const first of [1, 2]) {
    const places = order.flatMap((one, i) => one === first ? [i] : [])
    const apart = places.slice(1).map((place, i) => place - (places[i] ?? 0))
    t.ok(Math.max(...apart) <= 3, `${String(places)}: neither keeps the other back`)
  }
  t.end()
})

t.test('nothing comes between the slices of a large frame, control comes right after', t => {
  const { link, outbox } = scene()
  const size = limits.handedBytesMax + 3 * limits.writeBytesMax + 10
  outbox.push(bytesOf(1, size), 'bulletins')
  outbox.push(bytesOf(2), 'bulletins')
  outbox.flush()
  outbox.push(bytesOf(3), 'control')
  for (let i = 0; i < link.writes.length; i++) link.writes[i]?.written()
  t.ok(link.writes.every(({ bytes }) => bytes.length <= limits.writeBytesMax))
  const all = Buffer.concat(link.writes.map(({ bytes }) => bytes))
  t.ok(all.subarray(0, size).every(byte => byte === 1))
  t.same([...all.subarray(size)].filter((_, i) => i % 10 === 0), [3, 2])
  t.end()
})

t.test('bulletins beyond the limit overflow: what waits is dropped, control is not', t => {
  const { link, outbox } = scene()
  t.equal(outbox.push(bytesOf(1, limits.outboxBytesMax), 'bulletins'), 'queued')
  t.equal(outbox.push(bytesOf(2), 'bulletins'), 'overflow')
  t.equal(outbox.push(bytesOf(3), 'control'), 'queued', 'each lane has room of its own')
  t.ok(outbox.hasBulletins)
  outbox.dropBulletins()
  t.notOk(outbox.hasBulletins)
  outbox.flush()
  t.same(left(link), [3])
  t.end()
})

t.test('what several links hold counts once, until the last has let it go', t => {
  const shared = new SharedBytes()
  const [one, other] = [scene(shared), scene(shared)]
  const batch = bytesOf(1, 100 * KIB)
  one.outbox.push(batch, 'bulletins')
  other.outbox.push(batch, 'bulletins')
  t.equal(shared.bytes, batch.length)
  one.outbox.flush()
  t.equal(shared.bytes, batch.length)
  other.outbox.close()
  t.equal(shared.bytes, 0)
  t.end()
})

t.test('when the whole node holds too much, whoever has bulletins waiting gives up its own', t => {
  const shared = new SharedBytes()
  for (let i = 0; shared.bytes <= limits.outboxesBytesMax; i++) {
    scene(shared).outbox.push(bytesOf(i, limits.outboxBytesMax), 'bulletins')
  }
  const { outbox } = scene(shared)
  t.equal(outbox.push(bytesOf(1), 'bulletins'), 'queued', 'who has none waiting gets one')
  t.equal(outbox.push(bytesOf(2), 'bulletins'), 'overflow')
  t.end()
})

t.test('half a second of the measured rate is handed over, within its bounds', t => {
  const windowAt = (bytesPerMs: number): number => {
    const { link, outbox, clock } = scene()
    for (let i = 0; i < 3_000; i++) outbox.push(bytesOf(1, KIB))
    outbox.flush()
    t.equal(link.writtenBytes, limits.handedBytesMax, 'of a fresh link nothing is known')
    let done = 0
    for (let i = 0; i < 12; i++) {
      const { bytes, written } = link.writes[i] ?? { bytes: bytesOf(0), written: () => {} }
      clock.ms += bytes.length / bytesPerMs
      done += bytes.length
      written()
    }
    return link.writtenBytes - done
  }
  t.equal(windowAt(10_000), limits.handedBytesMax)
  t.ok(windowAt(200) <= 100_000 + limits.writeBytesMax)
  t.ok(windowAt(1) <= limits.handedBytesMin + limits.writeBytesMax)
  t.end()
})

t.test('a link whose writes do not complete is stalled after 10 s', t => {
  const { outbox, clock, link } = scene()
  outbox.push(bytesOf(1))
  outbox.flush()
  clock.ms = limits.stalledAfterMs
  t.notOk(outbox.isStalled)
  clock.ms++
  t.ok(outbox.isStalled)
  link.writes[0]?.written()
  t.notOk(outbox.isStalled)
  t.end()
})

t.test('at the end all that is queued leaves at once', t => {
  const { outbox, link } = scene()
  outbox.push(bytesOf(1, 2 * limits.handedBytesMax), 'answers')
  outbox.push(bytesOf(2), 'control')
  outbox.flushAll()
  t.equal(link.writtenBytes, 2 * limits.handedBytesMax + 10)
  t.end()
})
