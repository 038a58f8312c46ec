/**
 * Who here wants what: deliveries of the core are taken apart once and given to the subscriptions
 * of their topics; validators judge before. Read next: `subscription.ts`, `bulletin.ts`.
 */
import type { Effect } from '../core/effect.js'
import type { Event } from '../core/event.js'
import type { BatchSummary, Delivery, Validation } from '../core/bulletins/vocabulary.js'
import { BULLETIN_LIMITS } from '../limits.js'
import type { BulletinStore, CursorRow, HeldBulletin, Log } from '../ports.js'
import { decodeBatch, itemsOf } from '../wire/batch.js'
import { decodeItems, type Item } from '../wire/bulletin.js'
import { Slab } from '../wire/bytes.js'
import { equalBytes } from '../wire/equal.js'
import { parseHex, toHex } from '../wire/hex.js'
import type { Identity } from '../wire/identity.js'
import { isRefusal } from '../wire/refusal.js'
import { Bulletin } from './bulletin.js'
import { Passed } from './passed.js'
import { Subscription, type SubscribeOptions } from './subscription.js'

/**
 * Judges a bulletin of its topic before it is stored, delivered or passed on. `from`: who sent it
 * here, null for a file that is imported. A batch lives and dies whole: with one bulletin that is
 * not accepted none of it is stored or passed on here; those accepted are delivered all the same.
 */
export type Validator = (
  bulletin: Bulletin, from: Identity | null, signal: AbortSignal,
) => Validation | Promise<Validation>

interface Surroundings {
  readonly store: BulletinStore
  readonly hash: (bytes: Uint8Array) => Uint8Array
  readonly nameOf: (author: Identity) => string
  /** Resolves when what was handed to the store before is there. */
  readonly stored: () => Promise<void>
  readonly post: (event: Event) => void
  readonly log: Log
  readonly schedule: (delayMs: number, callback: () => void) => unknown
  readonly cancel: (handle: unknown) => void
}

export class Subscriptions {
  readonly #around: Surroundings
  readonly #byTopic = new Map<string, Set<Subscription>>()
  /** Whose topics nobody is told of. */
  readonly #untold = new WeakSet<Subscription>()
  readonly #validators = new Map<string, Validator>()
  /** Judges where no other does. */
  #otherwise: Validator | null = null
  readonly #slab = new Slab()
  /** Cursors being written; null: nothing changed since that began. */
  readonly #cursors = new Map<string, Subscription | null>()
  readonly #cursorWrites = new Map<string, Promise<void>>()
  readonly #passed = new Passed()
  /** Deliveries that wait for the store before them. */
  #line: Promise<void> | null = null

  constructor (around: Surroundings) {
    this.#around = around
  }

  /** What the store held when this run began counts as handed over. */
  restore (batches: readonly BatchSummary[]): void {
    for (const batch of batches) this.#passed.add(batch)
  }

  /** `topic`: 32 bytes. `isTold`: linked peers are told of it. */
  subscribe (topic: Uint8Array, options: SubscribeOptions, isTold = true): Subscription {
    const { store, stored } = this.#around
    const name = toHex(topic)
    const subscription = new Subscription(name, options, {
      store, stored,
      passed: () => this.#passed.copy(),
      toBulletin: held => this.#ofHeld(held),
      taken: reader => { this.#keepCursor(reader) },
      ended: ended => { this.#remove(ended) },
    })
    if (!isTold) this.#untold.add(subscription)
    const others = this.#byTopic.get(name) ?? new Set()
    this.#byTopic.set(name, others.add(subscription))
    if (isTold) this.#tell()
    const cursor = this.#cursorOf(options.cursor)
    void cursor.then(rows => { subscription.start(rows) }, (error: unknown) => {
      this.#warn(`the cursor ${options.cursor ?? ''} cannot be read: ${String(error)}`)
      subscription.end()
    })
    return subscription
  }

  /** Ids of the topics that have subscriptions, those aside that nobody is told of. */
  topics (): string[] {
    return [...this.#byTopic].flatMap(([name, subscriptions]) =>
      [...subscriptions].some(one => !this.#untold.has(one)) ? [name] : [])
  }

  /** Resolves when every cursor is kept as its reader left it, or failed to be. */
  async stored (): Promise<void> {
    await Promise.all(this.#cursorWrites.values())
  }

  /** After what an earlier reader of that name left is written. */
  async #cursorOf (name: string | undefined): Promise<CursorRow[]> {
    if (name === undefined) return []
    await this.#cursorWrites.get(name)
    return this.#around.store.getCursor(name)
  }

  /** Judges bulletins of a topic, 32 bytes, or of all others; null for nobody any more. */
  validate (topic: Uint8Array | null, validator: Validator | null): void {
    if (topic === null) this.#otherwise = validator
    else if (validator === null) this.#validators.delete(toHex(topic))
    else this.#validators.set(toHex(topic), validator)
    this.#tell()
  }

  /** In the order of the core's effects, whether or not a batch has to be read again. */
  onDeliver ({ delivery }: Extract<Effect, { kind: 'deliver' }>): void {
    this.#passed.add(delivery)
    if (this.#byTopic.size === 0) return
    if (delivery.batch !== null && this.#line === null) {
      return this.#give(delivery, delivery.batch)
    }
    const line = (this.#line ?? Promise.resolve()).then(async () => {
      const [batch] = delivery.batch === null
        ? await this.#around.store.getBatches([delivery])
        : [delivery.batch]
      if (batch !== null && batch !== undefined) this.#give(delivery, batch)
    }).catch((error: unknown) => {
      this.#warn(`a bulletin held back could not be read again: ${String(error)}`)
    }).finally(() => {
      if (this.#line === line) this.#line = null
    })
    this.#line = line
  }

  onGap ({ author, incarnation, first, last }: Extract<Effect, { kind: 'gap' }>): void {
    for (const subscriptions of this.#byTopic.values()) {
      for (const subscription of subscriptions) {
        subscription.gap({ author, incarnation, first, last })
      }
    }
  }

  /** Each bulletin is judged; a slow or failing validator ignores. The worst verdict counts. */
  async onValidate (effect: Extract<Effect, { kind: 'validate-batch' }>): Promise<void> {
    const { ask, batch, author, from } = effect
    const ends = new AbortController()
    const timer = this.#around.schedule(BULLETIN_LIMITS.validateMaxMs, () => { ends.abort() })
    const timeout = new Promise<void>(resolve => {
      ends.signal.addEventListener('abort', () => { resolve() })
    })
    const bulletins = this.#bulletins(author, batch, false)
    const verdicts = bulletins.map((): Validation => 'ignore')
    await Promise.race([this.#judge(bulletins, verdicts, from, ends.signal), timeout])
    this.#around.cancel(timer)
    const accepted = verdicts.flatMap((verdict, offset) => verdict === 'accept' ? [offset] : [])
    this.#around.post({ kind: 'batch-validated', ask, verdict: worstOf(verdicts), accepted })
  }

  close (): void {
    for (const subscriptions of [...this.#byTopic.values()]) {
      for (const subscription of [...subscriptions]) subscription.end()
    }
  }

  /** Fills in `verdicts`. Those whose topic nobody judges first: they wait for no validator. */
  async #judge (
    bulletins: readonly Bulletin[], verdicts: Validation[], from: Identity | null,
    signal: AbortSignal,
  ): Promise<void> {
    const judged = bulletins.flatMap((bulletin, offset) => {
      const validator = this.#validators.get(bulletin.topic) ?? this.#otherwise
      if (validator === null) verdicts[offset] = 'accept'
      return validator === null ? [] : [{ bulletin, offset, validator }]
    })
    for (const { bulletin, offset, validator } of judged) {
      if (signal.aborted) return
      const verdict = await this.#verdict(validator, bulletin, from, signal)
      if (verdict === 'accept' || verdict === 'reject') verdicts[offset] = verdict
    }
  }

  async #verdict (
    validator: Validator, bulletin: Bulletin, from: Identity | null, signal: AbortSignal,
  ): Promise<Validation> {
    try {
      return await validator(bulletin, from, signal)
    } catch (error) {
      this.#warn(`a validator failed, its bulletin is ignored: ${String(error)}`)
      return 'ignore'
    }
  }

  /** To the subscriptions of each item's topic; most batches have one topic. */
  #give (delivery: Delivery, batch: Uint8Array): void {
    const { author, incarnation, first, isLate } = delivery
    const { items, hopsMax } = partsOf(batch)
    const only = delivery.only === undefined ? null : new Set(delivery.only)
    const name = this.#around.nameOf(author)
    const found = new Map<string, Bulletin[]>()
    let topic: Uint8Array | null = null
    let bulletins: Bulletin[] | undefined
    items.forEach((item, index) => {
      if (only?.has(index) === false) return
      if (topic === null || !equalBytes(topic, item.topic)) {
        // A view would keep the whole batch alive.
        topic = item.topic.slice()
        const hex = toHex(topic)
        bulletins = this.#byTopic.has(hex) ? found.get(hex) ?? [] : undefined
        if (bulletins !== undefined) found.set(hex, bulletins)
      }
      const { timestamp, content } = item
      bulletins?.push(new Bulletin({
        author, name, incarnation, seq: first + index, topic, timestamp, hopsMax,
        content: this.#slab.copy(content), isLate,
      }, this.#around.hash))
    })
    const positions = { author, incarnation, first, last: first + items.length - 1 }
    for (const [hex, subscriptions] of this.#byTopic) {
      const of = found.get(hex) ?? []
      for (const subscription of [...subscriptions]) subscription.offer(positions, of)
    }
  }

  #bulletins (author: Identity, batch: Uint8Array, isLate: boolean): Bulletin[] {
    const parsed = decodeBatch(batch)
    if (isRefusal(parsed)) return []
    const name = this.#around.nameOf(author)
    const { incarnation, first, hopsMax } = parsed.head
    return partsOf(batch).items.map(({ topic, timestamp, content }, index) => new Bulletin({
      author, name, incarnation, seq: first + index, topic, timestamp, content, isLate, hopsMax,
    }, this.#around.hash))
  }

  #ofHeld (held: HeldBulletin): Bulletin {
    const { author, incarnation, position, topic, timestamp, content } = held
    const name = this.#around.nameOf(author)
    return new Bulletin({
      author, name, incarnation, seq: position, topic, timestamp, content, isLate: false,
    }, this.#around.hash)
  }

  #remove (subscription: Subscription): void {
    const others = this.#byTopic.get(subscription.topic)
    others?.delete(subscription)
    if (others?.size === 0) this.#byTopic.delete(subscription.topic)
    this.#keepCursor(subscription)
    if (!this.#untold.has(subscription)) this.#tell()
  }

  /** One write at a time; of what changes meanwhile only the newest is written. */
  #keepCursor (subscription: Subscription): void {
    const name = subscription.cursorName
    if (name === null) return
    const isWriting = this.#cursors.has(name)
    this.#cursors.set(name, subscription)
    if (!isWriting) this.#cursorWrites.set(name, this.#writeCursors(name))
  }

  async #writeCursors (name: string): Promise<void> {
    for (;;) {
      const changed = this.#cursors.get(name) ?? null
      if (changed === null) break
      this.#cursors.set(name, null)
      try {
        await this.#around.store.putCursor(name, changed.cursor())
      } catch (error) {
        this.#warn(`the cursor ${name} cannot be kept: ${String(error)}`)
      }
    }
    this.#cursors.delete(name)
    this.#cursorWrites.delete(name)
  }

  /** Tells the core all topics, validated or subscribed to. */
  #tell (): void {
    const bytes = (names: Iterable<string>): Uint8Array[] =>
      [...names].flatMap(name => parseHex(name) ?? [])
    this.#around.post({
      kind: 'topics-set',
      topics: bytes(this.topics()),
      validated: this.#otherwise === null ? bytes(this.#validators.keys()) : 'all',
    })
  }

  #warn (message: string): void {
    this.#around.log({ level: 'warn', area: 'bulletins', message })
  }
}

function worstOf (verdicts: readonly Validation[]): Validation {
  if (verdicts.includes('reject')) return 'reject'
  return verdicts.includes('ignore') ? 'ignore' : 'accept'
}

function partsOf (batch: Uint8Array): { readonly items: Item[], readonly hopsMax: number } {
  const parts = itemsOf(batch)
  if (parts === null) return { items: [], hopsMax: 0 }
  const items = decodeItems(parts.items, parts.count)
  return { items: isRefusal(items) ? [] : items, hopsMax: parts.hopsMax }
}
