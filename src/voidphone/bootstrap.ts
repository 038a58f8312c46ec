/**
 * Asks a bootstrapper for members at start and at every rejoin. What it lists is dialled like any
 * address the operator names, four a minute; it is never passed on, and makes nobody a member.
 * Read next: `p2p-server.ts`, the other side.
 */
import { randomInt, randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { parseAddress, parseTarget, type Clock, type Node } from '../index.js'
import { VOIDPHONE_LIMITS } from '../limits.js'
import { encodeMessage, type Message } from './codec.js'
import { isProven, type Prover } from './proof.js'
import { MessageReader } from './reader.js'

export interface BootstrapSurroundings {
  readonly node: Pick<Node, 'connect' | 'peers' | 'address'>
  readonly prover: Prover
  readonly clock: Pick<Clock, 'schedule' | 'cancel'>
  readonly tell: (message: string) => void
}

type Listed = Extract<Message, { kind: 'peer-response' }>

export class Bootstrap {
  readonly #address: string
  readonly #rejoinMs: number
  readonly #around: BootstrapSurroundings
  readonly #ends = new AbortController()
  readonly #waiting: string[] = []
  readonly #handed = new Set<string>()
  #asking: unknown = null
  #handing: unknown = null

  /** `address`: where the bootstrapper is asked, `host:port`. */
  constructor (address: string, rejoinMs: number, around: BootstrapSurroundings) {
    this.#address = address
    this.#rejoinMs = rejoinMs
    this.#around = around
  }

  /** Asks now and at every rejoin. */
  start (): void {
    void this.#round()
  }

  close (): void {
    this.#ends.abort(new Error('closed'))
    this.#around.clock.cancel(this.#asking)
    this.#around.clock.cancel(this.#handing)
  }

  /** Listed addresses that wait to be dialled. */
  get waiting (): number {
    return this.#waiting.length
  }

  /** Takes a list; what is known, this node itself, or nobody's address is left out. */
  take (entries: readonly string[]): void {
    const { node } = this.#around
    const linked = node.peers().filter(({ status }) => status === 'linked')
    const known = new Set([node.address, ...linked.map(({ address }) => address)])
    const { handsWaitingMax, handedMost } = VOIDPHONE_LIMITS
    for (const entry of entries) {
      const address = parseTarget(entry)?.address
      if (address === undefined || known.has(address) || this.#handed.has(address)) continue
      if (this.#waiting.length >= handsWaitingMax || this.#handed.size >= handedMost) return
      this.#handed.add(address)
      this.#waiting.push(address)
    }
    if (this.#handing === null) this.#hand()
  }

  async #round (): Promise<void> {
    let waitMs = this.#rejoinMs * (0.8 + 0.4 * randomInt(1_000) / 1_000)
    try {
      const { entries } = await askForMembers(this.#address, this.#around, this.#ends.signal)
      this.take(entries)
    } catch (error) {
      if (this.#ends.signal.aborted) return
      waitMs = Math.min(waitMs, VOIDPHONE_LIMITS.askAgainMs)
      const why = error instanceof Error ? error.message : String(error)
      this.#around.tell(`the bootstrapper ${this.#address} gave no members: ${why}`)
    }
    if (this.#ends.signal.aborted) return
    this.#asking = this.#around.clock.schedule(waitMs, () => { void this.#round() })
  }

  #hand (): void {
    const address = this.#waiting.shift()
    this.#handing = null
    if (address === undefined) return
    // The node tries it for ever; what it says of it are notices of the node.
    this.#around.node.connect(address).catch(() => {})
    const { handEveryMs } = VOIDPHONE_LIMITS
    this.#handing = this.#around.clock.schedule(handEveryMs, () => { this.#hand() })
  }
}

/** One exchange. Rejects when the other side answers otherwise than agreed, or not in time. */
export function askForMembers (
  address: string, { prover, clock }: Pick<BootstrapSurroundings, 'prover' | 'clock'>,
  signal: AbortSignal,
): Promise<Listed> {
  const where = parseAddress(address)
  if (where === null) return Promise.reject(new Error(`${address} is not host:port`))
  const ends = new AbortController()
  const socket = connect(where)
  const nonce = BigInt(randomBytes(4).readUInt32BE())
  const asked = new Promise<Listed>((resolve, reject) => {
    const fail = (why: string): void => { reject(new Error(why)) }
    const late = (): void => { fail('no answer in time') }
    const timer = clock.schedule(VOIDPHONE_LIMITS.exchangeMaxMs, late)
    const aborted = (): void => { fail('closed') }
    signal.addEventListener('abort', aborted, { once: true })
    const reader = new MessageReader(['verification-request', 'peer-response'])
    let isVerified = false
    socket.on('connect', () => {
      const entriesMax = VOIDPHONE_LIMITS.entriesAskedMax
      socket.write(encodeMessage({ kind: 'peer-request', entriesMax, nonce }))
    })
    socket.on('data', chunk => {
      const { messages, fault } = reader.push(chunk)
      for (const message of messages) {
        if (message.kind === 'peer-response') {
          const why = faultOf(message, nonce, prover.bits)
          if (why === null) resolve(message)
          else fail(why)
        } else if (isVerified) {
          fail('it asks for more than one proof')
        } else {
          isVerified = true
          prover.prove(message.nonce, ends.signal).then(challenge => {
            const response = { kind: 'verification-response', nonce: message.nonce, challenge }
            socket.write(encodeMessage(response as Message))
          }, () => { fail('no proof was found') })
        }
      }
      if (fault !== null) fail(fault.why)
    })
    socket.on('error', error => { fail(error.message) })
    socket.on('close', () => {
      clock.cancel(timer)
      signal.removeEventListener('abort', aborted)
      fail('it ended the connection')
    })
    if (signal.aborted) aborted()
  })
  return asked.finally(() => {
    ends.abort(new Error('ended'))
    socket.destroy()
  })
}

/** Why a list is not believed, or null. */
function faultOf (
  { nonce, challenge, entries }: Listed, asked: bigint, bits: number,
): string | null {
  if (nonce !== asked) return 'its nonce is not the one that was asked with'
  if (!isProven(nonce, challenge, bits)) return 'its proof of work is false'
  const { entriesAskedMax } = VOIDPHONE_LIMITS
  return entries.length > entriesAskedMax ? 'it lists more than was asked for' : null
}
