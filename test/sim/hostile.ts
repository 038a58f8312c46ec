/**
 * Hostile members: authentic by key, they greet and beat like honest ones (a real core does that
 * for them) and say on every ready link what no honest node says, now and then, to the end of the
 * run. What they do is drawn from the seed. Read next: `checks/` for what must hold all the same.
 */
import type { LinkId } from '../../src/core/event.js'
import { encodeFrame } from '../../src/wire/encode.js'
import type { AliveMember, Frame, RecordEntry, Refuse } from '../../src/wire/frame.js'
import {
  decodeRecord, encodeRecord, signedBytes, type SignedRecord,
} from '../../src/wire/record.js'
import { HostileBrain, type BrainOptions } from './hostile-brain.js'
import { addressOf, NETWORK_HASH } from './sim-node.js'
import type { SimSuite } from './suite.js'

/** Of a seed; `crowd` is for the scene that tells a hundred thousand members. */
export const ATTACKS = [
  'bytes', 'stale-lists', 'forged-records', 'strangers', 'flood', 'refuse-lies', 'alive',
] as const
export type Attack = typeof ATTACKS[number] | 'crowd'

export interface HostileOptions extends BrainOptions<Attack> {
  /** Of how many machines it knows the addresses. */
  readonly machines: number
  /** Wall clock less virtual time. */
  readonly offsetMs: number
  /** Makes keys of nobody, with the suite of the world. */
  strange (): SimSuite
}

/** Frames of one flood: well over what a link may say in a second. */
const FLOOD_FRAMES = 100
/** Members that do not exist, in one attack of each kind. */
const STRANGERS = 4
const CROWD = 1_000
/** Records of others that are kept to be told again. */
const KEPT_MAX = 512

export class Hostile extends HostileBrain<Attack, HostileOptions> {
  /** What others said of themselves, old versions too. */
  readonly #kept: SignedRecord[] = []

  protected override keep (frame: Frame): void {
    const records = frame.type === 'records'
      ? frame.entries.map(({ record }) => record)
      : frame.type === 'welcome' || frame.type === 'leave' ? [frame.record] : []
    for (const record of records) {
      if (this.#kept.length < KEPT_MAX) this.#kept.push(record)
      else this.#kept[this.random.below(KEPT_MAX)] = record
    }
  }

  protected override attack (attack: Attack): void {
    const links = [...this.links]
    // Mostly one victim: whoever says such things to all is soon linked with nobody.
    const victims = this.random.below(4) === 0 ? links : this.random.sample(links, 1)
    switch (attack) {
      case 'bytes': return this.#tell(victims, [this.#noise()])
      case 'stale-lists': return this.#tellRecords(victims, this.random.sample(this.#kept, 64))
      case 'forged-records': return this.#tellRecords(victims, this.#forged())
      case 'strangers': return this.#tellRecords(victims, this.#strangers(STRANGERS))
      case 'crowd': return this.#tellRecords(victims.slice(0, 1), this.#strangers(CROWD))
      case 'flood': return this.#tell(victims, this.#flood())
      case 'refuse-lies': return this.#tell(victims, [encodeFrame(this.#lie())])
      case 'alive': return this.#tell(links, [encodeFrame({
        type: 'alive', members: this.#everybody(),
      })])
    }
  }

  #tell (links: readonly LinkId[], frames: readonly Uint8Array[]): void {
    for (const link of links) for (const bytes of frames) this.say(link, bytes)
  }

  #tellRecords (links: readonly LinkId[], records: readonly SignedRecord[]): void {
    const entries: RecordEntry[] = records.map(record => ({ record, linked: true }))
    for (let at = 0; at < entries.length; at += 128) {
      const bytes = encodeFrame({ type: 'records', entries: entries.slice(at, at + 128) })
      this.#tell(links, [bytes])
    }
  }

  /** No frame: random bytes, a frame cut short, a length that is none, a tag of nobody. */
  #noise (): Uint8Array {
    const noise = new Uint8Array(5 + this.random.below(200)).map(() => this.random.below(256))
    const view = new DataView(noise.buffer)
    switch (this.random.below(4)) {
      case 0: return noise
      case 1: {
        const whole = encodeFrame({ type: 'alive', members: this.#everybody() })
        const cut = whole.slice(0, Math.max(6, Math.floor(whole.length * this.random.fraction())))
        new DataView(cut.buffer).setUint32(0, cut.length - 4)
        return cut
      }
      case 2:
        view.setUint32(0, 0x4000_0000)
        return noise
      default:
        view.setUint32(0, noise.length - 4)
        noise[4] = 100 + this.random.below(100)
        return noise
    }
  }

  /** Records of others that they did not sign: higher versions, and that they left. */
  #forged (): SignedRecord[] {
    return this.random.sample(this.#kept, 4).flatMap(signed => {
      const record = decodeRecord(signed.body)
      if ('code' in record) return []
      const body = encodeRecord({
        ...record,
        version: record.version + 1,
        issuedMs: Math.round(this.options.offsetMs + this.nowMs),
        state: this.random.below(2) === 0 ? 'up' : 'left',
      })
      return [{ body, signature: signed.signature }]
    })
  }

  /** Members that do not exist, well signed, at the addresses of machines that do. */
  #strangers (count: number): SignedRecord[] {
    const issuedMs = Math.round(this.options.offsetMs + this.nowMs)
    return Array.from({ length: count }, () => {
      const { suite, publicKey } = this.options.strange()
      const body = encodeRecord({
        publicKey,
        incarnation: issuedMs * 1_024,
        version: 1,
        issuedMs,
        state: 'up',
        name: 'nobody',
        addresses: [addressOf(this.random.below(this.options.machines))],
        tags: {},
        ephemeral: false,
        boxKey: null,
      })
      return { body, signature: suite.sign(signedBytes('record', NETWORK_HASH, body)) }
    })
  }

  /** The same frame over and over. */
  #flood (): Uint8Array[] {
    const frames: readonly Frame[] = [
      { type: 'ping', sequence: 1, text: 'flood' },
      { type: 'roster-digest', hash: new Uint8Array(32), rows: null, answer: false },
      { type: 'roster-digest', hash: new Uint8Array(32), rows: [], answer: false },
      {
        type: 'heartbeat', sequence: 9, echo: 9, heldTenthsMs: 0, ownHead: 0, storedHead: 0,
        wallMs: null,
      },
      {
        type: 'records', entries: this.#kept.slice(0, 4).map(record => ({ record, linked: true })),
      },
    ]
    const bytes = encodeFrame(this.random.pick(frames) ?? frames[0] as Frame)
    return Array.from({ length: FLOOD_FRAMES }, () => bytes)
  }

  /** That the other is older than it is, with whatever record is at hand, or none. */
  #lie (): Refuse {
    const record = this.random.pick(this.#kept) ?? null
    return {
      type: 'refuse',
      code: this.random.below(2) === 0 ? 'stale' : 'replaced',
      retryAfterMs: 86_400_000,
      record: this.random.below(4) === 0 ? null : record,
      others: [],
    }
  }

  #everybody (): AliveMember[] {
    return this.peers().map(({ id }) => ({ identity: id, incarnation: 1 }))
  }
}
