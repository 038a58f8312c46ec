/** What a bound is: its value, its unit, why, and what happens when it is reached. A leaf. */

export const KIB = 1024
export const SECOND_MS = 1_000
export const MINUTE_MS = 60 * SECOND_MS
export const DAY_MS = 24 * 60 * MINUTE_MS

export type LimitUnit = 'bytes' | 'ms' | 'count' | 'per s' | 'share' | 'bits' | 'columns'

export interface Limit {
  readonly value: number
  readonly unit: LimitUnit
  /** Why it has this value. */
  readonly reason: string
  /** What happens when it is reached. */
  readonly policy: string
}

export type Limits = Readonly<Record<string, Limit>>
export type Values<T extends Limits> = { readonly [K in keyof T]: number }

export function limit (value: number, unit: LimitUnit, reason: string, policy: string): Limit {
  return { value, unit, reason, policy }
}

export function valuesOf<T extends Limits> (limits: T): Values<T> {
  return Object.fromEntries(
    Object.entries(limits).map(([name, { value }]) => [name, value])) as Values<T>
}
