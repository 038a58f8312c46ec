/** What is told of routes to people: the matrix of links, and all that is known of one peer. */
import { ROUTE_LIMITS } from '../../limits.js'
import type { Identity } from '../../wire/identity.js'
import { prefixOf, rttOfCode } from '../../wire/link-table.js'
import { wallMs, type Mesh } from '../mesh.js'
import { isLive } from '../roster.js'
import type { Seeks } from '../seeks.js'
import type { Routes } from './routes.js'
import type { Explanation, LinkCell, LinkMatrix, LinkRow, Path } from './vocabulary.js'

/** Who is linked with whom, as tables tell it. */
export function linkMatrix (mesh: Mesh, routes: Routes): LinkMatrix {
  const members = membersOf(mesh)
  const byPrefix = new Map(members.map(id => [prefixOf(id), id]))
  const rows = members.map(id => rowOf(mesh, routes, id, linkCells(routes, id, members, byPrefix)))
  return { rows }
}

/** All that is known of a peer and why it is not linked; null: nothing is known of it. */
export function explain (
  mesh: Mesh, routes: Routes, seeks: Seeks, peer: Identity,
): Explanation | null {
  const member = mesh.roster.get(peer)
  if (member === undefined) return null
  const { record, standing, lastGood } = member
  const { status, sinceMs } = routes.standings.of(peer)
  const addresses = lastGood === null ? record.addresses : [lastGood, ...record.addresses]
  return {
    id: peer, name: record.name, status, sinceMs,
    isProven: standing.at === 'proven',
    issuedMs: record.issuedMs,
    addresses: [...new Set(addresses)],
    seenBy: seenBy(mesh, routes, peer),
    missedBy: missedBy(mesh, routes, peer),
    path: routes.ways.pathTo(peer),
    seek: status === 'linked' || status === 'left' ? null : seeks.reportOf(peer),
    lastDown: routes.standings.lastDownOf(peer),
  }
}

/** The best way to every live member that there is one to, nearest first. */
export function paths (mesh: Mesh, routes: Routes): Path[] {
  return membersOf(mesh)
    .filter(id => id !== mesh.options.me)
    .flatMap(id => routes.ways.pathTo(id) ?? [])
    .sort((a, b) => a.hops - b.hops || (a.peer < b.peer ? -1 : 1))
}

/** Members that tell a link with it, nearest first; not this node. */
export function seenBy (mesh: Mesh, routes: Routes, peer: Identity): Identity[] {
  const near = routes.ways.neighboursOf(peer)
  const others = tellers(mesh, routes, peer, true).filter(id => !near.includes(id))
  return [...near, ...others].filter(id => id !== mesh.options.me)
}

function missedBy (mesh: Mesh, routes: Routes, peer: Identity): Identity[] {
  return tellers(mesh, routes, peer, false).filter(id => id !== mesh.options.me && id !== peer)
}

/** Members whose table has it, or has it not. */
function tellers (mesh: Mesh, routes: Routes, peer: Identity, has: boolean): Identity[] {
  const prefix = prefixOf(peer)
  return membersOf(mesh).filter(id => routes.tables.linksOf(id)?.has(prefix) === has)
}

/** This node and every live member that has not left, in order of identity. */
function membersOf (mesh: Mesh): Identity[] {
  const now = wallMs(mesh)
  const members = [mesh.options.me]
  for (const { identity, record } of mesh.roster.all()) {
    if (record.state === 'up' && isLive(record, now)) members.push(identity)
  }
  return members.sort()
}

function rowOf (
  mesh: Mesh, routes: Routes, id: Identity, links: readonly LinkCell[],
): LinkRow {
  const told = routes.tables.get(id)
  const isMe = id === mesh.options.me
  return {
    id,
    name: isMe ? mesh.options.name : mesh.roster.get(id)?.record.name ?? '',
    status: isMe ? null : routes.standings.of(id).status,
    toldMs: told?.toldMs ?? null,
    free: told?.head.free ?? null,
    links,
  }
}

function linkCells (
  routes: Routes, id: Identity, members: readonly Identity[],
  byPrefix: ReadonlyMap<string, Identity>,
): LinkCell[] {
  const own = routes.tables.linksOf(id)
  const prefix = prefixOf(id)
  const cells: LinkCell[] = []
  for (const [told, rtt] of own ?? []) {
    const peer = byPrefix.get(told)
    if (peer === undefined) continue
    const isMutual = routes.tables.linksOf(peer)?.has(prefix) === true
    cells.push({ peer, rttMs: rttOfCode(rtt), toldBy: isMutual ? 'both' : 'row' })
  }
  for (const peer of members) {
    if (own?.has(prefixOf(peer)) === true) continue
    if (routes.tables.linksOf(peer)?.has(prefix) !== true) continue
    cells.push({ peer, rttMs: null, toldBy: 'peer' })
  }
  return cells.sort((a, b) => a.peer < b.peer ? -1 : 1)
}

/** Of those, as many as a row of `peers()` names. */
export function seenByFew (mesh: Mesh, routes: Routes, peer: Identity): Identity[] {
  return seenBy(mesh, routes, peer).slice(0, ROUTE_LIMITS.seenByMax)
}
