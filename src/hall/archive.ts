/**
 * Batches as a whole: to a file and from one, for places that no link reaches, and out of the
 * store. What a file brings passes the very checks of what links bring.
 * Read next: `wire/batch-file.ts` for the file, `core/bulletins/intake.ts` for the checks.
 */
import type { HeldBatch } from '../core/bulletins/bulletins.js'
import type { OfferOutcome } from '../core/bulletins/vocabulary.js'
import type { Effect } from '../core/effect.js'
import type { Event, OfferId, PurgeId } from '../core/event.js'
import { closedError, GossipError } from '../errors.js'
import { BULLETIN_LIMITS, STORE_LIMITS } from '../limits.js'
import type { BulletinStore } from '../ports.js'
import { copyBatch } from '../wire/batch.js'
import {
  BatchFileReader, encodeFileEnd, encodeFileHead, encodeFilePart, type FileFault,
} from '../wire/batch-file.js'
import { toHex } from '../wire/hex.js'
import type { Identity } from '../wire/identity.js'
import type { Bulletin, Topic } from './bulletin.js'

/**
 * Which batches, of those held here. All of it must hold; nothing given matches every batch. A
 * batch is signed as a whole and stays whole: with the bulletins that match go those beside them.
 */
export interface BatchMatch {
  /** Any of its bulletins has this topic: a descriptor in text, or 32 bytes of its id. */
  readonly topic?: Topic
  readonly author?: Identity
  /** Its newest bulletin was published then or later: a Date, or ms since 1970. */
  readonly since?: Date | number
  /** Its newest bulletin was published then or earlier. */
  readonly until?: Date | number
  /** It has one of these bulletins. At most 65,536. */
  readonly bulletins?: readonly Pick<Bulletin, 'author' | 'incarnation' | 'seq'>[]
}

/** What came of a file, in batches. */
export interface Imported {
  /** They count here now: delivered, stored and offered to others. */
  readonly taken: number
  /** They were here before, or had been: expired, given way, purged. */
  readonly known: number
  /** Not rightly signed, expired, too large, without the work, judged so by a validator, forked. */
  readonly refused: number
}

interface Surroundings {
  readonly store: BulletinStore
  readonly networkHash: Uint8Array
  /** Throws GossipError `option-invalid`. */
  readonly topicOf: (topic: Topic) => Uint8Array
  readonly post: (event: Event) => void
  /** Resolves when what was handed to the store before is there. */
  readonly stored: () => Promise<void>
  readonly held: () => Iterable<HeldBatch>
  readonly batchAt: (author: Identity, incarnation: number, position: number) => HeldBatch | null
}

interface Waiting<T> {
  readonly resolve: (value: T) => void
  readonly reject: (error: GossipError) => void
}

export class Archive {
  readonly #around: Surroundings
  readonly #offers = new Map<OfferId, Waiting<OfferOutcome>>()
  readonly #purges = new Map<PurgeId, Waiting<number>>()
  #nextId = 1
  #isClosed = false

  constructor (around: Surroundings) {
    this.#around = around
  }

  /** The bytes of a file, in pieces: its head, one batch each, its end. */
  async * export (match: BatchMatch): AsyncGenerator<Uint8Array, void, undefined> {
    const { store, networkHash } = this.#around
    const batches = await this.#matching(match)
    yield encodeFileHead(networkHash)
    let count = 0
    for (let at = 0; at < batches.length; at += STORE_LIMITS.readBatchesMax) {
      if (this.#isClosed) throw closedError()
      const keys = batches.slice(at, at + STORE_LIMITS.readBatchesMax)
      for (const batch of await store.getBatches(keys)) {
        // What expired or gave way meanwhile is left out.
        if (batch === null) continue
        count++
        yield encodeFilePart(batch)
      }
    }
    yield encodeFileEnd(count)
  }

  /** Rejects with GossipError `import-foreign`, `import-damaged` or `node-closed`. */
  async import (
    file: Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): Promise<Imported> {
    const reader = new BatchFileReader(this.#around.networkHash)
    const counts = { taken: 0, known: 0, refused: 0 }
    const underWay = new Set<Promise<void>>()
    /** False: the rest of the file is not worth reading. */
    const take = async (chunk: Uint8Array): Promise<boolean> => {
      reader.push(chunk)
      for (let next = reader.next(); next !== null; next = reader.next()) {
        if (!(next instanceof Uint8Array) || this.#isClosed) return false
        if (underWay.size >= BULLETIN_LIMITS.offersUnderWayMax) await Promise.race(underWay)
        const done = this.#offer(next)
          .then(outcome => { counts[outcome]++ }, () => {})
          .finally(() => { underWay.delete(done) })
        underWay.add(done)
      }
      return true
    }
    try {
      if (file instanceof Uint8Array) await take(file)
      else for await (const chunk of file) if (!await take(chunk)) break
    } finally {
      await Promise.all(underWay)
    }
    if (this.#isClosed) throw closedError()
    const fault = reader.end()
    if (fault !== null) throw fileError(fault, counts)
    await this.#around.stored()
    return counts
  }

  /** How many bulletins left. */
  async purge (match: BatchMatch): Promise<number> {
    const keys = await this.#matching(match)
    if (this.#isClosed) throw closedError()
    const purge = this.#nextId++ as PurgeId
    const count = await new Promise<number>((resolve, reject) => {
      this.#purges.set(purge, { resolve, reject })
      this.#around.post({ kind: 'purge-asked', purge, keys })
    })
    await this.#around.stored()
    return count
  }

  onSettled ({ offer, outcome }: Extract<Effect, { kind: 'offer-settled' }>): void {
    this.#offers.get(offer)?.resolve(outcome)
    this.#offers.delete(offer)
  }

  onPurged ({ purge, bulletins }: Extract<Effect, { kind: 'purged' }>): void {
    this.#purges.get(purge)?.resolve(bulletins)
    this.#purges.delete(purge)
  }

  close (): void {
    this.#isClosed = true
    for (const { reject } of [...this.#offers.values(), ...this.#purges.values()]) {
      reject(closedError())
    }
    this.#offers.clear()
    this.#purges.clear()
  }

  #offer (batch: Uint8Array): Promise<OfferOutcome> {
    if (this.#isClosed) return Promise.reject(closedError())
    const offer = this.#nextId++ as OfferId
    return new Promise((resolve, reject) => {
      this.#offers.set(offer, { resolve, reject })
      this.#around.post({ kind: 'batch-offered', offer, batch: copyBatch(batch) })
    })
  }

  /** In the order of each log. Throws GossipError `option-invalid`. */
  async #matching (match: BatchMatch): Promise<HeldBatch[]> {
    const since = secondsOf(match.since, -Infinity)
    const until = secondsOf(match.until, Infinity)
    const topic = match.topic === undefined ? null : this.#around.topicOf(match.topic)
    const { bulletins, author: of } = match
    const named = bulletins === undefined ? null : this.#keysOf(bulletins)
    await this.#around.stored()
    const batches = topic !== null
      ? await this.#ofTopic(topic)
      : named === null ? [...this.#around.held()] : [...named.values()]
    return batches
      .filter(batch => batch.newest >= since && batch.newest <= until &&
        (of === undefined || batch.author === of) && named?.has(nameOf(batch)) !== false)
      .sort((a, b) => a.author < b.author ? -1 : a.author > b.author ? 1
        : a.incarnation - b.incarnation || a.first - b.first)
  }

  async #ofTopic (topic: Uint8Array): Promise<HeldBatch[]> {
    const batches = new Map<string, HeldBatch>()
    for await (const held of this.#around.store.ofTopic(toHex(topic))) {
      const { author, incarnation, position } = held
      const batch = this.#around.batchAt(author, incarnation, position)
      if (batch !== null) batches.set(nameOf(batch), batch)
    }
    return [...batches.values()]
  }

  /** The held batches that these are in, by their names. Throws GossipError `option-invalid`. */
  #keysOf (bulletins: NonNullable<BatchMatch['bulletins']>): Map<string, HeldBatch> {
    if (bulletins.length > STORE_LIMITS.queryPlacesMax) {
      const what = `bulletins: at most ${STORE_LIMITS.queryPlacesMax} at once`
      throw new GossipError('option-invalid', what)
    }
    const batches = bulletins.flatMap(({ author, incarnation, seq }) =>
      this.#around.batchAt(author, incarnation, seq) ?? [])
    return new Map(batches.map(batch => [nameOf(batch), batch]))
  }
}

function nameOf ({ author, incarnation, first }: HeldBatch): string {
  return `${author} ${incarnation} ${first}`
}

/** Timestamps are whole seconds: those of the second that a time is in count. */
function secondsOf (time: Date | number | undefined, otherwise: number): number {
  if (time === undefined) return otherwise
  const ms = Number(time)
  if (!Number.isNaN(ms)) return Math.floor(ms / 1_000)
  throw new GossipError('option-invalid', 'since and until: a Date, or ms since 1970')
}

function fileError ({ kind, why }: FileFault, counts: Imported): GossipError {
  if (kind === 'foreign') return new GossipError('import-foreign', `import: ${why}`)
  const { taken, known, refused } = counts
  const before = `before that ${taken} batches were taken, ${known} known, ${refused} refused`
  return new GossipError('import-damaged', `import: the file is damaged: ${why}; ${before}`)
}
