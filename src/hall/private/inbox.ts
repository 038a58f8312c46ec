/**
 * The inbox of this node: its delivery codes, the present one and former ones, drawn at random and
 * kept with a data directory, else for the run. Contacts are heard at former ones for a while, so
 * that nobody is lost who was away when the code was changed.
 * Read next: `wire/inbox.ts`, which makes topics of codes; `mail.ts`, which reads what comes.
 */
import { PRIVATE_LIMITS } from '../../limits.js'
import type { OwnCode, Ports } from '../../ports.js'
import { toHex } from '../../wire/hex.js'
import { DELIVERY_CODE_BYTES, inboxTopic, type DatedCode } from '../../wire/inbox.js'

type Around = Pick<Ports, 'clock' | 'entropy' | 'identity' | 'store' | 'suite'>

/** A topic that is read. */
export interface InboxTopic {
  /** 32 bytes. */
  readonly id: Uint8Array
  /** 64 hex digits. */
  readonly name: string
}

export class Inbox {
  readonly #around: Around
  /** The present one first, then the former ones, newest first. */
  #codes: readonly OwnCode[] = []
  #topic = ''

  constructor (around: Around) {
    this.#around = around
  }

  /** Of the present code, 64 hex digits; empty before `open`. */
  get topic (): string {
    return this.#topic
  }

  /** What others are told. */
  get code (): DatedCode {
    const [present = NONE] = this.#codes
    return { code: present.code, drawnMs: present.drawnMs }
  }

  /** `kept`: codes of earlier runs. What is written, or undefined for nothing. */
  open (kept: readonly OwnCode[]): Promise<void> | undefined {
    this.#take(kept.length === 0 ? [this.#draw()] : kept)
    return kept.length === 0 ? this.#around.store?.putDeliveryCodes(this.#codes) : undefined
  }

  /** Draws another code; the present one becomes a former one. Rejects when it cannot be kept. */
  async change (): Promise<void> {
    const codes = this.#kept([this.#draw(), ...this.#codes.map(one => this.#left(one))])
    await this.#around.store?.putDeliveryCodes(codes)
    this.#take(codes)
  }

  /** Those that are read, the present one first. */
  topics (): InboxTopic[] {
    return this.#kept(this.#codes).map(({ code }) => this.#topicOf(code))
  }

  /** Whether the topic is that of a former code, or of none at all any more. */
  standingOf (name: string): 'present' | 'former' | 'gone' {
    if (name === this.#topic) return 'present'
    return this.topics().some(topic => topic.name === name) ? 'former' : 'gone'
  }

  #take (codes: readonly OwnCode[]): void {
    this.#codes = codes
    this.#topic = this.#topicOf(this.code.code).name
  }

  /** Later than the one before, whatever the clock says. */
  #draw (): OwnCode {
    const { clock, entropy } = this.#around
    const latestMs = this.#codes[0]?.drawnMs ?? -1
    const drawnMs = Math.max(Math.floor(clock.wallMs()), latestMs + 1)
    return { code: entropy.bytes(DELIVERY_CODE_BYTES), drawnMs, leftMs: null }
  }

  #left (one: OwnCode): OwnCode {
    // Never 0, which means the present one in a row of the store.
    return { ...one, leftMs: one.leftMs ?? Math.max(1, Math.floor(this.#around.clock.wallMs())) }
  }

  /** Without those that were left for too long, or are too many. */
  #kept (codes: readonly OwnCode[]): OwnCode[] {
    const { formerCodesMax, formerCodeKeptMs } = PRIVATE_LIMITS
    const nowMs = this.#around.clock.wallMs()
    return codes.filter(({ leftMs }) => leftMs === null || nowMs - leftMs <= formerCodeKeptMs)
      .slice(0, 1 + formerCodesMax)
  }

  #topicOf (code: Uint8Array): InboxTopic {
    const { identity, suite } = this.#around
    const id = inboxTopic(code, identity.id, bytes => suite.hash(bytes))
    return { id, name: toHex(id) }
  }
}

const NONE: DatedCode = { code: new Uint8Array(DELIVERY_CODE_BYTES), drawnMs: 0 }
