/** Who is linked with whom, the ways to peers, and why there is no link. */
import { createRoute } from '@hono/zod-openapi'
import { GossipError, shortIdentity, type Identity } from '../../index.js'
import { peerToRead } from '../peer-names.js'
import { explanation, linkMatrix, pathFound, paths, peerAsked } from '../schemas.js'
import type { Around, Served } from '../served.js'
import { explanationView, linksView, pathView } from '../views.js'
import { answers, type Api } from './route.js'

const tags = ['mesh']
const request = { query: peerAsked }

const routes = {
  path: createRoute({
    method: 'get', path: '/v1/path', tags, summary: 'The best way to a peer', request,
    responses: answers('it, or null when none is known', pathFound, 400, 404, 409),
  }),
  paths: createRoute({
    method: 'get', path: '/v1/paths', tags, summary: 'The best way to each peer',
    responses: answers('those that are known', paths),
  }),
  links: createRoute({
    method: 'get', path: '/v1/links', tags, summary: 'Who is linked with whom, as members tell it',
    responses: answers('a row for each live member', linkMatrix),
  }),
  explain: createRoute({
    method: 'get', path: '/v1/explain', tags,
    summary: 'What is known of a peer, and why it has no link', request,
    responses: answers('all of it', explanation, 400, 404, 409),
  }),
}

export function linkRoutes (app: Api, { node }: Around): void {
  app.openapi(routes.paths, c => c.json({ paths: node.paths().map(pathView) }, 200))
  app.openapi(routes.path, c => {
    const path = node.path(otherPeer(node, c.req.valid('query').peer))
    return c.json({ path: path === null ? null : pathView(path) }, 200)
  })
  app.openapi(routes.links, c => c.json(linksView(node.links()), 200))
  app.openapi(routes.explain, c => {
    const id = otherPeer(node, c.req.valid('query').peer)
    const told = node.explain(id)
    if (told !== null) return c.json(explanationView(told), 200)
    const what = `no member known here is ${shortIdentity(id)}…: check the identity with its ` +
      'operator, p2p-gossip id prints it there'
    throw new GossipError('peer-unknown', what)
  })
}

/** Throws GossipError `peer-unknown` or `peer-ambiguous`. */
function otherPeer (node: Served, text: string): Identity {
  const id = peerToRead(node, text)
  if (id === node.id) throw new GossipError('peer-unknown', 'that is this node itself')
  return id
}
