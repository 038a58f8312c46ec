/**
 * The second public door: a client of the control API of a running node, over its unix socket. It
 * loads neither the node nor the schemas. Read next: `schemas.ts`.
 */
import { existsSync, readdirSync } from 'node:fs'
import { request, type IncomingMessage } from 'node:http'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type {
  BatchesMatching, BulletinView, ContactAsked, ContactView, Forgotten, ImportedView, InboxAsked,
  InboxChanged, InboxView, Matching, Messages, Peer, PingAsked, Pinged, PublishAsked,
  PublishedView, PurgeAsked, Purged, ScheduleAsked, ScheduleView, SendAsked, Sent, Status,
  TopicRow, Waited,
} from './schemas.js'

/** The API answered with an error. */
export class ApiCallError extends Error {
  readonly status: number
  readonly code: string

  constructor (status: number, code: string, message: string) {
    super(message)
    this.name = 'ApiCallError'
    this.status = status
    this.code = code
  }
}

/** Nobody serves the socket, or it went away before it answered. */
export class NoNodeError extends Error {
  constructor (socket: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause)
    super(`no node answers at ${socket}: ${why}`, { cause })
    this.name = 'NoNodeError'
  }
}

export interface GapView {
  readonly kind: 'gap'
  readonly author: string
  readonly incarnation: number
  readonly first: number
  readonly last: number
}

export interface FoundNode {
  readonly socket: string
  readonly port: number | null
  readonly short: string | null
}

type Query = Readonly<Record<string, string | number | undefined>>

export class ApiClient {
  readonly #socket: string

  constructor (socket: string) {
    this.#socket = socket
  }

  async status (): Promise<Status> {
    return this.#call('GET', 'status')
  }

  async peers (): Promise<Peer[]> {
    return (await this.#call<{ peers: Peer[] }>('GET', 'peers')).peers
  }

  async ping (asked: PingAsked): Promise<Pinged> {
    return this.#call('POST', 'ping', asked)
  }

  async publish (asked: PublishAsked): Promise<PublishedView> {
    return this.#call('POST', 'publish', asked)
  }

  /** Bulletins as they come. Ends when the node left. */
  async * subscribe (
    { topics, since, signal }: { topics: string[], since?: number, signal?: AbortSignal },
  ): AsyncGenerator<BulletinView | GapView> {
    const query = new URLSearchParams()
    for (const topic of topics) query.append('topic', topic)
    if (since !== undefined) query.set('since', String(since))
    const answer = await this.#open('GET', `subscribe?${query.toString()}`, undefined, signal)
    try {
      for await (const line of createInterface({ input: answer })) {
        if (line.startsWith('data:')) yield JSON.parse(line.slice(5)) as BulletinView | GapView
      }
    } catch (error) {
      if (signal?.aborted !== true) throw error
    }
  }

  async messages (match: Matching): Promise<Messages> {
    return this.#call('GET', `messages${queryOf(match)}`)
  }

  async message (contentId: string): Promise<BulletinView | null> {
    try {
      return await this.#call('GET', `messages/${encodeURIComponent(contentId)}`)
    } catch (error) {
      if (error instanceof ApiCallError && error.status === 404) return null
      throw error
    }
  }

  async purge (asked: PurgeAsked): Promise<Purged> {
    return this.#call('POST', 'messages/purge', asked)
  }

  async topics (): Promise<TopicRow[]> {
    return (await this.#call<{ topics: TopicRow[] }>('GET', 'topics')).topics
  }

  async send (asked: SendAsked): Promise<Sent> {
    return this.#call('POST', 'send', asked)
  }

  async inbox (asked: InboxAsked): Promise<InboxView> {
    return this.#call('GET', `inbox${queryOf(asked)}`)
  }

  async changeInbox (): Promise<InboxChanged> {
    return this.#call('POST', 'inbox/change')
  }

  async contacts (): Promise<ContactView[]> {
    return (await this.#call<{ contacts: ContactView[] }>('GET', 'contacts')).contacts
  }

  async addContact (asked: ContactAsked): Promise<ContactView> {
    return this.#call('POST', 'contacts', asked)
  }

  async setContactKey (name: string, pem: string): Promise<ContactView> {
    return this.#call('PUT', `contacts/${encodeURIComponent(name)}/key`, { pem })
  }

  async removeContact (name: string): Promise<void> {
    await this.#call('DELETE', `contacts/${encodeURIComponent(name)}`)
  }

  async schedules (): Promise<ScheduleView[]> {
    return (await this.#call<{ schedules: ScheduleView[] }>('GET', 'schedules')).schedules
  }

  async addSchedule (asked: ScheduleAsked): Promise<ScheduleView> {
    return this.#call('POST', 'schedules', asked)
  }

  async removeSchedule (id: string): Promise<void> {
    await this.#call('DELETE', `schedules/${encodeURIComponent(id)}`)
  }

  async * export (match: BatchesMatching): AsyncGenerator<Uint8Array> {
    const answer = await this.#open('GET', `export${queryOf(match)}`)
    for await (const chunk of answer) yield chunk as Uint8Array
  }

  async import (file: AsyncIterable<Uint8Array>): Promise<ImportedView> {
    return this.#json(await this.#open('POST', 'import', Readable.from(file)))
  }

  async wait (asked: { members: number, timeoutMs?: number }): Promise<Waited> {
    return this.#call('GET', `wait${queryOf(asked)}`)
  }

  async leave (): Promise<void> {
    await this.#call('POST', 'leave')
  }

  async forget (asked: { peer: string }): Promise<Forgotten> {
    return this.#call('POST', 'forget', asked)
  }

  async #call<A> (method: string, path: string, body?: object): Promise<A> {
    const bytes = body === undefined ? undefined : Readable.from([JSON.stringify(body)])
    return this.#json(await this.#open(method, path, bytes))
  }

  async #json<A> (answer: IncomingMessage): Promise<A> {
    return JSON.parse(await textOf(answer, this.#socket) || '{}') as A
  }

  /** The answer when it is a good one; rejects with ApiCallError or NoNodeError. */
  async #open (
    method: string, path: string, body?: Readable, signal?: AbortSignal,
  ): Promise<IncomingMessage> {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const call = request({
        socketPath: this.#socket, method, path: `/v1/${path}`,
        ...(signal === undefined ? {} : { signal }),
        ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' } }),
      }, resolve)
      call.on('error', (error) => {
        reject(new NoNodeError(this.#socket, error))
      })
      if (body === undefined) call.end()
      else body.pipe(call)
    })
    const { statusCode = 500 } = answer
    if (statusCode < 400) return answer
    const { error } = JSON.parse(await textOf(answer, this.#socket)) as {
      error: { code: string, message: string }
    }
    throw new ApiCallError(statusCode, error.code, error.message)
  }
}

/** The API described in OpenAPI 3.1. Needs no node. */
export async function openApiDocument (): Promise<object> {
  return { openapi: '3.1.0' }
}

/** Sockets in the folder of this user. */
export async function findSockets (
  environment: Readonly<Record<string, string | undefined>>,
): Promise<FoundNode[]> {
  const runtime = environment['XDG_RUNTIME_DIR']
  const folder = runtime === undefined || runtime === ''
    ? join(tmpdir(), `p2p-gossip-${userInfo().uid}`)
    : join(runtime, 'p2p-gossip')
  if (!existsSync(folder)) return []
  return readdirSync(folder).filter(name => name.endsWith('.sock')).map(name => {
    const [, port = '', short] = /^(\d+)(?:-([a-z2-7]+))?\.sock$/.exec(name) ?? []
    const socket = join(folder, name)
    return { socket, port: port === '' ? null : Number(port), short: short ?? null }
  })
}

async function textOf (answer: IncomingMessage, socket: string): Promise<string> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of answer) chunks.push(chunk as Buffer)
  } catch (error) {
    throw new NoNodeError(socket, error)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function queryOf (asked: Query): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(asked)) {
    if (value !== undefined) query.set(name, String(value))
  }
  return query.size === 0 ? '' : `?${query.toString()}`
}
