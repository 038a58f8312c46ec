/** Sockets and links that do nothing by themselves, to be filled. */
import { EventEmitter } from 'node:events'
import type { Link, LinkHandlers } from '../../src/ports.js'
import type { Identity } from '../../src/wire/identity.js'
import { Peer } from '../helpers/core-bench.js'

/** As much of a TCP socket as the queue of handshakes touches. */
export class FakeSocket extends EventEmitter {
  readonly localAddress = '192.0.2.1'
  readonly remoteAddress: string
  readonly remotePort: number
  destroyed = false

  constructor (ip: string, port: number) {
    super()
    this.remoteAddress = ip
    this.remotePort = port
  }

  destroy (): void {
    this.destroyed = true
    this.emit('close')
  }
}

/** A link whose other end says what it is told to and completes no write by itself. */
export class FakeLink implements Link {
  readonly direction = 'in'
  readonly peer: Identity
  readonly publicKey: Uint8Array
  readonly remote = '192.0.2.7:80'
  readonly writes: { readonly bytes: Uint8Array, readonly written: () => void }[] = []
  handlers: LinkHandlers | null = null
  isPaused = false
  /** What `close` was given, each time. */
  readonly closes: number[] = []

  constructor (secret = 7) {
    const { id, keys } = new Peer(secret)
    this.peer = id
    this.publicKey = keys.publicKey
  }

  get writtenBytes (): number {
    return this.writes.reduce((sum, { bytes }) => sum + bytes.length, 0)
  }

  start (handlers: LinkHandlers): void {
    this.handlers = handlers
  }

  write (bytes: Uint8Array, written: () => void): void {
    this.writes.push({ bytes, written })
  }

  pause (paused: boolean): void {
    this.isPaused = paused
  }

  close (flushMaxMs: number): void {
    this.closes.push(flushMaxMs)
  }
}
