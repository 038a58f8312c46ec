/**
 * The client of the control API as verbs see it. The client itself is loaded only by those who
 * want it. Read next: `../api/index.ts`; `with-node.ts`, which chooses the node.
 */
import type {
  BatchesMatching, BulletinView, ContactAsked, ContactView, DoctorView, ExplanationView,
  Forgotten,
  ImportedView, InboxAsked, InboxChanged, InboxView, LinkMatrixView, Matching, Messages, PathView,
  Peer, PeerAsked, PingAsked, Pinged, PublishAsked, PublishedView, PurgeAsked, Purged,
  ScheduleAsked, ScheduleView, SendAsked, Sent, Status, TopicRow, Waited,
} from '../api/schemas.js'
import type { Environment } from './flags.js'

/** What `subscribe` of the API tells besides bulletins. */
export interface GapView {
  readonly kind: 'gap'
  readonly author: string
  readonly incarnation: number
  readonly first: number
  readonly last: number
}

/** What a reader that was too slow, or a node that began anew, did not get. */
export interface LostView {
  readonly kind: 'lost'
  readonly message: string
  /** How many, where that is known. */
  readonly count: number | null
}

export interface SubscribeAsked {
  readonly topics: string[]
  /** Milliseconds since 1970. */
  readonly since?: number
  readonly signal?: AbortSignal
}

/** One running node. Each call rejects with the errors of `ApiRoom`. */
export interface Api {
  status (): Promise<Status>
  doctor (asked: { readonly signal?: AbortSignal }): Promise<DoctorView>
  peers (): Promise<Peer[]>
  ping (asked: PingAsked): Promise<Pinged>
  /** Null when no way is known. */
  path (asked: PeerAsked): Promise<PathView | null>
  paths (): Promise<PathView[]>
  links (): Promise<LinkMatrixView>
  explain (asked: PeerAsked): Promise<ExplanationView>
  publish (asked: PublishAsked): Promise<PublishedView>
  /** Goes on after a broken connection; ends when the node left. */
  subscribe (asked: SubscribeAsked): AsyncIterable<BulletinView | GapView | LostView>
  messages (match: Matching): Promise<Messages>
  message (contentId: string): Promise<BulletinView | null>
  purge (asked: PurgeAsked): Promise<Purged>
  topics (): Promise<TopicRow[]>
  send (asked: SendAsked): Promise<Sent>
  inbox (asked: InboxAsked): Promise<InboxView>
  changeInbox (): Promise<InboxChanged>
  contacts (): Promise<ContactView[]>
  addContact (asked: ContactAsked): Promise<ContactView>
  setContactKey (name: string, pem: string): Promise<ContactView>
  removeContact (name: string): Promise<void>
  schedules (): Promise<ScheduleView[]>
  addSchedule (asked: ScheduleAsked): Promise<ScheduleView>
  removeSchedule (id: string): Promise<void>
  export (match: BatchesMatching): AsyncIterable<Uint8Array>
  import (file: AsyncIterable<Uint8Array>): Promise<ImportedView>
  wait (asked: { members: number, timeoutMs?: number }): Promise<Waited>
  leave (): Promise<void>
  forget (asked: { peer: string }): Promise<Forgotten>
}

/** A node of this machine that answers. */
export interface FoundNode {
  readonly socket: string
  readonly port: number | null
  /** Short identity. */
  readonly short: string | null
}

/** The part of `../api/index.ts` that verbs use. */
export interface ApiRoom {
  readonly ApiClient: new (socket: string) => Api
  /** The API answered with an error: `status`, `code`. */
  readonly ApiCallError: abstract new (...words: never[]) =>
    Error & { readonly status: number, readonly code: string }
  /** Nobody serves the socket, or it went away before it answered. */
  readonly NoNodeError: abstract new (...words: never[]) => Error
  findSockets (environment: Environment): Promise<FoundNode[]>
  /** OpenAPI 3.1, for which no node is needed. */
  openApiDocument (): Promise<object>
}

export async function loadApi (): Promise<ApiRoom> {
  return await import('../api/index.js')
}
