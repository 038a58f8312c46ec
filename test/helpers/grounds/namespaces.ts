/**
 * Network namespaces: each node has a network stack and an address of its own, and one wire to a
 * router, which is a namespace too and makes packets vanish by routing rules. Needs `unshare` and
 * `nsenter` (util-linux) and `ip` (iproute2), as root or where users may make namespaces; no packet
 * filter. Nothing has a name on the machine: a namespace lives as long as the process that holds
 * it, which ends with this one, however that comes about.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ProgramProcess } from '../../../examples/demo/program-process.js'
import type { Ground, GroundNode, GroundStart, Side } from './ground.js'

const PORT = 7_000
/** Below it each node has its name. It is reserved for tests, like `invalid`. */
const DOMAIN = 'test'
/** Networks of /30s for each side: router and node. They exist in the namespaces only. */
const NETWORKS: Readonly<Record<Side, string>> = { left: '10.77.1', right: '10.77.2' }
const NODES_PER_SIDE_MAX = 60
const COMMAND_MAX_MS = 10_000
/** Two packets: what a slowed wire passes at once; a quicker one a hundredth of a second. */
const BURST_BYTES = 3_028
const QUICK_BYTES_PER_SECOND = 100_000_000
const CUT = [vanish(1, 'left', 'right', ''), vanish(2, 'right', 'left', '')]
/** As root plainly; as a user inside a user namespace, in which one is root. */
const RIGHTS = [
  { who: 'as root', make: ['-nm'], enter: ['-n', '-m'] },
  { who: 'as a user', make: ['-rnm'], enter: ['-U', '--preserve-credentials', '-n', '-m'] },
] as const

/** A network stack of its own for one process. */
export interface Place {
  readonly host: string
  readonly port: number
  /** The command that runs what follows there. */
  readonly within: readonly string[]
}

/** A ground, or why there is none. */
export async function openNamespaces (): Promise<Namespaces | string> {
  const whys: string[] = []
  for (const rights of RIGHTS) {
    const ground = new Namespaces(rights)
    try {
      await ground.open()
      return ground
    } catch (error) {
      await ground.close()
      whys.push(`${rights.who}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return `no namespaces, ${whys.join('; ')}`
}

export class Namespaces implements Ground {
  readonly name: string
  readonly #rights: typeof RIGHTS[number]
  readonly #holders: ChildProcess[] = []
  readonly #nodes: ProgramProcess[] = []
  readonly #starts: Promise<unknown>[] = []
  readonly #counts = { left: 0, right: 0 }
  /** Holders of the namespaces of each side, in the order of their wires. */
  readonly #wires: Record<Side, number[]> = { left: [], right: [] }
  /** Holders of the namespaces, by address. */
  readonly #pids = new Map<string, number>()
  readonly #directory = mkdtempSync(join(tmpdir(), 'p2p-gossip-ground-'))
  readonly #hostsPath = join(this.#directory, 'hosts')
  #routerPid = 0

  constructor (rights: typeof RIGHTS[number]) {
    this.name = `network namespaces, ${rights.who}`
    this.#rights = rights
  }

  /** Makes the router and tries everything that cuts. */
  async open (): Promise<void> {
    writeFileSync(this.#hostsPath, '127.0.0.1 localhost\n')
    this.#routerPid = await this.#hold(['unshare', ...this.#rights.make])
    await this.#script(this.#routerPid, [
      // Nodes have names, in here and nowhere else.
      `mount --bind '${this.#hostsPath}' /etc/hosts`,
      'ip link set lo up',
      'echo 1 > /proc/sys/net/ipv4/ip_forward',
      // Whatever else is asked for, a name server for instance, never answers.
      'ip route add blackhole default',
    ])
    await this.cut()
    await this.heal()
    await this.#script(this.#routerPid, [
      `ip rule add ${forbidden('left', 'right')}`, `ip rule del ${forbidden('left', 'right')}`,
    ])
  }

  start (start: GroundStart): Promise<GroundNode> {
    const started = this.#start(start)
    this.#starts.push(started)
    return started
  }

  async #start ({ name, side, connect, flags = [] }: GroundStart): Promise<GroundNode> {
    const { host, port, within } = await this.place(name, side)
    const program = await ProgramProcess.start({ name, host, port, connect, flags, within })
    this.#nodes.push(program)
    return { program, address: `${host}:${port}`, named: `${name}.${DOMAIN}:${port}` }
  }

  /** A place for a process that is started, and ended, by others. */
  async place (name: string, side: Side): Promise<Place> {
    const count = this.#counts[side]++
    if (count >= NODES_PER_SIDE_MAX) throw new Error(`${side}: no more than ${count} nodes`)
    const [router, host] = [1, 2].map(last => `${NETWORKS[side]}.${4 * count + last}`)
    if (router === undefined || host === undefined) throw new Error('no address')
    const pid = await this.#hold([...this.#within(this.#routerPid), 'unshare', '-n'])
    await this.#script(this.#routerPid, [
      `ip link add ${side}${count} type veth peer name eth0 netns ${pid}`,
      `ip address add ${router}/30 dev ${side}${count}`,
      `ip link set ${side}${count} up`,
    ])
    await this.#script(pid, [
      'ip link set lo up',
      `ip address add ${host}/30 dev eth0`,
      'ip link set eth0 up',
      `ip route add default via ${router}`,
    ])
    appendFileSync(this.#hostsPath, `${host} ${name}.${DOMAIN}\n`)
    this.#wires[side].push(pid)
    this.#pids.set(host, pid)
    return { host, port: PORT, within: this.#within(pid) }
  }

  /**
   * From now on every wire of a side takes so many bytes a second, each way, and keeps a second's
   * worth waiting before it loses packets, as modems do; null makes them quick again. Rejects where
   * the kernel cannot do it.
   */
  async slow (side: Side, bytesPerSecond: number | null): Promise<void> {
    const rate = 8 * (bytesPerSecond ?? QUICK_BYTES_PER_SECOND)
    // Replaced, not removed: what waits is not lost.
    const rule = (device: string): string =>
      `tc qdisc replace dev ${device} root tbf rate ${rate}bit burst ` +
        `${Math.max(BURST_BYTES, rate / 800)} latency 1s`
    for (const [i, pid] of this.#wires[side].entries()) {
      await this.#script(this.#routerPid, [rule(`${side}${i}`)])
      await this.#script(pid, [rule('eth0')])
    }
  }

  /** Two nodes, by their addresses, reach each other no more, or again. */
  async setApart (one: string, other: string, isApart: boolean): Promise<void> {
    const what = isApart ? 'add' : 'del'
    for (const [from, to] of [[one, other], [other, one]] as const) {
      const host = to.slice(0, to.lastIndexOf(':'))
      const pid = this.#pids.get(from.slice(0, from.lastIndexOf(':'))) ?? 0
      await this.#script(pid, [`ip route ${what} blackhole ${host}/32`])
    }
  }

  cut (): Promise<void> {
    return this.#script(this.#routerPid, CUT.map(rule => `ip rule add ${rule}`))
  }

  heal (): Promise<void> {
    return this.#script(this.#routerPid, CUT.map(rule => `ip rule del ${rule}`))
  }

  forbidDialling (from: Side): Promise<void> {
    const to = from === 'left' ? 'right' : 'left'
    return this.#script(this.#routerPid, [`ip rule add ${forbidden(from, to)}`])
  }

  async close (): Promise<void> {
    await Promise.allSettled(this.#starts)
    await Promise.all(this.#nodes.map(node => node.stop('SIGKILL')))
    for (const holder of this.#holders) holder.stdin?.end()
    rmSync(this.#directory, { recursive: true, force: true })
  }

  /** The command that runs what follows in the namespace that a process holds. */
  #within (pid: number): string[] {
    return ['nsenter', '-t', String(pid), ...this.#rights.enter]
  }

  /** Runs a process in a new namespace until this process ends; resolves with its id. */
  async #hold (command: readonly string[]): Promise<number> {
    const [file = '', ...rest] = [...command, 'sh', '-c', 'echo held; exec cat']
    const holder = spawn(file, rest, { stdio: ['pipe', 'pipe', 'pipe'] })
    this.#holders.push(holder)
    holder.stdin.on('error', () => {})
    const said = collect(holder)
    await Promise.race([
      once(holder.stdout, 'data'),
      ended(holder).then(() => { throw new Error(said().trim() || `no ${file}`) }),
    ])
    return holder.pid ?? 0
  }

  /** Runs lines of shell in the namespace of a process; rejects with what they said. */
  async #script (pid: number, lines: readonly string[]): Promise<void> {
    const [file = '', ...rest] = [...this.#within(pid), 'sh', '-ec', lines.join('\n')]
    const child = spawn(file, rest, { timeout: COMMAND_MAX_MS })
    const said = collect(child)
    const code = await ended(child)
    if (code !== 0) throw new Error(said().trim() || `exit code ${code}`)
  }
}

/** The rule by which packets between the sides vanish, those to some port or all. */
function vanish (priority: number, from: Side, to: Side, which: string): string {
  const networks = `from ${NETWORKS[from]}.0/24 to ${NETWORKS[to]}.0/24`
  return `priority ${priority} ${networks} ${which} blackhole`
}

/** Every node listens on the same port: what goes to it belongs to who dialled. */
function forbidden (from: Side, to: Side): string {
  return vanish(3, from, to, `ipproto tcp dport ${PORT}`)
}

/** All it said on stderr so far, on one line. */
function collect (child: ChildProcess): () => string {
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => { said += chunk.toString() })
  return () => said.replaceAll('\n', ' ')
}

/** Its exit code; null when it could not be started or a signal ended it. */
function ended (child: ChildProcess): Promise<number | null> {
  return new Promise(resolve => {
    child.once('error', () => { resolve(null) })
    child.once('close', resolve)
  })
}
