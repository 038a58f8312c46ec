/**
 * Where nodes of this user serve their API: a folder of sockets, named after the ports that the
 * nodes listen on. Loads nothing but Node, so that a program that only calls one starts quickly.
 * Read next: `sockets.ts`, which makes them, and `client.ts`.
 */
import { readdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { API_LIMITS } from '../limits.js'

/** `process.env`, or what stands in for it. */
export type SocketEnvironment = Readonly<Record<string, string | undefined>>

/** A node that serves its API on this machine. */
export interface FoundNode {
  /** Path of the socket. */
  readonly socket: string
  /** Port that the node accepts links on, as the name says; null for a name of another kind. */
  readonly port: number | null
  /** First ten characters of its identity, where the name has them: two nodes use one port. */
  readonly short: string | null
}

/** The folder of sockets: of the session, else one of this user among the temporary files. */
export function socketDirectory (environment: SocketEnvironment): string {
  const runtime = environment['XDG_RUNTIME_DIR'] ?? ''
  if (runtime.startsWith('/')) return join(runtime, 'p2p-gossip')
  const temporary = environment['TMPDIR'] ?? ''
  return join(temporary === '' ? tmpdir() : temporary, `p2p-gossip-${userInfo().uid}`)
}

/** Nodes that answer, in order of their sockets' names. Never rejects. */
export async function findSockets (environment: SocketEnvironment): Promise<FoundNode[]> {
  const directory = socketDirectory(environment)
  const names = await readdir(directory).catch(() => [])
  const found = names.filter(name => name.endsWith('.sock')).sort().map(async name => {
    const socket = join(directory, name)
    return await isServed(socket) ? [{ socket, ...parseSocketName(name) }] : []
  })
  return (await Promise.all(found)).flat()
}

/** `8080.sock`, or `8080-abcdefghij.sock`. */
export function parseSocketName (name: string): Pick<FoundNode, 'port' | 'short'> {
  const [, port, short] = /^(\d{1,5})(?:-([a-z2-7]{10}))?\.sock$/.exec(name) ?? []
  return { port: port === undefined ? null : Number(port), short: short ?? null }
}

/** Somebody accepts connections there. */
export function isServed (path: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(path)
    const end = (isIt: boolean): void => {
      socket.destroy()
      resolve(isIt)
    }
    socket.setTimeout(API_LIMITS.socketConnectMaxMs, () => { end(false) })
    socket.once('connect', () => { end(true) })
    // Nobody answers, or it is none of this user's: it cannot be used.
    socket.once('error', () => { end(false) })
  })
}
