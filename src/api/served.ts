/**
 * What the API needs of a node: most of its public methods, and those of private messages, which a
 * node may lack. Types only. Read next: `app.ts`.
 */
import type { Identity, Log, Node } from '../index.js'

/** Somebody whom the operator gave a name. */
export interface ContactRow {
  readonly name: string
  readonly state: 'awaiting-key' | 'unmet' | 'ready'
  readonly address: string | null
  readonly identity: Identity | null
  /** PEM of the public key made for this contact alone. */
  readonly exchangeKey: string | null
}

export interface ContactList {
  add (asked: {
    name: string, address?: string, peer?: Identity,
  }): Promise<ContactRow>
  setKey (name: string, pem: string): Promise<ContactRow>
  list (): readonly ContactRow[]
  get (name: string): ContactRow | null
  remove (name: string): Promise<void>
}

export interface PrivateRow {
  readonly from: Identity
  readonly name: string
  readonly contact: string | null
  readonly incarnation: number
  readonly seq: number
  /** Seconds since 1970. */
  readonly timestamp: number
  readonly text: string | null
  readonly content: Uint8Array
}

/** Contacts, private messages, and what is done to one peer. */
export interface PrivateSide {
  readonly contacts: ContactList
  send (
    to: string, content: Uint8Array | string,
    options?: { wait?: number | 'all', timeoutMs?: number, signal?: AbortSignal },
  ): Promise<{
    readonly to: Identity, readonly contact: string | null, readonly seq: number,
    readonly linked: number, readonly storedBy: readonly Identity[],
  }>
  inbox (
    match?: { since?: Date | number, limit?: number },
  ): readonly PrivateRow[] | Promise<readonly PrivateRow[]>
  changeInbox (): Promise<{ readonly topic: string, readonly contacts: number }>
  /** Round-trip time, ms. */
  ping (peer: Identity, options?: { timeoutMs?: number }): Promise<number>
  /** False when nothing was known of it. */
  forget (peer: Identity): Promise<boolean>
}

/** A node that is served. */
export type Served = Partial<PrivateSide> & Pick<Node,
  'id' | 'port' | 'inboxTopic' | 'closed' | 'status' | 'topics' | 'topicText' | 'peers' |
  'publish' | 'subscribe' | 'query' | 'get' | 'exportBatches' | 'importBatches' | 'purge' |
  'close' | 'schedules' | 'on' | 'off'>

/** What routes stand on. */
export interface Around {
  readonly node: Served
  /** Of the package. */
  readonly version: string
  readonly log: Log
  /** Somebody asked the node to leave; called after the answer is on its way. */
  readonly leave: () => void
}
