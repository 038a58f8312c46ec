/** Bulletins: publish, what is held, purge, topics. Read next: `streams.ts` for what comes. */
import { createRoute } from '@hono/zod-openapi'
import { API_LIMITS } from '../../limits.js'
import { PUBLIC_TOPIC, isSource, topicOf, withSource, type Query } from '../../index.js'
import { ApiFault } from '../errors.js'
import { peerToRead } from '../peer-names.js'
import {
  bulletin, contentIdParam, matching, messages, publishAsked, published,
  purgeAsked, purged, topics, type BatchesMatching, type BulletinView, type Matching,
  type PublishAsked,
} from '../schemas.js'
import type { Around, Served } from '../served.js'
import { bulletinView, contentOf, given, topicNamed } from '../views.js'
import { answers, jsonBody, type Api } from './route.js'

const tags = ['bulletins']

const routes = {
  publish: createRoute({
    method: 'post', path: '/v1/publish', tags, summary: 'Publishes to everyone in the mesh',
    request: jsonBody(publishAsked),
    responses: answers('it has left', published, 400, 409, 413, 415, 503, 504, 507),
  }),
  messages: createRoute({
    method: 'get', path: '/v1/messages', tags, summary: 'Bulletins held here, oldest first',
    request: { query: matching },
    responses: answers('those that match', messages, 400, 404, 409),
  }),
  message: createRoute({
    method: 'get', path: '/v1/messages/{contentId}', tags,
    summary: 'One bulletin, asked of linked peers when it is not held here',
    request: { params: contentIdParam },
    responses: answers('it', bulletin, 400, 404, 503),
  }),
  purge: createRoute({
    method: 'post', path: '/v1/messages/purge', tags,
    summary: 'Removes what is held here; other members keep theirs',
    request: jsonBody(purgeAsked),
    responses: answers('removed', purged, 400, 404, 409, 413, 415, 503),
  }),
  topics: createRoute({
    method: 'get', path: '/v1/topics', tags, summary: 'Topics subscribed to, or held',
    responses: answers('those subscribed to first', topics),
  }),
}

export function bulletinRoutes (app: Api, { node }: Around): void {
  app.openapi(routes.publish, async c => {
    const asked = c.req.valid('json')
    const { topic = PUBLIC_TOPIC, wait, timeoutMs, bits } = asked
    const named = topicNamed(topic)
    const done = await node.publish(named, contentWithSource(asked), {
      ...given({ wait, timeoutMs, bits }), signal: c.req.raw.signal,
    })
    const { contentId, seq, linked, storedBy } = done
    const topicId = typeof named === 'string' ? topicOf(named) : topic.toLowerCase()
    return c.json({ topic: topicId, contentId, seq, linked, storedBy: [...storedBy] }, 200)
  })
  app.openapi(routes.messages, async c => {
    return c.json(await heldThatMatch(node, c.req.valid('query')), 200)
  })
  app.openapi(routes.message, async c => {
    const { contentId } = c.req.valid('param')
    const found = await node.get(contentId)
    if (found === null) {
      throw new ApiFault('message-unknown', 'nobody has it, or said so in time')
    }
    return c.json(bulletinView(node, found), 200)
  })
  app.openapi(routes.purge, async c => {
    const { all, ...match } = c.req.valid('json')
    if (all !== true && Object.values(match).every(value => value === undefined)) {
      throw new ApiFault('request-invalid', 'nothing narrows it: say all: true to purge everything')
    }
    return c.json({ purged: await node.purge(batchMatch(node, match)) }, 200)
  })
  app.openapi(routes.topics, async c => c.json({ topics: await node.topics() }, 200))
}

/** For `purge` and `exportBatches`. Throws GossipError `peer-unknown` or `peer-ambiguous`. */
export function batchMatch (
  node: Served, { topic, author, since, until }: BatchesMatching,
): Parameters<Served['purge']>[0] {
  return given({
    topic: topic === undefined ? undefined : topicNamed(topic),
    author: author === undefined ? undefined : peerToRead(node, author),
    since, until,
  })
}

/** The text that is published: with a claimed source before it, where one is asked for. */
export function contentWithSource (
  { source, ...content }: Pick<PublishAsked, 'source' | 'text' | 'data'>,
): Uint8Array | string {
  const plain = contentOf(content)
  if (source === undefined) return plain
  if (typeof plain !== 'string') {
    throw new ApiFault('request-invalid', 'a claimed source goes with text, not with data')
  }
  if (!isSource(source)) {
    const what = 'a claimed source is one line of 1 to 64 bytes, without control characters'
    throw new ApiFault('request-invalid', what)
  }
  return withSource(source, plain)
}

async function heldThatMatch (
  node: Served, asked: Matching,
): Promise<{ messages: BulletinView[], more: boolean }> {
  const { limit = API_LIMITS.messagesMax } = asked
  const found: BulletinView[] = []
  let bytes = 0
  for await (const bulletin of node.query({ ...queryOf(node, asked), limit: limit + 1 })) {
    bytes += bulletin.content.length
    const isFull = found.length === limit
    if (isFull || (bytes > API_LIMITS.messagesBytesMax && found.length > 0)) {
      return { messages: found, more: true }
    }
    found.push(bulletinView(node, bulletin))
    if (found.length % API_LIMITS.messagesAtOnceMax === 0) {
      await new Promise(resolve => { setImmediate(resolve) })
    }
  }
  return { messages: found, more: false }
}

function queryOf (node: Served, asked: Matching): Query {
  const { author, since, until } = asked
  const content = oneOf('content', asked.content, asked.contentPrefix, asked.contentSuffix)
  const topic = oneOf('topic', asked.topic, asked.topicPrefix, asked.topicSuffix)
  return given({
    topic: topic?.equals === undefined ? topic ?? undefined : topicNamed(topic.equals),
    content: content === null ? undefined : bytesMatch(content),
    author: author === undefined ? undefined : peerToRead(node, author),
    // Timestamps are whole seconds: what came later within that second is meant too.
    since: since === undefined ? undefined : Math.floor(since / 1_000),
    until: until === undefined ? undefined : Math.floor(until / 1_000),
  }) as Query
}

type Match =
  | { readonly equals: string }
  | { readonly equals?: undefined, readonly prefix: string }
  | { readonly equals?: undefined, readonly suffix: string }

function oneOf (
  what: string, equals: string | undefined, prefix: string | undefined, suffix: string | undefined,
): Match | null {
  const all = [equals, prefix, suffix].filter(each => each !== undefined)
  if (all.length > 1) {
    throw new ApiFault('request-invalid', `give one of ${what}, ${what}Prefix and ${what}Suffix`)
  }
  if (equals !== undefined) return { equals }
  if (prefix !== undefined) return { prefix }
  return suffix === undefined ? null : { suffix }
}

function bytesMatch (match: Match): NonNullable<Query['content']> {
  if (match.equals !== undefined) return { equals: Buffer.from(match.equals) }
  return 'prefix' in match
    ? { prefix: Buffer.from(match.prefix) }
    : { suffix: Buffer.from(match.suffix) }
}
