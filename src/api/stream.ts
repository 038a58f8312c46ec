/**
 * One stream of bulletins: subscriptions put in one order, kept until their reader took them and a
 * while longer, so that a connection that was cut goes on exactly where it was. A reader that is
 * slow, or away, makes the subscriptions wait; their buffers and the store have the rest, and what
 * has left the store by then is told as a gap. Read next: `streams.ts`, which has them all.
 */
import type { Bulletin, Gap, Subscription } from '../index.js'
import { API_LIMITS } from '../limits.js'
import { Ring, type RingEvent } from './ring.js'
import type { GapView, LostView } from './schemas.js'
import type { Served } from './served.js'
import type { EventSource } from './sse.js'
import { bulletinView, topicNamed } from './views.js'

export interface StreamOptions {
  readonly topics: readonly string[]
  /** Ms since 1970. */
  readonly since?: number
}

export class Stream {
  readonly id: string
  readonly #node: Served
  readonly #ring = new Ring({
    eventsMax: API_LIMITS.streamKeptMax, bytesMax: API_LIMITS.streamKeptBytesMax,
  })
  readonly #ends = new AbortController()
  /** Gaps that were told: every subscription is told of every one. */
  readonly #gaps = new Set<string>()
  /** Up to where a connection was given them. */
  #sent = 0
  #connection: symbol | null = null
  /** Subscriptions that wait for the reader. */
  #hasRoom: (() => void)[] = []
  /** Gaps that found no room. */
  #gapsUntold = 0
  #isOver = false

  /** Throws GossipError of `subscribe`. */
  constructor (id: string, node: Served, { topics, since }: StreamOptions) {
    this.id = id
    this.#node = node
    const subscriptions = topics.map(topic => node.subscribe(topicNamed(topic), {
      signal: this.#ends.signal,
      onGap: gap => { this.#tellGap(gap) },
      // Timestamps are whole seconds: what came later within that second is meant too.
      ...(since === undefined ? {} : { since: Math.floor(since / 1_000) * 1_000 }),
    }))
    void Promise.all(subscriptions.map(each => this.#follow(each))).then(() => { this.#finish() })
  }

  /** A connection reads from now on; an earlier one ends. `after`: ordinal; null: too old. */
  connect (after: number, left: () => void): EventSource | null {
    if (after > this.#ring.last || after < this.#ring.first - 1) return null
    const connection = Symbol('connection')
    this.#connection = connection
    this.#ring.wake()
    let at = after
    return {
      next: () => {
        if (this.#connection !== connection) return 'cut'
        if (at === this.#ring.last) this.#tellUntold()
        const event = this.#ring.at(at + 1)
        if (event === null) return this.#isOver ? 'end' : 'later'
        at = event.ordinal
        this.#onSent(at)
        return { id: this.#idOf(event), event }
      },
      changed: withinMs => this.#ring.changed(withinMs),
      gone: () => {
        if (this.#connection !== connection) return
        this.#connection = null
        left()
      },
    }
  }

  /** Events that no connection was given yet. */
  get waiting (): number {
    return this.#ring.last - this.#sent
  }

  /** Nothing more comes; what is here is still given. */
  end (): void {
    this.#ends.abort()
    this.#onSent(this.#sent)
  }

  /** Id of the stream's beginning, for the first event of its connection. */
  idAt (ordinal: number): string {
    return `${this.id}-${ordinal}`
  }

  #idOf ({ ordinal }: RingEvent): string {
    return this.idAt(ordinal)
  }

  async #follow (subscription: Subscription): Promise<void> {
    for await (const bulletin of subscription) {
      while (this.#isFull() && !this.#ends.signal.aborted) {
        await new Promise<void>(resolve => { this.#hasRoom.push(resolve) })
      }
      this.#ring.add('bulletin', this.#textOf(bulletin))
    }
    const { failure } = subscription
    if (failure !== null) this.#tellLost('the store cannot be read: some bulletins are not shown')
  }

  #textOf (bulletin: Bulletin): string {
    return JSON.stringify(bulletinView(this.#node, bulletin))
  }

  /** Its reader has enough before it. */
  #isFull (): boolean {
    return this.#ring.last - this.#sent >= API_LIMITS.streamAheadMax ||
      this.#ring.bytesAfter(this.#sent) >= API_LIMITS.streamAheadBytesMax
  }

  #onSent (ordinal: number): void {
    this.#sent = Math.max(this.#sent, ordinal)
    for (const resolve of this.#hasRoom.splice(0)) resolve()
  }

  /** Gaps come unasked: those that no reader has room for are told in numbers. */
  #tellGap ({ author, incarnation, first, last }: Gap): void {
    const name = `${author} ${incarnation} ${first} ${last}`
    if (this.#gaps.has(name)) return
    this.#gaps.add(name)
    if (this.#gaps.size > API_LIMITS.gapsKnownMax) {
      const [oldest = ''] = this.#gaps
      this.#gaps.delete(oldest)
    }
    if (this.#ring.last - this.#sent >= 2 * API_LIMITS.streamAheadMax) {
      this.#gapsUntold++
      return
    }
    const gap: GapView = { kind: 'gap', author, incarnation, first, last }
    this.#tellUntold()
    this.#ring.add('gap', JSON.stringify(gap))
  }

  #tellUntold (): void {
    if (this.#gapsUntold === 0) return
    const count = this.#gapsUntold
    this.#gapsUntold = 0
    this.#tellLost(`${count} gaps were not told: they were too many at once`, count)
  }

  #tellLost (message: string, count: number | null = null): void {
    const lost: LostView = { kind: 'lost', message, count }
    this.#ring.add('lost', JSON.stringify(lost))
  }

  #finish (): void {
    this.#tellUntold()
    this.#isOver = true
    this.#ring.wake()
  }
}
