/**
 * Performs what the core asks of slow adapters: dials, checks, the store. Each ask comes back as
 * one event, success or failure. Read next: `ports.ts` for the adapters.
 */
import type { Effect } from '../core/effect.js'
import type { AskId, Event } from '../core/event.js'
import { DIAL_LIMITS, LINK_LIMITS } from '../limits.js'
import { DialError, type Link, type Ports } from '../ports.js'

/** Writes that whoever waits for what is stored waits for together. */
interface Writes {
  underWay: number
  /** Called when none of them is under way any more; null as long as nobody waits. */
  ended: (() => void) | null
}

type Of<K extends Effect['kind']> = Extract<Effect, { kind: K }>

export class Asks {
  readonly #ports: Ports
  readonly #post: (event: Event) => void
  readonly #linked: (link: Link, ask: AskId) => void
  readonly #dials = new Map<AskId, AbortController>()
  /** Since somebody asked last. One promise more for each would be felt. */
  #writes: Writes = { underWay: 0, ended: null }
  /** Resolves when the writes before those are done. */
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
    const writes = this.#begin()
    this.#ports.bulletins.putBatch(batch).then(() => {
      this.#post({ kind: 'batch-stored', ask, isStored: true })
      end(writes)
    }, (error: unknown) => {
      this.#ports.log({ level: 'warn', area: 'store', message: messageOf(error) })
      this.#post({ kind: 'batch-stored', ask, isStored: false })
      end(writes)
    })
  }

  /** After what was to be written before, which may be what is read. */
  readBatches ({ ask, keys }: Of<'read-batches'>): void {
    this.stored().then(() => this.#ports.bulletins.getBatches(keys)).then(batches => {
      this.#post({ kind: 'batches-read', ask, batches })
    }, (error: unknown) => {
      this.#ports.log({ level: 'warn', area: 'store', message: messageOf(error) })
      this.#post({ kind: 'batches-read', ask, batches: keys.map(() => null) })
    })
  }

  dropBatches ({ keys }: Of<'drop-batches'>): void {
    const writes = this.#begin()
    this.#ports.bulletins.dropBatches(keys).catch((error: unknown) => {
      this.#ports.log({ level: 'warn', area: 'store', message: messageOf(error) })
    }).finally(() => { end(writes) })
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
    const writes = this.#writes
    if (writes.underWay === 0) return this.#stored
    const ended = new Promise<void>(resolve => { writes.ended = resolve })
    this.#stored = Promise.all([this.#stored, ended]).then(() => {})
    this.#writes = { underWay: 0, ended: null }
    return this.#stored
  }

  #begin (): Writes {
    this.#writes.underWay++
    return this.#writes
  }
}

function end (writes: Writes): void {
  if (--writes.underWay === 0) writes.ended?.()
}

function messageOf (error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
