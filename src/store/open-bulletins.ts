/**
 * Opens the store of bulletins: in memory, or in a directory of its own, so that its damage never
 * touches identity and members. A database that is damaged as a whole is set aside under a name
 * that says so; a new one takes its place, with all that could be read. Nothing is ever removed.
 * Read next: `bulletin-store.ts`.
 */
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { GossipError } from '../errors.js'
import { STORE_LIMITS } from '../limits.js'
import type { BulletinStore, Log } from '../ports.js'
import { LevelBulletinStore } from './bulletin-store.js'
import { causeOf, codeOf, isCorruption } from './disk-error.js'
import { openMemoryBulletins } from './memory-bulletins.js'
import { LEVEL_ENCODING, Writer, type Level } from './writer.js'

export interface OpenBulletinsOptions {
  /** A put resolves when the disk has it, not only the operating system: power may fail. */
  readonly sync?: boolean
}

/** Owner only. */
const DIRECTORY_MODE = 0o700
/** Written to see whether there is room, and removed at once. */
const PROBE_FILE = 'room.probe'

/**
 * Null for in memory. Else the directory, which is made when it is not there, is held until the
 * store is closed. Rejects with GossipError `data-in-use` while another process holds it, and
 * `data-unusable` when it cannot be read or written.
 */
export async function openBulletinStore (
  directory: string | null, log: Log = () => {}, { sync = false }: OpenBulletinsOptions = {},
): Promise<BulletinStore> {
  if (directory === null) return openMemoryBulletins(log)
  const opened = await openWhole(directory, log, sync)
  return opened ?? setAside(directory, log, sync)
}

/** Null when it is damaged as a whole, or in a part. */
async function openWhole (
  directory: string, log: Log, sync: boolean,
): Promise<LevelBulletinStore | null> {
  if (await hasLostItsRoot(directory)) return null
  const level = new ClassicLevel<string, Uint8Array>(directory, LEVEL_ENCODING)
  try {
    await level.open()
  } catch (error) {
    const cause = error instanceof Error ? error.cause : error
    if (isDamage(cause)) return null
    throw openError(directory, cause)
  }
  const options = { isDurable: sync, mend: () => mend(level, directory) }
  const store = new LevelBulletinStore(level, log, options)
  try {
    // Of a process that was killed in the midst of looking.
    await rm(join(directory, PROBE_FILE), { force: true })
    await store.check()
    return store
  } catch (error) {
    await level.close()
    if (isDamage(error)) return null
    throw openError(directory, error)
  }
}

/** Without its root the database would take the directory for a new one, and clear it. */
async function hasLostItsRoot (directory: string): Promise<boolean> {
  const names = await readdir(directory).catch((error: unknown): string[] => {
    if (codeOf(error) === 'ENOENT') return []
    throw openError(directory, error)
  })
  return !names.includes('CURRENT') && names.some(name => /\.(ldb|sst)$/.test(name))
}

/** Files that are damaged, missing or empty; not a disk that fails or may not be read. */
function isDamage (error: unknown): boolean {
  const message = error instanceof Error ? error.message : ''
  return isCorruption(error) || /no such file|invalid argument/i.test(message)
}

async function setAside (
  directory: string, log: Log, sync: boolean,
): Promise<LevelBulletinStore> {
  const aside = `${directory}.damaged-${new Date().toISOString().replace(/[:.]/g, '-')}`
  try {
    await rename(directory, aside)
    await mkdir(directory, { mode: DIRECTORY_MODE })
  } catch (error) {
    throw openError(directory, error)
  }
  const level = new ClassicLevel<string, Uint8Array>(directory, LEVEL_ENCODING)
  const salvaged = await level.open().then(() => salvage(aside, level), (error: unknown) => {
    throw openError(directory, error)
  })
  const message = `the bulletins in ${directory} were damaged: they are set aside as ${aside}, ` +
    `and a new store is begun in ${directory} with ${salvaged} rows that could be read`
  log({ level: 'warn', area: 'store', message })
  const options = { isDurable: sync, mend: () => mend(level, directory) }
  const store = new LevelBulletinStore(level, log, options)
  await store.check()
  return store
}

/** Copies what can be read, from both ends towards the damage. Returns how many rows. */
async function salvage (aside: string, into: Level): Promise<number> {
  const damaged = new ClassicLevel<string, Uint8Array>(aside, LEVEL_ENCODING)
  const keys = new Set<string>()
  const writer = new Writer(into)
  const written: Promise<void>[] = []
  try {
    await damaged.open({ createIfMissing: false })
  } catch {
    return 0
  }
  for (const reverse of [false, true]) {
    // One by one: of a piece that meets the damage nothing would come.
    const iterator = damaged.iterator({ reverse, highWaterMarkBytes: 0 })
    for (;;) {
      const [entry] = await iterator.nextv(1).catch(() => [])
      if (entry === undefined || keys.has(entry[0])) break
      keys.add(entry[0])
      written.push(writer.put([entry], false))
      if (written.length === STORE_LIMITS.scanRowsMax) await Promise.all(written.splice(0))
    }
    await iterator.close()
  }
  await Promise.all(written)
  await damaged.close()
  return keys.size
}

/**
 * A failed write may have left half of itself in the database's log, behind which others would be
 * lost: so it is opened anew, which begins a new log, as soon as there is room for that.
 */
async function mend (level: Level, directory: string): Promise<void> {
  const probe = join(directory, PROBE_FILE)
  try {
    const file = await open(probe, 'w', 0o600)
    try {
      const piece = new Uint8Array(STORE_LIMITS.mendRoomBytes / 16).fill(1)
      for (let i = 0; i < 16; i++) await file.write(piece)
    } finally {
      await file.close()
    }
  } finally {
    await rm(probe, { force: true })
  }
  await level.close()
  await level.open()
}

function openError (directory: string, cause: unknown): GossipError {
  if (codeOf(cause) === 'LEVEL_LOCKED') {
    const what = `the bulletins in ${directory} are in use by another node: stop that node, or ` +
      'give another directory'
    return new GossipError('data-in-use', what, cause)
  }
  const what = `the bulletins in ${directory} cannot be opened (${causeOf(cause)}); none was ` +
    'removed: make the directory readable and writable for this user, and look for space'
  return new GossipError('data-unusable', what, cause)
}
