/**
 * Private messages, out and in. Out: who is meant, which key, which inbox; sealed, and published
 * there like any bulletin. In: what comes to the inboxes of this node is opened, and counts only
 * when whoever sealed it is who signed it, and sealed it for this node: a relay cannot hand a
 * message on as its own.
 * Read next: `greetings.ts` for keys and codes, `letters.ts` for what is kept.
 */
import type { MessageReceived } from '../../core/notice.js'
import { GossipError } from '../../errors.js'
import { PRIVATE_LIMITS } from '../../limits.js'
import type { BoxPair, Ports } from '../../ports.js'
import { utf8Encode } from '../../wire/bytes.js'
import { parseIdentity, shortIdentity, type Identity } from '../../wire/identity.js'
import { inboxTopic, type DatedCode } from '../../wire/inbox.js'
import { decodePrivate, encodePrivate, PRIVATE_BYTES, type Private } from '../../wire/private.js'
import { isRefusal } from '../../wire/refusal.js'
import type { Bulletin } from '../bulletin.js'
import type { Published, PublishOptions } from '../publications.js'
import { stateOf, type Book, type Entry } from './book.js'
import type { Greetings } from './greetings.js'
import { textOf, type Letters } from './letters.js'

/** Options of `send`: as those of `publish`. */
export type SendOptions = Pick<PublishOptions, 'wait' | 'timeoutMs' | 'signal'>

/** A private message that left. */
export interface Sent {
  readonly to: Identity
  /** What the operator here calls the recipient, or null. */
  readonly contact: string | null
  /** Position in this run's log. */
  readonly seq: number
  /** Links it was handed to. */
  readonly linked: number
  /** Linked members that said they stored it, sealed, as far as `wait` waited. */
  readonly storedBy: readonly Identity[]
}

interface Surroundings {
  readonly ports: Pick<Ports, 'identity' | 'log' | 'sealer' | 'suite'>
  readonly book: Book
  readonly greetings: Greetings
  readonly letters: Letters
  /** The pair whose public key is in this node's record. */
  readonly ownPair: () => BoxPair
  /** False: letters of others than contacts are not taken. */
  readonly isOpenToMembers: boolean
  readonly contentBytesMax: number
  /** The key in the record of a member, or null. */
  readonly boxKeyOf: (member: Identity) => Uint8Array | null
  /** What the record of a member tells of its inbox, or null. */
  readonly inboxOf: (member: Identity) => DatedCode | null
  readonly linked: () => readonly Identity[]
  readonly publish: (
    topic: Uint8Array, content: Uint8Array, options: PublishOptions,
  ) => Promise<Published>
  readonly notify: (notice: MessageReceived) => void
}

/** Somebody to write to. */
interface Recipient {
  readonly identity: Identity
  readonly key: Uint8Array
  readonly entry: Entry | null
}

export class Mail {
  readonly #around: Surroundings
  #dropped = 0

  constructor (around: Surroundings) {
    this.#around = around
  }

  /** What came to an inbox and was not taken, since the start. */
  get dropped (): number {
    return this.#dropped
  }

  /** `to`: name of a contact, or a full identity. Rejects with GossipError. */
  async send (
    to: string, content: Uint8Array | string, { wait, timeoutMs, signal }: SendOptions,
  ): Promise<Sent> {
    const bytes = this.#checked(content)
    const recipient = this.#recipient(to)
    const code = await this.#codeOf(recipient)
    const { identity, entry } = recipient
    const published = await this.#publish(recipient, code, {
      kind: 'text', sender: this.#me, recipient: identity, content: bytes,
    }, {
      ...(wait === undefined ? {} : { wait }), ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(signal === undefined ? {} : { signal }),
    })
    const { seq, linked, storedBy } = published
    return { to: identity, contact: entry?.row.name ?? null, seq, linked, storedBy }
  }

  /**
   * Tells every contact the new delivery code, by a message to its inbox; whose inbox is not known
   * learns it at the next link. Gives how many contacts there are to tell.
   */
  async tellInbox (inbox: DatedCode): Promise<number> {
    const ready = this.#around.book.all().filter(({ row }) => stateOf(row) === 'ready')
    for (const { row: { name, identity, inbox: theirs } } of ready) {
      if (identity === null || theirs === null) continue
      try {
        await this.#publish(this.#recipient(name), theirs, {
          kind: 'inbox-changed', sender: this.#me, recipient: identity, inbox,
        }, {})
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error)
        const message = `a contact is told of the new inbox at its next link only: ${why}`
        this.#log('debug', message)
      }
    }
    return ready.length
  }

  /** A bulletin of an inbox of this node; `isFormer`: of a code that is told to nobody any more. */
  async receive (bulletin: Bulletin, isFormer: boolean): Promise<void> {
    const { author, content } = bulletin
    const { book, isOpenToMembers } = this.#around
    const entry = book.bound(author)
    if (author === this.#me) return
    if (isFormer && entry === undefined) return this.#drop(bulletin, 'it knows a former inbox only')
    const opened = this.#open(content, entry)
    if (opened === null) return this.#drop(bulletin, 'it does not open')
    const told = decodePrivate(opened.plain)
    if (isRefusal(told)) return this.#drop(bulletin, told.message)
    if (told.sender !== author) return this.#drop(bulletin, 'somebody else sealed it')
    if (told.recipient !== this.#me) return this.#drop(bulletin, 'it was sealed for somebody else')
    if (entry === undefined && !isOpenToMembers && !opened.isUnmet) {
      return this.#drop(bulletin, 'the inbox is for contacts alone')
    }
    switch (told.kind) {
      case 'text': return this.#take(bulletin, told.content, entry)
      case 'inbox-changed':
        if (entry === undefined) return this.#drop(bulletin, 'it is no contact')
        return book.noteInbox(entry.row.name, told.inbox, true)
      case 'greeting':
      case 'greeting-answer': return this.#drop(bulletin, 'greetings come over links')
    }
  }

  get #me (): Identity {
    return this.#around.ports.identity.id
  }

  #checked (content: Uint8Array | string): Uint8Array {
    const bytes = typeof content === 'string' ? utf8Encode(content) : content
    if (!(bytes instanceof Uint8Array)) {
      throw new GossipError('option-invalid', 'send: the content must be bytes or text')
    }
    const most = this.#around.contentBytesMax - PRIVATE_BYTES
    if (bytes.length <= most) return bytes
    const what = `send: the content has ${bytes.length} bytes, sealed at most ${most} are allowed`
    throw new GossipError('option-invalid', what)
  }

  #recipient (to: string): Recipient {
    const { book, boxKeyOf } = this.#around
    const identity = typeof to === 'string' ? parseIdentity(to) : null
    const entry = identity === null ? book.named(to) : book.bound(identity)
    if (entry === undefined && identity === null) {
      const what = `${JSON.stringify(to)} is no contact: give the name of a contact or a full ` +
        'identity, since its beginning or a claimed name could be anybody\'s'
      throw new GossipError('contact-unknown', what)
    }
    const peer = identity ?? entry?.row.identity ?? null
    if (entry !== undefined && stateOf(entry.row) === 'awaiting-key') {
      const what = `the contact ${JSON.stringify(entry.row.name)} has no exchange key yet: set ` +
        'the one that its node made for this one'
      throw new GossipError('contact-awaiting-key', what)
    }
    if (peer === null) throw unreachable(`the contact ${JSON.stringify(to)} was not met yet`)
    if (peer === this.#me) throw new GossipError('option-invalid', 'send: that is this very node')
    const key = entry?.row.theirKey ?? boxKeyOf(peer)
    if (key === null) throw unreachable(`no key of ${shortIdentity(peer)} is known yet`)
    return { identity: peer, key, entry: entry ?? null }
  }

  async #codeOf ({ identity, entry }: Recipient): Promise<DatedCode> {
    const { greetings, inboxOf, linked } = this.#around
    const known = entry?.row.inbox ?? null
    if (known !== null) return known
    const asked = entry === null
      ? await greetings.codeOf(identity)
      : linked().includes(identity) ? await greetings.askContact(entry) : null
    const told = inboxOf(identity)
    if (asked !== null && (told === null || asked.drawnMs >= told.drawnMs)) return asked
    if (told !== null) return told
    throw unreachable(linked().includes(identity)
      ? `${shortIdentity(identity)} does not tell this node its inbox`
      : `${shortIdentity(identity)} is not linked, and its inbox is not known from before`)
  }

  #publish (
    { identity, key }: Recipient, { code }: DatedCode, what: Private, options: PublishOptions,
  ): Promise<Published> {
    const { ports: { sealer, suite }, publish } = this.#around
    const sealed = sealer.seal(encodePrivate(what), key)
    if (sealed === null) throw unreachable(`the key of ${shortIdentity(identity)} is unusable`)
    return publish(inboxTopic(code, identity, bytes => suite.hash(bytes)), sealed, options)
  }

  /** With the keys that its author may have; `isUnmet`: with that of a contact not met yet. */
  #open (
    content: Uint8Array, entry: Entry | undefined,
  ): { plain: Uint8Array, isUnmet: boolean } | null {
    const { ports: { sealer }, book, ownPair } = this.#around
    const own = entry === undefined ? [ownPair()] : [entry.pair, ownPair()]
    for (const pair of own) {
      const plain = sealer.open(content, pair)
      if (plain !== null) return { plain, isUnmet: false }
    }
    if (entry !== undefined) return null
    // A contact may have met this node a moment before this node met it.
    for (const { pair } of book.unmet().slice(0, PRIVATE_LIMITS.unmetTriedMax)) {
      const plain = sealer.open(content, pair)
      if (plain !== null) return { plain, isUnmet: true }
    }
    return null
  }

  async #take (bulletin: Bulletin, content: Uint8Array, entry: Entry | undefined): Promise<void> {
    const { author: from, name, incarnation, seq, timestamp } = bulletin
    const letter = { from, name, incarnation, seq, timestamp, content }
    const { letters, notify } = this.#around
    if (letters.has(letter)) return
    try {
      await letters.keep(letter)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      this.#log('warn', `a private message could not be kept beyond this run: ${why}`)
    }
    const text = textOf(content)
    notify({
      kind: 'message', peer: from, name, contact: entry?.row.name ?? null, timestamp,
      ...(text === null ? { data: Buffer.from(content).toString('base64') } : { text }),
      incarnation, seq,
    })
  }

  #drop ({ author, seq }: Bulletin, why: string): void {
    this.#dropped++
    const which = `private message ${seq} of ${shortIdentity(author)}`
    this.#log('debug', `${which} is not taken: ${why} (${this.#dropped} such so far)`)
  }

  #log (level: 'debug' | 'warn', message: string): void {
    this.#around.ports.log({ level, area: 'private', message })
  }
}

function unreachable (what: string): GossipError {
  return new GossipError('peer-unreachable', `${what}: nothing was sent; link with it once`)
}
