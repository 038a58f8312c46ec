/**
 * `ping`: one question to a peer, whose answer is the question; timed from here to here, through
 * both event loops. To a linked peer it goes straight, to others it is relayed. The pings of the
 * mesh are others: see `core/pulse.ts`.
 * Read next: `requests.ts`, which carries it; `far-pings.ts`.
 */
import { GossipError } from '../errors.js'
import { BULLETIN_LIMITS } from '../limits.js'
import type { Ports } from '../ports.js'
import { equalBytes } from '../wire/equal.js'
import { shortIdentity, type Identity } from '../wire/identity.js'
import { NONCE_BYTES } from '../wire/private.js'
import { FarPings, type Ways } from './far-pings.js'
import {
  PING_KIND, checkTimeout, isNotLinked, type RequestOptions, type Requests,
} from './requests.js'

export class Pings {
  readonly #ports: Pick<Ports, 'clock' | 'entropy'>
  readonly #requests: Requests
  readonly #relays: FarPings

  constructor (ports: Pick<Ports, 'clock' | 'entropy'>, requests: Requests, ways: Ways) {
    this.#ports = ports
    this.#requests = requests
    this.#relays = new FarPings(ports.clock, requests, ways)
    requests.serve(PING_KIND, body => {
      if (body.length !== NONCE_BYTES) throw new Error('a ping has 16 bytes')
      return body
    })
  }

  /** Of what is relayed: pings remembered, and those under way. */
  get sizes (): { seen: number, underWay: number } {
    return this.#relays.sizes
  }

  /** Milliseconds until the answer. Rejects with GossipError. */
  async ping (
    peer: Identity, { timeoutMs = BULLETIN_LIMITS.requestDefaultMs }: RequestOptions,
  ): Promise<number> {
    checkTimeout(timeoutMs)
    const asked = this.#ports.entropy.bytes(NONCE_BYTES)
    try {
      return await this.#timed(peer, asked, () =>
        this.#requests.ask(peer, PING_KIND, asked, timeoutMs))
    } catch (error) {
      if (!isNotLinked(error)) throw error
    }
    return this.#timed(peer, asked, () => this.#relays.ask(peer, asked, timeoutMs))
  }

  async #timed (
    peer: Identity, asked: Uint8Array, ask: () => Promise<Uint8Array>,
  ): Promise<number> {
    const startMs = this.#ports.clock.nowMs()
    const answer = await ask()
    if (equalBytes(answer, asked)) return this.#ports.clock.nowMs() - startMs
    const what = `ping: ${shortIdentity(peer)} answered with something else`
    throw new GossipError('request-failed', what)
  }
}
