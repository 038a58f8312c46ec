/**
 * The one-frame walk of ARCHITECTURE.md, kept true: a real ping over real TLS is followed through
 * the rooms it crosses, by the call stacks at the three places where it changes hands.
 */
import t from 'tap'
import { createNode } from '../../src/index.js'
import { Pulse } from '../../src/core/pulse.js'
import { FrameReader } from '../../src/wire/reader.js'

/** Rooms of src on the present call stack, outermost first, each once. */
const roomsOnStack = (): string[] => {
  const rooms: string[] = []
  for (const line of (new Error().stack ?? '').split('\n').reverse()) {
    const room = /\/src\/([\w/-]+)\.[jt]s/.exec(line)?.[1]
    if (room !== undefined && rooms.at(-1) !== room) rooms.push(room)
  }
  return rooms
}

t.test('a ping crosses tls/link, wire/reader, node and core/pulse to its listener', async t => {
  const stops: Record<string, string[]> = {}
  const { next } = FrameReader.prototype
  const { onPing } = Pulse.prototype
  t.teardown(() => {
    FrameReader.prototype.next = next
    Pulse.prototype.onPing = onPing
  })
  FrameReader.prototype.next = function () {
    const frame = next.call(this)
    if (frame?.type === 'ping') stops['read'] ??= roomsOnStack()
    return frame
  }
  Pulse.prototype.onPing = function (...args) {
    stops['decided'] ??= roomsOnStack()
    return onPing.apply(this, args)
  }
  const host = '127.0.0.1'
  const receiver = await createNode({ port: 0, host, periodMs: 86_400_000 })
  const sender = await createNode({ port: 0, host, periodMs: 100, connect: [receiver.address] })
  t.teardown(() => Promise.all([receiver.close(), sender.close()]))
  await new Promise<void>(resolve => {
    receiver.once('ping', () => {
      stops['told'] ??= roomsOnStack()
      resolve()
    })
  })
  t.same(stops['read'], ['tls/link', 'link-hall'],
    'bytes leave the socket and are cut into frames by the hallway')
  t.same(stops['decided'], ['node', 'core/core'], 'the hallway asks the core, the core its pulse')
  t.equal(stops['told']?.at(-1), 'node', 'the hallway tells the embedder')
  const trace = receiver.trace().map(({ what }) => what)
  const arrival = trace.findIndex(what =>
    what.kind === 'frame-received' && what.frame.type === 'ping')
  const notice = trace.findIndex(what =>
    what.kind === 'notify' && what.notice.kind === 'ping')
  t.ok(arrival >= 0 && notice > arrival, 'the flight recorder shows the fact, then the effect')
})
