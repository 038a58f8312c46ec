/**
 * What may be wrong with a node, as far as it knows itself: its clock against those of its peers,
 * the addresses that the operator named, and the warnings of this run. Read next: `overview.ts`;
 * `core/operator.ts`, which dials those addresses.
 */
import type { Core } from '../core/core.js'
import type { ConnectView, Warning } from '../core/notice.js'
import { HALLWAY_LIMITS } from '../limits.js'
import type { Clock } from '../ports.js'

export type { ConnectView } from '../core/notice.js'

/** A warning of this run, told once or more often. */
export interface WarningRow extends Pick<Warning, 'code' | 'message'> {
  readonly count: number
  /** When it was told last. */
  readonly at: Date
}

/** What may be wrong with a node. */
export interface NodeHealth {
  /** Wall clocks of linked peers: how many, and the median of them less this one, ms. */
  readonly clock: { readonly peers: number, readonly offMs: number }
  /** Own addresses as others are told them, `host:port`, best first. */
  readonly addresses: readonly string[]
  /** Addresses to join through, in the order in which they were named. */
  readonly connect: readonly ConnectView[]
  /** At most 64, those told last come last. */
  readonly warnings: readonly WarningRow[]
}

export class Health {
  readonly #core: Pick<Core, 'clock' | 'connects' | 'addresses'>
  readonly #clock: Pick<Clock, 'wallMs'>
  /** By code and message. */
  readonly #warnings = new Map<string, WarningRow>()

  constructor (
    core: Pick<Core, 'clock' | 'connects' | 'addresses'>, clock: Pick<Clock, 'wallMs'>,
  ) {
    this.#core = core
    this.#clock = clock
  }

  /** The node told a warning. */
  note ({ code, message }: Warning): void {
    const key = `${code} ${message}`
    const count = (this.#warnings.get(key)?.count ?? 0) + 1
    this.#warnings.delete(key)
    this.#warnings.set(key, { code, message, count, at: new Date(this.#clock.wallMs()) })
    if (this.#warnings.size <= HALLWAY_LIMITS.warningsKeptMax) return
    for (const oldest of this.#warnings.keys()) {
      this.#warnings.delete(oldest)
      return
    }
  }

  view (): NodeHealth {
    return {
      clock: this.#core.clock(),
      addresses: [...this.#core.addresses()],
      connect: this.#core.connects(),
      warnings: [...this.#warnings.values()],
    }
  }
}
