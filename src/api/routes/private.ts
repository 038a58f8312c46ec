/** Private messages and the contacts they go to. */
import { createRoute, z } from '@hono/zod-openapi'
import {
  contact, contactAsked, contactParam, contacts, inbox, inboxAsked, inboxChanged, keyAsked,
  sendAsked, sent,
} from '../schemas.js'
import type { Around, Served } from '../served.js'
import { contactView, contentOf, given, privateView } from '../views.js'
import { answers, jsonBody, type Api } from './route.js'

const tags = ['private']
const removed = z.strictObject({ name: contactParam.shape.name })

const routes = {
  send: createRoute({
    method: 'post', path: '/v1/send', tags, summary: 'A message that only one member can read',
    request: jsonBody(sendAsked),
    responses: answers('it has left', sent, 400, 404, 409, 413, 415, 503, 504, 507),
  }),
  inbox: createRoute({
    method: 'get', path: '/v1/inbox', tags, summary: 'Private messages for this node, oldest first',
    request: { query: inboxAsked },
    responses: answers('those held', inbox, 400),
  }),
  change: createRoute({
    method: 'post', path: '/v1/inbox/change', tags,
    summary: 'Another inbox from now on; contacts are told, spam is left behind',
    responses: answers('it is changed', inboxChanged, 503, 507),
  }),
  contacts: createRoute({
    method: 'get', path: '/v1/contacts', tags, summary: 'Whom the operator gave names',
    responses: answers('all of them', contacts),
  }),
  add: createRoute({
    method: 'post', path: '/v1/contacts', tags, summary: 'Names somebody',
    request: jsonBody(contactAsked),
    responses: answers('it is kept', contact, 400, 409, 413, 415, 503, 507),
  }),
  setKey: createRoute({
    method: 'put', path: '/v1/contacts/{name}/key', tags,
    summary: 'The key that the contact made for this node',
    request: { params: contactParam, ...jsonBody(keyAsked) },
    responses: answers('it is kept', contact, 400, 404, 409, 413, 415, 503, 507),
  }),
  remove: createRoute({
    method: 'delete', path: '/v1/contacts/{name}', tags, summary: 'Forgets a contact',
    request: { params: contactParam },
    responses: answers('it is gone', removed, 400, 404, 503, 507),
  }),
}

export function privateRoutes (app: Api, { node }: Around): void {
  app.openapi(routes.send, async c => {
    const { to, wait, timeoutMs, ...content } = c.req.valid('json')
    const done = await node.send(to, contentOf(content), {
      ...given({ wait, timeoutMs }), signal: c.req.raw.signal,
    })
    const { to: identity, contact, seq, linked, storedBy } = done
    return c.json({ to: identity, contact, seq, linked, storedBy: [...storedBy] }, 200)
  })
  app.openapi(routes.inbox, async c => {
    const messages = node.inbox(given(c.req.valid('query')))
    return c.json({ topic: node.inboxTopic, messages: messages.map(privateView) }, 200)
  })
  app.openapi(routes.change, async c => {
    const { topic, contacts } = await node.changeInbox()
    return c.json({ topic, contacts }, 200)
  })
  contactRoutes(app, node)
}

function contactRoutes (app: Api, node: Served): void {
  app.openapi(routes.contacts, c => c.json({
    contacts: node.contacts.list().map(row => contactView(node, row)),
  }, 200))
  app.openapi(routes.add, async c => {
    const { name, address, peer } = c.req.valid('json')
    const row = await node.contacts.add({
      name, ...given({ address, peer }),
    })
    return c.json(contactView(node, row), 200)
  })
  app.openapi(routes.setKey, async c => {
    const row = await node.contacts.setKey(c.req.valid('param').name, c.req.valid('json').pem)
    return c.json(contactView(node, row), 200)
  })
  app.openapi(routes.remove, async c => {
    const { name } = c.req.valid('param')
    await node.contacts.remove(name)
    return c.json({ name }, 200)
  })
}
