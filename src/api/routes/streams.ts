/** Events as they come: bulletins of topics, and the node's notices. Read next: `../streams.ts`. */
import { createRoute } from '@hono/zod-openapi'
import { eventsAsked, subscribeAsked } from '../schemas.js'
import type { Streams } from '../streams.js'
import { given } from '../views.js'
import { eventStream, type Api } from './route.js'

const tags = ['streams']
const HEADERS = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' }

const routes = {
  subscribe: createRoute({
    method: 'get', path: '/v1/subscribe', tags, summary: 'Bulletins of topics as they come',
    request: { query: subscribeAsked },
    responses: eventStream('events open, bulletin, gap, lost and left', 400, 410, 503),
  }),
  events: createRoute({
    method: 'get', path: '/v1/events', tags, summary: 'Notices of the node as they come',
    request: { query: eventsAsked },
    responses: eventStream('events open, each kind of notice, lost and left', 400, 410, 503),
  }),
}

export function streamRoutes (app: Api, streams: Streams): void {
  app.openapi(routes.subscribe, c => {
    const { topic, since, lastEventId } = c.req.valid('query')
    const last = c.req.header('last-event-id') ?? lastEventId
    const body = last === undefined
      ? streams.open({ topics: topic, ...given({ since }) })
      : streams.resume(last)
    return c.body(body, 200, HEADERS) as never
  })
  app.openapi(routes.events, c => {
    const last = c.req.header('last-event-id') ?? c.req.valid('query').lastEventId
    return c.body(streams.notices(last ?? null), 200, HEADERS) as never
  })
}
