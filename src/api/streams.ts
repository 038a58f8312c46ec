/**
 * All streams: bounded in number; one whose connection was cut lingers 30 s and goes on when
 * somebody comes with the id of its last event. Read next: `stream.ts`, `notices.ts`, `sse.ts`.
 */
import { randomBytes } from 'node:crypto'
import { API_LIMITS } from '../limits.js'
import { ApiFault } from './errors.js'
import { Notices } from './notices.js'
import type { Served } from './served.js'
import { eventBody, eventText } from './sse.js'
import { Stream, type StreamOptions } from './stream.js'

type Body = ReadableStream<Uint8Array>

export class Streams {
  readonly #node: Served
  readonly #streams = new Map<string, Stream>()
  readonly #lingering = new Map<string, ReturnType<typeof setTimeout>>()
  readonly #notices: Notices
  #readers = 0
  #isClosed = false

  constructor (node: Served) {
    this.#node = node
    this.#notices = new Notices(newId(), node)
    void node.closed.then(() => { this.close() })
  }

  /** Streams of bulletins, those that linger among them, and readers of notices. */
  get size (): number {
    return this.#streams.size + this.#readers
  }

  /** A new stream. Throws ApiFault `streams-full` and GossipError of `subscribe`. */
  open (options: StreamOptions): Body {
    this.#checkRoom()
    const stream = new Stream(newId(), this.#node, options)
    this.#streams.set(stream.id, stream)
    return this.#bodyOf(stream, 0)
  }

  /** Goes on after the event of that id. Throws ApiFault `stream-unknown`. */
  resume (lastEventId: string): Body {
    const { id, ordinal } = parsed(lastEventId)
    const stream = this.#streams.get(id)
    if (stream === undefined) throw unknown()
    return this.#bodyOf(stream, ordinal)
  }

  /** Notices from now on, or after the event of that id. Throws ApiFault. */
  notices (lastEventId: string | null): Body {
    this.#checkRoom()
    const { id, ordinal } = lastEventId === null
      ? { id: this.#notices.id, ordinal: this.#notices.last }
      : parsed(lastEventId)
    let isGone = false
    const source = id !== this.#notices.id ? null : this.#notices.connect(ordinal, () => {
      if (!isGone) this.#readers--
      isGone = true
    })
    if (source === null) throw unknown()
    this.#readers++
    return eventBody(source, opening(`${id}-${ordinal}`))
  }

  close (): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#notices.end()
    for (const stream of this.#streams.values()) stream.end()
    for (const timer of this.#lingering.values()) clearTimeout(timer)
    this.#lingering.clear()
    this.#streams.clear()
  }

  #bodyOf (stream: Stream, after: number): Body {
    const source = stream.connect(after, () => { this.#linger(stream) })
    if (source === null) throw unknown()
    clearTimeout(this.#lingering.get(stream.id))
    this.#lingering.delete(stream.id)
    return eventBody(source, opening(stream.idAt(after)))
  }

  #linger (stream: Stream): void {
    if (this.#isClosed) return
    const timer = setTimeout(() => {
      this.#lingering.delete(stream.id)
      this.#streams.delete(stream.id)
      stream.end()
    }, API_LIMITS.streamLingerMs)
    timer.unref()
    this.#lingering.set(stream.id, timer)
  }

  #checkRoom (): void {
    if (this.size < API_LIMITS.streamsMax) return
    const what = `there are ${API_LIMITS.streamsMax} streams already: end one of them`
    throw new ApiFault('streams-full', what)
  }
}

/** The first event: whoever is cut off before any other has an id to go on from. */
function opening (id: string): string {
  return eventText(id, { name: 'open', data: '{}' })
}

function newId (): string {
  return randomBytes(9).toString('hex')
}

/** `<stream>-<ordinal>`. */
function parsed (lastEventId: string): { id: string, ordinal: number } {
  const [, id = '', ordinal = ''] = /^([0-9a-f]+)-(\d{1,15})$/.exec(lastEventId) ?? []
  if (id === '') throw unknown()
  return { id, ordinal: Number(ordinal) }
}

function unknown (): ApiFault {
  return new ApiFault('stream-unknown', 'that stream is over, or its event too old: subscribe anew')
}
