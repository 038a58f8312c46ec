/**
 * Performs what the core asks of slow adapters: dials, checks, the store. Each ask comes back as
 * one event, success or failure. Read next: `ports.ts` for the adapters.
 */
import type { Effect } from '../core/effect.js'
import type { AskId, Event } from '../core/event.js'
import { DIAL_LIMITS, LINK_LIMITS } from '../limits.js'
import { DialError, type Link, type Ports } from '../ports.js'

type Of<K extends Effect['kind']> = Extract<Effect, { kind: K }>

export class Asks {
  readonly #ports: Ports
  readonly #post: (event: Event) => void
  readonly #linked: (link: Link, ask: AskId) => void
  readonly #dials = new Map<AskId, AbortController>()
  /** Resolves when every write so far is done. */
  #stored: Promise<void> = Promise.resolve()
  #storeFailed = false

  /** `linked` takes the connection of a dial. */
  constructor (
    ports: Ports, post: (event: Event) => void, linked: (link: Link, ask: AskId) => void,
  ) {
    this.#ports = ports
    this.#post = post
    this.#linked = linked
  }

  dial ({ ask, address }: Of<'dial'>): void {
    const controller = new AbortController()
    this.#dials.set(ask, controller)
    this.#ports.transport.dial({
      address,
      from: this.#ports.dialFrom,
      connectMaxMs: LINK_LIMITS.connectMaxMs,
      handshakeMaxMs: LINK_LIMITS.handshakeMaxMs,
      dnsKeptMs: DIAL_LIMITS.dnsKeptMs,
    }, controller.signal).then(link => {
      if (this.#dials.delete(ask)) this.#linked(link, ask)
      else link.close(0)
    }, (error: unknown) => {
      if (!this.#dials.delete(ask)) return
      const code = error instanceof DialError ? error.code : 'failed'
      this.#post({ kind: 'dial-failed', ask, code, message: messageOf(error) })
    })
  }

  abandonDial ({ ask }: Of<'abandon-dial'>): void {
    this.#dials.get(ask)?.abort()
    this.#dials.delete(ask)
  }

  abandonAllDials (): void {
    for (const controller of this.#dials.values()) controller.abort()
    this.#dials.clear()
  }

  checkBatch ({ ask, batch, author }: Of<'check-batch'>): void {
    void this.#ports.checker.check(batch, author).then(verdict => {
      this.#post({ kind: 'batch-checked', ask, verdict })
    })
  }

  storeBatch ({ ask, batch }: Of<'store-batch'>): void {
    const writing = this.#ports.bulletins.putBatch(batch)
    this.#noteWriting(writing)
    writing.then(() => {
      this.#post({ kind: 'batch-stored', ask, isStored: true })
    }, (error: unknown) => {
      this.#ports.log({ level: 'warn', area: 'store', message: messageOf(error) })
      this.#post({ kind: 'batch-stored', ask, isStored: false })
    })
  }

  /** After what was to be written before, which may be what is read. */
  readBatches ({ ask, keys }: Of<'read-batches'>): void {
    this.#stored.then(() => this.#ports.bulletins.getBatches(keys)).then(batches => {
      this.#post({ kind: 'batches-read', ask, batches })
    }, (error: unknown) => {
      this.#ports.log({ level: 'warn', area: 'store', message: messageOf(error) })
      this.#post({ kind: 'batches-read', ask, batches: keys.map(() => null) })
    })
  }

  dropBatches ({ keys }: Of<'drop-batches'>): void {
    const dropping = this.#ports.bulletins.dropBatches(keys)
    this.#noteWriting(dropping)
    dropping.catch((error: unknown) => {
      this.#ports.log({ level: 'warn', area: 'store', message: messageOf(error) })
    })
  }

  /** A failed write is told once, until one succeeds again. */
  keep (writing: Promise<void> | undefined): void {
    writing?.then(() => { this.#storeFailed = false }, (error: unknown) => {
      if (this.#storeFailed) return
      this.#storeFailed = true
      const message =
        `the data directory cannot be written: ${messageOf(error)}; going on in memory`
      this.#post({ kind: 'store-failed', message })
    })
  }

  /** Resolves when every batch handed over so far is stored, or failed to be. */
  stored (): Promise<void> {
    return this.#stored
  }

  #noteWriting (writing: Promise<void>): void {
    this.#stored = Promise.all([this.#stored, writing.catch(() => {})]).then(() => {})
  }
}

function messageOf (error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
