/**
 * What may be asked of the core: nothing is decided here and nothing changes. Events enter in
 * `core.ts`, which is what to read next.
 */
import type { Identity } from '../wire/identity.js'
import { INBOX_TAG, inboxOfTag, type DatedCode } from '../wire/inbox.js'
import type { HeldBatch } from './bulletins/bulletins.js'
import type { LinkId } from './event.js'
import type { Machines } from './membership.js'
import type { Mesh } from './mesh.js'
import type { ConnectView, PeerView } from './notice.js'
import { explain, linkMatrix, paths } from './routes/views.js'
import type { Explanation, LinkMatrix, Path } from './routes/vocabulary.js'
import { countsOf, peerViews, type Counts } from './views.js'

export abstract class Questions {
  protected readonly mesh: Mesh
  protected readonly machines: Machines

  constructor (mesh: Mesh, machines: Machines) {
    this.mesh = mesh
    this.machines = machines
  }

  /** Everyone known and live, as seen from here. Asks nothing of anybody. */
  peers (): PeerView[] {
    const { pulse, bulletins, routes } = this.machines
    return peerViews(this.mesh, pulse, bulletins.topics, routes)
  }

  /** The best way to a member; null when none is known. */
  path (peer: Identity): Path | null {
    return this.machines.routes.ways.pathTo(peer)
  }

  /** The best way to everyone, nearest first. */
  paths (): Path[] {
    return paths(this.mesh, this.machines.routes)
  }

  /** Who is linked with whom, as this node sees it. */
  links (): LinkMatrix {
    return linkMatrix(this.mesh, this.machines.routes)
  }

  /** What is known of a peer, and why it is not linked; null for nobody known. */
  explain (peer: Identity): Explanation | null {
    const { routes, seeks } = this.machines
    return explain(this.mesh, routes, seeks, peer)
  }

  /** What a member calls itself, stripped by whoever shows it; '' for nobody known. */
  nameOf (member: Identity): string {
    const { options, roster } = this.mesh
    return member === options.me ? options.name : roster.get(member)?.record.name ?? ''
  }

  /** The key for private messages in a member's record, 32 bytes, or null. */
  boxKeyOf (member: Identity): Uint8Array | null {
    return this.mesh.roster.get(member)?.record.boxKey ?? null
  }

  /** Where a member may be written to, as its record tells; null: it does not tell, or left. */
  inboxOf (member: Identity): DatedCode | null {
    const record = this.mesh.roster.get(member)?.record
    return record?.state === 'up' ? inboxOfTag(record.tags[INBOX_TAG]) : null
  }

  /** How many there are of what people ask for. Costs the same however much is held. */
  counts (): Counts {
    return countsOf(this.mesh, this.machines.bulletins)
  }

  /** Wall clocks of linked peers: how many, and the median of them less this one, ms. */
  clock (): { readonly peers: number, readonly offMs: number } {
    const { clocks } = this.machines
    return { peers: clocks.sizes['clocks'] ?? 0, offMs: clocks.offMs }
  }

  /** Addresses that the operator named, as they are now. */
  connects (): ConnectView[] {
    return this.machines.operator.views()
  }

  /** Own addresses as others are told them, `host:port`. */
  addresses (): readonly string[] {
    return this.mesh.self.addresses
  }

  /** Topics that each linked peer said it subscribed to, 32 bytes each. */
  topicsOfPeers (): (readonly Uint8Array[])[] {
    return this.machines.bulletins.topics.ofAll()
  }

  /** Linked members that keep what is published, for those who are away. */
  carriers (): Identity[] {
    return this.machines.bulletins.receipts.carriers()
  }

  /** The peer of a link said within so long that more of what was sent had come to it. */
  isTaking (link: LinkId, withinMs: number): boolean {
    return this.machines.pulse.isTaking(link, withinMs)
  }

  /** Every batch held. */
  heldBatches (): Iterable<HeldBatch> {
    return this.machines.bulletins.held()
  }

  /** The held batch that a bulletin is in, or null. */
  batchAt (author: Identity, incarnation: number, position: number): HeldBatch | null {
    return this.machines.bulletins.batchAt(author, incarnation, position)
  }

  /** The peer that handed over a held bulletin; null when none is remembered. */
  deliveredBy (author: Identity, incarnation: number, position: number): Identity | null {
    return this.machines.bulletins.deliveredBy(author, incarnation, position)
  }
}
