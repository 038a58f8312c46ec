/**
 * What an operator asks a node about itself: its state in numbers, and its topics. Counted where it
 * is kept, so that a busy node answers at once. Read next: `core/views.ts`, `bulletin-board.ts`.
 */
import type { Core } from '../core/core.js'
import { HALLWAY_LIMITS } from '../limits.js'
import type { ResolvedOptions } from '../options.js'
import type { Ports } from '../ports.js'
import { toHex } from '../wire/hex.js'
import type { Identity } from '../wire/identity.js'
import type { BulletinBoard } from './bulletin-board.js'

/** A node in numbers. */
export interface NodeStatus {
  readonly id: Identity
  readonly name: string
  /** `host:port` that another machine may connect to. */
  readonly address: string
  readonly port: number
  readonly network: string
  readonly startedAt: Date
  /** Known and not gone, this node included. */
  readonly members: number
  /** Peers with a ready link. */
  readonly linked: number
  readonly bulletins: { readonly held: number, readonly bytes: number, readonly quota: number }
  /** Batches that came over links in this run, and how many of them were here already. */
  readonly batches: { readonly received: number, readonly known: number }
  /** Topics subscribed to here. */
  readonly topics: number
  /** 64 hex digits. */
  readonly inboxTopic: string
  /** Directory, or null: in memory. */
  readonly data: string | null
}

/** What is known here of a topic. */
export interface TopicRow {
  /** 64 hex digits. */
  readonly topic: string
  /** Its descriptor, where this node was told it. */
  readonly text: string | null
  readonly isSubscribed: boolean
  /** Linked peers that subscribe to it. */
  readonly peers: number
  /** Bulletins held here. */
  readonly held: number
}

/** Of the node, as it is now. */
type Own = Pick<NodeStatus, 'id' | 'address' | 'port' | 'inboxTopic'>

interface Surroundings {
  readonly ports: Pick<Ports, 'bulletins' | 'clock'>
  readonly options: Pick<ResolvedOptions, 'name' | 'network' | 'quota' | 'data'>
  readonly core: Pick<Core, 'counts' | 'topicsOfPeers'>
  readonly board: Pick<BulletinBoard, 'subscribed' | 'textOf'>
}

/** Peers whose topics are counted before others have their turn. */
const PEERS_AT_ONCE = 16

export class Overview {
  readonly #around: Surroundings
  readonly #startedMs: number

  constructor (around: Surroundings) {
    this.#around = around
    this.#startedMs = around.ports.clock.wallMs()
  }

  status ({ id, address, port, inboxTopic }: Own): NodeStatus {
    const { options: { name, network, quota, data }, core } = this.#around
    const { members, linked, held, bytes, topics, batches } = core.counts()
    return {
      id, address, port, inboxTopic, name, network, data, members, linked, topics, batches,
      startedAt: new Date(this.#startedMs),
      bulletins: { held, bytes, quota },
    }
  }

  /** Those subscribed to first, then by how much is held. */
  async topics (): Promise<TopicRow[]> {
    const { ports, board } = this.#around
    const [held, peers] = [await ports.bulletins.topicCounts(), await this.#countPeers()]
    const own = new Set(board.subscribed())
    const rows = [...new Set([...own, ...held.keys(), ...peers.keys()])].map(topic => ({
      topic,
      text: board.textOf(topic),
      isSubscribed: own.has(topic),
      peers: peers.get(topic) ?? 0,
      held: held.get(topic) ?? 0,
    }))
    return rows.sort(compareRows).slice(0, HALLWAY_LIMITS.topicRowsMax)
  }

  async #countPeers (): Promise<Map<string, number>> {
    const counts = new Map<string, number>()
    for (const [index, topics] of this.#around.core.topicsOfPeers().entries()) {
      for (const topic of topics) {
        const id = toHex(topic)
        counts.set(id, (counts.get(id) ?? 0) + 1)
      }
      if (index % PEERS_AT_ONCE === PEERS_AT_ONCE - 1) await this.#breath()
    }
    return counts
  }

  #breath (): Promise<void> {
    return new Promise(resolve => { this.#around.ports.clock.breathe(resolve) })
  }
}

function compareRows (one: TopicRow, other: TopicRow): number {
  if (one.isSubscribed !== other.isSubscribed) return one.isSubscribed ? -1 : 1
  if (one.held !== other.held) return other.held - one.held
  if (one.peers !== other.peers) return other.peers - one.peers
  return one.topic < other.topic ? -1 : 1
}
