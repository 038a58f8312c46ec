/**
 * Two real cores and a network that does nothing by itself: each step is chosen from outside, by
 * its name, and the same names give the same run. What every run must hold is checked on the way.
 * Read next: `exhaustive.ts`, which chooses in every possible way.
 */
import { Core } from '../../src/core/core.js'
import type { Effect } from '../../src/core/effect.js'
import type { AskId, Event, LinkId } from '../../src/core/event.js'
import type { Notice } from '../../src/core/notice.js'
import type { Frame } from '../../src/wire/frame.js'
import { identityFromHash, type Identity } from '../../src/wire/identity.js'
import { keyedHashSuite, type SimSuite } from './suite.js'

/** Nothing is published here. */
const BULLETINS = {
  retainMs: 3_600_000, quotaBytes: 64 << 20, contentBytesMax: 256 << 10, carries: true,
}

export type Name = 'a' | 'b'
const NAMES: readonly Name[] = ['a', 'b']

/**
 * `dial a`: the operator of a names b's address. `deliver 2>b`: what is next on connection 2 on its
 * way to b (opened, a greeting, an end, with the chatter that follows). `reset 2`: it breaks, what
 * is under way is lost. `end 2`: it ends after what is under way. `wait 150`: nothing is delivered
 * for so many ms. `settle 2`, in openings only: everything on connection 2 is delivered.
 */
export type Choice = string

/** Of one end of a connection: not told of it yet, told, or told of its end. */
type SideState = 'unborn' | 'open' | 'gone'

type Item =
  | { readonly at: 'opened' | 'closed' | 'refused' }
  | { readonly at: 'frame', readonly frame: Frame }

interface Side {
  state: SideState
  /** What is on its way to this side, in order. */
  readonly items: Item[]
}

interface Connection {
  readonly number: number
  readonly dialler: Name
  readonly ask: AskId
  readonly sides: Readonly<Record<Name, Side>>
  /** Broken or ended by the network: not a second time. */
  isCut: boolean
}

interface End {
  readonly name: Name
  readonly core: Core
  readonly keys: SimSuite
  readonly id: Identity
  readonly address: string
  isUp: boolean
}

export interface PairLimits {
  /** How often each may be chosen in one run. */
  readonly dialsEach: number
  readonly cuts: number
  readonly waits: number
}

/** For playing a run again: whatever it takes. */
export const PLENTY: PairLimits = { dialsEach: Infinity, cuts: Infinity, waits: Infinity }

const EPOCH_MS = 1_767_225_600_000
const NETWORK_HASH = new Uint8Array(32).fill(7)
/** Over the silence that is waited for, under the greeting's limit. */
const LONG_WAIT_MS = 4_000
/** Over the first wait before a lost peer is dialled again. */
const SHORT_WAIT_MS = 150
/** So much happens in a run that never rests. */
const STEPS_MAX = 20_000
const DECISIVE = new Set<string>(['hello', 'welcome', 'refuse', 'leave', 'error'])

/** A choice that cannot be taken here: the run does not exist. */
export class NoSuchChoice extends Error {}

export class Pair {
  readonly #ends: Readonly<Record<Name, End>>
  readonly #connections: Connection[] = []
  readonly #limits: PairLimits
  readonly #spent = { 'dial a': 0, 'dial b': 0, cuts: 0, waits: 0 }
  #nowMs = 0
  #steps = 0
  /** A connection was cut, or nothing delivered for longer than silence lasts. */
  #isDisturbed = false
  #lastNewsMs = 0
  /** What went wrong first, or null. */
  failure: string | null = null

  /** a begins with b's address as its operator's. `smaller`: whose identity is the smaller one. */
  constructor (smaller: Name, limits: PairLimits) {
    this.#limits = limits
    const [one, other] = keysInOrder()
    const [a, b] = smaller === 'a' ? [one, other] : [other, one]
    this.#ends = { a: endOf('a', a), b: endOf('b', b) }
    for (const name of NAMES) this.#begin(this.#ends[name])
  }

  /** What may happen next, in a fixed order. */
  choices (): Choice[] {
    const found: Choice[] = []
    for (const { number, sides } of this.#connections) {
      for (const name of NAMES) {
        if (sides[name].items.length > 0) found.push(`deliver ${number}>${name}`)
      }
    }
    for (const name of NAMES) {
      if (this.#spent[`dial ${name}`] < this.#limits.dialsEach) found.push(`dial ${name}`)
    }
    if (this.#spent.cuts < this.#limits.cuts) {
      for (const connection of this.#connections) {
        if (!isCuttable(connection)) continue
        found.push(`reset ${connection.number}`)
        if (connection.sides[connection.dialler].state !== 'unborn') {
          found.push(`end ${connection.number}`)
        }
      }
    }
    if (this.#spent.waits < this.#limits.waits) {
      found.push(`wait ${SHORT_WAIT_MS}`, `wait ${LONG_WAIT_MS}`)
    }
    return found
  }

  take (choice: Choice): void {
    const [verb = '', what = ''] = choice.split(' ')
    switch (verb) {
      case 'dial': {
        this.#spent[`dial ${what as Name}`]++
        return this.#dial(what as Name)
      }
      case 'deliver': {
        const [number, name] = what.split('>')
        return this.#deliver(this.#connection(number), name as Name)
      }
      case 'reset':
      case 'end': {
        this.#spent.cuts++
        return this.#cut(this.#connection(what), verb === 'end')
      }
      case 'settle': return this.#settle(this.#connection(what))
      case 'wait': {
        this.#spent.waits++
        if (Number(what) >= LONG_WAIT_MS) this.#isDisturbed = true
        return this.#pass(this.#nowMs + Number(what), false)
      }
      default: throw new NoSuchChoice(choice)
    }
  }

  /** Everything is delivered and nothing disturbs any more; how long until nothing was new. */
  rest (forMs: number): number {
    const startMs = this.#nowMs
    this.#pass(startMs + forMs, true)
    this.#checkRest()
    return Math.max(0, this.#lastNewsMs - startMs)
  }

  #begin (end: End): void {
    this.#post(end, { kind: 'clock-set', offsetMs: EPOCH_MS })
    this.#post(end, {
      kind: 'started', addresses: [end.address], port: 8080, stored: [], incarnationStored: 0,
      boxKey: null,
      batches: [],
    })
    if (end.name === 'a') this.#dial('a')
  }

  #dial (name: Name): void {
    const target = { address: this.#ends[otherOf(name)].address, identity: null }
    this.#post(this.#ends[name], { kind: 'connect-asked', target })
  }

  /** The first thing on its way to that side, and the chatter behind it. */
  #deliver (connection: Connection, name: Name): void {
    const { items } = connection.sides[name]
    const first = items.shift()
    if (first === undefined) throw new NoSuchChoice(`nothing to deliver to ${name}`)
    this.#deliverOne(connection, name, first)
    while (items[0]?.at === 'frame' && !DECISIVE.has(items[0].frame.type)) {
      const next = items.shift()
      if (next !== undefined) this.#deliverOne(connection, name, next)
    }
  }

  #settle (connection: Connection): void {
    for (let name = NAMES.find(isWaiting); name !== undefined; name = NAMES.find(isWaiting)) {
      this.#deliver(connection, name)
    }
    function isWaiting (name: Name): boolean {
      return connection.sides[name].items.length > 0
    }
  }

  #deliverOne (connection: Connection, name: Name, item: Item): void {
    const side = connection.sides[name]
    const end = this.#ends[name]
    const link = connection.number as LinkId
    if (side.state === 'gone') return
    switch (item.at) {
      case 'opened': {
        const { keys, id, address } = this.#ends[otherOf(name)]
        const ask = connection.dialler === name ? connection.ask : null
        side.state = 'open'
        if (ask !== null) connection.sides[otherOf(name)].items.push({ at: 'opened' })
        const { publicKey } = keys
        return this.#post(end, {
          kind: 'link-opened', link, ask, peer: id, publicKey, remote: address,
        })
      }
      case 'frame':
        return this.#post(end, { kind: 'frame-received', link, frame: item.frame })
      case 'closed':
        side.state = 'gone'
        return this.#post(end, { kind: 'link-closed', link, end: 'closed' })
      case 'refused':
        side.state = 'gone'
        return this.#post(end, {
          kind: 'dial-failed', ask: connection.ask, code: 'refused', message: 'refused',
        })
    }
  }

  #cut (connection: Connection, flushes: boolean): void {
    this.#isDisturbed = true
    connection.isCut = true
    for (const name of NAMES) {
      const { state, items } = connection.sides[name]
      const isKnown = state === 'open' || (flushes && items.length > 0)
      if (!flushes) items.length = 0
      if (isKnown) items.push({ at: 'closed' })
      else if (state === 'unborn' && connection.dialler === name) items.push({ at: 'refused' })
    }
  }

  /** Time passes, each deadline in its time; `delivers`: nothing waits for it. */
  #pass (untilMs: number, delivers: boolean): void {
    for (;;) {
      if (delivers) this.#deliverAll()
      const [next] = NAMES.map(name => this.#ends[name])
        .sort((one, other) => one.core.wakeAtMs() - other.core.wakeAtMs())
      if (next === undefined || next.core.wakeAtMs() > untilMs) break
      this.#nowMs = Math.max(this.#nowMs, next.core.wakeAtMs())
      this.#post(next, { kind: 'tick', lateMs: 0 })
    }
    this.#nowMs = untilMs
  }

  #deliverAll (): void {
    for (let isIdle = false; !isIdle;) {
      isIdle = true
      for (const connection of this.#connections) {
        for (const name of NAMES) {
          if (connection.sides[name].items.length === 0) continue
          this.#deliver(connection, name)
          isIdle = false
        }
      }
    }
  }

  /** What is due at this very moment belongs to the event, as in the hallway. */
  #post (end: End, event: Event): void {
    this.#handle(end, event)
    while (end.core.wakeAtMs() <= this.#nowMs) this.#handle(end, { kind: 'tick', lateMs: 0 })
  }

  #handle (end: End, event: Event): void {
    if (++this.#steps > STEPS_MAX) throw new Error('the two never come to rest')
    this.#perform(end, end.core.handle(event, this.#nowMs))
  }

  #perform (end: End, effects: readonly Effect[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case 'dial': this.#open(end.name, effect.ask); break
        case 'abandon-dial': this.#abandon(end.name, effect.ask); break
        case 'send': this.#send(end, effect.links, effect.frame); break
        case 'close': this.#close(end, effect.link); break
        case 'notify': this.#note(end, effect.notice); break
        default:
      }
    }
  }

  #open (dialler: Name, ask: AskId): void {
    const number = this.#connections.length + 1
    const side = (): Side => ({ state: 'unborn', items: [] })
    const sides = { a: side(), b: side() }
    sides[dialler].items.push({ at: 'opened' })
    this.#connections.push({ number, dialler, ask, sides, isCut: false })
  }

  #abandon (dialler: Name, ask: AskId): void {
    const found = this.#connections.find(one => one.dialler === dialler && one.ask === ask)
    if (found?.sides[dialler].state !== 'unborn') return
    found.sides[dialler].state = 'gone'
    found.sides[dialler].items.length = 0
  }

  #send (end: End, links: readonly LinkId[], frame: Frame): void {
    // A ping goes to every ready link: here that is one.
    if (frame.type === 'ping' && links.length > 1) {
      this.#fail(`${end.name} holds ${links.length} ready links of the pair`)
    }
    for (const link of links) {
      const { sides } = this.#connection(link)
      if (sides[end.name].state === 'open') {
        sides[otherOf(end.name)].items.push({ at: 'frame', frame })
      }
    }
  }

  #close (end: End, link: LinkId): void {
    const { sides } = this.#connection(link)
    const side = sides[end.name]
    if (side.state === 'gone') return
    side.state = 'gone'
    side.items.length = 0
    sides[otherOf(end.name)].items.push({ at: 'closed' })
    this.#post(end, { kind: 'link-closed', link, end: 'closed' })
  }

  #note (end: End, notice: Notice): void {
    if (notice.kind !== 'link-up' && notice.kind !== 'link-down') return
    this.#lastNewsMs = this.#nowMs
    const isUp = notice.kind === 'link-up'
    if (end.isUp === isUp) this.#fail(`${end.name} is told ${notice.kind} twice`)
    end.isUp = isUp
    if (notice.kind === 'link-down' && !this.#isDisturbed) {
      this.#fail(`${end.name} is told link-down (${notice.reason}), and nothing was cut`)
    }
  }

  /** Exactly one ready link, the same one at both ends. */
  #checkRest (): void {
    for (const name of NAMES) {
      const end = this.#ends[name]
      const [view] = end.core.peers()
      if (view?.status !== 'linked') {
        this.#fail(`at rest ${name} sees the other as ${view?.status ?? 'unknown'}`)
      }
      if (!end.isUp) this.#fail(`at rest ${name} was told that the link is down`)
    }
    const held = this.#connections.map(({ number, sides }) =>
      ({ number, at: NAMES.filter(name => sides[name].state === 'open') }))
      .filter(({ at }) => at.length > 0)
    if (held.length === 1 && held[0]?.at.length === 2) return
    const told = held.map(({ number, at }) => `${number} at ${at.join(' and ')}`).join(', ')
    this.#fail(`at rest these connections are held: ${told || 'none'}`)
  }

  #connection (number: number | string | undefined): Connection {
    const found = this.#connections[Number(number) - 1]
    if (found === undefined) throw new NoSuchChoice(`no connection ${number ?? ''}`)
    return found
  }

  #fail (what: string): void {
    this.failure ??= `at ${Math.round(this.#nowMs)} ms: ${what}`
  }
}

function isCuttable ({ isCut, sides }: Connection): boolean {
  if (isCut || NAMES.every(name => sides[name].state === 'gone')) return false
  return NAMES.some(name => sides[name].state === 'open' || sides[name].items.length > 0)
}

function otherOf (name: Name): Name {
  return name === 'a' ? 'b' : 'a'
}

/** Two keys, that of the smaller identity first. */
function keysInOrder (): [SimSuite, SimSuite] {
  const [one, other] = [keyedHashSuite(1), keyedHashSuite(2)]
  return identityOf(one) < identityOf(other) ? [one, other] : [other, one]
}

function identityOf ({ suite, publicKey }: SimSuite): Identity {
  return identityFromHash(suite.hash(publicKey))
}

function endOf (name: Name, keys: SimSuite): End {
  const id = identityOf(keys)
  const address = name === 'a' ? '10.0.0.1:8080' : '10.0.0.2:8080'
  const core = new Core(keys.suite, {
    me: id,
    publicKey: keys.publicKey,
    networkHash: NETWORK_HASH,
    admission: 'open',
    connect: [],
    advertise: [],
    periodMs: 5_000,
    text: 'ping',
    name,
    ephemeral: false,
    linksMax: 256,
    membersMax: 1_024,
    rejoinMs: 600_000,
    bulletins: BULLETINS,
  }, name === 'a' ? 1 : 2)
  return { name, core, keys, id, address, isUp: false }
}
