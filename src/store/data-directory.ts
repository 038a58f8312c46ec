/**
 * The directory of `--data`: one identity and one store, for one node at a time.
 *
 *     identity.key   private key, PEM, 0600          store/   the database, 0700
 *     identity.crt   its certificate, PEM, 0600      bulletins/   another, 0700
 *
 * Decides what is made, kept and renewed. The key is the identity: it is made once, never replaced,
 * and its damage or loss is an error; the certificate is only its envelope and is issued again.
 * Read next: `level-store.ts`, and `tls/keys.ts`, which reads and makes keys.
 */
import { chmod, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { GossipError } from '../errors.js'
import type { BulletinStore, Log, Store } from '../ports.js'
import { createIdentity, readIdentity, type IdentityFiles } from '../tls/keys.js'
import { openLevelStore } from './level-store.js'
import { openBulletinStore, type OpenBulletinsOptions } from './open-bulletins.js'

/** What the operator gave; a key that is given is used instead of the kept one, and not copied. */
export interface GivenIdentity {
  /** PEM, or null. */
  readonly key: string | null
  /** PEM, or null: issued from the key. Looked at only with a key. */
  readonly cert: string | null
  /** Kind of key to make where there is none. */
  readonly keyType: Parameters<typeof createIdentity>[0]
}

export interface DataDirectory {
  readonly identity: IdentityFiles
  readonly store: Store
  readonly bulletins: BulletinStore
}

const KEY_FILE = 'identity.key'
const CERT_FILE = 'identity.crt'
const STORE_DIRECTORY = 'store'
const BULLETINS_DIRECTORY = 'bulletins'

/** Owner only. */
const DIRECTORY_MODE = 0o700
const FILE_MODE = 0o600

/**
 * Opens a data directory, which is made when it is not there. Both stores are open afterwards
 * and are the caller's to close; after a rejection nothing is open.
 *
 * Rejects with GossipError `data-in-use`, `data-unusable`, or one of `readIdentity` that names the
 * file.
 */
export async function openDataDirectory (
  path: string, given: GivenIdentity, log: Log = () => {}, options: OpenBulletinsOptions = {},
): Promise<DataDirectory> {
  const storePath = await makeRoom(path, STORE_DIRECTORY)
  // First, for it holds the lock: two nodes never make an identity here at the same time.
  const store = await openLevelStore(storePath, log)
  try {
    const { key, cert, keyType } = given
    const identity = key === null
      ? await keptIdentity(path, keyType, log)
      : readIdentity({ key, cert })
    const bulletinsPath = await makeRoom(path, BULLETINS_DIRECTORY)
    return { identity, store, bulletins: await openBulletinStore(bulletinsPath, log, options) }
  } catch (error) {
    await store.close()
    throw error
  }
}

/** The directory of a database. */
async function makeRoom (path: string, name: string): Promise<string> {
  const room = join(resolve(path), name)
  await onDisk(`make the directory ${room}`, async () => {
    await makeDirectory(resolve(path))
    await makeDirectory(room)
    // The database makes its files as the process's umask says: nobody else gets near them.
    await chmod(room, DIRECTORY_MODE)
  })
  return room
}

/** One by one: Node's own `recursive` never returns where nothing can be made, as below /proc. */
async function makeDirectory (path: string): Promise<void> {
  if (await isDirectory(path)) return
  const parent = dirname(path)
  if (parent !== path) await makeDirectory(parent)
  try {
    await mkdir(path, { mode: DIRECTORY_MODE })
  } catch (error) {
    // Made by another in the same moment.
    if (!await isDirectory(path)) throw error
  }
}

async function isDirectory (path: string): Promise<boolean> {
  return stat(path).then(found => found.isDirectory(), () => false)
}

async function keptIdentity (
  path: string, keyType: GivenIdentity['keyType'], log: Log,
): Promise<IdentityFiles> {
  const keyPath = join(path, KEY_FILE)
  const certPath = join(path, CERT_FILE)
  const key = await readIfThere(keyPath)
  const cert = await readIfThere(certPath)
  if (key === null) {
    if (cert !== null) throw lostKey(keyPath, certPath)
    const made = createIdentity(keyType)
    await writeWhole(path, KEY_FILE, made.key)
    await writeWhole(path, CERT_FILE, made.cert)
    return made
  }
  const fromKey = readKept(key, keyPath)
  const kept = cert === null ? null : withCertificate(key, cert)
  if (kept !== null) return kept
  log({
    level: 'warn',
    area: 'store',
    message: `${certPath} is ${cert === null ? 'missing' : 'not usable'}: ` +
      'a new certificate is issued under the same key, the identity stays',
  })
  await writeWhole(path, CERT_FILE, fromKey.cert)
  return fromKey
}

function readKept (key: string, keyPath: string): IdentityFiles {
  try {
    return readIdentity({ key, cert: null })
  } catch (error) {
    if (!(error instanceof GossipError)) throw error
    const what = `${keyPath}: ${error.message}. It is this node's identity: restore it from a ` +
      'copy, or give another directory to begin with a new one'
    throw new GossipError(error.code, what, error)
  }
}

/** Null when the kept certificate is damaged or belongs to another key. */
function withCertificate (key: string, cert: string): IdentityFiles | null {
  try {
    return readIdentity({ key, cert })
  } catch (error) {
    if (error instanceof GossipError) return null
    throw error
  }
}

function lostKey (keyPath: string, certPath: string): GossipError {
  const what = `${keyPath} is missing but ${certPath} is there: restore the key, or remove the ` +
    'certificate to begin with a new identity'
  return new GossipError('data-unusable', what)
}

async function readIfThere (path: string): Promise<string | null> {
  return onDisk(`read ${path}`, async () => {
    try {
      return await readFile(path, 'utf8')
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null
      throw error
    }
  })
}

/** All of it or nothing, whenever the machine stops: written aside, flushed, then renamed. */
async function writeWhole (directory: string, name: string, text: string): Promise<void> {
  const path = join(directory, name)
  const aside = `${path}.new`
  await onDisk(`write ${path}`, async () => {
    await rm(aside, { force: true })
    const file = await open(aside, 'wx', FILE_MODE)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(aside, path)
    await flushDirectory(directory)
  })
}

/** The rename itself; where directories cannot be flushed the system does without. */
async function flushDirectory (directory: string): Promise<void> {
  try {
    const handle = await open(directory, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (!['EISDIR', 'EINVAL', 'EPERM'].includes(codeOf(error))) throw error
  }
}

async function onDisk<T> (what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const code = codeOf(error)
    const advice = code === 'EEXIST' || code === 'ENOTDIR'
      ? 'a file is in its place; give another path'
      : 'make the data directory readable and writable for this user, or give another one'
    const message = `cannot ${what} (${code}): ${advice}`
    throw new GossipError('data-unusable', message, error)
  }
}

function codeOf (error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'no reason'
}
