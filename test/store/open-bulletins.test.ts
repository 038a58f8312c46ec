/** The disk, where the contract of bulletin stores ends: locks, damage, a full disk. */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  mkdtempSync, readFileSync, readdirSync, rmSync, rmdirSync, writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import t from 'tap'
import type { BulletinStore, LogEntry } from '../../src/ports.js'
import { openBulletinStore } from '../../src/store/open-bulletins.js'
import { LEVEL_ENCODING } from '../../src/store/writer.js'
import type { Item } from '../../src/wire/bulletin.js'
import { batch, item, keyOf, many, told } from '../contract/bulletin-store.js'

t.test('a store that is open is in use', async t => {
  const path = join(t.testdir(), 'bulletins')
  const store = await openBulletinStore(path)
  await t.rejects(openBulletinStore(path), { code: 'data-in-use', message: path })
  await store.close()
  await (await openBulletinStore(path)).close()
})

t.test('a place where no store can be is unusable, and is left alone', async t => {
  const directory = t.testdir({ file: 'text' })
  const path = join(directory, 'file')
  await t.rejects(openBulletinStore(path), { code: 'data-unusable', message: path })
  t.equal(readFileSync(path, 'utf8'), 'text')
  t.same(readdirSync(directory), ['file'])
})

const HARMS: readonly [string, (path: string) => void][] = [
  ['a root that is rubbish', path => { writeFileSync(join(path, 'CURRENT'), 'rubbish') }],
  ['a root that is lost', path => { rmSync(join(path, 'CURRENT')) }],
  ['a list of files that is lost', path => { rmSync(join(path, fileOf(path, /^MANIFEST/))) }],
  ['a list of files that is rubbish', path => {
    writeFileSync(join(path, fileOf(path, /^MANIFEST/)), 'rubbish '.repeat(99))
  }],
  ['a table that is lost', path => { rmSync(join(path, fileOf(path, /\.ldb$/))) }],
  ['a table that is empty', path => { writeFileSync(join(path, fileOf(path, /\.ldb$/)), '') }],
]

for (const [what, harm] of HARMS) {
  t.test(`${what}: the directory is set aside, and a new store begun`, async t => {
    const directory = t.testdir()
    const path = join(directory, 'bulletins')
    await fill(path)
    harm(path)
    const before = readdirSync(path).filter(name => /\.ldb$/.test(name))
    const { store, log } = await openLogged(path)
    const aside = readdirSync(directory).filter(name => name.startsWith('bulletins.damaged-'))
    t.equal(aside.length, 1)
    const asidePath = join(directory, aside[0] ?? '')
    t.match(log, [{ level: 'warn', area: 'store' }])
    t.ok(log.some(({ message }) => message.includes(asidePath) && message.includes(`in ${path} `)))
    const kept = readdirSync(asidePath)
    t.ok(before.every(name => kept.includes(name)), 'its tables are still there')
    await store.putBatch(batch({ first: 50_000 }))
    await store.close()
    const again = await openLogged(path)
    t.ok((await again.store.loadBatches()).some(({ first }) => first === 50_000))
    t.same(again.log, [])
    await again.store.close()
  })
}

t.test('damage in the midst of a table costs what it hit, and nothing unharmed', async t => {
  const directory = t.testdir()
  for (let round = 0; round < 3; round++) {
    const path = mkdtempSync(join(directory, 'bulletins-'))
    await fill(path)
    const table = join(path, fileOf(path, /\.ldb$/))
    const bytes = readFileSync(table)
    const at = Math.floor(bytes.length * (1 + 3 * round) / 10)
    bytes.fill(0xa5, at, at + 64)
    writeFileSync(table, bytes)
    const { store, log } = await openLogged(path)
    const summaries = await store.loadBatches()
    t.ok(summaries.length >= FILLED - 100, `${summaries.length} of ${FILLED} are left`)
    t.ok(log.length >= 1, log.map(({ message }) => message.slice(0, 60)).join(' '))
    const batches = await store.getBatches(summaries)
    t.ok(batches.every(found => found !== null))
    let bulletins = 0
    for await (const { content } of store.query({})) if (content.length > 0) bulletins++
    t.equal(bulletins, summaries.length)
    await store.close()
  }
})

t.test('a damaged row is told, set aside and left out, whoever meets it', async t => {
  const meetings: ((store: BulletinStore) => Promise<unknown>)[] = [
    async store => store.loadBatches(),
    async store => store.getBatches([keyOf(batch({ first: 2 }))]),
    async store => told(store.query({})),
    async store => told(store.ofTopic('01'.repeat(32))),
    async store => store.byContentId('00'.repeat(32)),
  ]
  for (const meet of meetings) {
    const path = join(t.testdir({}), 'bulletins')
    rmSync(path, { recursive: true, force: true })
    const first = await openBulletinStore(path)
    for (const first_ of [1, 2, 3]) await first.putBatch(batch({ first: first_ }))
    await first.close()
    const { store, log } = await openLogged(path)
    await store.close()
    await damageRows(path, key => key.startsWith('batch!') && key.endsWith('00000002'))
    const damaged = await openLogged(path)
    await meet(damaged.store)
    t.same(log, [])
    t.match(damaged.log, [{ level: 'warn', area: 'store', message: /damaged.*set aside/ }])
    t.equal(damaged.log.length, 1)
    t.same(await damaged.store.getBatches([keyOf(batch({ first: 2 }))]), [null])
    t.same(await told(damaged.store.query({})), ['a1:1 text', 'a1:3 text'])
    await damaged.store.close()
    const keys = await keysIn(path)
    t.equal(keys.filter(key => key.startsWith('damaged!batch!')).length, 1)
    t.equal(keys.filter(key => key.startsWith('topic!')).length, 2, 'no topic leads to it')
  }
})

t.test('damaged rows set aside are bounded, and what is removed is told', async t => {
  const path = join(t.testdir(), 'bulletins')
  const store = await openBulletinStore(path)
  await Promise.all(many(70).map((_, i) => store.putBatch(batch({ first: i + 1 }))))
  await store.putCursor('mine', [])
  await store.close()
  await damageRows(path, key => key.startsWith('batch!'))
  const { store: again, log } = await openLogged(path)
  t.same(await again.loadBatches(), [])
  await again.close()
  t.equal(log.filter(({ message }) => message.includes('set aside and left out')).length, 64)
  t.equal(log.filter(({ message }) => message.includes('removed')).length, 6)
  t.equal((await keysIn(path)).length, 64)
})

t.test('a damaged cursor is told and begins anew', async t => {
  const path = join(t.testdir(), 'bulletins')
  const store = await openBulletinStore(path)
  const { author, incarnation } = batch()
  await store.putCursor('mine', [{ author, incarnation, ranges: [{ first: 1, last: 2 }] }])
  await store.close()
  await damageRows(path, key => key.startsWith('cursor!'))
  const { store: again, log } = await openLogged(path)
  t.same(await again.getCursor('mine'), [])
  t.equal(log.length, 1)
  t.same(await again.getCursor('mine'), [])
  t.equal(log.length, 1)
  await again.close()
})

t.test('a disk that is really full refuses, says so, and takes up again with room',
  { skip: !canMount() }, async t => {
    const disk = mkdtempSync(join(tmpdir(), 'p2p-gossip-full-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', disk])
    t.teardown(() => {
      execFileSync('umount', ['-l', disk])
      rmdirSync(disk)
    })
    const path = join(disk, 'bulletins')
    const store = await openBulletinStore(path)
    await store.putBatch(batch({ first: 1 }))
    writeFileSync(join(disk, 'ballast'), new Uint8Array(30 * 1024 * 1024))
    const kept = [1]
    const refused: string[] = []
    for (let first = 2; first < 100 && refused.length < 5; first++) {
      await store.putBatch(batch({ first, items: [noise()] })).then(
        () => kept.push(first), (error: Error) => refused.push(error.message))
    }
    t.match(refused, Array(5).fill(/cannot be kept \(ENOSPC\)/))
    t.ok(kept.length > 5)
    const read = await store.getBatches(kept.map(first => keyOf(batch({ first }))))
    t.ok(read.every(found => found !== null), 'what is kept is read while the disk is full')
    rmSync(join(disk, 'ballast'))
    const goesOn = await firstSuccess(() => store.putBatch(batch({ first: 1_000 })))
    t.ok(goesOn, 'with room it goes on')
    await store.close()
    const { store: again, log } = await openLogged(path)
    const firsts = (await again.loadBatches()).map(({ first }) => first)
    t.same([...kept, 1_000].filter(first => !firsts.includes(first)), [], 'nothing is lost')
    t.same(log, [])
    await again.close()
  })

async function firstSuccess (work: () => Promise<void>): Promise<boolean> {
  for (let tries = 0; tries < 40; tries++) {
    if (await work().then(() => true, () => false)) return true
    await new Promise(resolve => { setTimeout(resolve, 100) })
  }
  return false
}

function canMount (): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  try {
    execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Nothing that a database could make smaller. */
function noise (): Item {
  return { ...item({}), content: randomBytes(200_000) }
}

const FILLED = 1_500

/** All of it in tables, none in the log. */
async function fill (path: string): Promise<void> {
  const store = await openBulletinStore(path)
  const puts = Array.from({ length: FILLED }, (_, i) =>
    store.putBatch(batch({ first: i + 1, items: [item({ text: `text ${i} `.repeat(20) })] })))
  await Promise.all(puts)
  await store.close()
  const level = new ClassicLevel<string, Uint8Array>(path, LEVEL_ENCODING)
  await level.open()
  await level.compactRange('', '~')
  await level.close()
}

function fileOf (path: string, name: RegExp): string {
  const found = readdirSync(path).find(file => name.test(file))
  if (found === undefined) throw new Error(`no ${String(name)} in ${readdirSync(path).join(' ')}`)
  return found
}

async function openLogged (path: string): Promise<{ store: BulletinStore, log: LogEntry[] }> {
  const log: LogEntry[] = []
  return { store: await openBulletinStore(path, entry => { log.push(entry) }), log }
}

async function damageRows (path: string, isHit: (key: string) => boolean): Promise<void> {
  const level = new ClassicLevel<string, Uint8Array>(path, LEVEL_ENCODING)
  for await (const [key, value] of level.iterator()) {
    if (!isHit(key)) continue
    const row = value.slice()
    row[row.length - 1] = (row[row.length - 1] ?? 0) ^ 1
    await level.put(key, row)
  }
  await level.close()
}

async function keysIn (path: string): Promise<string[]> {
  const level = new ClassicLevel<string, Uint8Array>(path, LEVEL_ENCODING)
  const keys = await level.keys().all()
  await level.close()
  return keys
}
