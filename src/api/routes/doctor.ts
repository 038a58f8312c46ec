/** What may be wrong with the node, as far as it knows itself; the verb `doctor` judges it. */
import { resolve } from 'node:path'
import { createRoute } from '@hono/zod-openapi'
import { measureLag } from '../loop-lag.js'
import { doctor } from '../schemas.js'
import type { Around } from '../served.js'
import { doctorView } from '../views.js'
import { answers, type Api } from './route.js'

const route = createRoute({
  method: 'get', path: '/v1/doctor', tags: ['mesh'],
  summary: 'What may be wrong with the node: clock, event loop, addresses, warnings',
  responses: answers('measured within half a second', doctor),
})

export function doctorRoutes (app: Api, { node }: Around): void {
  app.openapi(route, async c => {
    const loop = await measureLag()
    const { data } = node.status()
    const path = data === null ? null : resolve(data)
    return c.json(doctorView(node, { loop, data: path }), 200)
  })
}
