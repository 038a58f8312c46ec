/**
 * One authenticated TLS connection, whichever side opened it. Decides who the peer is (from the key
 * in its certificate and nothing else) and that the end is told once. Its makers are the twins
 * `listen.ts` and `dial.ts`; read `node.ts` for its user.
 */
import type { TLSSocket } from 'node:tls'
import type { Link, LinkHandlers } from '../ports.js'
import { formatAddress } from '../wire/address.js'
import type { Identity } from '../wire/identity.js'
import { identityOf, spkiOf, unsupportedKey } from './public-key.js'

/** Both ends offer exactly this; a later protocol gets another one. */
export const ALPN = 'p2p-gossip/1'

/** Who is at the other end. */
export interface Peer {
  readonly identity: Identity
  readonly publicKey: Uint8Array
}

/** Why a finished handshake leads to no link; `code` is one of DialError's. */
export interface PeerRefusal {
  readonly code: 'tls' | 'no-certificate'
  readonly message: string
}

/**
 * Reads the peer of a finished handshake. Called once per connection: on Node 20 a second look may
 * find nothing. Dates, names and signatures of the certificate are not looked at.
 */
export function peerOf (socket: TLSSocket): Peer | PeerRefusal {
  if (socket.alpnProtocol !== ALPN) return { code: 'tls', message: `it does not speak ${ALPN}` }
  if (socket.isSessionReused()) {
    return { code: 'tls', message: 'it resumed a session, which proves no key' }
  }
  try {
    // What TLS parsed already: reading the DER again would cost as much as all that follows.
    const certificate = socket.getPeerX509Certificate()
    if (certificate === undefined) {
      return { code: 'no-certificate', message: 'it showed no certificate' }
    }
    const key = certificate.publicKey
    const unsupported = unsupportedKey(key)
    if (unsupported !== null) return { code: 'tls', message: `it showed ${unsupported}` }
    const publicKey = spkiOf(key)
    return { identity: identityOf(publicKey), publicKey }
  } catch {
    return { code: 'tls', message: 'it showed a certificate whose key cannot be read' }
  }
}

/** `host:port` of the other end. */
export function remoteOf (socket: TLSSocket): string {
  return formatAddress(socket.remoteAddress ?? '', socket.remotePort ?? 0)
}

/** A link on a socket whose handshake is done. */
export class TlsLink implements Link {
  readonly direction: 'in' | 'out'
  readonly peer: Identity
  readonly publicKey: Uint8Array
  readonly remote: string
  readonly #socket: TLSSocket
  #handlers: LinkHandlers | null = null
  /** Why it ended; null while it lives. */
  #cause: string | null = null
  #isClosing = false

  constructor (direction: 'in' | 'out', peer: Peer, remote: string, socket: TLSSocket) {
    this.direction = direction
    this.peer = peer.identity
    this.publicKey = peer.publicKey
    this.remote = remote
    this.#socket = socket
    socket.setNoDelay(true)
    // Errors come before `close`; after the end nobody asks for them any more.
    socket.on('error', (error: Error) => { this.#end(error.message) })
    socket.on('end', () => { this.#end('the other end closed the connection') })
    socket.on('close', () => { this.#end('the connection is gone') })
  }

  start (handlers: LinkHandlers): void {
    this.#handlers = handlers
    if (this.#cause !== null) {
      const cause = this.#cause
      process.nextTick(() => { handlers.closed(cause) })
      return
    }
    // What came before was kept by the socket and comes first.
    this.#socket.on('data', (chunk: Buffer) => {
      if (this.#cause === null && !this.#isClosing) handlers.bytes(chunk)
    })
  }

  write (bytes: Uint8Array, written: () => void): void {
    if (this.#cause !== null || this.#isClosing) return
    this.#socket.write(bytes, error => {
      if (error === undefined || error === null) written()
    })
  }

  pause (paused: boolean): void {
    if (this.#isClosing) return
    if (paused) this.#socket.pause()
    else this.#socket.resume()
  }

  close (flushMaxMs: number): void {
    if (this.#cause !== null) return
    if (flushMaxMs <= 0) {
      this.#isClosing = true
      this.#socket.destroy()
      return
    }
    if (this.#isClosing) return
    this.#isClosing = true
    this.#socket.end()
    // Read on, to nobody: closing over unread bytes would reset the connection and lose the last
    // ones that the peer was sent.
    this.#socket.resume()
    const timer = setTimeout(() => { this.#socket.destroy() }, flushMaxMs)
    timer.unref()
    this.#socket.once('close', () => { clearTimeout(timer) })
  }

  #end (cause: string): void {
    if (this.#cause !== null) return
    this.#cause = cause
    this.#socket.destroy()
    this.#handlers?.closed(cause)
  }
}
