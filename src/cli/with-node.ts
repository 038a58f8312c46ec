/**
 * Which running node a verb talks to, and what its errors mean for the one who called. Read next:
 * `api-door.ts`; `commands/publish.ts`, a verb that calls.
 */
import { DEFAULTS } from '../options.js'
import type { Api, ApiRoom, FoundNode } from './api-door.js'
import { CliError, EXIT, exitCodeOfAnswer, usageError } from './exit-code.js'
import { quote, quotePath } from './values.js'
import type { Settings } from './verb.js'
import type { Environment } from './flags.js'
import type { World } from './world.js'
import { shortIdentity, type Identity } from '../wire/identity.js'

/**
 * Calls the node that `--node` names, else the one on the default port, else the only one.
 * Rejects with CliError or GossipError, which say what to do.
 */
export async function withNode<R> (
  settings: Settings<{ readonly node?: string }>, world: World,
  call: (node: Api) => Promise<R>,
): Promise<R> {
  return callAt(world, await socketFor(settings, world), call)
}

/** Path of that node's socket. Rejects as `withNode`. */
export async function socketFor (
  settings: Settings<{ readonly node?: string }>, { api, environment }: World,
): Promise<string> {
  const room = await api()
  const asked = settings.origins.get('node') === 'P2P_GOSSIP_PORT' && settings.values.node === '0'
    ? undefined
    : settings.values.node
  return asked !== undefined && (asked.includes('/') || asked.endsWith('.sock'))
    ? asked
    : chosen(await named(room, environment, asked), asked, settings.origins.get('node'))
}

/** Calls whoever serves this socket. Rejects as `withNode`. */
export async function callAt<R> (
  { api }: World, socket: string, call: (node: Api) => Promise<R>,
): Promise<R> {
  const room = await api()
  try {
    return await call(new room.ApiClient(socket))
  } catch (error) {
    throw explained(error, room)
  }
}

/** Nodes that answer. A socket's name tells the port; who it is is asked where that matters. */
async function named (
  room: ApiRoom, environment: Environment, asked: string | undefined,
): Promise<FoundNode[]> {
  const found = await room.findSockets(environment)
  const isPlain = asked === undefined
    ? found.length < 2 || found.filter(isUsual).length === 1
    : isPort(asked)
  if (isPlain) return found
  return Promise.all(found.map(async node => {
    if (node.short !== null) return node
    try {
      const { id } = await new room.ApiClient(node.socket).status()
      return { ...node, short: shortIdentity(id as Identity) }
    } catch {
      // It went away meanwhile, or is too busy to say: its port names it well enough.
      return node
    }
  }))
}

/** Throws CliError and GossipError. Exported for its tests. */
export function chosen (
  found: readonly FoundNode[], asked: string | undefined, origin = '--node',
): string {
  if (asked !== undefined) {
    const fitting = found.filter(node => isNamed(node, asked))
    const [first] = fitting
    if (fitting.length > 1) throw usageError(`${origin}: ${quote(asked)} ${severalNodes(fitting)}`)
    if (first !== undefined) return first.socket
    const others = found.length === 0 ? 'none runs here' : `there are ${listed(found)}`
    throw new CliError(EXIT.noNode,
      `${origin}: no running node is ${quote(asked)}; ${others}; start one with p2p-gossip`)
  }
  const usual = found.filter(isUsual)
  const [first] = usual.length === 1 ? usual : found
  if (first === undefined) {
    throw new CliError(EXIT.noNode,
      'no node runs here under this user; start one with p2p-gossip, or name its socket: --node')
  }
  if (usual.length !== 1 && found.length > 1) {
    throw usageError(`--node is needed, it ${severalNodes(found)}`)
  }
  return first.socket
}

function isUsual ({ port }: FoundNode): boolean {
  return port === DEFAULTS.port
}

function isPort (asked: string): boolean {
  return /^\d{1,5}$/.test(asked)
}

/** A port, or the beginning of a short identity. */
function isNamed ({ port, short }: FoundNode, asked: string): boolean {
  return isPort(asked)
    ? port === Number(asked)
    : short !== null && asked.length >= 4 && (short.startsWith(asked) || asked.startsWith(short))
}

function severalNodes (found: readonly FoundNode[]): string {
  return `may be one of ${listed(found)}; give --node with a short identity or a path`
}

/** More do not fit a line. */
const LISTED = 8

function listed (found: readonly FoundNode[]): string {
  const names = found.map(({ port, short, socket }) =>
    [short, port === null ? quotePath(socket) : `port ${port}`].filter(Boolean).join(' on '))
  const more = names.length - LISTED
  return names.slice(0, LISTED).join(', ') + (more > 0 ? ` and ${more} more` : '')
}

function explained (error: unknown, room: ApiRoom): unknown {
  if (error instanceof room.NoNodeError) {
    const what = `${error.message}; it may have ended, start one with p2p-gossip`
    return new CliError(EXIT.noNode, what, error)
  }
  if (error instanceof room.ApiCallError) {
    return new CliError(exitCodeOfAnswer(error.code, error.status), error.message, error)
  }
  return error
}
