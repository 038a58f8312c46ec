/**
 * Hostile authors: authentic by key, as in `hostile.ts`, but what they say is about bulletins. They
 * sign two versions of their log, change what others wrote, send it again and again, date it
 * wrongly, do no work for it, accuse the honest and offer what there is not. What they do is drawn
 * from the seed. Read next: `checks/forks.ts` and `checks/genuine.ts`.
 */
import type { Effect } from '../../src/core/effect.js'
import type { LinkId } from '../../src/core/event.js'
import {
  decodeBatch, encodeBatchHead, joinBatch, type Batch, type BatchHead,
} from '../../src/wire/batch.js'
import { encodeItems, type Item } from '../../src/wire/bulletin.js'
import { encodeFrame } from '../../src/wire/encode.js'
import type { Frame, LogRow } from '../../src/wire/frame.js'
import { identityFromHash, type Identity } from '../../src/wire/identity.js'
import { signedBytes } from '../../src/wire/record.js'
import { isRefusal } from '../../src/wire/refusal.js'
import { HostileBrain, type BrainOptions } from './hostile-brain.js'
import { worked } from './shelf-port.js'
import { NETWORK_HASH } from './sim-node.js'
import type { SimSuite } from './suite.js'

export const AUTHOR_ATTACKS = [
  'log', 'fork', 'false-signature', 'altered', 'replay', 'under-worked', 'future', 'expired',
  'false-evidence', 'empty-offers', 'many-wants',
] as const
export type AuthorAttack = typeof AUTHOR_ATTACKS[number]

export interface HostileAuthorOptions extends BrainOptions<AuthorAttack> {
  readonly keys: SimSuite
  /** Wall clock less virtual time. */
  readonly offsetMs: number
  /** Work that every member accepts. */
  readonly bits: number
  /** It signs nothing new after that, so that what it sent to a few can reach all. */
  readonly signsUntilMs: number
  /** The first run that asks may sign two versions of its log; no other. */
  mayFork (incarnation: number): boolean
}

/** One version of the own log: what comes next. */
interface Version {
  readonly next: number
  readonly previous: Uint8Array
}

/** Batches of others that are kept to be sent again. */
const KEPT_MAX = 128
const REPLAYED_MAX = 32
const WANTS = 20
/** Members take what is dated up to two minutes ahead. */
const AHEAD_SECONDS = 150
/** Nobody keeps anything for longer than an hour. */
const OLD_SECONDS = 3_700

export class HostileAuthor extends HostileBrain<AuthorAttack, HostileAuthorOptions> {
  readonly #kept: Uint8Array[] = []
  #versions: Version[] = [{ next: 1, previous: new Uint8Array(32) }]
  #incarnation = 0

  protected override keep (frame: Frame): void {
    if (frame.type !== 'batch') return
    if (this.#kept.length < KEPT_MAX) this.#kept.push(frame.batch)
    else this.#kept[this.random.below(KEPT_MAX)] = frame.batch
    // What is new to itself is new to others too: at once, or the honest one is there first.
    const isQuick = this.options.attacks.includes('altered') && this.random.below(4) === 0
    if (isQuick && this.links.size > 0) this.#sendAltered(frame.batch)
  }

  protected override note (effect: Effect): void {
    if (effect.kind === 'store-incarnation') this.#incarnation = effect.incarnation
    super.note(effect)
  }

  protected override attack (attack: AuthorAttack): void {
    switch (attack) {
      case 'log': return this.#extend({})
      case 'fork': return this.#fork()
      case 'false-signature': return this.#sendFalse()
      case 'altered': return this.#sendAltered(this.random.pick(this.#kept))
      case 'replay': return this.#replay()
      case 'under-worked': return this.#extend({ bits: 0 })
      case 'future': return this.#extend({ atSeconds: AHEAD_SECONDS + this.random.below(600) })
      case 'expired': return this.#extend({ atSeconds: -OLD_SECONDS - this.random.below(600) })
      case 'false-evidence': return this.#accuse()
      case 'empty-offers': return this.#offerNothing()
      case 'many-wants': return this.#want()
    }
  }

  /** The next batch of the own log, of each version to the links that get this version. */
  #extend (over: { readonly bits?: number, readonly atSeconds?: number }): void {
    if (this.nowMs > this.options.signsUntilMs) return
    // Mostly to a few: the others have it from those.
    const links = this.random.below(3) === 0
      ? [...this.links]
      : this.random.sample([...this.links], 1 + this.random.below(3))
    this.#versions = this.#versions.map((version, at) => {
      const { batch, next } = this.#sign(version, over)
      const count = this.#versions.length
      for (const link of links) if ((link >> 1) % count === at) this.#tell(link, batch)
      return next
    })
  }

  #fork (): void {
    const [version] = this.#versions
    if (this.#versions.length === 1 && version !== undefined) {
      const isReady = version.next > 1 + this.random.below(4)
      if (isReady && this.options.mayFork(this.#incarnation)) this.#versions.push(version)
    }
    this.#extend({})
  }

  #sign (
    { next: first, previous }: Version,
    { bits = this.options.bits, atSeconds = 0 }: { bits?: number, atSeconds?: number },
  ): { batch: Uint8Array, next: Version } {
    const { keys: { suite, publicKey } } = this.options
    const author = identityFromHash(suite.hash(publicKey))
    const count = 1 + this.random.below(3)
    const body = encodeItems(Array.from({ length: count }, () =>
      worked(this.#item(atSeconds), author, bits)))
    const headBytes = encodeBatchHead({
      publicKey, incarnation: this.#incarnation, first, count, hopsMax: 0, previous,
      itemsHash: suite.hash(body),
    })
    const signature = suite.sign(signedBytes('batch', NETWORK_HASH, headBytes))
    const next = { next: first + count, previous: suite.hash(headBytes) }
    return { batch: joinBatch(headBytes, signature, body), next }
  }

  #item (atSeconds: number): Item {
    const wallMs = this.options.offsetMs + this.nowMs
    const content = new Uint8Array(8 + this.random.below(40)).map(() => this.random.below(256))
    const topic = new Uint8Array(32).fill(this.random.below(3))
    return { topic, timestamp: Math.floor(wallMs / 1_000) + atSeconds, nonce: 0, content }
  }

  /** A batch of its own, or the next one of somebody else, that its author did not sign. */
  #sendFalse (): void {
    const [version] = this.#versions
    const other = this.#pickKept()
    let batch: Uint8Array | null = null
    if (other !== null && this.random.below(2) === 0) {
      const { head, items, signature } = other
      const first = head.first + (this.random.below(2) === 0 ? head.count : 0)
      batch = joinBatch(encodeBatchHead({ ...head, first, hopsMax: 1 }), signature, items)
    } else if (version !== undefined) {
      batch = this.#sign(version, {}).batch
      const parsed = decodeBatch(batch)
      if (!isRefusal(parsed)) parsed.signature[0] = (parsed.signature[0] ?? 0) ^ 1
    }
    const link = this.random.pick([...this.links])
    if (batch !== null && link !== undefined) this.#tell(link, batch)
  }

  /** What somebody wrote, with other items under the same head. */
  #sendAltered (batch: Uint8Array | undefined): void {
    if (batch === undefined) return
    const copy = batch.slice()
    copy[copy.length - 1] = (copy[copy.length - 1] ?? 0) ^ 1
    const link = this.random.pick([...this.links])
    // Of a bulletin without content that byte is a length: the frame would be none.
    const parsed = decodeBatch(copy)
    if (link !== undefined && !isRefusal(parsed)) this.#tell(link, copy)
  }

  #replay (): void {
    const some = this.random.sample(this.#kept, REPLAYED_MAX)
    for (const link of this.links) for (const batch of some) this.#tell(link, batch)
  }

  /** Two heads that prove nothing: one of them was never signed, or they fit each other. */
  #accuse (): void {
    const one = this.#pickKept()
    const other = this.#pickKept()
    if (one === null || other === null) return
    const changed: BatchHead = { ...one.head, itemsHash: new Uint8Array(32).fill(1) }
    const isForged = this.random.below(2) === 0
    const frame: Frame = {
      type: 'evidence',
      one: { headBytes: one.headBytes, signature: one.signature },
      other: isForged
        ? { headBytes: encodeBatchHead(changed), signature: one.signature }
        : { headBytes: other.headBytes, signature: other.signature },
    }
    const link = this.random.pick([...this.links])
    if (link !== undefined) this.say(link, encodeFrame(frame))
  }

  /** Rows of logs of others, with positions that are nowhere. */
  #offerNothing (): void {
    const rows = this.random.sample(this.#kept, 8).flatMap((batch): LogRow[] => {
      const parsed = decodeBatch(batch)
      if (isRefusal(parsed)) return []
      const { head } = parsed
      const first = head.first + head.count + this.random.below(1_000)
      return [{
        author: this.#authorOf(head),
        incarnation: head.incarnation + this.random.below(2),
        newest: Math.floor((this.options.offsetMs + this.nowMs) / 1_000),
        headHash: new Uint8Array(8).fill(this.random.below(256)),
        held: [{ first, last: first + this.random.below(8_000) }],
      }]
    })
    const root = new Uint8Array(32).fill(this.random.below(256))
    const bytes = encodeFrame({ type: 'log-digest', root, rows, answer: true })
    for (const link of this.links) this.say(link, bytes)
  }

  /** More wants at once than an honest member has. */
  #want (): void {
    const kept = this.#pickKept()
    const link = this.random.pick([...this.links])
    if (kept === null || link === undefined) return
    const { head } = kept
    const range = {
      author: this.#authorOf(head), incarnation: head.incarnation, first: 1, last: 100_000,
    }
    for (let id = 0; id < WANTS; id++) {
      this.say(link, encodeFrame({ type: 'log-want', id, bytesMax: 1 << 20, ranges: [range] }))
    }
  }

  #pickKept (): Batch | null {
    const batch = this.random.pick(this.#kept)
    const parsed = batch === undefined ? null : decodeBatch(batch)
    return parsed === null || isRefusal(parsed) ? null : parsed
  }

  #authorOf ({ publicKey }: BatchHead): Identity {
    return identityFromHash(this.options.keys.suite.hash(publicKey))
  }

  #tell (link: LinkId, batch: Uint8Array): void {
    this.say(link, encodeFrame({ type: 'batch', hops: 0, batch }))
  }
}
