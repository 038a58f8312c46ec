/**
 * Ten authors at once: every member publishes to all others at the same time, from the first call
 * until the last subscriber has the last content in its hands and in its store.
 * `node build/bench/authors.js [COUNT]` does it alone.
 */
import { pathToFileURL } from 'node:url'
import { end, gather } from './company.js'

export interface AuthorsResult {
  /** From the first call to the last content taken. */
  readonly ms: number
  /** Bulletins that subscribers took, of all members together. */
  readonly deliveries: number
}

const CONTENT_BYTES = 1_024
const WARM_UP = 500
const NINE = Array.from({ length: 9 }, () => 1)

/** `count` bulletins by each of ten members, nine of which subscribe. */
export async function authors (count: number): Promise<AuthorsResult> {
  const company = await gather('ours', NINE)
  const { subscribers } = company
  const all = [company.author, ...subscribers]
  const one = async (each: number): Promise<AuthorsResult> => {
    const expected = each * all.length
    const taken = subscribers.map(member =>
      member.tell({ order: 'expect', count: expected, isMixed: true }))
    const published = await Promise.all(all.map(member =>
      member.tell({ order: 'burst', count: each, bytes: CONTENT_BYTES, awaited: false })))
    const startMs = Math.min(...published.map(answer => answer.startMs ?? NaN))
    const endMs = Math.max(...(await Promise.all(taken)).map(answer => answer.endMs ?? NaN))
    return { ms: endMs - startMs, deliveries: expected * subscribers.length }
  }
  await one(WARM_UP)
  const result = await one(count)
  await end(company)
  return result
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  console.log(JSON.stringify(await authors(Number(process.argv[2] ?? 3_000))))
}
