/**
 * Data types as topics: type t is the topic `voidphone/t`. A topic travels as a hash, so that all
 * types are hashed once to know one when it comes. Read next: `announcements.ts`.
 */
import { setImmediate as breathe } from 'node:timers/promises'
import { topicOf } from '../index.js'

/** A type is a u16. */
const TYPES = 0x1_0000
/** Types hashed before the event loop breathes: a few milliseconds. */
const HASHED_AT_ONCE = 2_048
/** Hex digits that a type is looked up by; what has them is compared as a whole. */
const KEY_DIGITS = 12

export function topicText (type: number): string {
  return `voidphone/${type}`
}

export class TypeTable {
  readonly #types = new Map<number, number>()

  /** Hashes every type. */
  static async create (): Promise<TypeTable> {
    const table = new TypeTable()
    for (let type = 0; type < TYPES; type++) {
      table.#types.set(keyOf(topicOf(topicText(type))), type)
      if (type % HASHED_AT_ONCE === 0) await breathe()
    }
    return table
  }

  /** The type of a topic's id, 64 hex digits; null for a topic of somebody else. */
  typeOf (topic: string): number | null {
    const type = this.#types.get(keyOf(topic))
    return type !== undefined && topicOf(topicText(type)) === topic ? type : null
  }
}

function keyOf (topic: string): number {
  return parseInt(topic.slice(0, KEY_DIGITS), 16)
}
