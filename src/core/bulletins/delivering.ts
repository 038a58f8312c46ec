/**
 * Bulletins to the subscribers here: each position once, in the order of its log. A gap is waited
 * for, but not for ever; what comes after its successors is marked late (DESIGN 8).
 * Read next: `wants.ts`, which asks for what is missing.
 */
import { BULLETIN_LIMITS } from '../../limits.js'
import type { Sizes } from '../sizes.js'
import { logName, type Log, type Logs } from './logs.js'
import { Ranges, type Range } from './ranges.js'
import type { Shelf } from './shelf.js'

interface HeldBack {
  readonly first: number
  readonly count: number
  /** Null: too much is held back, it is read again when it goes on. */
  batch: Uint8Array | null
  /** Offsets of what is delivered of it; undefined: all. */
  readonly only: readonly number[] | undefined
  /** It may be in the store. */
  readonly isKept: boolean
}

/** A batch to be delivered. `only`: where not all of it is accepted; then it is not kept. */
interface Accepted extends HeldBack {
  readonly batch: Uint8Array
}

interface Line {
  readonly log: Log
  /** Delivered, or given up. */
  readonly passed: Ranges
  /** Of the beginning: nobody linked has these, so nobody waits for them. */
  readonly nowhere: Ranges
  /** Behind a gap, ascending. */
  readonly waiting: HeldBack[]
}

export class Delivering {
  readonly #shelf: Shelf
  readonly #lines = new Map<string, Line>()
  #heldBackBytes = 0

  constructor (shelf: Shelf) {
    this.#shelf = shelf
  }

  /** What was in the store before this run counts as seen. */
  restore (logs: Logs): void {
    for (const log of logs.all()) {
      const { passed } = this.#line(log)
      for (const { first, last } of log.settled.list()) passed.add(first, last)
    }
  }

  /** A batch is good and new to this node. Returns the gap before it that is to be asked for. */
  accepted (log: Log, accepted: Accepted): Range | null {
    const { first, count } = accepted
    const line = this.#line(log)
    const last = first + count - 1
    if (line.passed.covers(first, last)) return null
    const next = line.passed.last + 1
    const isBlocked = first > next && this.#isAwaited(line, next, first - 1)
    if (!isBlocked) {
      this.#deliver(line, accepted, first < next)
      this.settled(log)
      return null
    }
    this.#holdBack(line, { ...accepted })
    const { deadlines, nowMs } = this.#shelf.mesh
    const name = logName(log.author, log.incarnation)
    if (!deadlines.has('gap', name)) deadlines.set('gap', name, nowMs + BULLETIN_LIMITS.gapMs)
    // More than may wait: the gap is waited for no longer.
    while (this.#isOverfull(line)) this.onGapDue(name)
    return { first: next, last: first - 1 }
  }

  /** Something of a log was settled or is nowhere to be had: what waited for it may go on. */
  settled (log: Log): void {
    const line = this.#lines.get(logName(log.author, log.incarnation))
    if (line === undefined) return
    for (;;) {
      const [first] = line.waiting
      if (first === undefined) break
      const next = line.passed.last + 1
      if (first.first > next && this.#isAwaited(line, next, first.first - 1)) return
      this.#release(line, first)
    }
    this.#shelf.mesh.deadlines.clear('gap', logName(log.author, log.incarnation))
  }

  /**
   * Whoever was asked has none of these and no other link offers them. At the beginning of a log
   * that this run begins to read they have most likely expired, and are not waited for; in the
   * middle somebody who is not linked yet may well have them.
   */
  nowhere (log: Log, { first, last }: Range): void {
    const line = this.#line(log)
    if (!line.passed.isEmpty) return
    line.nowhere.add(first, last)
    line.nowhere.limitTo(BULLETIN_LIMITS.gapsPerLogMax)
    this.settled(log)
  }

  /** The gap was waited for long enough. */
  onGapDue (name: string): void {
    const line = this.#lines.get(name)
    const [first] = line?.waiting ?? []
    if (line === undefined || first === undefined) return
    const next = line.passed.last + 1
    const { author, incarnation } = line.log
    const { mesh } = this.#shelf
    for (const gap of line.log.settled.missing(next, first.first - 1)) {
      mesh.out.push({ kind: 'gap', author, incarnation, first: gap.first, last: gap.last })
    }
    this.#release(line, first)
    this.settled(line.log)
    if (line.waiting.length > 0) {
      mesh.deadlines.set('gap', name, mesh.nowMs + BULLETIN_LIMITS.gapMs)
    }
  }

  forget (log: Log): void {
    const name = logName(log.author, log.incarnation)
    for (const { batch } of this.#lines.get(name)?.waiting ?? []) {
      this.#heldBackBytes -= batch?.length ?? 0
    }
    this.#lines.delete(name)
    this.#shelf.mesh.deadlines.clear('gap', name)
  }

  get sizes (): Sizes {
    let heldBackOfOne = 0
    for (const { waiting } of this.#lines.values()) {
      heldBackOfOne = Math.max(heldBackOfOne, waiting.length)
    }
    return { heldBackOfOne, heldBackBytes: this.#heldBackBytes }
  }

  /** Batches that wait behind gaps, and what of them is in memory. */
  get heldBack (): { count: number, bytes: number } {
    let count = 0
    for (const { waiting } of this.#lines.values()) count += waiting.length
    return { count, bytes: this.#heldBackBytes }
  }

  #line (log: Log): Line {
    const name = logName(log.author, log.incarnation)
    const line = this.#lines.get(name) ?? {
      log, passed: new Ranges(), nowhere: new Ranges(), waiting: [],
    }
    this.#lines.set(name, line)
    return line
  }

  /** True while any of these positions may still come. */
  #isAwaited ({ log, nowhere }: Line, first: number, last: number): boolean {
    return log.lacking({ first, last }, false)
      .some(lacking => !nowhere.covers(lacking.first, lacking.last))
  }

  #holdBack (line: Line, held: HeldBack): void {
    const before = line.waiting.findLastIndex(other => other.first <= held.first)
    if (line.waiting[before]?.first === held.first) return
    const bytes = held.batch?.length ?? 0
    // What the store does not keep cannot be read again.
    const canRead = held.isKept && held.only === undefined &&
      this.#shelf.mesh.options.bulletins.carries
    if (canRead && this.#heldBackBytes + bytes > BULLETIN_LIMITS.heldBackBytesMax) held.batch = null
    this.#heldBackBytes += held.batch?.length ?? 0
    line.waiting.splice(before + 1, 0, held)
  }

  #isOverfull ({ waiting }: Line): boolean {
    return waiting.length > BULLETIN_LIMITS.heldBackBatchesMax ||
      (waiting.length > 0 && this.#heldBackBytes > BULLETIN_LIMITS.heldBackBytesMax)
  }

  #release (line: Line, held: HeldBack): void {
    line.waiting.shift()
    this.#heldBackBytes -= held.batch?.length ?? 0
    this.#deliver(line, held, false)
  }

  #deliver ({ log, passed }: Line, held: HeldBack, isLate: boolean): void {
    const { first, count, batch, only } = held
    passed.add(first, first + count - 1)
    passed.limitTo(BULLETIN_LIMITS.gapsPerLogMax)
    const { author, incarnation } = log
    // No spread: of objects made so each is moved to the old part of the heap, with all it holds.
    const delivery = only === undefined
      ? { author, incarnation, first, count, batch, isLate }
      : { author, incarnation, first, count, batch, isLate, only }
    this.#shelf.mesh.out.push({ kind: 'deliver', delivery })
  }
}
