/**
 * The hallway's table of connections: chunks become frames on the way in, frames become writes on
 * the way out. Posts facts, decides nothing. Read next: `node.ts`, `outbox.ts`, `wire/reader.ts`.
 */
import type { AskId, Event, LinkEnd, LinkId } from './core/event.js'
import { LINK_LIMITS, WIRE_LIMITS } from './limits.js'
import { Outbox } from './outbox.js'
import type { Clock, Link, Log } from './ports.js'
import { encodeFrame } from './wire/encode.js'
import type { Frame } from './wire/frame.js'
import { shortIdentity, type Identity } from './wire/identity.js'
import { FrameReader } from './wire/reader.js'

interface Open {
  readonly link: Link
  readonly reader: FrameReader
  readonly outbox: Outbox
  end: LinkEnd
  isClosing: boolean
  /** Its events that wait in the inbox, and the bytes that their frames came in. */
  waiting: number
  waitingBytes: number
  isPaused: boolean
  /** Frames of tags that this version does not know. */
  unknownFrames: number
}

export class LinkHall {
  readonly #clock: Clock
  readonly #post: (event: Event) => void
  readonly #log: Log
  readonly #open = new Map<LinkId, Open>()
  /** Links that were written to in this drain. */
  readonly #touched = new Set<Open>()
  #nextId = 1
  #unknownFrames = 0
  #whenEmpty: (() => void) | null = null

  constructor (clock: Clock, log: Log, post: (event: Event) => void) {
    this.#clock = clock
    this.#log = log
    this.#post = post
  }

  /** Frames of tags that this version does not know, skipped since the start, of all links. */
  get unknownFrames (): number {
    return this.#unknownFrames
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
      waiting: 0,
      waitingBytes: 0,
      isPaused: false,
      unknownFrames: 0,
    }
    this.#open.set(id, open)
    const { peer, publicKey, remote } = link
    this.#post({ kind: 'link-opened', link: id, ask, peer, publicKey, remote })
    link.start({
      bytes: chunk => { this.#onBytes(id, open, chunk) },
      closed: () => {
        this.#open.delete(id)
        this.#touched.delete(open)
        this.#tellUnknown(peer, open.unknownFrames)
        this.#post({ kind: 'link-closed', link: id, end: open.end })
        if (this.#open.size === 0) this.#whenEmpty?.()
      },
    })
  }

  /** One frame, encoded once, to some links. */
  send (links: readonly LinkId[], frame: Frame): void {
    const receivers = links.flatMap(id => this.#open.get(id) ?? []).filter(one => !one.isClosing)
    if (receivers.length === 0) return
    const bytes = encodeFrame(frame)
    for (const open of receivers) {
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

  /** The core has dealt with an event of this link: more of it may be read. */
  handled (id: LinkId): void {
    const open = this.#open.get(id)
    if (open === undefined) return
    if (--open.waiting === 0) open.waitingBytes = 0
    if (open.isPaused && open.waiting === 0) this.#read(id, open)
  }

  #onBytes (id: LinkId, open: Open, chunk: Uint8Array): void {
    if (open.isClosing) return
    open.reader.push(chunk)
    // Before the core is heard again nothing more is taken, and so TCP slows down who says more.
    if (!open.isPaused && !this.#read(id, open)) {
      this.#postOf(open, { kind: 'bytes-received', link: id })
    }
  }

  /** Posts the frames that the reader holds, as many as may wait; true when there was one. */
  #read (id: LinkId, open: Open): boolean {
    let isWhole = false
    const { framesWaitingMax, frameBytesWaitingMax } = LINK_LIMITS
    while (open.waiting < framesWaitingMax && open.waitingBytes < frameBytesWaitingMax) {
      const unreadBytes = open.reader.unreadBytes
      const frame = open.isClosing ? null : open.reader.next()
      if (frame === null) {
        if (open.isPaused && !open.isClosing) open.link.pause(false)
        open.isPaused = false
        return isWhole
      }
      // A tag of a later version is skipped; its bytes are a sign of life like any others.
      if (frame.type === 'unknown') {
        open.unknownFrames++
        this.#unknownFrames++
        continue
      }
      isWhole = true
      open.waitingBytes += unreadBytes - open.reader.unreadBytes
      if (frame.type === 'refusal') {
        this.#postOf(open, { kind: 'frame-refused', link: id, refusal: frame })
        return true
      }
      // The greeting is over at the other end: what follows may have full size. Ours is over when
      // the core says so; a peer that is refused after all gains nothing, the link closes.
      if (frame.type === 'welcome') open.reader.frameBytesMax = WIRE_LIMITS.frameBytesMax
      this.#postOf(open, { kind: 'frame-received', link: id, frame })
    }
    if (!open.isPaused) open.link.pause(true)
    open.isPaused = true
    return isWhole
  }

  #tellUnknown (peer: Identity, count: number): void {
    if (count === 0) return
    const message = `${shortIdentity(peer)} sent ${count} frames of tags unknown here: skipped`
    this.#log({ level: 'debug', area: 'links', message })
  }

  #postOf (open: Open, event: Event): void {
    open.waiting++
    this.#post(event)
  }
}
