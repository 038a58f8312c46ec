/**
 * The inbox of this node: its delivery code, drawn at the first start and kept with a data
 * directory, else drawn for each run. Read next: `wire/inbox.ts`, which makes a topic of it.
 */
import type { Ports } from '../ports.js'
import { toHex } from '../wire/hex.js'
import { DELIVERY_CODE_BYTES, inboxTopic } from '../wire/inbox.js'

type Around = Pick<Ports, 'entropy' | 'identity' | 'store' | 'suite'>

export class Inbox {
  readonly #around: Around
  #topic = ''

  constructor (around: Around) {
    this.#around = around
  }

  /** 64 hex digits; empty before `open`. */
  get topic (): string {
    return this.#topic
  }

  /** `kept`: the code of an earlier run, or null. What is written, or undefined for nothing. */
  open (kept: Uint8Array | null): Promise<void> | undefined {
    const { entropy, identity, store, suite } = this.#around
    const code = kept ?? entropy.bytes(DELIVERY_CODE_BYTES)
    this.#topic = toHex(inboxTopic(code, identity.id, bytes => suite.hash(bytes)))
    return kept === null ? store?.putDeliveryCode(code) : undefined
  }
}
