/**
 * A process of a comparison, with one member or several. Started by `company.ts`, it does one order
 * at a time and answers each. Times are of the system's monotonic clock, one for all processes.
 */
import { createParty, type Kind, type Party, type Taker } from './party.js'
import { nowMs } from './time.js'

export type Order =
  | { readonly order: 'join', readonly kind: Kind, readonly address: string | null,
    /** Members here; 0 for one that takes nothing. */
    readonly takers: number }
  | { readonly order: 'linked', readonly count: number }
  | { readonly order: 'burst', readonly count: number, readonly bytes: number,
    /** Each is awaited before the next. */
    readonly awaited: boolean }
  | { readonly order: 'paced', readonly count: number, readonly bytes: number,
    readonly perSecond: number }
  /** Answered when every taker here has taken and stored so many since the last time. */
  | { readonly order: 'expect', readonly count: number, readonly isTimed?: boolean,
    /** Of several authors, whose contents come in any order. */
    readonly isMixed?: boolean }
  | { readonly order: 'cpu' }

export interface Answer {
  readonly address?: string
  readonly startMs?: number
  readonly endMs?: number
  readonly cpuMs?: number
  /** From sending to taking, ms, of all that were expected. */
  readonly latenciesMs?: readonly number[]
}

/** seq u32 | u32 0 | f64 ms of sending | filled with the seq's last byte. */
const STAMP_AT = 8
const HEAD_BYTES = 16

const parties: Party[] = []
let seq = 0
let cpuBefore = process.cpuUsage()

class Counted implements Taker {
  #taken = 0
  #stored = 0
  #seq: number | null = null
  latenciesMs: number[] = []
  lastMs = 0
  whenChanged: (() => void) | null = null

  readonly taken = (content: Uint8Array): void => {
    const view = new DataView(content.buffer, content.byteOffset, content.length)
    const got = view.getUint32(0)
    const isNext = this.#seq === null || got === this.#seq + 1
    if (!isNext || content[content.length - 1] !== (got & 0xff)) {
      throw new Error(`got ${got} after ${this.#seq}`)
    }
    if (checksOrder) this.#seq = got
    this.#taken++
    this.lastMs = nowMs()
    this.latenciesMs.push(this.lastMs - view.getFloat64(STAMP_AT))
    this.whenChanged?.()
  }

  readonly stored = (count: number): void => {
    this.#stored += count
    this.lastMs = nowMs()
    this.whenChanged?.()
  }

  /** Takes so many off when they are all there. */
  has (count: number): boolean {
    return this.#taken >= count && this.#stored >= count
  }

  takeOff (count: number): void {
    this.#taken -= count
    this.#stored -= count
    this.latenciesMs.length = 0
  }
}

const takers: Counted[] = []
/** Several authors take turns, gossipsub keeps no order. */
let checksOrder = true

process.on('message', (message: Order & { readonly id: number }) => {
  void perform(message).then(answer => { process.send?.({ id: message.id, answer }) })
})
process.on('disconnect', () => { process.exit() })

async function perform (order: Order): Promise<Answer> {
  switch (order.order) {
    case 'join': return join(order)
    case 'linked':
      while (parties.some(party => party.linked() < order.count)) await pause(20)
      return {}
    case 'burst': return burst(order)
    case 'paced': return paced(order)
    case 'expect':
      if (order.isMixed === true) checksOrder = false
      return expected(order.count, order.isTimed ?? false)
    case 'cpu': {
      const { user, system } = process.cpuUsage(cpuBefore)
      return { cpuMs: (user + system) / 1_000 }
    }
  }
}

async function join (
  { kind, address, takers: count }: Extract<Order, { order: 'join' }>,
): Promise<Answer> {
  checksOrder = kind !== 'libp2p' && (address !== null || count === 0)
  for (let i = 0; i < Math.max(count, 1); i++) {
    const taker = count === 0 ? null : new Counted()
    if (taker !== null) takers.push(taker)
    parties.push(await createParty(kind, address, taker))
  }
  return { address: parties[0]?.address ?? '' }
}

async function burst (
  { count, bytes, awaited }: Extract<Order, { order: 'burst' }>,
): Promise<Answer> {
  const contents = Array.from({ length: count }, () => contentOf(bytes))
  const [party] = parties
  cpuBefore = process.cpuUsage()
  const startMs = nowMs()
  if (!awaited) await party?.burst(contents)
  else for (const content of contents) await party?.send(content)
  return { startMs, endMs: nowMs() }
}

/** Each at its time, whatever became of those before. */
async function paced (
  { count, bytes, perSecond }: Extract<Order, { order: 'paced' }>,
): Promise<Answer> {
  const startMs = nowMs()
  const sent: (Promise<void> | undefined)[] = []
  for (let i = 0; i < count; i++) {
    await pause(startMs + i * 1_000 / perSecond - nowMs())
    const content = contentOf(bytes)
    stamp(content)
    sent.push(parties[0]?.send(content))
  }
  await Promise.all(sent)
  return { startMs }
}

async function expected (count: number, isTimed: boolean): Promise<Answer> {
  cpuBefore = process.cpuUsage()
  await Promise.all(takers.map(taker => new Promise<void>(resolve => {
    const look = (): void => {
      if (!taker.has(count)) return
      taker.whenChanged = null
      resolve()
    }
    taker.whenChanged = look
    look()
  })))
  const latenciesMs = isTimed ? takers.flatMap(taker => taker.latenciesMs) : []
  const endMs = Math.max(...takers.map(({ lastMs }) => lastMs))
  for (const taker of takers) taker.takeOff(count)
  return { endMs, latenciesMs }
}

function contentOf (bytes: number): Uint8Array {
  seq++
  const content = new Uint8Array(bytes).fill(seq & 0xff, HEAD_BYTES)
  new DataView(content.buffer).setUint32(0, seq)
  return content
}

function stamp (content: Uint8Array): void {
  new DataView(content.buffer).setFloat64(STAMP_AT, nowMs())
}

function pause (forMs: number): Promise<void> {
  return new Promise(resolve => { setTimeout(resolve, Math.max(0, forMs)) })
}
