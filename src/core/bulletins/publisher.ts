/**
 * The own log: bulletins gather in the open batch, which is signed once and leaves whole. Under
 * light load a batch has one bulletin and waits for nothing; under heavy load batches grow by
 * themselves (DESIGN 8). Read next: `spread.ts` for where they go, `receipts.ts` for who has them.
 */
import { BULLETIN_LIMITS, TRUST_LIMITS, WIRE_LIMITS } from '../../limits.js'
import { batchRoomBytes, encodeBatchHead, joinBatchInPlace, lastOf } from '../../wire/batch.js'
import { encodeItems, itemBytes, type Item } from '../../wire/bulletin.js'
import { Slab } from '../../wire/bytes.js'
import { signedBytes } from '../../wire/record.js'
import { toHex } from '../../wire/hex.js'
import type { Clocks } from '../clocks.js'
import type { Effect } from '../effect.js'
import type { Event, PublicationId } from '../event.js'
import type { Sizes } from '../sizes.js'
import type { Delivering } from './delivering.js'
import { NO_GIVER } from './givers.js'
import type { Log } from './logs.js'
import type { Pace } from './pace.js'
import type { Receipts } from './receipts.js'
import type { Retention } from './retention.js'
import { openLog, type Shelf } from './shelf.js'
import type { Spread } from './spread.js'
import type { Stock } from './stock.js'

type PublishFailure = Extract<Effect, { kind: 'publish-failed' }>['code']
type Publish = Extract<Event, { kind: 'publish-asked' }>

/** Signatures of an EC key differ in length by so much. */
const SIGNATURES_VARY_BYTES = 8

/** Bulletins that will be signed together. */
interface Open {
  readonly first: number
  readonly items: Item[]
  readonly publications: PublicationId[]
  readonly hopsMax: number
  bytes: number
}

interface Machines {
  readonly stock: Stock
  readonly spread: Spread
  readonly receipts: Receipts
  readonly pace: Pace
  readonly delivering: Delivering
  readonly retention: Retention
  readonly clocks: Clocks
}

export class Publisher {
  readonly #shelf: Shelf
  readonly #machines: Machines
  /** Position of the last bulletin given one. */
  #head = 0
  #previous: Uint8Array = new Uint8Array(32)
  #incarnation = 0
  /** Batches of few bytes live until they are stored and sent, and share memory. */
  readonly #slab = new Slab()
  /** Room that signatures of this key have needed so far. */
  #signatureBytes = 0
  #open: Open | null = null
  /** Calls that wait until members have stored more. */
  readonly #waiting: Publish[] = []

  constructor (shelf: Shelf, machines: Machines) {
    this.#shelf = shelf
    this.#machines = machines
  }

  /** Position of the last bulletin that left. */
  get head (): number {
    if (this.#incarnation !== this.#shelf.mesh.self.incarnation) return 0
    return this.#open === null ? this.#head : this.#open.first - 1
  }

  get sizes (): Sizes {
    return { publishesWaiting: this.#waiting.length, openItems: this.#open?.items.length ?? 0 }
  }

  onPublish (event: Publish): void {
    const { mesh } = this.#shelf
    if (mesh.phase !== 'running') return this.#fail(event.publication, 'closed')
    if (this.#waiting.length >= BULLETIN_LIMITS.publishesWaitingMax) {
      return this.#fail(event.publication, 'busy')
    }
    if (this.#machines.stock.isResting) return this.#fail(event.publication, 'store-failed')
    if (Math.abs(this.#machines.clocks.offMs) > TRUST_LIMITS.clockSkewPublishMs) {
      return this.#fail(event.publication, 'clock-skew')
    }
    this.#waiting.push(event)
    // Whoever waits already is let in when members have stored more.
    if (this.#waiting.length === 1) this.admit()
  }

  /** Takes what waited, as far as members keep up. */
  admit (): void {
    const { receipts, pace } = this.#machines
    if (this.#waiting.length === 0) return
    this.#beginLog()
    let taken = 0
    while (taken < this.#waiting.length) {
      const openBytes = this.#open?.bytes ?? 0
      if (!receipts.hasRoom(openBytes) || !pace.hasRoom(openBytes)) break
      const event = this.#waiting[taken++]
      if (event !== undefined) this.#add(event)
    }
    if (taken > 0) this.#waiting.splice(0, taken)
  }

  /** The inbox is empty. While earlier ones still wait for some link the open batch may grow. */
  onDrained (isBusy: boolean): void {
    if (this.#open === null) return
    const { deadlines, nowMs } = this.#shelf.mesh
    if (!isBusy) return this.close()
    if (!deadlines.has('batch-close', '')) {
      deadlines.set('batch-close', '', nowMs + BULLETIN_LIMITS.batchOpenMaxMs)
    }
  }

  /** This node leaves: what is open goes, what waits fails. */
  end (): void {
    this.close()
    for (const { publication } of this.#waiting) this.#fail(publication, 'closed')
    this.#waiting.length = 0
  }

  #add ({ publication, item, alone, hopsMax }: Publish): void {
    // A fresh log needs a fresh incarnation, and that never changes while a link is ready.
    if (this.#head >= WIRE_LIMITS.positionsPerLogMax) return this.#fail(publication, 'log-full')
    const bytes = itemBytes(item)
    const isFull = this.#open !== null && (
      this.#open.items.length >= WIRE_LIMITS.itemsPerBatchMax ||
      this.#open.bytes + bytes > WIRE_LIMITS.batchItemsBytesMax
    )
    if (isFull || alone || this.#open?.hopsMax !== hopsMax) this.close()
    this.#open ??= { first: this.#head + 1, items: [], publications: [], hopsMax, bytes: 0 }
    this.#open.items.push(item)
    this.#open.publications.push(publication)
    this.#open.bytes += bytes
    this.#head++
    if (alone) this.close()
  }

  /** A new incarnation is a new log; what is still open belongs to the former one. */
  #beginLog (): void {
    const { incarnation } = this.#shelf.mesh.self
    if (incarnation === this.#incarnation) return
    this.close()
    this.#incarnation = incarnation
    this.#head = 0
    this.#previous = new Uint8Array(32)
    this.#machines.receipts.beginLog()
  }

  /** Signs the open batch and hands it to everyone. */
  close (): void {
    if (this.#open === null) return
    const { mesh, suite } = this.#shelf
    const { first, items, hopsMax, publications } = this.#open
    this.#open = null
    mesh.deadlines.clear('batch-close', '')
    const incarnation = this.#incarnation
    const log = openLog(this.#shelf, mesh.options.me, incarnation)
    if (log === null) return this.#failAll(publications)
    const roomBytes = batchRoomBytes(mesh.options.publicKey.length, this.#signatureBytes)
    const body = encodeItems(items, roomBytes, this.#slab)
    const headBytes = encodeBatchHead({
      publicKey: mesh.options.publicKey,
      incarnation,
      first,
      count: items.length,
      hopsMax,
      previous: this.#previous,
      itemsHash: suite.hash(body),
    })
    const signature = suite.sign(signedBytes('batch', mesh.options.networkHash, headBytes))
    this.#signatureBytes = signature.length + SIGNATURES_VARY_BYTES
    const previous = this.#previous
    this.#previous = suite.hash(headBytes)
    const newest = items.reduce((latest, { timestamp }) => Math.max(latest, timestamp), 0)
    const batch = joinBatchInPlace(headBytes, signature, body, roomBytes)
    const isKept = hopsMax === 0
    this.#hand(log, {
      first, count: items.length, bytes: batch.length, newest,
      headHash: toHex(this.#previous), previous: toHex(previous), giver: NO_GIVER,
    }, batch, isKept, publications)
  }

  #hand (
    log: Log, held: Parameters<Stock['keep']>[1], batch: Uint8Array, isKept: boolean,
    publications: readonly PublicationId[],
  ): void {
    const { mesh } = this.#shelf
    const { stock, spread, receipts, pace, delivering, retention } = this.#machines
    // With a limit of hops it is passed on live: whoever asks later could not know how far it came.
    if (isKept) stock.keep(log, held, batch)
    else stock.settle(log, held)
    const linked = spread.push(batch)
    receipts.published(lastOf(held), held.bytes)
    pace.published(lastOf(held), held.bytes)
    const { first, count } = held
    delivering.accepted(log, { first, count, batch, only: undefined, isKept })
    publications.forEach((publication, index) => {
      const position = first + index
      mesh.out.push({
        kind: 'published', publication, incarnation: log.incarnation, position, linked,
      })
    })
    retention.makeRoom()
  }

  #failAll (publications: readonly PublicationId[]): void {
    for (const publication of publications) this.#fail(publication, 'closed')
  }

  #fail (publication: PublicationId, code: PublishFailure): void {
    this.#shelf.mesh.out.push({ kind: 'publish-failed', publication, code })
  }
}
