/** One bulletin as subscribers get it, and the ids of topics and contents. */
import type { Identity } from '../wire/identity.js'
import { utf8Decode, utf8Encode } from '../wire/bytes.js'
import { TOPIC_BYTES } from '../wire/bulletin.js'
import { parseHex, toHex } from '../wire/hex.js'
import { GossipError } from '../errors.js'

/** A topic: its descriptor in text, or its id as 32 bytes. */
export type Topic = string | Uint8Array

/** What the hallway knows of a bulletin. */
export interface BulletinParts {
  readonly author: Identity
  /** What the author calls itself, as it says it: not stripped; '' for nothing known. */
  readonly name: string
  readonly incarnation: number
  /** Position in the author's log. */
  readonly seq: number
  readonly topic: Uint8Array
  /** Seconds since 1970, by the author's clock. */
  readonly timestamp: number
  readonly content: Uint8Array
  readonly isLate: boolean
  /** Links it may pass; 0, for no limit, when left out. */
  readonly hopsMax?: number
}

/** A published message. Bytes belong to whoever gets it. */
export class Bulletin {
  /** Who published it; its signature was checked. */
  readonly author: Identity
  /** What the author calls itself; '' for nothing. As it was sent: see `stripControl`. */
  readonly name: string
  /** The run of the author: with `seq` the bulletin's place in the world. */
  readonly incarnation: number
  /** Position in the author's log of that run, from 1. */
  readonly seq: number
  /** Seconds since 1970, by the author's clock. */
  readonly timestamp: number
  readonly content: Uint8Array
  /** True when later ones of its log were delivered before it. */
  readonly late: boolean
  /** Links it may pass; 0 for no limit. What has one is delivered and never kept. */
  readonly hopsMax: number
  readonly #topic: Uint8Array
  readonly #hash: (bytes: Uint8Array) => Uint8Array
  #contentId: string | null = null

  /** Made by the node. */
  constructor (parts: BulletinParts, hash: (bytes: Uint8Array) => Uint8Array) {
    this.author = parts.author
    this.name = parts.name
    this.incarnation = parts.incarnation
    this.seq = parts.seq
    this.timestamp = parts.timestamp
    this.content = parts.content
    this.late = parts.isLate
    this.hopsMax = parts.hopsMax ?? 0
    this.#topic = parts.topic
    this.#hash = hash
  }

  /** SHA-256 of the topic's descriptor, 64 hex digits. */
  get topic (): string {
    return toHex(this.#topic)
  }

  /** SHA-256 of the content, 64 hex digits. */
  get contentId (): string {
    this.#contentId ??= toHex(this.#hash(this.content))
    return this.#contentId
  }

  /** The content as text, or null when it is not UTF-8. As its author wrote it: not stripped. */
  get text (): string | null {
    try {
      return utf8Decode(this.content)
    } catch {
      return null
    }
  }
}

/** 32 bytes of a topic. Throws GossipError `option-invalid` for an id of another length. */
export function topicBytes (topic: Topic, hash: (bytes: Uint8Array) => Uint8Array): Uint8Array {
  if (typeof topic === 'string') {
    if (topic === '') throw new GossipError('option-invalid', 'a topic must not be empty')
    return hash(utf8Encode(topic))
  }
  if (topic instanceof Uint8Array && topic.length === TOPIC_BYTES) return new Uint8Array(topic)
  throw new GossipError('option-invalid', 'a topic is a text, or 32 bytes of its id')
}

/** 32 bytes of 64 hex digits, or null. */
export function parseTopicId (text: string): Uint8Array | null {
  const bytes = parseHex(text)
  return bytes?.length === TOPIC_BYTES ? bytes : null
}
