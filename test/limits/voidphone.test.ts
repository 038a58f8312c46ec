/** Fills every limit of the doors for Voidphone: played modules, real sockets where they count. */
import { connect } from 'node:net'
import type { Test } from 'tap'
import { VOIDPHONE_LIMITS as limits } from '../../src/limits.js'
import type { Identity } from '../../src/index.js'
import { askForMembers, Bootstrap } from '../../src/voidphone/bootstrap.js'
import { encodeMessage } from '../../src/voidphone/codec.js'
import { openDoor } from '../../src/voidphone/door.js'
import { serveVoidphone, VoidphoneClient } from '../../src/voidphone/index.js'
import { Module, type ModuleSocket } from '../../src/voidphone/modules.js'
import { isProven, Prover } from '../../src/voidphone/proof.js'
import { openP2pServer } from '../../src/voidphone/p2p-server.js'
import { startLinked, until } from '../helpers/loopback-nodes.js'
import { FakeSocket } from '../voidphone/fake-socket.js'
import { fill } from './fill.js'

/** A module whose announcements stay under way until `release`. */
class Scene {
  readonly socket = new FakeSocket()
  readonly why: (string | null)[] = []
  readonly release: (() => void)[] = []
  dropped = 0
  readonly module = new Module(this.socket as unknown as ModuleSocket, {
    announced: () => new Promise(resolve => { this.release.push(resolve) }),
    subscribed: () => {},
    dropped: () => { this.dropped++ },
    ended: (_, why) => { this.why.push(why) },
  })

  announce (bytes: number): void {
    this.socket.say({ kind: 'announce', hopsMax: 0, type: 1, data: new Uint8Array(bytes) })
  }

  ask (bytes = 1): boolean {
    return this.module.ask(1, new Uint8Array(bytes), () => {}) !== null
  }
}

/** Fills what may be under way with announcements of this size, and goes one beyond. */
async function fillAnnouncements (t: Test, count: number, bytes: number): Promise<void> {
  const scene = new Scene()
  for (let i = 0; i < count - 1; i++) scene.announce(bytes)
  t.equal(scene.module.isPaused, false)
  scene.announce(bytes)
  t.equal(scene.module.isPaused, true, 'it is not read')
  t.equal(scene.ask(), true)
  t.equal(scene.module.isPaused, false, 'but for the verdict that it owes')
  scene.announce(bytes)
  t.equal(scene.dropped, 1)
  scene.socket.answer(true)
  t.equal(scene.module.isPaused, true)
  for (const release of scene.release.splice(0, count / 2 - 1)) release()
  await Promise.resolve()
  t.equal(scene.module.isPaused, true)
  for (const release of scene.release.splice(0, 2)) release()
  await until(() => !scene.module.isPaused)
}

/** How many of so many connections to a door stay. */
async function staying (
  t: Test, count: number, options: Parameters<typeof openDoor>[2],
): Promise<number> {
  let opened = 0
  const door = await openDoor('api', '127.0.0.1:0', options, () => { opened++ })
  t.teardown(() => door.close())
  const port = Number(door.address.split(':')[1])
  let ended = 0
  for (let i = 0; i < count; i++) {
    const socket = connect({ host: '127.0.0.1', port })
    socket.on('error', () => {}).once('close', () => { ended++ })
    socket.resume()
    t.teardown(() => socket.destroy())
  }
  await until(() => opened + ended >= count)
  return opened
}

class Timers {
  readonly all: { readonly delayMs: number, readonly callback: () => void }[] = []

  schedule = (delayMs: number, callback: () => void): unknown =>
    this.all.push({ delayMs, callback })

  cancel = (): void => {}

  fire (): void {
    for (const { callback } of this.all.splice(0)) callback()
  }
}

/** A bootstrap that dials into a list. */
function stage (timers = new Timers()): { bootstrap: Bootstrap, dialled: string[] } {
  const dialled: string[] = []
  const node = {
    address: '192.0.2.9:1',
    peers: () => [],
    connect: async (address: string) => {
      dialled.push(address)
      return address as Identity
    },
  }
  const prover = new Prover(1)
  const bootstrap = new Bootstrap('127.0.0.1:9', 600_000, {
    node, prover, clock: timers, tell: () => {},
  })
  return { bootstrap, dialled }
}

function addresses (count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, i) => `10.0.0.1:${from + i + 1}`)
}

/** Whether serving takes such an option. */
async function takes (t: Test, options: object): Promise<boolean> {
  const node = await startLinked(t, [])
  try {
    await (await serveVoidphone(node, options, { log: () => {} })).close()
    return true
  } catch (error) {
    t.match(error, { code: 'option-invalid' })
    return false
  }
}

fill('VOIDPHONE_LIMITS', {
  modulesMax: async t => {
    const options = { connectionsMax: limits.modulesMax }
    t.equal(await staying(t, limits.modulesMax + 3, options), limits.modulesMax)
  },
  moduleTypesMax: t => {
    const { socket, why } = new Scene()
    for (let type = 0; type < limits.moduleTypesMax; type++) socket.say({ kind: 'notify', type })
    socket.say({ kind: 'notify', type: 1 })
    t.same(why, [], 'the same again is nothing new')
    socket.say({ kind: 'notify', type: 65_535 })
    t.match(why, [/more than 1024 types/])
    t.equal(socket.isDestroyed, true)
  },
  moduleOutboxBytesMax: t => {
    const scene = new Scene()
    scene.socket.writableLength = limits.moduleOutboxBytesMax - 100
    t.same([scene.ask(100), scene.ask(101)], [true, false])
  },
  verdictsPerModuleMax: t => {
    const scene = new Scene()
    let asked = 0
    while (scene.ask()) asked++
    t.equal(asked, limits.verdictsPerModuleMax)
    scene.socket.answer(true)
    t.equal(scene.ask(), true)
  },
  announcesPerModuleMax: t => fillAnnouncements(t, limits.announcesPerModuleMax, 1),
  announceBytesPerModuleMax: t => {
    const bytes = 32_768
    return fillAnnouncements(t, limits.announceBytesPerModuleMax / bytes, bytes)
  },
  validationDefaultMs: async t => {
    const timers = new Timers()
    const node = await startLinked(t, [])
    const server = await serveVoidphone(node, { api: '127.0.0.1:0' }, {
      log: () => {}, clock: timers,
    })
    t.teardown(() => server.close())
    const [asked, announcer] = await Promise.all(
      [1, 2].map(() => VoidphoneClient.connect(server.api ?? '')))
    await asked?.notify(1)
    await until(() => server.counts.types === 1)
    await announcer?.announce(1, 'x')
    await asked?.next()
    t.same(timers.all.map(({ delayMs }) => delayMs), [limits.validationDefaultMs])
    timers.fire()
    await until(() => server.counts.unanswered === 1)
  },
  validationMinMs: async t => {
    const validationTimeoutMs = limits.validationMinMs
    t.equal(await takes(t, { validationTimeoutMs }), true)
    t.equal(await takes(t, { validationTimeoutMs: validationTimeoutMs - 1 }), false)
  },
  validationMaxMs: async t => {
    const validationTimeoutMs = limits.validationMaxMs
    t.equal(await takes(t, { validationTimeoutMs }), true)
    t.equal(await takes(t, { validationTimeoutMs: validationTimeoutMs + 1 }), false)
  },
  cacheMost: async t => {
    t.equal(await takes(t, { cacheSize: limits.cacheMost }), true)
    t.equal(await takes(t, { cacheSize: limits.cacheMost + 1 }), false)
  },
  proofBits: t => {
    t.equal(new Prover().bits, limits.proofBits)
    t.equal(isProven(0n, 0x1281846n, limits.proofBits), true)
    t.equal(isProven(0n, 0x1281846n, limits.proofBits + 1), false)
  },
  proofsWaitingMax: async t => {
    const prover = new Prover(60)
    const ends = new AbortController()
    const outcomes: string[] = []
    const all = Array.from({ length: limits.proofsWaitingMax + 2 }, (_, i) =>
      prover.prove(BigInt(i), ends.signal).catch((error: unknown) => {
        outcomes.push((error as { code?: string }).code ?? 'ended')
      }))
    await until(() => outcomes.length > 0)
    t.same(outcomes, ['busy'], 'one is under way, the others wait')
    ends.abort(new Error('ended'))
    await Promise.all(all)
    await prover.close()
  },
  askersMax: async t => {
    const options = { connectionsMax: limits.askersMax }
    t.equal(await staying(t, limits.askersMax + 2, options), limits.askersMax)
  },
  askersPerIpMax: async t => {
    const prover = new Prover(1)
    const door = await openP2pServer('127.0.0.1:0', {
      prover, clock: new Timers(), port: () => 1, peers: () => [],
    })
    t.teardown(() => Promise.all([door.close(), prover.close()]))
    const ended = new Set<number>()
    const sockets = Array.from({ length: limits.askersPerIpMax + 1 }, (_, i) => {
      const socket = connect({ host: '127.0.0.1', port: Number(door.address.split(':')[1]) })
      socket.on('error', () => {}).once('close', () => { ended.add(i) })
      return socket.resume()
    })
    t.teardown(() => { for (const socket of sockets) socket.destroy() })
    await until(() => ended.size === 1)
    t.same([...ended], [limits.askersPerIpMax])
  },
  exchangeMaxMs: async t => {
    const prover = new Prover(1)
    const [here, there] = [new Timers(), new Timers()]
    const door = await openP2pServer('127.0.0.1:0', {
      prover, clock: there, port: () => 1, peers: () => [],
    })
    const silent = await openDoor('p2p', '127.0.0.1:0', { connectionsMax: 9 }, () => {})
    t.teardown(() => Promise.all([door.close(), silent.close(), prover.close()]))
    const socket = connect({ host: '127.0.0.1', port: Number(door.address.split(':')[1]) })
    const ended = new Promise(resolve => { socket.resume().once('close', resolve) })
    await until(() => there.all.length === 1)
    t.equal(there.all[0]?.delayMs, limits.exchangeMaxMs)
    there.fire()
    await ended
    const never = new AbortController().signal
    const asked = askForMembers(silent.address, { prover, clock: here }, never)
    t.equal(here.all[0]?.delayMs, limits.exchangeMaxMs)
    here.fire()
    await t.rejects(asked, /no answer in time/)
  },
  entriesAskedMax: async t => {
    const prover = new Prover(1)
    let asked = 0
    const door = await openDoor('p2p', '127.0.0.1:0', { connectionsMax: 9 }, socket => {
      socket.once('data', bytes => {
        asked = bytes[4] ?? 0
        const nonce = BigInt(bytes.readUInt32BE(8))
        void prover.prove(nonce, new AbortController().signal).then(challenge => {
          socket.write(encodeMessage({
            kind: 'peer-response', nonce, challenge, family: 4, entries: addresses(asked + more),
          }))
        })
      })
    })
    t.teardown(() => Promise.all([door.close(), prover.close()]))
    let more = 0
    const ask = (): Promise<unknown> => askForMembers(
      door.address, { prover, clock: new Timers() }, new AbortController().signal)
    t.match(await ask(), { entries: addresses(limits.entriesAskedMax) })
    t.equal(asked, limits.entriesAskedMax)
    more = 1
    await t.rejects(ask(), /more than was asked for/)
  },
  handEveryMs: t => {
    const timers = new Timers()
    const { bootstrap, dialled } = stage(timers)
    bootstrap.take(addresses(3))
    t.equal(dialled.length, 1)
    t.same(timers.all.map(({ delayMs }) => delayMs), [limits.handEveryMs])
    timers.fire()
    t.equal(dialled.length, 2)
  },
  handsWaitingMax: t => {
    const { bootstrap } = stage()
    bootstrap.take(addresses(1))
    bootstrap.take(addresses(limits.handsWaitingMax + 5, 1))
    t.equal(bootstrap.waiting, limits.handsWaitingMax)
  },
  handedMost: t => {
    const timers = new Timers()
    const { bootstrap, dialled } = stage(timers)
    for (let i = 0; i < limits.handedMost + 20; i++) {
      bootstrap.take(addresses(1, i))
      timers.fire()
    }
    t.equal(dialled.length, limits.handedMost)
  },
  askAgainMs: async t => {
    const timers = new Timers()
    const { bootstrap } = stage(timers)
    bootstrap.start()
    const again = (): boolean => timers.all.some(({ delayMs }) => delayMs === limits.askAgainMs)
    await until(again)
    bootstrap.close()
    t.ok(again(), 'nobody listens there')
  },
  clientWaitingMax: async t => {
    const count = 4 * limits.clientWaitingMax
    const bytes = encodeMessage({
      kind: 'notification', id: 1, type: 1, data: new Uint8Array(8_192),
    })
    const door = await openDoor('api', '127.0.0.1:0', { connectionsMax: 1 }, socket => {
      for (let i = 0; i < count; i++) socket.write(bytes)
    })
    const client = await VoidphoneClient.connect(door.address)
    t.teardown(() => {
      client.close()
      return door.close()
    })
    await until(() => client.waiting >= limits.clientWaitingMax)
    // What one piece brought may be beyond it, no more.
    const most = limits.clientWaitingMax + 65_536 / bytes.length
    for (let i = 0; i < 100; i++) await new Promise(resolve => { setImmediate(resolve) })
    t.ok(client.waiting <= most, `${client.waiting} wait`)
    for (let i = 0; i < count; i++) {
      await client.next()
      if (client.waiting > most) t.fail(`${client.waiting} wait`)
    }
    t.equal(client.waiting, 0)
  },
})
