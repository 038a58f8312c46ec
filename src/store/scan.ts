/**
 * Going through many rows without holding anyone up: a piece at a time, with a breath after each.
 * Where the database is opened anew in between, it goes on from the last key.
 */
import { setImmediate } from 'node:timers/promises'
import { STORE_LIMITS } from '../limits.js'
import type { Level, Range, RowIterator } from './writer.js'

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
  let iterator: RowIterator | null = null
  try {
    for (;;) {
      const piece: [string, Uint8Array][] = await read(async level => {
        // One for all: that rows were unreadable is told at its end.
        const bounds = { ...rest, highWaterMarkBytes: scanBytesMax }
        const rows: RowIterator = iterator ?? level.iterator(bounds)
        iterator = null
        const read = await rows.nextv(scanRowsMax)
        iterator = rows
        return read
      })
      const last = piece.at(-1)
      if (last === undefined) return
      yield piece
      await setImmediate()
      rest = { gt: last[0], lt: range.lt }
    }
  } finally {
    await closed(iterator)
  }
}

async function closed (iterator: RowIterator | null): Promise<void> {
  await iterator?.close()
}
