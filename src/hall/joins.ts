/** Calls of `connect` that wait for the first link at their address. */
import type { Effect } from '../core/effect.js'
import type { Target } from '../core/event.js'
import { GossipError } from '../errors.js'
import { DIAL_LIMITS } from '../limits.js'
import type { Identity } from '../wire/identity.js'

interface Waiting {
  readonly resolve: (peer: Identity) => void
  readonly reject: (error: GossipError) => void
}

export class Joins {
  readonly #waiting = new Map<string, Waiting[]>()

  /** Every address that was ever named; they are tried for ever. */
  readonly #targets: Set<string>

  constructor (targets: readonly Target[]) {
    this.#targets = new Set(targets.map(keyOf))
  }

  /** Resolves at the first link there. Rejects with GossipError `option-invalid` past the limit. */
  wait (target: Target): Promise<Identity> {
    const isNew = !this.#targets.has(keyOf(target))
    if (isNew && this.#targets.size >= DIAL_LIMITS.connectTargetsMax) {
      const what = `connect: ${this.#targets.size} addresses were named already, no more are taken`
      return Promise.reject(new GossipError('option-invalid', what))
    }
    this.#targets.add(keyOf(target))
    return new Promise((resolve, reject) => {
      const key = keyOf(target)
      this.#waiting.set(key, [...this.#waiting.get(key) ?? [], { resolve, reject }])
    })
  }

  /** Whether the operator named this very address. */
  has (target: Target): boolean {
    return this.#targets.has(keyOf(target))
  }

  settle ({ address, peer, expected }: Extract<Effect, { kind: 'connect-settled' }>): void {
    for (const key of [address, keyOf({ address, identity: expected ?? peer })]) {
      const waiting = this.#waiting.get(key) ?? []
      if (expected !== null && key === address) continue
      this.#waiting.delete(key)
      for (const { resolve, reject } of waiting) {
        if (expected === null) resolve(peer)
        else reject(new GossipError('identity-mismatch', `${address} answers as ${peer}`))
      }
    }
  }

  close (error: GossipError): void {
    for (const waiting of this.#waiting.values()) {
      for (const { reject } of waiting) reject(error)
    }
    this.#waiting.clear()
  }
}

function keyOf ({ address, identity }: Target): string {
  return identity === null ? address : `${identity}@${address}`
}
