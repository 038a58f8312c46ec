/**
 * A process that embeds the library and publishes or reads as it is told. It ends with its test.
 * Read next: `test/fixtures/bulletin-node.mjs`, what runs there.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import type { NodeOptions } from '../../src/options.js'

const LIBRARY = fileURLToPath(new URL('../../dist/index.js', import.meta.url))
const PROGRAM = fileURLToPath(new URL('../fixtures/bulletin-node.mjs', import.meta.url))
/** A fraction of a second unless the machine is very busy. */
const STARTED_MAX_MS = 60_000

/** What a reader took so far; latencies are those since it was asked last. */
export interface Taken {
  readonly count: number
  /** The highest number. */
  readonly last: number
  /** Marked as such: something before them was waited for in vain. */
  readonly late: number
  /** Contents that were damaged, came twice or out of order without being marked as late. */
  readonly faults: number
  readonly latenciesMs: readonly number[]
}

export interface PublishOrder {
  readonly count: number
  readonly bytes: number
  /** As fast as may be when absent. */
  readonly perSecond?: number
  readonly alone?: boolean
  readonly wait?: number | 'all'
}

export interface MemberStart {
  readonly options?: NodeOptions
  /** Flags of Node. */
  readonly execArgv?: readonly string[]
  /** A command that runs the command after it in its own place. */
  readonly within?: readonly string[]
}

export interface Told {
  /** `peer reason` of every link it lost. */
  readonly downs: readonly string[]
  /** Codes. */
  readonly warnings: readonly string[]
  /** How many came, of all peers, and the longest time between two. */
  readonly pings: { readonly count: number, readonly gapMaxMs: number }
}

interface Answer {
  readonly id: number
  readonly answer?: unknown
  readonly error?: string
}

export class BulletinMember {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #nextId = 1
  id = ''
  /** `host:port` for others. */
  address = ''
  /** What it listens on. */
  port = 0

  private constructor (child: ChildProcess) {
    this.#child = child
    child.on('message', message => {
      const answer = message as Answer
      this.#waiting.get(answer.id)?.(answer)
      this.#waiting.delete(answer.id)
    })
    child.on('exit', code => {
      for (const [id, tell] of this.#waiting) tell({ id, error: `the process ended with ${code}` })
      this.#waiting.clear()
    })
  }

  /** Resolves when it listens. */
  static async start (
    t: Test, { options = {}, execArgv = [], within = [] }: MemberStart = {},
  ): Promise<BulletinMember> {
    const own = JSON.stringify({ host: '127.0.0.1', port: 0, ...options })
    const [file = '', ...rest] = [...within, process.execPath, ...execArgv, PROGRAM, LIBRARY, own]
    const child = spawn(file, rest, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { PATH: process.env['PATH'], DEBUG: 'off' },
    })
    t.teardown(() => { child.kill('SIGKILL') })
    const member = new BulletinMember(child)
    const { id, address, port } = await member.#answer(0, STARTED_MAX_MS) as
      { id: string, address: string, port: number }
    return Object.assign(member, { id, address, port })
  }

  /** Resolves with the number of the last one when all have left. */
  publish (order: PublishOrder, withinMs = 300_000): Promise<number> {
    return this.#order('publish', order, withinMs) as Promise<number>
  }

  /** From now on, or from `since` on. */
  read (how: { since?: number, bufferMax?: number } = {}): Promise<unknown> {
    return this.#order('read', how)
  }

  /** Its application takes nothing, or goes on. */
  hold (isHolding: boolean): Promise<unknown> {
    return this.#order('hold', { isHolding })
  }

  connect (address: string): Promise<unknown> {
    return this.#order('connect', { address })
  }

  taken (): Promise<Taken> {
    return this.#order('taken') as Promise<Taken>
  }

  /** Identities that it is linked with. */
  linked (): Promise<string[]> {
    return this.#order('linked') as Promise<string[]>
  }

  told (): Promise<Told> {
    return this.#order('told') as Promise<Told>
  }

  /** Counts pings anew. */
  beginPings (): Promise<unknown> {
    return this.#order('beginPings')
  }

  /** Positions that it holds of an author, in order. */
  held (author: string): Promise<number[]> {
    return this.#order('held', { author }) as Promise<number[]>
  }

  memory (): Promise<NodeJS.MemoryUsage> {
    return this.#order('memory') as Promise<NodeJS.MemoryUsage>
  }

  leave (): Promise<unknown> {
    return this.#order('leave')
  }

  /** Resident memory, seen from outside. */
  get residentBytes (): number {
    const status = readFileSync(`/proc/${this.#child.pid ?? 0}/status`, 'utf8')
    return 1_024 * Number(/VmRSS:\s+(\d+)/.exec(status)?.[1])
  }

  signal (signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(signal)
  }

  /** Resolves when the process is gone. */
  async kill (): Promise<void> {
    const { exitCode, signalCode } = this.#child
    if (exitCode !== null || signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
  }

  #order (order: string, what: object = {}, withinMs = 60_000): Promise<unknown> {
    const id = this.#nextId++
    const answer = this.#answer(id, withinMs)
    this.#child.send({ id, order, ...what }, error => {
      if (error !== null) this.#waiting.get(id)?.({ id, error: error.message })
    })
    return answer
  }

  #answer (id: number, withinMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id)
        reject(new Error(`no answer within ${withinMs} ms`))
      }, withinMs)
      this.#waiting.set(id, ({ answer, error }) => {
        clearTimeout(timer)
        if (error === undefined) resolve(answer)
        else reject(new Error(error))
      })
    })
  }
}

/** Resolves when all of them are linked with all; rejects after `withinMs`. */
export async function untilLinked (
  members: readonly BulletinMember[], withinMs = 15_000,
): Promise<void> {
  await untilAsync(async () => {
    const linked = await Promise.all(members.map(member => member.linked()))
    return linked.every(peers => peers.length >= members.length - 1)
  }, withinMs, 'a full mesh')
}

/** Resolves when it holds; rejects when `withinMs` passed. */
export async function untilAsync (
  holds: () => Promise<boolean>, withinMs: number, what: string,
): Promise<void> {
  const endMs = performance.now() + withinMs
  while (!await holds()) {
    if (performance.now() > endMs) throw new Error(`${what}: not within ${withinMs} ms`)
    await new Promise(resolve => { setTimeout(resolve, 50) })
  }
}

/** The value below which this share of them lies. */
export function quantile (values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
}
