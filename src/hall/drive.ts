/**
 * What makes a node go on: facts wait here until it is their turn. A node drives itself, as fast as
 * the event loop lets it; or it is driven by hand, one step at a time, with four queues that can be
 * looked at (the queue model of the second seed). One timer. Nothing is decided here.
 * Read next: `node.ts`, which is driven, `link-hall.ts` for what outbound and inbound mean.
 */
import type { Effect } from '../core/effect.js'
import type { Event } from '../core/event.js'
import { GossipError } from '../errors.js'
import { HALLWAY_LIMITS } from '../limits.js'
import type { Clock } from '../ports.js'

/** What waits in a node: how many of each kind. */
export interface Waiting {
  /** What this node says to its links: frames, and the end of a link. */
  readonly outbound: number
  /** What links brought, in their order: that they opened, frames, that they ended. */
  readonly inbound: number
  /** Everything else that happened: the timer, answers of slow asks, calls of this library. */
  readonly actions: number
  /** Bulletins, and gaps, for the subscribers here. */
  readonly bulletins: number
}

/** The hallway as it is driven. */
export interface Hallway {
  /** The wall clock and the interfaces may have changed unasked. */
  lookOutside (nowMs: number): void
  /** Asks the core and hands each effect to the drive, in order. */
  handle (event: Event, nowMs: number): void
  perform (effect: Effect): void
  /** What was sent leaves. */
  flush (): void
  /** Bulletins handed out before still wait for some link. */
  isBusy (): boolean
  /** When the core wants a tick, or Infinity. */
  wakeAtMs (): number
}

export interface Drive {
  /** Facts wait; nothing is done inside a callback of an adapter. */
  post (event: Event): void
  /** An effect of the core, when `handle` has it: now, or when it is its turn. */
  perform (effect: Effect): void
  /** At most one waiting item of each kind; how many those were. Throws GossipError. */
  step (): number
  waiting (): Waiting
  /** From now on the node drives itself. */
  letGo (): void
  /** Nothing is handled any more. */
  end (): void
}

/** Drains its inbox whenever something is posted, and breathes between long drains. */
export class SelfDrive implements Drive {
  readonly #hallway: Hallway
  readonly #clock: Clock
  readonly #alarm: Alarm
  readonly #inbox: Event[] = []
  #isDraining = false
  #isEnded = false

  constructor (hallway: Hallway, clock: Clock) {
    this.#hallway = hallway
    this.#clock = clock
    this.#alarm = new Alarm(clock, atMs => {
      this.post({ kind: 'tick', lateMs: Math.max(0, clock.nowMs() - atMs) })
    })
  }

  post (event: Event): void {
    if (this.#isEnded) return
    this.#inbox.push(event)
    if (this.#isDraining) return
    this.#isDraining = true
    // Once the sockets that have something were read: one drain for all, one write to each link.
    this.#clock.breathe(() => { this.#drain() })
  }

  perform (effect: Effect): void {
    this.#hallway.perform(effect)
  }

  step (): number {
    const what = 'step: this node drives itself; create it with drive: \'manual\''
    throw new GossipError('option-invalid', what)
  }

  waiting (): Waiting {
    const inbound = this.#inbox.filter(isOfLinks).length
    return { outbound: 0, inbound, actions: this.#inbox.length - inbound, bulletins: 0 }
  }

  letGo (): void {}

  end (): void {
    this.#isEnded = true
    this.#alarm.set(Infinity, 0)
  }

  #drain (): void {
    const startMs = this.#clock.nowMs()
    this.#hallway.lookOutside(startMs)
    let nowMs = startMs
    let handled = 0
    while (handled < this.#inbox.length && handled < HALLWAY_LIMITS.drainEventsMax) {
      const event = this.#inbox[handled++]
      if (event !== undefined) this.#hallway.handle(event, nowMs)
      nowMs = this.#clock.nowMs()
      if (nowMs - startMs >= HALLWAY_LIMITS.drainMaxMs) break
    }
    this.#inbox.splice(0, handled)
    if (this.#isEnded) return
    if (this.#inbox.length > 0) {
      this.#hallway.flush()
      this.#clock.breathe(() => { this.#drain() })
      return
    }
    this.#hallway.handle({ kind: 'drained', isBusy: this.#hallway.isBusy() }, nowMs)
    this.#hallway.flush()
    this.#isDraining = false
    if (!this.#isEnded) this.#alarm.set(this.#hallway.wakeAtMs(), this.#clock.nowMs())
  }
}

/**
 * Nothing happens without `step`. A node driven by hand has a time of its own, of which at most
 * 50 ms pass with each step, however long nobody made one: its links do not die of slow typing, as
 * far as it is concerned.
 */
export class HandDrive implements Drive {
  readonly #hallway: Hallway
  readonly #clock: Clock
  readonly #alarm: Alarm
  readonly #outbound: Effect[] = []
  readonly #inbound: Event[] = []
  readonly #actions: Event[] = []
  readonly #bulletins: Effect[] = []
  /** Real time less this is the node's. */
  #heldMs = 0
  #steppedMs: number
  /** When the tick that waits was due; null when none waits. */
  #tickMs: number | null = null
  #hasStarted = false
  #isStepping = false
  #isEnded = false
  /** Whoever drives since it was let go. */
  #free: SelfDrive | null = null

  constructor (hallway: Hallway, clock: Clock) {
    this.#hallway = hallway
    this.#clock = clock
    this.#steppedMs = clock.nowMs()
    this.#alarm = new Alarm(clock, atMs => {
      this.#tickMs = atMs
      this.#actions.push({ kind: 'tick', lateMs: 0 })
    })
  }

  post (event: Event): void {
    if (this.#isEnded) return
    if (this.#free !== null) return this.#free.post(event)
    if (isOfLinks(event)) this.#inbound.push(event)
    else this.#actions.push(event)
  }

  /** What goes to links and to subscribers waits; all else is done at once. */
  perform (effect: Effect): void {
    if (this.#free !== null) return this.#hallway.perform(effect)
    const { kind } = effect
    // The end of a link waits behind what is said on it before.
    if (kind === 'send' || kind === 'close' || kind === 'left') this.#outbound.push(effect)
    else if (kind === 'deliver' || kind === 'gap') this.#bulletins.push(effect)
    else this.#hallway.perform(effect)
  }

  step (): number {
    if (this.#free !== null || this.#isEnded || this.#isStepping) return 0
    this.#isStepping = true
    try {
      return this.#step()
    } finally {
      this.#isStepping = false
    }
  }

  waiting (): Waiting {
    if (this.#free !== null) return this.#free.waiting()
    return {
      outbound: this.#outbound.length,
      inbound: this.#inbound.length,
      actions: this.#actions.length,
      bulletins: this.#bulletins.length,
    }
  }

  letGo (): void {
    if (this.#free !== null || this.#isEnded) return
    this.#passTime()
    this.#alarm.set(Infinity, 0)
    const clock = this.#clock
    this.#free = new SelfDrive(this.#hallway, {
      nowMs: () => clock.nowMs() - this.#heldMs,
      wallMs: () => clock.wallMs(),
      schedule: (delayMs, callback) => clock.schedule(delayMs, callback),
      cancel: handle => { clock.cancel(handle) },
      breathe: callback => { clock.breathe(callback) },
    })
    for (const effect of [...this.#outbound, ...this.#bulletins]) this.#hallway.perform(effect)
    this.#hallway.flush()
    // Those that wait for the start among the actions come after it.
    for (const event of [...this.#actions, ...this.#inbound]) this.#free.post(event)
    for (const queue of [this.#outbound, this.#bulletins, this.#actions, this.#inbound]) {
      queue.length = 0
    }
  }

  end (): void {
    this.#isEnded = true
    this.#alarm.set(Infinity, 0)
    this.#free?.end()
  }

  /** Sender, message handler, action handler, bulletin handler: the order of the second seed. */
  #step (): number {
    const nowMs = this.#passTime()
    this.#hallway.lookOutside(nowMs)
    const sent = this.#give(this.#outbound.shift())
    this.#hallway.flush()
    // A link may open before the first step, but nothing of it counts before the node has begun.
    const received = this.#hasStarted ? this.#handle(this.#inbound.shift(), nowMs) : 0
    const acted = this.#handle(this.#actions.shift(), nowMs)
    const isEmpty = this.#inbound.length + this.#actions.length === 0
    if (received + acted > 0 && isEmpty && !this.#isEnded) {
      this.#hallway.handle({ kind: 'drained', isBusy: this.#hallway.isBusy() }, nowMs)
    }
    const delivered = this.#give(this.#bulletins.shift())
    if (this.#tickMs === null && !this.#isEnded) this.#alarm.set(this.#hallway.wakeAtMs(), nowMs)
    return sent + received + acted + delivered
  }

  #give (effect: Effect | undefined): number {
    if (effect === undefined || this.#isEnded) return 0
    this.#hallway.perform(effect)
    return 1
  }

  #handle (event: Event | undefined, nowMs: number): number {
    if (event === undefined || this.#isEnded) return 0
    if (event.kind === 'started') this.#hasStarted = true
    this.#hallway.handle(event.kind === 'tick' ? this.#tick(nowMs) : event, nowMs)
    return 1
  }

  #tick (nowMs: number): Event {
    const dueMs = this.#tickMs ?? nowMs
    this.#tickMs = null
    return { kind: 'tick', lateMs: Math.max(0, nowMs - dueMs) }
  }

  /** The node's time now. */
  #passTime (): number {
    const realMs = this.#clock.nowMs()
    this.#heldMs += Math.max(0, realMs - this.#steppedMs - HALLWAY_LIMITS.stepMaxMs)
    this.#steppedMs = realMs
    return realMs - this.#heldMs
  }
}

/** The one timer, for whatever the core waits for first. */
class Alarm {
  readonly #clock: Clock
  readonly #ring: (atMs: number) => void
  #timer: { readonly handle: unknown, readonly atMs: number } | null = null

  /** `ring` is told when it was due. */
  constructor (clock: Clock, ring: (atMs: number) => void) {
    this.#clock = clock
    this.#ring = ring
  }

  /** Infinity for never. */
  set (atMs: number, nowMs: number): void {
    if (this.#timer?.atMs === atMs) return
    if (this.#timer !== null) this.#clock.cancel(this.#timer.handle)
    this.#timer = null
    if (atMs === Infinity) return
    const handle = this.#clock.schedule(Math.max(0, atMs - nowMs), () => {
      this.#timer = null
      this.#ring(atMs)
    })
    this.#timer = { handle, atMs }
  }
}

/** They stay in their order: a frame before its link is known, or after its end, is lost. */
function isOfLinks ({ kind }: Event): boolean {
  return kind === 'frame-received' || kind === 'frame-refused' || kind === 'bytes-received' ||
    kind === 'link-opened' || kind === 'link-closed'
}
