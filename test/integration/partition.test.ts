import t from 'tap'
import type { Test } from 'tap'
import type { NodeProcess } from '../../examples/demo/node-process.js'
import { freshHost, isFullMesh, retriedOnce, startNode, until } from '../helpers/processes.js'

/** DESIGN 1, P2: healed within 10 s. */
const HEAL_MAX_MS = 10_000

t.test('two groups of three, cut, a newcomer on each side, healed within 10 s', t =>
  retriedOnce(t, async t => {
    const left = new Set<string>()
    let isCutNow = false
    const isCut = (from: string, to: string): boolean => isCutNow && left.has(from) !== left.has(to)
    const start = async (
      t: Test, name: string, isLeft: boolean, through?: NodeProcess,
    ): Promise<NodeProcess> => {
      const host = freshHost()
      if (isLeft) left.add(host)
      const connect = through === undefined ? [] : [through.proxy.address]
      return startNode(t, { name, host, isCut, connect })
    }
    const first = await start(t, 'l0', true)
    const lefts = [first, await start(t, 'l1', true, first), await start(t, 'l2', true, first)]
    const rights: NodeProcess[] = []
    for (const name of ['r0', 'r1', 'r2']) rights.push(await start(t, name, false, first))
    const all = (): NodeProcess[] => [...lefts, ...rights]
    const cut = (now: boolean): void => {
      isCutNow = now
      for (const { proxy } of all()) proxy.apply()
    }
    await until(() => isFullMesh(all()), 10_000, 'full mesh')
    cut(true)
    await until(() => isFullMesh(lefts) && isFullMesh(rights), 6_000, 'both sides notice')
    lefts.push(await start(t, 'l3', true, lefts[1]))
    rights.push(await start(t, 'r3', false, rights[1]))
    await until(() => isFullMesh(lefts) && isFullMesh(rights), 8_000, 'both sides grow')
    cut(false)
    const tookMs = await until(() => isFullMesh(all()), HEAL_MAX_MS, 'healed')
    t.ok(tookMs <= HEAL_MAX_MS, `eight nodes linked with all after ${Math.round(tookMs)} ms`)
  }))
