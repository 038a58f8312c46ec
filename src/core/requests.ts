/**
 * Applications' own questions to a linked peer: one request, one response, both bounded and
 * counted. What a request means is the handler's business. Read next: `../requests.ts`, the
 * hallway's side.
 */
import { BULLETIN_LIMITS } from '../limits.js'
import type { Request, Response, ResponseStatus } from '../wire/frame.js'
import type { Event, LinkId, RequestId } from './event.js'
import type { LinkEntry } from './links.js'
import type { Mesh } from './mesh.js'
import { send } from './speak.js'

interface Asked {
  readonly request: RequestId
  readonly link: LinkId
  readonly id: number
}

type Answer = ResponseStatus | 'not-linked' | 'timeout' | 'closed'

const NOTHING = new Uint8Array(0)

export class Requests {
  readonly #mesh: Mesh
  /** Own requests by the id that went over the wire. */
  readonly #asked = new Map<number, Asked>()
  /** Ids of each link's requests that are being served. */
  readonly #served = new Map<LinkId, Set<number>>()
  #nextId = 1

  constructor (mesh: Mesh) {
    this.#mesh = mesh
  }

  ask ({ request, peer, name, body, timeoutMs }: Extract<Event, { kind: 'request-asked' }>): void {
    const { links, deadlines, nowMs } = this.#mesh
    const entry = links.readyOf(peer)
    if (entry === undefined) return this.#answer(request, 'not-linked')
    if (this.#asked.size >= BULLETIN_LIMITS.requestsMax) return this.#answer(request, 'busy')
    const id = this.#nextId++ >>> 0
    this.#asked.set(id, { request, link: entry.id, id })
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
    const served = this.#served.get(entry.id) ?? new Set<number>()
    this.#served.set(entry.id, served)
    if (served.has(id) || served.size >= BULLETIN_LIMITS.requestsPerLinkMax) {
      return send(this.#mesh, [entry.id], { type: 'response', id, status: 'busy', body: NOTHING })
    }
    served.add(id)
    this.#mesh.out.push({
      kind: 'serve-request', link: entry.id, id, peer: entry.peer, name: kind, body,
    })
  }

  onServed ({ link, id, status, body }: Extract<Event, { kind: 'request-served' }>): void {
    if (this.#served.get(link)?.delete(id) !== true) return
    send(this.#mesh, [link], { type: 'response', id, status, body })
  }

  onEnded (link: LinkId): void {
    this.#served.delete(link)
    for (const asked of [...this.#asked.values()]) {
      if (asked.link === link) this.#end(asked, 'closed')
    }
  }

  #end ({ request, id }: Asked, status: Answer, body: Uint8Array = NOTHING): void {
    this.#asked.delete(id)
    this.#mesh.deadlines.clear('request', id)
    this.#answer(request, status, body)
  }

  #answer (request: RequestId, status: Answer, body: Uint8Array = NOTHING): void {
    this.#mesh.out.push({ kind: 'request-answered', request, status, body })
  }
}
