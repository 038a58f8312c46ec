/**
 * A name for the socket of a node: `<port>.sock`, where a live node has that
 * `<port>-<short id>.sock`. A socket that nobody serves is replaced. Several nodes may start at
 * once: each binds to a name of its own and takes the name that people know by a link, one node
 * after the other. Read next: `socket-names.ts`, `server.ts`.
 */
import { randomBytes } from 'node:crypto'
import type { Stats } from 'node:fs'
import { chmod, link, lstat, mkdir, unlink } from 'node:fs/promises'
import type { Server } from 'node:http'
import { dirname, join } from 'node:path'
import { userInfo } from 'node:os'
import { API_LIMITS } from '../limits.js'
import { isServed, socketDirectory, type SocketEnvironment } from './socket-names.js'

export interface SocketAsked {
  readonly environment: SocketEnvironment
  readonly port: number
  /** First ten characters of the node's identity. */
  readonly short: string
  /** A path that the operator named, in place of the folder and its rules. */
  readonly path: string | null
}

/** A socket that is served under a name. */
export interface Claimed {
  readonly path: string
  /** Removes the name, unless it is somebody else's by now. */
  release (): Promise<void>
}

/** Listens. Rejects with Error that says why it cannot be, for the log. */
export async function claimSocket (server: Server, asked: SocketAsked): Promise<Claimed> {
  const directory = asked.path === null ? socketDirectory(asked.environment) : dirname(asked.path)
  const names = asked.path === null
    ? [`${asked.port}.sock`, `${asked.port}-${asked.short}.sock`].map(name => join(directory, name))
    : [asked.path]
  const own = join(directory, `.${randomBytes(6).toString('hex')}`)
  const lock = join(directory, '.p2p-gossip')
  for (const path of [own, lock, ...names]) checkLength(path)
  if (asked.path === null) await openDirectory(directory)
  await listen(server, own)
  try {
    await chmod(own, 0o600)
    const path = await locked(lock, own, () => claimOneOf(names, own))
    await unlink(own)
    const claimed = await lstat(path)
    return { path, release: () => release(path, claimed) }
  } catch (error) {
    await unlink(own).catch(() => {})
    server.close()
    throw error
  }
}

async function claimOneOf (names: readonly string[], own: string): Promise<string> {
  for (const name of names) if (await claim(name, own)) return name
  throw new Error(`a live node serves ${names.join(' and ')}`)
}

/** False when a live node has the name. Called by one node at a time. */
async function claim (name: string, own: string): Promise<boolean> {
  if (await linked(own, name)) return true
  const seen = await lstat(name).catch(() => null)
  if (seen !== null && !seen.isSocket()) {
    throw new Error(`${name} is there and no socket: remove it`)
  }
  if (await isServed(name)) return false
  await unlink(name).catch(() => {})
  return linked(own, name)
}

/**
 * One node at a time: looking whether a socket is dead and replacing it are two steps. The lock is
 * a second name of the holder's own socket, so that one whose holder was killed shows as dead.
 */
async function locked<T> (lock: string, own: string, work: () => Promise<T>): Promise<T> {
  for (let tries = 0; !await linked(own, lock); tries++) {
    if (tries === API_LIMITS.socketTriesMax) throw new Error(`${lock} is held: remove it`)
    if (!await isServed(lock)) await unlink(lock).catch(() => {})
    await new Promise(resolve => { setTimeout(resolve, API_LIMITS.socketTryEveryMs) })
  }
  try {
    return await work()
  } finally {
    await unlink(lock).catch(() => {})
  }
}

/** False when there is something of that name. */
async function linked (own: string, name: string): Promise<boolean> {
  try {
    await link(own, name)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

/** Numbers of files are used again: its age tells one from another. */
async function release (path: string, { ino, birthtimeMs }: Stats): Promise<void> {
  const now = await lstat(path).catch(() => null)
  if (now?.ino === ino && now.birthtimeMs === birthtimeMs) await unlink(path).catch(() => {})
}

/** Makes it for this user alone; refuses one that others may write to. */
async function openDirectory (directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const { uid, mode } = await lstat(directory).then(stats => {
    if (stats.isDirectory()) return stats
    throw new Error(`${directory} is no directory`)
  })
  if (uid !== userInfo().uid) throw new Error(`${directory} belongs to another user`)
  if ((mode & 0o022) !== 0) throw new Error(`others may write to ${directory}: chmod 700 it`)
}

function checkLength (path: string): void {
  const bytes = Buffer.byteLength(path)
  if (bytes <= API_LIMITS.socketPathBytesMax) return
  const what = `${path} has ${bytes} bytes, a socket may have ` +
    `${API_LIMITS.socketPathBytesMax}: set XDG_RUNTIME_DIR or --socket to a shorter path`
  throw new Error(what)
}

function listen (server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
