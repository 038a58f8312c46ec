/**
 * Serves the API of a node on a unix socket until the node has ended. That it cannot be served is a
 * line in the log and never the end of a node. Read next: `app.ts`, `sockets.ts`.
 */
import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { shortIdentity, type Log } from '../index.js'
import { API_LIMITS } from '../limits.js'
import { createApp } from './app.js'
import type { Served } from './served.js'
import type { SocketEnvironment } from './socket-names.js'
import { claimSocket, type Claimed } from './sockets.js'

export interface ServeOptions {
  /** Of the package, for `status`. */
  readonly version: string
  readonly log: Log
  /** `process.env`: where the folder of sockets is. */
  readonly environment: SocketEnvironment
  /** A path in the place of that folder's. */
  readonly socket?: string
  /** Somebody asked the node to leave. @default node.close() */
  readonly leave?: () => void
}

/** An API that is served, or could not be. */
export interface ServedApi {
  /** Path of the socket; null: none was possible, and the log says why. */
  readonly socket: string | null
  /** Resolves when the socket is gone and nobody is connected. Happens at the node's end too. */
  close (): Promise<void>
}

/** Never rejects. */
export async function serveNode (node: Served, options: ServeOptions): Promise<ServedApi> {
  const { version, log, environment, socket: path = null } = options
  const leave = options.leave ?? ((): void => { void node.close() })
  const app = createApp({ node, version, log, leave })
  // Its own Request and Response are not put in the place of everybody's.
  const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }) as Server
  server.maxConnections = API_LIMITS.connectionsMax
  // Streams and waits are silent for long.
  server.requestTimeout = 0
  const claimed = await claimSocket(server, {
    environment, port: node.port, short: shortIdentity(node.id), path,
  }).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error)
    log({ level: 'warn', area: 'api', message: `the API is not served: ${why}` })
    return null
  })
  if (claimed === null) return { socket: null, close: async () => {} }
  server.on('error', error => {
    log({ level: 'warn', area: 'api', message: `the API's socket: ${error.message}` })
  })
  log({ level: 'info', area: 'api', message: `the API is served on ${claimed.path}` })
  let closing: Promise<void> | null = null
  const close = (): Promise<void> => closing ??= end(server, claimed)
  void node.closed.then(close)
  return { socket: claimed.path, close }
}

async function end (server: Server, claimed: Claimed): Promise<void> {
  await claimed.release()
  await new Promise<void>(resolve => {
    const timer = setTimeout(() => { server.closeAllConnections() }, API_LIMITS.closeFlushMaxMs)
    server.close(() => {
      clearTimeout(timer)
      resolve()
    })
    server.closeIdleConnections()
  })
}
