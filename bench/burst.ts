/**
 * Bursts: one author, subscribers in processes of their own, from the first call of `publish` until
 * the last subscriber has the last content in its hands and in its store.
 * `node build/bench/burst.js KIND [COUNT] [TAKERS,TAKERS…] [author|subscriber]` does one alone, for
 * profiles; the tables come from `bulletins.ts`.
 */
import { pathToFileURL } from 'node:url'
import { end, gather, type Profile } from './company.js'
import type { Kind } from './party.js'

export interface BurstResult {
  readonly ms: number
  readonly authorCpuMs: number
  readonly subscribersCpuMs: number
}

const CONTENT_BYTES = 1_024
/** Sent before: neither kind is measured cold. */
const WARM_UP = 500

/** Bursts of these counts, one after the other, in the same processes. */
export async function burst (
  kind: Kind, counts: readonly number[], takers: readonly number[],
  { awaited = false, profile = null }: { awaited?: boolean, profile?: Profile } = {},
): Promise<BurstResult[]> {
  const company = await gather(kind, takers, profile)
  const { author, subscribers } = company
  const one = async (count: number, isAwaited: boolean): Promise<BurstResult> => {
    const all = subscribers.map(each => each.tell({ order: 'expect', count }))
    const { startMs = NaN } = await author.tell({
      order: 'burst', count, bytes: CONTENT_BYTES, awaited: isAwaited,
    })
    const endMs = Math.max(...(await Promise.all(all)).map(answer => answer.endMs ?? NaN))
    const { cpuMs: authorCpuMs = NaN } = await author.tell({ order: 'cpu' })
    const others = await Promise.all(subscribers.map(each => each.tell({ order: 'cpu' })))
    const subscribersCpuMs = others.reduce((sum, { cpuMs = NaN }) => sum + cpuMs, 0)
    return { ms: endMs - startMs, authorCpuMs, subscribersCpuMs }
  }
  await one(WARM_UP, awaited)
  const results: BurstResult[] = []
  for (const count of counts) results.push(await one(count, awaited))
  await end(company)
  return results
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [, , kind = 'ours', count = '30000', takers = '1,1,1,1,1,1,1,1,1', profile] = process.argv
  const results = await burst(kind as Kind, [Number(count)], takers.split(',').map(Number),
    { profile: (profile ?? null) as Profile })
  console.log(JSON.stringify(results))
}
