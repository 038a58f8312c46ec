import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { MemoryLevel } from 'memory-level'
import t from 'tap'
import type { BulletinStore } from '../../src/ports.js'
import { LevelBulletinStore } from '../../src/store/bulletin-store.js'
import { openBulletinStore } from '../../src/store/open-bulletins.js'
import { PackedLevel } from '../../src/store/packed-level.js'
import { LEVEL_ENCODING, type Level } from '../../src/store/writer.js'
import { bulletinStoreContract, type BulletinStoreRig } from './bulletin-store.js'

t.test('classic-level, on the disk', async t => {
  const directory = t.testdir()
  const paths = new WeakMap<BulletinStore, string>()
  async function openAt (path: string): Promise<BulletinStore> {
    const store = await openBulletinStore(path)
    paths.set(store, path)
    return store
  }
  bulletinStoreContract(t, {
    open: () => openAt(mkdtempSync(join(directory, 'bulletins-'))),
    reopen: closed => openAt(paths.get(closed)!),
  } satisfies BulletinStoreRig)
})

t.test('packed rows, in memory', async t => {
  bulletinStoreContract(t, rigOn(() => new PackedLevel()))
})

t.test('memory-level, which packed rows stand in for', async t => {
  bulletinStoreContract(t, rigOn(() => new MemoryLevel<string, Uint8Array>(LEVEL_ENCODING)))
})

function rigOn (create: () => Level): BulletinStoreRig {
  const levels = new WeakMap<BulletinStore, Level>()
  async function openOn (level: Level): Promise<BulletinStore> {
    await level.open()
    const store = new LevelBulletinStore(level, () => {})
    levels.set(store, level)
    return store
  }
  return { open: () => openOn(create()), reopen: closed => openOn(levels.get(closed)!) }
}
