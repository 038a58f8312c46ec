/**
 * The accepting side: TCP, TLS, peer; then a link. Handshakes are counted from the moment TCP
 * accepts, for that is when they begin to cost. Its twin is `dial.ts`; both make `link.ts`.
 */
import type { AddressInfo, Socket } from 'node:net'
import { createServer, type SecureContextOptions, type Server, type TLSSocket } from 'node:tls'
import { GossipError } from '../errors.js'
import type { Link, Listener, ListenOptions } from '../ports.js'
import { formatAddress } from '../wire/address.js'
import { HandshakeQueue } from './handshake-queue.js'
import { ALPN, peerOf, remoteOf, TlsLink } from './link.js'

/**
 * Opens a port. Rejects with GossipError `address-in-use` or `address-unavailable`; where the
 * machine has no IPv6, `::` becomes `0.0.0.0`.
 */
export async function listen (
  context: SecureContextOptions, options: ListenOptions, opened: (link: Link) => void,
): Promise<Listener> {
  const handshakes = new HandshakeQueue(options)
  const server = createServer({
    ...context,
    requestCert: true,
    // Not by a chain of authorities: by its key, see peerOf.
    rejectUnauthorized: false,
    ALPNProtocols: [ALPN],
    noDelay: true,
  })
  server.on('connection', (socket: Socket) => { handshakes.begin(socket) })
  server.on('secureConnection', (socket: TLSSocket) => {
    handshakes.finish(socket)
    accept(socket, opened)
  })
  server.on('tlsClientError', (_error, socket) => { socket.destroy() })
  await open(server, options)
  // From now on errors of the server concern single connections: out of file descriptors, say.
  server.on('error', () => {})
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      handshakes.destroyAll()
      return closed(server)
    },
  }
}

function accept (socket: TLSSocket, opened: (link: Link) => void): void {
  socket.on('error', () => {})
  const peer = peerOf(socket)
  if ('code' in peer || socket.remoteAddress === undefined) socket.destroy()
  else opened(new TlsLink('in', peer, remoteOf(socket), socket))
}

async function open (server: Server, { host, port }: ListenOptions): Promise<void> {
  try {
    await bound(server, host, port)
  } catch (error) {
    const isWithoutIpv6 = ['EAFNOSUPPORT', 'EADDRNOTAVAIL'].includes(codeOf(error))
    if (host !== '::' || !isWithoutIpv6) throw listenError(error, host, port)
    try {
      await bound(server, '0.0.0.0', port)
    } catch (secondError) {
      throw listenError(secondError, '0.0.0.0', port)
    }
  }
}

function bound (server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** Resolves when the port is free; links that were made live on. */
function closed (server: Server): Promise<void> {
  // The callback of close() waits for the links too; the port is free at once.
  server.close()
  return new Promise(resolve => { setImmediate(resolve) })
}

function listenError (error: unknown, host: string, port: number): GossipError {
  const address = formatAddress(host, port)
  if (codeOf(error) === 'EADDRINUSE') {
    const what = `cannot listen on ${address}: the port ${port} is taken; stop what listens ` +
      'there, or choose another port (0 takes a free one)'
    return new GossipError('address-in-use', what, error)
  }
  const what = `cannot listen on ${address} (${codeOf(error)}): give an address of this machine, ` +
    'and a port that this user may open'
  return new GossipError('address-unavailable', what, error)
}

function codeOf (error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}
