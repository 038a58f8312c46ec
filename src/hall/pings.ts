/**
 * `ping`: one question to a linked peer, whose answer is the question; timed from here to here,
 * through both event loops. The pings of the mesh are others: see `core/pulse.ts`.
 * Read next: `requests.ts`, which carries it.
 */
import { GossipError } from '../errors.js'
import { BULLETIN_LIMITS } from '../limits.js'
import type { Ports } from '../ports.js'
import { equalBytes } from '../wire/equal.js'
import { shortIdentity, type Identity } from '../wire/identity.js'
import { NONCE_BYTES } from '../wire/private.js'
import { PING_KIND, checkTimeout, type RequestOptions, type Requests } from './requests.js'

export class Pings {
  readonly #ports: Pick<Ports, 'clock' | 'entropy'>
  readonly #requests: Requests

  constructor (ports: Pick<Ports, 'clock' | 'entropy'>, requests: Requests) {
    this.#ports = ports
    this.#requests = requests
    requests.serve(PING_KIND, body => {
      if (body.length !== NONCE_BYTES) throw new Error('a ping has 16 bytes')
      return body
    })
  }

  /** Milliseconds until the answer. Rejects with GossipError. */
  async ping (
    peer: Identity, { timeoutMs = BULLETIN_LIMITS.requestDefaultMs }: RequestOptions,
  ): Promise<number> {
    checkTimeout(timeoutMs)
    const { clock, entropy } = this.#ports
    const asked = entropy.bytes(NONCE_BYTES)
    const startMs = clock.nowMs()
    const answer = await this.#requests.ask(peer, PING_KIND, asked, timeoutMs)
    if (equalBytes(answer, asked)) return clock.nowMs() - startMs
    const what = `ping: ${shortIdentity(peer)} answered with something else`
    throw new GossipError('request-failed', what)
  }
}
