import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import t, { type Test } from 'tap'
import { HandshakeQueue } from '../../src/tls/handshake-queue.js'

const LIMITS = {
  handshakesMax: 4, handshakesPerIpMax: 2, handshakeEvictableAfterMs: 1_000, handshakeMaxMs: 60_000,
}

/** As much of a socket as the queue touches. */
class FakeSocket extends EventEmitter {
  readonly localAddress = '192.0.2.1'
  readonly remoteAddress: string | undefined
  readonly remotePort: number
  destroyed = false

  constructor (ip: string | undefined, port: number) {
    super()
    this.remoteAddress = ip
    this.remotePort = port
  }

  destroy (): void {
    this.destroyed = true
    this.emit('close')
  }
}

class Door {
  nowMs = 0
  readonly queue: HandshakeQueue
  #port = 1

  constructor (t: Test, limits = LIMITS) {
    this.queue = new HandshakeQueue(limits, () => this.nowMs)
    t.teardown(() => { this.queue.destroyAll() })
  }

  knock (ip: string | undefined): FakeSocket {
    const socket = new FakeSocket(ip, this.#port++)
    this.queue.begin(socket as unknown as Socket)
    return socket
  }
}

t.test('a full house turns the newcomer away while all are young', async t => {
  const door = new Door(t)
  const first = ['a', 'b', 'c', 'd'].map(ip => door.knock(ip))
  door.nowMs = 999
  t.ok(door.knock('e').destroyed)
  t.notOk(first.some(socket => socket.destroyed))
  t.equal(door.queue.size, 4)
})

t.test('once the oldest had its second it makes room', async t => {
  const door = new Door(t)
  const oldest = door.knock('a')
  door.nowMs = 500
  const others = ['b', 'c', 'd'].map(ip => door.knock(ip))
  door.nowMs = 1_000
  t.notOk(door.knock('e').destroyed)
  t.ok(oldest.destroyed)
  t.notOk(others.some(socket => socket.destroyed))
  t.ok(door.knock('f').destroyed, 'the next oldest is young')
})

t.test('one IP address competes with itself only', async t => {
  const door = new Door(t)
  const stranger = door.knock('b')
  const own = [door.knock('a'), door.knock('a')]
  t.ok(door.knock('a').destroyed)
  door.nowMs = 1_000
  t.notOk(door.knock('a').destroyed)
  t.same(own.map(socket => socket.destroyed), [true, false])
  t.notOk(stranger.destroyed)
})

t.test('a finished or closed handshake gives its place back and lives on', async t => {
  const door = new Door(t)
  const [one, other] = [door.knock('a'), door.knock('a')]
  door.queue.finish(one as unknown as Socket)
  t.notOk(door.knock('a').destroyed)
  t.notOk(one.destroyed)
  other.destroy()
  t.notOk(door.knock('a').destroyed)
  t.equal(door.queue.size, 2)
  one.destroy()
  t.equal(door.queue.size, 2, 'the end of a link is none of its business')
})

t.test('a connection that is gone before it is looked at takes no place', async t => {
  const door = new Door(t)
  t.ok(door.knock(undefined).destroyed)
  t.equal(door.queue.size, 0)
})

t.test('closing the door ends what is under way', async t => {
  const door = new Door(t)
  const sockets = [door.knock('a'), door.knock('b')]
  door.queue.destroyAll()
  t.ok(sockets.every(socket => socket.destroyed))
  t.equal(door.queue.size, 0)
})

t.test('a handshake that takes too long is ended', async t => {
  const door = new Door(t, { ...LIMITS, handshakeMaxMs: 1 })
  const socket = door.knock('a')
  await new Promise(resolve => {
    // The timer of the queue does not keep the process alive; this one does.
    const alive = setInterval(() => {}, 1_000)
    socket.once('close', () => {
      clearInterval(alive)
      resolve(undefined)
    })
  })
  t.ok(socket.destroyed)
  t.equal(door.queue.size, 0)
})
