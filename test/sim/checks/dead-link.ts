/**
 * Part of P2: nobody keeps a dead link. When nothing can arrive at one of its ends any more, both
 * ends have let go of it within 4.5 s; when a process dies and its kernel says so, its peers have
 * within half a second and the way there. A stalled process judges nobody: its time counts from
 * when it runs again, and so does that of its peers, who may hear then what it had still to say.
 */
import type { Side } from '../network.js'
import type { Watch } from '../watch.js'
import type { SimNode, World } from '../world.js'

/** Silence is judged after 3.5 s; the end of the link travels, too. */
const DEAD_MAX_MS = 4_500
const CRASH_MAX_MS = 500
/** So long what was sent while packets were slow may still be under way. */
const SLOW_FOR_MS = 10_000

export class DeadLink {
  readonly #world: World
  readonly #watch: Watch
  /** When each machine could act and speak again after it had been stalled. */
  readonly #awakeMs = new Map<number, number>()
  /** By link: how slow its packets were at most a moment ago, there and back, and when. */
  readonly #slow = new WeakMap<Side, { readonly ms: number, readonly atMs: number }>()

  constructor (world: World, watch: Watch) {
    this.#world = world
    this.#watch = watch
    // Who sends a heartbeat holds the link for ready.
    world.onSent.push((side, frame) => {
      if (frame.type === 'heartbeat') this.#onHeartbeat(side)
    })
    world.onCrash.push(node => { this.#onCrash(node) })
  }

  /** The node does nothing until `untilMs`. */
  stalled (node: SimNode, untilMs: number): void {
    this.#awakeMs.set(node.index, untilMs)
  }

  #onHeartbeat (side: Side): void {
    const { network, nowMs } = this.#world
    const underWayMs = this.#underWayMs(side)
    const deafMs = network.deafSinceMs(side) ?? network.deafSinceMs(side.other)
    if (deafMs === null) return
    this.#watch.looked('dead-link')
    const sinceMs = Math.max(deafMs, this.#awakeAtMs(side.node), this.#awakeAtMs(side.other.node))
    const forMs = nowMs - sinceMs
    if (forMs <= DEAD_MAX_MS + underWayMs) return
    this.#watch.fail('dead-link', `n${side.node} still holds its link with n${side.other.node}, ` +
      `where for ${Math.round(forMs)} ms nothing could arrive at one of the ends`)
  }

  /** How long what was sent of late may take, there and back, beyond the usual. */
  #underWayMs (side: Side): number {
    const { network, nowMs } = this.#world
    const ms = network.slowerMs(side.node, side.other.node) +
      network.slowerMs(side.other.node, side.node)
    const before = this.#slow.get(side)
    if (before !== undefined && before.ms > ms && nowMs - before.atMs < SLOW_FOR_MS) {
      return before.ms
    }
    this.#slow.set(side, { ms, atMs: nowMs })
    return ms
  }

  /** Every peer must have seen the end when it had the time to, unless it cannot arrive. */
  #onCrash (dying: SimNode): void {
    for (const { side } of dying.sides.values()) {
      const far = side.other
      const peer = this.#world.nodes[far.node]
      if (peer === undefined || !far.isOpen || far.isBroken) continue
      const { run } = peer
      const dueMs = this.#world.nowMs + CRASH_MAX_MS +
        this.#world.network.arrivalMaxMs(side)
      this.#world.at(dueMs, () => {
        const isHeld = peer.run === run && [...peer.sides.values()].some(one => one.side === far)
        if (isHeld && this.#couldKnow(far, dueMs)) {
          this.#watch.fail('dead-link', `n${peer.index} was not told that n${dying.index} ended`)
        }
      })
      this.#watch.looked('dead-link')
    }
  }

  #couldKnow (far: Side, nowMs: number): boolean {
    return this.#world.network.deafSinceMs(far) === null && this.#awakeAtMs(far.node) < nowMs
  }

  #awakeAtMs (node: number): number {
    return this.#awakeMs.get(node) ?? -Infinity
  }
}
