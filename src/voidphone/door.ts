/**
 * A listening TCP socket with a bound on its connections: modules come in by one, those who ask for
 * members by another. Read next: `serve.ts`.
 */
import { createServer, type Server, type Socket } from 'node:net'
import { GossipError, parseAddress } from '../index.js'

export interface DoorOptions {
  readonly connectionsMax: number
  /** Of one IP address. @default connectionsMax */
  readonly perIpMax?: number
}

export interface Door {
  /** `host:port` it listens on. */
  readonly address: string
  /** Accepts nobody any more, and ends whoever is connected. */
  close (): Promise<void>
}

/**
 * Listens at `host:port`; port 0 takes a free one. `name`: the option, for errors. Rejects with
 * GossipError `option-invalid`, `address-in-use` or `address-unavailable`.
 */
export async function openDoor (
  name: string, address: string, { connectionsMax, perIpMax = connectionsMax }: DoorOptions,
  opened: (socket: Socket, ip: string) => void,
): Promise<Door> {
  const { host, port } = listenedAt(name, address)
  const sockets = new Set<Socket>()
  const byIp = new Map<string, number>()
  const server = createServer({ noDelay: true }, socket => {
    const ip = plainIp(socket.remoteAddress ?? '')
    const ofIp = byIp.get(ip) ?? 0
    socket.on('error', () => {})
    if (sockets.size >= connectionsMax || ofIp >= perIpMax || ip === '') {
      socket.destroy()
      return
    }
    sockets.add(socket)
    byIp.set(ip, ofIp + 1)
    socket.on('close', () => {
      sockets.delete(socket)
      const left = (byIp.get(ip) ?? 1) - 1
      if (left === 0) byIp.delete(ip)
      else byIp.set(ip, left)
    })
    opened(socket, ip)
  })
  const bound = await listen(server, name, host, port)
  return {
    address: host.includes(':') ? `[${host}]:${bound}` : `${host}:${bound}`,
    close: () => new Promise(resolve => {
      server.close(() => { resolve() })
      for (const socket of sockets) socket.destroy()
    }),
  }
}

/** IPv4 inside IPv6 as IPv4. */
export function plainIp (ip: string): string {
  return ip.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
}

function listenedAt (
  name: string, address: string,
): { readonly host: string, readonly port: number } {
  // Port 0 is no address to dial, but one to listen on.
  const isFree = /:0$/.test(address)
  const where = parseAddress(isFree ? `${address.slice(0, -1)}1` : address)
  if (where !== null) return { host: where.host, port: isFree ? 0 : where.port }
  const what = `${name}: ${JSON.stringify(address)} is not host:port`
  throw new GossipError('option-invalid', what)
}

function listen (server: Server, name: string, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', error => {
      const code = 'code' in error ? String(error.code) : ''
      const isInUse = code === 'EADDRINUSE'
      const what = `${name}: cannot listen on ${host} port ${port}: ${code}`
      reject(new GossipError(isInUse ? 'address-in-use' : 'address-unavailable', what, error))
    })
    server.listen({ host, port }, () => {
      server.removeAllListeners('error')
      // One connection that could not be accepted is no end of the others.
      server.on('error', () => {})
      const bound = server.address()
      resolve(typeof bound === 'object' && bound !== null ? bound.port : port)
    })
  })
}
