/** Real nodes with an API, in this process; and a stand-in for the private side of one. */
import type { Test } from 'tap'
import { createApp } from '../../src/api/app.js'
import { ApiClient } from '../../src/api/client.js'
import type { Api } from '../../src/api/routes/route.js'
import type { PrivateSide, RouteSide, Served } from '../../src/api/served.js'
import { serveNode, type ServedApi } from '../../src/api/server.js'
import type { SocketEnvironment } from '../../src/api/socket-names.js'
import type { Contact } from '../../src/hall/private/contacts.js'
import type { Node } from '../../src/node.js'
import type { NodeOptions } from '../../src/options.js'
import type { LogEntry } from '../../src/ports.js'
import { startLinked } from '../helpers/loopback-nodes.js'
import { shortDirectory } from '../helpers/short-directory.js'

/** What may be put in the place of a node's own. */
type Side = PrivateSide & RouteSide

export interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

export class Stage {
  readonly node: Node
  readonly app: Api
  readonly logged: LogEntry[] = []
  left = 0

  constructor (node: Node, side: Partial<Side> = {}) {
    this.node = node
    this.app = createApp({
      node: withPrivateSide(node, side),
      version: '1.2.3',
      log: entry => { this.logged.push(entry) },
      leave: () => { this.left++ },
    })
  }

  async get (path: string): Promise<Answer> {
    return this.answer(path)
  }

  async post (path: string, body?: unknown, method = 'POST'): Promise<Answer> {
    return this.answer(path, body === undefined
      ? { method }
      : { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
  }

  async answer (path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await this.app.request(path, init)
    return { status: response.status, body: await response.json() as Record<string, unknown> }
  }
}

/** A node alone, or linked with others, and its API. */
export async function stageOn (
  t: Test, others: readonly Node[] = [], options: NodeOptions = {},
  side: Partial<Side> = {},
): Promise<Stage> {
  return new Stage(await startLinked(t, others, options), side)
}

/** The node, with these in the place of its own. */
export function withPrivateSide (node: Node, side: Partial<Side>): Served {
  return new Proxy(node, {
    get: (target, name) => {
      const found = name in side
        ? Reflect.get(side, name) as unknown
        : Reflect.get(target, name, target) as unknown
      if (typeof found !== 'function') return found
      return found.bind(name in side ? side : target) as unknown
    },
  })
}

export function contactRow (over: Partial<Contact> & { name: string }): Contact {
  return { state: 'ready', address: null, identity: null, exchangeKey: null, ...over }
}

export interface ServedStage {
  readonly node: Node
  readonly api: ServedApi
  readonly client: ApiClient
  readonly environment: SocketEnvironment
  readonly logged: LogEntry[]
}

/** A node whose API is served on a socket in a folder of this test's own. */
export async function serveOn (
  t: Test, others: readonly Node[] = [], options: NodeOptions = {},
): Promise<ServedStage> {
  const node = await startLinked(t, others, options)
  const logged: LogEntry[] = []
  const environment = { XDG_RUNTIME_DIR: shortDirectory(t) }
  const api = await serveNode(node, {
    version: '1.2.3',
    log: entry => { logged.push(entry) },
    environment,
  })
  if (api.socket === null) throw new Error(JSON.stringify(logged))
  t.teardown(() => api.close())
  return { node, api, client: new ApiClient(api.socket), environment, logged }
}
