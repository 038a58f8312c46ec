/** Batches to a file and from one. Files have any size: they pass in pieces. */
import { createRoute, z } from '@hono/zod-openapi'
import type { Log } from '../../index.js'
import { ApiFault } from '../errors.js'
import { batchesMatching, imported } from '../schemas.js'
import type { Around } from '../served.js'
import { batchMatch } from './bulletins.js'
import { answers, errorsOf, outgoingOf, type Api, type Env } from './route.js'

const tags = ['transfer']
const FILE = 'application/octet-stream'
const file = z.string().openapi({ format: 'binary' })

const routes = {
  export: createRoute({
    method: 'get', path: '/v1/export', tags, summary: 'A file with the batches held that match',
    request: { query: batchesMatching },
    responses: {
      200: { description: 'the file', content: { [FILE]: { schema: file } } },
      ...errorsOf(400, 404, 409),
    },
  }),
  import: createRoute({
    method: 'post', path: '/v1/import', tags,
    summary: 'Takes the batches of such a file, under the checks of a link',
    request: { body: { required: true, content: { [FILE]: { schema: file } } } },
    responses: answers('what came of them', imported, 400, 503),
  }),
}

export function transferRoutes (app: Api, { node, log }: Around): void {
  app.openapi(routes.export, c => {
    const pieces = node.exportBatches(batchMatch(node, c.req.valid('query')))
    return c.body(streamOf(pieces, outgoingOf(c), log), 200, { 'content-type': FILE }) as never
  })
  app.openapi(routes.import, async c => {
    const { body } = c.req.raw
    if (body === null) throw new ApiFault('request-invalid', 'the file is the body: there is none')
    const { taken, known, refused } = await node.importBatches(body)
    return c.json({ taken, known, refused }, 200)
  })
}

/** Read on when the other end took what was read. Cut off when it cannot be read to its end. */
function streamOf (
  pieces: AsyncIterator<Uint8Array, unknown>, outgoing: Env['Bindings']['outgoing'], log: Log,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    pull: async controller => {
      try {
        const piece = await pieces.next()
        if (piece.done === true) controller.close()
        else controller.enqueue(piece.value)
      } catch (error) {
        log({ level: 'warn', area: 'api', message: `an export failed: ${String(error)}` })
        if (outgoing === undefined) controller.error(error)
        else outgoing.destroy()
      }
    },
    cancel: async () => { await pieces.return?.() },
  }, { highWaterMark: 0 })
}
