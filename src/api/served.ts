/**
 * What the API needs of a node: most of its public methods. Types only. Read next: `app.ts`.
 */
import type { Contacts, Log, Node } from '../index.js'

export type ContactList = Pick<Contacts, 'add' | 'setKey' | 'list' | 'get' | 'remove'>

/** Contacts, private messages, and what is done to one peer. */
export interface PrivateSide
  extends Pick<Node, 'send' | 'inbox' | 'changeInbox' | 'ping' | 'forget'> {
  readonly contacts: ContactList
}

/** Who is linked with whom, and the ways to peers. */
export type RouteSide = Pick<Node, 'path' | 'paths' | 'links' | 'explain'>

/** A node that is served. */
export type Served = PrivateSide & RouteSide & Pick<Node,
  'id' | 'port' | 'inboxTopic' | 'closed' | 'status' | 'health' | 'topics' | 'topicText' |
  'peers' | 'publish' | 'subscribe' | 'query' | 'get' | 'exportBatches' | 'importBatches' |
  'purge' | 'close' | 'schedules' | 'on' | 'off' | 'deliveredBy'>

/** What routes stand on. */
export interface Around {
  readonly node: Served
  /** Of the package. */
  readonly version: string
  readonly log: Log
  /** Somebody asked the node to leave; called after the answer is on its way. */
  readonly leave: () => void
}
