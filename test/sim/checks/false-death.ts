/**
 * P7: nobody is called silent who could be heard. A `silent` is right only when the pair was cut,
 * or the peer stalled or lost power, within the silence that is waited for.
 */
import { PULSE_LIMITS } from '../../../src/limits.js'
import type { SimNode, World } from '../world.js'

/** Heartbeats come up to a second apart and travel for a while. */
const SLACK_MS = 1_500

export class FalseDeath {
  readonly #world: World
  /** End of the last disturbance of a node or a pair; Infinity while it lasts. */
  readonly #disturbedMs = new Map<string, number>()

  constructor (world: World, fail: (what: string) => void) {
    this.#world = world
    world.onNotice.push((node, notice, nowMs) => {
      if (notice.kind !== 'link-down' || notice.reason !== 'silent') return
      const peer = world.nodes.find(other => other.identity === notice.peer)
      // A peer of an earlier identity lost its process: that is a real death.
      if (peer === undefined) return
      const sinceMs = nowMs - PULSE_LIMITS.silenceMaxMs - SLACK_MS
      const keys = [nodeKey(peer), pairKey(node, peer), pairKey(peer, node)]
      if (keys.some(key => (this.#disturbedMs.get(key) ?? -Infinity) >= sinceMs)) return
      fail(`n${node.index} calls n${peer.index} silent, who could be heard`)
    })
  }

  /** The node cannot speak until `untilMs`. */
  node (node: SimNode, untilMs: number): void {
    this.#note(nodeKey(node), untilMs)
  }

  /** Packets of the pair do not arrive from now on. */
  pair (from: SimNode, to: SimNode): void {
    this.#disturbedMs.set(pairKey(from, to), Infinity)
  }

  /** Every cut ended. */
  healed (): void {
    for (const [key, untilMs] of this.#disturbedMs) {
      if (untilMs === Infinity) this.#disturbedMs.set(key, this.#world.nowMs)
    }
  }

  #note (key: string, untilMs: number): void {
    this.#disturbedMs.set(key, Math.max(this.#disturbedMs.get(key) ?? -Infinity, untilMs))
  }
}

function nodeKey (node: SimNode): string {
  return `${node.index}`
}

function pairKey (from: SimNode, to: SimNode): string {
  return `${from.index}>${to.index}`
}
