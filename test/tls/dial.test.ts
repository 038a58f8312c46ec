/** The dialling side, where the contract of transports ends: names, families, strange servers. */
import net from 'node:net'
import tls from 'node:tls'
import { generateKeyPairSync } from 'node:crypto'
import t, { type Test } from 'tap'
import type { Link } from '../../src/ports.js'
import { dial } from '../../src/tls/dial.js'
import { createIdentity } from '../../src/tls/keys.js'
import { NameCache, type HostAddress } from '../../src/tls/names.js'
import {
  breath, dialOptions, failsWith, listenOptions, Received, type Party,
} from '../contract/transport.js'
import { filesOf, gone, listening, partyOf } from './peers.js'

const never = new AbortController().signal
const hasIpv6 = await canListen('::1')

t.test('a name leads to all of its addresses, the next when one refuses', async t => {
  const { port, party } = await acceptor(t, '127.0.0.1')
  const { names, asked } = answering([
    { address: '127.0.0.9', family: 4 }, { address: '127.0.0.1', family: 4 },
  ])
  const link = await dialWith(names, `some.example:${port}`)
  t.equal(link.peer, party.identity)
  t.equal(link.remote, `127.0.0.1:${port}`)
  t.same(asked, ['some.example'])
  link.close(0)
})

t.test('the system\'s resolver knows localhost', async t => {
  const { port, party } = await acceptor(t, '127.0.0.1')
  const link = await partyOf().transport.dial(dialOptions(`localhost:${port}`), never)
  t.equal(link.peer, party.identity)
  link.close(0)
})

t.test('a name without an address and a text that is no address fail as `name`', async t => {
  await failsWith(t, dialWith(answering([]).names, 'none.example:8080'), 'name')
  for (const address of ['nowhere', '127.0.0.1:0', '127.0.0.1:70000', '::1:80', '']) {
    await failsWith(t, dialWith(answering([]).names, address), 'name')
  }
})

t.test('a name that is never answered is given up in time, and can be abandoned', async t => {
  // A question under way keeps a process alive; this one is only made up.
  const alive = setInterval(() => {}, 1_000)
  t.teardown(() => { clearInterval(alive) })
  const silent = new NameCache(() => new Promise(() => {}))
  const options = { ...dialOptions('slow.example:1'), handshakeMaxMs: 20 }
  await failsWith(t, dial(contextOf(), silent, options, never), 'timeout')
  const controller = new AbortController()
  const dialling = dial(contextOf(), silent, dialOptions('slow.example:1'), controller.signal)
  controller.abort()
  await failsWith(t, dialling, 'aborted')
})

t.test('it dials from the address it is bound to', async t => {
  const { port, next } = await acceptor(t, '127.0.0.1')
  const accepting = next()
  const options = { ...dialOptions(`127.0.0.1:${port}`), from: '127.0.0.5' }
  const link = await partyOf().transport.dial(options, never)
  t.match((await accepting).remote, /^127\.0\.0\.5:\d+$/)
  link.close(0)
})

t.test('a bound address that cannot reach the target is not used', async t => {
  const { port } = await acceptor(t, '127.0.0.1')
  for (const from of ['::1', '192.0.2.1', '2001:db8::1']) {
    const options = { ...dialOptions(`127.0.0.1:${port}`), from }
    const link = await partyOf().transport.dial(options, never)
    t.match(link.remote, /^127\.0\.0\.1:/, from)
    link.close(0)
  }
})

t.test('a bound address that is not of this machine makes the target unreachable', async t => {
  const options = { ...dialOptions('198.51.100.1:8080'), from: '192.0.2.1' }
  await failsWith(t, partyOf().transport.dial(options, never), 'unreachable')
})

t.test('IPv6 in brackets, and both families of one name', { skip: !hasIpv6 }, async t => {
  const { port, party } = await acceptor(t, '::1')
  const link = await partyOf().transport.dial(dialOptions(`[::1]:${port}`), never)
  t.equal(link.peer, party.identity)
  t.equal(link.remote, `[::1]:${port}`)
  link.close(0)
  const { names } = answering([
    { address: '127.0.0.1', family: 4 }, { address: '::1', family: 6 },
  ])
  const second = await dialWith(names, `both.example:${port}`)
  t.equal(second.remote, `[::1]:${port}`)
  second.close(0)
})

t.test('who answers without TLS fails as `tls`', async t => {
  const port = await serving(t, net.createServer(socket => {
    socket.on('error', () => {})
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
  }))
  await failsWith(t, partyOf().transport.dial(dialOptions(`127.0.0.1:${port}`), never), 'tls')
})

t.test('who hangs up fails as `tls`, or as `refused` when it was at once', async t => {
  for (const hangUp of [
    (socket: net.Socket) => { socket.destroy() },
    (socket: net.Socket) => { socket.resetAndDestroy() },
    (socket: net.Socket) => { socket.once('data', () => { socket.resetAndDestroy() }) },
  ]) {
    const port = await serving(t, net.createServer(socket => {
      socket.on('error', () => {})
      hangUp(socket)
    }))
    const dialling = partyOf().transport.dial(dialOptions(`127.0.0.1:${port}`), never)
    await failsWith(t, dialling, 'tls', 'refused')
  }
})

t.test('a server of another protocol, version or with a weak key fails as `tls`', async t => {
  const good = createIdentity('ed25519')
  const weak = filesOf(generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey)
  const servers: Record<string, tls.TlsOptions> = {
    'no ALPN': { ...good },
    'another ALPN': { ...good, ALPNProtocols: ['h2'] },
    'TLS 1.2': { ...good, ALPNProtocols: ['p2p-gossip/1'], maxVersion: 'TLSv1.2' },
    'P-521': { ...weak, ALPNProtocols: ['p2p-gossip/1'] },
  }
  for (const [what, options] of Object.entries(servers)) {
    const ends: Promise<unknown>[] = []
    const server = tls.createServer(options, socket => { socket.on('error', () => {}) })
    server.on('connection', (socket: net.Socket) => {
      ends.push(new Promise(resolve => { socket.once('close', resolve) }))
    })
    const port = await serving(t, server)
    const dialling = partyOf().transport.dial(dialOptions(`127.0.0.1:${port}`), never)
    await failsWith(t, dialling, 'tls')
    t.equal(ends.length, 1, what)
    await Promise.all(ends)
  }
})

t.test('a failed or abandoned dial leaves no socket behind', async t => {
  const accepted: net.Socket[] = []
  let arrived: (socket: net.Socket) => void = () => {}
  const port = await serving(t, net.createServer(socket => {
    socket.on('error', () => {})
    accepted.push(socket)
    arrived(socket)
  }))
  const { transport } = partyOf()
  const options = { ...dialOptions(`127.0.0.1:${port}`), handshakeMaxMs: 50 }
  await failsWith(t, transport.dial(options, never), 'timeout')
  const controller = new AbortController()
  const arriving = new Promise<net.Socket>(resolve => { arrived = resolve })
  const dialling = transport.dial(dialOptions(`127.0.0.1:${port}`), controller.signal)
  await arriving
  controller.abort()
  await failsWith(t, dialling, 'aborted')
  t.equal(accepted.length, 2)
  await Promise.all(accepted.map(gone))
})

t.test('many dials at once all succeed', async t => {
  const { port, party } = await acceptor(t, '127.0.0.1')
  const { transport } = partyOf()
  const links = await Promise.all(Array.from({ length: 12 }, () =>
    transport.dial(dialOptions(`127.0.0.1:${port}`), never)))
  t.ok(links.every(link => link.peer === party.identity))
  for (const link of links) link.close(0)
  await breath()
})

/** A listening node; `next` gives the link it accepts next. */
async function acceptor (
  t: Test, host: string,
): Promise<{ port: number, party: Party, next: () => Promise<Link> }> {
  const party = partyOf()
  let opened: (link: Link) => void = () => {}
  const listener = await party.transport.listen(listenOptions(host), link => {
    new Received(link)
    opened(link)
  })
  t.teardown(() => listener.close())
  return {
    port: listener.port, party, next: () => new Promise(resolve => { opened = resolve }),
  }
}

function answering (
  addresses: readonly HostAddress[],
): { names: NameCache, asked: string[] } {
  const asked: string[] = []
  const names = new NameCache(async host => {
    asked.push(host)
    return addresses
  })
  return { names, asked }
}

function dialWith (names: NameCache, address: string): Promise<Link> {
  return dial(contextOf(), names, dialOptions(address), never)
}

function contextOf (): tls.SecureContext {
  const { key, cert } = createIdentity('ed25519')
  return tls.createSecureContext({ key, cert, minVersion: 'TLSv1.3' })
}

async function serving (t: Test, server: net.Server): Promise<number> {
  const sockets = new Set<net.Socket>()
  server.on('connection', (socket: net.Socket) => { sockets.add(socket) })
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return listening(server)
}

async function canListen (host: string): Promise<boolean> {
  const server = net.createServer()
  try {
    return await new Promise(resolve => {
      server.once('error', () => { resolve(false) })
      server.listen(0, host, () => { resolve(true) })
    })
  } finally {
    server.close()
  }
}
