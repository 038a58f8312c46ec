/**
 * Minting: finds the nonce that pays for a bulletin. What takes a few milliseconds is done on the
 * main thread, one after the other and in slices; more goes to workers. Implements Minter of
 * `ports.ts`. Read next: `mining.ts`, the loop itself, and `crew.ts`, the workers.
 */
import { setMaxListeners } from 'node:events'
import { BULLETIN_LIMITS, WORK_LIMITS } from '../limits.js'
import { MintError, type Minter } from '../ports.js'
import { HEADER_BYTES, workPreimage } from '../wire/bulletin.js'
import { identityToBytes } from '../wire/identity.js'
import { Crew, WorkerLostError } from './crew.js'
import { Gate } from './gate.js'
import type { WorkKind } from './hashcash.js'
import { mine, type MiningJob } from './mining.js'

/** The header's last four bytes. */
const NONCE_AT = HEADER_BYTES - 4

export interface MinterOptions {
  readonly kind: WorkKind
  /** Leading zero bits that every bulletin is worth at least, 0 to 28. */
  readonly bits: number
  /** Mints that may wait, for the main thread and for a worker each. @default as publishes */
  readonly waitingMax?: number
  /** Workers to have instead of those of the room. */
  readonly crew?: Crew
}

export function createMinter (options: MinterOptions): Minter {
  const { kind, bits, waitingMax = BULLETIN_LIMITS.publishesWaitingMax } = options
  const crew = options.crew ?? new Crew({ waitingMax })
  // One at a time: the slices of several would come in one turn of the event loop.
  const here = new Gate({ insideMax: 1, waitingMax })
  const underWay = new Set<Stopper>()
  let isClosed = false

  async function mineHere (
    job: MiningJob, signal: AbortSignal, progress?: (tries: number) => void,
  ): Promise<number | null> {
    await here.enter(signal)
    const stopper = stopperOf(signal)
    underWay.add(stopper)
    try {
      return await mine(job, { sliceMs: WORK_LIMITS.sliceMs, signal: stopper.signal, progress })
    } finally {
      stopper.release()
      underWay.delete(stopper)
      here.leave()
    }
  }

  async function mineOutside (
    job: MiningJob, signal: AbortSignal, progress?: (tries: number) => void,
  ): Promise<number | null> {
    try {
      const answer = await crew.run({ task: 'mine', job }, signal, progress)
      return answer.answer === 'nonce' ? answer.nonce : null
    } catch (error) {
      if (!(error instanceof WorkerLostError)) throw error
      return mineHere(job, signal, progress)
    }
  }

  return {
    bits,
    async mint (header, author, asked, signal, progress) {
      signal.throwIfAborted()
      if (isClosed) throw closed()
      if (asked === 0) return 0
      // Many mints may share a signal: as many listeners as may wait are no leak.
      setMaxListeners(0, signal)
      const preimage = workPreimage(header, identityToBytes(author))
      const job = { kind, preimage, counterAt: NONCE_AT, bits: asked }
      const mineSomewhere = asked <= bitsHereMax(kind) ? mineHere : mineOutside
      const nonce = await mineSomewhere(job, signal, progress)
      if (nonce !== null) return nonce
      throw new MintError('exhausted', 'no nonce is worth the bits: publish it a second later')
    },
    async close () {
      isClosed = true
      here.close()
      for (const { stop } of underWay) stop(closed())
      await crew.close()
    },
  }
}

interface Stopper {
  readonly signal: AbortSignal
  readonly stop: (reason: unknown) => void
  readonly release: () => void
}

/** Aborts with `signal`, or when it is told to. */
function stopperOf (signal: AbortSignal): Stopper {
  const controller = new AbortController()
  const stop = (reason: unknown): void => controller.abort(reason)
  const follow = (): void => stop(signal.reason)
  const release = (): void => signal.removeEventListener('abort', follow)
  if (signal.aborted) follow()
  else signal.addEventListener('abort', follow, { once: true })
  return { signal: controller.signal, stop, release }
}

function bitsHereMax (kind: WorkKind): number {
  return kind === 'sha256' ? WORK_LIMITS.inlineSha256BitsMax : WORK_LIMITS.inlineTapehashBitsMax
}

function closed (): MintError {
  return new MintError('closed', 'no more bulletins are worked for: the node is closing')
}
