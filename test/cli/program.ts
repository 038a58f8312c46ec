/** Runs the built program. No test of its own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'

const PROGRAM = fileURLToPath(new URL('../../bin/p2p-gossip.js', import.meta.url))

/** A program is killed after this long, which shows as the signal of its end. */
const LIFETIME_MAX_MS = 25_000

export interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

/** A running program. */
export class Program {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  #stdout = ''
  #stderr = ''
  #changed: () => void = () => {}

  /** Stdin is a pipe with `pipe`, else there is none. */
  constructor (
    argv: readonly string[], environment: Record<string, string> = {},
    input: 'ignore' | 'pipe' = 'ignore',
  ) {
    this.child = spawn(process.execPath, [PROGRAM, ...argv], {
      env: { ...bareEnvironment(), ...environment }, stdio: [input, 'pipe', 'pipe'],
    })
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text
      this.#changed()
    })
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text
      this.#changed()
    })
    // A program that ends before it read all is no error of the test.
    this.child.stdin?.on('error', () => {})
    const kill = (): void => { this.child.kill('SIGKILL') }
    // No test leaves a program behind, whatever goes wrong.
    const timer = setTimeout(kill, LIFETIME_MAX_MS)
    process.once('exit', kill)
    this.ended = new Promise(resolve => {
      this.child.once('close', (code, signal) => {
        clearTimeout(timer)
        process.off('exit', kill)
        resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr })
        this.#changed()
      })
    })
  }

  /** Types bytes into stdin; `end` closes it. */
  type (bytes: string | Uint8Array, end = false): void {
    this.child.stdin?.write(bytes)
    if (end) this.child.stdin?.end()
  }

  /** The first stdout line that matches; rejects when the program ends without one. */
  async line (pattern: RegExp): Promise<string> {
    return this.#find(pattern, () => this.#stdout)
  }

  /** The same of stderr. */
  async complaint (pattern: RegExp): Promise<string> {
    return this.#find(pattern, () => this.#stderr)
  }

  async #find (pattern: RegExp, text: () => string): Promise<string> {
    for (;;) {
      const found = text().split('\n').slice(0, -1).find(line => pattern.test(line))
      if (found !== undefined) return found
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`ended without ${String(pattern)}: ${this.#stdout}${this.#stderr}`)
      }
      await new Promise<void>(resolve => { this.#changed = resolve })
    }
  }

  /** Signals, then waits for the end. */
  async stop (signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.child.kill(signal)
    return this.ended
  }
}

/** Runs to the end. */
export async function runProgram (
  argv: readonly string[], environment: Record<string, string> = {},
): Promise<Ended> {
  return new Program(argv, environment).ended
}

/** A mistake and what is said about it. */
export interface Refusal {
  readonly argv: readonly string[]
  readonly line: RegExp
  readonly environment?: Record<string, string>
  readonly code?: number
}

/** Every case ends with its code, one line on stderr and nothing on stdout. Two at a time. */
export async function expectRefusals (t: Test, cases: readonly Refusal[]): Promise<void> {
  const waiting = [...cases]
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { argv, environment = {}, line, code = 2 } = next
      const ended = await runProgram(argv, environment)
      const what = [...Object.entries(environment).map(pair => pair.join('=')), ...argv].join(' ')
      t.equal(ended.code, code, `${what}: exit code`)
      t.equal(ended.stdout, '', `${what}: stdout`)
      t.match(ended.stderr, /^p2p-gossip: [^\n]+\n$/, `${what}: one line`)
      t.match(ended.stderr, line, `${what}: the line`)
    }
  }
  await Promise.all([work(), work()])
}

/** Without what would set flags or logs, and without the test runner's loader. */
function bareEnvironment (): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => {
    return !/^(P2P_GOSSIP_|DEBUG|RUST_LOG$|NODE_|NO_COLOR$|FORCE_COLOR$|_?TAP)/.test(name)
  }))
}
