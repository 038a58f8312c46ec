/**
 * The API as one function from a request to an answer: its routes, what they refuse alike, and its
 * description. It listens nowhere: `server.ts` does. Read next: `routes/`, `errors.ts`.
 */
import { OpenAPIHono } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import { API_LIMITS } from '../limits.js'
import { ApiFault, respond } from './errors.js'
import { bulletinRoutes } from './routes/bulletins.js'
import { doctorRoutes } from './routes/doctor.js'
import { linkRoutes } from './routes/links.js'
import { meshRoutes } from './routes/mesh.js'
import { privateRoutes } from './routes/private.js'
import type { Api, Env } from './routes/route.js'
import { scheduleRoutes } from './routes/schedules.js'
import { streamRoutes } from './routes/streams.js'
import { transferRoutes } from './routes/transfer.js'
import type { Around } from './served.js'
import { Streams } from './streams.js'

const INFO = {
  openapi: '3.1.0',
  info: {
    title: 'p2p-gossip: control API of a node',
    version: '1',
    description: 'HTTP and JSON on a unix socket of the user who runs the node. ' +
      'Errors are {error: {code, message}} with a fitting status.',
    license: { name: 'MIT', identifier: 'MIT' },
  },
} as const

const JSON_PATH = '/v1/openapi.json'

/** The API on a node. */
export function createApp (around: Around): Api {
  const app: Api = new OpenAPIHono<Env>({
    defaultHook: result => {
      if (!result.success) throw new ApiFault('request-invalid', issuesText(result.error.issues))
    },
  })
  app.use(limitBody)
  meshRoutes(app, around)
  doctorRoutes(app, around)
  linkRoutes(app, around)
  bulletinRoutes(app, around)
  privateRoutes(app, around)
  scheduleRoutes(app, around)
  transferRoutes(app, around)
  streamRoutes(app, new Streams(around.node))
  const document = documentOf(app)
  app.get(JSON_PATH, c => c.json(document))
  const paths = app.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => ({
    method, path: new RegExp(`^${path.replaceAll(/:[^/]+/g, '[^/]+').replaceAll('.', '\\.')}$`),
  }))
  app.notFound(c => respond(c, missing(paths, c.req.method, c.req.path), around.log))
  app.onError((error, c) => respond(c, error, around.log))
  return app
}

/** OpenAPI 3.1; needs no node. */
export function openApiOf (): object {
  const nothing = { closed: new Promise<void>(() => {}), on: () => {} }
  const node = nothing as unknown as Around['node']
  return documentOf(createApp({ node, version: '', log: () => {}, leave: () => {} }))
}

function documentOf (app: Api): object {
  return app.getOpenAPI31Document(INFO)
}

/** Files to import are read in pieces, whatever their size. */
const limitBody: MiddlewareHandler = async (c, next) => {
  const isRead = c.req.method === 'POST' || c.req.method === 'PUT'
  if (isRead && c.req.path !== '/v1/import') {
    const length = c.req.header('content-length')
    if (Number(length ?? 0) > API_LIMITS.bodyBytesMax) throw tooLarge()
    if (length === undefined) {
      const body = await readBody(c.req.raw.body)
      // A promise is what hono keeps there, whatever its type says.
      c.req.bodyCache.arrayBuffer = Promise.resolve(body) as unknown as ArrayBuffer
    }
  }
  await next()
}

/** Of a body that does not say how long it is. */
async function readBody (body: ReadableStream<Uint8Array> | null): Promise<ArrayBuffer> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of body ?? []) {
    bytes += piece.length
    if (bytes > API_LIMITS.bodyBytesMax) throw tooLarge()
    pieces.push(piece)
  }
  return new Uint8Array(Buffer.concat(pieces)).buffer
}

function tooLarge (): ApiFault {
  return new ApiFault('body-too-large', `the body is larger than ${API_LIMITS.bodyBytesMax} bytes`)
}

function missing (
  paths: readonly { readonly method: string, readonly path: RegExp }[], method: string,
  asked: string,
): ApiFault {
  const others = [...new Set(paths.filter(({ path }) => path.test(asked)).map(each => each.method))]
  return others.length === 0
    ? new ApiFault('path-unknown', `there is no such path: see ${JSON_PATH}`)
    : new ApiFault('method-not-allowed', `${method} is not for this path: ${others.join(' or ')}`)
}

/** Of what is wrong, the first few; values are not repeated. */
function issuesText (
  issues: readonly { readonly path: readonly PropertyKey[], readonly message: string }[],
): string {
  const texts = issues.slice(0, 3).map(({ path, message }) =>
    path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`)
  return `the call is not understood: ${texts.join('; ').slice(0, 500)}`
}
