/**
 * The dialling side: name, TCP, TLS, peer; then a link. Every way to fail is a DialError with a
 * word for it, and leaves no socket behind. Its twin is `listen.ts`; both make `link.ts`.
 */
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net'
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls'
import { DialError, type DialOptions, type Link } from '../ports.js'
import { isLoopback, parseAddress, type HostPort } from '../wire/address.js'
import { ALPN, peerOf, remoteOf, TlsLink } from './link.js'
import type { HostAddress, NameCache } from './names.js'

/** Opens one link. Rejects with DialError; then, and once `signal` aborted, the socket is gone. */
export async function dial (
  context: SecureContext, names: NameCache, options: DialOptions, signal: AbortSignal,
): Promise<Link> {
  const { address, from, connectMaxMs, handshakeMaxMs, dnsKeptMs } = options
  const where = parseAddress(address)
  if (where === null) throw new DialError('name', `${address} is no host:port`)
  const attempt = new Attempt(address, handshakeMaxMs, signal)
  try {
    const addresses = await attempt.until(names.resolve(where.host, dnsKeptMs, attempt.signal))
    const tcp = openTcp(where, addresses, from)
    attempt.owns(tcp)
    await attempt.until(connected(tcp, address, connectMaxMs))
    const tls = openTls(tcp, context)
    attempt.owns(tls)
    await attempt.until(secured(tls, address))
    return linkOf(tls, address)
  } catch (error) {
    attempt.destroy()
    throw error
  } finally {
    attempt.settle()
  }
}

/** One dial under way: what ends it early, and what is destroyed then. */
class Attempt {
  /** Aborts with the caller's signal and when the time is over. */
  readonly signal: AbortSignal
  readonly #ended: Promise<never>
  readonly #settle: () => void
  #socket: Socket | null = null

  constructor (address: string, maxMs: number, outer: AbortSignal) {
    const inner = new AbortController()
    this.signal = inner.signal
    let settle = (): void => {}
    this.#ended = new Promise<never>((_resolve, reject) => {
      const end = (error: DialError): void => {
        inner.abort()
        this.destroy()
        reject(error)
      }
      const onAbort = (): void => { end(new DialError('aborted', `${address}: no longer wanted`)) }
      const timer = setTimeout(() => {
        end(new DialError('timeout', `${address} did not answer within ${maxMs} ms`))
      }, maxMs)
      timer.unref()
      outer.addEventListener('abort', onAbort, { once: true })
      settle = () => {
        clearTimeout(timer)
        outer.removeEventListener('abort', onAbort)
      }
      if (outer.aborted) onAbort()
    })
    this.#settle = settle
    this.#ended.catch(() => {})
  }

  /** The step, unless the attempt ends before it. */
  until<T> (step: Promise<T>): Promise<T> {
    return Promise.race([this.#ended, step])
  }

  owns (socket: Socket): void {
    this.#socket = socket
    if (this.signal.aborted) socket.destroy()
  }

  destroy (): void {
    this.#socket?.destroy()
  }

  settle (): void {
    this.#settle()
  }
}

/** Tries the addresses in turn, both families in alternation (Happy Eyeballs). */
function openTcp (
  where: HostPort, addresses: readonly HostAddress[], from: string | null,
): Socket {
  const bindable = addresses.filter(({ address }) => from !== null && isReachable(from, address))
  const isBound = from !== null && bindable.length > 0
  const all = (isBound ? bindable : addresses).map(each => ({ ...each }))
  const lookup: LookupFunction = (_host, lookupOptions, callback) => {
    const [first] = all
    if (lookupOptions.all === true) callback(null, all)
    else callback(null, first?.address ?? '', first?.family ?? 4)
  }
  const socket = connectTcp({
    host: where.host,
    port: where.port,
    noDelay: true,
    autoSelectFamily: true,
    lookup,
    ...isBound ? { localAddress: from } : {},
  })
  socket.on('error', () => {})
  return socket
}

/** A socket bound to one address reaches its own family only, and not from loopback outwards. */
function isReachable (from: string, to: string): boolean {
  return isIP(from) === isIP(to) && isLoopback(from) === isLoopback(to)
}

function connected (socket: Socket, address: string, maxMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new DialError('timeout', `${address} did not accept within ${maxMs} ms`))
    }, maxMs)
    timer.unref()
    socket.once('connect', resolve)
    socket.once('error', error => { reject(tcpError(error, address)) })
    socket.once('close', () => {
      clearTimeout(timer)
      reject(new DialError('refused', `${address} closed the connection`))
    })
    socket.once('connect', () => { clearTimeout(timer) })
  })
}

function openTls (tcp: Socket, secureContext: SecureContext): TLSSocket {
  const socket = connectTls({
    socket: tcp,
    secureContext,
    ALPNProtocols: [ALPN],
    // Not by a chain of authorities: by its key, see peerOf.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  })
  socket.on('error', () => {})
  return socket
}

function secured (socket: TLSSocket, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('secureConnect', resolve)
    socket.once('error', error => {
      reject(new DialError('tls', `${address}: the TLS handshake failed (${reasonOf(error)})`))
    })
    socket.once('close', () => {
      reject(new DialError('tls', `${address} ended the TLS handshake`))
    })
  })
}

function linkOf (socket: TLSSocket, address: string): Link {
  const peer = peerOf(socket)
  if ('code' in peer) throw new DialError(peer.code, `${address} is refused: ${peer.message}`)
  return new TlsLink('out', peer, remoteOf(socket), socket)
}

/** With several addresses Node gives the errors of all; the first names the best address. */
function tcpError (error: Error, address: string): DialError {
  const inner = error instanceof AggregateError ? (error.errors[0] as unknown) : error
  const reason = reasonOf(inner)
  switch (reason) {
    case 'ECONNREFUSED':
    case 'ECONNRESET': return new DialError('refused', `${address} refuses connections`)
    case 'ETIMEDOUT': return new DialError('timeout', `${address} did not answer`)
    default: return new DialError('unreachable', `${address} cannot be reached (${reason})`)
  }
}

function reasonOf (error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}
