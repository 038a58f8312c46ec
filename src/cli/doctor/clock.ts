/** The wall clock, as far as anyone can tell: by its date, or by the clocks of linked peers. */
import type { DoctorView } from '../../api/schemas.js'
import { TRUST_LIMITS } from '../../limits.js'
import { countText } from '../table.js'
import { ok, skipped, warning, wrong, type Check } from './check.js'

/** This program is younger than the one, and not meant to be as old as the other. */
const EARLIEST_MS = Date.UTC(2026, 0, 1)
const LATEST_MS = Date.UTC(2100, 0, 1)

/** More than a slow line makes of a right clock. */
const SKEW_NOTED_MS = 5_000

const SET_IT = 'set the clock of this machine right, best by NTP'

/** Without anybody to compare with. */
export function plausibleClock (wallMs = Date.now()): Check {
  const shown = new Date(wallMs).toISOString().slice(0, 19)
  if (wallMs >= EARLIEST_MS && wallMs < LATEST_MS) {
    return ok('clock', `the clock says ${shown} UTC; peers are not asked`)
  }
  return wrong('clock', `the clock says ${shown} UTC, which cannot be`, SET_IT)
}

/** Against the median of the linked peers. */
export function comparedClock ({ peers, offMs }: DoctorView['clock']): Check {
  const dated = plausibleClock()
  if (dated.state !== 'ok') return dated
  if (peers === 0) return skipped('clock', 'no peer is linked to compare the clock with')
  const others = `the median of ${countText(peers, 'linked peer')}`
  const seconds = (Math.abs(offMs) / 1_000).toFixed(1)
  if (Math.abs(offMs) <= SKEW_NOTED_MS) return ok('clock', `${seconds} s off ${others}`)
  const what = `this clock is ${seconds} s ${offMs > 0 ? 'behind' : 'ahead of'} ${others}`
  const advice = peers === 1 ? `${SET_IT}; or it is the peer's that is wrong` : SET_IT
  return Math.abs(offMs) > TRUST_LIMITS.clockSkewWarnMs
    ? wrong('clock', what, advice)
    : warning('clock', what, advice)
}
