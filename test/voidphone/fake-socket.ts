/** A module at the other end of a socket that is none: says and answers what it is told to. */
import { EventEmitter } from 'node:events'
import { encodeMessage, isFault, parseMessage, type Message } from '../../src/voidphone/codec.js'

type Asked = Extract<Message, { kind: 'notification' }>

export class FakeSocket extends EventEmitter {
  readonly asked: Asked[] = []
  isDestroyed = false
  isPaused = false
  /** Bytes that were not read by the other end. */
  writableLength = 0
  #answered = 0

  write (bytes: Uint8Array): boolean {
    const message = parseMessage(bytes)
    if (!isFault(message) && message.kind === 'notification') this.asked.push(message)
    return true
  }

  pause (): this {
    this.isPaused = true
    return this
  }

  resume (): this {
    this.isPaused = false
    return this
  }

  destroy (): this {
    this.isDestroyed = true
    return this
  }

  say (message: Message): void {
    this.emit('data', encodeMessage(message))
  }

  /** Several in one piece. */
  pieces (...messages: Message[]): void {
    this.emit('data', Buffer.concat(messages.map(encodeMessage)))
  }

  /** To the oldest question that it has not answered. */
  answer (isValid: boolean): void {
    const id = this.asked[this.#answered++]?.id
    if (id !== undefined) this.say({ kind: 'validation', id, isValid })
  }

  /** Questions that it has not answered. */
  owed (): number {
    return this.asked.length - this.#answered
  }

  end (): void {
    this.emit('close')
  }
}
