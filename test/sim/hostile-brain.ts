/**
 * What hostile members have in common: a real core greets and beats for them, and now and then, as
 * drawn from the seed, they attack on the links that are ready.
 * Read next: `hostile.ts` and `hostile-author.ts` for what they say.
 */
import type { BatchKey } from '../../src/core/bulletins/vocabulary.js'
import type { Core } from '../../src/core/core.js'
import type { Effect } from '../../src/core/effect.js'
import type { Event, LinkId } from '../../src/core/event.js'
import type { PeerView } from '../../src/core/notice.js'
import type { Random } from '../../src/core/random.js'
import type { Frame } from '../../src/wire/frame.js'
import type { Brain } from './sim-node.js'

export type Say = (link: LinkId, bytes: Uint8Array) => void

/** `Kind`: names of its attacks. */
export interface BrainOptions<Kind> {
  readonly attacks: readonly Kind[]
  /** Between two attacks on average. */
  readonly everyMs: number
  /** Told of every attack. */
  attacked (attack: Kind): void
}

export abstract class HostileBrain<Kind, Options extends BrainOptions<Kind>> implements Brain {
  protected readonly say: Say
  protected readonly random: Random
  protected readonly options: Options
  /** Links that it beats on: the ready ones. */
  protected readonly links = new Set<LinkId>()
  protected nowMs = 0
  readonly #core: Core
  #attackMs = Infinity

  constructor (core: Core, say: Say, random: Random, options: Options) {
    this.#core = core
    this.say = say
    this.random = random
    this.options = options
  }

  handle (event: Event, nowMs: number): Effect[] {
    this.nowMs = nowMs
    if (event.kind === 'started') this.#attackMs = nowMs + this.#waitMs()
    if (event.kind === 'link-closed') this.links.delete(event.link)
    if (event.kind === 'frame-received') this.keep(event.frame)
    const isOwnTick = event.kind === 'tick' && this.#core.wakeAtMs() > nowMs
    const effects = isOwnTick ? [] : this.#core.handle(event, nowMs)
    for (const effect of effects) this.note(effect)
    if (nowMs >= this.#attackMs) {
      this.#attackMs = nowMs + this.#waitMs()
      this.#attack()
    }
    return effects
  }

  wakeAtMs (): number {
    return Math.min(this.#core.wakeAtMs(), this.#attackMs)
  }

  peers (): PeerView[] {
    return this.#core.peers()
  }

  sizes (): Readonly<Record<string, number>> {
    return this.#core.sizes()
  }

  heldBatches (): Iterable<BatchKey> {
    return this.#core.heldBatches()
  }

  /** What others say may be of use. */
  protected abstract keep (frame: Frame): void

  /** Says what no honest member says; some link is ready. */
  protected abstract attack (attack: Kind): void

  /** What the core within does. */
  protected note (effect: Effect): void {
    if (effect.kind === 'close') this.links.delete(effect.link)
    if (effect.kind !== 'send' || effect.frame.type !== 'heartbeat') return
    for (const link of effect.links) this.links.add(link)
  }

  #waitMs (): number {
    return this.options.everyMs * 2 * this.random.fraction()
  }

  #attack (): void {
    const attack = this.random.pick(this.options.attacks)
    if (attack === undefined || this.links.size === 0) return
    this.options.attacked(attack)
    this.attack(attack)
  }
}
