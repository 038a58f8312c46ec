import t from 'tap'
import { World, type SimNode } from '../../sim/world.js'
import { awaitFullMesh } from '../../sim/run.js'

/** Positions that each node handed to its subscribers, in order, by author. */
class Readers {
  readonly #read = new Map<string, { author: string, seq: number, isLate: boolean }[]>()

  constructor (world: World) {
    world.onDelivery = (node, { author, first, count, isLate }) => {
      const read = this.of(node)
      for (let seq = first; seq < first + count; seq++) read.push({ author, seq, isLate })
    }
  }

  of (node: SimNode): { author: string, seq: number, isLate: boolean }[] {
    const name = `${node.index}`
    const read = this.#read.get(name) ?? []
    this.#read.set(name, read)
    return read
  }

  seqs (node: SimNode, author: SimNode): number[] {
    return this.of(node).filter(one => one.author === author.identity).map(({ seq }) => seq)
  }
}

function meshOf (count: number, seed = 1): World {
  const world = new World({ seed, realSuite: false, latencyMs: { least: 1, spread: 3 } })
  for (let index = 0; index < count; index++) world.addNode(index === 0 ? [] : [0], true)
  for (const node of world.nodes) world.start(node)
  t.not(awaitFullMesh(world), null)
  return world
}

function upTo (count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1)
}

t.test('what one publishes reaches everyone once, in order, itself included', t => {
  const world = meshOf(5)
  const readers = new Readers(world)
  const [author] = world.nodes as [SimNode]
  for (let i = 0; i < 50; i++) world.publish(author, 'news', `bulletin ${i}`)
  world.runUntil(world.nowMs + 1_000)
  for (const node of world.nodes) t.same(readers.seqs(node, author), upTo(50))
  t.end()
})

t.test('who was away fetches what it missed from whoever is there', t => {
  const world = meshOf(5)
  const readers = new Readers(world)
  const [author, , , , away] = world.nodes as [SimNode, SimNode, SimNode, SimNode, SimNode]
  world.publish(author, 'news', 'before')
  world.runUntil(world.nowMs + 1_000)
  world.crash(away, false)
  for (let i = 0; i < 300; i++) {
    world.publish(author, 'news', `bulletin ${i}`)
    world.runUntil(world.nowMs + 10)
  }
  world.crash(author, true)
  world.start(away)
  world.runUntil(world.nowMs + 10_000)
  t.same(readers.seqs(away, author), upTo(301))
  t.end()
})

t.test('a newcomer gets the history of an author it never met', t => {
  const world = meshOf(4)
  const readers = new Readers(world)
  const [author] = world.nodes as [SimNode]
  for (let i = 0; i < 2_000; i++) world.publish(author, 'news', `bulletin ${i}`)
  world.runUntil(world.nowMs + 2_000)
  world.post(author, { kind: 'leave-asked' })
  world.runUntil(world.nowMs + 500)
  world.crash(author, false)
  const newcomer = world.addNode([1], false)
  world.start(newcomer)
  world.runUntil(world.nowMs + 12_000)
  t.same(readers.seqs(newcomer, author), upTo(2_000))
  t.end()
})

t.test('two halves that published on their own have it all after healing', t => {
  const world = meshOf(6)
  const readers = new Readers(world)
  const halves = [world.nodes.slice(0, 3), world.nodes.slice(3)] as const
  for (const one of halves[0]) {
    for (const other of halves[1]) {
      world.network.cut(one.index, other.index)
      world.network.cut(other.index, one.index)
    }
  }
  world.runUntil(world.nowMs + 10_000)
  for (const node of world.nodes) {
    for (let i = 0; i < 20; i++) world.publish(node, 'news', `${node.index} ${i}`)
  }
  world.runUntil(world.nowMs + 5_000)
  world.network.healAll()
  world.runUntil(world.nowMs + 15_000)
  for (const node of world.nodes) {
    for (const author of world.nodes) t.same(readers.seqs(node, author), upTo(20))
  }
  t.end()
})
