/**
 * Bulletins of a node without a data directory: the same store on rows packed in memory. Apart from
 * `open-bulletins.ts`, so that such a node does not load a database.
 */
import type { BulletinStore, Log } from '../ports.js'
import { LevelBulletinStore } from './bulletin-store.js'
import { PackedLevel } from './packed-level.js'

export async function openMemoryBulletins (log: Log = () => {}): Promise<BulletinStore> {
  const level = new PackedLevel()
  await level.open()
  return new LevelBulletinStore(level, log)
}
