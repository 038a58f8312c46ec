/**
 * Topics as the operator names them: 64 hex digits are an id, all else is a descriptor. Read next:
 * `subscriber.ts`.
 */
import { parseTopicId, topicOf, type Topic } from '../index.js'
import { DEFAULT_TOPIC, type Values } from './flags.js'

export interface NamedTopic {
  /** 64 hex digits. */
  readonly id: string
  /** Its descriptor, when that is known. */
  readonly text: string | null
  /** For the library. */
  readonly topic: Topic
}

export function namedTopic (given: string): NamedTopic {
  const topic = parseTopicId(given)
  return topic === null
    ? { id: topicOf(given), text: given, topic: given }
    : { id: given.toLowerCase(), text: null, topic }
}

/** Each once: the default topic, those of `--subscribe`, that of `--chat`. */
export function topicsOf ({ subscribe = [], chat }: Values): NamedTopic[] {
  const topics = new Map<string, NamedTopic>()
  const given = [DEFAULT_TOPIC, ...subscribe, ...(chat === undefined ? [] : [chat])]
  for (const named of given.map(namedTopic)) {
    if (named.text !== null || !topics.has(named.id)) topics.set(named.id, named)
  }
  return [...topics.values()]
}
