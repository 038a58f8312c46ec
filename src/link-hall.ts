/**
 * The hallway's table of connections: chunks become frames on the way in, frames become writes on
 * the way out. Posts facts, decides nothing. Read next: `node.ts`, `outbox.ts`, `wire/reader.ts`.
 */
import type { AskId, Event, LinkEnd, LinkId } from './core/event.js'
import { WIRE_LIMITS } from './limits.js'
import { Outbox } from './outbox.js'
import type { Clock, Link } from './ports.js'
import { encodeFrame } from './wire/encode.js'
import type { Frame } from './wire/frame.js'
import { FrameReader } from './wire/reader.js'

interface Open {
  readonly link: Link
  readonly reader: FrameReader
  readonly outbox: Outbox
  end: LinkEnd
  isClosing: boolean
}

export class LinkHall {
  readonly #clock: Clock
  readonly #post: (event: Event) => void
  readonly #open = new Map<LinkId, Open>()
  /** Links that were written to in this drain. */
  readonly #touched = new Set<Open>()
  #nextId = 1
  #whenEmpty: (() => void) | null = null

  constructor (clock: Clock, post: (event: Event) => void) {
    this.#clock = clock
    this.#post = post
  }

  /** A connection is up; what it says from now on is posted. */
  open (link: Link, ask: AskId | null): void {
    const id = this.#nextId++ as LinkId
    const open: Open = {
      link,
      reader: new FrameReader(WIRE_LIMITS.greetingFrameBytesMax),
      outbox: new Outbox(link, () => this.#clock.nowMs(), () => { open.outbox.flush() }),
      end: 'closed',
      isClosing: false,
    }
    this.#open.set(id, open)
    const { peer, publicKey, remote } = link
    this.#post({ kind: 'link-opened', link: id, ask, peer, publicKey, remote })
    link.start({
      bytes: chunk => { this.#onBytes(id, open, chunk) },
      closed: () => {
        this.#open.delete(id)
        this.#touched.delete(open)
        this.#post({ kind: 'link-closed', link: id, end: open.end })
        if (this.#open.size === 0) this.#whenEmpty?.()
      },
    })
  }

  /** One frame, encoded once, to some links. */
  send (links: readonly LinkId[], frame: Frame): void {
    const bytes = encodeFrame(frame)
    for (const id of links) {
      const open = this.#open.get(id)
      if (open === undefined || open.isClosing) continue
      if (open.outbox.push(bytes) && !open.outbox.isStalled) {
        this.#touched.add(open)
      } else {
        open.end = 'stalled'
        open.isClosing = true
        open.link.close(0)
      }
    }
  }

  /** The end of a drain: everything that was sent in it leaves. */
  flush (): void {
    for (const { outbox } of this.#touched) outbox.flush()
    this.#touched.clear()
  }

  /** Ends a connection after what is queued was flushed. */
  close (id: LinkId, flushMaxMs: number): void {
    const open = this.#open.get(id)
    if (open === undefined || open.isClosing) return
    open.isClosing = true
    open.outbox.flushAll()
    open.link.close(flushMaxMs)
  }

  /** Ends every connection; resolves when the last one is gone. */
  closeAll (flushMaxMs: number): Promise<void> {
    for (const { link, outbox } of this.#open.values()) {
      if (flushMaxMs > 0) outbox.flushAll()
      link.close(flushMaxMs)
    }
    if (this.#open.size === 0) return Promise.resolve()
    return new Promise(resolve => { this.#whenEmpty = resolve })
  }

  #onBytes (id: LinkId, open: Open, chunk: Uint8Array): void {
    if (open.isClosing) return
    open.reader.push(chunk)
    let isWhole = false
    for (let frame = open.reader.next(); frame !== null; frame = open.reader.next()) {
      isWhole = true
      if (frame.type === 'refusal') {
        return this.#post({ kind: 'frame-refused', link: id, refusal: frame })
      }
      // The greeting is over at the other end: what follows may have full size. Ours is over when
      // the core says so; a peer that is refused after all gains nothing, the link closes.
      if (frame.type === 'welcome') open.reader.frameBytesMax = WIRE_LIMITS.frameBytesMax
      // A tag of a later version is skipped, but is a sign of life.
      if (frame.type === 'unknown') this.#post({ kind: 'bytes-received', link: id })
      else this.#post({ kind: 'frame-received', link: id, frame })
    }
    if (!isWhole) this.#post({ kind: 'bytes-received', link: id })
  }
}
