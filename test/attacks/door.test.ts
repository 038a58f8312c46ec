/** Before the greeting: what never becomes a link, and that nobody else is troubled by it. */
import { randomBytes } from 'node:crypto'
import net from 'node:net'
import tls from 'node:tls'
import t, { type Test } from 'tap'
import { createIdentity } from '../../src/tls/keys.js'
import { Attacker, HOST, Mesh, pause, until } from '../helpers/attacker.js'
import { clientOptions, gone, outcomeOf } from '../tls/peers.js'

t.test('a door that strangers rattle at', async t => {
  const mesh = await Mesh.start(t)
  const { port, victim } = mesh

  t.test('garbage instead of TLS is cut off at once', async t => {
    const sockets = await Promise.all(Array.from({ length: 10 }, () => plain(t, port)))
    for (const socket of sockets) socket.write(randomBytes(2_000))
    await Promise.all(sockets.map(gone))
    await mesh.isUnharmed(t)
  })

  t.test('an HTTP request is cut off at once', async t => {
    const socket = await plain(t, port)
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await gone(socket)
    await mesh.isUnharmed(t)
  })

  t.test('a TCP connection that says nothing is cut off after the handshake limit', async t => {
    const socket = await plain(t, port)
    const startMs = performance.now()
    await gone(socket)
    const tookMs = performance.now() - startMs
    t.ok(tookMs > 4_000 && tookMs < 7_000, `after ${Math.round(tookMs)} ms`)
    await mesh.isUnharmed(t)
  })

  t.test('no certificate, TLS 1.2, another ALPN and none lead to no link', async t => {
    const good = clientOptions(port)
    const { key: _key, cert: _cert, ...bare } = good
    const { ALPNProtocols: _protocols, ...mute } = good
    const bad: Record<string, tls.ConnectionOptions> = {
      'no certificate': bare,
      'TLS 1.2': { ...good, maxVersion: 'TLSv1.2' },
      'another ALPN': { ...good, ALPNProtocols: ['p2p-gossip/2', 'h2'] },
      'no ALPN': mute,
    }
    for (const [what, options] of Object.entries(bad)) {
      t.equal(await outcomeOf(options), 'ended', what)
    }
    t.same(strangersOf(mesh), [])
    await mesh.isUnharmed(t)
  })

  t.test('a session is never resumed, neither by a ticket of this node nor by another one',
    async t => {
      const sessions = [await foreignSession(t)]
      const first = await Attacker.connect(t, port)
      first.socket.on('session', (session: Buffer) => { sessions.push(session) })
      await first.frame('hello')
      await pause(100)
      for (const session of sessions) {
        const again = await Attacker.connect(t, port, first.identity, { session })
        t.equal(again.socket.isSessionReused(), false)
        await again.frame('hello')
      }
      t.comment(`${sessions.length - 1} tickets were given by this node`)
      await mesh.isUnharmed(t)
    })

  t.test('a handshake and then random bytes: only that link closes', async t => {
    for (let i = 0; i < 20; i++) {
      const attacker = await Attacker.connect(t, port)
      attacker.send(Buffer.concat([Buffer.from([0xff]), randomBytes(5_000)]))
      t.match(await attacker.ended(), /^protocol: a frame of \d+ bytes/)
    }
    t.same(strangersOf(mesh), [])
    await mesh.isUnharmed(t)
  })

  t.test('a handshake and then silence: that link closes when the greeting is due', async t => {
    const attacker = await Attacker.connect(t, port)
    const tookMs = await until(() => attacker.isOver, 7_000, 'its end')
    t.ok(tookMs > 4_000, `after ${Math.round(tookMs)} ms`)
    await mesh.isUnharmed(t)
  })

  t.notOk(victim.hasWarned(), 'no warning but of offenders')
})

function strangersOf ({ all, victim }: Mesh): string[] {
  const known = new Set<string>(all.map(({ node }) => node.id))
  return victim.node.peers().map(({ id }) => id).filter(id => !known.has(id))
}

async function plain (t: Test, port: number): Promise<net.Socket> {
  const socket = net.connect({ host: HOST, port })
  socket.on('error', () => {})
  t.teardown(() => { socket.destroy() })
  await new Promise(resolve => { socket.once('connect', resolve) })
  return socket
}

/** A ticket of some other server. */
async function foreignSession (t: Test): Promise<Buffer> {
  const { key, cert } = createIdentity('ed25519')
  const server = tls.createServer({ key, cert, ALPNProtocols: ['p2p-gossip/1'] }, socket => {
    socket.on('error', () => {})
    socket.write('x')
  })
  await new Promise<void>(resolve => { server.listen(0, HOST, resolve) })
  t.teardown(() => { server.close() })
  const { port } = server.address() as net.AddressInfo
  const client = tls.connect(clientOptions(port))
  client.on('error', () => {})
  t.teardown(() => { client.destroy() })
  client.resume()
  return new Promise(resolve => { client.once('session', resolve) })
}
