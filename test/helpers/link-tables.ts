/** Link tables and graphs of members that are called by numbers, without keys or signatures. */
import fc from 'fast-check'
import { buildGraph } from '../../src/core/routes/graph.js'
import type { Graph } from '../../src/core/routes/vocabulary.js'
import { toHex } from '../../src/wire/hex.js'
import { identityFromHash, identityToBytes, type Identity } from '../../src/wire/identity.js'
import type { LinkTable } from '../../src/wire/link-table.js'

/** A link of two members with the code of its round-trip time, told by both alike. */
export type Link = readonly [one: number, other: number, rtt: number]

/** Members by ascending identity: number i stands at place i when all told a table. */
export function membersOf (count: number, salt = 0): Identity[] {
  return Array.from({ length: count }, (_, i) => memberOf(i + 1, salt)).sort()
}

/** Two with one number and different salts share their first 8 bytes. */
export function memberOf (number: number, salt = 0): Identity {
  const bytes = new Uint8Array(32)
  // An odd factor: numbers next to each other stand far apart in both orders, of text and bytes.
  const spread = Math.imul(number, 0x9e37_79b1) >>> 0
  new DataView(bytes.buffer).setUint32(0, spread)
  new DataView(bytes.buffer).setUint32(4, number)
  bytes[31] = salt
  return identityFromHash(bytes)
}

export function prefixOf (identity: Identity): string {
  return toHex(identityToBytes(identity)).slice(0, 16)
}

/** What one member tells: its peers and codes. */
export function tableOf (
  owner: Identity, links: readonly (readonly [Identity, number])[],
): LinkTable {
  const rows = links.map(([peer, rtt]) => ({ prefix: prefixOf(peer), rtt }))
  rows.sort((a, b) => (a.prefix < b.prefix ? -1 : 1))
  return { owner, incarnation: 1, version: 1, free: 0, links: rows }
}

/** One table of each member. */
export function tablesOf (members: readonly Identity[], links: readonly Link[]): LinkTable[] {
  const told = members.map((): [Identity, number][] => [])
  const nobody = memberOf(0)
  for (const [one, other, rtt] of links) {
    told[one]?.push([members[other] ?? nobody, rtt])
    told[other]?.push([members[one] ?? nobody, rtt])
  }
  return members.map((owner, place) => tableOf(owner, told[place] ?? []))
}

export function graphOf (count: number, links: readonly Link[]): Graph {
  return buildGraph(tablesOf(membersOf(count), links))
}

export function fullMesh (count: number, rtt = 1): Link[] {
  return Array.from({ length: count }, (_, one) =>
    Array.from({ length: one }, (_, other): Link => [one, other, rtt])).flat()
}

export interface Drawn {
  readonly count: number
  readonly links: readonly Link[]
}

/** Random graphs; connected ones hold a tree in which each is linked with one before it. */
export function drawnGraph (
  bounds: { countMax: number, isConnected: boolean },
): fc.Arbitrary<Drawn> {
  return fc.integer({ min: 1, max: bounds.countMax }).chain(count => {
    const place = fc.nat({ max: count - 1 })
    const stem = fc.tuple(...Array.from({ length: count }, (_, one) =>
      fc.tuple(fc.constant(one), fc.nat({ max: Math.max(0, one - 1) }), fc.nat({ max: 255 }))))
    const more = fc.array(fc.tuple(place, place, fc.nat({ max: 255 })), { maxLength: 3 * count })
    return fc.tuple(bounds.isConnected ? stem : fc.constant([]), more)
      .map(([first, rest]) => ({ count, links: eachOnce([...first, ...rest]) }))
  })
}

function eachOnce (links: readonly Link[]): Link[] {
  const kept = new Map<string, Link>()
  for (const [one, other, rtt] of links) {
    const [low, high] = [Math.min(one, other), Math.max(one, other)]
    if (low !== high && !kept.has(`${low} ${high}`)) kept.set(`${low} ${high}`, [low, high, rtt])
  }
  return [...kept.values()]
}

/** How often properties are tried; FC_RUNS, FC_SEED and FC_PATH choose otherwise. */
export function tried (runs: number): { numRuns: number, seed: number, path?: string } {
  const path = process.env['FC_PATH']
  return {
    numRuns: Number(process.env['FC_RUNS'] ?? runs),
    seed: Number(process.env['FC_SEED'] ?? 20_261_121),
    ...(path === undefined ? {} : { path }),
  }
}
