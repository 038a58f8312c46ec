/**
 * Applications' own questions to a linked peer: one request, one response, both bounded in number
 * and bytes. What a request means is the handler's business. Read next: `../hall/requests.ts`, the
 * hallway's side.
 */
import { BULLETIN_LIMITS } from '../limits.js'
import { utf8Encode } from '../wire/bytes.js'
import type { Request, Response, ResponseStatus } from '../wire/frame.js'
import type { Event, LinkId, RequestId } from './event.js'
import type { LinkEntry } from './links.js'
import type { Mesh } from './mesh.js'
import { send } from './speak.js'

interface Asked {
  readonly request: RequestId
  readonly link: LinkId
  readonly id: number
  readonly bytes: number
}

/** What one link asked and waits for: the bytes of each request by its id. */
interface Served {
  readonly byId: Map<number, number>
  bytes: number
}

type Answer = ResponseStatus | 'not-linked' | 'timeout' | 'closed'

const NOTHING = new Uint8Array(0)
const NO_ROOM = utf8Encode('too many answers wait for the link')

export class Requests {
  readonly #mesh: Mesh
  /** Own requests by the id that went over the wire. */
  readonly #asked = new Map<number, Asked>()
  /** Bytes of own requests that wait for their answers. */
  readonly #askedBytes = new Map<LinkId, number>()
  readonly #served = new Map<LinkId, Served>()
  #nextId = 1

  constructor (mesh: Mesh) {
    this.#mesh = mesh
  }

  ask ({ request, peer, name, body, timeoutMs }: Extract<Event, { kind: 'request-asked' }>): void {
    const { links, deadlines, nowMs } = this.#mesh
    const entry = links.readyOf(peer)
    if (entry === undefined) return this.#answer(request, 'not-linked')
    const { requestsMax, requestBytesPerLinkMax } = BULLETIN_LIMITS
    const bytes = (this.#askedBytes.get(entry.id) ?? 0) + body.length
    if (this.#asked.size >= requestsMax || bytes > requestBytesPerLinkMax) {
      return this.#answer(request, 'busy')
    }
    const id = this.#nextId++ >>> 0
    this.#asked.set(id, { request, link: entry.id, id, bytes: body.length })
    this.#askedBytes.set(entry.id, bytes)
    deadlines.set('request', id, nowMs + timeoutMs)
    send(this.#mesh, [entry.id], { type: 'request', id, kind: name, body })
  }

  onResponse (entry: LinkEntry, { id, status, body }: Response): void {
    const asked = this.#asked.get(id)
    // Late, or never asked: nobody waits for it.
    if (asked?.link !== entry.id) return
    this.#end(asked, status, body)
  }

  onRequestDue (id: number): void {
    const asked = this.#asked.get(id)
    if (asked !== undefined) this.#end(asked, 'timeout')
  }

  onRequest (entry: LinkEntry, { id, kind, body }: Request): void {
    const { requestsPerLinkMax, requestBytesPerLinkMax } = BULLETIN_LIMITS
    const served = this.#served.get(entry.id) ?? { byId: new Map<number, number>(), bytes: 0 }
    this.#served.set(entry.id, served)
    const isFull = served.byId.size >= requestsPerLinkMax ||
      served.bytes + body.length > requestBytesPerLinkMax
    if (isFull || served.byId.has(id)) {
      return send(this.#mesh, [entry.id], { type: 'response', id, status: 'busy', body: NOTHING })
    }
    served.byId.set(id, body.length)
    served.bytes += body.length
    this.#mesh.out.push({
      kind: 'serve-request', link: entry.id, id, peer: entry.peer, name: kind, body,
    })
  }

  onServed ({ link, id, status, body }: Extract<Event, { kind: 'request-served' }>): void {
    const served = this.#served.get(link)
    const bytes = served?.byId.get(id)
    if (served === undefined || bytes === undefined) return
    served.byId.delete(id)
    served.bytes -= bytes
    send(this.#mesh, [link], { type: 'response', id, status, body })
  }

  /** There was no room on the link, nothing of it left: whoever waits for the answer is told. */
  onOverflowed ({ link, id, what }: Extract<Event, { kind: 'request-overflowed' }>): void {
    const asked = this.#asked.get(id)
    if (what === 'response') {
      send(this.#mesh, [link], { type: 'response', id, status: 'failed', body: NO_ROOM })
    } else if (asked?.link === link) {
      this.#end(asked, 'busy')
    }
  }

  onEnded (link: LinkId): void {
    this.#served.delete(link)
    for (const asked of [...this.#asked.values()]) {
      if (asked.link === link) this.#end(asked, 'closed')
    }
    this.#askedBytes.delete(link)
  }

  #end ({ request, link, id, bytes }: Asked, status: Answer, body: Uint8Array = NOTHING): void {
    this.#asked.delete(id)
    this.#askedBytes.set(link, (this.#askedBytes.get(link) ?? 0) - bytes)
    this.#mesh.deadlines.clear('request', id)
    this.#answer(request, status, body)
  }

  #answer (request: RequestId, status: Answer, body: Uint8Array = NOTHING): void {
    this.#mesh.out.push({ kind: 'request-answered', request, status, body })
  }
}
