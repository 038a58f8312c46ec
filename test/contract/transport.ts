/**
 * What every Transport promises, whatever it is made of: TLS on sockets, or a simulation of it.
 * Real time is nowhere asked for; an adapter that lives in simulated time lets it pass by itself.
 */
import type { Test } from 'tap'
import { GossipError } from '../../src/errors.js'
import {
  DialError, type DialOptions, type Link, type Listener, type ListenOptions, type Transport,
} from '../../src/ports.js'
import type { Identity } from '../../src/wire/identity.js'

/** One node's end: its transport and who it proves to be. */
export interface Party {
  readonly identity: Identity
  /** SPKI DER, as the other end must see it. */
  readonly publicKey: Uint8Array
  readonly transport: Transport
}

/** The adapter under test. */
export interface TransportRig {
  /** A node of its own, in the same world as the others. */
  party (): Party
  /** Where to listen. */
  readonly host: string
  /** An address where nobody listens. */
  refusedAddress (): Promise<string>
  /** An address where connections are accepted and nothing more ever happens. */
  silentAddress (): Promise<string>
}

const LARGE_BYTES = 4 * 1024 * 1024

/** The suite. */
export function transportContract (t: Test, rig: TransportRig): void {
  bytesContract(t, rig)
  endContract(t, rig)
  dialContract(t, rig)
  listenContract(t, rig)
}

function bytesContract (t: Test, rig: TransportRig): void {
  t.test('both ends know each other and bytes go both ways', async t => {
    const { dialled, accepted, dialler, acceptor } = await pairOf(t, rig)
    t.equal(dialled.peer, acceptor.identity)
    t.equal(accepted.peer, dialler.identity)
    t.same(bytesOf(dialled.publicKey), bytesOf(acceptor.publicKey))
    t.same(bytesOf(accepted.publicKey), bytesOf(dialler.publicKey))
    t.equal(dialled.direction, 'out')
    t.equal(accepted.direction, 'in')
    const there = new Received(accepted)
    const here = new Received(dialled)
    dialled.write(textBytes('one way'), () => {})
    accepted.write(textBytes('the other way'), () => {})
    await there.length(7)
    await here.length(13)
    t.equal(there.text(), 'one way')
    t.equal(here.text(), 'the other way')
  })

  t.test('300 small writes arrive in order, and are reported written in order', async t => {
    const { dialled, accepted } = await pairOf(t, rig)
    const there = new Received(accepted)
    new Received(dialled)
    const expected: number[] = []
    const written: number[] = []
    await new Promise<void>(resolve => {
      for (let i = 0; i < 300; i++) {
        expected.push(i)
        dialled.write(Uint8Array.of(i >>> 8, i & 255), () => {
          if (written.push(i) === 300) resolve()
        })
      }
    })
    t.same(written, expected)
    await there.length(600)
    const bytes = there.bytes()
    t.same(expected.map(i => (bytes[2 * i] ?? 0) * 256 + (bytes[2 * i + 1] ?? 0)), expected)
  })

  t.test('4 MiB arrive whole, both ways at once', async t => {
    const { dialled, accepted } = await pairOf(t, rig)
    const large = new Uint8Array(LARGE_BYTES).map((_, i) => (i * 31 + (i >>> 12)) & 255)
    const there = new Received(accepted)
    const here = new Received(dialled)
    dialled.write(large, () => {})
    accepted.write(large, () => {})
    await Promise.all([there.length(LARGE_BYTES), here.length(LARGE_BYTES)])
    t.ok(Buffer.compare(there.bytes(), large) === 0)
    t.ok(Buffer.compare(here.bytes(), large) === 0)
  })

  t.test('bytes that came before the start are kept, in order', async t => {
    const { dialled, accepted } = await pairOf(t, rig)
    new Received(dialled)
    await Promise.all(['first ', 'second ', 'third'].map(text =>
      new Promise<void>(resolve => { dialled.write(textBytes(text), resolve) })))
    const there = new Received(accepted)
    await there.length(18)
    t.equal(there.text(), 'first second third')
  })

  t.test('a paused link delivers nothing until it is resumed', async t => {
    const { dialled, accepted } = await pairOf(t, rig)
    accepted.pause(true)
    const there = new Received(accepted)
    const here = new Received(dialled)
    await new Promise<void>(resolve => { dialled.write(textBytes('wait'), resolve) })
    accepted.write(textBytes('meanwhile'), () => {})
    await here.length(9)
    t.equal(there.text(), '')
    accepted.pause(false)
    await there.length(4)
    t.equal(there.text(), 'wait')
  })
}

function endContract (t: Test, rig: TransportRig): void {
  t.test('close tells both ends, once, after what was written before', async t => {
    const { dialled, accepted } = await pairOf(t, rig)
    const there = new Received(accepted)
    const here = new Received(dialled)
    dialled.write(textBytes('farewell'), () => {})
    dialled.close(1_000)
    dialled.close(1_000)
    t.type(await there.closed, 'string')
    t.type(await here.closed, 'string')
    t.equal(there.text(), 'farewell')
    await breath()
    t.equal(there.closedTimes, 1)
    t.equal(here.closedTimes, 1)
  })

  t.test('close flushes 4 MiB first', async t => {
    const { dialled, accepted } = await pairOf(t, rig)
    const there = new Received(accepted)
    new Received(dialled)
    dialled.write(new Uint8Array(LARGE_BYTES), () => {})
    dialled.close(10_000)
    await there.closed
    t.equal(there.bytes().length, LARGE_BYTES)
  })

  t.test('close without time to flush tells both ends, too', async t => {
    const { dialled, accepted } = await pairOf(t, rig)
    const there = new Received(accepted)
    const here = new Received(dialled)
    accepted.close(0)
    await Promise.all([there.closed, here.closed])
    t.equal(there.closedTimes, 1)
    t.equal(here.closedTimes, 1)
  })

  t.test('an end that reads nothing cannot hold back a close for longer than it may flush',
    async t => {
      const { dialled, accepted } = await pairOf(t, rig)
      accepted.pause(true)
      new Received(accepted)
      const here = new Received(dialled)
      // More than any buffers between them.
      for (let i = 0; i < 8; i++) dialled.write(new Uint8Array(LARGE_BYTES), () => {})
      dialled.close(50)
      t.type(await here.closed, 'string')
      accepted.close(0)
    })

  t.test('a paused link can be closed, and what it wrote arrives', async t => {
    const { dialled, accepted } = await pairOf(t, rig)
    accepted.pause(true)
    const there = new Received(accepted)
    const here = new Received(dialled)
    await new Promise<void>(resolve => { dialled.write(textBytes('unread'), resolve) })
    accepted.write(textBytes('farewell'), () => {})
    accepted.close(60_000)
    await Promise.all([there.closed, here.closed])
    t.equal(here.text(), 'farewell')
    t.equal(there.text(), '')
  })

  t.test('a link that ended before its start says so at the start', async t => {
    const { dialled, accepted } = await pairOf(t, rig)
    const here = new Received(dialled)
    dialled.close(1_000)
    await breath()
    const there = new Received(accepted)
    await Promise.all([there.closed, here.closed])
    t.equal(there.closedTimes, 1)
  })

  t.test('writing to a link that ended does nothing', async t => {
    const { dialled, accepted } = await pairOf(t, rig)
    const there = new Received(accepted)
    const here = new Received(dialled)
    accepted.close(1_000)
    await Promise.all([there.closed, here.closed])
    dialled.write(textBytes('late'), () => { t.fail('reported written') })
    dialled.pause(true)
    dialled.pause(false)
    dialled.close(1_000)
    await breath()
    t.equal(there.text(), '')
    t.equal(here.closedTimes, 1)
  })
}

function dialContract (t: Test, rig: TransportRig): void {
  t.test('a port that nobody opened is refused', async t => {
    const { transport } = rig.party()
    const address = await rig.refusedAddress()
    const dialling = transport.dial(dialOptions(address), new AbortController().signal)
    await failsWith(t, dialling, 'refused')
  })

  t.test('an address where nobody answers is given up in time', async t => {
    const { transport } = rig.party()
    const options = { ...dialOptions(await rig.silentAddress()), handshakeMaxMs: 100 }
    await failsWith(t, transport.dial(options, new AbortController().signal), 'timeout')
  })

  t.test('a dial can be abandoned, before it began and while it is under way', async t => {
    const { transport } = rig.party()
    const address = await rig.silentAddress()
    await failsWith(t, transport.dial(dialOptions(address), AbortSignal.abort()), 'aborted')
    const controller = new AbortController()
    const dialling = transport.dial(dialOptions(address), controller.signal)
    await breath()
    controller.abort()
    await failsWith(t, dialling, 'aborted')
  })

  t.test('an abort after the dial succeeded leaves the link alone', async t => {
    const controller = new AbortController()
    const { dialled, accepted } = await pairOf(t, rig, controller.signal)
    const there = new Received(accepted)
    const here = new Received(dialled)
    controller.abort()
    dialled.write(textBytes('still here'), () => {})
    await there.length(10)
    t.equal(there.text(), 'still here')
    t.equal(here.closedTimes, 0)
  })

  t.test('a node may dial itself and meets its own identity', async t => {
    const party = rig.party()
    const { dialled, accepted } = await pairOf(t, rig, undefined, party, party)
    t.equal(dialled.peer, party.identity)
    t.equal(accepted.peer, party.identity)
  })
}

function listenContract (t: Test, rig: TransportRig): void {
  t.test('a port that is taken is an error of its own', async t => {
    const { transport } = rig.party()
    const listener = await transport.listen(listenOptions(rig.host), () => {})
    t.ok(listener.port > 0)
    const again = rig.party().transport.listen(listenOptions(rig.host, listener.port), () => {})
    const error = await again.then(() => null, (error: unknown) => error)
    t.ok(error instanceof GossipError && error.code === 'address-in-use', String(error))
    await listener.close()
  })

  t.test('a closed listener frees its port, links live on', async t => {
    const { dialled, accepted, listener } = await pairOf(t, rig)
    const there = new Received(accepted)
    new Received(dialled)
    await listener.close()
    dialled.write(textBytes('alive'), () => {})
    await there.length(5)
    t.equal(there.text(), 'alive')
    const again = await rig.party().transport.listen(
      listenOptions(rig.host, listener.port), () => {},
    )
    await again.close()
  })
}

/** Gathers what a link delivers. */
export class Received {
  /** The cause, when the link ended. */
  readonly closed: Promise<string>
  closedTimes = 0
  readonly #chunks: Uint8Array[] = []
  #length = 0
  #changed: () => void = () => {}

  constructor (link: Link) {
    this.closed = new Promise(resolve => {
      link.start({
        bytes: chunk => {
          if (this.closedTimes > 0) throw new Error('bytes after the end')
          this.#chunks.push(Uint8Array.from(chunk))
          this.#length += chunk.length
          this.#changed()
        },
        closed: cause => {
          this.closedTimes++
          resolve(cause)
          this.#changed()
        },
      })
    })
  }

  /** Resolves when so many bytes came; rejects when the link ended before. */
  async length (bytes: number): Promise<void> {
    while (this.#length < bytes) {
      if (this.closedTimes > 0) throw new Error(`ended after ${this.#length} of ${bytes} bytes`)
      await new Promise<void>(resolve => { this.#changed = resolve })
    }
  }

  bytes (): Uint8Array {
    return Buffer.concat(this.#chunks)
  }

  text (): string {
    return new TextDecoder().decode(this.bytes())
  }
}

export interface Pair {
  readonly dialler: Party
  readonly acceptor: Party
  readonly dialled: Link
  readonly accepted: Link
  readonly listener: Listener
}

/** Two nodes with a link between them; it is closed when the test ends. */
export async function pairOf (
  t: Test, rig: TransportRig, signal: AbortSignal = new AbortController().signal,
  dialler: Party = rig.party(), acceptor: Party = rig.party(),
): Promise<Pair> {
  let opened: (link: Link) => void = () => {}
  const accepting = new Promise<Link>(resolve => { opened = resolve })
  const listener = await acceptor.transport.listen(listenOptions(rig.host), link => {
    opened(link)
  })
  const address = `${rig.host}:${listener.port}`
  const dialled = await dialler.transport.dial(dialOptions(address), signal)
  const accepted = await accepting
  t.teardown(async () => {
    dialled.close(0)
    accepted.close(0)
    await listener.close()
  })
  return { dialler, acceptor, dialled, accepted, listener }
}

export function listenOptions (host: string, port = 0): ListenOptions {
  return {
    host,
    port,
    handshakesMax: 64,
    handshakesPerIpMax: 16,
    handshakeEvictableAfterMs: 1_000,
    handshakeMaxMs: 5_000,
  }
}

export function dialOptions (address: string): DialOptions {
  return { address, from: null, connectMaxMs: 3_000, handshakeMaxMs: 5_000, dnsKeptMs: 30_000 }
}

/** Asserts how a dial fails: with one of these codes. */
export async function failsWith (
  t: Test, dialling: Promise<Link>, ...codes: string[]
): Promise<void> {
  const error = await dialling.then(link => {
    link.close(0)
    return null
  }, (error: unknown) => error)
  t.ok(error instanceof DialError, String(error))
  if (!(error instanceof DialError)) return
  t.ok(codes.includes(error.code), `${error.code}: ${error.message}`)
}

/** A turn of the event loop: pending input is read. */
export function breath (): Promise<void> {
  return new Promise(resolve => { setImmediate(resolve) })
}

function textBytes (text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function bytesOf (bytes: Uint8Array): number[] {
  return [...bytes]
}
