import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { MemoryLevel } from 'memory-level'
import t from 'tap'
import type { Store } from '../../src/ports.js'
import { createStore, openLevelStore } from '../../src/store/level-store.js'
import { LEVEL_ENCODING } from '../../src/store/writer.js'
import { storeContract, type StoreRig } from './store.js'

t.test('classic-level, on the disk', async t => {
  const directory = t.testdir()
  const paths = new WeakMap<Store, string>()
  async function openAt (path: string): Promise<Store> {
    const store = await openLevelStore(path)
    paths.set(store, path)
    return store
  }
  storeContract(t, {
    open: () => openAt(mkdtempSync(join(directory, 'store-'))),
    reopen: closed => openAt(paths.get(closed)!),
  } satisfies StoreRig)
})

t.test('memory-level, in memory', async t => {
  const levels = new WeakMap<Store, MemoryLevel<string, Uint8Array>>()
  function storeOn (level: MemoryLevel<string, Uint8Array>): Store {
    const store = createStore(level)
    levels.set(store, level)
    return store
  }
  storeContract(t, {
    open: async () => {
      const level = new MemoryLevel<string, Uint8Array>(LEVEL_ENCODING)
      await level.open()
      return storeOn(level)
    },
    reopen: async closed => {
      const level = levels.get(closed)!
      await level.open()
      return storeOn(level)
    },
  } satisfies StoreRig)
})
