/**
 * What the library gives, as the objects of the API; and the other way round. Read next:
 * `schemas.ts` for the shapes.
 */
import {
  parseTopicId, readSource, type Bulletin, type Contact, type Explanation, type LinkMatrix,
  type Path, type PeerView, type PrivateMessage, type Schedule, type Topic,
} from '../index.js'
import { ApiFault } from './errors.js'
import type {
  BulletinView, ContactView, DoctorView, ExplanationView, LinkMatrixView, PathView, Peer,
  PrivateMessageView, ScheduleView,
} from './schemas.js'
import type { Served } from './served.js'

/** 64 hex digits are an id, all else is a descriptor. */
export function topicNamed (text: string): Topic {
  return parseTopicId(text) ?? text
}

/** Either of them as the library takes it. */
export function contentOf (
  { text, data }: { text?: string | undefined, data?: string | undefined },
): Uint8Array | string {
  if ((text === undefined) === (data === undefined)) {
    throw new ApiFault('request-invalid', 'give either text, or data in base64')
  }
  return text ?? new Uint8Array(Buffer.from(data ?? '', 'base64'))
}

/** Text, or base64 of what is not UTF-8. */
export function textOrData (
  text: string | null, content: Uint8Array,
): { text: string } | { data: string } {
  return text === null ? { data: Buffer.from(content).toString('base64') } : { text }
}

/** Who handed it over: null for own ones; nothing where that is not remembered. */
function delivered (
  node: Pick<Served, 'id' | 'deliveredBy'>, bulletin: Bulletin,
): Pick<BulletinView, 'deliveredBy'> {
  if (bulletin.author === node.id) return { deliveredBy: null }
  const deliveredBy = node.deliveredBy(bulletin)
  return deliveredBy === null ? {} : { deliveredBy }
}

export function bulletinView (
  node: Pick<Served, 'id' | 'deliveredBy' | 'topicText'>, bulletin: Bulletin,
): BulletinView {
  const topicText = node.topicText(bulletin.topic)
  const { topic, author, name, incarnation, seq, timestamp, contentId, content, late } = bulletin
  const read = bulletin.text === null ? null : readSource(bulletin.text)
  return {
    topic,
    ...(topicText === null ? {} : { topicText }),
    author, name, incarnation, seq, timestamp, contentId,
    ...(read === null || read.source === null ? {} : { source: read.source }),
    ...textOrData(read?.text ?? null, content),
    ...(late ? { late: true } : {}),
    ...delivered(node, bulletin),
  }
}

export function peerView (
  { id, name, address, status, sinceMs, seenBy, rttMs, topics }: PeerView, contact: string | null,
): Peer {
  return {
    id, name, contact, address, status, sinceMs, seenBy: [...seenBy], rttMs, topics: [...topics],
  }
}

export function pathView ({ peer, hops, rttMs, members }: Path): PathView {
  return { peer, hops, rttMs, members: [...members] }
}

export function linksView ({ rows }: LinkMatrix): LinkMatrixView {
  return {
    rows: rows.map(({ id, name, status, toldMs, free, links }) => ({
      id, name, status, toldMs, free,
      links: links.map(({ peer, rttMs, toldBy }) => ({ peer, rttMs, toldBy })),
    })),
  }
}

export function explanationView (told: Explanation): ExplanationView {
  const { id, name, status, sinceMs, isProven, issuedMs, path, seek, lastDown } = told
  return {
    id, name, status, sinceMs, isProven, issuedMs,
    addresses: [...told.addresses], seenBy: [...told.seenBy], missedBy: [...told.missedBy],
    path: path === null ? null : pathView(path),
    seek: seek === null ? null : { ...seek },
    lastDown: lastDown === null ? null : { ...lastDown },
  }
}

/** `given`: what the node does not know. */
export function doctorView (
  node: Pick<Served, 'id' | 'port' | 'health'>, given: Pick<DoctorView, 'loop' | 'data'>,
): DoctorView {
  const { clock, addresses, connect, warnings } = node.health()
  return {
    id: node.id,
    port: node.port,
    addresses: [...addresses],
    clock,
    connect: connect.map(row => ({ ...row })),
    warnings: warnings.map(({ at, ...row }) => ({ ...row, at: at.toISOString() })),
    ...given,
  }
}

export function privateView (row: PrivateMessage): PrivateMessageView {
  const { from, name, contact, incarnation, seq, timestamp, text, content } = row
  return { from, name, contact, incarnation, seq, timestamp, ...textOrData(text, content) }
}

export function contactView (node: Served, row: Contact): ContactView {
  const { name, state, address, identity, exchangeKey } = row
  const status = identity === null
    ? null
    : node.peers().find(({ id }) => id === identity)?.status ?? 'lost'
  return { name, state, address, identity, exchangeKey, status }
}

export function scheduleView (schedule: Schedule): ScheduleView {
  const { id, expression, topic, content, source, next } = schedule
  return {
    id, expression, topic,
    ...textOrData(decoded(content), content),
    ...(source === null ? {} : { source }),
    next: next?.toISOString() ?? null,
  }
}

/** Without what was not given: the library tells that from a wrong value. */
export function given<T extends object> (
  options: T,
): { [K in keyof T]: Exclude<T[K], undefined> } {
  const set = Object.entries(options).filter(([, value]) => value !== undefined)
  return Object.fromEntries(set) as { [K in keyof T]: Exclude<T[K], undefined> }
}

function decoded (content: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content)
  } catch {
    return null
  }
}
