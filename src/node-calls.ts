/**
 * What may be asked of a node beside joining and leaving: each call is handed to its room. A call
 * to a node that is closed fails as `node-closed`.
 * Read next: `node.ts`, the hallway between these rooms; `hall/bulletin-board.ts`.
 */
import type { Core } from './core/core.js'
import type { Explanation, LinkMatrix, Path } from './core/routes/vocabulary.js'
import { closedError } from './errors.js'
import type { BatchMatch, Imported } from './hall/archive.js'
import type { BulletinBoard, Query } from './hall/bulletin-board.js'
import type { Bulletin, Topic } from './hall/bulletin.js'
import type { Forgets } from './hall/forgets.js'
import type { Health, NodeHealth } from './hall/health.js'
import type { GetOptions } from './hall/lookups.js'
import { Message } from './hall/message.js'
import type { NodeStatus, Overview, TopicRow } from './hall/overview.js'
import type { Pings } from './hall/pings.js'
import type { Contacts } from './hall/private/contacts.js'
import type { LettersMatch, PrivateMessage } from './hall/private/letters.js'
import type { SendOptions, Sent } from './hall/private/mail.js'
import type { InboxChanged, Private } from './hall/private/private.js'
import type { Published, PublishOptions } from './hall/publications.js'
import type { RequestHandler, RequestOptions, Requests } from './hall/requests.js'
import type { Subscription, SubscribeOptions } from './hall/subscription.js'
import type { Validator } from './hall/subscriptions.js'
import { Announcer } from './node-events.js'
import type { Identity } from './wire/identity.js'

/** The rooms that calls are handed to. */
export interface Rooms {
  readonly core: Core
  readonly board: BulletinBoard
  readonly requests: Requests
  readonly private: Private
  readonly pings: Pings
  readonly forgets: Forgets
  readonly health: Health
  readonly overview: Overview
  /** False once the node leaves. */
  readonly isOpen: () => boolean
}

/** The part of a node that is asked. */
export abstract class NodeCalls extends Announcer {
  /** Identity: SHA-256 of the public key, 52 characters of base32. */
  abstract readonly id: Identity
  /** TCP port this node accepts links on. */
  abstract get port (): number
  /** `host:port` that another machine may connect to. */
  abstract get address (): string
  /** @internal */
  protected abstract readonly rooms: Rooms

  /**
   * Id of the topic of this node's inbox, 64 hex digits: for what is meant for it alone. Kept with
   * `data`, else another one in each run.
   */
  get inboxTopic (): string {
    return this.rooms.private.topic
  }

  /** Names of the operator's own for peers, and the keys exchanged with them. */
  get contacts (): Contacts {
    return this.rooms.private.contacts
  }

  /** This node in numbers; costs the same however much it holds. */
  status (): NodeStatus {
    return this.rooms.overview.status(this)
  }

  /** What may be wrong with this node, as far as it knows. */
  health (): NodeHealth {
    return this.rooms.health.view()
  }

  /** Topics subscribed to here or by linked peers, or held: at most 4,096, fullest first. */
  topics (): Promise<TopicRow[]> {
    return this.rooms.overview.topics()
  }

  /** Descriptor of a topic, 64 hex digits, where this node was told it. */
  topicText (topic: string): string | null {
    return this.rooms.board.textOf(topic)
  }

  /**
   * Publishes to everyone in the mesh. `topic`: a descriptor in text, or 32 bytes of a topic's id.
   * Resolves when it has left, or when `wait` is satisfied. Rejects with GossipError
   * `option-invalid`, `busy`, `clock-skew`, `log-full`, `store-failed`, `not-stored`, `work-failed`
   * or `node-closed`.
   */
  publish (
    topic: Topic, content: Uint8Array | string, options: PublishOptions = {},
  ): Promise<Published> {
    if (!this.rooms.isOpen()) return Promise.reject(closedError())
    return this.rooms.board.publish(topic, content, options)
  }

  /**
   * Bulletins of a topic, each once, in the order of its author's log, this node's own included:
   * `for await (const bulletin of node.subscribe('news')) …`.
   * Throws GossipError `option-invalid` or `node-closed`.
   */
  subscribe (topic: Topic, options: SubscribeOptions = {}): Subscription {
    if (!this.rooms.isOpen()) throw closedError()
    return this.rooms.board.subscribe(topic, options)
  }

  /**
   * Judges bulletins of a topic before they count here; null for nobody. One for each topic, and
   * with null in its place one for all topics that have none.
   */
  validate (topic: Topic | null, validator: Validator | null): void {
    this.rooms.board.validate(topic, validator)
  }

  /** Bulletins held here that match, oldest first. */
  query (query: Query = {}): AsyncIterableIterator<Bulletin> {
    return this.rooms.board.query(query)
  }

  /**
   * The bulletin whose content has this SHA-256, 64 hex digits. When it is not held here linked
   * peers are asked; what they answer is checked and not kept. Null when nobody has it, or says so
   * in time. Rejects with GossipError `option-invalid`, `busy` or `node-closed`.
   */
  get (contentId: string, options: GetOptions = {}): Promise<Bulletin | null> {
    return this.rooms.board.get(contentId, options)
  }

  /**
   * The linked peer that handed over a bulletin held here; null for own ones, for those of a file,
   * and where it is not remembered: of earlier runs, and of batches that are not kept.
   */
  deliveredBy ({ author, incarnation, seq }: Pick<Bulletin, 'author' | 'incarnation' | 'seq'>):
  Identity | null {
    return this.rooms.core.deliveredBy(author, incarnation, seq)
  }

  /**
   * The bytes of a file with the batches held here that match, for places that no link reaches:
   * `for await (const bytes of node.exportBatches({ topic: 'news' })) …`.
   */
  exportBatches (match: BatchMatch = {}): AsyncIterableIterator<Uint8Array> {
    return this.rooms.board.archive.export(match)
  }

  /**
   * Takes the batches of such a file, under the very checks that those of links pass. Rejects with
   * GossipError `import-foreign`, `import-damaged` or `node-closed`.
   */
  importBatches (
    file: Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): Promise<Imported> {
    if (!this.rooms.isOpen()) return Promise.reject(closedError())
    return this.rooms.board.archive.import(file)
  }

  /**
   * Removes the batches held here that match, and resolves with how many bulletins left. In this
   * run they are not fetched again; other members keep theirs. Rejects with GossipError
   * `option-invalid` or `node-closed`.
   */
  purge (match: BatchMatch): Promise<number> {
    if (!this.rooms.isOpen()) return Promise.reject(closedError())
    return this.rooms.board.archive.purge(match)
  }

  /** A message to put together: `node.message('hi').topic('news').wait('all').publish()`. */
  message (content: Uint8Array | string): Message {
    return new Message((topic, bytes, options) => this.publish(topic, bytes, options), content)
  }

  /** Answers peers' requests of a kind; null for nobody. Throws GossipError `option-invalid`. */
  handle (kind: string, handler: RequestHandler | null): void {
    this.rooms.requests.handle(kind, handler)
  }

  /**
   * Asks the application at a linked peer. Rejects with GossipError `option-invalid`, `busy`,
   * `not-linked`, `request-failed` or `node-closed`.
   */
  request (
    peer: Identity, kind: string, body: Uint8Array, options: RequestOptions = {},
  ): Promise<Uint8Array> {
    if (!this.rooms.isOpen()) return Promise.reject(closedError())
    return this.rooms.requests.request(peer, kind, body, options)
  }

  /**
   * Sends a private message, which nobody but its recipient can read, to a contact's name or a full
   * identity. Members keep it for one that is away. Resolves as `publish` does, and rejects as it
   * does, or with GossipError `contact-unknown`, `contact-awaiting-key` or `peer-unreachable`.
   */
  send (to: string, content: Uint8Array | string, options: SendOptions = {}): Promise<Sent> {
    return this.rooms.private.send(to, content, options)
  }

  /** Private messages that came to this node and are kept, in the order in which they came. */
  inbox (match: LettersMatch = {}): PrivateMessage[] {
    return this.rooms.private.inbox(match)
  }

  /**
   * Draws another delivery code: whoever knows the former one and is no contact writes to nobody.
   * Contacts are told. Rejects with GossipError `store-failed` or `node-closed`.
   */
  changeInbox (): Promise<InboxChanged> {
    return this.rooms.private.changeInbox()
  }

  /**
   * The best way to a peer, over one link or several: the fewest links, of those the quickest. Null
   * when none is known, and for this node. What members tell of their links is all it stands on.
   */
  path (peer: Identity): Path | null {
    return this.rooms.core.path(peer)
  }

  /** The best way to each peer that one is known to, nearest first. */
  paths (): Path[] {
    return this.rooms.core.paths()
  }

  /** Who is linked with whom, as this node sees it. */
  links (): LinkMatrix {
    return this.rooms.core.links()
  }

  /**
   * What is known of a peer, who sees it, and why this node has no link with it. Null for nobody
   * known, and for this node.
   */
  explain (peer: Identity): Explanation | null {
    return this.rooms.core.explain(peer)
  }

  /**
   * Milliseconds until a peer's program answered: over the link with it, else relayed along `path`,
   * over eight links at most; then those on the way are believed. Rejects with GossipError
   * `option-invalid`, `busy`, `not-linked` without either, `request-failed` or `node-closed`.
   */
  ping (peer: Identity, options: RequestOptions = {}): Promise<number> {
    if (!this.rooms.isOpen()) return Promise.reject(closedError())
    return this.rooms.pings.ping(peer, options)
  }

  /**
   * Removes a member that is lost or left from the member list here, at once; one that lives comes
   * back by itself. False when it was not known. Rejects with GossipError `option-invalid` for a
   * linked one, or `node-closed`.
   */
  forget (peer: Identity): Promise<boolean> {
    if (!this.rooms.isOpen()) return Promise.reject(closedError())
    return this.rooms.forgets.forget(peer)
  }
}
