/**
 * The API's client: one method for each path. Loads Node's HTTP and nothing else, so that a verb
 * starts quickly. Read next: `call.ts`, `event-reader.ts`, and `schemas.ts` for the shapes.
 */
import { ask, open, type Call } from './call.js'
import { ApiCallError, NoNodeError } from './client-errors.js'
import { eventsOf, type SentEvent } from './event-reader.js'
import type * as Shapes from './schemas.js'

export interface SubscribeAsked {
  readonly topics: readonly string[]
  /** Also what is held since then, ms since 1970. */
  readonly since?: number
  readonly signal?: AbortSignal
}

export interface EventsAsked {
  readonly signal?: AbortSignal
}

/** Calls a node. Every method rejects with NoNodeError or ApiCallError. */
export class ApiClient {
  /** Path of the socket. */
  readonly socket: string

  constructor (socket: string) {
    this.socket = socket
  }

  async status (): Promise<Shapes.Status> {
    return await this.#get('/v1/status') as Shapes.Status
  }

  /** What may be wrong there. Takes half a second. */
  async doctor ({ signal }: { readonly signal?: AbortSignal } = {}): Promise<Shapes.DoctorView> {
    return await this.#ask({ method: 'GET', path: '/v1/doctor', signal }) as Shapes.DoctorView
  }

  async peers (): Promise<Shapes.Peer[]> {
    return (await this.#get('/v1/peers') as { peers: Shapes.Peer[] }).peers
  }

  async ping (asked: Shapes.PingAsked): Promise<Shapes.Pinged> {
    return await this.#post('/v1/ping', asked) as Shapes.Pinged
  }

  /** The best way to a peer; null when none is known. */
  async path (asked: Shapes.PeerAsked): Promise<Shapes.PathView | null> {
    return (await this.#get(withQuery('/v1/path', asked)) as { path: Shapes.PathView | null }).path
  }

  async paths (): Promise<Shapes.PathView[]> {
    return (await this.#get('/v1/paths') as { paths: Shapes.PathView[] }).paths
  }

  /** Who is linked with whom. */
  async links (): Promise<Shapes.LinkMatrixView> {
    return await this.#get('/v1/links') as Shapes.LinkMatrixView
  }

  /** What is known of a peer, and why it has no link. */
  async explain (asked: Shapes.PeerAsked): Promise<Shapes.ExplanationView> {
    return await this.#get(withQuery('/v1/explain', asked)) as Shapes.ExplanationView
  }

  async publish (asked: Shapes.PublishAsked): Promise<Shapes.PublishedView> {
    return await this.#post('/v1/publish', asked) as Shapes.PublishedView
  }

  /**
   * Bulletins of topics as they come. A connection that is cut is made again and goes on where it
   * was; ends when the node left. What has a `kind` is no bulletin: a gap, or something lost.
   */
  async * subscribe (
    { topics, since, signal }: SubscribeAsked,
  ): AsyncGenerator<Shapes.BulletinView | Shapes.GapView | Shapes.LostView, void, undefined> {
    const path = withQuery('/v1/subscribe', { topic: topics, since })
    for await (const { data } of eventsOf(this.socket, path, { signal, lost: lostEvent })) {
      yield JSON.parse(data) as Shapes.BulletinView | Shapes.GapView | Shapes.LostView
    }
  }

  /** Notices of the node as they come, each with its `kind`; ends when the node left. */
  async * events ({ signal }: EventsAsked = {}): AsyncGenerator<object, void, undefined> {
    for await (const { data } of eventsOf(this.socket, '/v1/events', { signal, lost: lostEvent })) {
      yield JSON.parse(data) as object
    }
  }

  /** Bulletins held there, oldest first. */
  async messages (match: Shapes.Matching = {}): Promise<Shapes.Messages> {
    return await this.#get(withQuery('/v1/messages', match)) as Shapes.Messages
  }

  /** Null when nobody has it. */
  async message (contentId: string): Promise<Shapes.BulletinView | null> {
    try {
      const path = `/v1/messages/${encodeURIComponent(contentId)}`
      return await this.#get(path) as Shapes.BulletinView
    } catch (error) {
      if (error instanceof ApiCallError && error.code === 'message-unknown') return null
      throw error
    }
  }

  async purge (asked: Shapes.PurgeAsked): Promise<Shapes.Purged> {
    return await this.#post('/v1/messages/purge', asked) as Shapes.Purged
  }

  async topics (): Promise<Shapes.TopicRow[]> {
    return (await this.#get('/v1/topics') as { topics: Shapes.TopicRow[] }).topics
  }

  async send (asked: Shapes.SendAsked): Promise<Shapes.Sent> {
    return await this.#post('/v1/send', asked) as Shapes.Sent
  }

  async inbox (asked: Shapes.InboxAsked = {}): Promise<Shapes.InboxView> {
    return await this.#get(withQuery('/v1/inbox', asked)) as Shapes.InboxView
  }

  async changeInbox (): Promise<Shapes.InboxChanged> {
    return await this.#post('/v1/inbox/change') as Shapes.InboxChanged
  }

  async contacts (): Promise<Shapes.ContactView[]> {
    return (await this.#get('/v1/contacts') as { contacts: Shapes.ContactView[] }).contacts
  }

  async addContact (asked: Shapes.ContactAsked): Promise<Shapes.ContactView> {
    return await this.#post('/v1/contacts', asked) as Shapes.ContactView
  }

  async setContactKey (name: string, pem: string): Promise<Shapes.ContactView> {
    const path = `/v1/contacts/${encodeURIComponent(name)}/key`
    return await this.#ask({ method: 'PUT', path, body: { pem } }) as Shapes.ContactView
  }

  async removeContact (name: string): Promise<void> {
    await this.#ask({ method: 'DELETE', path: `/v1/contacts/${encodeURIComponent(name)}` })
  }

  async schedules (): Promise<Shapes.ScheduleView[]> {
    return (await this.#get('/v1/schedules') as { schedules: Shapes.ScheduleView[] }).schedules
  }

  async addSchedule (asked: Shapes.ScheduleAsked): Promise<Shapes.ScheduleView> {
    return await this.#post('/v1/schedules', asked) as Shapes.ScheduleView
  }

  async removeSchedule (id: string): Promise<void> {
    await this.#ask({ method: 'DELETE', path: `/v1/schedules/${encodeURIComponent(id)}` })
  }

  /** The bytes of a file with the batches that match. */
  async * export (
    match: Shapes.BatchesMatching = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const call = { method: 'GET', path: withQuery('/v1/export', match) } as const
    const file = await open(this.socket, call)
    try {
      yield * file as AsyncIterable<Uint8Array>
    } catch (error) {
      throw new NoNodeError(this.socket, error)
    } finally {
      file.destroy()
    }
  }

  async import (file: AsyncIterable<Uint8Array>): Promise<Shapes.ImportedView> {
    const call = { method: 'POST', path: '/v1/import', file } as const
    return await this.#ask(call) as Shapes.ImportedView
  }

  async wait (asked: Shapes.WaitAsked): Promise<Shapes.Waited> {
    return await this.#get(withQuery('/v1/wait', asked)) as Shapes.Waited
  }

  async leave (): Promise<void> {
    await this.#post('/v1/leave')
  }

  async forget (asked: Shapes.ForgetAsked): Promise<Shapes.Forgotten> {
    return await this.#post('/v1/forget', asked) as Shapes.Forgotten
  }

  #get (path: string): Promise<unknown> {
    return this.#ask({ method: 'GET', path })
  }

  #post (path: string, body?: object): Promise<unknown> {
    return this.#ask({ method: 'POST', path, body })
  }

  #ask (call: Call): Promise<unknown> {
    return ask(this.socket, call)
  }
}

function withQuery (
  path: string, query: Readonly<Record<string, string | number | readonly string[] | undefined>>,
): string {
  const words = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value ?? []].flat()) words.append(name, String(one))
  }
  return words.size === 0 ? path : `${path}?${words.toString()}`
}

function lostEvent (message: string): SentEvent {
  return { id: '', name: 'lost', data: JSON.stringify({ kind: 'lost', message, count: null }) }
}
