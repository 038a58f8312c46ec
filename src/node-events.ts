/**
 * What a node tells its listeners, how they listen, and the ports they may replace.
 * Read next: `node.ts`.
 */
import { EventEmitter } from 'node:events'
import type {
  LinkDown, LinkUp, Listening, MessageReceived, Notice, PingReceived, Warning,
} from './core/notice.js'
import type { Ports } from './ports.js'

/** A notice as it is emitted: with `at`, ISO 8601. */
export type At<N extends Notice> = { readonly at: string } & N

/** Ports an embedder or a test may put in the place of the real ones. */
export type PortOverrides = Partial<
  Pick<Ports, 'clock' | 'entropy' | 'transport' | 'store' | 'bulletins' | 'log' | 'addresses'>
>

/** Events of a node: `node.on('ping', ping => …)`. `notice` gets every one of them. */
export interface NodeEvents {
  'listening': [At<Listening>]
  'link-up': [At<LinkUp>]
  'link-down': [At<LinkDown>]
  'ping': [At<PingReceived>]
  'message': [At<MessageReceived>]
  'warning': [At<Warning>]
  'notice': [At<Notice>]
}

/** The part of a node that is listened to. */
export class Announcer {
  protected readonly emitter = new EventEmitter<NodeEvents>()

  on<K extends keyof NodeEvents> (event: K, listener: (...args: NodeEvents[K]) => void): this {
    this.emitter.on(event, listener as never)
    return this
  }

  once<K extends keyof NodeEvents> (event: K, listener: (...args: NodeEvents[K]) => void): this {
    this.emitter.once(event, listener as never)
    return this
  }

  off<K extends keyof NodeEvents> (event: K, listener: (...args: NodeEvents[K]) => void): this {
    this.emitter.off(event, listener as never)
    return this
  }
}
