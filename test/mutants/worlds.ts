/**
 * Small scripted worlds for promises that random seeds seldom put to the test: each plays one
 * situation in the simulator and says what was violated, or null. They know nothing of mutants and
 * hold for the product as it is. Read next: `trial.ts`, which plays them after the seeds.
 */
import { DIAL_LIMITS, ROSTER_LIMITS } from '../../src/limits.js'
import { DAY_MS, HOUR_MS, SECOND_MS } from '../helpers/core-bench.js'
import { fullMeshGap } from '../sim/checks/full-mesh.js'
import { OPENINGS, searchFrom, shortest, type Failure } from '../sim/exhaustive.js'
import type { PairLimits } from '../sim/pair.js'
import { awaitFullMesh, HEAL_MAX_MS } from '../sim/run.js'
import { deadInRosters } from '../sim/scenes.js'
import { World } from '../sim/world.js'
import {
  countDials, cutPair, downsOf, four, isUp, LAN, meshOf, recordOf, rememberDead, say, statusOf,
  tellStrangers, wallMs,
} from './stage.js'

export interface Scripted {
  readonly name: string
  /** What must hold, and where it is promised. */
  readonly promise: string
  /** What was violated, or null. */
  play (): string | null
}

export const WORLDS: readonly Scripted[] = [
  {
    name: 'every order',
    promise: 'two nodes end with one link, and tell no loss that is none (test/sim/exhaustive.ts)',
    play: everyOrder,
  },
  {
    name: 'farewell',
    promise: 'who left is shown as left and not dialled again (P5)',
    play: farewell,
  },
  {
    name: 'the newest record',
    promise: 'of the records of a member the newest (incarnation, version) counts',
    play: newestRecord,
  },
  {
    name: 'one way',
    promise: 'where packets arrive one way only, both ends say so within 4.5 s',
    play: oneWay,
  },
  {
    name: 'a record of last week',
    promise: 'a record issued more than 7 days ago is dead everywhere: nobody dials for it',
    play: deadRecord,
  },
  {
    name: 'a forged record',
    promise: 'a record whose signature is wrong is not held, and its teller is closed (P4)',
    play: forgedRecord,
  },
  {
    name: 'a flood of strangers',
    promise: 'members that nobody here was linked with: 128 for each teller, 512 in all (P6)',
    play: strangers,
  },
  {
    name: 'a full roster',
    promise: 'unproven members never displace proven ones (P6)',
    play: fullRoster,
  },
  {
    name: 'sixty long lost',
    promise: 'peers lost for more than a minute share four dials a second (P6)',
    play: longLost,
  },
  {
    name: 'many dead hosts',
    promise: 'dials that are never answered give their slots back: a newcomer is linked with',
    play: deadHosts,
  },
  {
    name: 'a cut of a minute',
    promise: 'what was cut is whole again within 10 s (P2)',
    play: minuteCut,
  },
  {
    name: 'a long absence',
    promise: 'who was away for minutes and cannot dial is dialled again within 10 s (P2)',
    play: longAbsence,
  },
  {
    name: 'a clock set back',
    promise: 'who restarts with its clock set back gets in again within 10 s (P2)',
    play: clockSetBack,
  },
  {
    name: 'news over a restored link',
    promise: 'rosters are compared at once on a link with a lost peer (docs/adr/0003)',
    play: newsOverRestoredLink,
  },
  {
    name: 'a word of the lost',
    promise: 'told that a lost peer is alive, a node dials it within two seconds',
    play: wordOfTheLost,
  },
  {
    name: 'a cut with 64 dead in every roster',
    promise: 'the dead delay no healing: 10 s with 64 of them (P2)',
    play: () => healed(() => { deadInRosters(3, 16, 64, 75_000) }),
  },
]

function everyOrder (): string | null {
  const sweeps: [number, PairLimits][] = [
    [5, { dialsEach: 1, cuts: 0, waits: 0 }],
    [4, { dialsEach: 0, cuts: 1, waits: 1 }],
  ]
  let first: Failure | null = null
  const failed = (failure: Failure): boolean => {
    first = failure
    return false
  }
  for (const [depth, limits] of sweeps) {
    for (const opening of OPENINGS) {
      for (const smaller of ['a', 'b'] as const) {
        searchFrom(opening, smaller, { depth, limits, failed })
        if (first === null) continue
        const { what, choices } = shortest(first)
        return `${what} (smaller ${smaller}: ${choices.join(', ')})`
      }
    }
  }
  return null
}

function farewell (): string | null {
  const world = meshOf(4)
  const [one, , , gone] = four(world)
  world.post(gone, { kind: 'leave-asked' })
  world.runUntil(world.nowMs + 500)
  world.crash(gone, false)
  const dialled = countDials(world, gone)
  world.runUntil(world.nowMs + 30 * SECOND_MS)
  if (dialled() > 0) return `who left was dialled ${dialled()} times in 30 s`
  const status = statusOf(one, gone)
  return status === 'left' ? null : `who left is shown as ${status}`
}

/** Lists bring records of one member in an order that no wire guarantees. */
function newestRecord (): string | null {
  const world = meshOf(2)
  const [one, teller] = four(world)
  const member = world.addNode([], true)
  const issuedMs = wallMs(one, world)
  const told = [
    { name: 'first', incarnation: 10, version: 5, shown: 'first' },
    { name: 'next run', incarnation: 20, version: 1, shown: 'next run' },
    { name: 'late', incarnation: 10, version: 9, shown: 'next run' },
    { name: 'renewed', incarnation: 20, version: 2, shown: 'renewed' },
  ]
  for (const { name, incarnation, version, shown } of told) {
    const record = recordOf(member, { issuedMs, name, incarnation, version, addresses: [] })
    say(world, teller, one, { type: 'records', entries: [{ record, linked: false }] })
    const view = one.core?.peers().find(({ id }) => id === member.identity)
    if (view?.name !== shown) return `after "${name}" the record shown is "${view?.name ?? ''}"`
  }
  return null
}

function oneWay (): string | null {
  const world = meshOf(2)
  const [one, other] = four(world)
  const downs = [downsOf(world, one), downsOf(world, other)]
  world.network.cut(one.index, other.index)
  world.runUntil(world.nowMs + 4_500)
  if (downs.every(reasons => reasons.length > 0)) return null
  return `after 4.5 s ${downs.filter(reasons => reasons.length === 0).length} ends see a link`
}

function deadRecord (): string | null {
  const world = meshOf(2)
  const [one, teller] = four(world)
  const dead = world.addNode([], true)
  const dialled = countDials(world, dead)
  const issuedMs = wallMs(one, world) - 8 * DAY_MS
  const record = recordOf(dead, { issuedMs, incarnation: issuedMs * 1_024 })
  say(world, teller, one, { type: 'records', entries: [{ record, linked: true }] })
  world.runUntil(world.nowMs + 10 * SECOND_MS)
  return dialled() > 0 ? `dialled ${dialled()} times for a record of eight days ago` : null
}

function forgedRecord (): string | null {
  const world = meshOf(2)
  const [one, teller] = four(world)
  const downs = downsOf(world, one)
  const stranger = world.addNode([], true)
  const { body, signature } = recordOf(stranger, { issuedMs: wallMs(one, world) })
  const record = { body, signature: signature.map(byte => byte ^ 1) }
  say(world, teller, one, { type: 'records', entries: [{ record, linked: false }] })
  const status = statusOf(one, stranger)
  if (status !== 'unknown') return `a forged record is held: its member is ${status}`
  return downs.includes('protocol') ? null : 'the link of who told a forged record lives on'
}

function strangers (): string | null {
  const world = meshOf(6)
  const [one] = four(world)
  const { unprovenMax, unprovenPerTellerMax } = ROSTER_LIMITS
  let secret = 10_000
  for (const teller of world.nodes.slice(1)) {
    tellStrangers(world, teller, one, secret, unprovenPerTellerMax + 40)
    secret += 1_000
    const told = (one.core?.peers().length ?? 0) - (world.nodes.length - 1)
    const most = Math.min(unprovenMax, unprovenPerTellerMax * teller.index)
    if (told > most) return `${told} strangers are held after ${teller.index} tellers, not ${most}`
  }
  return null
}

function fullRoster (): string | null {
  const world = meshOf(3, { membersMax: 2 })
  const [one, teller, other] = four(world)
  tellStrangers(world, teller, one, 20_000, 4)
  world.runUntil(world.nowMs + SECOND_MS)
  for (const member of [teller, other]) {
    const status = statusOf(one, member)
    if (status !== 'linked') return `a member gave way to strangers: it is ${status}`
  }
  const held = one.core?.peers().length ?? 0
  return held > 2 ? `${held} members are held, not 2` : null
}

/** A node restarts and knows sixty whose machines are gone. */
function longLost (): string | null {
  const world = new World({ seed: 5, realSuite: false, latencyMs: LAN })
  const node = world.addNode([], true)
  rememberDead(world, node, 60)
  world.start(node)
  world.runUntil(120 * SECOND_MS)
  const dialled = countDials(world, null)
  const forMs = 30 * SECOND_MS
  world.runUntil(world.nowMs + forMs)
  const most = DIAL_LIMITS.longLostPerSecondMax * (forMs / SECOND_MS + 1)
  return dialled() > most ? `${dialled()} dials in 30 s for long lost peers, not ${most}` : null
}

/** Packets to the dead vanish: each dial runs into its limit, for a quarter of an hour. */
function deadHosts (): string | null {
  const world = new World({ seed: 6, realSuite: false, latencyMs: LAN })
  const node = world.addNode([], true)
  rememberDead(world, node, 30)
  for (const { index } of world.nodes.slice(1)) world.network.cut(node.index, index)
  world.start(node)
  world.runUntil(900 * SECOND_MS)
  const dialled = countDials(world, null)
  world.runUntil(world.nowMs + 20 * SECOND_MS)
  return dialled() > 0 ? null : 'nobody is dialled any more'
}

function longAbsence (): string | null {
  const world = meshOf(2)
  const [one, other] = four(world)
  world.network.forbidDial(other.index, one.index)
  world.crash(other, true)
  world.runUntil(world.nowMs + 150 * SECOND_MS)
  world.start(other)
  return awaitFullMesh(world) === null ? `not healed in ${HEAL_MAX_MS} ms` : null
}

function minuteCut (): string | null {
  for (const seed of [1, 2, 3, 4]) {
    const world = meshOf(4, { seed })
    const [a, b, c, d] = four(world)
    for (const one of [a, b]) for (const other of [c, d]) cutPair(world, one, other)
    world.runUntil(world.nowMs + 54 * SECOND_MS)
    world.network.healAll()
    if (awaitFullMesh(world) === null) {
      return `not healed in ${HEAL_MAX_MS} ms after 54 s (seed ${seed}): ${fullMeshGap(world)}`
    }
  }
  return null
}

/** Its key outlived the crash, its incarnation did not, and its clock is an hour slow. */
function clockSetBack (): string | null {
  const world = meshOf(3)
  const node = four(world)[1]
  world.crash(node, false)
  node.disk = { members: new Map(), incarnation: 0, batches: new Map() }
  node.offsetMs -= HOUR_MS
  world.runUntil(world.nowMs + SECOND_MS)
  world.start(node)
  return awaitFullMesh(world) === null ? `not linked in 10 s: ${fullMeshGap(world)}` : null
}

/**
 * one and other are cut; meanwhile a newcomer joins through other, who cannot dial one. When the
 * link of one and other is back, one must learn of the newcomer there, and dial it.
 */
function newsOverRestoredLink (): string | null {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const world = meshOf(2, { seed })
    const [one, other] = four(world)
    cutPair(world, one, other)
    world.runUntil(world.nowMs + 10 * SECOND_MS)
    const newcomer = world.addNode([other.index], true)
    world.network.forbidDial(newcomer.index, one.index)
    world.start(newcomer)
    world.runUntil(world.nowMs + 3 * SECOND_MS)
    const backMs: number[] = []
    const learntMs: number[] = []
    world.onNotice.push((node, notice, nowMs) => {
      if (node === one && isUp(notice, other)) backMs.push(nowMs)
    })
    world.onEffect = (node, effect) => {
      const isDial = node === one && effect.kind === 'dial' && effect.address === newcomer.address
      if (isDial) learntMs.push(world.nowMs)
    }
    world.network.healAll()
    world.runUntil(world.nowMs + 20 * SECOND_MS)
    const [back = Infinity] = backMs
    const [learnt = Infinity] = learntMs
    // The larger of a pair may wait a second before it dials, and yield half a second more.
    const mostMs = DIAL_LIMITS.largerWaitsMs + DIAL_LIMITS.largerYieldsMs + 200
    if (learnt - back > mostMs) return `a newcomer was dialled ${learnt - back} ms after the link`
  }
  return null
}

/** Its redial waits for its time when a third node says that it is back. Five times. */
function wordOfTheLost (): string | null {
  const world = meshOf(3)
  const [one, teller, lost] = four(world)
  world.crash(lost, false)
  world.runUntil(world.nowMs + 58 * SECOND_MS)
  let dialledMs = Infinity
  world.onEffect = (node, effect) => {
    const isDial = node === one && effect.kind === 'dial' && effect.address === lost.address
    if (isDial) dialledMs = Math.min(dialledMs, world.nowMs)
  }
  for (let time = 0; time < 5; time++) {
    const toldMs = world.nowMs
    dialledMs = Infinity
    const members = [{ identity: lost.identity, incarnation: 1 }]
    say(world, teller, one, { type: 'alive', members })
    world.runUntil(toldMs + 11_300)
    const tookMs = Math.round(dialledMs - toldMs)
    if (tookMs > 2 * SECOND_MS) return `dialled only ${tookMs} ms after the word`
  }
  return null
}

function healed (scene: () => void): string | null {
  try {
    scene()
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
