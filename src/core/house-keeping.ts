/** Forgetting, every 30 s: whom nobody reached, who is gone for good, what no longer matters. */
import { ROSTER_LIMITS } from '../limits.js'
import type { Machines, Membership } from './membership.js'
import { wallMs, type Mesh } from './mesh.js'
import { isLive, type Member } from './roster.js'

export function keepHouse (mesh: Mesh, machines: Machines, membership: Membership): void {
  const { deadlines, nowMs, roster } = mesh
  deadlines.set('house-keeping', '', nowMs + ROSTER_LIMITS.houseKeepingEveryMs)
  roster.refresh()
  for (const member of [...roster.all()]) {
    // Whom others are linked with is not gone.
    if (machines.routes.ways.reaches(member.identity)) continue
    const failures = machines.seeks.failuresOf(member.identity)
    if (isForgettable(member, failures, nowMs, wallMs(mesh))) membership.forget(member.identity)
  }
  machines.seeks.forgetFullBuckets()
  machines.exchange.keepHouse()
  machines.twins.keepHouse()
  machines.routes.keepHouse()
}

/** A member without a link: whether it has been gone for long enough. */
function isForgettable (
  { record, standing }: Member, failures: number, nowMs: number, nowWallMs: number,
): boolean {
  // `left` is kept for as long as its record lives, so that lists cannot bring an older one back.
  if (record.state === 'left') return !isLive(record, nowWallMs)
  if (standing.at === 'unproven') {
    if (!isLive(record, nowWallMs)) return true
    return failures > 0 && nowMs - standing.sinceMs > ROSTER_LIMITS.unprovenForgottenAfterMs
  }
  const goneMs = nowWallMs - Math.max(standing.linkedWallMs, record.issuedMs)
  return goneMs > (record.ephemeral
    ? ROSTER_LIMITS.ephemeralForgottenAfterMs
    : ROSTER_LIMITS.contactDialledForMs)
}
