/**
 * Cutting proxies on loopback: the ground for machines without network namespaces. What is cut
 * stands still in its proxy; a dial that is forbidden gets a TCP connection that says nothing.
 */
import { NodeProcess } from '../../../examples/demo/node-process.js'
import { freshHost } from '../processes.js'
import type { Ground, GroundNode, GroundStart, Side } from './ground.js'

/** `why` tells people what there is no better ground for. */
export function openProxies (why: string): Ground {
  const sides = new Map<string, Side>()
  const nodes: NodeProcess[] = []
  const starts: Promise<unknown>[] = []
  let isCutNow = false
  let muteSide: Side | null = null
  /** `from` opened the connection. */
  const isCut = (from: string, to: string): boolean =>
    sides.get(from) !== sides.get(to) && (isCutNow || sides.get(from) === muteSide)
  const apply = async (change: () => void): Promise<void> => {
    change()
    for (const { proxy } of nodes) proxy.apply()
  }
  const begin = async ({ name, side, connect, flags = [] }: GroundStart): Promise<GroundNode> => {
    const host = freshHost()
    sides.set(host, side)
    const program = await NodeProcess.start({ name, host, connect, flags, isCut })
    nodes.push(program)
    const { address } = program.proxy
    return { program, address, named: address.replace('127.0.0.1', 'localhost') }
  }
  return {
    name: `proxies on loopback (${why})`,
    start (start) {
      const started = begin(start)
      starts.push(started)
      return started
    },
    cut: () => apply(() => { isCutNow = true }),
    heal: () => apply(() => { isCutNow = false }),
    forbidDialling: from => apply(() => { muteSide = from }),
    async close () {
      await Promise.allSettled(starts)
      await Promise.all(nodes.map(node => node.stop('SIGKILL')))
    },
  }
}
