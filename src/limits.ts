/**
 * Every bound of the house, in one leaf that anyone may import and that imports nothing.
 *
 * Each entry: a name with its unit last, its value, its unit, why it has this value, and what
 * happens when it is reached. docs/limits.md is printed from here, and test/limits fills each one.
 * How they relate is asserted in `limits-relations.ts`, when a node is made.
 * Read next: `core/roster.ts` and `core/links.ts`, where most of them bite.
 */
import { BULLETIN, STORE, WORK } from './limits/bulletins.js'
import { valuesOf, type Limits } from './limits/limit.js'
import { API, HALLWAY, OPTION } from './limits/local.js'
import { DIAL, LINK, PULSE, ROSTER, TRUST, WIRE } from './limits/mesh.js'
import { PRIVATE } from './limits/private.js'
import { ROUTE } from './limits/routes.js'
import { VOIDPHONE } from './limits/voidphone.js'

export type { Limit, LimitUnit } from './limits/limit.js'

/** All of them as they are documented and filled, by the name each group is exported under. */
export const LIMITS = {
  WIRE_LIMITS: WIRE,
  LINK_LIMITS: LINK,
  ROSTER_LIMITS: ROSTER,
  DIAL_LIMITS: DIAL,
  PULSE_LIMITS: PULSE,
  ROUTE_LIMITS: ROUTE,
  TRUST_LIMITS: TRUST,
  BULLETIN_LIMITS: BULLETIN,
  STORE_LIMITS: STORE,
  WORK_LIMITS: WORK,
  PRIVATE_LIMITS: PRIVATE,
  HALLWAY_LIMITS: HALLWAY,
  OPTION_LIMITS: OPTION,
  API_LIMITS: API,
  VOIDPHONE_LIMITS: VOIDPHONE,
} as const satisfies Readonly<Record<string, Limits>>

export const WIRE_LIMITS = valuesOf(WIRE)
export const LINK_LIMITS = valuesOf(LINK)
export const ROSTER_LIMITS = valuesOf(ROSTER)
export const DIAL_LIMITS = valuesOf(DIAL)
export const PULSE_LIMITS = valuesOf(PULSE)
export const ROUTE_LIMITS = valuesOf(ROUTE)
export const TRUST_LIMITS = valuesOf(TRUST)
export const BULLETIN_LIMITS = valuesOf(BULLETIN)
export const STORE_LIMITS = valuesOf(STORE)
export const WORK_LIMITS = valuesOf(WORK)
export const PRIVATE_LIMITS = valuesOf(PRIVATE)
export const HALLWAY_LIMITS = valuesOf(HALLWAY)
export const OPTION_LIMITS = valuesOf(OPTION)
export const API_LIMITS = valuesOf(API)
export const VOIDPHONE_LIMITS = valuesOf(VOIDPHONE)

/** Names of the groups' values, without their reasons. */
export type LimitValues = {
  readonly [G in keyof typeof LIMITS]: { readonly [K in keyof typeof LIMITS[G]]: number }
}
