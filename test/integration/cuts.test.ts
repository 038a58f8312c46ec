/**
 * Cuts of a minute between real processes, in network namespaces where the machine has them. The
 * quick one on loopback is `partition.test.ts`.
 */
import t, { type Test } from 'tap'
import { openGround, type Ground, type GroundNode, type Side } from '../helpers/grounds/ground.js'
import { isFullMesh, linesOf, pause, retriedOnce, until } from '../helpers/processes.js'

const CUT_MS = Number(process.env['CUT_MS'] ?? 60_000)
/** P2. Eight bare TLS nodes need less than a tenth of a second more; no allowance is made. */
const HEAL_MAX_MS = 10_000
/** Silence is judged at 3.5 s, and nobody waits longer than that. */
const NOTICE_MAX_MS = 6_000
const TEST_MAX_MS = 240_000

class Halves {
  readonly left: GroundNode[] = []
  readonly right: GroundNode[] = []
  readonly ground: Ground

  constructor (ground: Ground) {
    this.ground = ground
  }

  get all (): GroundNode[] {
    return [...this.left, ...this.right]
  }

  async start (side: Side, through: GroundNode | undefined): Promise<void> {
    const half = this[side]
    half.push(await this.ground.start({
      name: `${side}-${half.length}`,
      side,
      connect: through === undefined ? [] : [through.address],
      flags: ['--period', '1'],
    }))
  }

  /** Two groups of three, linked with all. */
  async form (): Promise<void> {
    await this.start('left', undefined)
    const [first] = this.left
    for (const side of ['left', 'left', 'right', 'right', 'right'] as const) {
      await this.start(side, first)
    }
    await until(() => isMesh(this.all), 15_000, 'full mesh')
  }

  areTwoMeshes (): boolean {
    return isMesh(this.left) && isMesh(this.right)
  }
}

function isMesh (nodes: readonly GroundNode[]): boolean {
  return isFullMesh(nodes.map(({ program }) => program))
}

/** Both halves lose each other by silence and grow by one each; resolves when it is long enough. */
async function cutForAMinute (t: Test, halves: Halves): Promise<void> {
  const { ground, left, right } = halves
  const startMs = performance.now()
  await ground.cut()
  const noticedMs = await until(() => halves.areTwoMeshes(), NOTICE_MAX_MS, 'both sides notice')
  const reasons = halves.all.flatMap(({ program }) => linesOf(program, 'link-down'))
  t.same(new Set(reasons.map(({ reason }) => reason)), new Set(['silent']), 'nothing was reset')
  await halves.start('left', left[1])
  await halves.start('right', right[1])
  await until(() => halves.areTwoMeshes(), 10_000, 'both sides grow')
  const linesBefore = halves.all.map(({ program }) => linesOf(program, 'link-down').length)
  await pause(CUT_MS - (performance.now() - startMs))
  t.ok(halves.areTwoMeshes(), `noticed after ${Math.round(noticedMs)} ms, whole on each side since`)
  t.same(halves.all.map(({ program }) => linesOf(program, 'link-down').length), linesBefore,
    'nobody on the same side was lost')
}

async function heals (t: Test, halves: Halves): Promise<void> {
  const tookMs = await until(() => isMesh(halves.all), HEAL_MAX_MS, 'healed')
  t.equal(halves.all.length, 8)
  t.ok(tookMs <= HEAL_MAX_MS, `eight nodes linked with all after ${Math.round(tookMs)} ms`)
  t.comment(`healed after ${Math.round(tookMs)} ms`)
  await pause(2_000)
  t.ok(isMesh(halves.all), 'and stay so')
}

t.setTimeout(TEST_MAX_MS)
t.jobs = 2

t.test('two groups of three, cut for a minute, a newcomer on each side, heal within 10 s', t => {
  t.setTimeout(TEST_MAX_MS)
  return retriedOnce(t, async t => {
    const halves = new Halves(await openGround(t))
    await halves.form()
    await cutForAMinute(t, halves)
    await halves.ground.heal()
    await heals(t, halves)
  })
})

t.test('the same when afterwards only one side may open connections', t => {
  t.setTimeout(TEST_MAX_MS)
  return retriedOnce(t, async t => {
    const halves = new Halves(await openGround(t))
    await halves.form()
    await cutForAMinute(t, halves)
    await halves.ground.forbidDialling('right')
    await halves.ground.heal()
    await heals(t, halves)
  })
})
