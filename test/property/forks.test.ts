/**
 * An author that shows one version of its log to one half of a mesh and another version to the
 * other half, in simulated networks: from the first comparing of logs between the halves on
 * everybody knows. Real nodes are in `test/attacks/forks.test.ts`.
 */
import t from 'tap'
import { BULLETIN_LIMITS } from '../../src/limits.js'
import { Author, type Signed } from '../helpers/bulletin-bench.js'
import { Peer } from '../helpers/core-bench.js'
import { meshOf, say } from '../mutants/stage.js'
import type { SimNode, World } from '../sim/world.js'

const SEEDS = 12
const HALF = 3
/** Wants, a read, the evidence: some round trips. */
const KNOWN_WITHIN_MS = 100

/** What each half is shown; the same up to some point. */
interface Versions {
  readonly left: readonly Signed[]
  readonly right: readonly Signed[]
}

type Fork = (one: Author, two: Author) => Versions

const content = (fill: number, count = 1): { contents: Uint8Array[] } =>
  ({ contents: Array.from({ length: count }, () => new Uint8Array(9).fill(fill)) })

const FORKS: Readonly<Record<string, Fork>> = {
  'at the first batch': (one, two) => ({
    left: [one.sign(content(1))], right: [two.sign(content(2))],
  }),
  'at the second of three': (one, two) => ({
    left: [one.sign(content(1)), one.sign(content(2)), one.sign(content(4))],
    right: [two.sign(content(1)), two.sign(content(3)), two.sign(content(4))],
  }),
  'of which one half gets more': (one, two) => ({
    left: [one.sign(content(1)), one.sign(content(2))],
    right: [two.sign(content(3))],
  }),
  'that is cut into batches otherwise': (one, two) => ({
    left: [one.sign(content(1)), one.sign(content(2))],
    right: [two.sign(content(1, 2)), two.sign(content(3))],
  }),
}

interface Played {
  /** Until the first comparing between the halves, and from there to the last notice. */
  readonly comparedMs: number
  readonly knownMs: number
}

function play (seed: number, fork: Fork): Played {
  const world = meshOf(2 * HALF + 1, { seed })
  const forger = world.nodes[2 * HALF]
  const honest = world.nodes.slice(0, 2 * HALF)
  if (forger === undefined) throw new Error('no author')
  const noticedMs = new Map<SimNode, number>()
  let comparedMs = Infinity
  world.onNotice.push((node, notice, nowMs) => {
    if (notice.kind === 'warning' && notice.code === 'log-forked') noticedMs.set(node, nowMs)
  })
  world.onSent.push((side, frame) => {
    if (frame.type !== 'log-digest' || side.node === side.other.node) return
    const [from, to] = [side.node, side.other.node]
    if (Math.max(from, to) >= 2 * HALF || (from < HALF) === (to < HALF)) return
    comparedMs = Math.min(comparedMs, world.nowMs)
  })
  const startMs = world.nowMs
  show(world, forger, honest, fork)
  // Half of all comparing is between the halves: four rounds of six are enough for any seed.
  const endMs = startMs + 4 * BULLETIN_LIMITS.exchangeEveryMs
  while (noticedMs.size < honest.length && world.nowMs < endMs) world.runUntil(world.nowMs + 250)
  if (noticedMs.size < honest.length) throw new Error(`seed ${seed}: ${noticedMs.size} noticed`)
  return {
    comparedMs: comparedMs - startMs, knownMs: Math.max(...noticedMs.values()) - comparedMs,
  }
}

function show (world: World, forger: SimNode, honest: readonly SimNode[], fork: Fork): void {
  const { keys, identity: id } = forger
  const author = (): Author => new Author(Object.assign(new Peer(1), { keys, id }))
  const { left, right } = fork(author(), author())
  for (const node of honest) {
    for (const { frame } of node.index < HALF ? left : right) say(world, forger, node, frame)
  }
}

for (const [name, fork] of Object.entries(FORKS)) {
  t.test(`a fork ${name} is known to all after one comparing between the halves`, t => {
    const played = Array.from({ length: SEEDS }, (_, seed) => play(seed + 1, fork))
    const knownMs = Math.max(...played.map(one => one.knownMs))
    t.ok(knownMs <= KNOWN_WITHIN_MS, `all know after ${Math.round(knownMs)} ms`)
    const inOne = played.filter(one => one.comparedMs <= BULLETIN_LIMITS.exchangeEveryMs).length
    t.ok(inOne >= SEEDS - 1, `within one period in ${inOne} of ${SEEDS} seeds`)
    t.end()
  })
}
