/** The node and its peers: status, peers, ping, wait, leave, forget. */
import { createRoute, z } from '@hono/zod-openapi'
import { API_LIMITS } from '../../limits.js'
import { contactNames, peerToActOn, peerToRead } from '../peer-names.js'
import {
  forgetAsked, forgotten, leaving, peers, pingAsked, pinged, status, waitAsked, waited,
} from '../schemas.js'
import type { Around, Served } from '../served.js'
import { given, peerView } from '../views.js'
import { answers, errorsOf, jsonBody, outgoingOf, type Api } from './route.js'

const tags = ['mesh']
const health = z.strictObject({ status: z.literal('ok') })

const routes = {
  health: createRoute({
    method: 'get', path: '/health', tags, summary: 'The node answers',
    responses: answers('it does', health),
  }),
  status: createRoute({
    method: 'get', path: '/v1/status', tags, summary: 'The node in numbers',
    responses: answers('now', status),
  }),
  peers: createRoute({
    method: 'get', path: '/v1/peers', tags, summary: 'Everyone known, as this node sees it',
    responses: answers('in order of identity', peers),
  }),
  ping: createRoute({
    method: 'post', path: '/v1/ping', tags, summary: 'Measures the way to a peer and back',
    request: jsonBody(pingAsked),
    responses: answers('it answered', pinged, 400, 404, 409, 413, 415, 503, 504),
  }),
  wait: createRoute({
    method: 'get', path: '/v1/wait', tags,
    summary: 'Waits until this node and its linked peers are so many',
    request: { query: waitAsked },
    responses: answers('so many they are, or time is up', waited, 400),
  }),
  leave: createRoute({
    method: 'post', path: '/v1/leave', tags,
    summary: 'The node tells everyone that it leaves, and ends',
    responses: answers('it will', leaving),
  }),
  forget: createRoute({
    method: 'post', path: '/v1/forget', tags, summary: 'Forgets a peer that is gone',
    request: jsonBody(forgetAsked),
    responses: {
      ...answers('it is forgotten', forgotten, 400), ...errorsOf(404, 409, 413, 415, 503),
    },
  }),
}

export function meshRoutes (app: Api, around: Around): void {
  const { node, version } = around
  const waiting = new Set<() => void>()
  void node.closed.then(() => { for (const end of [...waiting]) end() })
  app.openapi(routes.health, c => c.json({ status: 'ok' as const }, 200))
  app.openapi(routes.status, c => {
    const { startedAt, ...rest } = node.status()
    const contacts = node.contacts.list().length
    const own = { version, contacts, startedAt: startedAt.toISOString(), pid: process.pid }
    return c.json({ ...rest, ...own }, 200)
  })
  app.openapi(routes.peers, c => {
    const names = contactNames(node)
    return c.json({
      peers: node.peers().map(peer => peerView(peer, names.get(peer.id)?.name ?? null)),
    }, 200)
  })
  app.openapi(routes.ping, async c => {
    const { peer, timeoutMs } = c.req.valid('json')
    const id = peerToRead(node, peer)
    const known = node.peers().find(one => one.id === id)
    const { name, address, status: seen } = known ?? { name: '', address: '', status: 'lost' }
    const path = seen === 'linked' ? null : node.path(id)
    const rttMs = await node.ping(id, given({ timeoutMs }))
    const way = { hops: path?.hops ?? 1, via: path?.members[1] ?? null }
    return c.json({ peer: id, name, address, rttMs, ...way }, 200)
  })
  app.openapi(routes.wait, async c => {
    const { members, timeoutMs = API_LIMITS.waitDefaultMs } = c.req.valid('query')
    const asked = { members, timeoutMs, gone: c.req.raw.signal }
    return c.json(await waitFor(node, waiting, asked), 200)
  })
  app.openapi(routes.leave, c => {
    // The answer goes first: leaving cuts its connection.
    const leave = (): void => { setImmediate(around.leave) }
    const outgoing = outgoingOf(c)
    if (outgoing === undefined) leave()
    else outgoing.once('finish', leave)
    return c.json({ isLeaving: true as const }, 200)
  })
  app.openapi(routes.forget, async c => {
    const peer = peerToActOn(node, c.req.valid('json').peer)
    await node.forget(peer)
    return c.json({ peer }, 200)
  })
}

/** Resolves when it holds, when time is up, when the node has ended or the caller has gone. */
function waitFor (
  node: Served, waiting: Set<() => void>,
  { members, timeoutMs, gone }: { members: number, timeoutMs: number, gone: AbortSignal },
): Promise<{ members: number, isMet: boolean }> {
  return new Promise(resolve => {
    const count = (): number => node.status().linked + 1
    const end = (): void => {
      clearTimeout(timer)
      waiting.delete(end)
      node.off('link-up', look)
      gone.removeEventListener('abort', end)
      resolve({ members: count(), isMet: count() >= members })
    }
    const look = (): void => { if (count() >= members) end() }
    const timer = setTimeout(end, timeoutMs)
    node.on('link-up', look)
    if (gone.aborted) return end()
    gone.addEventListener('abort', end)
    waiting.add(end)
    look()
  })
}
