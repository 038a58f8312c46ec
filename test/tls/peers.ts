/** Other ends for the tests of this room: bare sockets that do what no node does. No test. */
import { createPublicKey, type KeyObject } from 'node:crypto'
import net from 'node:net'
import tls from 'node:tls'
import { issueCertificate } from '../../src/tls/certificate.js'
import { createIdentity, type IdentityFiles } from '../../src/tls/keys.js'
import { spkiOf } from '../../src/tls/public-key.js'
import { createTransport } from '../../src/tls/transport.js'
import type { Party } from '../contract/transport.js'

/** A node's end with the identity it is given. */
export function partyOf (files: IdentityFiles = createIdentity('ed25519')): Party {
  return { identity: files.id, publicKey: files.publicKey, transport: createTransport(files) }
}

/** Key and certificate of any key, also of one that takes no part. */
export function filesOf (privateKey: KeyObject): { key: string, cert: string } {
  const spki = spkiOf(createPublicKey(privateKey))
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: issueCertificate(privateKey, spki, 'somebody'),
  }
}

/** Options of a well-behaved client, made worse by the tests. */
export function clientOptions (
  port: number, { key, cert }: { key: string, cert: string } = createIdentity('ed25519'),
): tls.ConnectionOptions {
  return {
    host: '127.0.0.1', port, key, cert, ALPNProtocols: ['p2p-gossip/1'], rejectUnauthorized: false,
  }
}

/** How a bare client fared: `open` when its handshake is done and it was not cut off after it. */
export async function outcomeOf (options: tls.ConnectionOptions): Promise<'open' | 'ended'> {
  const socket = tls.connect(options)
  socket.on('error', () => {})
  try {
    // A TLS 1.3 client is done before its certificate was looked at: only bytes are proof.
    return await new Promise(resolve => {
      socket.once('data', () => { resolve('open') })
      socket.once('close', () => { resolve('ended') })
    })
  } finally {
    socket.destroy()
  }
}

/** A TCP client that says nothing. */
export async function silentClient (port: number, localAddress = '127.0.0.1'): Promise<net.Socket> {
  const socket = net.connect({ host: '127.0.0.1', port, localAddress })
  socket.on('error', () => {})
  await new Promise<void>(resolve => { socket.once('connect', resolve) })
  return socket
}

/** Resolves when the other end cut the connection. */
export function gone (socket: net.Socket): Promise<void> {
  socket.resume()
  return new Promise(resolve => {
    if (socket.destroyed) resolve()
    else socket.once('close', () => { resolve() })
  })
}

/** A server of any kind on a free loopback port. */
export async function listening (server: net.Server): Promise<number> {
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  return (server.address() as net.AddressInfo).port
}

