/**
 * The course's proof of work: a challenge so that the SHA-256 of nonce and challenge, 8 bytes each,
 * begins with 24 zero bits. Found in a worker by counting from 0. Read next: `p2p-server.ts`.
 */
import { Crew } from '../proof-of-work/crew.js'
import { isPaid } from '../proof-of-work/hashcash.js'
import { VOIDPHONE_LIMITS } from '../limits.js'

const BYTES = 16
/** The challenge's low half: a u32 is enough for a million times the work. */
const COUNTER_AT = 12

/** True when the challenge is worth so many bits. */
export function isProven (nonce: bigint, challenge: bigint, bits: number): boolean {
  return isPaid('sha256', bytesOf(nonce, challenge), bits)
}

/** Finds proofs, one at a time. */
export class Prover {
  readonly bits: number
  readonly #crew = new Crew({ waitingMax: VOIDPHONE_LIMITS.proofsWaitingMax, workersMax: 1 })

  constructor (bits: number = VOIDPHONE_LIMITS.proofBits) {
    this.bits = bits
  }

  /** The least challenge. Rejects with the signal's reason, or when too many wait. */
  async prove (nonce: bigint, signal: AbortSignal): Promise<bigint> {
    const job = {
      kind: 'sha256', preimage: bytesOf(nonce, 0n), counterAt: COUNTER_AT, bits: this.bits,
    } as const
    const answer = await this.#crew.run({ task: 'mine', job }, signal)
    if (answer.answer !== 'nonce' || answer.nonce === null) throw new Error('no proof was found')
    return BigInt(answer.nonce)
  }

  close (): Promise<void> {
    return this.#crew.close()
  }
}

function bytesOf (nonce: bigint, challenge: bigint): Uint8Array {
  const bytes = new Uint8Array(BYTES)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, nonce)
  view.setBigUint64(8, challenge)
  return bytes
}
