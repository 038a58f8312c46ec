/**
 * The ground of a test of real cuts: a place with two sides where the built program runs, one
 * process per node, and where packets between the sides can be made to vanish. Network namespaces
 * where this machine allows them, else cutting proxies on loopback.
 * Read next: `namespaces.ts`, `proxies.ts`, the two grounds.
 */
import type { Test } from 'tap'
import type { ProgramProcess } from '../../../examples/demo/program-process.js'
import { openNamespaces } from './namespaces.js'
import { openProxies } from './proxies.js'

export type Side = 'left' | 'right'

export interface GroundStart {
  readonly name: string
  readonly side: Side
  readonly connect: readonly string[]
  readonly flags?: readonly string[]
}

/** A node on a ground; `address` is where others reach it, `named` the same with a host name. */
export interface GroundNode {
  readonly program: ProgramProcess
  readonly address: string
  readonly named: string
}

export interface Ground {
  /** What it is made of, for people. */
  readonly name: string
  /** Starts the program; resolves when it listens. */
  readonly start: (start: GroundStart) => Promise<GroundNode>
  /** From now on packets between the sides vanish: no end, no reset. */
  readonly cut: () => Promise<void>
  /** Takes the cut back. */
  readonly heal: () => Promise<void>
  /** From now on packets of connections that this side opened towards the other vanish. */
  readonly forbidDialling: (from: Side) => Promise<void>
  /** Ends every node and leaves nothing behind. */
  readonly close: () => Promise<void>
}

/** `GROUND=proxies` takes proxies even where namespaces are to be had. */
const WANTED = process.env['GROUND'] ?? ''

/** The best ground of this machine; it ends with the test, whose output says which one it is. */
export async function openGround (t: Test): Promise<Ground> {
  const tried = WANTED === 'proxies' ? 'proxies are asked for' : await openNamespaces()
  const ground = typeof tried === 'string' ? openProxies(tried) : tried
  t.teardown(() => ground.close())
  t.comment(`ground: ${ground.name}`)
  return ground
}
