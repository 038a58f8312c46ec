/** Fills every limit of hashcash. Where a thread or cores are needed, they are played. */
import { EventEmitter } from 'node:events'
import type { Test } from 'tap'
import { WORK_LIMITS as limits } from '../../src/limits.js'
import { createVerifier } from '../../src/tls/suite.js'
import { createChecker } from '../../src/proof-of-work/checker.js'
import { Crew } from '../../src/proof-of-work/crew.js'
import type * as crewRoom from '../../src/proof-of-work/crew.js'
import type { WorkKind } from '../../src/proof-of-work/hashcash.js'
import { createMinter } from '../../src/proof-of-work/minter.js'
import type { Answer, Task } from '../../src/proof-of-work/worker.js'
import {
  AUTHOR, batchOf, headerFor, itemsOf, NETWORK_HASH, worked,
} from '../proof-of-work/worlds.js'

const WORKER = '../../src/proof-of-work/worker.js'
const CREW = '../../src/proof-of-work/crew.js'
import { fill } from './fill.js'

/** More than anybody finds. */
const HARD_BITS = 200
const LOOK_MS = 0.25
const HARD: Task = {
  task: 'mine',
  job: { kind: 'sha256', preimage: new Uint8Array(104), counterAt: 68, bits: HARD_BITS },
}

/** Time that passes with each look at the clock, and only so. */
function playedClock (t: Test): { nowMs: number } {
  const clock = { nowMs: 1_000 }
  t.intercept(performance, 'now', { value: () => (clock.nowMs += LOOK_MS) })
  return clock
}

/** How long each of so many turns of the event loop took in which there was work. */
async function turnsOf (clock: { nowMs: number }, count: number): Promise<number[]> {
  const turns: number[] = []
  while (turns.length < count) {
    const sinceMs = clock.nowMs
    await new Promise(resolve => { setImmediate(resolve) })
    if (clock.nowMs > sinceMs) turns.push(clock.nowMs - sinceMs)
  }
  return turns
}

/** The first turn may have begun before; the others are slices, and one look more. */
function areSlices (turns: readonly number[], sliceMs: number): boolean {
  return turns.slice(1).every(ms => ms >= sliceMs && ms <= sliceMs + 2 * LOOK_MS)
}

/** Mines on the main thread what is not found, until it is stopped. */
function mineHere (progress?: (tries: number) => void): {
  stop: () => void, ended: Promise<unknown>,
} {
  const lost = new Crew({ waitingMax: 1, file: new URL('none:worker') })
  const minter = createMinter({ kind: 'sha256', bits: HARD_BITS, crew: lost })
  const [header = new Uint8Array(72)] = itemsOf(1, 9).map(headerFor)
  const stopper = new AbortController()
  const ended = minter.mint(header, AUTHOR.id, HARD_BITS, stopper.signal, progress)
    .catch((error: unknown) => error).finally(() => minter.close())
  return { stop: () => { stopper.abort(new Error('enough')) }, ended }
}

/** How many workers a bulletin of so many bits takes. */
async function workersToMint (kind: WorkKind, bits: number): Promise<number> {
  const crew = new Crew({ waitingMax: 1 })
  const minter = createMinter({ kind, bits, crew })
  const [header = new Uint8Array(72)] = itemsOf(1, 9).map(headerFor)
  await minter.mint(header, AUTHOR.id, bits, new AbortController().signal)
  const workers = crew.size
  await minter.close()
  return workers
}

/** The same of a batch of so many bulletins, checked. */
async function workersToCheck (t: Test, count: number): Promise<number> {
  const crew = new Crew({ waitingMax: 1 })
  const options = { networkHash: NETWORK_HASH, kind: 'tapehash', bits: 2, crew } as const
  const checker = createChecker(createVerifier(), options)
  const items = itemsOf(count, 9).map(item => worked('tapehash', item, 2))
  t.equal(await checker.check(batchOf(items), AUTHOR.id), 'good')
  const workers = crew.size
  await checker.close()
  return workers
}

/** A thread that takes its task and says no more. */
class BusyWorker extends EventEmitter {
  ref (): void {}
  unref (): void {}
  postMessage (): void {}
  async terminate (): Promise<void> { this.emit('exit') }
}

/** What a worker has for its main thread. */
class PlayedPort extends EventEmitter {
  readonly answers: Answer[] = []
  postMessage (answer: Answer): void { this.answers.push(answer) }
}

fill('WORK_LIMITS', {
  sliceMs: async t => {
    const clock = playedClock(t)
    const { stop, ended } = mineHere()
    t.ok(areSlices(await turnsOf(clock, 20), limits.sliceMs))
    stop()
    t.match(await ended, { message: 'enough' })
  },
  workerSliceMs: async t => {
    const clock = playedClock(t)
    const parentPort = new PlayedPort()
    await t.mockImport(WORKER, { 'node:worker_threads': { parentPort } })
    parentPort.emit('message', HARD)
    t.ok(areSlices(await turnsOf(clock, 20), limits.workerSliceMs))
    parentPort.emit('message', { task: 'stop' })
    await turnsOf(clock, 0)
    await new Promise(resolve => { setImmediate(resolve) })
    await new Promise(resolve => { setImmediate(resolve) })
    t.same(parentPort.answers.at(-1), { answer: 'stopped' })
  },
  inlineSha256BitsMax: async t => {
    t.equal(await workersToMint('sha256', limits.inlineSha256BitsMax), 0)
    t.equal(await workersToMint('sha256', limits.inlineSha256BitsMax + 1), 1)
  },
  inlineTapehashBitsMax: async t => {
    t.equal(await workersToMint('tapehash', limits.inlineTapehashBitsMax), 0)
    t.equal(await workersToMint('tapehash', limits.inlineTapehashBitsMax + 1), 1)
  },
  inlineTapehashesMax: async t => {
    t.equal(await workersToCheck(t, limits.inlineTapehashesMax), 0)
    t.equal(await workersToCheck(t, limits.inlineTapehashesMax + 1), 1)
  },
  workersMax: async t => {
    const { Crew: PlayedCrew } = await t.mockImport<typeof crewRoom>(CREW, {
      'node:os': { availableParallelism: () => 64 },
      'node:worker_threads': { Worker: BusyWorker },
    })
    const crew = new PlayedCrew({ waitingMax: 1 })
    const never = new AbortController().signal
    const runs = Array.from({ length: limits.workersMax + 1 }, () =>
      crew.run(HARD, never).catch(() => 'ended'))
    await new Promise(resolve => { setImmediate(resolve) })
    t.equal(crew.size, limits.workersMax)
    await t.rejects(crew.run(HARD, never), { code: 'busy' }, 'one waits')
    await crew.close()
    t.ok((await Promise.all(runs)).every(ended => ended === 'ended'))
  },
  progressEveryMs: async t => {
    const clock = playedClock(t)
    const told: number[] = []
    const { stop, ended } = mineHere(() => {
      if (told.push(clock.nowMs) === 4) stop()
    })
    await ended
    const waits = told.slice(1).map((atMs, i) => atMs - (told[i] ?? 0))
    const latestMs = limits.progressEveryMs + limits.sliceMs + 2 * LOOK_MS
    t.equal(waits.length, 3)
    t.ok(waits.every(ms => ms >= limits.progressEveryMs && ms < latestMs), waits.join())
  },
})
