/** What the contract of bulletin stores cannot show: failing writes, limits, a killed process. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import t from 'tap'
import { STORE_LIMITS } from '../../src/limits.js'
import type { LogEntry } from '../../src/ports.js'
import { LevelBulletinStore } from '../../src/store/bulletin-store.js'
import { openBulletinStore } from '../../src/store/open-bulletins.js'
import { PackedLevel } from '../../src/store/packed-level.js'
import type { Level } from '../../src/store/writer.js'
import { newRoomy, widened } from '../../src/wire/bytes.js'
import { batch, item, keyOf, told } from '../contract/bulletin-store.js'
import { ROOT } from '../helpers/sources.js'

/** As the database words it. */
const FULL = new Error('IO error: /data/000003.log: No space left on device')

t.test('a full disk refuses with the cause, and the store goes on when there is room', async t => {
  const { level, faults } = await faultyLevel()
  let mends = 0
  const mend = (): Promise<void> => {
    mends++
    return faults.write === null ? Promise.resolve() : Promise.reject(faults.write)
  }
  const store = new LevelBulletinStore(level, () => {}, { mend })
  await store.putBatch(batch({ first: 1 }))
  faults.write = FULL
  await t.rejects(store.putBatch(batch({ first: 2 })), { message: /\(ENOSPC\).*No space left/ })
  await t.rejects(store.putBatch(batch({ first: 3 })), { message: /\(ENOSPC\)/ })
  t.equal(mends, 1)
  await t.rejects(store.dropBatches([keyOf(batch({ first: 1 }))]), { message: /\(ENOSPC\)/ })
  await t.rejects(store.putCursor('mine', [{ ...batch(), ranges: [] }]), { message: /\(ENOSPC\)/ })
  t.equal(mends, 1, 'room is not looked for at each write')
  t.same(await told(store.query({})), ['a1:1 text'])
  faults.write = null
  await new Promise(resolve => { setTimeout(resolve, STORE_LIMITS.mendEveryMs) })
  await store.putBatch(batch({ first: 4 }))
  t.equal(mends, 2)
  await store.putBatch(batch({ first: 5 }))
  t.equal(mends, 2)
  t.same(await told(store.query({})), ['a1:1 text', 'a1:4 text', 'a1:5 text'])
  await store.close()
})

t.test('a batch with room in front is kept without a copy, once, and stays as it is', async t => {
  const store = new LevelBulletinStore((await faultyLevel()).level, () => {})
  const large = batch({ items: [item({ text: 'x'.repeat(2 * STORE_LIMITS.pageBytesMax) })] })
  const bytes = newRoomy(large.batch.length)
  bytes.set(large.batch)
  const roomy = { ...large, batch: bytes }
  await store.putBatch(roomy)
  t.same(bytes, large.batch, 'the bytes themselves are left alone')
  t.equal(widened(bytes, 1), null, 'the room is taken')
  await store.putBatch(roomy)
  t.same(await store.getBatches([keyOf(large)]), [large.batch])
  const [summary] = await store.loadBatches()
  t.match(summary, keyOf(large))
  await store.close()
})

t.test('what is read while the database is opened anew waits for that', async t => {
  const { level, faults } = await faultyLevel()
  let ended = (): void => {}
  const mend = async (): Promise<void> => {
    await level.close()
    await new Promise<void>(resolve => { ended = resolve })
    await level.open()
  }
  const store = new LevelBulletinStore(level, () => {}, { mend })
  await store.putBatch(batch({ first: 1 }))
  faults.write = FULL
  await t.rejects(store.putBatch(batch({ first: 2 })))
  faults.write = null
  const put = store.putBatch(batch({ first: 3 }))
  await new Promise(resolve => { setTimeout(resolve, 20) })
  const read = store.getBatches([keyOf(batch({ first: 1 }))])
  const topic = told(store.ofTopic('01'.repeat(32)))
  await new Promise(resolve => { setTimeout(resolve, 20) })
  ended()
  await put
  t.ok((await read)[0])
  t.match(await topic, ['a1:1 text'])
  await store.close()
})

t.test('a disk that cannot be read rejects, and one part of it that is damaged is left out',
  async t => {
    const { level, faults } = await faultyLevel()
    const log: LogEntry[] = []
    const store = new LevelBulletinStore(level, entry => { log.push(entry) })
    await store.putBatch(batch({ first: 1 }))
    const failed = new Error('IO error: Input/output error')
    faults.read = Object.assign(failed, { code: 'LEVEL_IO_ERROR' })
    await t.rejects(store.getBatches([keyOf(batch({ first: 1 }))]))
    faults.read = Object.assign(new Error('Corruption: bad block'), { code: 'LEVEL_CORRUPTION' })
    t.same(await store.getBatches([keyOf(batch({ first: 1 }))]), [null])
    t.match(log, [{ level: 'warn', area: 'store', message: 'cannot be read' }])
    await store.close()
  })

t.test('puts made at once go together, in writes of bounded size; flushed when asked', async t => {
  for (const isDurable of [false, true]) {
    const { level, writes } = await faultyLevel()
    const store = new LevelBulletinStore(level, () => {}, { isDurable })
    const items = [item({ text: 'x'.repeat(256 * 1024) })]
    await Promise.all(Array.from({ length: 125 }, (_, i) =>
      store.putBatch(batch({ first: i + 1, items }))))
    t.equal(writes.length, Math.ceil(125 / 16))
    t.ok(writes.every(({ bytes }) => bytes < STORE_LIMITS.writeBytesMax + 300_000))
    t.ok(writes.every(({ sync }) => sync === isDurable))
    await store.close()
  }
})

t.test('cursors are flushed, and as many as the limit says', async t => {
  const { level, writes } = await faultyLevel()
  const store = new LevelBulletinStore(level, () => {})
  const { author, incarnation } = batch()
  const rows = [{ author, incarnation, ranges: [{ first: 1, last: 1 }] }]
  for (let i = 0; i < STORE_LIMITS.cursorsMax; i++) await store.putCursor(`name ${i}`, rows)
  t.ok(writes.every(({ sync }) => sync))
  await t.rejects(store.putCursor('one more', rows), { code: 'option-invalid' })
  await store.putCursor('name 7', rows)
  await store.putCursor('name 7', [])
  await store.putCursor('one more', rows)
  const many = Array.from({ length: 200_000 }, (_, i) => ({ first: 2 * i + 1, last: 2 * i + 1 }))
  await t.rejects(store.putCursor('one more', [{ author, incarnation, ranges: many }]),
    { code: 'option-invalid' })
  t.same(await store.getCursor('one more'), rows)
  await store.close()
})

/** All rounds of the promise: `STORE_KILLS=50`. */
const KILLS = Number(process.env.STORE_KILLS ?? 10)

t.test(`a writer that is killed ${KILLS} times has kept whatever it was told is kept`,
  { timeout: 120_000 }, async t => {
    const path = join(t.testdir(), 'bulletins')
    const told = new Map<number, number>()
    let next = 1
    for (let round = 0; round < KILLS; round++) {
      // From the first write to some hundreds, in a log or in tables.
      for (const [first, bytes] of await killedWriter(path, next, 3 + round * 37 % 400)) {
        told.set(first, bytes)
        next = Math.max(next, first + 1)
      }
      // Those under way when it was killed are there or not.
      next += 1_000
      const log: LogEntry[] = []
      const store = await openBulletinStore(path, entry => { log.push(entry) })
      t.same(log, [])
      const summaries = await store.loadBatches()
      const held = new Map(summaries.map(({ first, bytes }) => [first, bytes]))
      t.same([...told].filter(([first, bytes]) => held.get(first) !== bytes), [], 'nothing is lost')
      const last = summaries.slice(-50)
      t.ok((await store.getBatches(last)).every((got, i) => got?.length === last[i]?.bytes))
      await store.close()
    }
    t.ok(told.size > KILLS * 3, `${told.size} batches were kept`)
  })

/** What the process said is stored until it was killed, after so many. */
async function killedWriter (
  path: string, first: number, killAfter: number,
): Promise<[first: number, bytes: number][]> {
  const code = `
    import { writeSync } from 'node:fs'
    import { openBulletinStore } from ${JSON.stringify(`${ROOT}dist/store/open-bulletins.js`)}
    import { encodeBatchHead, joinBatch } from ${JSON.stringify(`${ROOT}dist/wire/batch.js`)}
    import { encodeItems } from ${JSON.stringify(`${ROOT}dist/wire/bulletin.js`)}
    const [path, begin] = process.argv.slice(1)
    const store = await openBulletinStore(path)
    let first = Number(begin)
    async function write () {
      for (;;) {
        const position = first++
        const content = new Uint8Array(position % 7 === 0 ? 100_000 : position % 900).fill(position)
        const items = [{ topic: new Uint8Array(32), timestamp: 5, nonce: 0, content }]
        const head = encodeBatchHead({ publicKey: new Uint8Array(44), incarnation: 1,
          first: position, count: 1, hopsMax: 0, previous: new Uint8Array(32),
          itemsHash: new Uint8Array(32) })
        const batch = joinBatch(head, new Uint8Array(64), encodeItems(items))
        await store.putBatch({ author: 'a'.repeat(52), incarnation: 1, first: position, count: 1,
          bytes: batch.length, newest: 5, headHash: '0'.repeat(64), batch })
        writeSync(1, position + ' ' + batch.length + '\\n')
      }
    }
    for (let i = 0; i < 8; i++) void write()
  `
  const args = ['--input-type=module', '-e', code, path, String(first)]
  const writer = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env: {} })
  const told: [number, number][] = []
  for await (const line of createInterface({ input: writer.stdout })) {
    const [position = 0, bytes = 0] = line.split(' ').map(Number)
    told.push([position, bytes])
    if (told.length === killAfter) writer.kill('SIGKILL')
  }
  if (writer.signalCode === null && writer.exitCode === null) await once(writer, 'exit')
  return told
}

interface Faults {
  write: Error | null
  read: Error | null
}

interface Write {
  readonly bytes: number
  readonly sync: boolean
}

/** Rows in memory, with a disk that fails on demand. */
async function faultyLevel (): Promise<{ level: Level, faults: Faults, writes: Write[] }> {
  const packed = new PackedLevel()
  await packed.open()
  const faults: Faults = { write: null, read: null }
  const writes: Write[] = []
  const level: Level = {
    open: () => packed.open(),
    close: () => packed.close(),
    get: key => faults.read === null ? packed.get(key) : Promise.reject(faults.read),
    getMany: keys => faults.read === null ? packed.getMany(keys) : Promise.reject(faults.read),
    iterator: range => packed.iterator(range),
    batch: (operations, options) => {
      if (faults.write !== null) return Promise.reject(faults.write)
      const bytes = operations.reduce((sum, operation) =>
        sum + (operation.type === 'put' ? operation.value.length : 0), 0)
      writes.push({ bytes, sync: 'sync' in options && options.sync === true })
      return packed.batch(operations, options)
    },
  }
  return { level, faults, writes }
}
