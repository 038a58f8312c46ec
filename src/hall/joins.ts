/** Calls of `connect` that wait for the first link at their address. */
import type { Effect } from '../core/effect.js'
import type { Target } from '../core/event.js'
import { GossipError } from '../errors.js'
import type { Identity } from '../wire/identity.js'

interface Waiting {
  readonly resolve: (peer: Identity) => void
  readonly reject: (error: GossipError) => void
}

export class Joins {
  readonly #waiting = new Map<string, Waiting[]>()

  wait (target: Target): Promise<Identity> {
    return new Promise((resolve, reject) => {
      const key = keyOf(target)
      this.#waiting.set(key, [...this.#waiting.get(key) ?? [], { resolve, reject }])
    })
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
