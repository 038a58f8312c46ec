/**
 * Floods from a member of good standing. The victim is a process of its own, whose resident memory
 * is read from outside; the honest members live here and must go on being pinged by it.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { encodeFrame } from '../../src/wire/encode.js'
import {
  Attacker, Honest, HOST, pause, rawFrame, recordsFrame, Strangers, until,
} from '../helpers/attacker.js'

const PROGRAM = fileURLToPath(new URL('../../bin/p2p-gossip.js', import.meta.url))
/** Collects garbage when told to, so that what is still held shows. */
const HOOK = 'data:text/javascript,process.on("SIGUSR2",()=>{gc()})'
const MIB = 1_048_576
const FLOOD_MS = Number(process.env['FLOOD_MS'] ?? 1_500)

interface Line {
  readonly kind: string
  readonly peer?: string
  readonly reason?: string
  readonly port?: number
  readonly id?: string
}

class Victim {
  readonly #child: ChildProcess
  readonly lines: Line[] = []
  readonly pings = new Map<string, number>()
  readonly others: Honest[] = []
  stderrBytes = 0
  port = 0
  id = ''

  private constructor (child: ChildProcess) {
    this.#child = child
    child.stderr?.on('data', (chunk: Buffer) => { this.stderrBytes += chunk.length })
    if (child.stdout === null) throw new Error('no stdout')
    createInterface(child.stdout).on('line', text => { this.#onLine(JSON.parse(text) as Line) })
  }

  /** A process and two members here, all linked. */
  static async start (t: Test): Promise<Victim> {
    const argv = [PROGRAM, 'run', '--json', '--host', HOST, '--port', '0', '--period', '0.2']
    const child = spawn(process.execPath, ['--expose-gc', '--import', HOOK, ...argv], {
      stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] },
    })
    t.teardown(() => { child.kill('SIGKILL') })
    const victim = new Victim(child)
    await until(() => victim.port > 0, 10_000, 'listening')
    for (const connect of [[`${HOST}:${victim.port}`], [`${HOST}:${victim.port}`]]) {
      victim.others.push(await Honest.start(t, { connect }))
    }
    await until(() => victim.others.every(one => one.isLinkedWith(victim.id)), 8_000, 'the mesh')
    return victim
  }

  get residentBytes (): number {
    const status = readFileSync(`/proc/${this.#child.pid ?? 0}/status`, 'utf8')
    return 1_024 * Number(/VmRSS:\s+(\d+)/.exec(status)?.[1])
  }

  async restingBytes (): Promise<number> {
    for (let i = 0; i < 2; i++) {
      this.#child.kill('SIGUSR2')
      await pause(200)
    }
    return this.residentBytes
  }

  downs (peer: string): string[] {
    return this.lines.flatMap(({ kind, peer: of, reason = '' }) =>
      kind === 'link-down' && of === peer ? [reason] : [])
  }

  /** No honest link ended, and pings go on both ways. */
  async isUnharmed (t: Test): Promise<void> {
    const ids = this.others.map(({ node }) => node.id)
    const counts = (): number[] => [
      ...ids.map(id => this.pings.get(id) ?? 0), ...this.others.map(one => one.pingsOf(this.id)),
    ]
    const before = counts()
    await until(() => counts().every((count, i) => count > (before[i] ?? 0) + 1), 4_000, 'pings')
    const downs = [...ids.map(id => this.downs(id)), ...this.others.map(one => one.downs(this.id))]
    t.same(downs.flat(), [], 'no honest link ended')
  }

  #onLine (line: Line): void {
    if (line.kind === 'listening') Object.assign(this, { port: line.port, id: line.id })
    const { peer = '' } = line
    if (line.kind === 'ping') this.pings.set(peer, (this.pings.get(peer) ?? 0) + 1)
    else this.lines.push(line)
  }
}

interface Flood {
  readonly make: () => Uint8Array
  /** It takes nothing that is sent to it. */
  readonly isMute?: boolean
  /** Sent once before. */
  readonly first?: Uint8Array
  /** Why the victim ends it, or null when it bears it. */
  readonly end: string | null
}

async function flood (t: Test, victim: Victim, flood: Flood): Promise<{ pings: number }> {
  const { make, isMute = false, first, end } = flood
  const beforeBytes = await victim.restingBytes()
  const attacker = await Attacker.member(t, victim.port)
  const { id } = attacker.identity
  if (isMute) attacker.socket.pause()
  if (first !== undefined) attacker.send(first)
  let peakBytes = beforeBytes
  const look = setInterval(() => { peakBytes = Math.max(peakBytes, victim.residentBytes) }, 50)
  t.teardown(() => { clearInterval(look) })
  let sentBytes = 0
  const endMs = performance.now() + FLOOD_MS
  while (performance.now() < endMs && victim.downs(id).length === 0) {
    const bytes = make()
    sentBytes += bytes.length
    // Whoever is not read any more waits: that is the point.
    if (!await Promise.race([attacker.flood(bytes), pause(FLOOD_MS)])) break
  }
  await victim.isUnharmed(t)
  if (end === null) t.same(victim.downs(id), [], 'it bears it')
  else {
    await until(() => victim.downs(id).length > 0, 4_000, 'the end of the offender')
    t.same(victim.downs(id), [end])
  }
  attacker.destroy()
  await until(() => victim.downs(id).length > 0, 4_000, 'the end of the link')
  clearInterval(look)
  await victim.isUnharmed(t)
  const afterBytes = await victim.restingBytes()
  const [during, after] = [peakBytes - beforeBytes, afterBytes - beforeBytes]
  t.ok(during < 64 * MIB, 'resident memory during')
  t.ok(after < 16 * MIB, 'resident memory after')
  t.comment(`${mib(sentBytes)} sent, ${mib(attacker.bytesIn)} back, memory ${mib(during)} ` +
    `during, ${mib(after)} after`)
  return { pings: victim.pings.get(id) ?? 0 }
}

function mib (bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`
}

/** As many of one frame as fill 64 KiB. */
function many (frame: Uint8Array): Uint8Array {
  return Buffer.concat(Array.from({ length: Math.floor(65_536 / frame.length) }, () => frame))
}

t.test('floods', async t => {
  const victim = await Victim.start(t)
  const strangers = new Strangers({ addresses: [`${HOST}:1`] })
  const told = recordsFrame(strangers.some(128))
  const beats = many(encodeFrame({
    type: 'heartbeat', sequence: 1, echo: 0, heldTenthsMs: 0, ownHead: 0, storedHead: 0,
    wallMs: null,
  }))
  const pings = many(encodeFrame({ type: 'ping', sequence: 1, text: 'x'.repeat(200) }))
  const errors = many(encodeFrame({ type: 'error', code: 'x', message: 'y'.repeat(200) }))
  const digests = many(encodeFrame({
    type: 'roster-digest', hash: new Uint8Array(32), rows: [], answer: false,
  }))
  const bare = encodeFrame({
    type: 'hello', version: 1, network: new Uint8Array(32), admission: 'open', incarnation: 1,
    wallMs: 1, seenAt: null, linkless: true,
  })
  const unknown = many(rawFrame(200, new Uint8Array(0)))

  t.test('hellos', async t => {
    await flood(t, victim, { make: () => many(bare), end: 'protocol' })
  })
  t.test('heartbeats', async t => {
    await flood(t, victim, { make: () => beats, end: 'protocol' })
  })
  t.test('unknown tags', async t => {
    await flood(t, victim, { make: () => unknown, end: null })
  })
  t.test('pings: few of them are shown', async t => {
    const { pings: shown } = await flood(t, victim, { make: () => pings, end: null })
    t.comment(`${shown} lines`)
    t.ok(shown < 500, `${shown} lines on stdout`)
  })
  t.test('errors: the first one is the last', async t => {
    const before = victim.stderrBytes
    await flood(t, victim, { make: () => errors, end: 'closed' })
    const written = victim.stderrBytes - before
    t.ok(written < 10_000, `${written} bytes on stderr`)
  })
  t.test('strangers, each with a key of its own', async t => {
    await flood(t, victim, {
      make: () => recordsFrame(strangers.some(128)), end: null,
    })
  })
  t.test('rows to be answered, by a peer that never reads: stalled', async t => {
    await flood(t, victim, {
      make: () => digests, isMute: true, first: told, end: 'stalled',
    })
  })
})
