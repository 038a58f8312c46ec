/** The built program in a process of its own: started, watched through its JSON lines, ended. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** From start to listening; a tenth of a second unless the machine is very busy. */
const LISTENING_MAX_MS = 20_000

/** One line of `run --json`. */
export interface Line {
  readonly at: string
  readonly kind: string
  readonly peer?: string
  readonly id?: string
  readonly address?: string
  readonly port?: number
  readonly text?: string
  readonly reason?: string
  readonly rttMs?: number | null
  readonly code?: string
  readonly message?: string
}

export interface ProgramOptions {
  readonly name: string
  readonly host: string
  readonly port?: number
  readonly connect: readonly string[]
  readonly flags?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** A command that runs the command after it in its own place, as `nice -n 19` does. */
  readonly within?: readonly string[]
}

/** The built program, next to this package's sources or to their compiled form. */
export function programPath (): string {
  const here = fileURLToPath(import.meta.url)
  const up = here.includes('/build/') ? '../../../' : '../../'
  return fileURLToPath(new URL(`${up}bin/p2p-gossip.js`, import.meta.url))
}

export class ProgramProcess {
  readonly name: string
  readonly host: string
  readonly child: ChildProcess
  /** Peers it is linked with now. */
  readonly linked = new Set<string>()
  readonly lines: Line[] = []
  id = ''
  port = 0
  /** Called with every line. */
  onLine: ((line: Line) => void) | null = null

  protected constructor (options: ProgramOptions) {
    this.name = options.name
    this.host = options.host
    const connect = options.connect.flatMap(address => ['--connect', address])
    const command = [
      ...options.within ?? [], process.execPath, programPath(), 'run', '--json',
      '--name', options.name, '--host', options.host, '--port', String(options.port ?? 0),
      ...connect, ...options.flags ?? [],
    ]
    this.child = spawn(command[0] ?? '', command.slice(1), {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, DEBUG: 'off', ...options.env },
    })
    if (this.child.stdout === null) throw new Error('no stdout')
    createInterface(this.child.stdout).on('line', text => {
      this.#onLine(JSON.parse(text) as Line)
    })
  }

  /** Resolves when it listens. */
  static async start (options: ProgramOptions): Promise<ProgramProcess> {
    const started = new ProgramProcess(options)
    await started.listening()
    return started
  }

  /** Resolves with the first line, from now on, that fits. Rejects when the time is over. */
  until (fits: (line: Line) => boolean, withinMs: number): Promise<Line> {
    return new Promise((resolve, reject) => {
      const former = this.onLine
      const timer = setTimeout(() => {
        this.onLine = former
        reject(new Error(`${this.name}: awaited in vain for ${withinMs} ms`))
      }, withinMs)
      this.onLine = line => {
        former?.(line)
        if (!fits(line)) return
        clearTimeout(timer)
        this.onLine = former
        resolve(line)
      }
    })
  }

  /** Ends the process, with SIGTERM unless told otherwise; resolves with its exit code. */
  stop (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) {
      return Promise.resolve(this.child.exitCode)
    }
    return new Promise(resolve => {
      this.child.once('exit', resolve)
      this.child.kill(signal)
    })
  }

  /** Resolves when it listens; a process that does not in time is ended. */
  protected async listening (): Promise<void> {
    try {
      await this.until(({ kind }) => kind === 'listening', LISTENING_MAX_MS)
    } catch (error) {
      await this.stop('SIGKILL')
      throw error
    }
  }

  #onLine (line: Line): void {
    this.lines.push(line)
    if (line.kind === 'listening') {
      this.id = line.id ?? ''
      this.port = line.port ?? 0
    }
    if (line.kind === 'link-up' && line.peer !== undefined) this.linked.add(line.peer)
    if (line.kind === 'link-down' && line.peer !== undefined) this.linked.delete(line.peer)
    this.onLine?.(line)
  }
}
