/**
 * Contacts, greetings and mail of one node without the node: what it asks of others is recorded,
 * and carried to the sides that it is wired to.
 */
import type { Effect } from '../../src/core/effect.js'
import type { Event, LinkId, Target } from '../../src/core/event.js'
import type { MessageReceived } from '../../src/core/notice.js'
import { Bulletin } from '../../src/hall/bulletin.js'
import { Book } from '../../src/hall/private/book.js'
import { Contacts } from '../../src/hall/private/contacts.js'
import { Greetings } from '../../src/hall/private/greetings.js'
import { Letters } from '../../src/hall/private/letters.js'
import { Mail } from '../../src/hall/private/mail.js'
import { Published } from '../../src/hall/publications.js'
import { Requests } from '../../src/hall/requests.js'
import type { BoxPair, Sealer, Store } from '../../src/ports.js'
import { createSealer } from '../../src/sealing/sealer.js'
import type { Identity } from '../../src/wire/identity.js'
import type { DatedCode } from '../../src/wire/inbox.js'
import { Peer } from './core-bench.js'

type Asked = Extract<Event, { kind: 'request-asked' }>
type Served = Extract<Event, { kind: 'request-served' }>

interface SideOptions {
  readonly isOpenToMembers?: boolean
  readonly store?: Store
}

export class Side {
  readonly id: Identity
  nowMs = 1_000
  /** Boxes that were tried. */
  opens = 0
  code: DatedCode
  readonly pair: BoxPair
  readonly linked: Identity[] = []
  readonly asked: Asked[] = []
  readonly dialled: Target[] = []
  readonly undialled: Target[] = []
  readonly published: { readonly topic: Uint8Array, readonly content: Uint8Array }[] = []
  /** Delivery codes in records. */
  readonly recorded = new Map<Identity, DatedCode>()
  readonly told: MessageReceived[] = []
  readonly logged: string[] = []
  readonly sealer: Sealer
  readonly requests: Requests
  readonly book: Book
  readonly contacts: Contacts
  readonly greetings: Greetings
  readonly letters: Letters
  readonly mail: Mail
  readonly #wired = new Map<Identity, Side>()
  readonly #answers = new Map<number, (served: Served) => void>()
  readonly #hash: (bytes: Uint8Array) => Uint8Array
  #nextId = 1

  constructor (seed: number, { isOpenToMembers = true, store }: SideOptions = {}) {
    const { id, keys: { suite, publicKey } } = new Peer(seed)
    this.id = id
    this.#hash = bytes => suite.hash(bytes)
    this.code = { code: new Uint8Array(8).fill(seed), drawnMs: seed }
    const sealer = createSealer()
    this.sealer = {
      ...sealer,
      open: (sealed, pair) => {
        this.opens++
        return sealer.open(sealed, pair)
      },
    }
    this.pair = sealer.createPair()
    const ports = {
      clock: {
        nowMs: () => this.nowMs, wallMs: () => this.nowMs, schedule: () => null, cancel: () => {},
        breathe: () => {},
      },
      entropy: { bytes: (count: number) => new Uint8Array(count).fill(this.#nextId++) },
      identity: { id, publicKey }, suite, sealer: this.sealer, store: store ?? null,
      log: ({ message }: { readonly message: string }) => { this.logged.push(message) },
    }
    const linked = (): Identity[] => this.linked
    this.requests = new Requests(event => { this.#post(event) })
    this.book = new Book({
      ports,
      dial: target => { this.dialled.push(target) },
      undial: target => { this.undialled.push(target) },
    })
    this.greetings = new Greetings({
      ports, requests: this.requests, book: this.book, isOpenToMembers, linked,
      code: () => this.code,
    })
    this.contacts = new Contacts({
      book: this.book, sealer: this.sealer, me: id, checkOpen: () => {},
      changed: name => { this.greetings.onChanged(name) },
    })
    this.letters = new Letters(ports.store)
    this.mail = new Mail({
      ports, book: this.book, greetings: this.greetings, letters: this.letters, isOpenToMembers,
      contentBytesMax: 1_000, linked,
      ownPair: () => this.pair,
      boxKeyOf: member => this.#wired.get(member)?.pair.publicKey ?? null,
      inboxOf: member => this.recorded.get(member) ?? null,
      notify: notice => { this.told.push(notice) },
      publish: async (topic, content) => {
        this.published.push({ topic, content })
        const left = { seq: this.published.length, linked: 1, incarnation: 1 }
        return new Published(left, [], content, this.#hash)
      },
    })
  }

  /** Both reach each other from now on; nobody is told of the link. */
  wire (other: Side): void {
    this.#wired.set(other.id, other)
    other.#wired.set(this.id, this)
    this.linked.push(other.id)
    other.linked.push(this.id)
  }

  /** A peer asks; what it gets. */
  serve (name: string, body: Uint8Array, peer: Identity): Promise<Served> {
    const id = this.#nextId++
    return new Promise(resolve => {
      this.#answers.set(id, resolve)
      const effect: Extract<Effect, { kind: 'serve-request' }> = {
        kind: 'serve-request', link: 1 as LinkId, id, peer, name, body,
      }
      this.requests.onServe(effect)
    })
  }

  /** Answers what was asked of a peer that is not wired. */
  answer (
    { request }: Asked, status: 'answered' | 'failed' | 'closed',
    body: Uint8Array = new Uint8Array(0),
  ): void {
    this.requests.onAnswered({ kind: 'request-answered', request, status, body })
  }

  /** What came to an inbox of this side. */
  async receive (
    author: Identity, content: Uint8Array, { isFormer = false, seq = 1, incarnation = 7 } = {},
  ): Promise<void> {
    const bulletin = new Bulletin({
      author, name: 'na\u001b', incarnation, seq, topic: new Uint8Array(32), timestamp: 5, content,
      isLate: false,
    }, this.#hash)
    await this.mail.receive(bulletin, isFormer)
  }

  #post (event: Event): void {
    if (event.kind === 'request-served') {
      this.#answers.get(event.id)?.(event)
      this.#answers.delete(event.id)
    }
    if (event.kind !== 'request-asked') return
    this.asked.push(event)
    const other = this.#wired.get(event.peer)
    void other?.serve(event.name, event.body, this.id).then(({ status, body }) => {
      this.requests.onAnswered({
        kind: 'request-answered', request: event.request, status, body,
      })
    })
  }
}

/** Resolves when all that was under way in memory has settled. */
export async function settled (): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(resolve => { setImmediate(resolve) })
}

/** The two have handed their exchange keys to each other; they are wired, and met. */
export async function met (one: Side, other: Side): Promise<void> {
  const [forOther, forOne] = [
    await one.contacts.add({ name: 'other' }), await other.contacts.add({ name: 'one' }),
  ]
  one.wire(other)
  await one.contacts.setKey('other', forOne.exchangeKey ?? '')
  await other.contacts.setKey('one', forOther.exchangeKey ?? '')
  await settled()
}
