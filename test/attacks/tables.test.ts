/**
 * Members that lie about their own links and keep to themselves what is sent to them: others hear
 * of all bulletins once, and nothing grows without bound. In simulated networks where every honest
 * member is linked with four others, and each liar with all of them, so that most trees lead there.
 */
import t from 'tap'
import { ROUTE_LIMITS } from '../../src/limits.js'
import { Random } from '../../src/core/random.js'
import { LAN } from '../mutants/stage.js'
import { checkBounded } from '../sim/checks/bounded.js'
import { TABLE_LIES, TableLiar, type TableLie } from '../sim/hostile-tables.js'
import { Watch } from '../sim/watch.js'
import { World, type SimNode } from '../sim/world.js'

const SECOND_MS = 1_000
const HONEST = 12
const LIARS = 2
/** Three rounds of asking and a bit: what nobody pushes is told, and asked for. */
const REACHES_ALL_MS = 4 * SECOND_MS

interface Scene {
  readonly world: World
  readonly honest: readonly SimNode[]
  readonly watch: Watch
}

function scene (lie: TableLie, everyMs: number): Scene {
  const world = new World({ seed: 11, realSuite: false, latencyMs: LAN })
  const watch = new Watch(world)
  checkBounded(world, watch)
  for (let i = 0; i < HONEST; i++) world.addNode(i === 0 ? [] : [i - 1], true)
  const honest = [...world.nodes]
  for (let i = 0; i < LIARS; i++) {
    const random = new Random(i + 1)
    const node: SimNode = world.addHostile([0, 5], (core, say) =>
      new TableLiar(core, say, random, {
        attacks: [lie], everyMs, keys: node.keys, attacked: () => {},
      }))
  }
  for (const { index: one } of honest) {
    for (const { index: other } of honest) {
      const apart = Math.min((one - other + HONEST) % HONEST, (other - one + HONEST) % HONEST)
      if (apart > 2) world.network.cut(one, other)
    }
  }
  for (const node of world.nodes) world.start(node)
  world.runUntil(20 * SECOND_MS)
  return { world, honest, watch }
}

/** Everyone publishes; who has not all of it after a while, and what came twice. */
function missing ({ world, honest }: Scene, rounds: number): string[] {
  const got = new Map(honest.map(({ index }) => [index, new Map<string, number>()]))
  world.onDelivery = (node, { author, incarnation, first, count }) => {
    for (let seq = first; seq < first + count; seq++) {
      const name = `${author} ${incarnation} ${seq}`
      const seen = got.get(node.index)
      seen?.set(name, (seen.get(name) ?? 0) + 1)
    }
  }
  for (let round = 0; round < rounds; round++) {
    for (const node of honest) world.publish(node, 'lies', `${round}`)
    world.runUntil(world.nowMs + 300)
  }
  world.runUntil(world.nowMs + REACHES_ALL_MS)
  return [...got].flatMap(([index, seen]) => {
    const twice = [...seen.values()].some(count => count > 1)
    const isWhole = seen.size === rounds * HONEST
    return isWhole && !twice ? [] : [`n${index} has ${seen.size}, some twice: ${twice}`]
  })
}

function downs (world: World, honest: readonly SimNode[]): string[] {
  const isHonest = new Set(honest.map(({ identity }) => String(identity)))
  const seen: string[] = []
  world.onNotice.push((node, notice) => {
    if (notice.kind !== 'link-down' || node.isHostile || !isHonest.has(notice.peer)) return
    seen.push(`n${node.index} ${notice.reason}`)
  })
  return seen
}

/** Tables that honest members sent meanwhile. */
function countTables (world: World): () => number {
  let count = 0
  world.onSent.push((side, { type }) => {
    const node = world.nodes[side.node]
    if (type === 'link-table' && node?.isHostile === false) count++
  })
  return () => count
}

/** Questions for what was told and did not come. */
function countWants (world: World): () => number {
  let count = 0
  world.onSent.push((_, { type }) => { if (type === 'log-want') count++ })
  return () => count
}

/** What honest members may send of the tables of liars in a second, and of their own. */
const TABLES_PER_SECOND_MAX = HONEST * (ROUTE_LIMITS.tableFanout + 1) * (LIARS + 1)

/** Every 50 ms; a second is what one member may say anew. */
const ATTACKS = [
  ...TABLE_LIES.map(lie => ({ lie, everyMs: 50 })),
  { lie: 'all and none in turns', everyMs: SECOND_MS } as const,
]

for (const { lie, everyMs } of ATTACKS) {
  t.test(`${lie}, every ${everyMs} ms`, async t => {
    const made = scene(lie, everyMs)
    const { world, honest, watch } = made
    const lost = downs(world, honest)
    const tables = countTables(world)
    const wants = countWants(world)
    const startMs = world.nowMs
    t.same(missing(made, 10), [], 'all have all, once')
    const perSecond = tables() * SECOND_MS / (world.nowMs - startMs)
    t.comment(`${perSecond.toFixed(1)} tables/s sent by the honest, ${wants()} wants in all`)
    t.ok(perSecond <= TABLES_PER_SECOND_MAX, `${perSecond} tables per s`)
    t.same(lost, [], 'links among the honest stay')
    t.equal(watch.failure, null)
    const sizes = honest.map(({ core }) => core?.sizes()['tables'] ?? 0)
    t.ok(sizes.every(size => size <= HONEST + LIARS), 'a table for each member, no more')
    if (lie !== 'links with all') return
    t.ok(wants() > HONEST, 'trees led to the liars: what they kept to themselves was asked for')
  })
}
