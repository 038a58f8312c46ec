/**
 * How contacts find each other and learn where to write. A greeting is sealed to the key that the
 * other made for this node; only a right answer, sealed to the key that this node made for the
 * other, binds an identity to a contact. So each side binds by its own question, and whoever only
 * saw an exchange key can neither ask well nor answer (docs/adr/0006). Delivery codes of all others
 * are asked for over the link, which proves who says them.
 * Read next: `book.ts`, which keeps what is found; `mail.ts`, which writes to it.
 */
import { PRIVATE_LIMITS } from '../../limits.js'
import type { Ports } from '../../ports.js'
import { equalBytes } from '../../wire/equal.js'
import { shortIdentity, type Identity } from '../../wire/identity.js'
import type { DatedCode } from '../../wire/inbox.js'
import {
  decodeInbox, decodePrivate, encodeInbox, encodePrivate, hintOf, joinGreeting, NONCE_BYTES,
  PRIVATE_BYTES, splitGreeting, type Private,
} from '../../wire/private.js'
import { isRefusal } from '../../wire/refusal.js'
import { CONTACT_KIND, INBOX_KIND, isOfLinkEnd, type Requests } from '../requests.js'
import { stateOf, type Book, type Entry } from './book.js'

interface Surroundings {
  readonly ports: Pick<Ports, 'clock' | 'entropy' | 'identity' | 'log' | 'sealer' | 'suite'>
  readonly requests: Requests
  readonly book: Book
  /** This node's own delivery code, as it is told. */
  readonly code: () => DatedCode
  /** False: it is told to contacts alone. */
  readonly isOpenToMembers: boolean
  readonly linked: () => readonly Identity[]
}

/** Greetings of one peer that were opened. */
interface Window {
  readonly sinceMs: number
  count: number
}

/** One that waits for its answer. */
interface Greeting {
  isDueAgain: boolean
  done: Promise<boolean>
}

/** Of a greeting's answer: more than this is none. */
const ANSWER_BYTES = PRIVATE_BYTES + NONCE_BYTES + 16

export class Greetings {
  readonly #around: Surroundings
  readonly #windows = new Map<Identity, Window>()
  /** Contacts being greeted at a peer. */
  readonly #underWay = new Map<string, Greeting>()
  /** Delivery codes of others than contacts, asked for last. */
  readonly #codes = new Map<Identity, DatedCode>()
  /** Where the next link begins, when there are more unmet contacts than one link seeks. */
  #turn = 0
  #refused = 0

  constructor (around: Surroundings) {
    this.#around = around
    around.requests.serve(CONTACT_KIND, (body, from) => this.#serveGreeting(body, from))
    around.requests.serve(INBOX_KIND, (body, from) => this.#serveInbox(body, from))
  }

  /** Greetings that were refused, and answers that were none, since the start. */
  get refused (): number {
    return this.#refused
  }

  get sizes (): { readonly codes: number, readonly windows: number } {
    return { codes: this.#codes.size, windows: this.#windows.size }
  }

  /** A contact is asked where to write; at anybody else, contacts not met yet are sought. */
  onLinkUp (peer: Identity, address: string): void {
    const { book } = this.#around
    const contact = book.bound(peer)
    if (contact !== undefined) {
      void this.askContact(contact)
      return
    }
    const unmet = book.unmet()
    const { greetingsPerLinkMax } = PRIVATE_LIMITS
    const at = this.#turn % Math.max(1, unmet.length)
    if (unmet.length > greetingsPerLinkMax) this.#turn += greetingsPerLinkMax
    const turned = [...unmet.slice(at), ...unmet.slice(0, at)]
    const isThere = ({ row }: Entry): boolean => row.address === address
    const sought = [...turned.filter(isThere), ...turned.filter(entry => !isThere(entry))]
    for (const { row } of sought.slice(0, greetingsPerLinkMax)) void this.#greet(row.name, peer)
  }

  onLinkDown (peer: Identity): void {
    this.#windows.delete(peer)
  }

  /** A contact is new, or has another key: it may be linked already. */
  onChanged (name: string): void {
    const { book, linked } = this.#around
    const entry = book.named(name)
    if (entry === undefined) return
    const peers = linked()
    const { identity } = entry.row
    if (identity === null) {
      for (const peer of peers) if (book.bound(peer) === undefined) void this.#greet(name, peer)
    } else if (peers.includes(identity)) {
      void this.askContact(entry)
    }
  }

  /** Asks a linked contact where to write, and keeps it; null when it does not say. */
  async askContact ({ row: { name, identity } }: Entry): Promise<DatedCode | null> {
    if (identity === null) return null
    const { book } = this.#around
    if (await this.#greet(name, identity)) return book.bound(identity)?.row.inbox ?? null
    const code = await this.#askInbox(identity)
    if (code === null || book.bound(identity)?.row.name !== name) return null
    await this.#kept(book.noteInbox(name, code, false))
    return code
  }

  /**
   * The delivery code of somebody who is no contact: asked for now when linked, else as it was told
   * last; null when it is not told.
   */
  async codeOf (peer: Identity): Promise<DatedCode | null> {
    if (!this.#around.linked().includes(peer)) return this.#codes.get(peer) ?? null
    const code = await this.#askInbox(peer)
    this.#codes.delete(peer)
    if (code === null) return null
    const [oldest] = this.#codes.keys()
    if (oldest !== undefined && this.#codes.size >= PRIVATE_LIMITS.codesKnownMax) {
      this.#codes.delete(oldest)
    }
    this.#codes.set(peer, code)
    return code
  }

  /** True when the peer proved to be the contact. */
  #greet (name: string, peer: Identity): Promise<boolean> {
    const key = `${peer} ${name}`
    const former = this.#underWay.get(key)
    if (former !== undefined) {
      // It may have been refused for what is different now: once more, should it fail.
      former.isDueAgain = true
      return former.done
    }
    const greeting: Greeting = { isDueAgain: false, done: Promise.resolve(false) }
    this.#underWay.set(key, greeting)
    greeting.done = (async () => {
      try {
        for (;;) {
          greeting.isDueAgain = false
          if (await this.#exchange(name, peer)) return true
          if (!greeting.isDueAgain) return false
        }
      } finally {
        this.#underWay.delete(key)
      }
    })()
    return greeting.done
  }

  async #exchange (name: string, peer: Identity): Promise<boolean> {
    const { ports: { entropy, identity, sealer, suite }, book } = this.#around
    const theirKey = book.named(name)?.row.theirKey ?? null
    if (theirKey === null) return false
    const nonce = entropy.bytes(NONCE_BYTES)
    const sealed = sealer.seal(
      encodePrivate({ kind: 'greeting', sender: identity.id, recipient: peer, nonce }), theirKey,
    )
    if (sealed === null) return false
    const body = joinGreeting(hintOf(theirKey, bytes => suite.hash(bytes)), sealed)
    let answer: Uint8Array
    try {
      answer = await this.#ask(peer, CONTACT_KIND, body)
    } catch {
      // Somebody else, or not ready for this node yet: it greets when it is.
      return false
    }
    // The operator may have changed the contact meanwhile.
    const entry = book.named(name)
    if (entry === undefined || entry.row.theirKey !== theirKey) return false
    const inbox = this.#answered(entry, peer, nonce, answer)
    if (inbox === null) {
      this.#refuse(peer, 'its answer to a greeting is none')
      return false
    }
    return this.#bind(entry, peer, inbox)
  }

  /** The delivery code in a right answer, else null. */
  #answered (
    entry: Entry, peer: Identity, nonce: Uint8Array, answer: Uint8Array,
  ): DatedCode | null {
    const { ports: { sealer } } = this.#around
    const plain = answer.length === ANSWER_BYTES ? sealer.open(answer, entry.pair) : null
    const told = plain === null ? null : decodePrivate(plain)
    if (told === null || isRefusal(told) || told.kind !== 'greeting-answer') return null
    const isRight = this.#isBetween(told, peer) && equalBytes(told.nonce, nonce)
    return isRight ? told.inbox : null
  }

  async #bind (entry: Entry, peer: Identity, inbox: DatedCode): Promise<boolean> {
    const { book } = this.#around
    const { row } = entry
    if (row.identity !== null && row.identity !== peer) return false
    const other = book.bound(peer)
    if (other !== undefined && other.row.name !== row.name) {
      this.#refuse(peer, 'it is another contact already')
      return false
    }
    this.#codes.delete(peer)
    if (row.identity === peer) await this.#kept(book.noteInbox(row.name, inbox, false))
    else await this.#kept(book.put({ ...row, identity: peer, inbox }))
    return true
  }

  /** Nobody learns from the error why it is refused. */
  #serveGreeting (body: Uint8Array, from: Identity): Uint8Array {
    const answer = this.#answerTo(body, from)
    if (answer !== null) return answer
    this.#refuse(from, 'its greeting is for nobody here')
    throw new Error('it greets nobody here')
  }

  #answerTo (body: Uint8Array, from: Identity): Uint8Array | null {
    const { ports: { identity, sealer }, book, code } = this.#around
    const greeting = splitGreeting(body)
    if (isRefusal(greeting)) return null
    // Before anything is opened: without the hint a flood costs one look into a map.
    const entry = book.hinted(greeting.hint)
    const theirKey = entry?.row.theirKey ?? null
    if (entry === undefined || theirKey === null || !this.#mayOpen(from)) return null
    if (entry.row.identity !== null && entry.row.identity !== from) return null
    const plain = sealer.open(greeting.sealed, entry.pair)
    const told = plain === null ? null : decodePrivate(plain)
    if (told === null || isRefusal(told) || told.kind !== 'greeting') return null
    if (!this.#isBetween(told, from)) return null
    const answer = sealer.seal(encodePrivate({
      kind: 'greeting-answer', sender: identity.id, recipient: from, nonce: told.nonce,
      inbox: code(),
    }), theirKey)
    if (stateOf(entry.row) === 'unmet') void this.#greet(entry.row.name, from)
    return answer
  }

  /** Who seals says who it is and for whom: so nobody can hand on what others sealed. */
  #isBetween ({ sender, recipient }: Private, peer: Identity): boolean {
    return sender === peer && recipient === this.#around.ports.identity.id
  }

  #mayOpen (from: Identity): boolean {
    const nowMs = this.#around.ports.clock.nowMs()
    const { greetingsServedMax, greetingsWindowMs } = PRIVATE_LIMITS
    const kept = this.#windows.get(from)
    const isOver = kept === undefined || nowMs - kept.sinceMs >= greetingsWindowMs
    const window = isOver ? { sinceMs: nowMs, count: 0 } : kept
    this.#windows.set(from, window)
    if (window.count >= greetingsServedMax) return false
    window.count++
    return true
  }

  #serveInbox (body: Uint8Array, from: Identity): Uint8Array {
    const { book, code, isOpenToMembers } = this.#around
    if (body.length !== 0) throw new Error('there is nothing to be said with it')
    if (!isOpenToMembers && book.bound(from) === undefined) {
      throw new Error('the inbox is told to contacts alone')
    }
    return encodeInbox(code())
  }

  async #askInbox (peer: Identity): Promise<DatedCode | null> {
    try {
      const told = decodeInbox(await this.#ask(peer, INBOX_KIND, new Uint8Array(0)))
      return isRefusal(told) ? null : told
    } catch {
      // It does not say, or is no longer linked.
      return null
    }
  }

  /** Of crossing dials one link gives way to the other, with what was asked on it: asked again. */
  async #ask (peer: Identity, kind: string, body: Uint8Array): Promise<Uint8Array> {
    const { requests, linked } = this.#around
    const { greetingMaxMs, greetingTriesMax } = PRIVATE_LIMITS
    for (let tries = 1; ; tries++) {
      try {
        return await requests.ask(peer, kind, body, greetingMaxMs)
      } catch (error) {
        const isReplaced = isOfLinkEnd(error) && linked().includes(peer)
        if (!isReplaced || tries >= greetingTriesMax) throw error
      }
    }
  }

  /** What is found out counts for this run also when it cannot be kept. */
  async #kept (writing: Promise<unknown>): Promise<void> {
    await writing.catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error)
      this.#around.ports.log({ level: 'warn', area: 'private', message })
    })
  }

  #refuse (peer: Identity, why: string): void {
    this.#refused++
    const message = `${shortIdentity(peer)}: ${why} (${this.#refused} such so far)`
    this.#around.ports.log({ level: 'debug', area: 'private', message })
  }
}
