/** Private messages and the contacts they go to. */
import { createRoute, z } from '@hono/zod-openapi'
import type { Identity } from '../../index.js'
import {
  contact, contactAsked, contactParam, contacts, inbox, inboxAsked, inboxChanged, keyAsked,
  sendAsked, sent,
} from '../schemas.js'
import type { Around, ContactList, Served } from '../served.js'
import { contactView, contentOf, given, privateView } from '../views.js'
import { unsupported } from './mesh.js'
import { answers, jsonBody, type Api } from './route.js'

const tags = ['private']
const removed = z.strictObject({ name: contactParam.shape.name })

const routes = {
  send: createRoute({
    method: 'post', path: '/v1/send', tags, summary: 'A message that only one member can read',
    request: jsonBody(sendAsked),
    responses: answers('it has left', sent, 400, 404, 409, 413, 415, 501, 503, 504, 507),
  }),
  inbox: createRoute({
    method: 'get', path: '/v1/inbox', tags, summary: 'Private messages for this node, oldest first',
    request: { query: inboxAsked },
    responses: answers('those held', inbox, 400, 501),
  }),
  change: createRoute({
    method: 'post', path: '/v1/inbox/change', tags,
    summary: 'Another inbox from now on; contacts are told, spam is left behind',
    responses: answers('it is changed', inboxChanged, 501, 503, 507),
  }),
  contacts: createRoute({
    method: 'get', path: '/v1/contacts', tags, summary: 'Whom the operator gave names',
    responses: answers('all of them', contacts, 501),
  }),
  add: createRoute({
    method: 'post', path: '/v1/contacts', tags, summary: 'Names somebody',
    request: jsonBody(contactAsked),
    responses: answers('it is kept', contact, 400, 409, 413, 415, 501, 503, 507),
  }),
  setKey: createRoute({
    method: 'put', path: '/v1/contacts/{name}/key', tags,
    summary: 'The key that the contact made for this node',
    request: { params: contactParam, ...jsonBody(keyAsked) },
    responses: answers('it is kept', contact, 400, 404, 409, 413, 415, 501, 503, 507),
  }),
  remove: createRoute({
    method: 'delete', path: '/v1/contacts/{name}', tags, summary: 'Forgets a contact',
    request: { params: contactParam },
    responses: answers('it is gone', removed, 400, 404, 501, 503, 507),
  }),
}

export function privateRoutes (app: Api, { node }: Around): void {
  app.openapi(routes.send, async c => {
    const { to, wait, timeoutMs, ...content } = c.req.valid('json')
    if (node.send === undefined) throw unsupported()
    const done = await node.send(to, contentOf(content), {
      ...given({ wait, timeoutMs }), signal: c.req.raw.signal,
    })
    const { to: identity, contact, seq, linked, storedBy } = done
    return c.json({ to: identity, contact, seq, linked, storedBy: [...storedBy] }, 200)
  })
  app.openapi(routes.inbox, async c => {
    if (node.inbox === undefined) throw unsupported()
    const messages = await node.inbox(given(c.req.valid('query')))
    return c.json({ topic: node.inboxTopic, messages: messages.map(privateView) }, 200)
  })
  app.openapi(routes.change, async c => {
    if (node.changeInbox === undefined) throw unsupported()
    const { topic, contacts } = await node.changeInbox()
    return c.json({ topic, contacts }, 200)
  })
  contactRoutes(app, node)
}

function contactRoutes (app: Api, node: Served): void {
  app.openapi(routes.contacts, c => c.json({
    contacts: contactsOf(node).list().map(row => contactView(node, row)),
  }, 200))
  app.openapi(routes.add, async c => {
    const { name, address, peer } = c.req.valid('json')
    const row = await contactsOf(node).add({
      name, ...given({ address, peer: peer as Identity | undefined }),
    })
    return c.json(contactView(node, row), 200)
  })
  app.openapi(routes.setKey, async c => {
    const row = await contactsOf(node).setKey(c.req.valid('param').name, c.req.valid('json').pem)
    return c.json(contactView(node, row), 200)
  })
  app.openapi(routes.remove, async c => {
    const { name } = c.req.valid('param')
    await contactsOf(node).remove(name)
    return c.json({ name }, 200)
  })
}

function contactsOf (node: Served): ContactList {
  if (node.contacts === undefined) throw unsupported()
  return node.contacts
}
