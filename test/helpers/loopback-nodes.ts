/** Nodes in this process, on loopback, that end with their test. */
import type { Test } from 'tap'
import { createNode } from '../../src/create-node.js'
import type { Node, PortOverrides } from '../../src/node.js'
import type { NodeOptions } from '../../src/options.js'

/** One node that is linked with all of `others`. */
export async function startLinked (
  t: Test, others: readonly Node[], options: NodeOptions = {}, overrides: PortOverrides = {},
): Promise<Node> {
  const connect = others.map(({ address }) => address)
  const node = await createNode({ port: 0, host: '127.0.0.1', connect, ...options }, {
    log: () => {}, ...overrides,
  })
  t.teardown(() => node.close())
  if (options.drive !== 'manual') await until(() => others.every(other => isLinked(node, other)))
  return node
}

/** Both hold a ready link with the other. */
export function isLinked (one: Node, other: Node): boolean {
  const holds = (a: Node, b: Node): boolean =>
    a.peers().some(({ id, status }) => id === b.id && status === 'linked')
  return holds(one, other) && holds(other, one)
}

/** Resolves when it holds; rejects after ten seconds. `between` is called before each look. */
export async function until (
  holds: () => boolean | Promise<boolean>, between: () => void = () => {},
): Promise<void> {
  const endMs = performance.now() + 10_000
  for (;;) {
    between()
    if (await holds()) return
    if (performance.now() > endMs) throw new Error(`not within ten seconds: ${String(holds)}`)
    await new Promise(resolve => { setTimeout(resolve, 2) })
  }
}
