/**
 * Contacts and private messages put together, as `bulletin-board.ts` does it for bulletins: what an
 * earlier run kept, the inboxes that are read, and who is dialled because it is a contact.
 * Read next: `contacts.ts`, `greetings.ts`, `mail.ts`.
 */
import type { Event, Target } from '../../core/event.js'
import type { MessageReceived } from '../../core/notice.js'
import { closedError, GossipError } from '../../errors.js'
import type { BoxPair, Kept, Ports } from '../../ports.js'
import type { Identity } from '../../wire/identity.js'
import type { DatedCode } from '../../wire/inbox.js'
import { BOX_KEY_BYTES } from '../../wire/private.js'
import type { BulletinBoard } from '../bulletin-board.js'
import type { Requests } from '../requests.js'
import { Book } from './book.js'
import { Contacts } from './contacts.js'
import { Greetings } from './greetings.js'
import { Inbox, type InboxTopic } from './inbox.js'
import { Letters, type LettersMatch, type PrivateMessage } from './letters.js'
import { Mail, type SendOptions, type Sent } from './mail.js'

interface Surroundings {
  readonly ports: Ports
  readonly board: BulletinBoard
  readonly requests: Requests
  /** `inbox: 'members'`. */
  readonly isOpenToMembers: boolean
  readonly contentBytesMax: number
  readonly post: (event: Event) => void
  /** Tells of a write that nobody awaits when it fails. */
  readonly keep: (writing: Promise<void> | undefined) => void
  readonly boxKeyOf: (member: Identity) => Uint8Array | null
  /** What the record of a member tells of its inbox, or null. */
  readonly inboxOf: (member: Identity) => DatedCode | null
  readonly linked: () => readonly Identity[]
  /** The operator named this address too. */
  readonly isNamed: (target: Target) => boolean
  readonly notify: (notice: MessageReceived) => void
  readonly isOpen: () => boolean
}

/** What changing the inbox gives. */
export interface InboxChanged {
  /** Id of the topic from now on, 64 hex digits. */
  readonly topic: string
  /** Contacts that are told, at once or when they are linked again. */
  readonly contacts: number
}

export class Private {
  readonly contacts: Contacts
  readonly #around: Surroundings
  readonly #inbox: Inbox
  readonly #book: Book
  readonly #greetings: Greetings
  readonly #letters: Letters
  readonly #mail: Mail
  #ownPair: BoxPair = { publicKey: NOTHING, secretKey: NOTHING }
  /** Inboxes being read, by name. */
  readonly #reading = new Map<string, AbortController>()
  #changing: Promise<void> = Promise.resolve()

  constructor (around: Surroundings) {
    const { ports, requests, isOpenToMembers, linked, post } = around
    this.#around = around
    this.#inbox = new Inbox(ports)
    this.#letters = new Letters(ports.store)
    this.#book = new Book({
      ports,
      dial: target => { post({ kind: 'connect-asked', target }) },
      undial: target => {
        if (!around.isNamed(target)) post({ kind: 'disconnect-asked', target })
      },
    })
    this.#greetings = new Greetings({
      ports, requests, book: this.#book, isOpenToMembers, linked,
      code: () => this.#inbox.code,
    })
    this.#mail = new Mail({
      ports, book: this.#book, greetings: this.#greetings, letters: this.#letters,
      isOpenToMembers, contentBytesMax: around.contentBytesMax, boxKeyOf: around.boxKeyOf,
      inboxOf: around.inboxOf, linked,
      notify: around.notify,
      ownPair: () => this.#ownPair,
      publish: (topic, content, options) => around.board.publish(topic, content, options),
    })
    this.contacts = new Contacts({
      book: this.#book, sealer: ports.sealer, me: ports.identity.id,
      checkOpen: () => { if (!around.isOpen()) throw closedError() },
      changed: name => { this.#greetings.onChanged(name) },
    })
  }

  /** What earlier runs kept, or null. Gives the public key that belongs in the own record. */
  open (kept: Kept | null): Uint8Array {
    const { ports: { sealer, store }, keep } = this.#around
    const secretKey = kept?.boxKey ?? null
    const pair = secretKey === null ? sealer.createPair() : sealer.pairOf(secretKey)
    this.#ownPair = pair
    if (secretKey === null) keep(store?.putBoxKey(pair.secretKey))
    keep(this.#inbox.open(kept?.deliveryCodes ?? []))
    this.#book.restore(kept?.contacts ?? [])
    this.#letters.restore(kept?.letters ?? [])
    return pair.publicKey
  }

  /** The node has started: its contacts are dialled, its inboxes read. */
  begin (): void {
    if (!this.#around.isOpen()) return
    this.#book.dialAll()
    this.#tell()
    this.#read()
  }

  /** Id of the topic of the inbox, 64 hex digits. */
  get topic (): string {
    return this.#inbox.topic
  }

  /** What the operator calls a peer, or null. */
  contactOf (peer: Identity): string | null {
    return this.#book.bound(peer)?.row.name ?? null
  }

  async send (
    to: string, content: Uint8Array | string, options: SendOptions,
  ): Promise<Sent> {
    if (!this.#around.isOpen()) throw closedError()
    return this.#mail.send(to, content, options)
  }

  inbox (match: LettersMatch): PrivateMessage[] {
    return this.#letters.list(match, from => this.contactOf(from))
  }

  /** One after the other. Rejects with GossipError `store-failed` or `node-closed`. */
  changeInbox (): Promise<InboxChanged> {
    const changed = this.#changing.then(async () => {
      if (!this.#around.isOpen()) throw closedError()
      try {
        await this.#inbox.change()
      } catch (error) {
        const what = 'the new delivery code cannot be kept, the inbox stays: make room on the disk'
        throw new GossipError('store-failed', what, error)
      }
      this.#tell()
      this.#read()
      const { topic } = this.#inbox
      return { topic, contacts: await this.#mail.tellInbox(this.#inbox.code) }
    })
    this.#changing = changed.then(() => {}, () => {})
    return changed
  }

  onLinkUp (peer: Identity, address: string): void {
    this.#greetings.onLinkUp(peer, address)
  }

  onLinkDown (peer: Identity): void {
    this.#greetings.onLinkDown(peer)
  }

  /** Members may know where to write before they are linked with this node. */
  #tell (): void {
    const { isOpenToMembers, post } = this.#around
    if (isOpenToMembers) post({ kind: 'inbox-told', inbox: this.#inbox.code })
  }

  /** Begins to read the inboxes that are not read yet, and ends those that are too old. */
  #read (): void {
    if (!this.#around.isOpen()) return
    const topics = this.#inbox.topics()
    for (const [name, ends] of this.#reading) {
      if (topics.some(topic => topic.name === name)) continue
      this.#reading.delete(name)
      ends.abort()
    }
    for (const topic of topics) {
      if (this.#reading.has(topic.name)) continue
      const ends = new AbortController()
      this.#reading.set(topic.name, ends)
      void this.#readOne(topic, ends)
    }
  }

  async #readOne ({ id, name }: InboxTopic, ends: AbortController): Promise<void> {
    const { board, ports } = this.#around
    const letters = board.subscribe(id, {
      cursor: `p2p-gossip/inbox/${name}`, signal: ends.signal,
    }, false)
    for await (const bulletin of letters) {
      const standing = this.#inbox.standingOf(name)
      // A code may have been left for long enough since.
      if (standing === 'gone') this.#read()
      else await this.#mail.receive(bulletin, standing === 'former').catch((error: unknown) => {
        const message = `a private message was not taken: ${String(error)}`
        ports.log({ level: 'warn', area: 'private', message })
      })
    }
    const { failure } = letters
    if (failure !== null) {
      const why = failure instanceof Error ? failure.message : 'it does not say why'
      const message = `an inbox is read no more, the store fails: ${why}`
      ports.log({ level: 'error', area: 'private', message })
    }
    if (ends.signal.aborted) {
      // Nobody reads it any more: nothing is left of it.
      await ports.bulletins.putCursor(`p2p-gossip/inbox/${name}`, []).catch(() => {})
    }
  }
}

/** Before `open`; no box opens with it. */
const NOTHING = new Uint8Array(BOX_KEY_BYTES)
