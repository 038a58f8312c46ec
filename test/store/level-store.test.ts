/** The disk, where the contract of stores ends: locks, damage, what is flushed. */
import { spawn } from 'node:child_process'
import { chmodSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { MemoryLevel } from 'memory-level'
import t from 'tap'
import { GossipError } from '../../src/errors.js'
import type { LogEntry } from '../../src/ports.js'
import { createStore, openLevelStore } from '../../src/store/level-store.js'
import { encodeContactRow, encodeLetterRow } from '../../src/store/private-rows.js'
import { LEVEL_ENCODING } from '../../src/store/writer.js'
import { contact, EMPTY, identity, letter, member } from '../contract/store.js'

t.test('a store that this process holds open is in use', async t => {
  const path = join(t.testdir(), 'store')
  const store = await openLevelStore(path)
  const error = await failureOf(path)
  t.equal(error?.code, 'data-in-use')
  t.match(error?.message, path)
  await store.close()
  await (await openLevelStore(path)).close()
})

t.test('a store that another process holds open is in use, until that process is killed',
  async t => {
    const path = join(t.testdir(), 'store')
    const level = createRequire(import.meta.url).resolve('classic-level')
    const holder = spawn(process.execPath, ['-e', `
      const { ClassicLevel } = require(${JSON.stringify(level)})
      new ClassicLevel(${JSON.stringify(path)}).open().then(() => console.log('open'))
      setInterval(() => {}, 1000)
    `], { stdio: ['ignore', 'pipe', 'inherit'], env: {} })
    await new Promise(resolve => { holder.stdout.once('data', resolve) })
    t.equal((await failureOf(path))?.code, 'data-in-use')
    holder.kill('SIGKILL')
    await new Promise(resolve => { holder.once('exit', resolve) })
    await (await openLevelStore(path)).close()
  })

t.test('a place where no store can be is unusable', async t => {
  const directory = t.testdir({ file: 'text' })
  const error = await failureOf(join(directory, 'file'))
  t.equal(error?.code, 'data-unusable')
  t.match(error?.message, join(directory, 'file'))
  t.equal(readFileSync(join(directory, 'file'), 'utf8'), 'text')
})

t.test('a damaged database is unusable and is left as it is', async t => {
  const path = join(t.testdir(), 'store')
  const store = await openLevelStore(path)
  await store.putMember(identity(1), member(1, null))
  await store.close()
  const current = join(path, 'CURRENT')
  chmodSync(current, 0o600)
  writeFileSync(current, 'rubbish')
  const before = readdirSync(path).sort()
  const error = await failureOf(path)
  t.equal(error?.code, 'data-unusable')
  t.equal(readFileSync(current, 'utf8'), 'rubbish')
  t.same(readdirSync(path).filter(name => before.includes(name)).sort(), before)
})

t.test('a damaged row is skipped and told, and stays', async t => {
  const path = join(t.testdir(), 'store')
  const store = await openLevelStore(path)
  await store.putMember(identity(1), member(1, null))
  await store.putMember(identity(3), member(3, null))
  await store.putIncarnation(5)
  await store.close()
  await put(path, `member!${identity(2)}`, Uint8Array.of(1, 2, 3))
  await put(path, 'member!nobody', new Uint8Array())
  await put(path, 'incarnation', Uint8Array.of(9))
  await put(path, 'delivery-code', Uint8Array.of(9))
  await put(path, 'box-key', Uint8Array.of(9))
  await put(path, 'contact!61', Uint8Array.of(1, 0, 9))
  await put(path, 'contact!62', encodeContactRow(contact('c')))
  await put(path, 'letter!01', encodeLetterRow(letter(1)))
  for (let round = 0; round < 2; round++) {
    const log: LogEntry[] = []
    const again = await openLevelStore(path, entry => log.push(entry))
    const { members, incarnation, ...rest } = await again.load()
    t.same(members.map(({ body }) => body[0]), [1, 3])
    t.same({ members: [], incarnation, ...rest }, EMPTY)
    t.same(log.map(({ level, area }) => [level, area]), Array(8).fill(['warn', 'store']))
    t.match(log.map(({ message }) => message),
      [
        identity(2), 'nobody', 'incarnation', 'delivery code', 'private messages', 'contact!61',
        'contact!62', 'letter!01',
      ])
    await again.close()
  }
})

t.test('rows of a later version are not touched', async t => {
  const path = join(t.testdir(), 'store')
  await put(path, 'later!x', Uint8Array.of(1))
  await put(path, 'member', Uint8Array.of(1))
  const log: LogEntry[] = []
  const store = await openLevelStore(path, entry => log.push(entry))
  t.same(await store.load(), EMPTY)
  t.same(log, [])
  await store.close()
})

t.test('all that trust hangs on is flushed, members are not', async t => {
  const level = new MemoryLevel<string, Uint8Array>(LEVEL_ENCODING)
  const synced: boolean[] = []
  const original = level.batch.bind(level) as (...given: unknown[]) => Promise<void>
  level.batch = ((operations: unknown, options: { sync?: boolean }) => {
    synced.push(options.sync === true)
    return original(operations, options)
  }) as typeof level.batch
  const store = createStore(level)
  await store.putMember(identity(1), member(1, null))
  await store.putIncarnation(1)
  await store.putMember(identity(1), null)
  await store.putDeliveryCodes([{ code: new Uint8Array(8), drawnMs: 1, leftMs: null }])
  await store.putBoxKey(new Uint8Array(32))
  await store.putContact('alice', contact('alice'))
  await store.putContact('alice', null)
  await store.putLetter(letter(1), [])
  t.same(synced, [false, true, false, true, true, true, true, true])
  await store.close()
})

t.test('a write that failed is told to who asked for it, later ones go on', async t => {
  const level = new MemoryLevel<string, Uint8Array>(LEVEL_ENCODING)
  const original = level.batch.bind(level) as (...given: unknown[]) => Promise<void>
  let full = true
  level.batch = ((...given: unknown[]) => (
    full ? Promise.reject(new Error('disk full')) : original(...given)
  )) as typeof level.batch
  const store = createStore(level)
  await t.rejects(store.putIncarnation(1), { message: 'disk full' })
  full = false
  await store.putIncarnation(2)
  t.equal((await store.load()).incarnation, 2)
  await store.close()
})

async function failureOf (path: string): Promise<GossipError | null> {
  try {
    await (await openLevelStore(path)).close()
    return null
  } catch (error) {
    if (error instanceof GossipError) return error
    throw error
  }
}

async function put (path: string, key: string, value: Uint8Array): Promise<void> {
  const level = new ClassicLevel<string, Uint8Array>(path, LEVEL_ENCODING)
  await level.put(key, value)
  await level.close()
}

t.test('an impossible incarnation is told and taken for none', async t => {
  const path = t.testdir({})
  const store = await openLevelStore(path)
  await store.putIncarnation(Number.MAX_SAFE_INTEGER)
  await store.close()
  const log: LogEntry[] = []
  const again = await openLevelStore(path, entry => { log.push(entry) })
  t.equal((await again.load()).incarnation, 0)
  t.match(log.map(({ message }) => message), ['incarnation'])
  await again.close()
})
