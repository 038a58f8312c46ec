/** Real node processes for the integration tests: started on loopback, always ended. */
import type { Test } from 'tap'
import { NodeProcess, type Line } from '../../examples/demo/node-process.js'
import type { ProgramProcess } from '../../examples/demo/program-process.js'

/** Nobody is cut. */
const neverCut = (): boolean => false

let lastHost = 20

export interface Start {
  readonly name: string
  readonly connect?: readonly string[]
  readonly isCut?: (from: string, to: string) => boolean
  readonly flags?: readonly string[]
  readonly host?: string
  readonly port?: number
  readonly env?: Readonly<Record<string, string>>
}

/** Starts a node process that ends with the test. */
export async function startNode (t: Test, start: Start): Promise<NodeProcess> {
  const node = await NodeProcess.start({
    name: start.name,
    host: start.host ?? freshHost(),
    connect: start.connect ?? [],
    isCut: start.isCut ?? neverCut,
    flags: ['--period', '0.5', ...start.flags ?? []],
    ...(start.port === undefined ? {} : { port: start.port }),
    ...(start.env === undefined ? {} : { env: start.env }),
  })
  t.teardown(() => node.stop('SIGKILL'))
  return node
}

/** A loopback address of this test's own: files run side by side. */
export function freshHost (): string {
  lastHost = lastHost >= 250 ? 20 : lastHost + 1
  return `127.0.${process.pid % 250 + 1}.${lastHost}`
}

/** Resolves when it holds, with how long it took in ms; rejects when `withinMs` passed. */
export async function until (
  holds: () => boolean, withinMs: number, what: string,
): Promise<number> {
  const startMs = performance.now()
  while (!holds()) {
    if (performance.now() - startMs > withinMs) {
      throw new Error(`${what}: not within ${withinMs} ms`)
    }
    await pause(10)
  }
  return performance.now() - startMs
}

/** Every one of them is linked with every other and with nobody else. */
export function isFullMesh (nodes: readonly ProgramProcess[]): boolean {
  return nodes.every(node => node.linked.size === nodes.length - 1 &&
    nodes.every(other => other === node || node.linked.has(other.id)))
}

export function pause (forMs: number): Promise<void> {
  return new Promise(resolve => { setTimeout(resolve, forMs) })
}

/** Lines of a kind about a peer, after the first `since` lines. */
export function linesOf (
  node: ProgramProcess, kind: string, peer: ProgramProcess | null = null, since = 0,
): Line[] {
  return node.lines.slice(since)
    .filter(line => line.kind === kind && (peer === null || line.peer === peer.id))
}

/**
 * Runs a scenario whose limit is promised in seconds; a busy machine gets a second chance, a wrong
 * program fails twice.
 */
export async function retriedOnce (t: Test, scenario: (t: Test) => Promise<void>): Promise<void> {
  try {
    await scenario(t)
  } catch (error) {
    t.comment(`first try: ${error instanceof Error ? error.message : String(error)}; again`)
    await scenario(t)
  }
}
