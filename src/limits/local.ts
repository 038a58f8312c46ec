/**
 * Bounds of this machine's side: the hallway and what the operator gives.
 * Read next: `../limits.ts`, which puts them together.
 */
import { DAY_MS, KIB, SECOND_MS, limit } from './limit.js'

/** The hallway's pace. */
export const HALLWAY = {
  drainMaxMs: limit(8, 'ms', 'sockets and timers wait no longer', 'the event loop breathes'),
  drainEventsMax: limit(256, 'count', 'the same, should the clock be coarse',
    'the event loop breathes'),
  deadlinesPerTickMax: limit(4_096, 'count', 'some for each of a thousand members',
    'the rest is due in the next tick'),
  interfacesEveryMs: limit(30 * SECOND_MS, 'ms', 'laptops move', 'own interfaces are looked at'),
  ownAddressesMax: limit(8, 'count', 'a record takes no more', 'the last interfaces are not told'),
  clockSetMs: limit(50, 'ms', 'slewing is slower', 'the wall clock counts as set'),
  stepMaxMs: limit(50, 'ms', 'a node driven by hand is not to lose its links to slow typing',
    'no more time passes for it with one step'),
  leaveMaxMs: limit(1_500, 'ms', 'a farewell over a slow path', 'the node closes'),
  recorderEntriesMax: limit(256, 'count', 'some seconds of a busy node', 'the oldest go'),
  recorderRowsMax: limit(4, 'count', 'of the list in a frame; 256 full digests were 200 MiB',
    'the rest of the list is not recorded'),
} as const

/** What the operator may give, and what is shown. */
export const OPTION = {
  linksMin: limit(4, 'count', 'below it a mesh falls apart', 'a usage error'),
  linksMost: limit(4_096, 'count', 'file descriptors', 'a usage error'),
  membersMin: limit(16, 'count', 'four times the fewest links', 'a usage error'),
  membersMost: limit(65_536, 'count', 'some 100 MiB', 'a usage error'),
  hostBytesMax: limit(255, 'bytes', 'a DNS name has 253', 'a usage error'),
  networkBytesMax: limit(256, 'bytes', 'a line', 'a usage error'),
  fileTextBytesMax: limit(1_000_000, 'bytes', 'keys in PEM have a few thousand', 'a usage error'),
  fileBytesMax: limit(KIB * KIB, 'bytes', 'config and PEM files have a few thousand',
    'a usage error: it is something else'),
  topicBytesMax: limit(1_024, 'bytes', 'a long line: topics on the command line', 'a usage error'),
  topicsMax: limit(1_021, 'count', 'topics of `--subscribe`: a link tells them with three others',
    'a usage error'),
  textColumnsMax: limit(500, 'columns', 'some lines of a terminal',
    'of a bulletin\'s text the beginning is shown'),
  pingsMax: limit(1_000, 'count', 'a quarter of an hour of `ping`', 'a usage error'),
  namesShownMax: limit(65_536, 'count', 'peers whose name is known to `lost`; the largest roster',
    'the oldest goes'),
  peerColumnsMax: limit(32, 'columns', 'half of a narrow terminal', 'the column grows no further'),
  addressColumnsMax: limit(32, 'columns', 'half of a narrow terminal',
    'the column grows no further'),
} as const

/** What the control API takes. */
export const API = {
  peerTextCharsMax: limit(128, 'count', 'an identity has 52 characters, a name 64 bytes',
    'the call is refused with 400'),
  topicCharsMax: limit(1 * KIB, 'count', 'as `--subscribe`', 'the call is refused with 400'),
  contactNameCharsMax: limit(50, 'count', 'the first seed\'s', 'the call is refused with 400'),
  pemCharsMax: limit(8 * KIB, 'count', 'an RSA key of 8,192 bits, to be refused by name, fits',
    'the call is refused with 400'),
  expressionCharsMax: limit(256, 'count', 'a cron expression with long lists',
    'the call is refused with 400'),
  messagesMax: limit(1_000, 'count', 'one answer stays readable and below some megabytes',
    'the answer says that there are more'),
  timeoutMaxMs: limit(DAY_MS, 'ms', 'a script waits for a machine to boot, not for ever',
    'the call is refused with 400'),
} as const
