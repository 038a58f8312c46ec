/**
 * A TCP proxy on loopback that lets no more than so many bytes a second pass, each way of each
 * connection by itself. What it does not take waits in the kernel, as before a slow line; there the
 * kernel of one machine is more generous than a network.
 */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** Bytes a second between two loopback addresses now; Infinity for as many as come. */
export type RateOf = (from: string, to: string) => number

const SLICES_PER_SECOND = 20

export class SlowProxy {
  /** `host:port` that nodes advertise. */
  readonly address: string
  readonly #server: Server
  readonly #rateOf: RateOf
  readonly #sockets = new Set<Socket>()
  #target: { host: string, port: number } | null = null

  private constructor (server: Server, rateOf: RateOf) {
    this.#server = server
    this.#rateOf = rateOf
    const { address, port } = server.address() as AddressInfo
    this.address = `${address}:${port}`
    server.on('connection', socket => { this.#onConnection(socket) })
  }

  /** Listens on a free port of 127.0.0.1. */
  static open (rateOf: RateOf): Promise<SlowProxy> {
    const server = createServer({ pauseOnConnect: true })
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, '127.0.0.1', () => { resolve(new SlowProxy(server, rateOf)) })
    })
  }

  /** Where the node behind this proxy listens. */
  forwardTo (host: string, port: number): void {
    this.#target = { host, port }
  }

  close (): void {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
  }

  #onConnection (near: Socket): void {
    const target = this.#target
    const from = near.remoteAddress ?? ''
    if (target === null) {
      near.destroy()
      return
    }
    const far = connect({ ...target, localAddress: from })
    for (const [one, other] of [[near, far], [far, near]] as const) {
      this.#sockets.add(one)
      one.on('error', () => { one.destroy() })
      one.on('close', () => {
        this.#sockets.delete(one)
        other.destroy()
      })
      void pump(one, other, () => this.#rateOf(from, target.host))
    }
  }
}

/** In slices of a twentieth of a second, so that a new rate counts at once. */
async function pump (from: Socket, to: Socket, rate: () => number): Promise<void> {
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length;) {
        const bytesPerSecond = rate()
        const isSlow = bytesPerSecond < Infinity
        const end = isSlow ? at + Math.ceil(bytesPerSecond / SLICES_PER_SECOND) : chunk.length
        await new Promise<void>(resolve => {
          to.write(chunk.subarray(at, end), () => { resolve() })
        })
        if (isSlow) await new Promise(resolve => { setTimeout(resolve, 1_000 / SLICES_PER_SECOND) })
        at = end
      }
    }
    to.end()
  } catch {
    to.destroy()
  }
}
