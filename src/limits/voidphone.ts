/**
 * Bounds of the doors for Voidphone: modules of this machine, and those who ask for members.
 * Read next: `../limits.ts`, which puts them together.
 */
import { KIB, MINUTE_MS, SECOND_MS, limit } from './limit.js'

/** Modules, their announcements and verdicts; the messages between gossip modules. */
export const VOIDPHONE = {
  modulesMax: limit(64, 'count', 'programs of one machine', 'a further connection is closed'),
  moduleTypesMax: limit(1_024, 'count', 'data types that one module subscribes to',
    'the connection is closed'),
  moduleOutboxBytesMax: limit(16 * KIB * KIB, 'bytes', 'notifications that a module has not read',
    'a further one counts as not answered'),
  verdictsPerModuleMax: limit(16_384, 'count', 'a quarter of the message ids of a connection',
    'a further notification counts as not answered'),
  announcesPerModuleMax: limit(4_096, 'count', 'announcements of a module that are under way',
    'it is not read, or, when it owes a verdict, further ones are dropped'),
  announceBytesPerModuleMax: limit(2 * KIB * KIB, 'bytes', 'the same in bytes', 'the same'),
  validationDefaultMs: limit(5 * SECOND_MS, 'ms', 'default of `validationTimeoutMs`',
    'an announcement that was not answered is discarded'),
  validationMinMs: limit(10, 'ms', 'smallest `validationTimeoutMs`', 'a usage error'),
  validationMaxMs: limit(5 * SECOND_MS, 'ms', 'as any validator: its author\'s log waits for it',
    'a usage error'),
  cacheMost: limit(1_000_000, 'count', 'largest `cacheSize`', 'a usage error'),
  proofBits: limit(24, 'bits', 'of the course; some five seconds of a core',
    'who proves less is closed'),
  proofsWaitingMax: limit(8, 'count', 'proofs of our own that wait for their turn',
    'the asker is closed'),
  askersMax: limit(32, 'count', 'connections of those who ask for members',
    'a further connection is closed'),
  askersPerIpMax: limit(4, 'count', 'the same of one address', 'a further connection is closed'),
  exchangeMaxMs: limit(5 * MINUTE_MS, 'ms', 'two proofs, on slow machines',
    'the connection is closed'),
  entriesAskedMax: limit(16, 'count', 'members asked for: one is enough, some may be gone',
    'a longer list is refused'),
  handEveryMs: limit(15 * SECOND_MS, 'ms', 'four a minute', 'the next listed address is dialled'),
  handsWaitingMax: limit(64, 'count', 'listed addresses that wait to be dialled',
    'further ones are left out'),
  handedMost: limit(256, 'count', 'addresses dialled for lists in one run: they are tried for ever',
    'further ones are left out'),
  askAgainMs: limit(30 * SECOND_MS, 'ms', 'a bootstrapper that did not answer may be restarting',
    'it is asked again'),
  clientWaitingMax: limit(1_024, 'count', 'notifications that a client has not taken',
    'its connection is not read until half of them are taken'),
} as const
