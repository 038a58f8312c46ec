/**
 * How bulletins spread in a mesh of few links, and what that costs: links they pass, how often they
 * come, how long it takes, what tables cost; with either kind of routing. One member is lost in the
 * end: until all tables say so. Read next: `partial-scenes.ts`, `src/core/routes/routing.ts`.
 */
import { alongTree, flooding } from '../../src/core/routes/routing.js'
import type { Routing } from '../../src/core/routes/vocabulary.js'
import { decodeBatch } from '../../src/wire/batch.js'
import type { Frame } from '../../src/wire/frame.js'
import type { Identity } from '../../src/wire/identity.js'
import { decodeLinkTable, prefixOf } from '../../src/wire/link-table.js'
import { isRefusal } from '../../src/wire/refusal.js'
import { started, Weave } from './partial-scenes.js'
import type { SceneReport } from './scene-report.js'
import type { World } from './world.js'

const AUTHORS = 20
const OF_EACH = 10
const EVERY_MS = 100
/** P3: through relays. */
const REACHED_MAX_MS = 15_000
const QUIET_MS = 60_000
const LOST_MAX_MS = 30_000
const OF_TABLES: readonly Frame['type'][] = ['link-table', 'table-digest']
/** Batches that come over batches that are new, along the tree. */
const REDUNDANCY_MAX = 1.3

export const SPREAD_SCENES: Readonly<Record<string, () => SceneReport>> = {
  'spread: sixty, tree': () => spread(11, 60, 8, alongTree),
}

export const LONG_SPREAD_SCENES: Readonly<Record<string, () => SceneReport>> = {
  'spread: three hundred, tree': () => spread(12, 300, 8, alongTree),
  'spread: three hundred, flooding': () => spread(12, 300, 8, flooding),
}

/** What is seen of bulletins on their way. */
class Spread {
  /** Links each had passed when it first came somewhere. */
  readonly hops: number[] = []
  readonly delaysMs: number[] = []
  batches = 0
  readonly #world: World
  readonly #came = new Set<string>()
  readonly #leftMs = new Map<string, number>()

  constructor (world: World) {
    this.#world = world
    world.onSent.push((side, frame) => {
      if (frame.type !== 'batch') return
      this.batches++
      const parts = decodeBatch(frame.batch)
      if (isRefusal(parts)) return
      const key = Buffer.from(parts.head.publicKey).toString('hex') + ` ${parts.head.first}`
      if (frame.hops === 0 && !this.#leftMs.has(key)) this.#leftMs.set(key, world.nowMs)
      const place = `${key} ${side.other.node}`
      if (this.#came.has(place)) return
      this.#came.add(place)
      this.hops.push(frame.hops + 1)
      this.delaysMs.push(world.nowMs - (this.#leftMs.get(key) ?? world.nowMs))
    })
  }

  get pairs (): number {
    return this.#came.size
  }

  /** Everyone publishes at a pace; resolves when all have all, with how long the last took. */
  play (size: number): number {
    const world = this.#world
    let delivered = 0
    world.onDelivery = (_, { count }) => { delivered += count }
    for (let i = 0; i < OF_EACH; i++) {
      for (let author = 0; author < AUTHORS; author++) {
        const node = world.nodes[Math.floor(author * size / AUTHORS)]
        if (node !== undefined) world.publish(node, 'spread', `${author} ${i}`)
      }
      world.runUntil(world.nowMs + EVERY_MS)
    }
    const startMs = world.nowMs
    while (delivered < AUTHORS * OF_EACH * size) {
      if (world.nowMs - startMs > REACHED_MAX_MS) {
        throw new Error(`${delivered} of ${AUTHORS * OF_EACH * size} were delivered`)
      }
      world.runUntil(world.nowMs + EVERY_MS)
    }
    return world.nowMs - startMs
  }
}

export function spread (
  seed: number, size: number, linksMax: number, routing: Routing,
): SceneReport {
  const weave = new Weave(seed, size, linksMax, { routing })
  const { world } = weave
  const joining = started(weave)
  weave.pass(QUIET_MS)
  let tableBytes = 0
  world.onSent.push((_, { type }, bytes) => { if (OF_TABLES.includes(type)) tableBytes += bytes })
  weave.pass(QUIET_MS)
  const links = world.nodes.reduce((sum, { index }) => sum + weave.linksOf(index).size, 0) / 2
  const perLink = tableBytes / links / (QUIET_MS / 1_000)
  const seen = new Spread(world)
  const last = seen.play(size)
  const redundancy = seen.batches / seen.pairs
  if (routing === alongTree && redundancy > REDUNDANCY_MAX) {
    throw new Error(`each batch came ${redundancy.toFixed(3)} times`)
  }
  const converging = converge(weave)
  return {
    ...weave.report('spread', { joining, last, converging }),
    figures: {
      'hops p50': at(seen.hops, 0.5), 'hops p99': at(seen.hops, 0.99),
      'ms p50': at(seen.delaysMs, 0.5), 'ms p99': at(seen.delaysMs, 0.99),
      redundancy: Math.round(redundancy * 1_000) / 1_000,
      'bytes of tables a second and link': Math.round(perLink),
    },
  }
}

/** One loses power: until everybody has a table without it of each that was linked with it. */
function converge (weave: Weave): number {
  const { world } = weave
  const gone = world.nodes.at(-1)
  if (gone === undefined) return 0
  const near = [...weave.linksOf(gone.index)]
  const had = new Map<Identity, Set<number>>(near.map(peer => [peer, new Set<number>()]))
  const startMs = world.nowMs
  const prefix = prefixOf(gone.identity)
  world.onSent.push((side, frame) => {
    if (frame.type !== 'link-table') return
    const table = decodeLinkTable(frame.table.body)
    if (isRefusal(table) || table.links.some(link => link.prefix === prefix)) return
    had.get(table.owner)?.add(side.other.node)
  })
  world.crash(gone, true)
  const everybody = weave.live.length - 1
  const isTold = (): boolean => [...had.values()].every(nodes => nodes.size >= everybody)
  while (!isTold()) {
    if (world.nowMs - startMs > LOST_MAX_MS) throw new Error('tables do not say who is lost')
    world.runUntil(world.nowMs + EVERY_MS)
  }
  return world.nowMs - startMs
}

function at (numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0)
}
