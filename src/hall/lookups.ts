/**
 * One bulletin by the hash of its content, asked of linked peers when it is not held here, and
 * given to those that ask. It travels in the batch that its author signed, and nothing is believed
 * that was not checked: a peer can withhold a bulletin, never invent one.
 * Read next: `requests.ts`, which carries question and answer.
 */
import type { HeldBatch } from '../core/bulletins/bulletins.js'
import { closedError, GossipError } from '../errors.js'
import { BULLETIN_LIMITS, WIRE_LIMITS } from '../limits.js'
import type { Ports } from '../ports.js'
import { decodeBatch } from '../wire/batch.js'
import { TOPIC_BYTES, decodeItems, type Item } from '../wire/bulletin.js'
import { equalBytes } from '../wire/equal.js'
import { toHex } from '../wire/hex.js'
import { identityFromHash, shortIdentity, type Identity } from '../wire/identity.js'
import { isRefusal } from '../wire/refusal.js'
import type { BulletinParts } from './bulletin.js'
import { LOOKUP_KIND, type Requests } from './requests.js'

/** Options of `get`. */
export interface GetOptions {
  /** Ask linked peers when it is not held here. @default true */
  readonly peers?: boolean
  /** How long to ask them, ms, up to 600,000. @default 10000 */
  readonly timeoutMs?: number
}

interface Surroundings {
  readonly ports: Pick<Ports, 'bulletins' | 'checker' | 'clock' | 'log' | 'suite'>
  readonly requests: Requests
  /** Linked members, those first that keep everybody's bulletins. */
  readonly linked: () => Identity[]
  readonly batchAt: (author: Identity, incarnation: number, position: number) => HeldBatch | null
}

/** Nothing of the kind is held. */
const NOTHING = new Uint8Array(0)

export class Lookups {
  readonly #around: Surroundings
  #underWay = 0
  #false = 0
  #isClosed = false
  /** Questions of peers, one after the other. */
  #line: Promise<void> = Promise.resolve()
  #waiting = 0

  constructor (around: Surroundings) {
    this.#around = around
    around.requests.serve(LOOKUP_KIND, body => this.#serve(body))
  }

  /** Answers that were not what was asked for, since the start. */
  get falseAnswers (): number {
    return this.#false
  }

  /** Asks a few peers at a time until one has it; null when nobody has, or in time. */
  async find (contentId: Uint8Array, { timeoutMs }: GetOptions): Promise<BulletinParts | null> {
    const maxMs = timeoutMs ?? BULLETIN_LIMITS.lookupMaxMs
    if (!(maxMs > 0 && maxMs <= BULLETIN_LIMITS.requestMaxMs)) {
      const what = `get: timeoutMs must be more than 0 and at most ${BULLETIN_LIMITS.requestMaxMs}`
      throw new GossipError('option-invalid', what)
    }
    if (this.#underWay >= BULLETIN_LIMITS.lookupsMax) {
      throw new GossipError('busy', `get: ${this.#underWay} contents are being asked for already`)
    }
    this.#underWay++
    try {
      return await this.#ask(contentId, this.#around.linked(), maxMs)
    } finally {
      this.#underWay--
    }
  }

  close (): void {
    this.#isClosed = true
  }

  #ask (
    contentId: Uint8Array, peers: Identity[], maxMs: number,
  ): Promise<BulletinParts | null> {
    const { clock } = this.#around.ports
    const endMs = clock.nowMs() + maxMs
    return new Promise((resolve, reject) => {
      let isFound = false
      const askInTurn = async (): Promise<void> => {
        for (let peer = peers.shift(); peer !== undefined; peer = peers.shift()) {
          const leftMs = endMs - clock.nowMs()
          if (isFound || leftMs <= 0) return
          const mostMs = Math.min(leftMs, BULLETIN_LIMITS.lookupPeerMaxMs)
          const found = await this.#askOne(peer, contentId, mostMs)
          if (found === null) continue
          isFound = true
          return resolve(found)
        }
      }
      const turns = Array.from({ length: BULLETIN_LIMITS.lookupPeersMax }, askInTurn)
      Promise.all(turns).then(() => { resolve(null) }, reject)
    })
  }

  /** Rejects only when the node closes. */
  async #askOne (
    peer: Identity, contentId: Uint8Array, timeoutMs: number,
  ): Promise<BulletinParts | null> {
    let batch: Uint8Array
    try {
      batch = await this.#around.requests.ask(peer, LOOKUP_KIND, contentId, timeoutMs)
    } catch {
      // The peer said no, or nothing, or too late; whoever closes learns that instead.
      if (this.#isClosed) throw closedError()
      return null
    }
    if (batch.length === 0) return null
    const found = await this.#checked(batch, contentId)
    if (found === null) {
      this.#false++
      const message = `${shortIdentity(peer)} answered get with something else ` +
        `(${this.#false} such answers so far)`
      this.#around.ports.log({ level: 'warn', area: 'bulletins', message })
    }
    return found
  }

  /** The bulletin of that content, when its author signed it. */
  async #checked (batch: Uint8Array, contentId: Uint8Array): Promise<BulletinParts | null> {
    const { suite, checker, clock } = this.#around.ports
    const parsed = decodeBatch(batch)
    if (isRefusal(parsed)) return null
    const { head } = parsed
    const items = decodeItems(parsed.items, head.count)
    if (isRefusal(items)) return null
    const isAsked = ({ content }: Item): boolean => equalBytes(suite.hash(content), contentId)
    const index = items.findIndex(isAsked)
    const item = items[index]
    if (item === undefined) return null
    if (item.timestamp * 1_000 > clock.wallMs() + BULLETIN_LIMITS.futureMaxMs) return null
    const author = identityFromHash(suite.hash(head.publicKey))
    if (await checker.check(batch, author) !== 'good') return null
    const { topic, timestamp, content } = item
    return {
      author, name: '', incarnation: head.incarnation, seq: head.first + index,
      topic: new Uint8Array(topic), timestamp, content: new Uint8Array(content), isLate: false,
    }
  }

  /** A peer asks: looking goes through all that is held, so one at a time, with rests. */
  async #serve (contentId: Uint8Array): Promise<Uint8Array> {
    if (contentId.length !== TOPIC_BYTES) throw new Error('a content id has 32 bytes')
    if (this.#waiting >= BULLETIN_LIMITS.lookupsServedMax) throw new Error('too many lookups')
    this.#waiting++
    const { clock } = this.#around.ports
    const found = this.#line.then(async () => {
      const startMs = clock.nowMs()
      try {
        return { batch: await this.#batchOf(contentId), tookMs: clock.nowMs() - startMs }
      } finally {
        this.#waiting--
      }
    })
    this.#line = found.then(({ tookMs }) => this.#rest(tookMs), () => {})
    return (await found).batch
  }

  async #batchOf (contentId: Uint8Array): Promise<Uint8Array> {
    const { bulletins } = this.#around.ports
    if (this.#isClosed) return NOTHING
    const held = await bulletins.byContentId(toHex(contentId))
    if (held === null) return NOTHING
    const key = this.#around.batchAt(held.author, held.incarnation, held.position)
    const [batch = null] = key === null ? [] : await bulletins.getBatches([key])
    return batch === null || batch.length > WIRE_LIMITS.requestBytesMax ? NOTHING : batch
  }

  #rest (tookMs: number): Promise<void> {
    const restMs = Math.min(tookMs, BULLETIN_LIMITS.lookupRestMaxMs)
    if (this.#isClosed || restMs < 1) return Promise.resolve()
    return new Promise(resolve => { this.#around.ports.clock.schedule(restMs, resolve) })
  }
}
