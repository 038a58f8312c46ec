/** Runs an example, types to it and reads what it prints. No test of its own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'

/** An example is killed after this long, which fails its test. */
const LIFETIME_MAX_MS = 100_000

export class Example {
  readonly #child: ChildProcess
  /** Exit code, null when it was killed. */
  readonly ended: Promise<number | null>
  #stdout = ''
  #read = 0
  #stderr = ''
  #isEnded = false
  #changed: () => void = () => {}

  /** With the loader that this test runs with. */
  constructor (t: Test, name: string, argv: readonly string[]) {
    const path = fileURLToPath(new URL(`../../examples/${name}.ts`, import.meta.url))
    const loader = process.execArgv.filter(flag => flag.includes('typescript'))
    this.#child = spawn(process.execPath, [...loader, path, ...argv], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const timer = setTimeout(() => { this.#child.kill('SIGKILL') }, LIFETIME_MAX_MS)
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text
      this.#changed()
    })
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => { this.#stderr += text })
    this.ended = new Promise(resolve => {
      this.#child.once('close', code => {
        clearTimeout(timer)
        this.#isEnded = true
        this.#changed()
        resolve(code)
      })
    })
    t.teardown(() => this.#child.kill('SIGKILL'))
  }

  get stderr (): string {
    return this.#stderr
  }

  type (line: string): void {
    this.#child.stdin?.write(`${line}\n`)
  }

  /** The end of what is typed. */
  hangUp (): void {
    this.#child.stdin?.end()
  }

  /** All lines since the last call up to one that matches. */
  async until (pattern: RegExp): Promise<string[]> {
    for (;;) {
      const lines = this.#stdout.split('\n').slice(0, -1)
      const at = lines.findIndex((line, i) => i >= this.#read && pattern.test(line))
      if (at >= 0) {
        const since = lines.slice(this.#read, at + 1)
        this.#read = at + 1
        return since
      }
      if (this.#isEnded) {
        throw new Error(`ended without ${String(pattern)}: ${this.#stdout}${this.#stderr}`)
      }
      await new Promise<void>(resolve => { this.#changed = resolve })
    }
  }
}
