/**
 * Handshakes under way on the accepting side, oldest first. When there are too many, in all or from
 * one IP address, the oldest that had its chance makes room, else the newcomer goes: neither a
 * flood nor a few sleepers keep honest peers out. Read next: `listen.ts`.
 */
import type { Socket } from 'node:net'

export interface HandshakeLimits {
  readonly handshakesMax: number
  readonly handshakesPerIpMax: number
  readonly handshakeEvictableAfterMs: number
  readonly handshakeMaxMs: number
}

interface Handshake {
  readonly socket: Socket
  readonly ip: string
  readonly beganMs: number
  readonly timer: NodeJS.Timeout
}

export class HandshakeQueue {
  readonly #limits: HandshakeLimits
  readonly #nowMs: () => number
  /** By both ends of the connection, which a TLS socket shares with the TCP socket it wraps. */
  readonly #underWay = new Map<string, Handshake>()

  constructor (limits: HandshakeLimits, nowMs: () => number = () => performance.now()) {
    this.#limits = limits
    this.#nowMs = nowMs
  }

  get size (): number {
    return this.#underWay.size
  }

  /** TCP accepted. The socket is destroyed when there is no room, or when its time is over. */
  begin (socket: Socket): void {
    const ip = socket.remoteAddress
    // Gone already, or no room.
    if (ip === undefined || !this.#makeRoom(ip)) {
      socket.destroy()
      return
    }
    const name = nameOf(socket)
    const timer = setTimeout(() => { socket.destroy() }, this.#limits.handshakeMaxMs)
    timer.unref()
    const handshake = { socket, ip, beganMs: this.#nowMs(), timer }
    this.#underWay.set(name, handshake)
    socket.once('close', () => {
      if (this.#underWay.get(name) === handshake) this.#forget(name, handshake)
    })
  }

  /** The handshake of this connection is done. */
  finish (socket: Socket): void {
    const name = nameOf(socket)
    const handshake = this.#underWay.get(name)
    if (handshake !== undefined) this.#forget(name, handshake)
  }

  destroyAll (): void {
    for (const [name, handshake] of this.#underWay) this.#evict(name, handshake)
  }

  #makeRoom (ip: string): boolean {
    const { handshakesMax, handshakesPerIpMax } = this.#limits
    const ofIp = [...this.#underWay].filter(([, handshake]) => handshake.ip === ip)
    if (ofIp.length >= handshakesPerIpMax) return this.#evictOldest(ofIp)
    return this.#underWay.size < handshakesMax || this.#evictOldest([...this.#underWay])
  }

  #evictOldest (candidates: readonly (readonly [string, Handshake])[]): boolean {
    const [oldest] = candidates
    if (oldest === undefined) return false
    const [name, handshake] = oldest
    const ageMs = this.#nowMs() - handshake.beganMs
    if (ageMs < this.#limits.handshakeEvictableAfterMs) return false
    this.#evict(name, handshake)
    return true
  }

  #evict (name: string, handshake: Handshake): void {
    this.#forget(name, handshake)
    handshake.socket.destroy()
  }

  #forget (name: string, handshake: Handshake): void {
    clearTimeout(handshake.timer)
    this.#underWay.delete(name)
  }
}

function nameOf ({ localAddress, remoteAddress, remotePort }: Socket): string {
  return [localAddress, remoteAddress, remotePort].join(' ')
}
