/**
 * The table of budgets about bulletins, in Markdown: interleaved rounds, ratios within a round,
 * median and spread over the rounds. Absolute figures are this machine's.
 * `node build/bench/bulletins.js [ROUNDS] [burst|mass|libp2p|awaited|authors|paced|catch-up …]`
 */
import { authors } from './authors.js'
import { burst, type BurstResult } from './burst.js'
import { catchUp } from './catch-up.js'
import { hasLibp2p } from './libp2p.js'
import { paced } from './paced.js'
import { median, spread } from './statistics.js'

const [, , roundsText = '9', ...asked] = process.argv
const rounds = Number(roundsText)
const NINE = Array.from({ length: 9 }, () => 1)
const MASS = [29]
const COUNTS = [3_000, 30_000]

const PARTS: Readonly<Record<string, () => Promise<void>>> = {
  'burst': () => compareBursts('9 subscribers, a process each', NINE, 0.7),
  'mass': () => compareBursts('29 subscribers in one process', MASS, 0.45),
  'libp2p': compareLibp2p,
  'awaited': reportAwaited,
  'authors': reportAuthors,
  'paced': comparePaced,
  'catch-up': reportCatchUp,
}

console.log('| work | rounds | median (spread) | budget |')
console.log('|---|---|---|---|')
for (const [name, part] of Object.entries(PARTS)) {
  if (asked.length === 0 || asked.includes(name)) await part()
}
if (asked.length === 0) {
  console.log('\nNot compared: a NATS server, which is not installed on this machine.')
}

function row (work: string, values: readonly number[], budget: string, digits = 2): void {
  console.log(`| ${work} | ${values.length} | ${spread(values, digits)} | ${budget} |`)
}

async function compareBursts (
  who: string, takers: readonly number[], least: number,
): Promise<void> {
  const bare: BurstResult[][] = []
  const ours: BurstResult[][] = []
  for (let round = 0; round < rounds; round++) {
    bare.push(await burst('bare', COUNTS, takers))
    ours.push(await burst('ours', COUNTS, takers))
  }
  COUNTS.forEach((count, i) => {
    const ratio = (of: (result: BurstResult) => number, isInverse = false): number[] =>
      ours.map((round, j) => {
        const [own, other] = [round[i], bare[j]?.[i]]
        if (own === undefined || other === undefined) return NaN
        return isInverse ? of(other) / of(own) : of(own) / of(other)
      })
    const what = `${count.toLocaleString('en')} of 1 KiB to ${who}`
    row(`${what}: speed, × bare`, ratio(({ ms }) => ms, true), `≥ ${least}`)
    row(`${what}: author's CPU, × bare`, ratio(({ authorCpuMs }) => authorCpuMs), '≤ 1.0')
    row(`${what}: CPU of all, × bare`,
      ratio(each => each.authorCpuMs + each.subscribersCpuMs), 'reported')
    const rate = (all: readonly BurstResult[][]): string =>
      median(all.map(round => count / (round[i]?.ms ?? NaN) * 1_000)).toFixed(0)
    console.log(`| ${what}: a second, ours; bare | ${rounds} | ${rate(ours)}; ${rate(bare)} | – |`)
  })
}

async function compareLibp2p (): Promise<void> {
  if (!hasLibp2p) {
    console.log('| js-libp2p gossipsub: `npm install` in bench/ first | – | skipped | ≥ 50 |')
    return
  }
  const ratios: number[] = []
  for (let round = 0; round < rounds; round++) {
    const [theirs] = await burst('libp2p', [300], NINE)
    const [ours] = await burst('ours', [300], NINE)
    ratios.push((theirs?.ms ?? NaN) / (ours?.ms ?? NaN))
  }
  row('300 of 1 KiB to 9 subscribers: speed, × js-libp2p gossipsub', ratios, '≥ 50', 1)
}

async function reportAwaited (): Promise<void> {
  const rates: number[] = []
  for (let round = 0; round < rounds; round++) {
    const [ours] = await burst('ours', [3_000], NINE, { awaited: true })
    rates.push(3_000 / (ours?.ms ?? NaN) * 1_000)
  }
  row('`await publish` in a loop, 3,000 to 9 subscribers: a second', rates, 'reported', 0)
}

async function reportAuthors (): Promise<void> {
  const rates: number[] = []
  for (let round = 0; round < rounds; round++) {
    const { ms, deliveries } = await authors(3_000)
    rates.push(deliveries / ms * 1_000)
  }
  row('ten authors at once, 3,000 of 1 KiB each: deliveries a second', rates, 'reported', 0)
}

async function comparePaced (): Promise<void> {
  const p50: number[] = []
  const p99: number[] = []
  const ownMs: number[] = []
  for (let round = 0; round < rounds; round++) {
    const bare = await paced('bare', NINE)
    const ours = await paced('ours', NINE)
    p50.push(ours.p50Ms / bare.p50Ms)
    p99.push(ours.p99Ms / bare.p99Ms)
    ownMs.push(ours.p50Ms)
  }
  row('100 a second to 9 subscribers: p50 of latency, × bare', p50, '≤ 1.5')
  row('100 a second to 9 subscribers: p99 of latency, × bare', p99, '≤ 2')
  row('100 a second to 9 subscribers: p50, ms', ownMs, '–')
}

async function reportCatchUp (): Promise<void> {
  for (const [manner, what, seconds] of [
    ['bursts', 'published in bursts', 2], ['alone', 'published one by one', 4],
  ] as const) {
    const ms: number[] = []
    const bytes: number[] = []
    for (let round = 0; round < rounds; round++) {
      const caughtUp = await catchUp(manner)
      ms.push(caughtUp.ms / 1_000)
      bytes.push(caughtUp.bytesRatio)
    }
    row(`10,000 missed of 300 bytes, ${what}: s`, ms, `≤ ${seconds}`)
    row(`the same: bytes at the socket, × of the missing batches`, bytes, '≤ 1.15')
  }
}
process.exit()
