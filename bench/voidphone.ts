/**
 * Announcements of modules beside plain bulletins: three nodes in one process that are linked with
 * each other, 1 KiB each, rounds by turns. `node build/bench/voidphone.js [ROUNDS] [COUNT]`
 *
 * `announced`: a module at the first node announces, one at each node calls all valid; taken when
 * both other modules have it. `alone`: plain bulletins, a batch each, to subscribers of both other
 * nodes. `plain`: the same in batches that grow by themselves.
 */
import { createNode, type Node } from '../src/index.js'
import { serveVoidphone, VoidphoneClient } from '../src/voidphone/index.js'
import { median, quantile, spread } from './statistics.js'

const [, , roundsText = '5', countText = '10000'] = process.argv
const rounds = Number(roundsText)
const count = Number(countText)
const BYTES = 1_024
const TYPE = 1337
const PACED = 300
const PACE_MS = 10
const SETTLE_MS = 500

type Manner = 'announced' | 'alone' | 'plain'
const MANNERS = ['announced', 'alone', 'plain'] as const

interface Result {
  /** From the first to the last of a burst. */
  readonly burstMs: number
  readonly cpuMs: number
  /** Of those that were paced, to the slower of both. */
  readonly latenciesMs: readonly number[]
}

/** Three nodes, one way of sending, and what came to both others. */
class Party {
  readonly #ends: (() => unknown)[] = []
  /** When each content was taken by both others, by its number. */
  readonly #taken = new Map<number, number>()
  readonly #times = new Map<number, number>()
  #isWhole: (() => void) | null = null
  #awaited = 0
  send: (content: Uint8Array) => Promise<unknown> = () => Promise.resolve()

  async start (manner: Manner): Promise<void> {
    const nodes: Node[] = []
    for (let i = 0; i < 3; i++) {
      const connect = nodes.map(({ address }) => address)
      nodes.push(await createNode({ port: 0, host: '127.0.0.1', connect }, { log: () => {} }))
    }
    this.#ends.push(...nodes.map(node => () => node.close()))
    while (!nodes.every(node => node.peers().length === 2)) await pause(5)
    await (manner === 'announced' ? this.#startModules(nodes) : this.#startPlain(nodes, manner))
    await pause(SETTLE_MS)
  }

  /** Resolves when both others have all of these numbers. */
  async burst (first: number, many: number): Promise<number> {
    const beganMs = performance.now()
    const done = this.#wait(first + many)
    const sent = Array.from({ length: many }, (_, i) => this.send(contentOf(first + i)))
    await Promise.all([done, ...sent])
    return performance.now() - beganMs
  }

  async paced (first: number): Promise<number[]> {
    const sentAt: number[] = []
    const done = this.#wait(first + PACED)
    for (let i = 0; i < PACED; i++) {
      sentAt.push(performance.now())
      void this.send(contentOf(first + i))
      await pause(PACE_MS)
    }
    await done
    return sentAt.map((atMs, i) => (this.#taken.get(first + i) ?? NaN) - atMs)
  }

  async end (): Promise<void> {
    for (const end of this.#ends.reverse()) await end()
  }

  #wait (total: number): Promise<void> {
    this.#awaited = total
    return new Promise(resolve => {
      this.#isWhole = resolve
      if (this.#taken.size >= total) resolve()
    })
  }

  #take (content: Uint8Array): void {
    const number = new DataView(content.buffer, content.byteOffset).getUint32(0)
    const times = (this.#times.get(number) ?? 0) + 1
    this.#times.set(number, times)
    if (times < 2) return
    this.#times.delete(number)
    this.#taken.set(number, performance.now())
    if (this.#taken.size >= this.#awaited) this.#isWhole?.()
  }

  async #startModules (nodes: readonly Node[]): Promise<void> {
    for (const [i, node] of nodes.entries()) {
      const server = await serveVoidphone(node, { api: '127.0.0.1:0' }, { log: () => {} })
      const module = await VoidphoneClient.connect(server.api ?? '')
      this.#ends.push(() => server.close(), () => { module.close() })
      await module.notify(TYPE)
      void (async () => {
        for await (const notification of module) {
          if (i > 0) this.#take(notification.data)
          await module.validate(notification, true)
        }
      })()
      if (i > 0) continue
      const announcer = await VoidphoneClient.connect(server.api ?? '')
      this.#ends.push(() => { announcer.close() })
      this.send = content => announcer.announce(TYPE, content)
    }
  }

  async #startPlain (nodes: readonly Node[], manner: Manner): Promise<void> {
    const alone = manner === 'alone'
    for (const node of nodes.slice(1)) {
      const bulletins = node.subscribe('bench')
      void (async () => {
        for await (const { content } of bulletins) this.#take(content)
      })()
    }
    const [author] = nodes
    if (author !== undefined) this.send = content => author.publish('bench', content, { alone })
    return Promise.resolve()
  }
}

function contentOf (number: number): Uint8Array {
  const content = new Uint8Array(BYTES).fill(number)
  new DataView(content.buffer).setUint32(0, number)
  return content
}

function pause (ms: number): Promise<void> {
  return new Promise(resolve => { setTimeout(resolve, ms) })
}

async function measure (manner: Manner): Promise<Result> {
  const party = new Party()
  await party.start(manner)
  await party.burst(0, 500)
  const before = process.cpuUsage()
  const burstMs = await party.burst(500, count)
  const { user, system } = process.cpuUsage(before)
  const latenciesMs = await party.paced(500 + count)
  await party.end()
  return { burstMs, cpuMs: (user + system) / 1_000, latenciesMs }
}

const results: Record<Manner, Result[]> = { announced: [], alone: [], plain: [] }
for (let round = 0; round < rounds; round++) {
  for (const manner of MANNERS) results[manner].push(await measure(manner))
}

const OF: readonly (readonly [string, (result: Result) => number])[] = [
  ['a second', ({ burstMs }) => count / burstMs * 1_000],
  ['CPU of all three, ms', ({ cpuMs }) => cpuMs],
  ['100 a second: p50, ms', ({ latenciesMs }) => quantile(latenciesMs, 0.5)],
  ['100 a second: p99, ms', ({ latenciesMs }) => quantile(latenciesMs, 0.99)],
]
console.log(`${count.toLocaleString('en')} of 1 KiB through three nodes, ${rounds} rounds by turns:\n`)
console.log('| | announced | plain, `alone` | plain | announced × `alone` |')
console.log('|---|---|---|---|---|')
for (const [what, of] of OF) {
  const digits = what === 'a second' || what.startsWith('CPU') ? 0 : 2
  const cells = MANNERS.map(manner => spread(results[manner].map(of), digits))
  const ratios = results.announced.map((result, i) => {
    const beside = results.alone[i]
    return beside === undefined ? NaN : of(result) / of(beside)
  })
  console.log(`| ${what} | ${cells.join(' | ')} | ${median(ratios).toFixed(2)} |`)
}
process.exit()
