/**
 * Who has stored what: heads in heartbeats tell authors, both ways. What no linked peer has stored
 * yet holds back further publishing (DESIGN 8). Read next: `../pulse.ts`, which carries the heads.
 */
import { BULLETIN_LIMITS } from '../../limits.js'
import type { Identity } from '../../wire/identity.js'
import type { LinkId } from '../event.js'
import type { LinkEntry } from '../links.js'
import type { Sizes } from '../sizes.js'
import type { Log } from './logs.js'
import type { Shelf } from './shelf.js'

/** What a linked peer said of its storing. */
interface Told {
  storedHead: number
  carries: boolean
}

export class Receipts {
  readonly #shelf: Shelf
  readonly #beatNow: (link: LinkId) => void
  readonly #told = new Map<LinkId, Told>()
  /** Own batches that no linked peer has stored, oldest first. */
  #unstored: { readonly last: number, readonly bytes: number }[] = []
  #unstoredBytes = 0
  /** Bytes stored of a link's log since it was told. */
  readonly #untold = new Map<LinkId, number>()

  /** `beatNow` sends a heartbeat out of turn. */
  constructor (shelf: Shelf, beatNow: (link: LinkId) => void) {
    this.#shelf = shelf
    this.#beatNow = beatNow
  }

  get sizes (): Sizes {
    return { receipts: this.#told.size, unstoredBytes: this.#unstoredBytes }
  }

  onReady (entry: LinkEntry): void {
    this.#told.set(entry.id, { storedHead: 0, carries: true })
  }

  onEnded (link: LinkId): void {
    this.#told.delete(link)
    this.#untold.delete(link)
    this.#shelf.mesh.deadlines.clear('receipt', link)
  }

  setCarries (link: LinkId, carries: boolean): void {
    const told = this.#told.get(link)
    if (told !== undefined) told.carries = carries
  }

  /** Nobody will tell any more what it stored of the former log. */
  beginLog (): void {
    this.#forget(Infinity)
  }

  /** An own batch left. */
  published (last: number, bytes: number): void {
    this.#unstored.push({ last, bytes })
    this.#unstoredBytes += bytes
  }

  /** True when more may be published; `openBytes`: what is about to leave. */
  hasRoom (openBytes: number): boolean {
    if (this.#shelf.mesh.links.readyCount === 0) {
      this.#forget(Infinity)
      return true
    }
    return this.#unstoredBytes + openBytes < BULLETIN_LIMITS.unstoredBytesMax
  }

  /** A peer told up to where it has stored this node's log. */
  onHeard (entry: LinkEntry, storedHead: number, ownHead: number): void {
    const told = this.#told.get(entry.id)
    // More than was ever published is a lie that must not let the node run ahead.
    const position = Math.min(storedHead, ownHead)
    if (told === undefined || position <= told.storedHead) return
    told.storedHead = position
    this.#forget(position)
    const { carries } = told
    this.#shelf.mesh.out.push({ kind: 'receipt', peer: entry.peer, position, carries })
  }

  /** Something of a log was stored here: its author is told soon when it is linked. */
  onStored (log: Log, bytes: number): void {
    const { links, deadlines, nowMs } = this.#shelf.mesh
    const entry = links.readyOf(log.author)
    if (entry?.state.at !== 'ready' || entry.state.incarnation !== log.incarnation) return
    const untold = (this.#untold.get(entry.id) ?? 0) + bytes
    this.#untold.set(entry.id, untold)
    if (untold >= BULLETIN_LIMITS.receiptAfterBytes) return this.tell(entry.id)
    if (deadlines.has('receipt', entry.id)) return
    deadlines.set('receipt', entry.id, nowMs + BULLETIN_LIMITS.receiptAfterMs)
  }

  tell (link: LinkId): void {
    this.#untold.delete(link)
    this.#shelf.mesh.deadlines.clear('receipt', link)
    this.#beatNow(link)
  }

  /** Up to where a link's peer said that it has stored this node's log. */
  storedHeadOf (link: LinkId): number {
    return this.#told.get(link)?.storedHead ?? 0
  }

  /** Linked members that carry. */
  carriers (): Identity[] {
    return [...this.#shelf.mesh.links.ready()]
      .filter(({ id }) => this.#told.get(id)?.carries === true)
      .map(({ peer }) => peer)
  }

  #forget (position: number): void {
    let count = 0
    for (const { last, bytes } of this.#unstored) {
      if (last > position) break
      this.#unstoredBytes -= bytes
      count++
    }
    this.#unstored.splice(0, count)
  }
}
