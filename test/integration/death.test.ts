import t from 'tap'
import type { Test } from 'tap'
import type { NodeProcess } from '../../examples/demo/node-process.js'
import { isFullMesh, linesOf, pause, retriedOnce, startNode, until } from '../helpers/processes.js'

const mesh = async (t: Test, count: number): Promise<NodeProcess[]> => {
  const nodes = [await startNode(t, { name: 'n0' })]
  for (let i = 1; i < count; i++) {
    nodes.push(await startNode(t, { name: `n${i}`, connect: [nodes[0]?.proxy.address ?? ''] }))
  }
  await until(() => isFullMesh(nodes), 10_000, 'full mesh')
  return nodes
}

t.test('kill -9 of one is a link-down at the others within half a second', t =>
  retriedOnce(t, async t => {
    const [victim, ...others] = await mesh(t, 4) as [NodeProcess, ...NodeProcess[]]
    victim.child.kill('SIGKILL')
    const isNoticed = (): boolean => others.every(node => !node.linked.has(victim.id))
    const tookMs = await until(isNoticed, 500, 'link-down')
    t.ok(isFullMesh(others), 'no other link was lost')
    t.comment(`noticed after ${Math.round(tookMs)} ms`)
  }))

t.test('SIGSTOP of one is seen within 4.5 s, and it is back within 2 s of SIGCONT', t =>
  retriedOnce(t, async t => {
    const [victim, ...others] = await mesh(t, 4) as [NodeProcess, ...NodeProcess[]]
    victim.child.kill('SIGSTOP')
    const isNoticed = (): boolean => others.every(node => !node.linked.has(victim.id))
    const tookMs = await until(isNoticed, 4_500, 'silence')
    t.comment(`silence noticed after ${Math.round(tookMs)} ms`)
    await pause(3_000)
    t.ok(isFullMesh(others), 'no other link was lost')
    t.equal(others.flatMap(node => linesOf(node, 'link-down')).length, others.length)
    victim.child.kill('SIGCONT')
    const backMs = await until(() => isFullMesh([victim, ...others]), 2_000, 'back')
    t.comment(`back after ${Math.round(backMs)} ms`)
  }))
