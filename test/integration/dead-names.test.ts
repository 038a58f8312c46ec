/**
 * Ten dead host names in every node's `--connect`. In namespaces no name server answers, so that
 * each name costs the resolver ten seconds; on loopback the machine's resolver decides.
 */
import t, { type Test } from 'tap'
import { openGround, type GroundNode } from '../helpers/grounds/ground.js'
import { isFullMesh, retriedOnce, until } from '../helpers/processes.js'

const NODES = 6
const ROUNDS = 3
const DEAD = Array.from({ length: 10 }, (_, i) => `nobody-${i}.invalid:7000`)
/** By so much the same mesh differs on a busy machine; one dial in vain costs five seconds. */
const NOISE_MS = 1_500
const FORM_MAX_MS = 20_000
/** Ten names, two at a time, ten seconds each: then at the latest it is a living one's turn. */
const NAMED_MAX_MS = 60_000
const TEST_MAX_MS = 240_000

/** How long a mesh takes from the start of all but the first node. */
async function formed (t: Test, dead: readonly string[]): Promise<number> {
  const ground = await openGround(t)
  const start = (name: string, connect: readonly string[]): Promise<GroundNode> =>
    ground.start({ name, side: 'left', connect: [...dead, ...connect] })
  const first = await start('first', [])
  const startMs = performance.now()
  const others = Array.from({ length: NODES - 1 }, (_, i) => start(`other-${i}`, [first.address]))
  const nodes = [first, ...await Promise.all(others)].map(({ program }) => program)
  await until(() => isFullMesh(nodes), FORM_MAX_MS, 'full mesh')
  const tookMs = Math.round(performance.now() - startMs)
  await ground.close()
  return tookMs
}

function middle (values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}

t.setTimeout(TEST_MAX_MS)

t.test('dead names in --connect do not slow the forming of the mesh', t => {
  t.setTimeout(TEST_MAX_MS)
  return retriedOnce(t, async t => {
    const plain: number[] = []
    const dead: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      plain.push(await formed(t, []))
      dead.push(await formed(t, DEAD))
    }
    t.comment(`${NODES} nodes: ${plain.join(', ')} ms; with dead names ${dead.join(', ')} ms`)
    const laterMs = middle(dead) - middle(plain)
    if (laterMs > NOISE_MS) throw new Error(`dead names slow it by ${laterMs} ms`)
    t.pass('as quick with ten dead names as without')
  })
})

t.test('a living name among dead ones gets its turn', async t => {
  t.setTimeout(TEST_MAX_MS)
  const ground = await openGround(t)
  const first = await ground.start({ name: 'first', side: 'left', connect: [] })
  const second = await ground.start({
    name: 'second', side: 'right', connect: [...DEAD, first.named],
  })
  const nodes = [first.program, second.program]
  const tookMs = await until(() => isFullMesh(nodes), NAMED_MAX_MS, 'the living one')
  t.ok(tookMs <= NAMED_MAX_MS, `linked after ${Math.round(tookMs)} ms`)
  t.comment(`linked after ${Math.round(tookMs)} ms`)
})
