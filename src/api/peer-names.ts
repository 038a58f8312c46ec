/**
 * Whom a caller means. What only reads takes an identity, its beginning, a contact's name or a name
 * that a peer claims; what grants or acts takes a full identity or a contact's name, for anybody
 * may claim any name. Read next: `routes/mesh.ts`.
 */
import {
  GossipError, parseIdentity, stripControl, type Contact, type Identity,
} from '../index.js'
import type { Served } from './served.js'

/** Of an identity, at least. */
const BEGINNING_CHARACTERS = 10
/** In the message of `peer-ambiguous`. */
const CANDIDATES_SHOWN = 8

/** To read about or to ping. Throws GossipError `peer-unknown` or `peer-ambiguous`. */
export function peerToRead (node: Served, text: string): Identity {
  const certain = certainly(node, text)
  if (certain !== null) return certain
  const everybody = [{ id: node.id, name: node.status().name }, ...node.peers()]
  const isBeginning = text.length >= BEGINNING_CHARACTERS && /^[a-z2-7]+$/.test(text)
  const found = everybody.filter(({ id, name }) =>
    (isBeginning && id.startsWith(text)) || (name !== '' && name === text))
  const [one, other] = found
  if (one === undefined) throw unknown(text)
  if (other === undefined) return one.id
  const candidates = found.slice(0, CANDIDATES_SHOWN)
    .map(({ id, name }) => name === '' ? id : `${id} (${stripControl(name)})`)
  const more = found.length - candidates.length
  const rest = more > 0 ? ` and ${more} more` : ''
  const what = `${show(text)} could be ${candidates.join(', ')}${rest}`
  throw new GossipError('peer-ambiguous', `${what}: give more of the identity`)
}

/** To act upon. Throws GossipError `peer-unknown`. */
export function peerToActOn (node: Served, text: string): Identity {
  const certain = certainly(node, text)
  if (certain !== null) return certain
  const what = `${show(text)} is neither a full identity nor the name of a contact; ` +
    'claimed names and beginnings of identities are not enough here'
  throw new GossipError('peer-unknown', what)
}

/** What the operator here calls each peer. */
export function contactNames (node: Served): Map<Identity, Contact> {
  const names = new Map<Identity, Contact>()
  for (const contact of node.contacts.list()) {
    if (contact.identity !== null) names.set(contact.identity, contact)
  }
  return names
}

function certainly (node: Served, text: string): Identity | null {
  const contact = node.contacts.get(text)
  if (contact === null) return parseIdentity(text)
  if (contact.identity !== null) return contact.identity
  throw new GossipError('peer-unknown', `the contact ${show(text)} was not met yet`)
}

function unknown (text: string): GossipError {
  return new GossipError('peer-unknown',
    `nobody known here is ${show(text)}: give a name, or ten characters of an identity`)
}

function show (text: string): string {
  return JSON.stringify(stripControl(text))
}
