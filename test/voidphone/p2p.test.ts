import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import type { Identity, PeerStatus, PeerView } from '../../src/index.js'
import { askForMembers, Bootstrap } from '../../src/voidphone/bootstrap.js'
import { encodeMessage, type Message } from '../../src/voidphone/codec.js'
import { openDoor } from '../../src/voidphone/door.js'
import { addressBytes, addressText, entriesFor } from '../../src/voidphone/entries.js'
import { isProven, Prover } from '../../src/voidphone/proof.js'
import { openP2pServer } from '../../src/voidphone/p2p-server.js'
import { MessageReader } from '../../src/voidphone/reader.js'
import { serveVoidphone } from '../../src/voidphone/index.js'
import { createSystemClock } from '../../src/system.js'
import { isLinked, startLinked, until } from '../helpers/loopback-nodes.js'

const BITS = 8
const clock = createSystemClock()
const never = new AbortController().signal

function peer (address: string, status: PeerStatus = 'linked'): PeerView {
  return {
    id: address as Identity, name: '', address, status, sinceMs: 0, seenBy: [], rttMs: null,
    topics: [],
  }
}

const PEERS = [
  peer('192.0.2.1:8080'), peer('192.0.2.2:8081'), peer('192.0.2.3:8082', 'lost'),
  peer('[2001:db8::1]:8080'), peer('name.example:8080'), peer('[fe80::1%eth0]:8080'),
]

/** Somebody who asks, message by message. */
class Raw {
  readonly got: Message[] = []
  readonly ended: Promise<void>
  readonly socket: Socket
  readonly #reader = new MessageReader(['verification-request', 'peer-response'])

  constructor (t: Test, address: string) {
    const at = address.lastIndexOf(':')
    this.socket = connect({ host: address.slice(0, at), port: Number(address.slice(at + 1)) })
    this.socket.on('error', () => {})
    this.socket.on('data', chunk => { this.got.push(...this.#reader.push(chunk).messages) })
    this.ended = new Promise(resolve => { this.socket.once('close', () => { resolve() }) })
    t.teardown(() => this.socket.destroy())
  }

  say (...messages: Message[]): void {
    this.socket.write(Buffer.concat(messages.map(encodeMessage)))
  }

  async verification (): Promise<bigint> {
    await until(() => this.got.length > 0)
    const [first] = this.got
    return first?.kind === 'verification-request' ? first.nonce : -1n
  }
}

async function serve (t: Test, host = '127.0.0.1'): Promise<{ address: string, prover: Prover }> {
  const prover = new Prover(BITS)
  const door = await openP2pServer(`${host}:0`, {
    prover, clock, port: () => 4_000, peers: () => PEERS,
  })
  t.teardown(() => Promise.all([door.close(), prover.close()]))
  return { address: door.address, prover }
}

t.test('a proof is the least challenge whose hash with the nonce begins with 24 zero bits',
  async t => {
    t.equal(isProven(0n, 0x1281846n, 24), true)
    t.equal(isProven(1n, 0xea8027n, 24), true)
    t.equal(isProven(0n, 0x1281845n, 24), false)
    t.equal(isProven(0n, 6_049_217n, 24), false, 'digits of zero are no zeros')
    const prover = new Prover(16)
    t.teardown(() => prover.close())
    t.equal(await prover.prove(0n, never), 0x1d398n)
    t.equal(await prover.prove(1n, never), 0xab4cn)
    t.equal(new Prover().bits, 24)
  })

t.test('addresses are 4 or 16 bytes and a port', async t => {
  for (const address of ['1.2.3.4:5', '255.255.255.255:65535', '[::]:1', '[2001:db8::7:0:0]:9']) {
    const bytes = addressBytes(address)
    t.equal(bytes === null ? null : addressText(bytes), address)
  }
  for (const none of ['name.example:1', '[fe80::1%eth0]:1', 'nothing', '1.2.3.4:0']) {
    t.equal(addressBytes(none), null, none)
  }
})

t.test('an asker is told this node and linked members of its family, and never itself', async t => {
  const four = { ip: '198.51.100.7', here: '192.0.2.9' }
  const told = ['192.0.2.9:4000', '192.0.2.1:8080', '192.0.2.2:8081']
  t.same(entriesFor(four, 4_000, PEERS, 255), told)
  t.same(entriesFor(four, 4_000, PEERS, 2), told.slice(0, 2))
  t.same(entriesFor(four, 4_000, PEERS, 0), [])
  t.same(entriesFor({ ...four, ip: '192.0.2.1' }, 4_000, PEERS, 9),
    ['192.0.2.9:4000', '192.0.2.2:8081'])
  t.same(entriesFor({ ip: '2001:db8::2', here: '2001:db8::9' }, 4_000, PEERS, 9),
    ['[2001:db8::9]:4000', '[2001:db8::1]:8080'])
  t.same(entriesFor({ ip: '2001:db8::1', here: '2001:db8::9' }, 4_000, PEERS, 9),
    ['[2001:db8::9]:4000'])
})

t.test('504 is answered by 506, and after 507 by a 505 that is proven too', async t => {
  const { address, prover } = await serve(t)
  for (const entriesMax of [255, 1]) {
    const asker = new Raw(t, address)
    asker.say({ kind: 'peer-request', entriesMax, nonce: 99n })
    const nonce = await asker.verification()
    const challenge = await prover.prove(nonce, never)
    asker.say({ kind: 'verification-response', nonce, challenge })
    await asker.ended
    const [, listed] = asker.got
    t.match(listed, {
      kind: 'peer-response', nonce: 99n, family: 4,
      entries: ['127.0.0.1:4000', '192.0.2.1:8080', '192.0.2.2:8081'].slice(0, entriesMax),
    })
    t.ok(listed?.kind === 'peer-response' && isProven(99n, listed.challenge, BITS))
  }
})

t.test('an asker by IPv6 is told IPv6', async t => {
  const { address, prover } = await serve(t, '[::1]')
  const asker = new Raw(t, address.replace('[::1]', '::1'))
  asker.say({ kind: 'peer-request', entriesMax: 9, nonce: 1n })
  const nonce = await asker.verification()
  asker.say({ kind: 'verification-response', nonce, challenge: await prover.prove(nonce, never) })
  await asker.ended
  t.match(asker.got[1], { family: 6, entries: ['[::1]:4000', '[2001:db8::1]:8080'] })
})

t.test('who does not keep to the exchange is closed and told nothing', async t => {
  const { address } = await serve(t)
  const request = { kind: 'peer-request', entriesMax: 9, nonce: 1n } as const
  const unproven = async (raw: Raw, by: bigint): Promise<void> => {
    raw.say(request)
    const nonce = await raw.verification() + by
    let challenge = 0n
    while (isProven(nonce, challenge, BITS) !== (by > 0n)) challenge++
    raw.say({ kind: 'verification-response', nonce: nonce & 0xffff_ffff_ffff_ffffn, challenge })
  }
  const ways: ((raw: Raw) => void | Promise<void>)[] = [
    raw => { raw.say({ kind: 'verification-response', nonce: 0n, challenge: 0n }) },
    raw => { raw.say(request, request) },
    raw => { raw.say({ kind: 'verification-request', nonce: 0n }) },
    raw => { raw.say({ kind: 'notify', type: 1 }) },
    raw => unproven(raw, 0n),
    raw => unproven(raw, 1n),
  ]
  for (const way of ways) {
    const raw = new Raw(t, address)
    await way(raw)
    await raw.ended
    t.same(raw.got.filter(({ kind }) => kind === 'peer-response'), [])
  }
})

t.test('a list is believed only with its nonce, its proof and no more than asked', async t => {
  const prover = new Prover(BITS)
  t.teardown(() => prover.close())
  let way: (request: Extract<Message, { kind: 'peer-request' }>) => Promise<Message | string>
  const door = await openDoor('p2p', '127.0.0.1:0', { connectionsMax: 9 }, socket => {
    const reader = new MessageReader(['peer-request'])
    socket.on('data', chunk => {
      for (const request of reader.push(chunk).messages) {
        void way(request).then(said => {
          socket.write(typeof said === 'string' ? Buffer.from(said, 'hex') : encodeMessage(said))
        })
      }
    })
  })
  t.teardown(() => door.close())
  const ask = (): Promise<unknown> => askForMembers(door.address, { prover, clock }, never)
  const response = { kind: 'peer-response', family: 4, entries: ['192.0.2.1:1'] } as const
  way = async ({ nonce }) => ({ ...response, nonce, challenge: await prover.prove(nonce, never) })
  t.match(await ask(), { entries: ['192.0.2.1:1'] })
  way = async ({ nonce }) => ({ ...response, nonce: nonce + 1n, challenge: 0n })
  await t.rejects(ask(), /its nonce/)
  way = async ({ nonce }) => {
    let challenge = 0n
    while (isProven(nonce, challenge, BITS)) challenge++
    return { ...response, nonce, challenge }
  }
  await t.rejects(ask(), /proof of work is false/)
  way = async ({ nonce }) => ({
    ...response, nonce, challenge: await prover.prove(nonce, never),
    entries: Array.from({ length: 17 }, (_, i) => `192.0.2.1:${i + 1}`),
  })
  await t.rejects(ask(), /more than was asked/)
  way = async () => '000801f500000539'
  await t.rejects(ask(), /does not go this way/)
  await door.close()
  await t.rejects(ask(), /ECONNREFUSED/)
})

t.test('what is listed is dialled once, four a minute, but nobody known', async t => {
  const prover = new Prover(BITS)
  t.teardown(() => prover.close())
  const dialled: string[] = []
  const timers: { readonly delayMs: number, readonly callback: () => void }[] = []
  const bootstrap = new Bootstrap('127.0.0.1:1', 600_000, {
    node: {
      address: '192.0.2.9:4000',
      peers: () => PEERS,
      connect: async address => {
        dialled.push(address)
        return address as Identity
      },
    },
    prover,
    clock: {
      schedule: (delayMs, callback) => timers.push({ delayMs, callback }),
      cancel: () => {},
    },
    tell: () => {},
  })
  const some = ['192.0.2.9:4000', '192.0.2.1:8080', '192.0.2.3:8082', '192.0.2.4:1', '1.2.3.4:0']
  bootstrap.take([...some, '192.0.2.4:1'])
  t.same(dialled, ['192.0.2.3:8082'], 'the first at once; nobody linked, nor itself')
  bootstrap.take(some)
  timers.shift()?.callback()
  t.same(dialled, ['192.0.2.3:8082', '192.0.2.4:1'])
  t.same(timers.map(({ delayMs }) => delayMs), [15_000])
  timers.shift()?.callback()
  t.equal(dialled.length, 2, 'each once')
})

t.test('a node joins through a bootstrapper of which it knows that door alone', async t => {
  const nodes = [await startLinked(t, [])]
  nodes.push(await startLinked(t, nodes))
  const [first, second] = nodes
  const newcomer = await startLinked(t, [])
  if (first === undefined || second === undefined) return
  const overrides = { log: () => {}, proofBits: BITS }
  const server = await serveVoidphone(first, { p2p: '127.0.0.1:0' }, overrides)
  const bootstrapper = server.p2p ?? ''
  const joining = await serveVoidphone(newcomer, { bootstrapper }, overrides)
  t.teardown(() => Promise.all([server.close(), joining.close()]))
  await until(() => isLinked(newcomer, first) && isLinked(newcomer, second))
  t.same(first.peers().length, 2)
})
