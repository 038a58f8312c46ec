/**
 * Something that serves the paths of the control API on a unix socket, with canned answers: for
 * tests of the built program. No test of its own.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { AL, BO, ID64, bulletinView, explanationView, peerView, statusView } from './fake-node.js'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

export interface FakeServer {
  readonly socket: string
  /** A new folder; the socket is in it. */
  readonly folder: string
  /** `METHOD path` of each call, without `/v1/`. */
  readonly calls: string[]
}

const MADE = { topic: ID64, contentId: ID64, seq: 1, linked: 1, storedBy: [BO] }
const CONTACT = {
  name: 'alice', state: 'ready', address: '127.0.0.1:8081', identity: BO, status: 'linked',
  exchangeKey: '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VuAyEA\n-----END PUBLIC KEY-----\n',
}
const SCHEDULE = {
  id: '9f86d081884c7d65', expression: '*/5 * * * *', topic: 'status', text: 'still here',
  next: '2026-01-02T12:05:00.000Z',
}

const GOOD: Readonly<Record<string, object | string>> = {
  'GET status': statusView(),
  'GET peers': { peers: [peerView()] },
  'POST ping': { peer: BO, name: 'bo', address: '10.0.0.2:8080', rttMs: 0.8, hops: 1, via: null },
  'GET path': { path: { peer: BO, hops: 1, rttMs: 0.8, members: [AL, BO] } },
  'GET paths': { paths: [] },
  'GET links': { rows: [] },
  'GET explain': explanationView(),
  'POST publish': MADE,
  'GET subscribe': `id: 1\nevent: bulletin\ndata: ${JSON.stringify(bulletinView())}\n\n`,
  'GET messages': { messages: [bulletinView()], more: false },
  'POST messages/purge': { purged: 1 },
  'GET topics': { topics: [] },
  'POST send': { to: BO, contact: 'alice', seq: 1, linked: 1, storedBy: [] },
  'GET inbox': { topic: ID64, messages: [] },
  'POST inbox/change': { topic: ID64, contacts: 1 },
  'GET contacts': { contacts: [CONTACT] },
  'POST contacts': CONTACT,
  'PUT contacts/alice/key': CONTACT,
  'DELETE contacts/alice': {},
  'GET schedules': { schedules: [SCHEDULE] },
  'POST schedules': SCHEDULE,
  'DELETE schedules/9f86d081884c7d65': {},
  'GET export': 'bytes of a file',
  'POST import': { taken: 1, known: 0, refused: 0 },
  'GET wait': { members: 2, isMet: true },
  'POST leave': { isLeaving: true },
  'POST forget': { peer: AL },
}

/** Ends with its test. `others`: answers in place of the good ones. */
export async function serveFake (
  t: Test, others: Readonly<Record<string, Answer>> = {},
): Promise<FakeServer> {
  // Not below the test's own folder: the path of a socket has a hundred bytes at most.
  const folder = mkdtempSync(join(tmpdir(), 'p2p-gossip-test-'))
  const socket = join(folder, 'node.sock')
  const calls: string[] = []
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0]?.replace('/v1/', '') ?? ''
    const call = `${request.method} ${path}`
    calls.push(call)
    request.resume()
    const other = others[call]
    if (other !== undefined) return other(request, response)
    request.on('end', () => { answer(response, call) })
  })
  await new Promise<void>(resolve => { server.listen(socket, resolve) })
  t.teardown(async () => {
    server.closeAllConnections()
    await new Promise(resolve => { server.close(resolve) })
    rmSync(folder, { recursive: true, force: true })
  })
  return { socket, folder, calls }
}

function answer (response: ServerResponse, call: string): void {
  const body = GOOD[call]
  if (body === undefined) return fail(404, 'path-unknown')(null, response)
  if (typeof body === 'object') {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
  } else if (call === 'GET subscribe') {
    // It stays open, as that of a node does.
    response.setHeader('content-type', 'text/event-stream').write(body)
  } else response.end(body)
}

/** An answer that is an error of the API. */
export function fail (
  status: number, code: string,
): (_: unknown, response: ServerResponse) => void {
  return (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ error: { code, message: `${code} it is` } }))
  }
}
