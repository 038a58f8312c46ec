/**
 * Answers those who ask for members: 504, our 506, their 507 with 24 bits of work, our 505. The
 * nonce of the 504 is proven by us likewise, so that the asker may believe the list. Nobody becomes
 * a member here: what is listed has to be dialled. Read next: `bootstrap.ts`, the other side.
 */
import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import type { Clock, PeerView } from '../index.js'
import { VOIDPHONE_LIMITS } from '../limits.js'
import { encodeMessage, type Message } from './codec.js'
import { openDoor, plainIp, type Door } from './door.js'
import { entriesFor, type Asker } from './entries.js'
import { isProven, type Prover } from './proof.js'
import { MessageReader } from './reader.js'

export interface P2pSurroundings {
  readonly prover: Prover
  readonly clock: Pick<Clock, 'schedule' | 'cancel'>
  /** This node's port of the mesh. */
  readonly port: () => number
  readonly peers: () => readonly PeerView[]
}

type Request = Extract<Message, { kind: 'peer-request' }>
type Response = Extract<Message, { kind: 'verification-response' }>

/** Where an exchange is. */
type State =
  | { readonly at: 'waiting' }
  | { readonly at: 'verifying', readonly request: Request, readonly nonce: bigint }
  | { readonly at: 'answering' }

/** Rejects with GossipError as `openDoor`. */
export function openP2pServer (address: string, around: P2pSurroundings): Promise<Door> {
  const { askersMax, askersPerIpMax } = VOIDPHONE_LIMITS
  const bounds = { connectionsMax: askersMax, perIpMax: askersPerIpMax }
  return openDoor('p2p', address, bounds, (socket, ip) => {
    const exchange = new Exchange(socket, { ip, here: plainIp(socket.localAddress ?? '') }, around)
    exchange.start()
  })
}

class Exchange {
  readonly #socket: Socket
  readonly #asker: Asker
  readonly #around: P2pSurroundings
  readonly #reader = new MessageReader(['peer-request', 'verification-response'])
  readonly #ends = new AbortController()
  #state: State = { at: 'waiting' }

  constructor (socket: Socket, asker: Asker, around: P2pSurroundings) {
    this.#socket = socket
    this.#asker = asker
    this.#around = around
  }

  start (): void {
    const { clock } = this.#around
    const timer = clock.schedule(VOIDPHONE_LIMITS.exchangeMaxMs, () => { this.#socket.destroy() })
    this.#socket.on('close', () => {
      clock.cancel(timer)
      this.#ends.abort()
    })
    this.#socket.on('data', chunk => {
      const { messages, fault } = this.#reader.push(chunk)
      for (const message of messages) {
        if (message.kind === 'peer-request') this.#verify(message)
        else this.#answer(message)
      }
      if (fault !== null) this.#socket.destroy()
    })
  }

  #verify (request: Request): void {
    if (this.#state.at !== 'waiting') return this.#refuse()
    const nonce = randomBytes(8).readBigUInt64BE()
    this.#state = { at: 'verifying', request, nonce }
    this.#socket.write(encodeMessage({ kind: 'verification-request', nonce }))
  }

  #answer ({ nonce, challenge }: Response): void {
    const state = this.#state
    if (state.at !== 'verifying' || nonce !== state.nonce) return this.#refuse()
    if (!isProven(nonce, challenge, this.#around.prover.bits)) return this.#refuse()
    this.#state = { at: 'answering' }
    void this.#tell(state.request).catch(() => { this.#refuse() })
  }

  async #tell ({ nonce, entriesMax }: Request): Promise<void> {
    const { prover, peers, port } = this.#around
    const challenge = await prover.prove(nonce, this.#ends.signal)
    this.#socket.end(encodeMessage({
      kind: 'peer-response',
      nonce,
      challenge,
      family: this.#asker.ip.includes(':') ? 6 : 4,
      entries: entriesFor(this.#asker, port(), peers(), entriesMax),
    }))
  }

  #refuse (): void {
    this.#socket.destroy()
  }
}
