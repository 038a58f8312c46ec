import t from 'tap'
import type { OfferId, PurgeId } from '../../../src/core/event.js'
import type { Effect } from '../../../src/core/effect.js'
import type { BatchKey } from '../../../src/core/bulletins/vocabulary.js'
import { World, type SimNode } from '../../sim/world.js'
import { awaitFullMesh } from '../../sim/run.js'

const RETAIN_MS = 600_000

function worldOf (count: number): { world: World, told: { node: SimNode, effect: Effect }[] } {
  const world = new World({
    seed: 3, realSuite: false, latencyMs: { least: 1, spread: 3 },
    bulletins: { retainMs: RETAIN_MS },
  })
  const told: { node: SimNode, effect: Effect }[] = []
  world.onEffect = (node, effect) => {
    if (effect.kind === 'offer-settled' || effect.kind === 'purged') told.push({ node, effect })
  }
  for (let index = 0; index < count; index++) world.addNode([], true)
  for (const node of world.nodes) world.start(node)
  return { world, told }
}

/** Batches that a node holds, as bytes, in order. */
function batchesOf (world: World, node: SimNode): Uint8Array[] {
  return [...world.shelvedBy(node).values()].map(held => (held as { batch: Uint8Array }).batch)
}

function offer (world: World, node: SimNode, batch: Uint8Array): void {
  world.post(node, { kind: 'batch-offered', offer: 1 as OfferId, batch: batch.slice() })
  world.runUntil(world.nowMs + 100)
}

t.test('a batch of a file is taken once, stored and delivered', async t => {
  const { world, told } = worldOf(2)
  const [author, far] = world.nodes as [SimNode, SimNode]
  const delivered: number[] = []
  world.onDelivery = (node, { first }) => { if (node === far) delivered.push(first) }
  world.publish(author, 'news', 'one')
  world.runUntil(100)
  const [batch = new Uint8Array()] = batchesOf(world, author)
  offer(world, far, batch)
  offer(world, far, batch)
  t.same(told.map(({ effect }) => effect.kind === 'offer-settled' && effect.outcome),
    ['taken', 'known'])
  t.same(batchesOf(world, far), [batch])
  t.same(delivered, [1])
})

t.test('of a file nothing is taken that a link could not bring', async t => {
  const { world, told } = worldOf(2)
  const [author, far] = world.nodes as [SimNode, SimNode]
  world.publish(author, 'news', 'one')
  world.runUntil(100)
  const [batch = new Uint8Array()] = batchesOf(world, author)
  const torn = [0, 60, batch.length - 1].map(at => batch.with(at, (batch[at] ?? 0) ^ 1))
  for (const each of [...torn, new Uint8Array(0), batch.subarray(0, 50)]) offer(world, far, each)
  world.runUntil(world.nowMs + RETAIN_MS)
  offer(world, far, batch)
  t.same(told.map(({ effect }) => effect.kind === 'offer-settled' && effect.outcome),
    Array.from({ length: 6 }, () => 'refused'))
  t.same(batchesOf(world, far), [])
})

t.test('what was purged is remembered until it expires, though its author is gone', async t => {
  const { world, told } = worldOf(3)
  const [author, other, keeper] = world.nodes as [SimNode, SimNode, SimNode]
  for (const node of [other, keeper]) {
    world.post(node, { kind: 'connect-asked', target: { address: author.address, identity: null } })
  }
  t.not(awaitFullMesh(world), null)
  for (const text of ['one', 'two']) {
    world.publish(author, 'news', text)
    world.runUntil(world.nowMs + 200)
  }
  t.equal(batchesOf(world, other).length, 2)
  world.crash(author, false)
  const keys: BatchKey[] = [...other.core?.heldBatches() ?? []]
  world.post(other, { kind: 'purge-asked', purge: 1 as PurgeId, keys: [...keys, ...keys] })
  t.same(told.map(({ effect }) => effect.kind === 'purged' && effect.bulletins), [2])
  t.same(batchesOf(world, other), [])
  world.runUntil(world.nowMs + 60_000)
  t.same(batchesOf(world, other), [], 'a minute of exchanges with one who has it')
  t.equal(batchesOf(world, keeper).length, 2)
  // After that nobody has it any more, and nothing of it is remembered.
  world.runUntil(world.nowMs + RETAIN_MS)
  t.same(batchesOf(world, keeper), [])
  t.same([...other.core?.heldBatches() ?? []], [])
})
