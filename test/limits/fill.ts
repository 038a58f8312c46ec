/** Cases by the names of limits: one that nobody fills, or that is gone, fails. */
import t, { type Test } from 'tap'
import { LIMITS, type LimitValues } from '../../src/limits.js'

export type Cases<G extends keyof LimitValues> = {
  readonly [K in keyof LimitValues[G]]: (t: Test) => Promise<void> | void
}

/** Runs a case for each limit of a group: up to the limit, and one beyond. */
export function fill<G extends keyof LimitValues> (group: G, cases: Cases<G>): void {
  t.test(`every limit of ${group} is filled, and nothing else`, async t => {
    t.same(Object.keys(cases).sort(), Object.keys(LIMITS[group]).sort())
  })
  const named = Object.entries(cases) as [string, (t: Test) => Promise<void> | void][]
  for (const [name, filled] of named) {
    t.test(`${group}.${name}`, async t => { await filled(t) })
  }
}
