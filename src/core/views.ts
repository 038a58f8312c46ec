/** What `peers()` shows: everyone known and live, as seen from here. */
import type { Bulletins } from './bulletins/bulletins.js'
import type { Topics } from './bulletins/topics.js'
import { wallMs, type Mesh } from './mesh.js'
import type { PeerView } from './notice.js'
import type { Pulse } from './pulse.js'
import { isLive, type Member } from './roster.js'
import type { Routes } from './routes/routes.js'
import { seenByFew } from './routes/views.js'

/** What is counted for `status()`. */
export interface Counts {
  /** Known and not gone, this node included. */
  readonly members: number
  /** Ready links. */
  readonly linked: number
  /** Bulletins held, and their bytes. */
  readonly held: number
  readonly bytes: number
  /** Topics subscribed to here. */
  readonly topics: number
}

export function countsOf (mesh: Mesh, bulletins: Bulletins): Counts {
  let members = 1
  for (const { record } of mesh.roster.all()) {
    if (isLive(record, wallMs(mesh)) && record.state !== 'left') members++
  }
  return {
    members,
    linked: [...mesh.links.ready()].length,
    held: bulletins.heldCount,
    bytes: bulletins.heldBytes(),
    topics: bulletins.topics.ownCount,
  }
}

/** One row for each live member but this node, in order of identity. */
export function peerViews (
  mesh: Mesh, pulse: Pulse, topics: Topics, routes: Routes,
): PeerView[] {
  const views: PeerView[] = []
  for (const member of mesh.roster.all()) {
    if (isLive(member.record, wallMs(mesh))) views.push(viewOf(mesh, pulse, topics, routes, member))
  }
  return views.sort((a, b) => a.id < b.id ? -1 : 1)
}

function viewOf (
  mesh: Mesh, pulse: Pulse, topics: Topics, routes: Routes,
  { identity, record, lastGood }: Member,
): PeerView {
  const entry = mesh.links.readyOf(identity)
  const { status, sinceMs } = routes.standings.of(identity)
  return {
    id: identity,
    name: record.name,
    address: entry?.dialled ?? lastGood ?? record.addresses[0] ?? entry?.remote ?? '',
    status,
    sinceMs,
    seenBy: status === 'via' ? seenByFew(mesh, routes, identity) : [],
    rttMs: entry === undefined ? null : pulse.rttMs(entry.id),
    topics: entry === undefined ? [] : topics.of(entry.id),
  }
}
