/**
 * Going through many rows without holding anyone up: a piece at a time, each from the last key on,
 * so that a database which is opened anew in between does no harm, and with a breath after each.
 */
import { setImmediate } from 'node:timers/promises'
import { STORE_LIMITS } from '../limits.js'
import type { Level, Range } from './writer.js'

/** Keys that begin with the prefix, of ASCII. */
export function keysBelow (prefix: string): Range {
  return { gte: prefix, lt: `${prefix}\x7f` }
}

/**
 * Rows in the order of their keys, in pieces of bounded size, none of them empty. `read` does one
 * piece of work on the database, again if need be.
 */
export async function * piecesOf (
  read: <T>(work: (level: Level) => Promise<T>) => Promise<T>, range: Range,
): AsyncGenerator<[string, Uint8Array][]> {
  const { scanBytesMax, scanRowsMax } = STORE_LIMITS
  let rest = range
  for (;;) {
    const bounds = { ...rest, highWaterMarkBytes: scanBytesMax }
    const piece = await read(level => {
      const iterator = level.iterator(bounds)
      return iterator.nextv(scanRowsMax).finally(() => iterator.close())
    })
    const last = piece.at(-1)
    if (last === undefined) return
    yield piece
    await setImmediate()
    rest = { gt: last[0], lt: range.lt }
  }
}
