/** Calls of `forget` that wait for the core. Read next: `core/membership.ts`, which forgets. */
import type { Effect } from '../core/effect.js'
import type { Event } from '../core/event.js'
import { GossipError } from '../errors.js'
import { shortIdentity, type Identity } from '../wire/identity.js'

interface Waiting {
  readonly resolve: (wasKnown: boolean) => void
  readonly reject: (error: GossipError) => void
}

export class Forgets {
  readonly #post: (event: Event) => void
  /** In the order in which they asked; the core answers in that order. */
  readonly #waiting: Waiting[] = []

  constructor (post: (event: Event) => void) {
    this.#post = post
  }

  forget (peer: Identity): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#post({ kind: 'forget-asked', peer })
    })
  }

  settle ({ peer, outcome }: Extract<Effect, { kind: 'forget-settled' }>): void {
    const waiting = this.#waiting.shift()
    if (outcome !== 'linked') return waiting?.resolve(outcome === 'forgotten')
    const what = `forget: ${shortIdentity(peer)} is linked, a member that lives would come back ` +
      'at once: end that node first'
    waiting?.reject(new GossipError('option-invalid', what))
  }

  close (error: GossipError): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }
}
