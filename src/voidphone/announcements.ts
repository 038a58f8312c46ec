/**
 * What spreads. Data of a type count here only while a module is subscribed to it, and only when
 * all who are asked call them valid: the first `invalid` discards, so does silence.
 * Read next: `modules.ts`, who is asked, and `serve.ts`, which ties this to the node.
 */
import type { Clock } from '../index.js'
import type { Announce, Module, Modules, Verdict } from './modules.js'
import { DATA_BYTES_MAX } from './codec.js'

/**
 * What came of data: all say valid; one says invalid; not all answered in time, or there is too
 * much for a notification; nobody here subscribed to its type.
 */
export type Judgement = 'valid' | 'invalid' | 'unanswered' | 'unwanted'

/** What happened since the doors were opened. */
export interface VoidphoneCounts {
  /** Modules that are connected. */
  modules: number
  /** Data types that some module here is subscribed to. */
  types: number
  /** Announcements of modules here that were published. */
  published: number
  /** Announcements of others that were taken. */
  taken: number
  /** Discarded, of either: a module called them invalid. */
  invalid: number
  /** No verdict in time. */
  unanswered: number
  /** Nobody here subscribed to their type. */
  unwanted: number
  /** Announced faster than they can be dealt with, or not published for an error of the node. */
  dropped: number
  /** Connections of modules closed for what they sent. */
  refused: number
}

export interface JudgeOptions {
  readonly timeoutMs: number
  readonly clock: Pick<Clock, 'schedule' | 'cancel'>
}

export class Judge {
  readonly #modules: Modules
  readonly #options: JudgeOptions

  constructor (modules: Modules, options: JudgeOptions) {
    this.#modules = modules
    this.#options = options
  }

  /** Asks whoever subscribed to the type but the announcer; `signal` ends the asking. */
  judge (
    { type, data }: Pick<Announce, 'type' | 'data'>, announcer: Module | null,
    signal?: AbortSignal,
  ): Promise<Judgement> {
    const subscribed = this.#modules.of(type)
    if (subscribed.length === 0) return Promise.resolve('unwanted')
    const asked = subscribed.filter(module => module !== announcer)
    // The announcer itself subscribed and there is nobody else to ask.
    if (asked.length === 0) return Promise.resolve('valid')
    if (data.length > DATA_BYTES_MAX) return Promise.resolve('unanswered')
    return this.#ask(asked, { type, data }, signal)
  }

  #ask (
    asked: readonly Module[], { type, data }: Pick<Announce, 'type' | 'data'>,
    signal?: AbortSignal,
  ): Promise<Judgement> {
    const { clock, timeoutMs } = this.#options
    return new Promise(resolve => {
      const takeBacks: (() => void)[] = []
      let open = asked.length
      let isValid = false
      const timer = clock.schedule(timeoutMs, () => { settle('unanswered') })
      const ended = (): void => { settle('unanswered') }
      signal?.addEventListener('abort', ended, { once: true })
      const settle = (judgement: Judgement): void => {
        clock.cancel(timer)
        signal?.removeEventListener('abort', ended)
        for (const takeBack of takeBacks.splice(0)) takeBack()
        resolve(judgement)
      }
      // Of a module that died the verdict is no longer waited for; somebody must say valid.
      const judged = (verdict: Verdict): void => {
        open--
        if (verdict === true) isValid = true
        if (verdict === false) settle('invalid')
        else if (open === 0) settle(isValid ? 'valid' : 'unanswered')
      }
      for (const module of asked) {
        const takeBack = module.ask(type, data, judged)
        if (takeBack === null) return settle('unanswered')
        takeBacks.push(takeBack)
      }
    })
  }
}
