/** Bulletins that are published again and again. */
import { createRoute, z } from '@hono/zod-openapi'
import { schedule, scheduleAsked, scheduleParam, schedules } from '../schemas.js'
import type { Around } from '../served.js'
import { contentOf, given, scheduleView } from '../views.js'
import { contentWithSource } from './bulletins.js'
import { answers, jsonBody, type Api } from './route.js'

const tags = ['schedules']
const removed = z.strictObject({ id: scheduleParam.shape.id })

const routes = {
  list: createRoute({
    method: 'get', path: '/v1/schedules', tags, summary: 'What is published again and again',
    responses: answers('all of them', schedules),
  }),
  add: createRoute({
    method: 'post', path: '/v1/schedules', tags, summary: 'Publishes at these times from now on',
    request: jsonBody(scheduleAsked),
    responses: answers('it is kept', schedule, 400, 413, 415, 503, 507),
  }),
  remove: createRoute({
    method: 'delete', path: '/v1/schedules/{id}', tags, summary: 'Publishes it no more',
    request: { params: scheduleParam },
    responses: answers('it is gone', removed, 400, 404, 507),
  }),
}

export function scheduleRoutes (app: Api, { node }: Around): void {
  app.openapi(routes.list, c => c.json({ schedules: node.schedules.list().map(scheduleView) }, 200))
  app.openapi(routes.add, async c => {
    const { expression, topic, source, ...content } = c.req.valid('json')
    // Refused here as `publish` refuses it.
    contentWithSource(given({ source, ...content }))
    const added = await node.schedules.add({
      expression, content: contentOf(content), ...given({ topic, source }),
    })
    return c.json(scheduleView(added), 200)
  })
  app.openapi(routes.remove, async c => {
    const { id } = c.req.valid('param')
    await node.schedules.remove(id)
    return c.json({ id }, 200)
  })
}
