/**
 * A peer explained in sentences: what it is, who sees it, how messages reach it, why there is no
 * link, and what to try. Pure. Whatever others sent loses its control characters here. Read next:
 * `link-advice.ts`, which knows what to try; `commands/explain.ts`.
 */
import type { ExplanationView } from '../api/schemas.js'
import { stripControl } from '../wire/text.js'
import { adviceOn } from './link-advice.js'
import { REASONS } from './print.js'
import { countText } from './table.js'
import { lengthText } from './time.js'

/** What a sentence calls somebody. */
export type NameOf = (id: string) => string

/** Addresses in a sentence. */
const ADDRESSES = 4

/** One sentence or two in each line. */
export function explainWords (
  told: ExplanationView, nameOf: NameOf, nowMs: number,
): string[] {
  return [
    whatItIs(told, nameOf, nowMs),
    statusWords(told, nowMs),
    seenWords(told, nameOf),
    wayWords(told, nameOf),
    ...seekWords(told, nowMs),
    lastDownWords(told, nowMs),
    ...adviceOn(told).map(advice => `Try: ${advice}`),
  ].filter(line => line !== '').map(stripControl)
}

function whatItIs (
  { id, isProven, issuedMs, addresses, status }: ExplanationView, nameOf: NameOf, nowMs: number,
): string {
  const proof = isProven
    ? 'It proved its key to this node'
    : 'This node never had a link with it: others told of it'
  const where = addresses.length === 0
    ? 'no address that this node could dial'
    : listed(addresses, ADDRESSES, 'more')
  const tells = status === 'left' ? 'said goodbye with' : 'tells'
  return `${nameOf(id)} is the member ${id}. ${proof}; its record is ` +
    `${since(issuedMs, nowMs)} old and ${tells} ${where}.`
}

function statusWords ({ status, sinceMs }: ExplanationView, nowMs: number): string {
  const length = since(sinceMs, nowMs)
  switch (status) {
    case 'linked': return `It is linked with this node, for ${length}.`
    case 'via':
      return `This node has no link with it, for ${length}, and reaches it through others.`
    case 'lost': return `It is lost, for ${length}: this node has no link and no way to it.`
    case 'left': return `It left the network ${length} ago. It is dialled when it comes back.`
    case 'banned': return `It is banned here, for ${length}.`
    case 'pending': return `It waits to be admitted, for ${length}.`
  }
}

function seenWords ({ status, seenBy, missedBy }: ExplanationView, nameOf: NameOf): string {
  if (status === 'left') return ''
  const seen = seenBy.length === 0
    ? 'No other member tells a link with it'
    : `${some(seenBy, nameOf)} ${seenBy.length === 1 ? 'holds' : 'hold'} a link with it`
  if (missedBy.length === 0) return `${seen}.`
  return `${seen}; ${some(missedBy, nameOf)} ${missedBy.length === 1 ? 'has' : 'have'} none.`
}

function wayWords ({ status, path }: ExplanationView, nameOf: NameOf): string {
  if (status === 'left') return ''
  if (path === null) {
    return status === 'linked'
      ? ''
      : 'No way to it is known: what is published reaches it once there is one.'
  }
  const trip = path.rttMs === null ? '' : `, ${path.rttMs.toFixed(1)} ms there and back`
  if (path.hops === 1) return `Messages reach it over the link with it${trip}.`
  const between = path.members.slice(1, -1).map(nameOf).join(', then ')
  return `Messages reach it over ${path.hops} links, by way of ${between}${trip}.`
}

function seekWords ({ status, seek }: ExplanationView, nowMs: number): string[] {
  if (status === 'linked' || status === 'left') return []
  if (seek === null) return ['This node does not try to link with it.']
  const { failures, lastError, triedMs, nextMs } = seek
  const next = nextMs === null
    ? 'No further attempt is due.'
    : `The next attempt is due ${soon(nextMs, nowMs)}.`
  if (triedMs === null) return [`This node has not tried to link with it yet. ${next}`]
  const tried = failures === 0
    ? `This node is trying to link with it, for ${since(triedMs, nowMs)}.`
    : `This node tried ${failures === 1 ? 'once' : `${failures} times`} in vain to link with it, ` +
      `last ${since(triedMs, nowMs)} ago${lastError === null ? '' : `: ${lastError}`}.`
  return [`${tried} ${next}`]
}

function lastDownWords ({ lastDown }: ExplanationView, nowMs: number): string {
  return lastDown === null
    ? ''
    : `Its last link with this node ended ${since(lastDown.atMs, nowMs)} ago: ` +
      `${REASONS[lastDown.reason]}.`
}

function soon (atMs: number, nowMs: number): string {
  return atMs < nowMs + 1_000 ? 'now' : `in ${lengthText(atMs - nowMs)}`
}

function since (fromMs: number, nowMs: number): string {
  return lengthText(nowMs - fromMs)
}

/** `bob`, `bob and carol`, `bob and 3 others`. */
function some (members: readonly string[], nameOf: NameOf): string {
  const [first = '', second = ''] = members
  if (members.length === 1) return nameOf(first)
  return members.length === 2
    ? `${nameOf(first)} and ${nameOf(second)}`
    : `${nameOf(first)} and ${countText(members.length - 1, 'other')}`
}

function listed (texts: readonly string[], shown: number, rest: string): string {
  const more = texts.length - shown
  return texts.slice(0, shown).join(', ') + (more > 0 ? ` and ${more} ${rest}` : '')
}
