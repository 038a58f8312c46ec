/**
 * The hallway's side of bulletins, put together: publishing, subscribing, validating, looking up.
 * `node.ts` hands it the core's effects. Read next: `publications.ts`, `subscriptions.ts`.
 */
import type { HeldBatch } from '../core/bulletins/bulletins.js'
import type { BatchSummary } from '../core/bulletins/vocabulary.js'
import type { Effect } from '../core/effect.js'
import type { Event } from '../core/event.js'
import { assertNever, GossipError } from '../errors.js'
import { HALLWAY_LIMITS } from '../limits.js'
import type { BulletinQuery, HeldBulletin, Ports } from '../ports.js'
import { utf8Encode } from '../wire/bytes.js'
import { toHex } from '../wire/hex.js'
import type { Identity } from '../wire/identity.js'
import { Archive } from './archive.js'
import type { Asks } from './asks.js'
import { Bulletin, parseTopicId, topicBytes, type BulletinParts, type Topic } from './bulletin.js'
import { Lookups, type GetOptions } from './lookups.js'
import {
  Publications, checkPublish, type Published, type PublishOptions,
} from './publications.js'
import type { Requests } from './requests.js'
import type { Subscription, SubscribeOptions } from './subscription.js'
import { Subscriptions, type Validator } from './subscriptions.js'

/** Effects that are performed here. */
type BoardEffect =
  'deliver' | 'gap' | 'published' | 'publish-failed' | 'receipt' | 'validate-batch' |
  'offer-settled' | 'purged'

interface Surroundings {
  readonly ports: Ports
  readonly asks: Asks
  readonly requests: Requests
  readonly networkHash: Uint8Array
  readonly contentBytesMax: number
  readonly post: (event: Event) => void
  readonly nameOf: (author: Identity) => string
  readonly carriers: () => readonly Identity[]
  /** Linked members. */
  readonly linked: () => readonly Identity[]
  readonly held: () => Iterable<HeldBatch>
  readonly batchAt: (author: Identity, incarnation: number, position: number) => HeldBatch | null
}

/** What is asked of `query`: see BulletinQuery; a topic may be told by its descriptor. */
export interface Query extends Omit<BulletinQuery, 'topic'> {
  readonly topic?: Topic | { readonly prefix: string } | { readonly suffix: string }
}

export class BulletinBoard {
  /** Batches as a whole: export, import, purge. */
  readonly archive: Archive
  readonly #around: Surroundings
  readonly #publications: Publications
  readonly #subscriptions: Subscriptions
  readonly #lookups: Lookups
  /** Whoever publishes a lot mostly publishes to one topic. */
  #lastTopic: { readonly text: string, readonly id: Uint8Array } | null = null
  /** Descriptors that this node was told, by id: nobody can tell them from the ids. */
  readonly #texts = new Map<string, string>()

  constructor (around: Surroundings) {
    const { ports: { clock, suite, identity, minter, bulletins, log }, asks, post } = around
    this.#around = around
    this.#publications = new Publications({
      hash: bytes => suite.hash(bytes),
      wallMs: () => clock.wallMs(),
      me: identity.id,
      minter,
      post,
      schedule: (delayMs, callback) => clock.schedule(delayMs, callback),
      cancel: handle => { clock.cancel(handle) },
      carriers: around.carriers,
    })
    this.#subscriptions = new Subscriptions({
      store: bulletins,
      hash: bytes => suite.hash(bytes),
      nameOf: around.nameOf,
      stored: () => asks.stored(),
      post,
      log,
      schedule: (delayMs, callback) => clock.schedule(delayMs, callback),
      cancel: handle => { clock.cancel(handle) },
    })
    const { requests, networkHash, batchAt, held } = around
    this.#lookups = new Lookups({
      ports: around.ports, requests, batchAt,
      linked: () => [...new Set([...around.carriers(), ...around.linked()])],
    })
    this.archive = new Archive({
      store: bulletins, networkHash, post, held, batchAt,
      topicOf: topic => this.topicOf(topic),
      stored: () => asks.stored(),
    })
  }

  /** 32 bytes of a topic's id. Throws GossipError `option-invalid`. */
  topicOf (topic: Topic): Uint8Array {
    if (topic === this.#lastTopic?.text) return this.#lastTopic.id
    const id = topicBytes(topic, bytes => this.#around.ports.suite.hash(bytes))
    if (typeof topic === 'string') {
      this.#lastTopic = { text: topic, id }
      this.#noteText(toHex(id), topic)
    }
    return id
  }

  #noteText (id: string, text: string): void {
    this.#texts.delete(id)
    this.#texts.set(id, text)
    if (this.#texts.size <= HALLWAY_LIMITS.topicTextsMax) return
    const [oldest] = this.#texts.keys()
    if (oldest !== undefined) this.#texts.delete(oldest)
  }

  /** Descriptor of a topic, where this node was told it; `id`: 64 hex digits. */
  textOf (id: string): string | null {
    return this.#texts.get(id) ?? null
  }

  /** Ids of the topics subscribed to here; the inboxes of the node are nobody's business. */
  subscribed (): Iterable<string> {
    return this.#subscriptions.topics()
  }

  publish (
    topic: Topic, content: Uint8Array | string, options: PublishOptions,
  ): Promise<Published> {
    try {
      const bytes = typeof content === 'string' ? utf8Encode(content) : content
      checkPublish(bytes, this.#around.contentBytesMax, options)
      return this.#publications.publish(this.topicOf(topic), bytes, options)
    } catch (error) {
      return Promise.reject(error as GossipError)
    }
  }

  /** `isTold`: linked peers are told that the topic is read here. */
  subscribe (topic: Topic, options: SubscribeOptions, isTold = true): Subscription {
    return this.#subscriptions.subscribe(this.topicOf(topic), options, isTold)
  }

  validate (topic: Topic | null, validator: Validator | null): void {
    this.#subscriptions.validate(topic === null ? null : this.topicOf(topic), validator)
  }

  /** Bulletins held here, oldest first. */
  async * query ({ topic, ...rest }: Query): AsyncIterableIterator<Bulletin> {
    const { ports, asks } = this.#around
    const match = topic === undefined ? {} : { topic: this.#topicMatch(topic) }
    await asks.stored()
    for await (const held of ports.bulletins.query({ ...rest, ...match })) {
      yield this.#toBulletin(held)
    }
  }

  /** The bulletin of a content id, 64 hex digits: held here, else at a linked peer, else null. */
  async get (contentId: string, options: GetOptions): Promise<Bulletin | null> {
    const bytes = parseTopicId(contentId)
    if (bytes === null) {
      throw new GossipError('option-invalid', 'a content id has 64 hex digits')
    }
    await this.#around.asks.stored()
    const held = await this.#around.ports.bulletins.byContentId(contentId.toLowerCase())
    if (held !== null) return this.#toBulletin(held)
    const found = options.peers === false ? null : await this.#lookups.find(bytes, options)
    if (found === null) return null
    return this.#bulletinOf({ ...found, name: this.#around.nameOf(found.author) })
  }

  perform (effect: Extract<Effect, { kind: BoardEffect }>): void {
    switch (effect.kind) {
      case 'deliver': return this.#subscriptions.onDeliver(effect)
      case 'gap': return this.#subscriptions.onGap(effect)
      case 'published': return this.#publications.onPublished(effect)
      case 'publish-failed': return this.#publications.onFailed(effect)
      case 'receipt': return this.#publications.onReceipt(effect)
      case 'validate-batch':
        void this.#subscriptions.onValidate(effect)
        return
      case 'offer-settled': return this.archive.onSettled(effect)
      case 'purged': return this.archive.onPurged(effect)
      default: return assertNever(effect)
    }
  }

  /** Resolves when what readers left is kept. */
  stored (): Promise<void> {
    return this.#subscriptions.stored()
  }

  /** What the store held when this run began. */
  restore (batches: readonly BatchSummary[]): void {
    this.#subscriptions.restore(batches)
  }

  onLinkChange (peer: Identity): void {
    this.#publications.onLinkChange(peer)
  }

  close (): void {
    this.#publications.close()
    this.#subscriptions.close()
    this.#lookups.close()
    this.archive.close()
  }

  #topicMatch (topic: NonNullable<Query['topic']>): NonNullable<BulletinQuery['topic']> {
    if (typeof topic === 'string' || topic instanceof Uint8Array) {
      return { equals: toHex(this.topicOf(topic)) }
    }
    return topic
  }

  #toBulletin (held: HeldBulletin): Bulletin {
    const { author, incarnation, position, topic, timestamp, content } = held
    const name = this.#around.nameOf(author)
    return this.#bulletinOf({
      author, name, incarnation, seq: position, topic, timestamp, content, isLate: false,
    })
  }

  #bulletinOf (parts: BulletinParts): Bulletin {
    return new Bulletin(parts, bytes => this.#around.ports.suite.hash(bytes))
  }
}
