/**
 * What may change unasked: the wall clock and the interfaces. Looked at before each drain; what is
 * new becomes an event. Read next: `drive.ts`, which looks.
 */
import type { Event } from '../core/event.js'
import { HALLWAY_LIMITS } from '../limits.js'
import type { Clock } from '../ports.js'

interface Surroundings {
  readonly clock: Clock
  /** Own `host:port` list, best first. */
  readonly addresses: () => readonly string[]
  /** TCP port that is listened on. */
  readonly port: () => number
  readonly handle: (event: Event, nowMs: number) => void
}

export class Outside {
  readonly #around: Surroundings
  #offsetMs = NaN
  #interfaces: readonly string[] = []
  #interfacesMs = 0

  constructor (around: Surroundings) {
    this.#around = around
  }

  /** Own addresses as seen last. */
  get interfaces (): readonly string[] {
    return this.#interfaces
  }

  /** The node listens: its first addresses are told by whoever starts it. */
  start (): readonly string[] {
    this.#interfaces = this.#around.addresses()
    this.#interfacesMs = this.#around.clock.nowMs()
    return this.#interfaces
  }

  look (nowMs: number): void {
    const { clock, addresses, port, handle } = this.#around
    const offsetMs = clock.wallMs() - nowMs
    if (!(Math.abs(offsetMs - this.#offsetMs) < HALLWAY_LIMITS.clockSetMs)) {
      this.#offsetMs = offsetMs
      handle({ kind: 'clock-set', offsetMs }, nowMs)
    }
    if (nowMs - this.#interfacesMs < HALLWAY_LIMITS.interfacesEveryMs) return
    this.#interfacesMs = nowMs
    const seen = addresses()
    if (seen.join() === this.#interfaces.join()) return
    this.#interfaces = seen
    handle({ kind: 'addresses-changed', addresses: seen, port: port() }, nowMs)
  }
}
