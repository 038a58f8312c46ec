/**
 * Calls of `publish` from the moment of asking until their answer: their work is done, the core
 * gives them a position, in the order in which they asked, and whoever waits learns who stored
 * them. Read next: `core/bulletins/publisher.ts`.
 */
import type { Effect } from '../core/effect.js'
import type { Event, PublicationId } from '../core/event.js'
import { Pending } from '../core/pending.js'
import { GossipError, type ErrorCode } from '../errors.js'
import { BULLETIN_LIMITS } from '../limits.js'
import { MintError, type Minter } from '../ports.js'
import { headerOf, type Item } from '../wire/bulletin.js'
import { Slab } from '../wire/bytes.js'
import { toHex } from '../wire/hex.js'
import type { Identity } from '../wire/identity.js'

/** Options of `publish`. */
export interface PublishOptions {
  /** In a batch of its own: a validator's verdict on it concerns nothing else. @default false */
  readonly alone?: boolean
  /** Leading zero bits of hashcash, when more than the node's difficulty; up to 28. */
  readonly bits?: number
  /**
   * Links it may pass, 1 to 255; 0 for no limit. With a limit it is kept by nobody: it reaches
   * those who are linked now, and `wait` counts those who have taken it. @default 0
   */
  readonly hopsMax?: number
  /**
   * Resolve when so many linked members have stored it, or `all` that are linked by then and carry.
   * @default 0 (as soon as it has left)
   */
  readonly wait?: number | 'all'
  /** How long `wait` waits, ms. @default 10000 */
  readonly timeoutMs?: number
  /** Ends the work and the waiting; what has left stays. */
  readonly signal?: AbortSignal
  /** Told about five times a second how many nonces were tried. */
  readonly progress?: (tries: number) => void
}

/** Where a bulletin is in its log, and to how many links it was handed. */
interface Left {
  readonly seq: number
  readonly incarnation: number
  readonly linked: number
}

/** A bulletin that left. */
export class Published {
  /** Position in this run's log, from 1. */
  readonly seq: number
  /** The run of this node: with `seq` the bulletin's place in the world. */
  readonly incarnation: number
  /** Links it was handed to. */
  readonly linked: number
  /** Linked members that said they stored it or never will, as far as `wait` waited. */
  readonly storedBy: readonly Identity[]
  readonly #content: Uint8Array
  readonly #hash: (bytes: Uint8Array) => Uint8Array

  /** Made by the node. */
  constructor (
    { seq, incarnation, linked }: Left, storedBy: readonly Identity[],
    content: Uint8Array, hash: (bytes: Uint8Array) => Uint8Array,
  ) {
    this.seq = seq
    this.incarnation = incarnation
    this.linked = linked
    this.storedBy = storedBy
    this.#content = content
    this.#hash = hash
  }

  /** SHA-256 of the content, 64 hex digits: made when it is asked for. */
  get contentId (): string {
    return toHex(this.#hash(this.#content))
  }
}

interface Waiting {
  readonly content: Uint8Array
  readonly options: PublishOptions
  readonly resolve: (published: Published) => void
  readonly reject: (error: GossipError) => void
}

/** One that left and waits for receipts. */
interface Awaited extends Waiting, Left {
  /** Nothing more wakes it. */
  readonly end: () => void
}

interface Surroundings {
  readonly hash: (bytes: Uint8Array) => Uint8Array
  readonly wallMs: () => number
  readonly me: Identity
  readonly minter: Minter
  readonly post: (event: Event) => void
  readonly schedule: (delayMs: number, callback: () => void) => unknown
  readonly cancel: (handle: unknown) => void
  /** Linked members that carry. */
  readonly carriers: () => readonly Identity[]
}

/** Default of `timeoutMs`. */
const WAIT_DEFAULT_MS = 10_000

const FAILURES: Record<Extract<Effect, { kind: 'publish-failed' }>['code'], [ErrorCode, string]> = {
  'busy': ['busy', 'too many bulletins wait to be published: await each call of publish'],
  'clock-skew': [
    'clock-skew',
    'this machine\'s clock is too far from those of its peers to publish: set it right',
  ],
  'closed': ['node-closed', 'the node is closed'],
  'log-full': [
    'log-full',
    'this run has published all that the log of one run may have: restart the node',
  ],
  'store-failed': ['store-failed', 'the bulletin cannot be stored: make room on the disk'],
}

export class Publications {
  readonly #around: Surroundings
  readonly #waiting = new Pending<Waiting>()
  readonly #awaited = new Set<Awaited>()
  /** Up to where each linked carrier has stored this run's log. */
  readonly #receipts = new Map<Identity, number>()
  readonly #slab = new Slab()
  #nextId = 1
  /** Timestamps of one log never go back, so that it can be read in the order of time too. */
  #lastTimestamp = 0
  /** Calls that are worked for or wait behind such; when the last of them has asked the core. */
  #inLine = 0
  #line: Promise<void> | null = null
  /** Contents of all calls whose bulletins have not left. */
  #waitingBytes = 0
  #isClosed = false

  constructor (around: Surroundings) {
    this.#around = around
  }

  /** `topic`: 32 bytes. `content` is copied. */
  publish (
    topic: Uint8Array, content: Uint8Array, options: PublishOptions,
  ): Promise<Published> {
    if (options.signal?.aborted === true) return Promise.reject(workError(options.signal.reason))
    const { publishBytesWaitingMax, publishesWaitingMax } = BULLETIN_LIMITS
    if (this.#waitingBytes + content.length > publishBytesWaitingMax) {
      const what = `${this.#waitingBytes} bytes wait to be published, ` +
        `${publishBytesWaitingMax} may: await each call of publish`
      return Promise.reject(new GossipError('busy', what))
    }
    if (this.#inLine >= publishesWaitingMax) {
      return Promise.reject(new GossipError(...FAILURES.busy))
    }
    const { hash, wallMs, minter } = this.#around
    this.#lastTimestamp = Math.max(this.#lastTimestamp, Math.floor(wallMs() / 1_000))
    const item = {
      topic, timestamp: this.#lastTimestamp, nonce: 0, content: this.#slab.copy(content),
    }
    this.#waitingBytes += content.length
    const most = Math.max(options.bits ?? 0, minter.bits)
    // Nothing is waited for where no work is asked: a promise more for each would be felt.
    if (most === 0 && this.#line === null) return this.#ask(item, options)
    const work = most === 0
      ? Promise.resolve(item)
      : this.#minted(item, hash(item.content), most, options)
    return this.#askInTurn(work, item, options)
  }

  /** Whoever is done first waits for those that asked before: their timestamps are older. */
  #askInTurn (
    work: Promise<Item>, { content }: Item, options: PublishOptions,
  ): Promise<Published> {
    const earlier = this.#line
    const asking = (async () => {
      try {
        const item = await work
        await untilSettled(earlier, options.signal)
        // Within an object: the next one waits until this has asked, not until it has left.
        return { published: this.#ask(item, options) }
      } catch (error) {
        this.#waitingBytes -= content.length
        throw error
      }
    })()
    this.#inLine++
    const line = Promise.allSettled([earlier, asking]).then(() => {
      this.#inLine--
      if (this.#line === line) this.#line = null
    })
    this.#line = line
    return asking.then(({ published }) => published)
  }

  #ask (item: Item, options: PublishOptions): Promise<Published> {
    if (this.#isClosed) return Promise.reject(new GossipError(...FAILURES.closed))
    const publication = this.#nextId++ as PublicationId
    const { alone = false, hopsMax = 0 } = options
    return new Promise((resolve, reject) => {
      this.#waiting.set(publication, { content: item.content, options, resolve, reject })
      this.#around.post({ kind: 'publish-asked', publication, item, alone, hopsMax })
    })
  }

  onPublished (effect: Extract<Effect, { kind: 'published' }>): void {
    const waiting = this.#take(effect.publication)
    if (waiting === null) return
    const { position: seq, incarnation, linked } = effect
    const left = { seq, incarnation, linked }
    const { content, options, resolve } = waiting
    if (options.wait === undefined || options.wait === 0) {
      return resolve(this.#result(content, left, []))
    }
    const { timeoutMs = WAIT_DEFAULT_MS } = options
    const giveUp = (): void => { this.#giveUp(awaited) }
    const timer = this.#around.schedule(timeoutMs, giveUp)
    const { signal } = options
    const end = (): void => {
      this.#around.cancel(timer)
      signal?.removeEventListener('abort', giveUp)
    }
    const awaited: Awaited = { ...waiting, ...left, end }
    this.#awaited.add(awaited)
    if (signal?.aborted === true) return giveUp()
    signal?.addEventListener('abort', giveUp, { once: true })
    this.#settle(awaited)
  }

  onFailed ({ publication, code }: Extract<Effect, { kind: 'publish-failed' }>): void {
    this.#take(publication)?.reject(new GossipError(...FAILURES[code]))
  }

  onReceipt ({ peer, position, carries }: Extract<Effect, { kind: 'receipt' }>): void {
    if (!carries) return
    this.#receipts.set(peer, position)
    for (const awaited of [...this.#awaited]) this.#settle(awaited)
  }

  /** A member is linked no more, or anew: what it said before does not count. */
  onLinkChange (peer: Identity): void {
    this.#receipts.delete(peer)
    for (const awaited of [...this.#awaited]) this.#settle(awaited)
  }

  close (): void {
    this.#isClosed = true
    const error = new GossipError(...FAILURES.closed)
    for (const { reject } of [...this.#waiting.takeAll(), ...this.#awaited]) reject(error)
    for (const { end } of this.#awaited) end()
    this.#awaited.clear()
  }

  /** Its bulletin has left, or never will. */
  #take (publication: PublicationId): Waiting | null {
    const waiting = this.#waiting.take(publication)
    if (waiting === undefined) return null
    this.#waitingBytes -= waiting.content.length
    return waiting
  }

  async #minted (
    item: Item, contentId: Uint8Array, bits: number, { signal, progress }: PublishOptions,
  ): Promise<Item> {
    const { me, minter } = this.#around
    const header = headerOf(item, contentId)
    const ends = signal ?? new AbortController().signal
    try {
      return { ...item, nonce: await minter.mint(header, me, bits, ends, progress) }
    } catch (error) {
      throw workError(error)
    }
  }

  /** Resolves it when enough have stored it. */
  #settle (awaited: Awaited): void {
    const { options: { wait = 0 }, content, resolve, end } = awaited
    const storedBy = this.#storedBy(awaited.seq)
    const carriers = this.#around.carriers()
    const isDone = wait === 'all'
      ? carriers.length > 0 && storedBy.length === carriers.length
      : storedBy.length >= wait
    if (!isDone || !this.#awaited.delete(awaited)) return
    end()
    resolve(this.#result(content, awaited, storedBy))
  }

  #result (content: Uint8Array, left: Left, storedBy: readonly Identity[]): Published {
    return new Published(left, storedBy, content, this.#around.hash)
  }

  #storedBy (seq: number): Identity[] {
    return this.#around.carriers().filter(peer => (this.#receipts.get(peer) ?? 0) >= seq)
  }

  #giveUp (awaited: Awaited): void {
    if (!this.#awaited.delete(awaited)) return
    awaited.end()
    const { seq, options: { wait = 0 } } = awaited
    const storedBy = this.#storedBy(seq).length
    const what = `bulletin ${seq} was stored by ${storedBy} of ${wait} members in time; ` +
      'it has left and may still arrive'
    awaited.reject(new GossipError('not-stored', what))
  }
}

/** Rejects when `signal` aborts before. */
async function untilSettled (
  earlier: Promise<void> | null, signal: AbortSignal | undefined,
): Promise<void> {
  if (signal?.aborted === true) throw workError(signal.reason)
  if (earlier === null || signal === undefined) return earlier ?? undefined
  let abort = (): void => {}
  const aborted = new Promise<never>((_, reject) => {
    abort = () => { reject(workError(signal.reason)) }
  })
  signal.addEventListener('abort', abort, { once: true })
  try {
    await Promise.race([earlier, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

function workError (error: unknown): GossipError {
  if (error instanceof MintError) {
    if (error.code === 'busy') return new GossipError('busy', error.message, error)
    if (error.code === 'closed') return new GossipError('node-closed', 'the node is closed', error)
  }
  const why = error instanceof Error ? error.message : String(error)
  return new GossipError('work-failed', `the work for the bulletin was not done: ${why}`, error)
}

/** Throws GossipError `option-invalid`. */
export function checkPublish (
  content: Uint8Array, contentBytesMax: number,
  { bits = 0, hopsMax = 0, wait = 0, timeoutMs = 1 }: PublishOptions,
): void {
  const invalid = (what: string): GossipError => new GossipError('option-invalid', what)
  if (!(content instanceof Uint8Array)) throw invalid('publish: the content must be bytes or text')
  if (content.length > contentBytesMax) {
    const what = `publish: the content has ${content.length} bytes, ${contentBytesMax} are allowed`
    throw invalid(`${what}; raise maxContent, here and at every member that shall take it`)
  }
  if (!Number.isInteger(bits) || bits < 0 || bits > BULLETIN_LIMITS.difficultyMax) {
    throw invalid(`publish: bits must be a whole number from 0 to ${BULLETIN_LIMITS.difficultyMax}`)
  }
  if (!Number.isInteger(hopsMax) || hopsMax < 0 || hopsMax > 255) {
    throw invalid('publish: hopsMax must be a whole number from 0 to 255')
  }
  if (wait !== 'all' && (!Number.isInteger(wait) || wait < 0)) {
    throw invalid('publish: wait must be a whole number or all')
  }
  if (!(timeoutMs > 0 && timeoutMs <= BULLETIN_LIMITS.retainMaxMs)) {
    throw invalid('publish: timeoutMs must be more than 0')
  }
}
