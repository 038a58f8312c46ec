/**
 * One of the soak's places: a cutting proxy that stays, and behind it one process after the other
 * that embeds the library. Read next: `test/fixtures/soak-node.mjs`, what runs there.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { CuttingProxy, type IsCut } from '../../examples/demo/cutting-proxy.js'

const LIBRARY = fileURLToPath(new URL('../../dist/index.js', import.meta.url))
const PROGRAM = fileURLToPath(new URL('../fixtures/soak-node.mjs', import.meta.url))
const ANSWER_MAX_MS = 30_000

/** What a process says of itself after collecting garbage. */
export interface Figures {
  readonly heapBytes: number
  readonly externalBytes: number
  readonly residentBytes: number
  /** Active resources but timers, counted by kind. */
  readonly handles: Readonly<Record<string, number>>
  readonly timers: number
  /** Identity and status of everyone it knows. */
  readonly peers: readonly (readonly [string, string])[]
}

type Message =
  | { readonly kind: 'listening', readonly id: string, readonly port: number }
  | { readonly kind: 'figures' } & Figures

export class SoakMember {
  readonly host: string
  readonly proxy: CuttingProxy
  readonly #options: Readonly<Record<string, unknown>>
  #child: ChildProcess | null = null
  /** Identity of the process that runs now. */
  id = ''
  runs = 0

  private constructor (host: string, proxy: CuttingProxy, data: string | null) {
    this.host = host
    this.proxy = proxy
    const keeps = data === null ? {} : { data }
    this.#options = { host, port: 0, advertise: [proxy.address], periodMs: 500, ...keeps }
  }

  /** A place without a process. With `data` its identity outlives its processes. */
  static async open (host: string, data: string | null, isCut: IsCut): Promise<SoakMember> {
    return new SoakMember(host, await CuttingProxy.open(isCut), data)
  }

  get isRunning (): boolean {
    return this.#child !== null
  }

  /** Starts a process; resolves when it listens. */
  async start (connect: readonly string[]): Promise<void> {
    const options = JSON.stringify({ ...this.#options, connect })
    const child = fork(PROGRAM, [LIBRARY, options], { execArgv: ['--expose-gc'] })
    this.#child = child
    this.runs++
    const { id, port } = await answer(child, 'listening')
    this.id = id
    this.proxy.forwardTo(this.host, port)
  }

  figures (): Promise<Figures> {
    const child = this.#running()
    const answered = answer(child, 'figures')
    child.send('figures')
    return answered
  }

  signal (signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#running().kill(signal)
  }

  /** Ends the process: it leaves the mesh, or is killed. Resolves when it is gone. */
  end (how: 'leave' | 'kill'): Promise<void> {
    const child = this.#running()
    this.#child = null
    return new Promise(resolve => {
      child.once('exit', () => { resolve() })
      if (how === 'leave') child.send('leave')
      else child.kill('SIGKILL')
    })
  }

  async close (): Promise<void> {
    if (this.isRunning) await this.end('kill')
    this.proxy.close()
  }

  #running (): ChildProcess {
    if (this.#child === null) throw new Error(`${this.host} has no process`)
    return this.#child
  }
}

/** The next message of a kind; rejects when the process ends or is silent. */
function answer<K extends Message['kind']> (
  child: ChildProcess, kind: K,
): Promise<Extract<Message, { kind: K }>> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      clearTimeout(timer)
      child.off('message', onMessage)
      child.off('exit', onExit)
    }
    const onMessage = (message: unknown): void => {
      const told = message as Message
      if (told.kind !== kind) return
      settle()
      resolve(told as Extract<Message, { kind: K }>)
    }
    const fail = (why: string): void => {
      settle()
      reject(new Error(`${kind}: ${why}`))
    }
    const onExit = (code: number | null): void => { fail(`the process ended with ${code}`) }
    const timer = setTimeout(() => { fail(`no answer within ${ANSWER_MAX_MS} ms`) }, ANSWER_MAX_MS)
    child.on('message', onMessage)
    child.on('exit', onExit)
  })
}
