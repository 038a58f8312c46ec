/**
 * A network under virtual time: connections that deliver in order after a delay, cuts behind which
 * bytes wait as TCP makes them wait, resets, refused and unanswered dials, half-open connections.
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

export class Network {
  readonly #handlers: NetworkHandlers
  readonly #random: Random
  readonly #latencyMs: { least: number, spread: number }
  readonly #sides = new Set<Side>()
  readonly #dials = new Set<number>()
  #nextSide = 1
  /** Pairs `a>b` whose packets do not arrive. */
  readonly #cut = new Set<string>()
  /** Pairs `a>b` where a cannot open a connection to b, though b can to a (a firewall, a NAT). */
  readonly #noDial = new Set<string>()

  constructor (
    handlers: NetworkHandlers, random: Random, latencyMs: { least: number, spread: number },
  ) {
    this.#handlers = handlers
    this.#random = random
    this.#latencyMs = latencyMs
  }

  /** Packets from `from` no longer arrive at `to`. */
  cut (from: number, to: number): void {
    this.#cut.add(`${from}>${to}`)
  }

  /** `from` cannot open connections to `to`, for ever. */
  forbidDial (from: number, to: number): void {
    this.#noDial.add(`${from}>${to}`)
  }

  canDial (from: number, to: number): boolean {
    return !this.#noDial.has(`${from}>${to}`)
  }

  /** Every cut ends; what waited arrives. */
  healAll (): void {
    this.#cut.clear()
    for (const side of this.#sides) this.#flush(side)
  }

  isCut (from: number, to: number): boolean {
    return this.#cut.has(`${from}>${to}`)
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

  dial (from: number, to: number, dial: number): void {
    this.#dials.add(dial)
    this.#syn(from, to, dial, this.#handlers.nowMs(), 0)
  }

  abandon (dial: number): void {
    this.#dials.delete(dial)
  }

  send (from: Side, bytes: Uint8Array): void {
    if (from.isOpen) this.#arrive(from, bytes)
  }

  /** This side closes: it is told at once, the other when the end arrives. */
  close (side: Side): void {
    if (!side.isOpen) return
    this.#arrive(side, null)
    this.#end(side)
  }

  /** The process dies. The kernel says so to its peers, unless the power went too. */
  crash (node: number, powerToo: boolean): void {
    for (const side of [...this.#sides]) {
      if (side.node !== node || !side.isOpen) continue
      if (!powerToo) this.#arrive(side, null)
      side.isOpen = false
    }
  }

  #syn (from: number, to: number, dial: number, startMs: number, attempt: number): void {
    if (!this.#dials.has(dial)) return
    const nowMs = this.#handlers.nowMs()
    const nextMs = startMs + (SYN_AGAIN_MS[attempt] ?? CONNECT_MAX_MS)
    if (nextMs - startMs >= CONNECT_MAX_MS) {
      const failMs = startMs + CONNECT_MAX_MS
      return this.#handlers.schedule(failMs, () => { this.#failDial(from, dial, 'timeout') })
    }
    this.#handlers.schedule(Math.max(nowMs, nextMs) + this.#delayMs(), () => {
      if (this.isCut(from, to) || this.isCut(to, from) || !this.canDial(from, to)) {
        return this.#syn(from, to, dial, startMs, attempt + 1)
      }
      const backMs = this.#handlers.nowMs() + this.#delayMs()
      if (!this.#handlers.isUp(to)) {
        return this.#handlers.schedule(backMs, () => { this.#failDial(from, dial, 'refused') })
      }
      // TLS takes one more round trip; either end may be gone by then.
      const doneMs = backMs + this.#delayMs() + this.#delayMs()
      this.#handlers.schedule(doneMs, () => { this.#establish(from, to, dial) })
    })
  }

  #establish (from: number, to: number, dial: number): void {
    if (!this.#dials.delete(dial) || !this.#handlers.isUp(from)) return
    if (!this.#handlers.isUp(to)) return this.#handlers.dialFailed(from, dial, 'closed')
    const near = this.#side(from)
    const far = this.#side(to)
    near.other = far
    far.other = near
    // Nothing arrives at a side before it knows of its connection.
    far.lastArrivalMs = this.#handlers.nowMs() + this.#latencyMs.least + this.#latencyMs.spread
    this.#handlers.opened(near, dial)
    this.#handlers.schedule(this.#handlers.nowMs() + this.#delayMs(), () => {
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
    } as unknown as Side
    this.#sides.add(side)
    return side
  }

  #arrive (from: Side, item: Uint8Array | null): void {
    const to = from.other
    const atMs = Math.max(to.lastArrivalMs, this.#handlers.nowMs() + this.#delayMs())
    to.lastArrivalMs = atMs
    this.#handlers.schedule(atMs, () => {
      to.waiting.push(item)
      this.#flush(to)
    })
  }

  #flush (to: Side): void {
    const from = to.other
    if (this.isCut(from.node, to.node)) return
    while (to.waiting.length > 0) {
      const item = to.waiting.shift()
      if (!to.isOpen) {
        // Nobody there: a reset goes back, if it can.
        to.waiting.length = 0
        if (from.isOpen && item !== null) this.#arrive(to, null)
        this.#sides.delete(to)
        return
      }
      if (item === null || item === undefined) return this.#end(to)
      this.#handlers.bytes(to, item)
    }
  }

  #end (side: Side): void {
    if (!side.isOpen) return
    side.isOpen = false
    this.#handlers.closed(side)
  }

  #delayMs (): number {
    return this.#latencyMs.least + this.#latencyMs.spread * this.#random.fraction()
  }
}
