/**
 * Where new batches go. Each link is in push or in pull: one that cannot keep up loses what is
 * queued for it and asks for ranges instead, until it has reached the head (DESIGN 5).
 * Read next: `supply.ts`, which answers, and `wants.ts`, which asks.
 */
import type { LinkId } from '../event.js'
import { log } from '../mesh.js'
import { send } from '../speak.js'
import type { Shelf } from './shelf.js'

/** In a byte; a limit of hops is never higher. */
const HOPS_TOLD_MAX = 0xff

export class Spread {
  readonly #shelf: Shelf
  readonly #pulling = new Set<LinkId>()

  constructor (shelf: Shelf) {
    this.#shelf = shelf
  }

  /** A batch of this node's own to every link that keeps up; how many those are. */
  push (batch: Uint8Array): number {
    const { mesh } = this.#shelf
    const links: LinkId[] = []
    for (const { id } of mesh.links.ready()) if (!this.#pulling.has(id)) links.push(id)
    send(mesh, links, { type: 'batch', hops: 0, batch })
    return links.length
  }

  /** A batch of another author, which has passed so many links. */
  pass (links: readonly LinkId[], batch: Uint8Array, hops: number): void {
    send(this.#shelf.mesh, links, { type: 'batch', hops: Math.min(hops, HOPS_TOLD_MAX), batch })
  }

  isPulling (link: LinkId): boolean {
    return this.#pulling.has(link)
  }

  /** What was queued for it is dropped: it asks from now on. */
  onOverflowed (link: LinkId): void {
    if (this.#shelf.mesh.links.get(link) === undefined || this.#pulling.has(link)) return
    this.#pulling.add(link)
    log(this.#shelf.mesh, 'info', 'bulletins', 'a link fell behind: it asks for what it misses')
  }

  /** It has reached the head. */
  onCaughtUp (link: LinkId): void {
    this.#pulling.delete(link)
  }

  onEnded (link: LinkId): void {
    this.#pulling.delete(link)
  }
}
