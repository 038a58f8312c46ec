/**
 * A network in one process, to look into: the production core on the simulated network of this
 * project's tests, with virtual time and a prompt (that of k98kurz/gossip, with its names). It
 * takes the simulator from test/, for it is a program of this repository: installed as a package
 * it is there to be read. Run it after `npm run demo` compiled it:
 *
 *     node build/examples/logical.js [nodes=16] [seed=1]
 *
 * The same commands with the same seed give the same lines. Begin with `c`, `r`, `m hello`, `r`.
 */
import { createInterface } from 'node:readline'
import type { Delivery } from '../src/core/bulletins/vocabulary.js'
import type { Effect } from '../src/core/effect.js'
import { decodeBatch } from '../src/wire/batch.js'
import { decodeItems } from '../src/wire/bulletin.js'
import { isRefusal } from '../src/wire/refusal.js'
import { World, type SimNode } from '../test/sim/world.js'

const TOPIC = 'test channel'
const TICK_MS = 100
/** Members that each node is told of by `connect`; the rest it learns. */
const CONNECTS = 3
/** `run` ends after a second in which nothing but signs of life was said, or after a minute. */
const IDLE_TICKS = 10
const RUN_TICKS_MAX = 600

const HELP = [
  '?, h, help              this list',
  'n, l, ln, list, nodes   all nodes: links and bulletins held',
  'm, message TEXT         some node publishes TEXT on the test channel',
  `c, connect              each node is told ${CONNECTS} others, and finds the rest by itself`,
  'lc, listcon             who is linked with whom (connections)',
  'd, debug                show what every node decides, on or off',
  's, short                short identities, on or off',
  'r, run                  tick until nothing but signs of life is said',
  'q, quit                 end',
  `anything else           one tick: ${TICK_MS} ms`,
]

/** Words that mean one thing. */
const COMMANDS: Readonly<Record<string, string>> = {
  '?': 'help', 'h': 'help', 'help': 'help',
  'l': 'nodes', 'ln': 'nodes', 'n': 'nodes', 'list': 'nodes', 'nodes': 'nodes',
  'm': 'message', 'message': 'message',
  'c': 'connect', 'connect': 'connect',
  'lc': 'connections', 'listcon': 'connections', 'connections': 'connections',
  'd': 'debug', 'debug': 'debug',
  's': 'short', 'short': 'short',
  'r': 'run', 'run': 'run',
  'q': 'quit', 'quit': 'quit',
}

class Logical {
  readonly #world: World
  readonly #print: (line: string) => void
  #isDebugging = false
  #isShort = true
  /** Anything but signs of life happened in this tick. */
  #isBusy = false
  /** What was read in this tick, and by whom. */
  readonly #reads = new Map<string, string[]>()

  constructor (count: number, seed: number, print: (line: string) => void) {
    this.#print = print
    this.#world = new World({ seed, realSuite: true, latencyMs: { least: 5, spread: 30 } })
    for (let index = 0; index < count; index++) this.#world.addNode([], true)
    this.#world.onEffect = (node, effect) => { this.#onEffect(node, effect) }
    this.#world.onDelivery = (node, delivery) => { this.#onDelivery(node, delivery) }
    for (const node of this.#world.nodes) this.#world.start(node)
    print(`${count} nodes, not yet connected; ? lists the commands`)
  }

  /** False when this was the last line. */
  take (line: string): boolean {
    const [word = '', ...rest] = line.trim().split(' ')
    switch (COMMANDS[word.toLowerCase()]) {
      case 'help': return this.#printAll(HELP)
      case 'nodes': return this.#printAll(this.#world.nodes.map(node => this.#rowOf(node)))
      case 'message': return this.#publish(rest.join(' '))
      case 'connect': return this.#connect()
      case 'connections': return this.#printAll(this.#connections())
      case 'debug':
        this.#isDebugging = !this.#isDebugging
        return this.#printAll([`debug ${this.#isDebugging ? 'on' : 'off'}`])
      case 'short':
        this.#isShort = !this.#isShort
        return this.#printAll([`short identities ${this.#isShort ? 'on' : 'off'}`])
      case 'run': return this.#run()
      case 'quit': return false
      default:
        this.#tick()
        return true
    }
  }

  #printAll (lines: readonly string[]): true {
    for (const line of lines) this.#print(line)
    return true
  }

  #rowOf (node: SimNode): string {
    const links = this.#linkedWith(node).length
    const held = this.#world.shelvedBy(node).size
    return `${nameOf(node)} ${this.#identity(node)}  links ${links}  batches held ${held}`
  }

  #publish (text: string): true {
    if (text === '') return this.#printAll(['message TEXT: what shall it say?'])
    const { nodes, random } = this.#world
    const node = nodes[random.below(nodes.length)]
    if (node !== undefined && this.#world.publish(node, TOPIC, text)) {
      this.#print(`${nameOf(node)} publishes ${JSON.stringify(text)}`)
    }
    return this.#flushReads()
  }

  #connect (): true {
    const { nodes, random } = this.#world
    for (const node of nodes) {
      const others = nodes.filter(other => other !== node)
      for (let i = 0; i < CONNECTS && others.length > 0; i++) {
        const [other] = others.splice(random.below(others.length), 1)
        if (other === undefined) continue
        const target = { address: other.address, identity: null }
        this.#world.post(node, { kind: 'connect-asked', target })
      }
    }
    return this.#printAll([`each node is told ${Math.min(CONNECTS, nodes.length - 1)} others`])
  }

  #connections (): string[] {
    return this.#world.nodes.map(node =>
      `${nameOf(node)} - ${this.#linkedWith(node).map(nameOf).join(' ') || 'nobody'}`)
  }

  #run (): true {
    let idleTicks = 0
    let ticks = 0
    for (; idleTicks < IDLE_TICKS && ticks < RUN_TICKS_MAX; ticks++) {
      this.#isBusy = false
      this.#world.runUntil(this.#world.nowMs + TICK_MS)
      this.#flushReads()
      idleTicks = this.#isBusy ? 0 : idleTicks + 1
    }
    return this.#printAll([`${ticks} ticks, ${this.#summary()}`])
  }

  #tick (): void {
    this.#world.runUntil(this.#world.nowMs + TICK_MS)
    this.#flushReads()
    this.#print(this.#summary())
  }

  #summary (): string {
    const { nodes, nowMs } = this.#world
    const links = nodes.reduce((sum, node) => sum + this.#linkedWith(node).length, 0) / 2
    const all = nodes.length * (nodes.length - 1) / 2
    return `${(nowMs / 1_000).toFixed(1)} s: ${Math.floor(links)} links of ${all}`
  }

  #onEffect (node: SimNode, effect: Effect): void {
    if (isSignOfLife(effect)) return
    this.#isBusy = true
    if (!this.#isDebugging) return
    const text = JSON.stringify(effect, (_, value: unknown) =>
      value instanceof Uint8Array ? `${value.length} bytes` : value)
    const named = text.replace(/[a-z2-7]{52}/g, id => {
      const known = this.#world.nodes.find(({ identity }) => identity === id)
      return known === undefined ? id : nameOf(known)
    })
    this.#print(`  ${Math.round(this.#world.nowMs)} ms ${nameOf(node)} ${named}`)
  }

  #onDelivery (node: SimNode, { author, batch }: Delivery): void {
    const parsed = batch === null ? null : decodeBatch(batch)
    if (parsed === null || isRefusal(parsed)) return
    const items = decodeItems(parsed.items, parsed.head.count)
    const by = this.#world.nodes.find(({ identity }) => identity === author)
    if (isRefusal(items) || by === undefined) return
    for (const { content } of items) {
      const what = `${JSON.stringify(new TextDecoder().decode(content))} of ${nameOf(by)}`
      this.#reads.set(what, [...this.#reads.get(what) ?? [], nameOf(node)])
    }
  }

  #flushReads (): true {
    for (const [what, names] of this.#reads) {
      this.#print(`${what} is read by ${names.sort().join(' ')}`)
    }
    this.#reads.clear()
    return true
  }

  #linkedWith (node: SimNode): SimNode[] {
    const linked = new Set((node.core?.peers() ?? [])
      .filter(({ status }) => status === 'linked').map(({ id }) => id))
    return this.#world.nodes.filter(({ identity }) => linked.has(identity))
  }

  #identity ({ identity }: SimNode): string {
    return this.#isShort ? identity.slice(0, 10) : identity
  }
}

/** What is said and done all the time, whether or not anything happens. */
function isSignOfLife (effect: Effect): boolean {
  if (effect.kind === 'log') return true
  if (effect.kind === 'notify') return effect.notice.kind === 'ping'
  const quiet = ['heartbeat', 'ping', 'roster-digest', 'log-digest']
  return effect.kind === 'send' && quiet.includes(effect.frame.type)
}

function nameOf ({ index }: SimNode): string {
  return `n${String(index).padStart(2, '0')}`
}

/** `name=NUMBER` among the arguments, or the number alone for the first of them. */
function argument (name: string, fallback: number, least: number, most: number): number {
  const given = process.argv.slice(2).find(text => text.startsWith(`${name}=`)) ??
    (name === 'nodes' ? process.argv.slice(2).find(text => /^\d+$/.test(text)) : undefined)
  const value = given === undefined ? fallback : Number(given.replace(`${name}=`, ''))
  if (Number.isInteger(value) && value >= least && value <= most) return value
  console.error(`logical: ${name} must be a whole number from ${least} to ${most}`)
  process.exit(2)
}

const logical = new Logical(argument('nodes', 16, 2, 200), argument('seed', 1, 0, 1_000_000),
  line => { console.log(line) })
const lines = createInterface({ input: process.stdin, output: process.stdout, prompt: '> ' })
if (process.stdin.isTTY) lines.prompt()
for await (const line of lines) {
  if (!logical.take(line)) break
  if (process.stdin.isTTY) lines.prompt()
}
lines.close()
