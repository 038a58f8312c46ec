/** One verb in this process, with a node that answers as it is told. No test of its own. */
import { Readable } from 'node:stream'
import pc from 'picocolors'
import type { BulletinView, ExplanationView, Peer, Status } from '../../src/api/schemas.js'
import type { Api, ApiRoom, FoundNode } from '../../src/cli/api-door.js'
import { completionScript } from '../../src/cli/completion-script.js'
import { perform } from '../../src/cli/main.js'

export const AL = 'a'.repeat(52)
export const BO = 'b'.repeat(51) + 'a'
export const ID64 = '0f'.repeat(32)

export class ApiCallError extends Error {
  readonly status: number
  readonly code: string

  constructor (status: number, code: string, message = 'it said so') {
    super(message)
    this.status = status
    this.code = code
  }
}

export class NoNodeError extends Error {
  constructor (socket: string, cause: string) {
    super(`no node answers at ${socket}: ${cause}`)
  }
}

export interface Surroundings {
  readonly api?: Partial<Api>
  readonly nodes?: readonly FoundNode[]
  readonly environment?: Record<string, string>
  /** Null: a terminal where nothing is typed. */
  readonly stdin?: string | Uint8Array | null
  readonly isTerminal?: boolean
  readonly interrupted?: AbortSignal
}

export interface Ran {
  readonly code: number
  readonly out: string
  readonly errors: string
  readonly progress: readonly (string | null)[]
  /** Calls of the API, `[method, ...words]`. */
  readonly calls: readonly unknown[][]
  readonly sockets: readonly string[]
}

const ONE: readonly FoundNode[] = [{ socket: '/run/8080.sock', port: 8080, short: 'aaaaaaaaaa' }]

export async function runVerb (
  argv: readonly string[], surroundings: Surroundings = {},
): Promise<Ran> {
  const { api = {}, nodes = ONE, environment = {}, stdin = '' } = surroundings
  const [out, errors, progress, calls, sockets]: [
    string[], string[], (string | null)[], unknown[][], string[],
  ] = [[], [], [], [], []]
  class ApiClient {
    constructor (socket: string) {
      sockets.push(socket)
      for (const [name, method] of Object.entries(api)) {
        Object.assign(this, {
          [name]: (...words: unknown[]) => {
            calls.push([name, ...words])
            return (method as (...words: unknown[]) => unknown)(...words)
          },
        })
      }
    }
  }
  const room = {
    ApiClient, ApiCallError, NoNodeError, findSockets: async () => [...nodes],
    openApiDocument: async () => ({ openapi: '3.1.0' }),
  } as unknown as ApiRoom
  const input = Readable.from(stdin === null || stdin.length === 0 ? [] : [Buffer.from(stdin)])
  const code = await perform(argv, {
    output: {
      print: text => { out.push(`${text}\n`) },
      write: async bytes => {
        out.push(Buffer.from(bytes).toString('latin1'))
        return true
      },
      complain: text => { errors.push(`${text}\n`) },
      progress: line => { progress.push(line) },
      onBroken: () => {},
    },
    input: () => Object.assign(input, { isTTY: stdin === null }),
    isTerminal: surroundings.isTerminal ?? false,
    environment,
    log: () => {},
    colours: pc.createColors(false),
    version: '1.2.3',
    api: async () => room,
    interrupted: () => surroundings.interrupted ?? new AbortController().signal,
    completion: completionScript,
  })
  return { code, out: out.join(''), errors: errors.join(''), progress, calls, sockets }
}

export function peerView (view: Partial<Peer> = {}): Peer {
  return {
    id: BO, name: 'bo', contact: null, address: '10.0.0.2:8080', status: 'linked', sinceMs: 0,
    seenBy: [], rttMs: 1.25, topics: [ID64], ...view,
  }
}

export function bulletinView (view: Partial<BulletinView> = {}): BulletinView {
  return {
    topic: ID64, topicText: 'public', author: AL, name: 'al', incarnation: 7, seq: 1,
    timestamp: 1_498_486_735, contentId: 'c'.repeat(64), text: 'hello', ...view,
  }
}

export function statusView (view: Partial<Status> = {}): Status {
  return {
    id: AL, name: 'al', address: '10.0.0.1:8080', port: 8080, version: '1.2.3',
    network: 'p2p-gossip', startedAt: '2026-01-02T12:03:04.000Z', members: 3, linked: 2,
    bulletins: { held: 5, bytes: 2_048, quota: 67_108_864 },
    batches: { received: 7, known: 2 }, topics: 2, contacts: 1,
    inboxTopic: ID64, data: null, pid: 42, ...view,
  }
}

export function explanationView (view: Partial<ExplanationView> = {}): ExplanationView {
  return {
    id: BO, name: 'bo', status: 'lost', sinceMs: 0, isProven: true, issuedMs: 0,
    addresses: ['10.0.0.2:8080'], seenBy: [], missedBy: [], path: null, seek: null, lastDown: null,
    ...view,
  }
}
