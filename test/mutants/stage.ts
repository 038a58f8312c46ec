/**
 * What scripted worlds are made of: meshes that have formed, words put into a node's mouth, and
 * what is watched. Read next: `worlds.ts`.
 */
import type { LinkId } from '../../src/core/event.js'
import type { Notice } from '../../src/core/notice.js'
import type { Frame } from '../../src/wire/frame.js'
import {
  encodeRecord, signedBytes, type MemberRecord, type SignedRecord,
} from '../../src/wire/record.js'
import { HOUR_MS, NETWORK_HASH, Peer, SECOND_MS } from '../helpers/core-bench.js'
import { fullMeshGap } from '../sim/checks/full-mesh.js'
import { awaitFullMesh } from '../sim/run.js'
import { World, type SimNode, type WorldOptions } from '../sim/world.js'

export const LAN = { least: 1, spread: 3 }

/** `size` nodes with disks, all linked; the first is everybody's `--connect`. */
export function meshOf (size: number, options: Partial<WorldOptions> = {}): World {
  const world = new World({ seed: 9, realSuite: false, latencyMs: LAN, ...options })
  for (let index = 0; index < size; index++) world.addNode(index === 0 ? [] : [0], true)
  for (const node of world.nodes) world.start(node)
  if (awaitFullMesh(world) === null) throw new Error(`no mesh forms: ${fullMeshGap(world)}`)
  world.runUntil(world.nowMs + 3 * SECOND_MS)
  return world
}

/** The first four; who asks for more than there are never uses them. */
export function four ({ nodes }: World): [SimNode, SimNode, SimNode, SimNode] {
  return nodes as [SimNode, SimNode, SimNode, SimNode]
}

/** `from` says something to `to` that its own core would not. */
export function say (world: World, from: SimNode, to: SimNode, frame: Frame): void {
  for (const [link, { side }] of to.sides) {
    if (side.other.node !== from.index) continue
    world.post(to, { kind: 'frame-received', link: link as LinkId, frame })
    return
  }
}

export function tellStrangers (
  world: World, teller: SimNode, to: SimNode, secret: number, count: number,
): void {
  const issuedMs = wallMs(to, world)
  const entries = Array.from({ length: count }, (_, i) =>
    new Peer(secret + i).entry({ addresses: [], issuedMs }))
  for (let at = 0; at < count; at += 64) {
    say(world, teller, to, { type: 'records', entries: entries.slice(at, at + 64) })
  }
}

/** Rows on a node's disk of machines that will never answer again. */
export function rememberDead (world: World, node: SimNode, count: number): void {
  for (let i = 0; i < count; i++) {
    const dead = world.addNode([], true)
    const issuedMs = wallMs(node, world) - HOUR_MS
    const row = recordOf(dead, { issuedMs, incarnation: issuedMs * 1_024 })
    const linkedMs = issuedMs + i
    node.disk?.members.set(dead.identity, { ...row, address: dead.address, linkedMs })
  }
}

export function recordOf (node: SimNode, over: Partial<MemberRecord>): SignedRecord {
  const body = encodeRecord({
    publicKey: node.keys.publicKey,
    incarnation: 1,
    version: 1,
    issuedMs: node.offsetMs,
    state: 'up',
    name: `n${node.index}`,
    addresses: [node.address],
    tags: {},
    ephemeral: false,
    boxKey: null,
    ...over,
  })
  return { body, signature: node.keys.suite.sign(signedBytes('record', NETWORK_HASH, body)) }
}

export function wallMs (node: SimNode, world: World): number {
  return Math.round(node.offsetMs + world.nowMs)
}

/** Counts dials to one node, or to any, from now on. */
export function countDials (world: World, to: SimNode | null): () => number {
  let count = 0
  world.onEffect = (_, effect) => {
    if (effect.kind === 'dial' && (to === null || effect.address === to.address)) count++
  }
  return () => count
}

export function downsOf (world: World, of: SimNode): string[] {
  const reasons: string[] = []
  world.onNotice.push((node, notice) => {
    if (node === of && notice.kind === 'link-down') reasons.push(notice.reason)
  })
  return reasons
}

export function isUp (notice: Notice, peer: SimNode): boolean {
  return notice.kind === 'link-up' && notice.peer === peer.identity
}

export function statusOf (node: SimNode, of: SimNode): string {
  return node.core?.peers().find(({ id }) => id === of.identity)?.status ?? 'unknown'
}

export function cutPair (world: World, one: SimNode, other: SimNode): void {
  world.network.cut(one.index, other.index)
  world.network.cut(other.index, one.index)
}
