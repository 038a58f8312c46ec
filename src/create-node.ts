/**
 * The composition root: options are resolved, the real adapters are built around one identity, and
 * the hallway is started on them. Read next: `node.ts`.
 */
import { createCalendar } from './calendar.js'
import type { Warning } from './core/notice.js'
import { createDebugLog } from './debug-log.js'
import { GossipError } from './errors.js'
import './limits-relations.js'
import { Node, type PortOverrides } from './node.js'
import { resolveOptions, type NodeOptions, type ResolvedOptions } from './options.js'
import type { BulletinStore, Log, Store } from './ports.js'
import { openMemoryBulletins } from './store/memory-bulletins.js'
import { createEntropy, createSystemClock, interfaceAddresses } from './system.js'
import { createIdentity, readIdentity, type IdentityFiles } from './tls/keys.js'
import { isSampleIdentity } from './tls/sample-keys.js'
import { createKeyRing } from './tls/key-ring.js'
import { createSuite, createVerifier } from './tls/suite.js'
import { createTransport } from './tls/transport.js'
import { createSealer } from './sealing/sealer.js'
import { createChecker } from './proof-of-work/checker.js'
import { createMinter } from './proof-of-work/minter.js'
import { isIpv4, isIpv6 } from './wire/address.js'

/**
 * Starts a member of a mesh. Resolves when it listens; joining goes on by itself.
 *
 * Rejects with GossipError: `option-invalid`, `schedule-invalid`, a `key-…` or `certificate-…`
 * code, `address-in-use`, `address-unavailable`, `data-in-use` or `data-unusable`. Nothing is
 * left behind then.
 *
 * @param options what the operator may set; see NodeOptions
 * @param overrides ports for tests and embedders, in place of the real ones
 */
export async function createNode (
  options: NodeOptions = {}, overrides: PortOverrides = {},
): Promise<Node> {
  const resolved = resolveOptions(options)
  const log = overrides.log ?? createDebugLog()
  const opened = await openIdentity(resolved, log)
  const { identity, store } = opened
  const ring = createKeyRing()
  const suite = createSuite(identity, ring)
  const networkHash = suite.hash(new TextEncoder().encode(resolved.network))
  const { work: kind, difficulty: bits } = resolved
  const checker = createChecker(createVerifier(ring), { networkHash, kind, bits })
  const ports = {
    clock: createSystemClock(),
    calendar: createCalendar(),
    entropy: createEntropy(),
    identity,
    suite,
    transport: createTransport(identity),
    store,
    bulletins: opened.bulletins,
    checker,
    minter: createMinter({ kind, bits }),
    sealer: createSealer(),
    log,
    addresses: interfaceAddresses,
    dialFrom: dialFromOf(resolved.host),
    warnings: warningsOf(identity),
    ...overrides,
  }
  const node = new Node(ports, resolved, networkHash)
  try {
    await node.start()
  } catch (error) {
    await Promise.allSettled([
      ports.store?.close(), ports.bulletins.close(), ports.checker.close(), ports.minter.close(),
    ])
    throw error
  }
  return node
}

interface Opened {
  readonly identity: IdentityFiles
  readonly store: Store | null
  readonly bulletins: BulletinStore
}

async function openIdentity (
  { data, key, cert, keyType, sync }: ResolvedOptions, log: Log,
): Promise<Opened> {
  if (cert !== null && key === null) {
    const what = 'a certificate was given without its private key: give the key too, or neither'
    throw new GossipError('certificate-without-key', what)
  }
  if (data !== null) {
    // Loaded when it is wanted: a node in memory does not carry a database.
    const { openDataDirectory } = await import('./store/data-directory.js')
    return openDataDirectory(data, { key, cert, keyType }, log, { sync })
  }
  const identity = key === null ? createIdentity(keyType) : readIdentity({ key, cert })
  return { identity, store: null, bulletins: await openMemoryBulletins(log) }
}

/** A node bound to one address dials from it too; one on all of them leaves it to the system. */
function dialFromOf (host: string): string | null {
  const isOne = (isIpv4(host) && host !== '0.0.0.0') || (isIpv6(host) && !/^[0:]+$/.test(host))
  return isOne ? host : null
}

function warningsOf (identity: IdentityFiles): Warning[] {
  if (!isSampleIdentity(identity.id)) return []
  const message = 'this node runs with one of the sample keys, which everybody has: ' +
    'anyone can pretend to be it; use a key of your own (p2p-gossip keygen)'
  return [{ kind: 'warning', code: 'sample-key', message }]
}
