/**
 * The connections of modules: what each subscribed to and owes a verdict on. Whatever is wrong on
 * one closes that one alone. Verdicts of a piece that came are handled before its other messages.
 * Read next: `announcements.ts`, which asks them.
 */
import { randomInt } from 'node:crypto'
import type { Socket } from 'node:net'
import { VOIDPHONE_LIMITS } from '../limits.js'
import { encodeMessage, type Message } from './codec.js'
import { MessageReader } from './reader.js'

const IDS = 0x1_0000

/** A verdict; null: there will be none. */
export type Verdict = boolean | null
export type Announce = Extract<Message, { kind: 'announce' }>
type FromModule = 'announce' | 'notify' | 'validation'

/** What a module's socket must do. */
export type ModuleSocket = Pick<
  Socket, 'on' | 'write' | 'pause' | 'resume' | 'destroy' | 'destroyed' | 'writableLength'
>

export interface ModuleEvents {
  /** Resolves when nothing of it is under way any more; never rejects. */
  readonly announced: (module: Module, announce: Announce) => Promise<void>
  /** A type that it had not subscribed to before. */
  readonly subscribed: (module: Module, type: number) => void
  /** An announcement found no room. */
  readonly dropped: () => void
  /** Its connection ended; `why`: what it did wrong. */
  readonly ended: (module: Module, why: string | null) => void
}

export class Module {
  readonly types = new Set<number>()
  readonly #socket: ModuleSocket
  readonly #events: ModuleEvents
  readonly #reader = new MessageReader<FromModule>(['announce', 'notify', 'validation'])
  /** Verdicts it owes, by message id. */
  readonly #owed = new Map<number, (verdict: Verdict) => void>()
  /** Ids are counted on from somewhere, so that one is used again as late as can be. */
  #nextId = randomInt(IDS)
  #underWay = { count: 0, bytes: 0 }
  #isPaused = false
  #isEnded = false

  constructor (socket: ModuleSocket, events: ModuleEvents) {
    this.#socket = socket
    this.#events = events
    socket.on('data', (chunk: Uint8Array) => { this.#take(chunk) })
    socket.on('error', () => {})
    socket.on('close', () => { this.#end(null) })
  }

  get isEnded (): boolean {
    return this.#isEnded
  }

  /** Verdicts that it owes. */
  get owed (): number {
    return this.#owed.size
  }

  /** True while it is not read for what is under way of it. */
  get isPaused (): boolean {
    return this.#isPaused
  }

  /**
   * Asks for a verdict, which `judged` is told once. Returns what takes the question back, or null
   * when it cannot be asked.
   */
  ask (type: number, data: Uint8Array, judged: (verdict: Verdict) => void): (() => void) | null {
    const { moduleOutboxBytesMax, verdictsPerModuleMax } = VOIDPHONE_LIMITS
    const isFull = this.#owed.size >= verdictsPerModuleMax ||
      this.#socket.writableLength + data.length > moduleOutboxBytesMax
    if (this.#isEnded || isFull) return null
    while (this.#owed.has(this.#nextId)) this.#nextId = (this.#nextId + 1) % IDS
    const id = this.#nextId
    this.#nextId = (id + 1) % IDS
    this.#owed.set(id, judged)
    this.#socket.write(encodeMessage({ kind: 'notification', id, type, data }))
    this.#regulate()
    return () => { if (this.#owed.delete(id)) this.#regulate() }
  }

  close (): void {
    this.#socket.destroy()
    this.#end(null)
  }

  #take (chunk: Uint8Array): void {
    if (this.#isEnded) return
    const { messages, fault } = this.#reader.push(chunk)
    for (const message of messages) {
      if (message.kind === 'validation') this.#judge(message.id, message.isValid)
    }
    for (const message of messages) {
      if (message.kind === 'notify') this.#subscribe(message.type)
      else if (message.kind === 'announce') this.#announce(message)
    }
    if (fault !== null) this.#refuse(fault.why)
    else this.#regulate()
  }

  /** An id that is not owed here is nothing: it may have come too late. */
  #judge (id: number, isValid: boolean): void {
    const judged = this.#owed.get(id)
    this.#owed.delete(id)
    judged?.(isValid)
  }

  #subscribe (type: number): void {
    if (this.#isEnded || this.types.has(type)) return
    if (this.types.size >= VOIDPHONE_LIMITS.moduleTypesMax) {
      return this.#refuse(`it subscribes to more than ${VOIDPHONE_LIMITS.moduleTypesMax} types`)
    }
    this.types.add(type)
    this.#events.subscribed(this, type)
  }

  #announce (announce: Announce): void {
    if (this.#isEnded) return
    // Whoever owes a verdict is read on, and so cannot be slowed down.
    if (this.#isFull() && this.#owed.size > 0) return this.#events.dropped()
    const { length } = announce.data
    this.#underWay.count++
    this.#underWay.bytes += length
    void this.#events.announced(this, announce).then(() => {
      this.#underWay.count--
      this.#underWay.bytes -= length
      this.#regulate()
    })
  }

  #isFull (share = 1): boolean {
    const { count, bytes } = this.#underWay
    const { announcesPerModuleMax, announceBytesPerModuleMax } = VOIDPHONE_LIMITS
    return count >= share * announcesPerModuleMax || bytes >= share * announceBytesPerModuleMax
  }

  /** Reads on, or not. */
  #regulate (): void {
    if (this.#isEnded) return
    const isPaused = this.#owed.size === 0 && this.#isFull(this.#isPaused ? 0.5 : 1)
    if (isPaused === this.#isPaused) return
    this.#isPaused = isPaused
    if (isPaused) this.#socket.pause()
    else this.#socket.resume()
  }

  #refuse (why: string): void {
    this.#socket.destroy()
    this.#end(why)
  }

  #end (why: string | null): void {
    if (this.#isEnded) return
    this.#isEnded = true
    const owed = [...this.#owed.values()]
    this.#owed.clear()
    this.#events.ended(this, why)
    for (const judged of owed) judged(null)
  }
}

/** All modules, by what they subscribed to. */
export class Modules {
  readonly #byType = new Map<number, Set<Module>>()
  readonly #all = new Set<Module>()

  get size (): number {
    return this.#all.size
  }

  /** Types that somebody subscribed to. */
  get types (): number {
    return this.#byType.size
  }

  add (module: Module): void {
    this.#all.add(module)
  }

  subscribe (module: Module, type: number): void {
    const modules = this.#byType.get(type) ?? new Set()
    this.#byType.set(type, modules.add(module))
  }

  remove (module: Module): void {
    this.#all.delete(module)
    for (const type of module.types) {
      const modules = this.#byType.get(type)
      modules?.delete(module)
      if (modules?.size === 0) this.#byType.delete(type)
    }
  }

  /** Whoever subscribed to a type. */
  of (type: number): readonly Module[] {
    return [...this.#byType.get(type) ?? []]
  }

  closeAll (): void {
    for (const module of [...this.#all]) module.close()
  }
}
