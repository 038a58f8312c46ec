/** Fills every limit of the store of bulletins, on rows in memory. */
import * as files from 'node:fs/promises'
import type { Test } from 'tap'
import { STORE_LIMITS as limits, WIRE_LIMITS } from '../../src/limits.js'
import type { LogEntry } from '../../src/ports.js'
import { LevelBulletinStore } from '../../src/store/bulletin-store.js'
import type * as openRoom from '../../src/store/open-bulletins.js'
import { PackedLevel } from '../../src/store/packed-level.js'
import { PackedPage } from '../../src/store/packed-page.js'
import { keysBelow, piecesOf } from '../../src/store/scan.js'
import { Writer } from '../../src/store/writer.js'
import { batch, item, keyOf } from '../contract/bulletin-store.js'
import { fill } from './fill.js'

const FULL = new Error('IO error: /data/000003.log: No space left on device')

/** Rows in memory; tells what was done, and its disk is full on demand. */
class ToldLevel extends PackedLevel {
  readonly writes: number[] = []
  readonly reads: number[] = []
  scans = 0
  isFull = false

  override _batch (operations: Parameters<PackedLevel['_batch']>[0]): Promise<void> {
    if (this.isFull) return Promise.reject(FULL)
    this.writes.push(operations.length)
    return super._batch(operations)
  }

  override _getMany (keys: readonly string[]): Promise<(Uint8Array | undefined)[]> {
    this.reads.push(keys.length)
    return super._getMany(keys)
  }

  override _iterator (bounds: object): ReturnType<PackedLevel['_iterator']> {
    this.scans++
    return super._iterator(bounds)
  }
}

interface Scene {
  readonly level: ToldLevel
  readonly store: LevelBulletinStore
  readonly log: LogEntry[]
}

async function scene (mend?: () => Promise<void>): Promise<Scene> {
  const level = new ToldLevel()
  await level.open()
  const log: LogEntry[] = []
  const options = mend === undefined ? {} : { mend }
  const store = new LevelBulletinStore(level, entry => { log.push(entry) }, options)
  return { level, store, log }
}

/** How many rows are read at a time, of so many with so many bytes each, their keys included. */
async function pieces (count: number, rowBytes: number): Promise<number[]> {
  const { level } = await scene()
  for (let i = 0; i < count; i++) {
    const key = `row!${String(i).padStart(4, '0')}`
    await level.put(key, new Uint8Array(rowBytes - key.length))
  }
  const lengths: number[] = []
  for await (const piece of piecesOf(work => work(level), keysBelow('row!'))) {
    lengths.push(piece.length)
  }
  return lengths
}

/** Puts rows before others, so that no page is merely followed by a new one; counts splits. */
async function splits (t: Test, sizes: readonly number[]): Promise<number> {
  const { level } = await scene()
  const original: unknown = Reflect.get(PackedPage.prototype, 'splitAt')
  const split = t.capture(PackedPage.prototype, 'splitAt', original as PackedPage['splitAt'])
  for (const [i, bytes] of sizes.entries()) {
    await level.put(String(9_999 - i), new Uint8Array(bytes))
  }
  t.equal((await level.keys().all()).length, sizes.length, 'no row is lost')
  const count = split().length
  split.restore()
  return count
}

const { author, incarnation } = batch()
const cursor = (ranges: number): Parameters<LevelBulletinStore['putCursor']>[1] => [{
  author, incarnation, ranges: Array.from({ length: ranges }, (_, i) =>
    ({ first: 2 * i + 1, last: 2 * i + 1 })),
}]

/** Whether a store takes up again after its disk was full, with so much room. */
async function isMended (t: Test, roomBytes: number): Promise<boolean> {
  const levels: ToldLevel[] = []
  class OnlyLevel extends ToldLevel {
    constructor () {
      super()
      levels.push(this)
    }
  }
  let leftBytes = roomBytes
  const probe = {
    write: async (piece: Uint8Array) => {
      leftBytes -= piece.length
      if (leftBytes < 0) throw FULL
    },
    close: async () => {},
  }
  const { openBulletinStore } = await t.mockImport<typeof openRoom>(
    '../../src/store/open-bulletins.js', {
      'node:fs/promises': { ...files, open: async () => probe },
      'classic-level': { ClassicLevel: OnlyLevel },
    })
  const store = await openBulletinStore(t.testdir({}))
  const [level = new ToldLevel()] = levels
  level.isFull = true
  await t.rejects(store.putBatch(batch({ first: 1 })), { message: /No space left/ })
  level.isFull = false
  const isMended = await store.putBatch(batch({ first: 2 })).then(() => true, () => false)
  t.equal((await store.loadBatches()).length, isMended ? 1 : 0)
  await store.close()
  return isMended
}

fill('STORE_LIMITS', {
  writeBytesMax: async t => {
    const { level } = await scene()
    const writer = new Writer(level)
    // A byte below the limit, the byte that reaches it, and one that goes next.
    await Promise.all([
      writer.put([['a', new Uint8Array(limits.writeBytesMax - 2)]], false),
      writer.put([['b', new Uint8Array()]], false),
      writer.put([['c', new Uint8Array()]], false),
    ])
    t.same(level.writes, [2, 1])
  },
  scanRowsMax: async t => {
    t.same(await pieces(limits.scanRowsMax, 10), [limits.scanRowsMax])
    t.same(await pieces(limits.scanRowsMax + 1, 10), [limits.scanRowsMax, 1])
  },
  scanBytesMax: async t => {
    t.same(await pieces(4, limits.scanBytesMax / 4), [4])
    t.same(await pieces(5, limits.scanBytesMax / 4), [4, 1])
  },
  readBatchesMax: async t => {
    const { level, store } = await scene()
    const keys = Array.from({ length: limits.readBatchesMax + 1 }, (_, i) =>
      keyOf(batch({ first: i + 1 })))
    await store.getBatches(keys.slice(1))
    await store.getBatches(keys)
    t.same(level.reads, [limits.readBatchesMax, limits.readBatchesMax, 1])
  },
  queryPlacesMax: async t => {
    const { level, store } = await scene()
    const { itemsPerBatchMax } = WIRE_LIMITS
    const items = Array.from({ length: itemsPerBatchMax }, () => item({ text: '' }))
    for (let first = 1; first <= limits.queryPlacesMax; first += itemsPerBatchMax) {
      await store.putBatch(batch({ first, items }))
    }
    await store.putBatch(batch({ first: limits.queryPlacesMax + 1 }))
    for (const [limit, scans] of [[limits.queryPlacesMax, 1], [Infinity, 2]] as const) {
      level.scans = 0
      let count = 0
      for await (const { position } of store.query({ limit })) {
        if (position === count + 1) count++
      }
      t.equal(count, Math.min(limit, limits.queryPlacesMax + 1))
      t.equal(level.scans, scans)
    }
  },
  cursorsMax: async t => {
    const { store } = await scene()
    for (let i = 0; i < limits.cursorsMax; i++) await store.putCursor(`name ${i}`, cursor(1))
    await t.rejects(store.putCursor('one more', cursor(1)), { code: 'option-invalid' })
    t.same(await store.getCursor('one more'), [])
    await store.putCursor('name 7', cursor(2))
    t.same(await store.getCursor('name 7'), cursor(2), 'one that is there may change')
  },
  cursorBytesMax: async t => {
    const { store } = await scene()
    // Version and check, author, run and count; eight bytes for each range.
    const ranges = Math.floor((limits.cursorBytesMax - 5 - 32 - 8 - 4) / 8)
    await store.putCursor('mine', cursor(ranges))
    await t.rejects(store.putCursor('mine', cursor(ranges + 1)), { code: 'option-invalid' })
    t.equal((await store.getCursor('mine'))[0]?.ranges.length, ranges)
  },
  cursorNameBytesMax: async t => {
    const { store } = await scene()
    await store.putCursor('n'.repeat(limits.cursorNameBytesMax), cursor(1))
    const longer = 'n'.repeat(limits.cursorNameBytesMax + 1)
    await t.rejects(store.putCursor(longer, cursor(1)), { code: 'option-invalid' })
  },
  damagedRowsMax: async t => {
    const { level, store, log } = await scene()
    for (let first = 1; first <= limits.damagedRowsMax + 1; first++) {
      await store.putBatch(batch({ first }))
    }
    for (const key of await level.keys(keysBelow('batch!')).all()) {
      await level.put(key, new Uint8Array(200))
    }
    t.same(await store.loadBatches(), [])
    const told = (what: string): number =>
      log.filter(({ message }) => message.includes(what)).length
    t.same([told('set aside and left out'), told('removed')], [limits.damagedRowsMax, 1])
    t.equal((await level.keys().all()).length, limits.damagedRowsMax)
  },
  mendEveryMs: async t => {
    const clock = { nowMs: 1_000 }
    t.intercept(performance, 'now', { value: () => clock.nowMs })
    let mends = 0
    const { level, store } = await scene(async () => {
      mends++
      if (level.isFull) throw FULL
    })
    level.isFull = true
    await t.rejects(store.putBatch(batch({ first: 1 })))
    await t.rejects(store.putBatch(batch({ first: 2 })))
    level.isFull = false
    clock.nowMs += limits.mendEveryMs - 1
    await t.rejects(store.putBatch(batch({ first: 3 })))
    t.equal(mends, 1)
    clock.nowMs += 1
    await store.putBatch(batch({ first: 4 }))
    t.equal(mends, 2)
  },
  mendRoomBytes: async t => {
    t.equal(await isMended(t, limits.mendRoomBytes), true)
    t.equal(await isMended(t, limits.mendRoomBytes - 1), false)
  },
  pageBytesMax: async t => {
    const half = limits.pageBytesMax / 2
    t.equal(await splits(t, [half, half]), 0)
    t.equal(await splits(t, [half, half - 1, 2]), 1)
  },
  pageRowsMax: async t => {
    const sizes = new Array<number>(limits.pageRowsMax + 1).fill(1)
    t.equal(await splits(t, sizes.slice(1)), 0)
    t.equal(await splits(t, sizes), 1)
  },
})
