/**
 * Cuts what a socket brings into messages, however it was split or put together. At most one
 * message is gathered at a time, and only of a kind that is expected, so nothing grows.
 * Read next: `modules.ts`.
 */
import {
  HEAD_BYTES, isFault, parseHead, parseMessage, type Fault, type Message, type MessageKind,
} from './codec.js'

/** What a piece brought: whole messages, and why there will be no more of them. */
export interface Read<K extends MessageKind> {
  readonly messages: readonly Extract<Message, { kind: K }>[]
  readonly fault: Fault | null
}

export class MessageReader<K extends MessageKind> {
  readonly #expected: readonly K[]
  /** The message that comes, or its head. */
  #bytes = new Uint8Array(HEAD_BYTES)
  #filled = 0
  #fault: Fault | null = null

  /** `expected`: kinds that this side may be sent; any other is a fault. */
  constructor (expected: readonly K[]) {
    this.#expected = expected
  }

  /** Bytes gathered of a message that is not whole. */
  get waitingBytes (): number {
    return this.#filled
  }

  push (chunk: Uint8Array): Read<K> {
    const messages: Extract<Message, { kind: K }>[] = []
    for (let at = 0; at < chunk.length && this.#fault === null;) {
      const some = chunk.subarray(at, at + this.#bytes.length - this.#filled)
      this.#bytes.set(some, this.#filled)
      this.#filled += some.length
      at += some.length
      if (this.#filled === HEAD_BYTES && this.#bytes.length === HEAD_BYTES) this.#begin()
      else if (this.#filled === this.#bytes.length) this.#end(messages)
    }
    return { messages, fault: this.#fault }
  }

  /** The head is there: judged before anything is gathered for it. */
  #begin (): void {
    const view = new DataView(this.#bytes.buffer)
    const head = parseHead(view.getUint16(0), view.getUint16(2))
    if (isFault(head)) this.#fault = head
    else if (!this.#expected.some(kind => kind === head.kind)) {
      this.#fault = { why: `a ${head.kind} does not go this way` }
    } else {
      const bytes = new Uint8Array(head.size)
      bytes.set(this.#bytes)
      this.#bytes = bytes
    }
  }

  #end (messages: Extract<Message, { kind: K }>[]): void {
    const message = parseMessage(this.#bytes)
    if (isFault(message)) this.#fault = message
    else messages.push(message as Extract<Message, { kind: K }>)
    this.#bytes = new Uint8Array(HEAD_BYTES)
    this.#filled = 0
  }
}
