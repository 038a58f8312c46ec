/**
 * A node amid others that it is linked with or knows of only, and what they tell of their links.
 * Read next: `bulletin-bench.ts`, which it stands on.
 */
import { decodeBatch } from '../../src/wire/batch.js'
import type { Effect } from '../../src/core/effect.js'
import type { LinkId } from '../../src/core/event.js'
import type { CoreOptions } from '../../src/core/options.js'
import type { DigestRow, Frame, RelayPing, TableDigest } from '../../src/wire/frame.js'
import type { Identity } from '../../src/wire/identity.js'
import { decodeLinkTable, type LinkTable, type SignedTable } from '../../src/wire/link-table.js'
import { isRefusal } from '../../src/wire/refusal.js'
import { signedBytes } from '../../src/wire/record.js'
import { encodePingBody, type PingBody } from '../../src/wire/relay-ping.js'
import { Stand } from './bulletin-bench.js'
import { frames, NETWORK_HASH, only, type Peer } from './core-bench.js'

const OTHER_HASH = new Uint8Array(32).fill(1)

export interface Around {
  readonly stand: Stand
  /** The linked ones first. */
  readonly peers: readonly Peer[]
  /** Of the linked ones. */
  readonly links: readonly LinkId[]
}

export interface Shape {
  readonly linked: number
  /** Members that this node knows and is not linked with. */
  readonly known?: number
  /** Links among the others, by their places; those with this node go without saying. */
  readonly edges?: readonly (readonly [number, number])[]
  /** Places of those that tell no table. */
  readonly silent?: readonly number[]
  readonly options?: Partial<CoreOptions>
}

/** All tables are told and nothing is due: two seconds after the last link. */
export function around ({ linked, known = 0, edges = [], silent = [], options }: Shape): Around {
  const stand = new Stand(options)
  stand.refusesDials = true
  const peers = stand.larger(linked + known)
  const links = peers.slice(0, linked).map(peer => stand.ready(peer))
  const [first] = links
  if (first !== undefined) {
    stand.tell(first, ...peers.slice(linked).map(peer => peer.entry({}, true)))
  }
  peers.forEach((peer, place) => {
    if (silent.includes(place)) return
    const near = edges.flatMap(([one, other]) =>
      one === place ? [other] : other === place ? [one] : [])
    const told = near.flatMap(at => peers[at] ?? [])
    if (place < linked) told.push(stand.me)
    const link = links[place] ?? first
    if (link !== undefined) stand.say(link, tableFrame(peer.table(told)))
  })
  stand.live(2_000)
  return { stand, peers, links }
}

/** The first ones of a list that is that long, for tests that name them. */
export function some<T> (list: readonly T[]): [T, T, T, T] {
  return list as unknown as [T, T, T, T]
}

export function tableFrame (table: SignedTable): Frame {
  return { type: 'link-table', table }
}

/** The same table as if someone else had signed it. */
export function forged (table: SignedTable): SignedTable {
  return { ...table, signature: table.signature.map(byte => byte ^ 1) }
}

export function tableDigest (rows: readonly DigestRow[] | null, answer = false): TableDigest {
  return { type: 'table-digest', hash: OTHER_HASH, rows, answer }
}

/** Rows of all tables that the node holds, as it tells them on a link. */
export function rowsHeld (stand: Stand, link: LinkId): readonly DigestRow[] {
  const [told] = frames(stand.say(link, tableDigest(null)), 'table-digest', link)
  return told?.rows ?? []
}

/** What the node holds of one member, as `incarnation:version`; null: nothing. */
export function heldOf (stand: Stand, link: LinkId, { id }: Peer): DigestRow | null {
  return rowsHeld(stand, link).find(({ identity }) => identity === id) ?? null
}

/** Tables sent, of one owner or any, on one link or any. */
export function tablesSent (
  effects: readonly Effect[], owner?: Identity, link?: LinkId,
): { readonly table: LinkTable, readonly links: readonly LinkId[] }[] {
  return only(effects, 'send').flatMap(({ frame, links }) => {
    if (frame.type !== 'link-table' || (link !== undefined && !links.includes(link))) return []
    const table = decodeLinkTable(frame.table.body)
    if (isRefusal(table)) throw new Error(table.message)
    return owner === undefined || table.owner === owner ? [{ table, links }] : []
  })
}

/** Links that a frame of this type was sent on, ascending. */
export function sentOn (effects: readonly Effect[], type: Frame['type']): LinkId[] {
  return only(effects, 'send')
    .flatMap(({ frame, links }) => frame.type === type ? links : [])
    .sort((a, b) => a - b)
}

/** Pushed batches: links they went to with the first position of each. */
export function pushed (effects: readonly Effect[]): { first: number, links: LinkId[] }[] {
  return only(effects, 'send').flatMap(({ frame, links, isAnswer }) => {
    if (frame.type !== 'batch' || isAnswer === true) return []
    const batch = decodeBatch(frame.batch)
    if (isRefusal(batch)) throw new Error(batch.message)
    return [{ first: batch.head.first, links: [...links].sort((a, b) => a - b) }]
  })
}

/** A ping of a member that comes over others. */
export function relayPing (
  origin: Peer, sequence: number, over: Partial<PingBody> = {}, hops = 0,
): RelayPing {
  const body = encodePingBody({
    origin: origin.id, incarnation: origin.incarnation, sequence, text: 'hello', ...over,
  })
  const bytes = signedBytes('relay-ping', NETWORK_HASH, body)
  return { type: 'relay-ping', hops, ping: { body, signature: origin.keys.suite.sign(bytes) } }
}
