/** A real node process behind a cutting proxy: started, watched through its JSON lines, stopped. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { CuttingProxy, type IsCut } from './cutting-proxy.js'

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

export interface NodeProcessOptions {
  readonly name: string
  /** Its own loopback address, 127.0.0.x: by it the proxies know who dials. */
  readonly host: string
  readonly connect: readonly string[]
  readonly isCut: IsCut
  readonly flags?: readonly string[]
  readonly port?: number
  readonly env?: Readonly<Record<string, string>>
}

/** The built program, next to this package's sources or to their compiled form. */
export function programPath (): string {
  const here = fileURLToPath(import.meta.url)
  const up = here.includes('/build/') ? '../../../' : '../../'
  return fileURLToPath(new URL(`${up}bin/p2p-gossip.js`, import.meta.url))
}

export class NodeProcess {
  readonly name: string
  readonly host: string
  readonly proxy: CuttingProxy
  readonly child: ChildProcess
  /** Peers it is linked with now. */
  readonly linked = new Set<string>()
  readonly lines: Line[] = []
  id = ''
  /** Called with every line. */
  onLine: ((line: Line) => void) | null = null

  private constructor (options: NodeProcessOptions, proxy: CuttingProxy) {
    this.name = options.name
    this.host = options.host
    this.proxy = proxy
    const connect = options.connect.flatMap(address => ['--connect', address])
    this.child = spawn(process.execPath, [
      programPath(), 'run', '--json', '--name', options.name, '--host', options.host,
      '--port', String(options.port ?? 0), '--advertise', proxy.address,
      ...connect, ...options.flags ?? [],
    ], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, DEBUG: 'off', ...options.env },
    })
    if (this.child.stdout === null) throw new Error('no stdout')
    createInterface(this.child.stdout).on('line', text => {
      this.#onLine(JSON.parse(text) as Line)
    })
  }

  /** Resolves when it listens. */
  static async start (options: NodeProcessOptions): Promise<NodeProcess> {
    const proxy = await CuttingProxy.open(options.isCut)
    const started = new NodeProcess(options, proxy)
    await started.until(({ kind }) => kind === 'listening', 10_000)
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
      this.proxy.close()
      return Promise.resolve(this.child.exitCode)
    }
    return new Promise(resolve => {
      this.child.once('exit', code => {
        this.proxy.close()
        resolve(code)
      })
      this.child.kill(signal)
    })
  }

  #onLine (line: Line): void {
    this.lines.push(line)
    if (line.kind === 'listening') {
      this.id = line.id ?? ''
      this.proxy.forwardTo(this.host, line.port ?? 0)
    }
    if (line.kind === 'link-up' && line.peer !== undefined) this.linked.add(line.peer)
    if (line.kind === 'link-down' && line.peer !== undefined) this.linked.delete(line.peer)
    this.onLine?.(line)
  }
}
