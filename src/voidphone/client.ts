/**
 * A module in this language: announces, subscribes, and judges what it is asked about. It speaks
 * the bytes that any other would. Read next: `codec.ts`.
 */
import { connect, type Socket } from 'node:net'
import { GossipError, parseAddress } from '../index.js'
import { VOIDPHONE_LIMITS } from '../limits.js'
import { encodeMessage, type Message } from './codec.js'
import { MessageReader } from './reader.js'

/** Data that wait for this module's verdict. */
export interface Notification {
  /** What `validate` is given. */
  readonly id: number
  readonly type: number
  readonly data: Uint8Array
}

export interface AnnounceOptions {
  /** Links it may pass, 1 to 255; 0 for no limit. @default 0 */
  readonly hopsMax?: number
}

/** A connection of a module. Iterating gives the notifications, once each. */
export class VoidphoneClient implements AsyncIterable<Notification> {
  readonly #socket: Socket
  readonly #reader = new MessageReader(['notification'])
  readonly #waiting: Notification[] = []
  readonly #takers: ((result: IteratorResult<Notification, undefined>) => void)[] = []
  #isEnded = false

  private constructor (socket: Socket) {
    this.#socket = socket
    socket.on('data', chunk => { this.#take(chunk) })
    socket.on('error', () => {})
    socket.on('close', () => { this.#end() })
  }

  /**
   * Connects to `host:port`. Rejects with GossipError `option-invalid` or `voidphone-unreachable`.
   */
  static connect (address: string): Promise<VoidphoneClient> {
    const where = parseAddress(address)
    if (where === null) {
      const what = `${JSON.stringify(address)} is not host:port`
      return Promise.reject(new GossipError('option-invalid', what))
    }
    return new Promise((resolve, reject) => {
      const socket = connect({ ...where, noDelay: true })
      const failed = (error: Error): void => {
        const what = `nobody serves modules at ${address}: ${error.message}`
        reject(new GossipError('voidphone-unreachable', what, error))
      }
      socket.once('error', failed)
      socket.once('connect', () => {
        socket.off('error', failed)
        resolve(new VoidphoneClient(socket))
      })
    })
  }

  /**
   * Spreads data of a type, at most 65,527 bytes. Resolves when they were handed over, which says
   * nothing of what comes of them. Rejects with GossipError `option-invalid` or
   * `voidphone-unreachable`.
   */
  async announce (
    type: number, data: Uint8Array | string, { hopsMax = 0 }: AnnounceOptions = {},
  ): Promise<void> {
    if (!Number.isInteger(hopsMax) || hopsMax < 0 || hopsMax > 0xff) {
      throw new GossipError('option-invalid', 'hopsMax must be a whole number from 0 to 255')
    }
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data
    await this.#send({ kind: 'announce', hopsMax, type, data: bytes })
  }

  /** Subscribes to a type for as long as it is connected. Rejects as `announce`. */
  async notify (type: number): Promise<void> {
    await this.#send({ kind: 'notify', type })
  }

  /** Answers a notification. Rejects as `announce`. */
  async validate ({ id }: Pick<Notification, 'id'>, isValid: boolean): Promise<void> {
    await this.#send({ kind: 'validation', id, isValid })
  }

  /** Notifications that came and were not taken. */
  get waiting (): number {
    return this.#waiting.length
  }

  /** The next notification; `done` when the connection ended. */
  next (): Promise<IteratorResult<Notification, undefined>> {
    const notification = this.#waiting.shift()
    if (notification === undefined) {
      if (this.#isEnded) return Promise.resolve({ done: true, value: undefined })
      return new Promise(resolve => { this.#takers.push(resolve) })
    }
    if (this.#waiting.length * 2 <= VOIDPHONE_LIMITS.clientWaitingMax) this.#socket.resume()
    return Promise.resolve({ done: false, value: notification })
  }

  [Symbol.asyncIterator] (): AsyncIterator<Notification, undefined> {
    return { next: () => this.next() }
  }

  /** Ends the connection when what was said has left. Its subscriptions end with it. */
  close (): void {
    this.#socket.end()
    this.#socket.resume()
  }

  #send (message: Message): Promise<void> {
    return new Promise((resolve, reject) => {
      const lost = (cause?: unknown): void => {
        reject(new GossipError('voidphone-unreachable', 'the connection ended', cause))
      }
      if (this.#isEnded || !this.#socket.writable) return lost()
      this.#socket.write(encodeMessage(message), error => {
        if (error === undefined || error === null) resolve()
        else lost(error)
      })
    })
  }

  #take (chunk: Uint8Array): void {
    const { messages, fault } = this.#reader.push(chunk)
    for (const { id, type, data } of messages) {
      const value = { id, type, data }
      const taker = this.#takers.shift()
      if (taker === undefined) this.#waiting.push(value)
      else taker({ done: false, value })
    }
    if (fault !== null) this.#socket.destroy()
    else if (this.#waiting.length >= VOIDPHONE_LIMITS.clientWaitingMax) this.#socket.pause()
  }

  #end (): void {
    this.#isEnded = true
    for (const taker of this.#takers.splice(0)) taker({ done: true, value: undefined })
  }
}
