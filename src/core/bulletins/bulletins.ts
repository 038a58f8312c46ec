/**
 * The bulletin side of the core: puts its machines together and hands each event and frame to the
 * one that owns it. Read next: `publisher.ts` for what leaves, `intake.ts` for what comes.
 */
import type { Heartbeat } from '../../wire/frame.js'
import type { Identity } from '../../wire/identity.js'
import type { Clocks } from '../clocks.js'
import type { Event, LinkId } from '../event.js'
import type { LinkEntry } from '../links.js'
import type { Mesh } from '../mesh.js'
import type { Heads } from '../pulse.js'
import type { Sizes } from '../sizes.js'
import type { Suite } from '../suite.js'
import { Delivering } from './delivering.js'
import { Forks } from './forks.js'
import { Givers, NO_GIVER } from './givers.js'
import { Intake } from './intake.js'
import { Judging } from './judging.js'
import { Logs } from './logs.js'
import { Pace } from './pace.js'
import { Publisher } from './publisher.js'
import { Receipts } from './receipts.js'
import { Relaying, type OnwardOf } from './relaying.js'
import { Retention } from './retention.js'
import { Asks, drop, type Shelf } from './shelf.js'
import { Spread } from './spread.js'
import { Stock } from './stock.js'
import { Supply } from './supply.js'
import { Sync } from './sync.js'
import { Topics } from './topics.js'
import type { BatchKey, BatchSummary } from './vocabulary.js'
import { Wants } from './wants.js'

/** Frames of members that are about bulletins. */
export type BulletinFrame = Extract<LinkFrame, { type: BulletinFrameType }>
type LinkFrame = Extract<Event, { kind: 'frame-received' }>['frame']
type BulletinFrameType =
  'batch' | 'heads' | 'log-digest' | 'log-want' | 'log-answer' | 'evidence' | 'topics'

export class Bulletins implements Heads {
  readonly #shelf: Shelf
  readonly stock: Stock
  readonly spread: Spread
  readonly receipts: Receipts
  readonly pace: Pace
  readonly delivering: Delivering
  readonly retention: Retention
  readonly publisher: Publisher
  readonly topics: Topics
  readonly intake: Intake
  readonly wants: Wants
  readonly supply: Supply
  readonly sync: Sync
  readonly relaying: Relaying
  readonly #forks: Forks

  /** `beatNow` sends a heartbeat out of turn; `onwardOf`: to whom an author's bulletins go on. */
  constructor (
    mesh: Mesh, suite: Suite, clocks: Clocks, beatNow: (link: LinkId) => void, onwardOf: OnwardOf,
  ) {
    const shelf: Shelf = {
      mesh, suite, logs: new Logs(), asks: new Asks(), givers: new Givers(),
      forgotten: log => { this.delivering.forget(log) },
    }
    this.#shelf = shelf
    this.stock = new Stock(shelf)
    this.spread = new Spread(shelf)
    this.receipts = new Receipts(shelf, beatNow)
    this.pace = new Pace(shelf, this.spread)
    this.delivering = new Delivering(shelf)
    this.retention = new Retention(shelf, this.delivering)
    this.topics = new Topics(shelf)
    this.#forks = new Forks(shelf)
    const { stock, spread, receipts, pace, delivering, retention, topics } = this
    this.publisher = new Publisher(shelf, {
      stock, spread, receipts, pace, delivering, retention, clocks,
    })
    const judging = new Judging(shelf, {
      stock, delivering, retention, topics, forks: this.#forks,
    })
    this.intake = new Intake(shelf, judging, this.#forks)
    this.wants = new Wants(shelf, stock, delivering, (log, range) =>
      this.intake.notUnderWay(log, range))
    this.supply = new Supply(shelf, spread, link =>
      receipts.storedHeadOf(link) < this.publisher.head)
    this.sync = new Sync(shelf, this.wants, this.#forks)
    this.relaying = new Relaying(shelf, spread, this.wants, onwardOf)
    judging.onGap = (entry, log, gap) => {
      this.wants.offer(entry.id, log, log.lacking(gap, false))
      this.wants.pump()
    }
    judging.onPassed = (log, bytes) => { receipts.onStored(log, bytes) }
    judging.onTaken = (log, arriving) => { this.relaying.onTaken(log, arriving) }
    this.intake.onCame = (link, came) => this.wants.onCame(link, came)
  }

  get sizes (): Sizes {
    return {
      ...this.#shelf.logs.sizes, ...this.delivering.sizes, ...this.#forks.sizes,
      givers: this.#shelf.givers.size,
      ...this.intake.sizes, ...this.pace.sizes, ...this.publisher.sizes, ...this.receipts.sizes,
      ...this.relaying.sizes,
      ...this.supply.sizes, ...this.sync.sizes, ...this.wants.sizes,
    }
  }

  onStarted (batches: readonly BatchSummary[]): void {
    const { mesh, logs } = this.#shelf
    drop(mesh, logs.restore(batches))
    this.delivering.restore(logs)
    this.sync.start()
    this.retention.onExpireDue()
    this.retention.makeRoom()
  }

  onReady (entry: LinkEntry): void {
    this.receipts.onReady(entry)
    this.pace.onReady(entry.id)
    this.topics.onReady(entry)
    this.sync.onReady(entry)
  }

  onEnded (link: LinkId): void {
    this.receipts.onEnded(link)
    this.topics.onEnded(link)
    this.sync.onEnded(link)
    this.relaying.onEnded(link)
    this.spread.onEnded(link)
    this.pace.onEnded(link)
    this.supply.onEnded(link)
    this.intake.onEnded(link)
    this.wants.onEnded(link)
    this.#forks.onEnded(link)
    this.publisher.admit()
  }

  /** What no honest node sends, or null. */
  onFrame (entry: LinkEntry, frame: BulletinFrame): string | null {
    switch (frame.type) {
      case 'batch': return this.intake.onBatch(entry, frame)
      case 'heads':
        this.relaying.onHeads(entry, frame)
        return null
      case 'log-digest':
        this.sync.onDigest(entry, frame)
        return null
      case 'log-want': return this.supply.onWant(entry, frame)
      case 'log-answer':
        this.wants.onAnswer(entry, frame.id, frame.complete)
        return null
      case 'evidence':
        return this.#forks.onEvidence(frame) ? null : 'evidence that proves nothing'
      case 'topics':
        this.receipts.setCarries(entry.id, frame.carries)
        this.pace.setCarries(entry.id, frame.carries)
        this.publisher.admit()
        this.topics.onTopics(entry, frame.topics)
        return null
    }
  }

  onHeartbeat (entry: LinkEntry, { ownHead, storedHead }: Heartbeat): void {
    this.receipts.onHeard(entry, storedHead, this.publisher.head)
    this.pace.onHeard(entry.id, Math.min(storedHead, this.publisher.head))
    this.publisher.admit()
    this.sync.onHeads(entry, ownHead)
  }

  /** Who sent something false, or null. */
  onChecked (event: Extract<Event, { kind: 'batch-checked' }>): Fault | null {
    const { fault, log } = this.intake.onChecked(event.ask, event.verdict)
    // What was not taken may be had elsewhere.
    if (event.verdict !== 'good' && log !== null) this.wants.unblock(log)
    this.wants.pump()
    return fault
  }

  /** A link that was waited for took too long. */
  onPaceDue (): void {
    this.pace.onDue()
    this.publisher.admit()
  }

  onValidated (event: Extract<Event, { kind: 'batch-validated' }>): void {
    this.intake.onValidated(event.ask, event.verdict, event.accepted ?? [])
    this.wants.pump()
  }

  onStored ({ ask, isStored }: Extract<Event, { kind: 'batch-stored' }>): void {
    const stored = this.stock.onStored(ask, isStored)
    if (stored !== null) this.receipts.onStored(stored.log, stored.bytes)
  }

  onRead ({ ask, batches }: Extract<Event, { kind: 'batches-read' }>): void {
    if (!this.supply.onRead(ask, batches)) this.#forks.onRead(ask, batches)
  }

  onPurge ({ purge, keys }: Extract<Event, { kind: 'purge-asked' }>): void {
    const bulletins = this.retention.purge(keys)
    this.#shelf.mesh.out.push({ kind: 'purged', purge, bulletins })
  }

  ownHead (): number {
    return this.publisher.head
  }

  /** Head up to which the present log of a linked peer is stored here. */
  storedHead (entry: LinkEntry): number {
    if (entry.state.at !== 'ready') return 0
    return this.#shelf.logs.get(entry.peer, entry.state.incarnation)?.storedHead ?? 0
  }

  isUnread (link: LinkId): boolean {
    return this.intake.isPaused(link)
  }

  /** Every batch held, in order within each log. */
  * held (): Generator<HeldBatch> {
    for (const { author, incarnation, held } of this.#shelf.logs.all()) {
      for (const { first, newest } of held) yield { author, incarnation, first, newest }
    }
  }

  /** The held batch that a bulletin is in, or null. */
  batchAt (author: Identity, incarnation: number, position: number): HeldBatch | null {
    const held = this.#shelf.logs.get(author, incarnation)?.at(position)
    if (held === undefined) return null
    return { author, incarnation, first: held.first, newest: held.newest }
  }

  /** The peer that handed over the batch a held bulletin is in; null when none is remembered. */
  deliveredBy (author: Identity, incarnation: number, position: number): Identity | null {
    const { logs, givers } = this.#shelf
    return givers.peerOf(logs.get(author, incarnation)?.held.giverAt(position) ?? NO_GIVER)
  }

  /** How many bulletins are held. */
  get heldCount (): number {
    return this.#shelf.logs.bulletins
  }

  /** Bytes of bulletins held, of all and of one author. */
  heldBytes (author: Identity | null = null): number {
    return author === null ? this.#shelf.logs.bytes : this.#shelf.logs.bytesOf(author)
  }
}

/** A batch that is held, as seen from outside. `newest`: seconds since 1970. */
export interface HeldBatch extends BatchKey {
  readonly newest: number
}

/** Who sent something that no honest node sends. */
export interface Fault {
  readonly link: LinkId
  readonly why: string
}
