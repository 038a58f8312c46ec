/**
 * One seed, in two acts. First anything may fail: nodes join, crash, restart, stall; the network is
 * cut and connections break; nothing wrong may ever be observed. Then everything is healed, and the
 * full mesh is demanded within the bound and must stay. Read next: `faults.ts`.
 */
import { Random } from '../../src/core/random.js'
import { BULLETIN_LIMITS } from '../../src/limits.js'
import { checkAlternation } from './checks/alternation.js'
import { checkBounded } from './checks/bounded.js'
import { DeadLink } from './checks/dead-link.js'
import { FalseDeath } from './checks/false-death.js'
import { Forks } from './checks/forks.js'
import { FullDisk } from './checks/full-disk.js'
import { fullMeshGap } from './checks/full-mesh.js'
import { Genuine } from './checks/genuine.js'
import { checkIdentity } from './checks/identity.js'
import { checkInOrder } from './checks/in-order.js'
import { Kept } from './checks/kept.js'
import { hasRules, NothingMissed } from './checks/nothing-missed.js'
import { checkOnce } from './checks/once.js'
import { Quiet } from './checks/quiet.js'
import { Receipts } from './checks/receipts.js'
import { Removal } from './checks/removal.js'
import { checkTwins } from './checks/twins.js'
import type { Excuses } from './faults/fault.js'
import { Faults } from './faults/swarm.js'
import { Watch } from './watch.js'
import { World } from './world.js'

/**
 * 1: the first kinds of fault; 2: the others and hostile members too; 3: and publishers; 4: and
 * rules, faults and hostile authors of bulletins.
 */
export type PlanNumber = 1 | 2 | 3 | 4

/** Of a run that is not told its plan. */
export const PLAN_DEFAULT: PlanNumber = 4

export interface RunOptions {
  readonly seed: number
  readonly nodesMin: number
  readonly nodesMax: number
  /** What there is; kept seeds have the plan they failed with. */
  readonly plan?: PlanNumber
  /** Takes a line for every effect but heartbeats, when set. */
  readonly trace?: (line: string) => void
}

export interface RunReport {
  readonly seed: number
  readonly nodes: number
  readonly steps: number
  readonly simulatedMs: number
  readonly faults: Readonly<Record<string, number>>
  /** How often each check looked. */
  readonly looks: Readonly<Record<string, number>>
  /** From the healing to the full mesh; null when it was not reached. */
  readonly healMs: number | null
  /** What went wrong first, or null. */
  readonly failure: string | null
}

/** DESIGN 1, P2: the bound on healing in the simulator. */
export const HEAL_MAX_MS = 10_000
/** The healed mesh must stay for this long. */
const STAYS_MS = 6_000
const POLL_MS = 250
const MOMENT_MS = 1_000
/** DESIGN 1, P3: the bound through relays. */
const CATCH_UP_MAX_MS = 15_000
/** Where members have rules of their own only some hold what another lacks. */
const CATCH_UP_OF_FEW_MAX_MS = 60_000
/** What was asked for is answered by then. */
/** What few have reaches the last ones by comparing with random links: then all is told. */
const RESTED_MS = 15_000
const RESTS_MAX_MS = 180_000
const QUIET_MS = 8_000

export function run (options: RunOptions): RunReport {
  const { seed, nodesMin, nodesMax, plan: planNumber = PLAN_DEFAULT, trace } = options
  const plan = new Random(seed ^ 0x5eed)
  const world = new World({
    seed,
    realSuite: seed % 20 === 0,
    latencyMs: { least: 0.2 + 40 * plan.fraction() ** 3, spread: 60 * plan.fraction() ** 2 },
    losesPowerSilently: planNumber > 1,
  })
  if (trace !== undefined) traceTo(world, trace)
  const watch = new Watch(world)
  const excuses = checkAll(world, watch)
  const late = checkBulletins(world, watch)
  const count = nodesMin + plan.below(nodesMax - nodesMin + 1)
  for (let index = 0; index < count; index++) {
    world.addNode(bootstraps(plan, index), plan.below(2) === 0)
  }
  if (plan.below(4) === 0) forbidDials(world, plan)
  const faults = new Faults(world, plan, excuses)

  const troubleMs = 15_000 + plan.below(30_000) + (plan.below(12) === 0 ? 120_000 : 0)
  faults.startAll(troubleMs / 3)
  faults.schedule(troubleMs)
  if (planNumber > 1) faults.scheduleMore(seed, troubleMs)
  if (planNumber > 2) faults.schedulePublishing(seed, troubleMs)
  if (planNumber > 3) {
    faults.scheduleBulletins(seed, troubleMs, (node, run) => { late.forks.forks(node, run) })
  }
  world.runUntil(troubleMs)
  faults.healAll()
  const healMs = healAndStay(world, watch)
  // Who has another time keeps other bulletins: those are no longer, or not yet, of today.
  const haveOneTime = faults.counts.clock === undefined && faults.counts['set-back'] === undefined
  if (haveOneTime) demandAll(world, watch, late)
  return {
    seed,
    nodes: count,
    steps: world.steps,
    simulatedMs: world.nowMs,
    faults: faults.counts,
    looks: watch.looks,
    healMs,
    failure: watch.failure,
  }
}

/** Everything but the full mesh, which is demanded in act two. */
function checkAll (world: World, watch: Watch): Excuses {
  checkAlternation(world, watch)
  checkIdentity(world, watch)
  checkBounded(world, watch)
  checkTwins(world, watch)
  new Removal(world, watch)
  return { falseDeath: new FalseDeath(world, watch), deadLink: new DeadLink(world, watch) }
}

/** Act two. */
function healAndStay (world: World, watch: Watch): number | null {
  const healMs = awaitFullMesh(world, HEAL_MAX_MS, watch)
  if (healMs === null) {
    watch.fail('full-mesh', `not healed in ${HEAL_MAX_MS} ms: ${fullMeshGap(world)}`)
  }
  world.runUntil(world.nowMs + STAYS_MS)
  // Somebody may be trying an address where a former identity was: for the moment of an answer.
  if (healMs !== null && awaitFullMesh(world, MOMENT_MS, watch) === null) {
    watch.fail('full-mesh', `the healed mesh broke: ${fullMeshGap(world)}`)
  }
  return healMs
}

/** What is looked at in the end, too. */
interface Late {
  readonly nothingMissed: NothingMissed
  readonly forks: Forks
  readonly quiet: Quiet
}

function checkBulletins (world: World, watch: Watch): Late {
  checkOnce(world, watch)
  checkInOrder(world, watch)
  new Genuine(world, watch)
  new Kept(world, watch)
  new Receipts(world, watch)
  new FullDisk(world, watch)
  const forks = new Forks(world, watch)
  const nothingMissed = new NothingMissed(world, watch, forks)
  return { nothingMissed, forks, quiet: new Quiet(world, watch) }
}

/**
 * P3 through relays: everything stored anywhere is stored everywhere, and forks are known. What was
 * dated in the future is taken when its time has come. Then, where nobody is hostile, all is quiet.
 */
function demandAll (world: World, watch: Watch, late: Late): void {
  const { nothingMissed, forks, quiet } = late
  const presentMs = nothingMissed.presentMs()
  const restedMs = presentMs + BULLETIN_LIMITS.futureRestMs
  if (presentMs > world.nowMs) world.runUntil(presentMs)
  const boundMs = world.nodes.some(hasRules) ? CATCH_UP_OF_FEW_MAX_MS : CATCH_UP_MAX_MS
  const untilMs = Math.max(world.nowMs, restedMs) + boundMs
  const isDone = (): boolean => nothingMissed.gap() === null && forks.gap() === null
  while (world.nowMs < untilMs && !isDone()) world.runUntil(world.nowMs + POLL_MS)
  const gap = nothingMissed.gap()
  if (gap !== null) watch.fail('nothing-missed', gap)
  const forkGap = forks.gap()
  if (forkGap !== null) watch.fail('forks', forkGap)
  if (world.nodes.some(({ isHostile }) => isHostile)) return
  const restsMs = world.nowMs + RESTS_MAX_MS
  while (quiet.restedMs < RESTED_MS && world.nowMs < restsMs) {
    world.runUntil(world.nowMs + POLL_MS)
  }
  if (quiet.restedMs < RESTED_MS) watch.fail('quiet', 'bulletins go about without end')
  quiet.begin()
  world.runUntil(world.nowMs + QUIET_MS)
  quiet.end()
}

function traceTo (world: World, trace: (line: string) => void): void {
  world.onEffect = (node, effect) => {
    if (effect.kind === 'send' && effect.frame.type === 'heartbeat') return
    const names = new Map<string, string>()
    for (const { identity, index } of world.nodes) names.set(identity, `n${index}`)
    const text = JSON.stringify(effect, (_, value: unknown) =>
      value instanceof Uint8Array ? `${value.length} bytes` : value)
    const named = text.replace(/[a-z2-7]{52}/g, id => names.get(id) ?? id.slice(0, 10))
    trace(`${Math.round(world.nowMs)} n${node.index} ${named}`)
  }
}

/** How long it took, or null when the bound passed. */
export function awaitFullMesh (
  world: World, boundMs = HEAL_MAX_MS, watch: Watch | null = null,
): number | null {
  const startMs = world.nowMs
  while (world.nowMs - startMs < boundMs) {
    watch?.looked('full-mesh')
    if (fullMeshGap(world) === null) return world.nowMs - startMs
    world.runUntil(world.nowMs + POLL_MS)
  }
  return fullMeshGap(world) === null ? world.nowMs - startMs : null
}

/** The first node waits; the others join through one or two that come before them. */
function bootstraps (plan: Random, index: number): number[] {
  if (index === 0) return []
  const first = plan.below(3) === 0 ? plan.below(index) : 0
  return plan.below(4) === 0 ? [first, plan.below(index)] : [first]
}

/**
 * Of some pairs only one can dial the other, from the beginning to the end: the mesh is demanded
 * all the same. Who joins can dial whom it joins through.
 */
function forbidDials (world: World, plan: Random): void {
  const share = plan.fraction()
  for (const one of world.nodes) {
    for (const other of world.nodes) {
      if (one.index >= other.index || plan.fraction() > share) continue
      const [from, to] = plan.below(2) === 0 ? [one, other] : [other, one]
      if (from.connect.some(({ address }) => address === to.address)) continue
      world.network.forbidDial(from.index, to.index)
    }
  }
}
