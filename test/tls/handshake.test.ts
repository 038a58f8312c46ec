/** Who gets in: kinds of keys in both roles, and everything that is refused at the door. */
import { generateKeyPairSync } from 'node:crypto'
import type net from 'node:net'
import tls from 'node:tls'
import t, { type Test } from 'tap'
import type { Link, Listener, ListenOptions } from '../../src/ports.js'
import { createIdentity, readIdentity, type IdentityFiles } from '../../src/tls/keys.js'
import {
  dialOptions, failsWith, listenOptions, pairOf, Received, type Party,
} from '../contract/transport.js'
import {
  clientOptions, filesOf, gone, listening, outcomeOf, partyOf, silentClient,
} from './peers.js'

const HOST = '127.0.0.1'
const never = new AbortController().signal

t.test('all kinds of keys meet each other in both roles', async t => {
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
  const kinds: Record<string, IdentityFiles> = {
    ed25519: createIdentity('ed25519'),
    p256: createIdentity('p256'),
    rsa: createIdentity('rsa'),
    p384: readIdentity({ key: filesOf(p384).key, cert: null }),
  }
  const rig = { party: partyOf, host: HOST, refusedAddress: fail, silentAddress: fail }
  for (const [dialling, one] of Object.entries(kinds)) {
    for (const [accepting, other] of Object.entries(kinds)) {
      const { dialled, accepted } = await pairOf(t, rig, never, partyOf(one), partyOf(other))
      t.equal(dialled.peer, other.id, `${dialling} dials ${accepting}`)
      t.equal(accepted.peer, one.id, `${accepting} accepts ${dialling}`)
      t.same([...dialled.publicKey], [...other.publicKey])
      t.same([...accepted.publicKey], [...one.publicKey])
    }
  }
})

t.test('a renewed certificate is the same peer', async t => {
  const first = createIdentity('p256')
  const renewed = readIdentity({ key: first.key, cert: null })
  const rig = { party: partyOf, host: HOST, refusedAddress: fail, silentAddress: fail }
  const { accepted } = await pairOf(t, rig, never, partyOf(renewed), partyOf())
  t.equal(accepted.peer, first.id)
})

t.test('at the door', async t => {
  t.test('a good client gets in', async t => {
    const { port } = await greeter(t)
    t.equal(await outcomeOf(clientOptions(port)), 'open')
  })

  t.test('a client without a certificate is refused', async t => {
    const { port, opened } = await greeter(t)
    const { key: _key, cert: _cert, ...bare } = clientOptions(port)
    t.equal(await outcomeOf(bare), 'ended')
    t.equal(opened.length, 0)
  })

  t.test('another ALPN, or none, is refused', async t => {
    const { port, opened } = await greeter(t)
    for (const protocols of [['p2p-gossip/2'], ['http/1.1'], ['p2p-gossip/10']]) {
      const outcome = await outcomeOf({ ...clientOptions(port), ALPNProtocols: protocols })
      t.equal(outcome, 'ended', protocols.join())
    }
    const { ALPNProtocols: _protocols, ...without } = clientOptions(port)
    t.equal(await outcomeOf(without), 'ended', 'none')
    t.equal(opened.length, 0)
    const several = { ...clientOptions(port), ALPNProtocols: ['h2', 'p2p-gossip/1'] }
    t.equal(await outcomeOf(several), 'open')
  })

  t.test('TLS 1.2 is refused', async t => {
    const { port, opened } = await greeter(t)
    const old = { ...clientOptions(port), maxVersion: 'TLSv1.2' } as const
    t.equal(await outcomeOf(old), 'ended')
    t.equal(opened.length, 0)
  })

  t.test('a certificate whose key takes no part is refused', async t => {
    const { port, opened } = await greeter(t)
    const weak = generateKeyPairSync('rsa', { modulusLength: 1_024 }).privateKey
    const curve = generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey
    for (const key of [weak, curve]) {
      t.equal(await outcomeOf(clientOptions(port, filesOf(key))), 'ended')
    }
    t.equal(opened.length, 0)
  })

  t.test('a certificate without its key proves nothing', async t => {
    const { port, opened } = await greeter(t)
    const { cert } = createIdentity('ed25519')
    const { key } = createIdentity('ed25519')
    t.throws(() => tls.connect(clientOptions(port, { key, cert })), /key values mismatch/)
    t.equal(opened.length, 0)
  })

  t.test('garbage ends its own connection and harms nobody', async t => {
    const { port, opened } = await greeter(t)
    const hello = '\x16\x03\x01\x00\x05hello'
    for (const garbage of ['GET / HTTP/1.1\r\n\r\n', hello, '\0'.repeat(70_000)]) {
      const socket = await silentClient(port)
      socket.write(garbage)
      await gone(socket)
    }
    t.equal(opened.length, 0)
    t.equal(await outcomeOf(clientOptions(port)), 'open')
  })

  t.test('a client that resets in the middle harms nobody', async t => {
    const { port } = await greeter(t)
    for (let i = 0; i < 5; i++) (await silentClient(port)).resetAndDestroy()
    t.equal(await outcomeOf(clientOptions(port)), 'open')
  })
})

t.test('sessions are not resumed', async t => {
  t.test('though a client saved one', async t => {
    const { port } = await greeter(t)
    const client = createIdentity('ed25519')
    const session = await sessionOf(clientOptions(port, client))
    const reused = await resumes({ ...clientOptions(port, client), session })
    t.equal(reused, false, 'a full handshake, with a certificate')
  })

  t.test('where an ordinary server would', async t => {
    const server = tls.createServer({
      ...createIdentity('ed25519'), ALPNProtocols: ['p2p-gossip/1'], requestCert: true,
      rejectUnauthorized: false, minVersion: 'TLSv1.3',
    }, socket => {
      socket.on('error', () => {})
      socket.write('hello')
    })
    t.teardown(() => { server.close() })
    const port = await listening(server)
    const client = createIdentity('ed25519')
    const session = await sessionOf(clientOptions(port, client))
    t.equal(await resumes({ ...clientOptions(port, client), session }), true)
  })
})

t.test('too many handshakes', async t => {
  t.test('of one IP: the oldest that had its time makes room', async t => {
    const { port } = await greeter(t, { handshakesPerIpMax: 2, handshakeEvictableAfterMs: 0 })
    const first = await silentClient(port)
    const second = await silentClient(port)
    t.equal(await outcomeOf(clientOptions(port)), 'open')
    await gone(first)
    t.equal(second.destroyed, false)
    second.destroy()
  })

  t.test('of one IP: a newcomer goes while all are young, another IP does not', async t => {
    const limits = { handshakesPerIpMax: 2, handshakeEvictableAfterMs: 60_000 }
    const { port, party } = await greeter(t, limits)
    const silent = [await silentClient(port), await silentClient(port)]
    const newcomer = partyOf().transport.dial(dialOptions(`${HOST}:${port}`), never)
    await failsWith(t, newcomer, 'tls', 'refused')
    const other = { ...dialOptions(`${HOST}:${port}`), from: '127.0.0.2' }
    const link = await partyOf().transport.dial(other, never)
    t.equal(link.peer, party.identity)
    link.close(0)
    t.same(silent.map(socket => socket.destroyed), [false, false])
    for (const socket of silent) socket.destroy()
  })

  t.test('in all: a newcomer goes while all are young', async t => {
    const limits = { handshakesMax: 2, handshakeEvictableAfterMs: 60_000 }
    const { port } = await greeter(t, limits)
    const silent = [await silentClient(port), await silentClient(port, '127.0.0.2')]
    await gone(await silentClient(port, '127.0.0.3'))
    silent[0]!.destroy()
    await gone(silent[0]!)
    for (let outcome = ''; outcome !== 'open';) outcome = await outcomeOf(clientOptions(port))
    silent[1]!.destroy()
  })

  t.test('links that are open count for nothing', async t => {
    const limits = { handshakesPerIpMax: 1, handshakesMax: 1, handshakeEvictableAfterMs: 60_000 }
    const { port } = await greeter(t, limits)
    const { transport } = partyOf()
    const links: Link[] = []
    for (let i = 0; i < 3; i++) {
      const link = await transport.dial(dialOptions(`${HOST}:${port}`), never)
      // Its greeting proves that the other end is done as well.
      await new Received(link).length(5)
      links.push(link)
    }
    t.equal(links.length, 3)
    for (const link of links) link.close(0)
  })

  t.test('one that takes too long is ended', async t => {
    const { port } = await greeter(t, { handshakeMaxMs: 30 })
    await gone(await silentClient(port))
    t.pass('ended')
  })

  t.test('those under way end with the listener', async t => {
    const { port, listener } = await greeter(t)
    const silent = await silentClient(port)
    // TCP accepts before the program does: wait until the listener knows of it.
    t.equal(await outcomeOf(clientOptions(port)), 'open')
    await listener.close()
    await gone(silent)
    t.pass('ended')
  })
})

/** A node that greets every link. */
async function greeter (
  t: Test, limits: Partial<ListenOptions> = {},
): Promise<{ port: number, opened: Link[], party: Party, listener: Listener }> {
  const party = partyOf()
  const opened: Link[] = []
  const listener = await party.transport.listen({ ...listenOptions(HOST), ...limits }, link => {
    opened.push(link)
    link.start({ bytes: () => {}, closed: () => {} })
    link.write(new TextEncoder().encode('hello'), () => {})
  })
  t.teardown(async () => {
    for (const link of opened) link.close(0)
    await listener.close()
  })
  return { port: listener.port, opened, party, listener }
}

/** The session that a server hands out, as a client would save it. */
async function sessionOf (options: tls.ConnectionOptions): Promise<Buffer> {
  const socket = tls.connect(options)
  socket.resume()
  try {
    return await new Promise((resolve, reject) => {
      socket.once('session', resolve)
      socket.once('error', reject)
    })
  } finally {
    socket.destroy()
  }
}

/** Whether a saved session was resumed; rejects when the greeting does not come. */
async function resumes (options: tls.ConnectionOptions): Promise<boolean> {
  const socket: net.Socket & { isSessionReused?: () => boolean } = tls.connect(options)
  try {
    await new Promise((resolve, reject) => {
      socket.once('data', resolve)
      socket.once('error', reject)
      socket.once('close', () => { reject(new Error('ended')) })
    })
    return socket.isSessionReused?.() === true
  } finally {
    socket.destroy()
  }
}

async function fail (): Promise<string> {
  throw new Error('not asked for here')
}
