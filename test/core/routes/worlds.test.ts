/** Routes in simulated networks: real cores, the production wire, virtual time. */
import t from 'tap'
import type { Notice } from '../../../src/core/notice.js'
import type { Frame } from '../../../src/wire/frame.js'
import { meshOf } from '../../mutants/stage.js'
import type { SimNode, World } from '../../sim/world.js'

const SECOND_MS = 1_000
const TOPIC = 'routes'

/** Positions delivered at each node, by author. */
function deliveries (world: World): Map<number, string[]> {
  const got = new Map<number, string[]>(world.nodes.map(({ index }) => [index, []]))
  world.onDelivery = (node, { author, first, count }) => {
    const from = world.nodes.find(({ identity }) => identity === author)?.index ?? -1
    for (let seq = first; seq < first + count; seq++) got.get(node.index)?.push(`${from}:${seq}`)
  }
  return got
}

/** How many frames of each type leave from now on, by sender and receiver. */
function frames (world: World): { type: Frame['type'], from: number, to: number }[] {
  const sent: { type: Frame['type'], from: number, to: number }[] = []
  world.onSent.push((side, { type }) => {
    sent.push({ type, from: side.node, to: side.other.node })
  })
  return sent
}

function cut (world: World, a: number, b: number): void {
  world.network.cut(a, b)
  world.network.cut(b, a)
}

/** Only neighbours in the row can reach each other. */
function rowOf (size: number): World {
  const world = meshOf(size)
  for (let a = 0; a < size; a++) for (let b = a + 2; b < size; b++) cut(world, a, b)
  world.runUntil(world.nowMs + 15 * SECOND_MS)
  return world
}

function statusOf (node: SimNode, of: SimNode): string | undefined {
  return node.core?.peers().find(({ id }) => id === of.identity)?.status
}

t.test('in a full mesh nobody passes on anything', t => {
  const world = meshOf(8)
  world.runUntil(world.nowMs + 5 * SECOND_MS)
  const sent = frames(world)
  const got = deliveries(world)
  const [author] = world.nodes as [SimNode]
  for (let i = 0; i < 5; i++) {
    world.publish(author, TOPIC, `${i}`)
    world.runUntil(world.nowMs + 100)
  }
  world.runUntil(world.nowMs + 61 * SECOND_MS)
  const of = (type: Frame['type']): typeof sent => sent.filter(frame => frame.type === type)
  t.equal(of('batch').length, 5 * 7, 'N - 1 frames a bulletin')
  t.ok(of('batch').every(({ from }) => from === author.index), 'all from its author')
  t.equal(of('heads').length, 0)
  t.equal(of('relay-ping').length, 0)
  t.ok(of('link-table').length <= 2 * 8 * 7, 'each table goes once a minute to each link')
  for (const all of got.values()) t.equal(all.length, 5)
  t.end()
})

t.test('two that cannot reach each other get bulletins and pings over others', t => {
  const world = meshOf(6)
  const [a, b] = world.nodes as [SimNode, SimNode]
  const pings: Extract<Notice, { kind: 'ping' }>[] = []
  cut(world, 0, 1)
  world.runUntil(world.nowMs + 15 * SECOND_MS)
  t.equal(statusOf(a, b), 'via')
  t.equal(statusOf(b, a), 'via')
  const got = deliveries(world)
  const sent = frames(world)
  world.onNotice.push((node, notice) => {
    if (node === a && notice.kind === 'ping' && notice.peer === b.identity) pings.push(notice)
  })
  world.publish(a, TOPIC, 'from a')
  world.publish(b, TOPIC, 'from b')
  world.runUntil(world.nowMs + SECOND_MS)
  for (const all of got.values()) t.same([...all].sort(), ['0:1', '1:1'], 'everybody has both')
  t.equal(sent.filter(({ type }) => type === 'batch').length, 10, 'and once each')
  world.runUntil(world.nowMs + 10 * SECOND_MS)
  t.ok(pings.length >= 1, 'pings come over others')
  t.type(pings[0]?.via, 'string')
  world.network.healAll()
  world.runUntil(world.nowMs + 10 * SECOND_MS)
  t.equal(statusOf(a, b), 'linked', 'the direct link returns by itself')
  t.end()
})

t.test('a row of seven, each linked with its neighbours only', t => {
  const world = rowOf(7)
  const first = world.nodes[0] as SimNode
  const last = world.nodes[6] as SimNode
  t.equal(statusOf(first, last), 'via')
  const got = deliveries(world)
  const sent = frames(world)
  for (let i = 0; i < 20; i++) {
    world.publish(first, TOPIC, `${i}`)
    world.runUntil(world.nowMs + 50)
  }
  world.runUntil(world.nowMs + SECOND_MS)
  for (const all of got.values()) t.equal(all.length, 20)
  t.equal(sent.filter(({ type }) => type === 'batch').length, 6 * 20, 'each link carries it once')
  t.end()
})
