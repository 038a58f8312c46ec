/** What is subscribed to, here and at the other ends of links; and which topics are validated. */
import { BULLETIN_LIMITS, WIRE_LIMITS } from '../../limits.js'
import { itemsOf } from '../../wire/batch.js'
import { decodeItems } from '../../wire/bulletin.js'
import { isRefusal } from '../../wire/refusal.js'
import { toHex } from '../../wire/hex.js'
import type { LinkId } from '../event.js'
import type { LinkEntry } from '../links.js'
import { readyLinks, send } from '../speak.js'
import { type Shelf } from './shelf.js'

export class Topics {
  readonly #shelf: Shelf
  #own: readonly Uint8Array[] = []
  /** Null: every topic is. */
  #validated: Set<string> | null = new Set<string>()
  readonly #theirs = new Map<LinkId, readonly Uint8Array[]>()

  constructor (shelf: Shelf) {
    this.#shelf = shelf
  }

  /** All topics subscribed to now; told a moment later. */
  set (topics: readonly Uint8Array[], validated: readonly Uint8Array[] | 'all'): void {
    const { deadlines, nowMs } = this.#shelf.mesh
    this.#own = topics.slice(0, WIRE_LIMITS.topicsPerLinkMax)
    this.#validated = validated === 'all' ? null : new Set(validated.map(toHex))
    if (deadlines.has('tell-topics', '')) return
    deadlines.set('tell-topics', '', nowMs + BULLETIN_LIMITS.tellTopicsAfterMs)
  }

  onTellDue (): void {
    this.#tell(readyLinks(this.#shelf.mesh))
  }

  /** Without topics, and carrying, there is nothing to say: that is what everyone assumes. */
  onReady (entry: LinkEntry): void {
    const { carries } = this.#shelf.mesh.options.bulletins
    if (this.#own.length > 0 || !carries) this.#tell([entry.id])
  }

  onTopics (entry: LinkEntry, topics: readonly Uint8Array[]): void {
    this.#theirs.set(entry.id, topics)
  }

  onEnded (link: LinkId): void {
    this.#theirs.delete(link)
  }

  /** What a linked peer said it subscribed to, 64 hex digits each. */
  of (link: LinkId): string[] {
    return (this.#theirs.get(link) ?? []).map(toHex)
  }

  /** What every linked peer said, one list for each. */
  ofAll (): (readonly Uint8Array[])[] {
    return [...this.#theirs.values()]
  }

  /** How many are subscribed to here. */
  get ownCount (): number {
    return this.#own.length
  }

  /** True when a bulletin in it is of a topic that has a validator here. */
  isValidated (batch: Uint8Array): boolean {
    const validated = this.#validated
    if (validated === null) return true
    if (validated.size === 0) return false
    const parts = itemsOf(batch)
    const all = parts === null ? [] : decodeItems(parts.items, parts.count)
    return !isRefusal(all) && all.some(({ topic }) => validated.has(toHex(topic)))
  }

  #tell (links: readonly LinkId[]): void {
    const { carries } = this.#shelf.mesh.options.bulletins
    send(this.#shelf.mesh, links, { type: 'topics', carries, topics: this.#own })
  }
}
