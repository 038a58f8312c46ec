/**
 * The hallway's table of connections: chunks become frames on the way in, frames become writes on
 * the way out. Posts facts, decides nothing. Read next: `node.ts`, `outbox.ts`, `wire/reader.ts`.
 */
import type { Effect } from './core/effect.js'
import type { AskId, Event, LinkEnd, LinkId } from './core/event.js'
import { LINK_LIMITS, WIRE_LIMITS } from './limits.js'
import { Outbox, SharedBytes, type Lane } from './outbox.js'
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
  /** Its checks pile up: nothing more is read whatever the inbox says. */
  isHeld: boolean
  /** Frames of tags that this version does not know. */
  unknownFrames: number
}

export class LinkHall {
  readonly #clock: Clock
  readonly #post: (event: Event) => void
  readonly #log: Log
  readonly #isTaking: (link: LinkId, withinMs: number) => boolean
  readonly #open = new Map<LinkId, Open>()
  /** Links that were written to in this drain. */
  readonly #touched = new Set<Open>()
  readonly #shared = new SharedBytes()
  #nextId = 1
  #unknownFrames = 0
  #whenEmpty: (() => void) | null = null

  /**
   * `isTaking`: the peer said within so long that more had come to it, though no write was
   * completed: what the system took for a slow line may take it longer than that to send.
   */
  constructor (
    clock: Clock, log: Log, post: (event: Event) => void,
    isTaking: (link: LinkId, withinMs: number) => boolean = () => false,
  ) {
    this.#isTaking = isTaking
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
      outbox: new Outbox(link, () => this.#clock.nowMs(), () => { open.outbox.flush() },
        this.#shared),
      end: 'closed',
      isClosing: false,
      waiting: 0,
      waitingBytes: 0,
      isPaused: false,
      isHeld: false,
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
        open.outbox.close()
        this.#tellUnknown(peer, open.unknownFrames)
        this.#post({ kind: 'link-closed', link: id, end: open.end })
        if (this.#open.size === 0) this.#whenEmpty?.()
      },
    })
  }

  /** Bulletins handed out before still wait for some link. */
  get isBusy (): boolean {
    for (const { outbox } of this.#open.values()) if (outbox.hasBulletins) return true
    return false
  }

  /** The checks of what a link sent pile up (true), or are done (false). */
  pause (id: LinkId, paused: boolean): void {
    const open = this.#open.get(id)
    if (open === undefined || open.isHeld === paused) return
    open.isHeld = paused
    if (!paused) this.#read(id, open)
    if (!open.isPaused && !open.isClosing) open.link.pause(paused)
  }

  /** One frame, encoded once, to some links. */
  send ({ links, frame, isAnswer = false }: Extract<Effect, { kind: 'send' }>): void {
    const receivers: [LinkId, Open][] = []
    for (const id of links) {
      const open = this.#open.get(id)
      if (open !== undefined && !open.isClosing) receivers.push([id, open])
    }
    if (receivers.length === 0) return
    const bytes = encodeFrame(frame)
    const lane = laneOf(frame, isAnswer)
    for (const [id, open] of receivers) {
      const isQueued = open.outbox.push(bytes, lane) === 'queued'
      if (this.#isStalled(id, open)) this.#cut(open)
      else if (isQueued) this.#touched.add(open)
      else this.#onOverflow(id, open, frame, lane)
    }
  }

  #isStalled (id: LinkId, { outbox }: Open): boolean {
    return outbox.isStalled && !this.#isTaking(id, LINK_LIMITS.stalledAfterMs)
  }

  #onOverflow (link: LinkId, open: Open, frame: Frame, lane: Lane): void {
    if (lane === 'bulletins') {
      open.outbox.dropBulletins()
      this.#post({ kind: 'link-overflowed', link })
    } else if (lane === 'requests') {
      // What an application has too much of ends no link. A refusal that has no room is not sent:
      // whoever asked does not wait for ever.
      if (frame.type === 'request' || (frame.type === 'response' && frame.status === 'answered')) {
        this.#post({ kind: 'request-overflowed', link, id: frame.id, what: frame.type })
      }
    } else {
      this.#cut(open)
    }
  }

  /** The peer takes nothing, or far less than it is owed. */
  #cut (open: Open): void {
    open.end = 'stalled'
    open.isClosing = true
    open.outbox.close()
    open.link.close(0)
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
    if (open.isPaused && !open.isHeld && open.waiting === 0) this.#read(id, open)
  }

  #onBytes (id: LinkId, open: Open, chunk: Uint8Array): void {
    if (open.isClosing) return
    open.reader.push(chunk)
    // Before the core is heard again nothing more is taken, and so TCP slows down who says more.
    if (!open.isPaused && !open.isHeld && !this.#read(id, open)) {
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
        if (open.isPaused && !open.isClosing && !open.isHeld) open.link.pause(false)
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

/** Live batches give way to all that keeps the mesh together, answers and requests to live ones. */
function laneOf (frame: Frame, isAnswer: boolean): Lane {
  if (frame.type === 'request' || frame.type === 'response') return 'requests'
  if (frame.type === 'batch') return isAnswer ? 'answers' : 'bulletins'
  return isAnswer || frame.type === 'log-answer' ? 'answers' : 'control'
}
