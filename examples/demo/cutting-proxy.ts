/**
 * A TCP proxy on loopback that can cut: while a pair is cut its connections carry nothing, neither
 * bytes nor ends, and new ones get no answer, as behind a broken router. Sides are told apart by
 * their loopback address (127.0.0.x), which the proxy keeps towards the target.
 */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** Says whether packets between two loopback addresses are cut now. */
export type IsCut = (from: string, to: string) => boolean

interface Pair {
  readonly from: string
  readonly near: Socket
  far: Socket | null
  isHeld: boolean
}

export class CuttingProxy {
  /** `host:port` that nodes advertise. */
  readonly address: string
  readonly #server: Server
  readonly #isCut: IsCut
  readonly #pairs = new Set<Pair>()
  #target: { host: string, port: number } | null = null

  private constructor (server: Server, isCut: IsCut) {
    this.#server = server
    this.#isCut = isCut
    const { address, port } = server.address() as AddressInfo
    this.address = `${address}:${port}`
    server.on('connection', socket => { this.#onConnection(socket) })
  }

  /** Listens on a free port of 127.0.0.1. */
  static open (isCut: IsCut): Promise<CuttingProxy> {
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true })
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, '127.0.0.1', () => { resolve(new CuttingProxy(server, isCut)) })
    })
  }

  /** Where the node behind this proxy listens. */
  forwardTo (host: string, port: number): void {
    this.#target = { host, port }
  }

  /** To be called after cuts or healings: connections stop or go on. */
  apply (): void {
    for (const pair of this.#pairs) this.#applyTo(pair)
  }

  /** Breaks every connection with a reset and stops listening. */
  close (): void {
    for (const { near, far } of this.#pairs) {
      near.destroy()
      far?.destroy()
    }
    this.#server.close()
  }

  #onConnection (near: Socket): void {
    const pair: Pair = { from: near.remoteAddress ?? '', near, far: null, isHeld: true }
    this.#pairs.add(pair)
    near.on('error', () => { near.destroy() })
    near.on('close', () => { this.#onClose(pair) })
    this.#applyTo(pair)
  }

  #applyTo (pair: Pair): void {
    const target = this.#target
    const isCut = target === null || this.#isCut(pair.from, target.host)
    if (isCut) {
      pair.isHeld = true
      pair.near.pause()
      pair.far?.pause()
      return
    }
    if (!pair.isHeld) return
    pair.isHeld = false
    if (pair.far === null) this.#forward(pair, target)
    pair.near.resume()
    pair.far?.resume()
  }

  #forward (pair: Pair, target: { host: string, port: number }): void {
    const far = connect({ ...target, localAddress: pair.from, allowHalfOpen: true })
    pair.far = far
    far.on('error', () => { pair.near.resetAndDestroy() })
    far.on('close', () => { this.#onClose(pair) })
    this.#pump(pair, pair.near, far)
    this.#pump(pair, far, pair.near)
  }

  /** Like pipe, but it is the cut that says when bytes flow. */
  #pump (pair: Pair, from: Socket, to: Socket): void {
    from.on('data', chunk => {
      if (to.write(chunk)) return
      from.pause()
      to.once('drain', () => { if (!pair.isHeld) from.resume() })
    })
    from.on('end', () => { to.end() })
  }

  #onClose (pair: Pair): void {
    if (pair.isHeld && !pair.near.destroyed) return
    pair.near.destroy()
    pair.far?.destroy()
    this.#pairs.delete(pair)
  }
}
