/**
 * What stands around the bulletin side of one core in tests: authors that sign logs, and the
 * checks and the store that answer what the core asks, at once or when the test says so.
 */
import type { Effect } from '../../src/core/effect.js'
import type { AskId, Event, LinkId, PublicationId } from '../../src/core/event.js'
import type { BatchSummary, Verdict } from '../../src/core/bulletins/vocabulary.js'
import { encodeBatchHead, joinBatch } from '../../src/wire/batch.js'
import { encodeItems, type Item } from '../../src/wire/bulletin.js'
import type { Evidence, Frame, LogRow } from '../../src/wire/frame.js'
import { toHex } from '../../src/wire/hex.js'
import { signedBytes } from '../../src/wire/record.js'
import { Bench, EPOCH_MS, NETWORK_HASH, only, type Peer } from './core-bench.js'

export const TOPIC = new Uint8Array(32).fill(5)

/** A batch that was signed, and what tests ask of it. */
export interface Signed {
  readonly frame: Extract<Frame, { type: 'batch' }>
  readonly bytes: Uint8Array
  readonly summary: BatchSummary
  readonly headBytes: Uint8Array
  readonly signature: Uint8Array
}

export interface SignOptions {
  readonly contents?: readonly Uint8Array[]
  /** Seconds after the epoch of the bench. */
  readonly atSeconds?: number
  readonly first?: number
  readonly previous?: Uint8Array
  readonly topic?: Uint8Array
  readonly hopsMax?: number
}

/** One log of a peer. Signs the next batch of it, unless told otherwise. */
export class Author {
  readonly peer: Peer
  readonly incarnation: number
  #next = 1
  #previous: Uint8Array = new Uint8Array(32)

  constructor (peer: Peer, incarnation = peer.incarnation) {
    this.peer = peer
    this.incarnation = incarnation
  }

  sign (over: SignOptions = {}): Signed {
    const { suite, publicKey } = this.peer.keys
    const { atSeconds = 0, topic = TOPIC, first = this.#next, hopsMax = 0 } = over
    const timestamp = EPOCH_MS / 1_000 + atSeconds
    const contents = over.contents ?? [new Uint8Array(8).fill(first)]
    const body = encodeItems(contents.map(content => ({ topic, timestamp, nonce: 0, content })))
    const headBytes = encodeBatchHead({
      publicKey, incarnation: this.incarnation, first, count: contents.length, hopsMax,
      previous: over.previous ?? this.#previous, itemsHash: suite.hash(body),
    })
    const signature = suite.sign(signedBytes('batch', NETWORK_HASH, headBytes))
    const bytes = joinBatch(headBytes, signature, body)
    this.#next = first + contents.length
    this.#previous = suite.hash(headBytes)
    const summary = {
      author: this.peer.id, incarnation: this.incarnation, first, count: contents.length,
      bytes: bytes.length, newest: timestamp, headHash: toHex(this.#previous),
    }
    return { frame: { type: 'batch', hops: 0, batch: bytes }, bytes, summary, headBytes, signature }
  }

  /** `count` batches of one bulletin each. */
  signAll (count: number, over: SignOptions = {}): Signed[] {
    return Array.from({ length: count }, () => this.sign(over))
  }

  /** A row that offers positions. */
  row (first: number, last: number, over: Partial<LogRow> = {}): LogRow {
    const { peer: { id }, incarnation } = this
    return {
      author: id, incarnation, newest: EPOCH_MS / 1_000, headHash: new Uint8Array(8),
      held: [{ first, last }], ...over,
    }
  }
}

export function evidenceOf (one: Signed, other: Signed): Evidence {
  const headOf = ({ headBytes, signature }: Signed): Evidence['one'] => ({ headBytes, signature })
  return { type: 'evidence', one: headOf(one), other: headOf(other) }
}

export function digest (rows: readonly LogRow[] | null, answer = false, root = 1): Frame {
  return { type: 'log-digest', root: new Uint8Array(32).fill(root), rows, answer }
}

export function want (
  id: number, of: { author: Peer['id'], incarnation: number }, first: number, last: number,
  bytesMax = 1 << 20,
): Frame {
  const { author, incarnation } = of
  return { type: 'log-want', id, bytesMax, ranges: [{ author, incarnation, first, last }] }
}

/** A bench with checks and a store that answer at once. */
export class Stand extends Bench {
  /** What the checks say; of each batch when it is a function. */
  verdict: Verdict | ((batch: Uint8Array) => Verdict) = 'good'
  /** False: nothing can be written. */
  takesWrites = true
  /** True: asks are left to the test. */
  isHeld = false
  readonly held: Effect[] = []
  readonly shelf = new Map<string, Uint8Array>()
  #publication = 0

  override post (event: Event): Effect[] {
    const effects = super.post(event)
    const answers = effects.flatMap(effect => {
      const answer = this.answer(effect)
      if (answer === null || this.isHeld) {
        if (answer !== null) this.held.push(effect)
        return []
      }
      return [answer]
    })
    return [...effects, ...answers.flatMap(answer => this.post(answer))]
  }

  /** What the adapters answer to an effect; null when it is no ask. */
  answer (effect: Effect): Event | null {
    switch (effect.kind) {
      case 'check-batch': {
        const { verdict } = this
        const said = typeof verdict === 'function' ? verdict(effect.batch) : verdict
        return { kind: 'batch-checked', ask: effect.ask, verdict: said }
      }
      case 'store-batch':
        if (this.takesWrites) this.shelf.set(nameOf(effect.batch), effect.batch.batch)
        return { kind: 'batch-stored', ask: effect.ask, isStored: this.takesWrites }
      case 'read-batches': {
        const batches = effect.keys.map(key => this.shelf.get(nameOf(key)) ?? null)
        return { kind: 'batches-read', ask: effect.ask, batches }
      }
      case 'drop-batches':
        for (const key of effect.keys) this.shelf.delete(nameOf(key))
        return null
      default: return null
    }
  }

  /** Answers what was held so far. */
  release (): Effect[] {
    this.isHeld = false
    return this.held.splice(0).flatMap(effect => {
      const answer = this.answer(effect)
      return answer === null ? [] : this.post(answer)
    })
  }

  checked (ask: AskId, verdict: Verdict = 'good'): Effect[] {
    return this.post({ kind: 'batch-checked', ask, verdict })
  }

  publish (content: Uint8Array | string = 'x', over: Partial<PublishAsked> = {}): Effect[] {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
    const item: Item = {
      topic: TOPIC, timestamp: Math.floor(this.wallMs / 1_000), nonce: 0, content: bytes,
    }
    const publication = ++this.#publication as PublicationId
    return this.post({
      kind: 'publish-asked', publication, item, alone: false, hopsMax: 0, ...over,
    })
  }

  drained (isBusy = false): Effect[] {
    return this.post({ kind: 'drained', isBusy })
  }

  /** Incarnation of the own log, as its batches have it. */
  ownLog (): { author: Peer['id'], incarnation: number } {
    const [kept] = only(this.started, 'store-incarnation').slice(-1)
    return { author: this.me.id, incarnation: kept?.incarnation ?? 0 }
  }
}

type PublishAsked = Extract<Event, { kind: 'publish-asked' }>

function nameOf (key: { author: string, incarnation: number, first: number }): string {
  return `${key.author} ${key.incarnation} ${key.first}`
}

/** Positions delivered of an author, in order; late ones with a minus. */
export function delivered (effects: readonly Effect[], author: Author): number[] {
  return only(effects, 'deliver').flatMap(({ delivery }) => {
    if (delivery.author !== author.peer.id) return []
    if (delivery.incarnation !== author.incarnation) return []
    const { first, count, isLate } = delivery
    return Array.from({ length: count }, (_, i) => isLate ? -(first + i) : first + i)
  })
}

/** What is wanted on a link: `first-last` of each range. */
export function wanted (effects: readonly Effect[], link?: LinkId): string[] {
  return only(effects, 'send').flatMap(({ links, frame }) =>
    frame.type === 'log-want' && (link === undefined || links.includes(link))
      ? frame.ranges.map(({ first, last }) => `${first}-${last}`)
      : [])
}

/** Ids of the wants sent on a link. */
export function wantIds (effects: readonly Effect[], link?: LinkId): number[] {
  return only(effects, 'send').flatMap(({ links, frame }) =>
    frame.type === 'log-want' && (link === undefined || links.includes(link)) ? [frame.id] : [])
}
