/**
 * `cache_size` of the course: how many announcements are kept, own ones and those of others. The
 * oldest are purged from the node; other members keep theirs. Read next: `serve.ts`.
 */
import type { Bulletin, Identity, Node } from '../index.js'
import type { TypeTable } from './topics.js'

/** Where an announcement is in the world. */
export interface Place {
  readonly author: Identity
  readonly incarnation: number
  readonly seq: number
}

export class Cache {
  readonly #node: Pick<Node, 'purge' | 'query'>
  readonly #size: number
  /** In the order of coming; those before `#first` are gone. */
  #places: Place[] = []
  #purging: Promise<void> | null = null

  /** `size`: announcements kept. */
  constructor (node: Pick<Node, 'purge' | 'query'>, size: number) {
    this.#node = node
    this.#size = size
  }

  /** What the node kept of an earlier run. */
  async restore (types: TypeTable): Promise<void> {
    for await (const bulletin of this.#node.query()) {
      if (types.typeOf(bulletin.topic) !== null) this.add(bulletin)
    }
  }

  /** What has a limit of hops is kept by nobody. */
  addReceived (bulletin: Bulletin): void {
    if (bulletin.hopsMax === 0) this.add(bulletin)
  }

  add ({ author, incarnation, seq }: Place): void {
    this.#places.push({ author, incarnation, seq })
    if (this.#places.length > this.#size) this.#purging ??= this.#purge()
  }

  /** Resolves when no more are kept than may be. */
  async settled (): Promise<void> {
    await this.#purging
  }

  /** One call at a time; what comes meanwhile goes with the next. */
  async #purge (): Promise<void> {
    // Those that came last may not be stored yet: they are never among the first to go.
    await Promise.resolve()
    while (this.#places.length > this.#size) {
      const bulletins = this.#places.splice(0, Math.min(PURGED_AT_ONCE, this.#excess()))
      try {
        await this.#node.purge({ bulletins })
      } catch {
        // The node is closed, and keeps what it has.
        this.#places = []
      }
    }
    this.#purging = null
  }

  #excess (): number {
    return this.#places.length - this.#size
  }
}

/** As many as one call takes. */
const PURGED_AT_ONCE = 65_536
