/**
 * Ten minutes of churn on ten processes: killed, restarted, stopped, leaving, cut. What a process
 * holds after it (heap, sockets, timers) is what it held after the first fifth. On demand only:
 * `npm run build && npx tap test/integration/soak.demand.ts`, SOAK_MS sets the length, SOAK_SEED
 * the order of events.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { freshHost, pause } from '../helpers/processes.js'
import { SoakMember, type Figures } from '../helpers/soak-member.js'

const SOAK_MS = Number(process.env['SOAK_MS'] ?? 600_000)
const SEED = Number(process.env['SOAK_SEED'] ?? 1)
const MEMBERS = 10
/** The first of them live from beginning to end and are compared; the others come and go. */
const STAYING = 5
const ACTION_EVERY_MS = 2_000
const HEAL_MAX_MS = 20_000
/** A member lost for longer is sought by few: then nothing is under way by chance. */
const REST_MS = 15_000
const SAMPLES = 12
const MIB = 1_048_576
const GROWTH_MAX = 0.1
const GROWTH_MAX_BYTES = 4 * MIB

class Soak {
  readonly members: SoakMember[] = []
  readonly counts = { killed: 0, left: 0, stopped: 0, cut: 0 }
  readonly #cut = new Set<string>()
  readonly #busy = new Set<SoakMember>()
  readonly #underWay = new Set<Promise<void>>()
  readonly #failures: unknown[] = []
  #random = SEED

  async open (dataDirectory: string): Promise<void> {
    const isCut = (from: string, to: string): boolean => this.#cut.has(from) !== this.#cut.has(to)
    for (let i = 0; i < MEMBERS; i++) {
      // The last one is somebody else at each start, the others come back as who they were.
      const isKept = i % 2 === 1 || i >= STAYING
      const data = isKept && i < MEMBERS - 1 ? join(dataDirectory, `member-${i}`) : null
      const member = await SoakMember.open(freshHost(), data, isCut)
      this.members.push(member)
      await member.start(i === 0 ? [] : [this.#addressOf(0)])
    }
  }

  /** How many different members the last one has been. */
  get strangers (): number {
    return this.members.at(-1)?.runs ?? 0
  }

  get staying (): SoakMember[] {
    return this.members.slice(0, STAYING)
  }

  /** Churn for so long; at the end everyone runs and nobody is cut or stopped. */
  async churn (forMs: number): Promise<void> {
    const endMs = performance.now() + forMs
    while (performance.now() < endMs) {
      this.#begin(this.#act())
      await pause(ACTION_EVERY_MS)
    }
    await Promise.all(this.#underWay)
    if (this.#failures.length > 0) throw new AggregateError(this.#failures, 'churn failed')
  }

  /** Resolves with how long it took until all were linked with all; rejects when it did not. */
  async whole (): Promise<number> {
    const startMs = performance.now()
    for (;;) {
      const lacking = await this.#lacking()
      const tookMs = performance.now() - startMs
      if (lacking.length === 0) return tookMs
      if (tookMs > HEAL_MAX_MS) throw new Error(`not whole: ${lacking.join(', ')}`)
      await pause(200)
    }
  }

  /** Who is not linked with whom, or with too many. */
  async #lacking (): Promise<string[]> {
    const all = await Promise.all(this.members.map(member => member.figures()))
    return all.flatMap(({ peers }, i) => {
      const statuses = new Map(peers)
      const lacking = this.members.flatMap(({ id }, j) => j === i || statuses.get(id) === 'linked'
        ? []
        : [`${i} with ${j} (${statuses.get(id) ?? 'unknown'})`])
      const links = linksOf(peers)
      return links > MEMBERS - 1 ? [...lacking, `${i} has ${links} links`] : lacking
    })
  }

  /** Of several looks at each staying member the least: what is under way by chance is left out. */
  async leastFigures (): Promise<Figures[]> {
    const looks: Figures[][] = []
    for (let i = 0; i < SAMPLES; i++) {
      looks.push(await Promise.all(this.staying.map(member => member.figures())))
      await pause(500)
    }
    return this.staying.map((_, i) => looks.flatMap(look => look[i] ?? []).reduce(least))
  }

  async close (): Promise<void> {
    await Promise.allSettled(this.#underWay)
    await Promise.all(this.members.map(member => member.close()))
  }

  #begin (action: Promise<void>): void {
    const settled = action.catch((error: unknown) => { this.#failures.push(error) })
      .finally(() => { this.#underWay.delete(settled) })
    this.#underWay.add(settled)
  }

  #act (): Promise<void> {
    switch (this.#below(4)) {
      case 0: return this.#endOne('kill')
      case 1: return this.#endOne('leave')
      case 2: return this.#stopOne()
      default: return this.#cutSome()
    }
  }

  async #endOne (how: 'kill' | 'leave'): Promise<void> {
    const member = this.#free(STAYING)
    if (member === null) return
    this.counts[how === 'kill' ? 'killed' : 'left']++
    this.#busy.add(member)
    await member.end(how)
    await pause(500 + this.#below(5_000))
    await member.start([this.#addressOf(this.#below(STAYING))])
    this.#busy.delete(member)
  }

  async #stopOne (): Promise<void> {
    const member = this.#free(0)
    if (member === null) return
    this.counts.stopped++
    this.#busy.add(member)
    member.signal('SIGSTOP')
    await pause(1_000 + this.#below(7_000))
    member.signal('SIGCONT')
    this.#busy.delete(member)
  }

  async #cutSome (): Promise<void> {
    if (this.#cut.size > 0) return
    this.counts.cut++
    for (const { host } of this.members) if (this.#below(2) === 0) this.#cut.add(host)
    this.#apply()
    await pause(2_000 + this.#below(6_000))
    this.#cut.clear()
    this.#apply()
  }

  #apply (): void {
    for (const { proxy } of this.members) proxy.apply()
  }

  /** One that nothing is done with now, from a place on. */
  #free (from: number): SoakMember | null {
    const free = this.members.slice(from).filter(member => !this.#busy.has(member))
    return free[this.#below(free.length)] ?? null
  }

  #addressOf (place: number): string {
    return this.members[place]?.proxy.address ?? ''
  }

  /** Numerical Recipes' generator: the same order of events for the same seed. */
  #below (count: number): number {
    this.#random = (this.#random * 1_664_525 + 1_013_904_223) % 4_294_967_296
    return Math.floor(this.#random / 4_294_967_296 * count)
  }
}

function least (a: Figures, b: Figures): Figures {
  const kinds = new Set([...Object.keys(a.handles), ...Object.keys(b.handles)])
  const handles = Object.fromEntries([...kinds]
    .map(kind => [kind, Math.min(a.handles[kind] ?? 0, b.handles[kind] ?? 0)] as const)
    .filter(([, count]) => count > 0))
  return {
    heapBytes: Math.min(a.heapBytes, b.heapBytes),
    externalBytes: Math.min(a.externalBytes, b.externalBytes),
    residentBytes: Math.min(a.residentBytes, b.residentBytes),
    handles,
    timers: Math.min(a.timers, b.timers),
    peers: a.peers,
  }
}

function linksOf (peers: Figures['peers']): number {
  return peers.filter(([, status]) => status === 'linked').length
}

function mib (bytes: number): string {
  return (bytes / MIB).toFixed(1)
}

function show (figures: readonly Figures[]): string {
  return figures.map(({ heapBytes, externalBytes, residentBytes, handles, timers }) =>
    `heap ${mib(heapBytes)}, outside it ${mib(externalBytes)}, resident ${mib(residentBytes)} ` +
    `MiB, ${timers} timers, ${JSON.stringify(handles)}`).join('\n')
}

t.setTimeout(SOAK_MS + 240_000)
t.test('after minutes of churn a process holds what it held after the first fifth', async t => {
  t.setTimeout(SOAK_MS + 240_000)
  const directory = mkdtempSync(join(tmpdir(), 'p2p-gossip-soak-'))
  const soak = new Soak()
  t.teardown(async () => {
    await soak.close()
    rmSync(directory, { recursive: true, force: true })
  })
  await soak.open(directory)
  await soak.whole()
  await soak.churn(SOAK_MS / 5)
  t.comment(`whole after ${Math.round(await soak.whole())} ms`)
  await pause(REST_MS)
  const early = await soak.leastFigures()
  t.comment(`after 1 fifth:\n${show(early)}`)
  let late = early
  for (let fifth = 2; fifth <= 5; fifth++) {
    await soak.churn(SOAK_MS / 5)
    t.comment(`whole after ${Math.round(await soak.whole())} ms`)
    await pause(REST_MS)
    late = await soak.leastFigures()
    t.comment(`after ${fifth} fifths:\n${show(late)}`)
    t.comment(`${soak.strangers} identities of the last member so far`)
  }
  t.comment(JSON.stringify(soak.counts))
  for (const [i, { heapBytes, handles, peers }] of late.entries()) {
    const before = early[i]
    if (before === undefined) throw new Error('no figures')
    const maxBytes = before.heapBytes * (1 + GROWTH_MAX) + GROWTH_MAX_BYTES
    t.ok(heapBytes <= maxBytes, `member ${i}: ${mib(before.heapBytes)} to ${mib(heapBytes)} MiB`)
    t.equal(linksOf(peers), linksOf(before.peers), 'as many links')
    t.same(handles, before.handles, 'as many handles')
  }
})
