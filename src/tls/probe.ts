/**
 * Who answers at an address, without joining: a dial with a passing key, ended after the handshake.
 * Read next: `dial.ts`; `transport.ts`, which it goes through.
 */
import { GossipError } from '../errors.js'
import { DIAL_LIMITS, LINK_LIMITS } from '../limits.js'
import { DialError } from '../ports.js'
import { parseAddress } from '../wire/address.js'
import type { Identity } from '../wire/identity.js'
import { createIdentity } from './keys.js'
import { createTransport } from './transport.js'

export interface ProbeOptions {
  /** For name, TCP and TLS together, ms. @default 3000 */
  readonly timeoutMs?: number
  /** Ends it early. */
  readonly signal?: AbortSignal
}

const never = new AbortController().signal
/** One for all: what it shows is nobody, and making a context costs milliseconds. */
let transport: ReturnType<typeof createTransport> | null = null

/**
 * Dials `host:port` and resolves with the identity that the TLS handshake proved; nothing is said
 * there, and the connection is closed. Rejects with GossipError `option-invalid` for what is no
 * address, and `peer-unreachable` with the reason.
 */
export async function probe (address: string, options: ProbeOptions = {}): Promise<Identity> {
  if (parseAddress(address) === null) {
    const what = `probe: ${JSON.stringify(address)} is not host:port`
    throw new GossipError('option-invalid', what)
  }
  const { timeoutMs = LINK_LIMITS.connectMaxMs, signal = never } = options
  transport ??= createTransport(createIdentity())
  try {
    const link = await transport.dial({
      address, from: null, connectMaxMs: timeoutMs, handshakeMaxMs: timeoutMs,
      dnsKeptMs: DIAL_LIMITS.dnsKeptMs,
    }, signal)
    link.close(0)
    return link.peer
  } catch (error) {
    if (!(error instanceof DialError)) throw error
    throw new GossipError('peer-unreachable', error.message, error)
  }
}
