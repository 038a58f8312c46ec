/**
 * P7: nobody is called silent who could be heard. A `silent` is right only when the pair was cut or
 * its packets were kept for more than a second, or the peer stalled or lost power, within the
 * silence that is waited for.
 */
import { PULSE_LIMITS } from '../../../src/limits.js'
import type { Notice } from '../../../src/core/notice.js'
import type { Identity } from '../../../src/wire/identity.js'
import type { Watch } from '../watch.js'
import type { SimNode, World } from '../world.js'

/** Heartbeats come up to a second apart and travel for a while. */
const SLACK_MS = 1_500
/** A peer that is stalled when the power goes notices it so much later, the machine back or not. */
const NOTICED_LATE_MS = 12_000

export class FalseDeath {
  readonly #world: World
  readonly #watch: Watch
  /** End of the last disturbance of a node or a pair; Infinity while it lasts. */
  readonly #disturbedMs = new Map<string, number>()

  /** Machines that ever ran with an identity. */
  readonly #machines = new Map<Identity, Set<SimNode>>()

  constructor (world: World, watch: Watch) {
    this.#world = world
    this.#watch = watch
    world.onStart.push(node => {
      const machines = this.#machines.get(node.identity) ?? new Set<SimNode>()
      this.#machines.set(node.identity, machines.add(node))
      // Without power it was silent until now, whatever was healed meanwhile.
      const key = nodeKey(node)
      if (this.#disturbedMs.get(key) !== Infinity) return
      this.#disturbedMs.set(key, this.#world.nowMs + NOTICED_LATE_MS)
    })
    world.onNotice.push((node, notice, nowMs) => {
      if (notice.kind !== 'link-down' || node.isHostile) return
      watch.looked('false-death')
      if (notice.reason === 'silent') this.#onSilent(node, notice, nowMs)
    })
  }

  /** The node cannot speak until `untilMs`; Infinity: until it starts again. */
  node (node: SimNode, untilMs: number): void {
    this.#note(nodeKey(node), untilMs)
  }

  /** Packets of the pair do not arrive from now on, or not before `untilMs`. */
  pair (from: SimNode, to: SimNode, untilMs = Infinity): void {
    this.#note(pairKey(from, to), untilMs)
  }

  /** Every cut ended. */
  healed (): void {
    for (const [key, untilMs] of this.#disturbedMs) {
      if (untilMs === Infinity && isPair(key)) this.#disturbedMs.set(key, this.#world.nowMs)
    }
  }

  #onSilent (
    node: SimNode, { peer }: Extract<Notice, { kind: 'link-down' }>, nowMs: number,
  ): void {
    const machines = [...this.#machines.get(peer) ?? []]
    // A machine of an earlier identity lost its process: that is a real death. Twins answer for
    // each other, and a hostile one may well say nothing.
    const sinceMs = nowMs - PULSE_LIMITS.silenceMaxMs - SLACK_MS
    const isRight = machines.length === 0 || machines.some(machine =>
      machine.isHostile || machine.identity !== peer || this.#lastMs(machine, node) >= sinceMs)
    if (isRight) return
    const named = machines.map(({ index }) => `n${index}`).join()
    this.#watch.fail('false-death', `n${node.index} calls ${named} silent, who could be heard`)
  }

  /** End of the last disturbance between two machines. */
  #lastMs (peer: SimNode, node: SimNode): number {
    const keys = [nodeKey(peer), pairKey(node, peer), pairKey(peer, node)]
    return Math.max(...keys.map(key => this.#disturbedMs.get(key) ?? -Infinity))
  }

  #note (key: string, untilMs: number): void {
    this.#disturbedMs.set(key, Math.max(this.#disturbedMs.get(key) ?? -Infinity, untilMs))
  }
}

function nodeKey (node: SimNode): string {
  return `${node.index}`
}

function isPair (key: string): boolean {
  return key.includes('>')
}

function pairKey (from: SimNode, to: SimNode): string {
  return `${from.index}>${to.index}`
}
