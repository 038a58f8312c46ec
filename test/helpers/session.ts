/**
 * A terminal session as somebody would type it: real programs in a directory of their own, their
 * ports and sockets apart from those of the machine. What was typed and shown becomes text.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'

const PROGRAM = fileURLToPath(new URL('../../bin/p2p-gossip.js', import.meta.url))
/** A command that does not end by itself is stopped after so long. */
const COMMAND_MAX_MS = 20_000

export class Session {
  /** Ports as they are typed, and what they are in truth. */
  readonly #ports: ReadonlyMap<string, number>
  readonly #directory: string
  readonly #environment: NodeJS.ProcessEnv

  private constructor (ports: ReadonlyMap<string, number>) {
    this.#ports = ports
    this.#directory = mkdtempSync(join(tmpdir(), 'p2p-session-'))
    const bin = join(this.#directory, 'bin')
    const home = join(this.#directory, 'home')
    for (const directory of [bin, home, join(this.#directory, 'run')]) {
      mkdirSync(directory, { mode: 0o700 })
    }
    const program = join(bin, 'p2p-gossip')
    writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`)
    chmodSync(program, 0o755)
    this.#environment = {
      PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: home, DEBUG: 'off', TZ: 'UTC',
      XDG_RUNTIME_DIR: join(this.#directory, 'run'), LANG: 'C.UTF-8',
      // Who types no port means the first.
      P2P_GOSSIP_PORT: String([...ports.values()][0] ?? 0),
    }
  }

  /** `ports`: those that are typed; each is another, free one in truth. */
  static async open (ports: readonly number[]): Promise<Session> {
    const free = await freePorts(ports.length)
    return new Session(new Map(ports.map((port, i) => [String(port), free[i] ?? 0])))
  }

  /** Runs a command to its end; resolves with what it showed on stdout and stderr. */
  async type (t: Test, command: string): Promise<string> {
    const child = this.#spawn(t, command)
    const shown = collect(child)
    const timer = setTimeout(() => { child.kill('SIGKILL') }, COMMAND_MAX_MS)
    const code = await new Promise<number | null>(resolve => { child.once('close', resolve) })
    clearTimeout(timer)
    if (code !== 0) throw new Error(`${command}\n${shown()}\nended with ${code ?? 'a signal'}`)
    return this.#asTyped(shown())
  }

  /** Starts a command that goes on; `shown` tells what it showed until now. */
  start (t: Test, command: string): { readonly shown: () => string, readonly pid: number } {
    const child = this.#spawn(t, command)
    const shown = collect(child)
    return { shown: () => this.#asTyped(shown()), pid: child.pid ?? 0 }
  }

  #spawn (t: Test, command: string): ChildProcess {
    let inTruth = command
    for (const [typed, port] of this.#ports) inTruth = inTruth.replaceAll(typed, String(port))
    // exec: the program itself gets the signals.
    const child = spawn('bash', ['-c', `set -o pipefail; ${inTruth}`], {
      cwd: join(this.#directory, 'home'), env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'], detached: true,
    })
    t.teardown(() => {
      if (child.exitCode !== null || child.pid === undefined) return
      try {
        process.kill(-child.pid, 'SIGKILL')
      } catch {
        // It ended in this very moment.
      }
    })
    return child
  }

  #asTyped (text: string): string {
    let typed = text.replaceAll(this.#directory, '')
    for (const [port, inTruth] of this.#ports) {
      typed = typed.replaceAll(new RegExp(`\\b${inTruth}\\b`, 'g'), port)
    }
    return typed.trimEnd()
  }
}

function collect (child: ChildProcess): () => string {
  let shown = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => { shown += text })
  }
  return () => shown
}

/** Free at this moment, all at once so that no two are the same. */
export async function freePorts (count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () =>
    new Promise<ReturnType<typeof createServer>>(resolve => {
      const server = createServer().listen(0, '127.0.0.1', () => { resolve(server) })
    })))
  const ports = servers.map(server => {
    const address = server.address()
    return typeof address === 'object' ? address?.port ?? 0 : 0
  })
  await Promise.all(servers.map(server => new Promise(resolve => { server.close(resolve) })))
  return ports
}
