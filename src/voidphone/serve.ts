/**
 * Ties the doors to a node: modules to its topics, judging to its validators, lists of members to
 * its addresses. Everything here could be written by any embedder.
 * Read next: `announcements.ts` for what spreads, `p2p-server.ts` for members.
 */
import { createDebugLog } from '../debug-log.js'
import { GossipError, type Bulletin, type Clock, type Log, type Node } from '../index.js'
import type { Validation } from '../index.js'
import { DIAL_LIMITS, VOIDPHONE_LIMITS } from '../limits.js'
import { createSystemClock } from '../system.js'
import { Judge, type Judgement, type VoidphoneCounts } from './announcements.js'
import { Bootstrap } from './bootstrap.js'
import { Cache } from './cache.js'
import { openDoor, type Door } from './door.js'
import { Module, Modules, type Announce } from './modules.js'
import { openP2pServer } from './p2p-server.js'
import { Prover } from './proof.js'
import { TypeTable, topicText } from './topics.js'

/** Options of `serveVoidphone`. Every field may be left out. */
export interface VoidphoneOptions {
  /** Serves modules at `host:port`. Whoever can connect there can announce. @default off */
  readonly api?: string
  /** Answers those who ask for members at `host:port`. @default off */
  readonly p2p?: string
  /** Asked for members at start and at every rejoin, `host:port`. @default nobody */
  readonly bootstrapper?: string
  /** Milliseconds in which every module asked must have answered. 10 to 5,000. @default 5000 */
  readonly validationTimeoutMs?: number
  /** Announcements kept by this node. 1 to 1,000,000. @default as any bulletin: quota and time */
  readonly cacheSize?: number
  /** Milliseconds between rejoins, jittered by a fifth. 1,000 to 86,400,000. @default 600000 */
  readonly rejoinMs?: number
}

/** What tests and embedders may put in the place of the real ones. */
export interface VoidphoneOverrides {
  readonly clock?: Pick<Clock, 'schedule' | 'cancel'>
  readonly log?: Log
  /** Bits of proofs of work, for tests: all of a network have the same. */
  readonly proofBits?: number
}

/** Doors that are open. */
export interface VoidphoneServer {
  /** `host:port` where modules are served; null: nowhere. */
  readonly api: string | null
  /** `host:port` where members are asked for; null: nowhere. */
  readonly p2p: string | null
  /** What happened so far. */
  readonly counts: Readonly<VoidphoneCounts>
  /** Closes the doors and everything that came in by them. The node goes on. */
  close (): Promise<void>
}

/**
 * Serves Voidphone over a node until `close`, or until the node ends. It takes the node's validator
 * for topics that have none of their own. Rejects with GossipError `option-invalid`,
 * `address-in-use` or `address-unavailable`; nothing is left open then.
 */
export async function serveVoidphone (
  node: Node, options: VoidphoneOptions, overrides: VoidphoneOverrides = {},
): Promise<VoidphoneServer> {
  checkOptions(options)
  const { clock = createSystemClock(), log = createDebugLog(), proofBits } = overrides
  const { api, p2p, bootstrapper, rejoinMs = DIAL_LIMITS.rejoinDefaultMs } = options
  const prover = new Prover(proofBits)
  const doors: Door[] = []
  const tell = (message: string): void => { log({ level: 'warn', area: 'voidphone', message }) }
  let bootstrap: Bootstrap | null = null
  let exchange: ModuleExchange | null = null
  const close = async (): Promise<void> => {
    exchange?.close()
    bootstrap?.close()
    await Promise.all([...doors.map(door => door.close()), prover.close()])
  }
  const open = async (opening: Promise<Door>): Promise<string> => {
    const door = await opening
    doors.push(door)
    return door.address
  }
  try {
    const types = await TypeTable.create()
    exchange = new ModuleExchange(node, types, { ...options, clock, tell })
    await exchange.start()
    const served = exchange
    const bounds = { connectionsMax: VOIDPHONE_LIMITS.modulesMax }
    const opened = {
      api: api === undefined
        ? null
        : await open(openDoor('api', api, bounds, socket => { served.connected(socket) })),
      p2p: p2p === undefined
        ? null
        : await open(openP2pServer(p2p, {
          prover, clock, port: () => node.port, peers: () => node.peers(),
        })),
    }
    if (bootstrapper !== undefined) {
      bootstrap = new Bootstrap(bootstrapper, rejoinMs, { node, prover, clock, tell })
      bootstrap.start()
    }
    void node.closed.then(close)
    return { ...opened, counts: served.counts, close }
  } catch (error) {
    await close()
    throw error
  }
}

interface ExchangeOptions extends VoidphoneOptions {
  readonly clock: Pick<Clock, 'schedule' | 'cancel'>
  readonly tell: (message: string) => void
}

/** Between modules here and the topics of the node. */
class ModuleExchange {
  readonly counts: VoidphoneCounts = {
    modules: 0, types: 0, published: 0, taken: 0, invalid: 0, unanswered: 0, unwanted: 0,
    dropped: 0, refused: 0,
  }

  readonly #node: Node
  readonly #types: TypeTable
  readonly #tell: (message: string) => void
  readonly #modules = new Modules()
  readonly #judge: Judge
  readonly #cache: Cache | null

  constructor (node: Node, types: TypeTable, options: ExchangeOptions) {
    const { cacheSize, clock, tell } = options
    const timeoutMs = options.validationTimeoutMs ?? VOIDPHONE_LIMITS.validationDefaultMs
    this.#node = node
    this.#types = types
    this.#tell = tell
    this.#judge = new Judge(this.#modules, { timeoutMs, clock })
    this.#cache = cacheSize === undefined ? null : new Cache(node, cacheSize)
  }

  async start (): Promise<void> {
    await this.#cache?.restore(this.#types)
    this.#node.validate(null, (bulletin, _, signal) => this.#validate(bulletin, signal))
  }

  connected (socket: ConstructorParameters<typeof Module>[0]): void {
    const module = new Module(socket, {
      announced: (announcer, announce) => this.#announced(announcer, announce),
      subscribed: (subscriber, type) => {
        this.#modules.subscribe(subscriber, type)
        this.#count()
      },
      dropped: () => { this.counts.dropped++ },
      ended: (gone, why) => {
        this.#modules.remove(gone)
        this.#count()
        if (why === null) return
        this.counts.refused++
        this.#tell(`a module was disconnected: ${why}`)
      },
    })
    this.#modules.add(module)
    this.#count()
  }

  close (): void {
    this.#node.validate(null, null)
    this.#modules.closeAll()
  }

  async #announced (announcer: Module, announce: Announce): Promise<void> {
    const judgement = await this.#judge.judge(announce, announcer)
    if (judgement !== 'valid') return this.#discard(judgement)
    const { type, hopsMax, data } = announce
    try {
      const { incarnation, seq } = await this.#node.publish(topicText(type), data, {
        alone: true, hopsMax,
      })
      this.counts.published++
      if (hopsMax === 0) this.#cache?.add({ author: this.#node.id, incarnation, seq })
    } catch (error) {
      this.counts.dropped++
      if (error instanceof GossipError && error.code === 'node-closed') return
      this.#tell(`an announcement was not published: ${String(error)}`)
    }
  }

  async #validate (bulletin: Bulletin, signal: AbortSignal): Promise<Validation> {
    const type = this.#types.typeOf(bulletin.topic)
    if (type === null) return 'accept'
    const judgement = await this.#judge.judge({ type, data: bulletin.content }, null, signal)
    if (judgement === 'valid') {
      this.counts.taken++
      this.#cache?.addReceived(bulletin)
      return 'accept'
    }
    this.#discard(judgement)
    return 'ignore'
  }

  #count (): void {
    this.counts.modules = this.#modules.size
    this.counts.types = this.#modules.types
  }

  #discard (judgement: Exclude<Judgement, 'valid'>): void {
    this.counts[judgement]++
  }
}

function checkOptions (options: VoidphoneOptions): void {
  const { validationMinMs, validationMaxMs, cacheMost } = VOIDPHONE_LIMITS
  const within = (name: keyof VoidphoneOptions, least: number, most: number): void => {
    const value = options[name]
    if (value === undefined) return
    const isWhole = name.endsWith('Ms') || Number.isInteger(value)
    if (typeof value === 'number' && isWhole && value >= least && value <= most) return
    const what = `option ${name} must be a number from ${least} to ${most}, not ${value}`
    throw new GossipError('option-invalid', what)
  }
  within('validationTimeoutMs', validationMinMs, validationMaxMs)
  within('cacheSize', 1, cacheMost)
  within('rejoinMs', DIAL_LIMITS.rejoinMinMs, DIAL_LIMITS.rejoinMaxMs)
}
