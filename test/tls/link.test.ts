/** The end of a link, where the contract of transports ends: what real sockets do to each other. */
import net from 'node:net'
import tls from 'node:tls'
import t, { type Test } from 'tap'
import type { Link } from '../../src/ports.js'
import { listenOptions, Received } from '../contract/transport.js'
import { clientOptions, gone, partyOf } from './peers.js'

t.test('a peer that ends its half ends the link at once', async t => {
  const { socket, link } = await bareLink(t, { allowHalfOpen: true })
  const there = new Received(link)
  socket.write('last words')
  socket.end()
  await there.closed
  t.equal(there.text(), 'last words')
  await gone(socket)
})

t.test('a peer that is reset ends the link, and no error escapes', async t => {
  const { tcp, link } = await bareLink(t)
  const there = new Received(link)
  tcp.resetAndDestroy()
  t.type(await there.closed, 'string')
  t.equal(there.closedTimes, 1)
})

t.test('a TCP end without a TLS end ends the link', async t => {
  const { tcp, link } = await bareLink(t)
  const there = new Received(link)
  tcp.end()
  t.type(await there.closed, 'string')
})

t.test('garbage in the middle of a link ends it', async t => {
  const { tcp, link } = await bareLink(t)
  const there = new Received(link)
  tcp.write(Buffer.alloc(200, 0x5a))
  t.type(await there.closed, 'string')
  t.equal(there.text(), '')
})

t.test('writes under way when the peer is gone are not reported written', async t => {
  const { tcp, link } = await bareLink(t)
  tcp.pause()
  const there = new Received(link)
  let written = 0
  for (let i = 0; i < 64; i++) link.write(new Uint8Array(1024 * 1024), () => { written++ })
  tcp.resetAndDestroy()
  await there.closed
  t.ok(written < 64, `${written} of 64`)
})

t.test('while closing, the last bytes arrive though the peer keeps talking', async t => {
  const { socket, link } = await bareLink(t)
  new Received(link)
  let read = ''
  socket.on('data', chunk => { read += String(chunk) })
  const talk = (): void => {
    if (!socket.writableEnded) socket.write('x'.repeat(10_000), () => { setImmediate(talk) })
  }
  talk()
  link.write(Buffer.from('leave'), () => {})
  link.close(1_000)
  await gone(socket)
  t.equal(read, 'leave')
})

/** A node's accepted link and the bare client at its other end. */
async function bareLink (
  t: Test, options: { allowHalfOpen?: boolean } = {},
): Promise<{ tcp: net.Socket, socket: tls.TLSSocket, link: Link }> {
  let opened: (link: Link) => void = () => {}
  const accepting = new Promise<Link>(resolve => { opened = resolve })
  const listener = await partyOf().transport.listen(listenOptions('127.0.0.1'), link => {
    opened(link)
  })
  const { host: _host, port: _port, ...rest } = clientOptions(listener.port)
  const tcp = net.connect({ host: '127.0.0.1', port: listener.port, ...options })
  tcp.on('error', () => {})
  const socket = tls.connect({ ...rest, ...options, socket: tcp })
  socket.on('error', () => {})
  const link = await accepting
  t.teardown(async () => {
    socket.destroy()
    tcp.destroy()
    link.close(0)
    await listener.close()
  })
  return { tcp, socket, link }
}
