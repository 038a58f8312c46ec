/**
 * Latency at a calm pace: from the call of `publish` to the subscriber's loop, 100 a second for four
 * seconds, one author and nine subscribers in processes of their own.
 * Read next: `company.ts`, `bulletins.ts`.
 */
import { end, gather } from './company.js'
import type { Kind } from './party.js'
import { quantile } from './statistics.js'

export interface PacedResult {
  readonly p50Ms: number
  readonly p99Ms: number
}

const PER_SECOND = 100
const COUNT = 400
const WARM_UP = 150
const CONTENT_BYTES = 1_024

export async function paced (kind: Kind, takers: readonly number[]): Promise<PacedResult> {
  const company = await gather(kind, takers)
  const one = async (count: number): Promise<number[]> => {
    const all = company.subscribers.map(each =>
      each.tell({ order: 'expect', count, isTimed: true }))
    await company.author.tell({
      order: 'paced', count, bytes: CONTENT_BYTES, perSecond: PER_SECOND,
    })
    return (await Promise.all(all)).flatMap(({ latenciesMs = [] }) => latenciesMs)
  }
  await one(WARM_UP)
  const latenciesMs = await one(COUNT)
  await end(company)
  return { p50Ms: quantile(latenciesMs, 0.5), p99Ms: quantile(latenciesMs, 0.99) }
}
