/**
 * A network under virtual time: connections that deliver in order after a delay, cuts and stalls
 * behind which bytes wait as TCP makes them wait, resets, connections that break and lose what was
 * under way, refused and unanswered dials, half-open connections, machines without power.
 * Knows nothing of frames or of the core. Read next: `world.ts`.
 */
import type { Random } from '../../src/core/random.js'

/** One end of a connection. */
export interface Side {
  readonly node: number
  /** Who that machine was when the connection was made; a restart may make it another. */
  readonly identity: string
  readonly id: number
  other: Side
  isOpen: boolean
  /** Bytes to this side that wait behind a cut; null is the end of the connection. */
  readonly waiting: (Uint8Array | null)[]
  lastArrivalMs: number
  /** What arrives waits since then: its reader is slow, or the way stalls. */
  heldSinceMs: number | null
  /** Its process reads no further for now. */
  isPaused: boolean
  /** Something arrived last then; what waited before a cut may arrive after it. */
  heardMs: number
  /** Since then nothing can arrive for good: the other end is gone and could not say so. */
  deafSinceMs: number | null
  /** What was under way is lost, and whoever still sends learns of the end by it. */
  isBroken: boolean
}

export interface NetworkHandlers {
  schedule (atMs: number, action: () => void): void
  nowMs (): number
  /** True when a process listens at the node. */
  isUp (node: number): boolean
  identityOf (node: number): string
  opened (side: Side, dial: number | null): void
  dialFailed (node: number, dial: number, code: string): void
  bytes (side: Side, bytes: Uint8Array): void
  closed (side: Side): void
}

/** How long a dial waits for an answer, as the real transport is told (limits.ts). */
const CONNECT_MAX_MS = 3_000
/** When TCP sends its SYN again. */
const SYN_AGAIN_MS = [0, 1_000, 3_000]

/** Keys of ways: `from` and `to` in one number. */
const WAYS = 65_536

export class Network {
  readonly #handlers: NetworkHandlers
  readonly #random: Random
  readonly #latencyMs: { least: number, spread: number }
  readonly #sides = new Set<Side>()
  readonly #dials = new Set<number>()
  #nextSide = 1
  /** Ways on which packets do not arrive, and since when. */
  readonly #cut = new Map<number, number>()
  /** Ways on which packets take so much longer. */
  readonly #slower = new Map<number, number>()
  /** Ways `a>b` where a cannot open a connection to b, though b can to a (a firewall, a NAT). */
  readonly #noDial = new Set<number>()
  /** Machines without power: nothing answers there, nothing is refused. */
  readonly #dark = new Set<number>()

  constructor (
    handlers: NetworkHandlers, random: Random, latencyMs: { least: number, spread: number },
  ) {
    this.#handlers = handlers
    this.#random = random
    this.#latencyMs = latencyMs
  }

  /** Packets from `from` no longer arrive at `to`. */
  cut (from: number, to: number): void {
    if (!this.isCut(from, to)) this.#cut.set(wayOf(from, to), this.#handlers.nowMs())
  }

  /** Packets from `from` to `to` take so much longer than others; 0 ends it. */
  slow (from: number, to: number, byMs: number): void {
    if (byMs > 0) this.#slower.set(wayOf(from, to), byMs)
    else this.#slower.delete(wayOf(from, to))
  }

  /** What arrives at this side waits, then comes all at once. False when it waits already. */
  hold (side: Side, forMs: number): boolean {
    if (!side.isOpen || side.heldSinceMs !== null) return false
    const sinceMs = this.#handlers.nowMs()
    side.heldSinceMs = sinceMs
    this.#handlers.schedule(sinceMs + forMs, () => {
      if (side.heldSinceMs !== sinceMs) return
      side.heldSinceMs = null
      this.#flush(side)
    })
    return true
  }

  /** The process at this side reads no further, or goes on. */
  pause (side: Side, isPaused: boolean): void {
    side.isPaused = isPaused
    if (!isPaused) this.#flush(side)
  }

  /** `from` cannot open connections to `to`, for ever. */
  forbidDial (from: number, to: number): void {
    this.#noDial.add(wayOf(from, to))
  }

  canDial (from: number, to: number): boolean {
    return !this.#noDial.has(wayOf(from, to))
  }

  /** Every cut, delay and stall ends; what waited arrives. */
  healAll (): void {
    this.#cut.clear()
    this.#slower.clear()
    for (const side of this.#sides) {
      side.heldSinceMs = null
      this.#flush(side)
    }
  }

  isCut (from: number, to: number): boolean {
    return this.#cut.has(wayOf(from, to))
  }

  /** Since when nothing can arrive at this side, or null. */
  deafSinceMs (side: Side): number | null {
    const cutMs = this.#cut.get(wayOf(side.other.node, side.node)) ?? Infinity
    const sinceMs = Math.min(cutMs, side.heldSinceMs ?? Infinity, side.deafSinceMs ?? Infinity)
    return sinceMs === Infinity ? null : Math.max(sinceMs, side.heardMs)
  }

  /** The most that a packet takes on a way that is open. */
  latencyMaxMs (from: number, to: number): number {
    return this.#latencyMs.least + this.#latencyMs.spread + this.slowerMs(from, to)
  }

  /** How much longer packets take on that way than they should. */
  slowerMs (from: number, to: number): number {
    return this.#slower.get(wayOf(from, to)) ?? 0
  }

  /** What is said at this side now arrives within so long, behind what is under way. */
  arrivalMaxMs (side: Side): number {
    const { node, other } = side
    const behindMs = other.lastArrivalMs - this.#handlers.nowMs()
    return Math.max(behindMs, this.latencyMaxMs(node, other.node))
  }

  /** The machine has power again. */
  light (node: number): void {
    this.#dark.delete(node)
  }

  /** Every connection between the two breaks with a reset. */
  reset (a: number, b: number): void {
    for (const side of [...this.#sides]) {
      if (side.node === a && side.other.node === b) {
        this.#end(side)
        this.#end(side.other)
      }
    }
  }

  /**
   * A connection is forgotten on its way: one end is told, the other learns of it when it next
   * sends. What was under way is lost.
   */
  lose (side: Side): void {
    if (!side.isOpen || side.isBroken) return
    for (const end of [side, side.other]) {
      end.isBroken = true
      end.waiting.length = 0
    }
    side.other.deafSinceMs ??= this.#handlers.nowMs()
    this.#end(side)
  }

  dial (from: number, to: number, dial: number): void {
    this.#dials.add(dial)
    this.#syn(from, to, dial, this.#handlers.nowMs(), 0)
  }

  abandon (dial: number): void {
    this.#dials.delete(dial)
  }

  send (from: Side, bytes: Uint8Array): void {
    if (!from.isOpen) return
    if (from.isBroken) this.#refuseBytes(from)
    else this.#arrive(from, bytes)
  }

  /** This side closes: it is told at once, the other when the end arrives. */
  close (side: Side): void {
    if (!side.isOpen) return
    this.#arrive(side, null)
    this.#end(side)
  }

  /**
   * The process dies. The kernel says so to its peers, unless the power went too; `dark`: nor does
   * anything answer there until the machine has power again.
   */
  crash (node: number, powerToo: boolean, dark: boolean): void {
    if (powerToo && dark) this.#dark.add(node)
    for (const side of [...this.#sides]) {
      if (side.node !== node || !side.isOpen) continue
      if (!powerToo) this.#arrive(side, null)
      else side.other.deafSinceMs ??= this.#handlers.nowMs()
      side.isOpen = false
      this.#forget(side)
    }
  }

  /** Bytes on a connection that the network forgot: a reset comes back, if it can. */
  #refuseBytes (from: Side): void {
    const { node, other } = from
    const backMs = this.#handlers.nowMs() + this.#delayMs(node, other.node) +
      this.#delayMs(other.node, node)
    this.#handlers.schedule(backMs, () => {
      if (!this.isCut(node, other.node) && !this.isCut(other.node, node)) this.#end(from)
    })
  }

  #syn (from: number, to: number, dial: number, startMs: number, attempt: number): void {
    if (!this.#dials.has(dial)) return
    const nowMs = this.#handlers.nowMs()
    const nextMs = startMs + (SYN_AGAIN_MS[attempt] ?? CONNECT_MAX_MS)
    if (nextMs - startMs >= CONNECT_MAX_MS) {
      const failMs = startMs + CONNECT_MAX_MS
      return this.#handlers.schedule(failMs, () => { this.#failDial(from, dial, 'timeout') })
    }
    this.#handlers.schedule(Math.max(nowMs, nextMs) + this.#delayMs(from, to), () => {
      if (!this.#isOpenBothWays(from, to) || !this.canDial(from, to)) {
        return this.#syn(from, to, dial, startMs, attempt + 1)
      }
      const backMs = this.#handlers.nowMs() + this.#delayMs(to, from)
      if (!this.#handlers.isUp(to)) {
        return this.#handlers.schedule(backMs, () => { this.#failDial(from, dial, 'refused') })
      }
      // TLS takes one more round trip; either end may be gone by then.
      const doneMs = backMs + this.#delayMs(from, to) + this.#delayMs(to, from)
      this.#handlers.schedule(doneMs, () => { this.#establish(from, to, dial) })
    })
  }

  #isOpenBothWays (from: number, to: number): boolean {
    return !this.isCut(from, to) && !this.isCut(to, from) && !this.#dark.has(to)
  }

  #establish (from: number, to: number, dial: number): void {
    if (!this.#dials.delete(dial) || !this.#handlers.isUp(from)) return
    if (!this.#handlers.isUp(to)) return this.#handlers.dialFailed(from, dial, 'closed')
    const near = this.#side(from)
    const far = this.#side(to)
    near.other = far
    far.other = near
    // Nothing arrives at a side before it knows of its connection.
    far.lastArrivalMs = this.#handlers.nowMs() + this.latencyMaxMs(from, to)
    this.#handlers.opened(near, dial)
    this.#handlers.schedule(this.#handlers.nowMs() + this.#delayMs(from, to), () => {
      if (!far.isOpen) return
      this.#handlers.opened(far, null)
    })
  }

  #failDial (from: number, dial: number, code: string): void {
    if (this.#dials.delete(dial) && this.#handlers.isUp(from)) {
      this.#handlers.dialFailed(from, dial, code)
    }
  }

  #side (node: number): Side {
    const side = {
      node,
      identity: this.#handlers.identityOf(node),
      id: this.#nextSide++,
      isOpen: true,
      waiting: [],
      lastArrivalMs: 0,
      heldSinceMs: null,
      isPaused: false,
      heardMs: -Infinity,
      deafSinceMs: null,
      isBroken: false,
    } as unknown as Side
    this.#sides.add(side)
    return side
  }

  #arrive (from: Side, item: Uint8Array | null): void {
    const to = from.other
    if (to.isBroken) return
    const delayMs = this.#delayMs(from.node, to.node)
    const atMs = Math.max(to.lastArrivalMs, this.#handlers.nowMs() + delayMs)
    to.lastArrivalMs = atMs
    this.#handlers.schedule(atMs, () => {
      if (to.isBroken) return
      to.waiting.push(item)
      this.#flush(to)
    })
  }

  #flush (to: Side): void {
    const from = to.other
    if (to.heldSinceMs !== null || this.isCut(from.node, to.node)) return
    while (to.waiting.length > 0 && !(to.isPaused && to.isOpen)) {
      const item = to.waiting.shift()
      if (!to.isOpen) {
        // Nobody there: a reset goes back, if it can.
        to.waiting.length = 0
        if (this.#dark.has(to.node)) return
        if (from.isOpen && item !== null) this.#arrive(to, null)
        this.#sides.delete(to)
        return
      }
      if (item === null || item === undefined) return this.#end(to)
      to.heardMs = this.#handlers.nowMs()
      this.#handlers.bytes(to, item)
    }
  }

  #end (side: Side): void {
    if (!side.isOpen) return
    side.isOpen = false
    this.#forget(side)
    this.#handlers.closed(side)
  }

  /** Both ends are gone: nothing can happen here any more. */
  #forget (side: Side): void {
    if (side.other.isOpen) return
    this.#sides.delete(side)
    this.#sides.delete(side.other)
  }

  #delayMs (from: number, to: number): number {
    return this.#latencyMs.least + this.#latencyMs.spread * this.#random.fraction() +
      this.slowerMs(from, to)
  }
}

function wayOf (from: number, to: number): number {
  return from * WAYS + to
}
