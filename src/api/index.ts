/**
 * The second public door, `p2p-gossip/api`: the control API of a node, and its client. Whoever only
 * calls a node loads neither the server nor the node; both are loaded when they are asked for.
 * Read next: `client.ts`, `server.ts`.
 */
import type { Served } from './served.js'
import type { ServedApi, ServeOptions } from './server.js'

export { ApiClient, type EventsAsked, type SubscribeAsked } from './client.js'
export { ApiCallError, NoNodeError } from './client-errors.js'
export {
  findSockets, socketDirectory, type FoundNode, type SocketEnvironment,
} from './socket-names.js'
export type { ContactList, PrivateSide, RouteSide, Served } from './served.js'
export type { ServedApi, ServeOptions } from './server.js'
export type {
  ApiError, BatchesMatching, BulletinView, ContactAsked, ContactView, DoctorView, ExplanationView,
  ForgetAsked, Forgotten, GapView, ImportedView, InboxAsked, InboxChanged, InboxView,
  LinkMatrixView, LinkRowView, LostView, Matching, Messages, PathView, Peer, PeerAsked, PingAsked,
  Pinged, PrivateMessageView, PublishAsked, PublishedView, PurgeAsked, Purged, ScheduleAsked,
  ScheduleView, SendAsked, Sent, Status, TopicRow, WaitAsked, Waited,
} from './schemas.js'

/** Serves the API of a node until that has ended. Never rejects: the log says what went wrong. */
export async function serveApi (node: Served, options: ServeOptions): Promise<ServedApi> {
  const { serveNode } = await import('./server.js')
  return serveNode(node, options)
}

/** The API described in OpenAPI 3.1. Needs no node. */
export async function openApiDocument (): Promise<object> {
  const { openApiOf } = await import('./app.js')
  return openApiOf()
}
