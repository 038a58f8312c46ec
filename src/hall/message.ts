/** A message put together step by step: `node.message(text).topic(t).work(bits).publish()`. */
import { GossipError } from '../errors.js'
import type { Topic } from './bulletin.js'
import type { Published, PublishOptions } from './publications.js'

type Publish = (topic: Topic, content: Uint8Array | string, options: PublishOptions)
=> Promise<Published>

/** Each step gives a new one; nothing leaves before `publish`. */
export class Message {
  readonly #publish: Publish
  readonly #content: Uint8Array | string
  readonly #topic: Topic | null
  readonly #options: PublishOptions

  /** Made by `node.message`. */
  constructor (
    publish: Publish, content: Uint8Array | string, topic: Topic | null = null,
    options: PublishOptions = {},
  ) {
    this.#publish = publish
    this.#content = content
    this.#topic = topic
    this.#options = options
  }

  topic (topic: Topic): Message {
    return new Message(this.#publish, this.#content, topic, this.#options)
  }

  /** Leading zero bits of hashcash; at least the network's difficulty is done in any case. */
  work (bits: number): Message {
    return this.#with({ bits })
  }

  alone (): Message {
    return this.#with({ alone: true })
  }

  hops (hopsMax: number): Message {
    return this.#with({ hopsMax })
  }

  /** Resolve when so many linked members have stored it, or all. */
  wait (wait: number | 'all', timeoutMs?: number): Message {
    return this.#with(timeoutMs === undefined ? { wait } : { wait, timeoutMs })
  }

  /** Rejects with GossipError; `option-invalid` when no topic was named. */
  publish (): Promise<Published> {
    if (this.#topic === null) {
      return Promise.reject(new GossipError('option-invalid', 'message: name a topic first'))
    }
    return this.#publish(this.#topic, this.#content, this.#options)
  }

  #with (options: PublishOptions): Message {
    return new Message(this.#publish, this.#content, this.#topic, { ...this.#options, ...options })
  }
}
