/**
 * Contacts as operators and embedders deal with them: names of their own for peers, and the
 * exchange keys that are handed over by other ways than the network.
 * Read next: `book.ts`, which keeps them; `greetings.ts`, by which contacts find each other.
 */
import { GossipError } from '../../errors.js'
import { PRIVATE_LIMITS } from '../../limits.js'
import type { ContactRow, Sealer } from '../../ports.js'
import { parseTarget } from '../../wire/address.js'
import { equalBytes } from '../../wire/equal.js'
import { parseIdentity, type Identity } from '../../wire/identity.js'
import { stripControl } from '../../wire/text.js'
import { stateOf, type Book, type ContactState, type Entry } from './book.js'

/** What an operator calls a peer, and how far the two got. */
export interface Contact {
  /** Unique here; nobody else learns it. */
  readonly name: string
  /**
   * `awaiting-key`: its exchange key is to be set, nothing private passes until then. `unmet`: it
   * is sought. `ready`: its identity is known.
   */
  readonly state: ContactState
  /** `host:port` that is dialled for ever, or null. */
  readonly address: string | null
  readonly identity: Identity | null
  /** PEM (SPKI, X25519) of the public key made for this contact alone: for its operator. */
  readonly exchangeKey: string | null
}

/** A contact to be. */
export interface ContactAsked {
  /** 1 to 50 characters, no control characters, not used yet; so it is no identity. */
  readonly name: string
  /** `host:port`. */
  readonly address?: string
  /** A full identity, when it is known: then no keys need to be exchanged. */
  readonly peer?: string
}

interface Surroundings {
  readonly book: Book
  readonly sealer: Sealer
  readonly me: Identity
  /** Throws GossipError `node-closed`. */
  readonly checkOpen: () => void
  /** Another key was set, or a contact with an identity is new: it is greeted. */
  readonly changed: (name: string) => void
}

export class Contacts {
  readonly #around: Surroundings

  /** Made by the node. */
  constructor (around: Surroundings) {
    this.#around = around
  }

  /**
   * A contact by the address of its node, or by its identity, or both. Without an identity its
   * state is `awaiting-key`: hand `exchangeKey` to its operator, and set the key you get for it.
   * Rejects with GossipError `option-invalid`, `contact-exists`, `store-failed` or `node-closed`.
   */
  async add (asked: ContactAsked): Promise<Contact> {
    const { book, sealer, checkOpen, changed } = this.#around
    checkOpen()
    const { name } = asked
    checkName(name)
    const address = asked.address === undefined ? null : addressOf(asked.address)
    const identity = asked.peer === undefined ? null : this.#identityOf(asked.peer)
    if (book.named(name) !== undefined) {
      throw new GossipError('contact-exists', `there is a contact ${JSON.stringify(name)} already`)
    }
    const same = identity === null ? undefined : book.bound(identity)
    if (same !== undefined) {
      const what = `this identity is the contact ${JSON.stringify(same.row.name)} already`
      throw new GossipError('contact-exists', what)
    }
    if (book.size >= PRIVATE_LIMITS.contactsMax) {
      throw new GossipError('option-invalid', `there are ${book.size} contacts, no more are taken`)
    }
    const { secretKey } = sealer.createPair()
    const entry = await book.put({
      name, address, identity, isNamed: identity !== null, secretKey, theirKey: null, inbox: null,
    })
    if (identity !== null) changed(name)
    return this.#view(entry)
  }

  /**
   * Sets the exchange key that the contact's node made for this one, as PEM. The contact is sought
   * from now on; another key than before means that it is to be met anew. Rejects with GossipError
   * `contact-unknown`, `exchange-key-invalid`, `store-failed` or `node-closed`.
   */
  async setKey (name: string, pem: string): Promise<Contact> {
    const { book, sealer, checkOpen, changed } = this.#around
    checkOpen()
    const entry = this.#named(name)
    if (typeof pem !== 'string') {
      throw new GossipError('exchange-key-invalid', 'the exchange key must be a PEM text')
    }
    const theirKey = sealer.readKey(pem)
    if (book.all().some(({ pair }) => equalBytes(pair.publicKey, theirKey))) {
      const what = 'this is an exchange key that this node made itself: hand it to the operator ' +
        'of the contact, and set the one you get'
      throw new GossipError('exchange-key-invalid', what)
    }
    const { row } = entry
    if (row.theirKey !== null && equalBytes(row.theirKey, theirKey)) return this.#view(entry)
    const unbound: Partial<ContactRow> = row.isNamed ? {} : { identity: null, inbox: null }
    const kept = await book.put({ ...row, ...unbound, theirKey })
    changed(name)
    return this.#view(kept)
  }

  /** All of them, in order of their names. */
  list (): Contact[] {
    return this.#around.book.all().map(entry => this.#view(entry))
      .sort((one, other) => one.name < other.name ? -1 : 1)
  }

  /** Null for nobody of that name. */
  get (name: string): Contact | null {
    const entry = this.#around.book.named(name)
    return entry === undefined ? null : this.#view(entry)
  }

  /**
   * Forgets a contact with its keys; its address is dialled no more, a link that is there stays.
   * Rejects with GossipError `contact-unknown`, `store-failed` or `node-closed`.
   */
  async remove (name: string): Promise<void> {
    this.#around.checkOpen()
    await this.#around.book.remove(this.#named(name))
  }

  #named (name: string): Entry {
    const entry = this.#around.book.named(name)
    if (entry !== undefined) return entry
    throw new GossipError('contact-unknown', `there is no contact ${JSON.stringify(name)}`)
  }

  #identityOf (text: string): Identity {
    const identity = typeof text === 'string' ? parseIdentity(text) : null
    if (identity === null) {
      throw invalid('peer must be a full identity, 52 characters: its beginning or a claimed ' +
        'name could be anybody\'s')
    }
    if (identity === this.#around.me) throw invalid('peer is this very node')
    return identity
  }

  #view ({ row, pair }: Entry): Contact {
    const { name, address, identity } = row
    const exchangeKey = this.#around.sealer.exportKey(pair.publicKey)
    return { name, state: stateOf(row), address, identity, exchangeKey }
  }
}

/** Shorter than an identity, so that `send` never takes one for the other. */
function checkName (name: string): void {
  const characters = typeof name === 'string' ? [...name].length : 0
  if (characters < 1 || characters > PRIVATE_LIMITS.contactNameCharsMax) {
    throw invalid(`name must have 1 to ${PRIVATE_LIMITS.contactNameCharsMax} characters`)
  }
  if (stripControl(name) !== name || name.trim() !== name) {
    throw invalid('name must have no control characters, nor spaces around it')
  }
}

function addressOf (text: string): string {
  const target = typeof text === 'string' ? parseTarget(text) : null
  if (target === null) throw invalid(`address must be host:port, not ${JSON.stringify(text)}`)
  if (target.identity !== null) {
    throw invalid('address must be host:port: give the identity as peer')
  }
  return target.address
}

function invalid (what: string): GossipError {
  return new GossipError('option-invalid', `a contact's ${what}`)
}
