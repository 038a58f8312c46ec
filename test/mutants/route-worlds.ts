/**
 * Scripted worlds for what is promised of routes, as `worlds.ts` has them for the mesh. They know
 * nothing of mutants and hold for the product as it is. Read next: `trial.ts`.
 */
import { ROUTE_LIMITS } from '../../src/limits.js'
import type { Frame } from '../../src/wire/frame.js'
import {
  decodeLinkTable, encodeLinkTable, prefixOf, type SignedTable,
} from '../../src/wire/link-table.js'
import { isRefusal } from '../../src/wire/refusal.js'
import { signedBytes } from '../../src/wire/record.js'
import { NETWORK_HASH, SECOND_MS } from '../helpers/core-bench.js'
import { awaitFullMesh } from '../sim/run.js'
import type { SimNode, World } from '../sim/world.js'
import { cutPair, downsOf, four, meshOf, say, statusOf } from './stage.js'
import type { Scripted } from './worlds.js'

const TOPIC = 'routes'
/** A lost link is noticed, told and looked at. */
const SETTLES_MS = 12 * SECOND_MS

export const ROUTE_WORLDS: readonly Scripted[] = [
  {
    name: 'two that cannot reach each other',
    promise: 'others pass on for them, once and to nobody else (DESIGN 8)',
    play: twoApart,
  },
  {
    name: 'a parent that says nothing',
    promise: 'what a tree missed is told by others and asked for within a second (DESIGN 8)',
    play: silentParent,
  },
  {
    name: 'told before it comes',
    promise: 'what is on its way is not asked for (DESIGN 8)',
    play: toldEarly,
  },
  {
    name: 'tables that prove nothing',
    promise: 'a link counts when both ends tell it, in their newest tables, signed (docs/adr/0008)',
    play: provesNothing,
  },
  {
    name: 'the table of who left',
    promise: 'of members that left nothing is kept',
    play: tableOfGone,
  },
  {
    name: 'the last link',
    promise: 'who has no link left reaches nobody',
    play: lastLink,
  },
  {
    name: 'a long row',
    promise: 'a ping passes eight links at most (DESIGN 8)',
    play: longRow,
  },
  {
    name: 'pings said again',
    promise: 'a ping is heard once, however late it is said again (DESIGN 8)',
    play: pingsAgain,
  },
]

/** How many bulletins each node was handed from now on. */
function countDelivered (world: World): Map<SimNode, number> {
  const counts = new Map(world.nodes.map(node => [node, 0]))
  world.onDelivery = (node, { count }) => { counts.set(node, (counts.get(node) ?? 0) + count) }
  return counts
}

/** Frames of a type that leave from now on, from whom to whom. */
function watchFrames<T extends Frame['type']> (
  world: World, type: T,
): { frame: Extract<Frame, { type: T }>, from: SimNode, to: SimNode }[] {
  const seen: { frame: Extract<Frame, { type: T }>, from: SimNode, to: SimNode }[] = []
  world.onSent.push((side, frame) => {
    const [from, to] = [world.nodes[side.node], world.nodes[side.other.node]]
    if (frame.type !== type || from === undefined || to === undefined) return
    seen.push({ frame: frame as Extract<Frame, { type: T }>, from, to })
  })
  return seen
}

function signTable (of: SimNode, links: readonly SimNode[], version: number): SignedTable {
  const rows = links.map(({ identity }) => ({ prefix: prefixOf(identity), rtt: 1 }))
  rows.sort((a, b) => a.prefix < b.prefix ? -1 : 1)
  const body = encodeLinkTable({
    owner: of.identity, incarnation: of.disk?.incarnation ?? 0, version, free: 0, links: rows,
  })
  return { body, signature: of.keys.suite.sign(signedBytes('link-table', NETWORK_HASH, body)) }
}

function runFor (world: World, forMs: number): void {
  world.runUntil(world.nowMs + forMs)
}

function twoApart (): string | null {
  const world = meshOf(6)
  const [one, other] = four(world)
  const tables = watchFrames(world, 'link-table')
  cutPair(world, one, other)
  runFor(world, SETTLES_MS)
  const status = `${statusOf(one, other)} ${statusOf(other, one)}`
  if (status !== 'via via') return `they are ${status} to each other`
  for (const { frame, from, to } of tables) {
    const table = decodeLinkTable(frame.table.body)
    if (isRefusal(table) || table.owner === from.identity) continue
    if (!table.links.some(({ prefix }) => prefix === prefixOf(to.identity))) continue
    return `n${from.index} passes on a table to n${to.index}, whom its owner reaches`
  }
  const counts = countDelivered(world)
  const batches = watchFrames(world, 'batch')
  for (const node of world.nodes) world.publish(node, TOPIC, `${node.index}`)
  runFor(world, 90)
  for (const [node, count] of counts) {
    if (count !== 6) return `after 90 ms n${node.index} has ${count} bulletins of 6`
  }
  runFor(world, 2 * SECOND_MS)
  return batches.length === 30 ? null : `${batches.length} batches were sent, not 30`
}

/** Two are between the author and a reader; the one or the other gets no turn for 3 s. */
function silentParent (): string | null {
  for (const silent of [1, 2]) {
    const world = meshOf(4)
    const [author, , , reader] = four(world)
    cutPair(world, author, reader)
    runFor(world, SETTLES_MS)
    const counts = countDelivered(world)
    const stalled = world.nodes[silent]
    if (stalled === undefined) return 'nobody is between them'
    world.stall(stalled, 3 * SECOND_MS)
    world.publish(author, TOPIC, 'past it')
    runFor(world, SECOND_MS)
    if (counts.get(reader) !== 1) return `past n${silent} the reader has nothing after a second`
  }
  return null
}

function toldEarly (): string | null {
  const world = meshOf(3)
  const [author, teller, reader] = four(world)
  world.publish(author, TOPIC, 'first')
  runFor(world, 2 * SECOND_MS)
  const wants = watchFrames(world, 'log-want')
  const { incarnation = 0 } = author.disk ?? {}
  const row = { author: author.identity, incarnation, first: 2, last: 2 }
  say(world, teller, reader, { type: 'heads', rows: [row] })
  runFor(world, ROUTE_LIMITS.headsAskedAfterMs / 3)
  world.publish(author, TOPIC, 'second')
  runFor(world, 2 * SECOND_MS)
  return wants.length === 0 ? null : `${wants.length} wants of what came by itself`
}

function provesNothing (): string | null {
  return toldByOne() ?? toldFalsely('an older table') ?? toldFalsely('a table it did not sign')
}

/** A dead member's last word reaches one who knows that nobody is linked with it. */
function toldByOne (): string | null {
  const world = meshOf(3)
  const [one, teller, dead] = four(world)
  world.crash(dead, true)
  runFor(world, SETTLES_MS)
  say(world, teller, one, { type: 'link-table', table: signTable(dead, [one, teller], 99) })
  runFor(world, SECOND_MS)
  const status = statusOf(one, dead)
  return status === 'lost' ? null : `who alone tells its links is ${status}`
}

function toldFalsely (what: string): string | null {
  const world = meshOf(3)
  const [one, teller, far] = four(world)
  cutPair(world, one, far)
  runFor(world, SETTLES_MS)
  const downs = downsOf(world, one)
  const isOld = what === 'an older table'
  const table = signTable(far, [], isOld ? 1 : 99)
  const signature = isOld ? table.signature : table.signature.map(byte => byte ^ 1)
  say(world, teller, one, { type: 'link-table', table: { ...table, signature } })
  if (!isOld && !downs.includes('protocol')) return 'who passes on a forged table is not closed'
  if (awaitStatus(world, one, far, 'via')) return null
  return `${what} makes a member ${statusOf(one, far)}`
}

/** Within a second at most, for the link of a teller may have to return. */
function awaitStatus (world: World, node: SimNode, of: SimNode, status: string): boolean {
  for (let i = 0; i < 5; i++) {
    runFor(world, 1)
    if (statusOf(node, of) === status) return true
    runFor(world, SECOND_MS / 5)
  }
  return false
}

/** One keeps house at other times than the others do. */
function tableOfGone (): string | null {
  const world = meshOf(4)
  const [one, , , gone] = four(world)
  world.crash(one, false)
  runFor(world, 13 * SECOND_MS)
  world.start(one)
  if (awaitFullMesh(world) === null) return 'no mesh forms'
  world.leave(gone)
  for (let time = 0; time < 4; time++) {
    runFor(world, 35 * SECOND_MS)
    const held = world.nodes.flatMap(({ core }) => core?.sizes()['tables'] ?? [])
    if (held.some(count => count !== 3)) return `${held.join()} tables of 3 members are held`
  }
  return null
}

function lastLink (): string | null {
  const world = meshOf(2)
  const [one, other] = four(world)
  const seen: string[] = []
  world.onNotice.push((node, notice) => {
    if (node === one && notice.kind === 'link-down') seen.push('down')
  })
  world.crash(other, false)
  for (let i = 0; i < 20; i++) {
    runFor(world, 100)
    if (seen.length > 0) seen.push(statusOf(one, other))
  }
  if (!seen.includes('down')) return 'no loss is told'
  const wrong = seen.find(status => status !== 'down' && status !== 'lost')
  return wrong === undefined ? null : `without a link its peer is ${wrong}`
}

/** Everyone is linked with its neighbours only. */
function longRow (): string | null {
  const world = meshOf(11)
  for (const one of world.nodes) {
    for (const other of world.nodes) if (other.index > one.index + 1) cutPair(world, one, other)
  }
  runFor(world, 2 * SETTLES_MS)
  const [first] = four(world)
  const heard = new Set<number>()
  world.onNotice.push((node, notice) => {
    if (notice.kind === 'ping' && notice.peer === first.identity) heard.add(node.index)
  })
  runFor(world, 11 * SECOND_MS)
  const all = [...heard].sort((a, b) => a - b).join()
  return all === '1,2,3,4,5,6,7,8' ? null : `the first of a row is heard by ${all}`
}

function pingsAgain (): string | null {
  const world = meshOf(3)
  const [origin, teller, one] = four(world)
  cutPair(world, origin, one)
  const pings = watchFrames(world, 'relay-ping')
  const heard: number[] = []
  world.onNotice.push((node, notice) => {
    if (node !== one || notice.kind !== 'ping' || notice.peer !== origin.identity) return
    if (notice.via !== undefined) heard.push(notice.seq)
  })
  const rounds = ROUTE_LIMITS.relayPingsSeenMax + 4
  runFor(world, SETTLES_MS + 5 * SECOND_MS)
  for (const forMs of [SECOND_MS, rounds * 5 * SECOND_MS]) {
    runFor(world, forMs)
    const told = pings.find(({ to }) => to === one)
    if (told === undefined) return 'no ping comes over others'
    say(world, teller, one, told.frame)
  }
  const again = heard.find((seq, i) => heard.indexOf(seq) !== i)
  return again === undefined ? null : `ping ${again} is heard again`
}
