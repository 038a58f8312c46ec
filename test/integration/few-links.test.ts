/**
 * More members than links: several processes of five nodes each, eight links a node. Ten of them
 * publish; one process is killed meanwhile and comes back with its disks. Everything reaches all,
 * and hardly anything comes twice. The size that is promised: `FEW_LINKS=12 npx tap FILE`, which
 * counts processes; without it fewer are started.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import type { NodeOptions } from '../../src/options.js'
import { pause } from '../helpers/processes.js'

const LIBRARY = fileURLToPath(new URL('../../dist/index.js', import.meta.url))
const PROGRAM = fileURLToPath(new URL('../fixtures/five-nodes.mjs', import.meta.url))
const PROCESSES = Number(process.env['FEW_LINKS'] ?? 4)
const IS_WHOLE = PROCESSES >= 12
const EACH = 5
const LINKS_MAX = IS_WHOLE ? 8 : 5
const AUTHORS = IS_WHOLE ? 10 : 3
const OF_EACH = IS_WHOLE ? 1_000 : 300
const BURST = 20
const EVERY_MS = IS_WHOLE ? 700 : 300
/** Of the start until everyone knows a way to everyone. */
const FORM_MAX_MS = 90_000
/** P3, and what a machine of two processors needs for so many processes. */
const REACHED_MAX_MS = 60_000
/** Batches that came over batches that were new. */
const REDUNDANCY_MAX = 1.3

interface State {
  readonly taken: number
  readonly twice: number
  readonly linked: number
  readonly members: number
  readonly batches: { readonly received: number, readonly known: number }
  readonly paths: number
}

/** A process of five nodes. */
class Five {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (answer: { answer?: unknown, error?: string }) => void>()
  #nextId = 1
  addresses: string[] = []

  private constructor (child: ChildProcess) {
    this.#child = child
    child.on('message', (message: { id: number, answer?: unknown, error?: string }) => {
      this.#waiting.get(message.id)?.(message)
      this.#waiting.delete(message.id)
    })
  }

  static async start (t: Test, options: readonly NodeOptions[]): Promise<Five> {
    const child = spawn(process.execPath, [PROGRAM, LIBRARY, JSON.stringify(options)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { PATH: process.env['PATH'], DEBUG: 'off' },
    })
    t.teardown(() => { child.kill('SIGKILL') })
    const five = new Five(child)
    const told = await five.#answer(0, 60_000) as { address: string }[]
    five.addresses = told.map(({ address }) => address)
    return five
  }

  state (): Promise<State[]> {
    return this.#order('state', {}, 60_000) as Promise<State[]>
  }

  publish (name: string): Promise<unknown> {
    const what = { member: 0, name, count: OF_EACH, burst: BURST, everyMs: EVERY_MS }
    return this.#order('publish', what, 240_000)
  }

  async kill (): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
  }

  #order (order: string, what: object, withinMs: number): Promise<unknown> {
    const id = this.#nextId++
    this.#child.send({ id, order, ...what })
    return this.#answer(id, withinMs)
  }

  #answer (id: number, withinMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => { reject(new Error('no answer')) }, withinMs)
      this.#waiting.set(id, ({ answer, error }) => {
        clearTimeout(timer)
        if (error === undefined) resolve(answer)
        else reject(new Error(error))
      })
    })
  }
}

/** The states of all, once they satisfy; rejects with how many did not. */
async function awaitAll (
  all: readonly Five[], isFine: (state: State) => boolean, withinMs: number, what: string,
): Promise<{ states: State[], tookMs: number }> {
  const startMs = performance.now()
  for (;;) {
    const states = (await Promise.all(all.map(five => five.state()))).flat()
    const tookMs = performance.now() - startMs
    const wanting = states.filter(state => !isFine(state))
    if (wanting.length === 0) return { states, tookMs }
    if (tookMs > withinMs) {
      const shown = JSON.stringify(wanting.slice(0, 3))
      throw new Error(`${what}: ${wanting.length} nodes do not after ${withinMs} ms: ${shown}`)
    }
    await pause(250)
  }
}

const name = `${PROCESSES * EACH} nodes of ${LINKS_MAX} links, some of which are killed`
t.test(name, { timeout: 400_000 }, async t => {
  const size = PROCESSES * EACH
  const folder = mkdtempSync(join(tmpdir(), 'p2p-gossip-few-'))
  t.teardown(() => { rmSync(folder, { recursive: true, force: true }) })
  const optionsOf = (connect: readonly string[], disks: boolean): NodeOptions[] =>
    Array.from({ length: EACH }, (_, i) => ({
      host: '127.0.0.1', port: 0, maxLinks: LINKS_MAX, connect: [...connect],
      ...(disks ? { data: join(folder, String(i)) } : {}),
    }))
  const first = await Five.start(t, optionsOf([], false))
  const connect = first.addresses.slice(0, 1)
  const all = [first]
  for (let i = 1; i < PROCESSES; i++) {
    all.push(await Five.start(t, optionsOf(connect, i === PROCESSES - 1)))
  }
  const formed = await awaitAll(all, ({ paths }) => paths === size - 1, FORM_MAX_MS, 'form')
  t.ok(formed.states.every(({ linked }) => linked <= LINKS_MAX + 2), 'no more links than allowed')
  t.comment(`all know a way to all ${Math.round(formed.tookMs)} ms after the last start`)
  const publishing = Promise.all(all.slice(0, AUTHORS).map((five, i) => five.publish(`a${i}`)))
  const aloneMs = OF_EACH / BURST * EVERY_MS / 4
  await pause(aloneMs)
  await all.at(-1)?.kill()
  await pause(aloneMs)
  all[PROCESSES - 1] = await Five.start(t, optionsOf(connect, true))
  await publishing
  const total = AUTHORS * OF_EACH
  const reached = await awaitAll(all, ({ taken }) => taken >= total, REACHED_MAX_MS, 'reach')
  t.ok(reached.states.every(({ taken }) => taken === total), `all have all ${total}`)
  t.ok(reached.states.every(({ twice }) => twice === 0), 'and saw each once')
  const received = reached.states.reduce((sum, { batches }) => sum + batches.received, 0)
  const known = reached.states.reduce((sum, { batches }) => sum + batches.known, 0)
  const redundancy = received / (received - known)
  t.comment(`the last had all ${Math.round(reached.tookMs)} ms after the last was published; ` +
    `${received} batches came for ${received - known} new ones: ${redundancy.toFixed(3)}`)
  t.ok(redundancy <= REDUNDANCY_MAX, `${redundancy.toFixed(3)} times`)
})
