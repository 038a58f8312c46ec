/**
 * Every bound of the house, in one leaf that anyone may import and that imports nothing.
 *
 * Each entry: a name with its unit last, its value, its unit, why it has this value, and what
 * happens when it is reached. docs/limits.md is printed from here, and test/limits fills each one.
 * How they relate is asserted in `limits-relations.ts`, when a node is made.
 * Read next: `core/roster.ts` and `core/links.ts`, where most of them bite.
 */

const KIB = 1024
const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const DAY_MS = 24 * 60 * MINUTE_MS

export type LimitUnit = 'bytes' | 'ms' | 'count' | 'per s' | 'share' | 'bits' | 'columns'

export interface Limit {
  readonly value: number
  readonly unit: LimitUnit
  /** Why it has this value. */
  readonly reason: string
  /** What happens when it is reached. */
  readonly policy: string
}

type Limits = Readonly<Record<string, Limit>>
type Values<T extends Limits> = { readonly [K in keyof T]: number }

function limit (value: number, unit: LimitUnit, reason: string, policy: string): Limit {
  return { value, unit, reason, policy }
}

function valuesOf<T extends Limits> (limits: T): Values<T> {
  return Object.fromEntries(
    Object.entries(limits).map(([name, { value }]) => [name, value])) as Values<T>
}

/** What a link may carry. */
const WIRE = {
  frameBytesMax: limit(KIB * KIB, 'bytes', 'the largest frame of records fits, tag and body',
    'the link closes as `protocol`, on seeing the length prefix'),
  greetingFrameBytesMax: limit(16 * KIB, 'bytes', 'hello, welcome and refuse are small',
    'before the welcome: the link closes as `protocol`'),
  cborDepthMax: limit(8, 'count', 'ours need four', 'the frame is refused before it is decoded'),
  cborItemsMax: limit(2_048, 'count', 'maps, keys and values of the largest records frame',
    'the frame is refused before it is decoded'),
  recordBytesMax: limit(4 * KIB, 'bytes', 'an RSA key, eight names and all tags fit',
    'the record is refused'),
  signatureBytesMax: limit(1 * KIB, 'bytes', 'RSA-4096 gives 512', 'the frame is refused'),
  publicKeyBytesMax: limit(1 * KIB, 'bytes', 'RSA-4096 gives 550 in SPKI DER',
    'the record is refused'),
  nameBytesMax: limit(64, 'bytes', 'a claimed name, in UTF-8, for one column',
    'the record is refused; as an option a usage error'),
  addressesPerRecordMax: limit(8, 'count', 'a host with both families and a public address',
    'the record is refused; own addresses beyond it are not told'),
  addressBytesMax: limit(262, 'bytes', 'the longest DNS name, brackets, colon and port',
    'it is no address'),
  tagsPerRecordMax: limit(16, 'count', 'for roles and places', 'the record is refused'),
  tagBytesMax: limit(1 * KIB, 'bytes', 'keys and values together', 'the record is refused'),
  pingTextBytesMax: limit(256, 'bytes', 'one line, in UTF-8', 'the frame is refused'),
  errorTextBytesMax: limit(256, 'bytes', 'one line, in UTF-8', 'the frame is refused'),
  ownErrorTextCharsMax: limit(200, 'count', 'fits an error frame with room', 'the text is cut'),
  decoderTextCharsMax: limit(120, 'count', 'of what the CBOR decoder says', 'the text is cut'),
  recordsPerFrameMax: limit(128, 'count', 'the largest ones fit a frame',
    'further records go into further frames; received: refused'),
  digestRowsPerFrameMax: limit(4_096, 'count', 'a full roster and as many forgotten, twice over',
    'a random choice of rows is sent; received: refused'),
  alivePerFrameMax: limit(1_024, 'count', 'a full roster',
    'further members go into further frames; received: refused'),
  refuseOthersMax: limit(8, 'count', 'some of them will have room',
    'a random choice is named; received: refused'),
  contentBytesMax: limit(960 * KIB, 'bytes', 'what `--max-content` may allow: it fits a frame',
    'received: the frame is refused; publishing fails'),
  positionsPerLogMax: limit(0xffff_ffff, 'count', 'a position is a u32; 49 days of 1,000 a second',
    'publishing fails with `log-full`; received: the frame is refused'),
  itemsPerBatchMax: limit(1_024, 'count', 'bulletins signed together',
    'the next go into the next batch; received: the frame is refused'),
  batchItemsBytesMax: limit(256 * KIB, 'bytes', 'of more than one bulletin together',
    'the next go into the next batch; received: the frame is refused'),
  logRowsPerFrameMax: limit(4_096, 'count', 'rows of a log digest: they fit a frame',
    'further rows go into further frames; received: refused'),
  rangesPerLogMax: limit(16, 'count', 'a log is mostly one range',
    'the last ones are told, the others not asked for; received: refused'),
  wantRangesMax: limit(64, 'count', 'ranges of one want',
    'the others are asked for later; received: refused'),
  topicsPerLinkMax: limit(1_024, 'count', 'subscriptions a member tells on a link',
    'the first ones are told; received: refused'),
  requestKindBytesMax: limit(64, 'bytes', 'a word', 'a usage error; received: refused'),
  requestBytesMax: limit(960 * KIB, 'bytes', 'as a bulletin', 'a usage error; received: refused'),
} as const

/** Links, handshakes and what waits on them. */
const LINK = {
  linksMaxDefault: limit(256, 'count', 'a full mesh of 200 and some; `--max-links`',
    'no more dials; others are refused with `full`'),
  linksSpare: limit(2, 'count', 'slots beyond it for peers without any link',
    'those too are refused with `full`'),
  handshakesOutMax: limit(16, 'count', 'half of a second of one core', 'further dials wait'),
  handshakesOutReserved: limit(4, 'count', 'of these, for peers that somebody is linked with now',
    'other dials wait, so that the dead delay no one'),
  handshakesInMax: limit(64, 'count', 'sleepers hold few, bursts pass',
    'the oldest older than a second goes, else the newcomer'),
  handshakesInPerIpMax: limit(16, 'count', 'one address cannot fill the slots',
    'the oldest of that address older than a second goes, else the newcomer'),
  greetingsInMax: limit(64, 'count', 'as many as handshakes under way',
    'the oldest older than a second goes, else the newcomer'),
  greetingsInPerIpMax: limit(48, 'count', 'a whole mesh on one machine, and room for others',
    'the oldest of that address older than a second goes, else the newcomer'),
  handshakeEvictableAfterMs: limit(1 * SECOND_MS, 'ms', 'an honest one takes less',
    'it may give way to a newcomer'),
  connectMaxMs: limit(3 * SECOND_MS, 'ms', 'two retransmissions of TCP', 'the dial has failed'),
  handshakeMaxMs: limit(5 * SECOND_MS, 'ms', 'a busy small machine needs seconds',
    'TCP, TLS and greeting together: the attempt has failed, the socket is closed'),
  raceStepMs: limit(250, 'ms', 'RFC 8305', 'the next address of the same peer is tried too'),
  outboxBytesMax: limit(4 * KIB * KIB, 'bytes', 'a full roster several times over',
    'the link closes as `stalled`'),
  writeBytesMax: limit(64 * KIB, 'bytes', 'four TLS records; larger gains nothing',
    'what is left goes with the next write'),
  handedBytesMin: limit(32 * KIB, 'bytes', 'half of a write, however slow the link',
    'the rest waits in the outbox'),
  handedBytesMax: limit(256 * KIB, 'bytes', 'keeps a socket busy; a slow peer shows here',
    'the rest waits in the outbox'),
  handedForMs: limit(500, 'ms', 'of the measured rate: what is queued in the kernel is late',
    'the rest waits in the outbox'),
  outboxesBytesMax: limit(64 * KIB * KIB, 'bytes', 'bulletins that wait for links, of the node',
    'a link that has some drops them and asks for them later'),
  stalledAfterMs: limit(10 * SECOND_MS, 'ms', 'no write completed for thrice a silence',
    'the link closes as `stalled`'),
  framesWaitingMax: limit(64, 'count', 'frames of one link in the inbox',
    'the rest waits unread in the socket'),
  frameBytesWaitingMax: limit(64 * KIB, 'bytes', 'one read; decoded it takes several times as much',
    'the rest waits unread in the socket'),
  closeFlushMaxMs: limit(1_500, 'ms', 'last words over a slow path', 'the socket is destroyed'),
  obsoleteAfterMs: limit(10 * SECOND_MS, 'ms', 'the smaller side closes a double long before',
    'the larger side closes it'),
  refusalsPerLinkMax: limit(16, 'count', 'an honest node says one and closes',
    'the link closes as `protocol`'),
  obsoletePerPeerMax: limit(4, 'count', 'crossing dials make one or two',
    'the oldest closes at once'),
} as const

/** Who is known and for how long. */
const ROSTER = {
  membersMaxDefault: limit(1_024, 'count', 'five times the designed size; `--max-members`',
    'unproven members give way to proven ones, then strangers are passed over or refused'),
  unprovenPerTellerMax: limit(128, 'count', 'members that were never linked with here, of a teller',
    'further ones are passed over'),
  unprovenMax: limit(512, 'count', 'of all tellers: strangers fill half of the roster at most',
    'further ones are passed over'),
  unprovenForgottenAfterMs: limit(10 * MINUTE_MS, 'ms', 'tried in vain for so long',
    'the unproven member is forgotten'),
  forgottenMax: limit(1_024, 'count', 'as many as members', 'the oldest goes'),
  recordDeadAfterMs: limit(7 * DAY_MS, 'ms', 'a week without its owner',
    'the record is dead: not accepted, passed on or shown'),
  recordRenewedEveryMs: limit(1 * DAY_MS, 'ms', 'six chances before it is dead',
    'the own record is signed again'),
  recordFutureMaxMs: limit(1 * DAY_MS, 'ms', 'clocks may be off by so much', 'it is passed over'),
  contactDialledForMs: limit(30 * DAY_MS, 'ms', 'promise P2', 'the contact is forgotten'),
  ephemeralForgottenAfterMs: limit(1 * DAY_MS, 'ms', 'its identity does not come back',
    'the lost ephemeral member is forgotten'),
  houseKeepingEveryMs: limit(30 * SECOND_MS, 'ms', 'often enough for limits of minutes and days',
    'what is to be forgotten is looked for'),
  passOnAfterMs: limit(50, 'ms', 'news that come together leave together', 'they are passed on'),
  passOnFanout: limit(4, 'count', 'of another member\'s news; see ADR 3',
    'other links learn it from those, or by comparing'),
  passOnAllMax: limit(16, 'count', 'a small mesh is whole without comparing; see ADR 3',
    'beyond so many links a newcomer is told to a few of them instead of all'),
  compareAfterMs: limit(500, 'ms', 'owners\' own news come first; up to twice it',
    'rosters are compared on the fresh link'),
  compareWaitsMaxMs: limit(3 * SECOND_MS, 'ms', 'while links become ready every roster differs',
    'rosters are compared all the same'),
  exchangeEveryMs: limit(5 * SECOND_MS, 'ms', 'half of the bound of P2',
    'one random link compares rosters'),
  digestAnswersMax: limit(16, 'count', 'digests of one link within a window; honest ones: nine',
    'further ones are passed over'),
  digestAnswersWindowMs: limit(10 * SECOND_MS, 'ms', 'two exchanges', 'digests are answered again'),
  aliveQuietMs: limit(2 * SECOND_MS, 'ms', 'many hear of one return at once',
    'until then the same peer is not told again'),
} as const

/** How hard lost peers are sought. */
const DIAL = {
  redialFirstMs: limit(100, 'ms', 'a restart or a blip', 'a freshly lost peer is dialled; doubles'),
  redialCapMs: limit(5 * SECOND_MS, 'ms', 'half of the bound of P2', 'waits grow no further'),
  redialJitter: limit(0.2, 'share', 'peers lost together are not dialled together',
    'a wait is so much shorter or longer at most'),
  redialWokenMs: limit(250, 'ms', 'whoever vouches for it',
    'until then the same peer is not tried again'),
  freshForMs: limit(60 * SECOND_MS, 'ms', 'most outages are shorter',
    'a peer lost for longer shares the budget below'),
  longLostPerSecondMax: limit(4, 'per s', 'the cost does not grow with the dead',
    'further dials to the long lost wait'),
  longLostUnderWayMax: limit(4, 'count', 'dead addresses hold a slot for seconds',
    'further dials to the long lost wait'),
  longLostRecentMax: limit(8, 'count', 'the latest lost return most often',
    'half of the budget is theirs, half the others\''),
  unprovenPerSecondMax: limit(4, 'per s', 'what a teller\'s strangers may cost',
    'further dials to that teller\'s strangers wait'),
  unprovenBurstMax: limit(64, 'count', 'a newcomer is told a whole mesh at once',
    'no more dials are saved up'),
  pumpEveryMs: limit(250, 'ms', 'four dials a second, one each', 'budgets are looked at again'),
  largerWaitsMs: limit(1 * SECOND_MS, 'ms', 'of a pair the smaller dials at once',
    'the larger identity dials too'),
  largerYieldsMs: limit(500, 'ms', 'links became ready just now: the smaller is about to dial',
    'the larger identity dials'),
  largerYieldsMaxMs: limit(3 * SECOND_MS, 'ms', 'the smaller may be unable to',
    'the larger identity dials however busy it is'),
  connectEveryLinklessMs: limit(5 * SECOND_MS, 'ms', 'half of the bound of P2',
    'an operator\'s address is tried, while there is no link or it never led to one'),
  connectEveryMs: limit(30 * SECOND_MS, 'ms', 'the mesh is there without it',
    'an operator\'s address without a link is tried'),
  rejoinDefaultMs: limit(600 * SECOND_MS, 'ms', 'against being cut off; `--rejoin`',
    'rosters are compared through an operator\'s address'),
  rejoinMinMs: limit(1 * SECOND_MS, 'ms', 'below it is a flood', 'a usage error'),
  rejoinMaxMs: limit(1 * DAY_MS, 'ms', 'above it is never', 'a usage error'),
  rejoinJitter: limit(0.2, 'share', 'nodes started together do not ask together',
    'a wait is so much shorter or longer at most'),
  unownedAddressEveryMs: limit(2 * SECOND_MS, 'ms', 'nobody makes this node dial a victim',
    'until then an address its owner did not name is not dialled'),
  fullWaitMs: limit(60 * SECOND_MS, 'ms', 'slots are freed seldom',
    'a peer that refused is dialled again; no refusal lasts longer'),
  connectTargetsMax: limit(1_024, 'count', 'more is a mistake', 'a usage error'),
  dnsKeptMs: limit(30 * SECOND_MS, 'ms', 'names move seldom, redials are frequent',
    'the name is asked for again'),
  dnsAnswersMax: limit(1_024, 'count', 'as many as addresses may be named; slow names too',
    'the oldest goes'),
  dnsAskedMax: limit(2, 'count', 'libuv lends two of its four threads', 'further names wait'),
  dnsSlowAfterMs: limit(1 * SECOND_MS, 'ms', 'a resolver that answers is quicker',
    'a name that failed later waits behind the others next time'),
} as const

/** Heartbeats, the judgement of silence, and pings. */
const PULSE = {
  heartbeatEveryMs: limit(1 * SECOND_MS, 'ms', 'three within a silence', 'a heartbeat leaves'),
  heartbeatJitterMs: limit(200, 'ms', 'links do not beat in step', 'a wait is shorter at most by'),
  echoesRemembered: limit(8, 'count', 'twice a silence', 'an older echo measures nothing'),
  silenceMaxMs: limit(3_500, 'ms', 'DESIGN 7: three heartbeats and half of one',
    'the link closes as `silent` and its peer is dialled'),
  lateTickMs: limit(250, 'ms', 'an event loop at work is less late',
    'nobody is judged, silences move by as much'),
  lateCorrectionMaxMs: limit(30 * SECOND_MS, 'ms', 'a machine that always stalls must judge too',
    'silences move no further within the window'),
  lateCorrectionWindowMs: limit(60 * SECOND_MS, 'ms', 'half of it may be stalls',
    'corrections begin anew'),
  wallClockEvery: limit(60, 'count', 'about once a minute', 'a heartbeat carries the wall clock'),
  heartbeatsPerSecondMax: limit(64, 'per s', 'more than ten times the backlog of a stall',
    'the link closes as `protocol`'),
  pingsPerSecondMax: limit(20, 'per s', 'twice what the shortest period gives',
    'further ones are not shown'),
  pingsBornePerSecondMax: limit(256, 'per s', 'seven times the backlog of a stall',
    'the link closes as `protocol`'),
  periodMinMs: limit(100, 'ms', 'below it is a flood', 'a usage error'),
  periodMaxMs: limit(1 * DAY_MS, 'ms', 'above it is never', 'a usage error'),
  periodDefaultMs: limit(5 * SECOND_MS, 'ms', 'for people to watch; `--period`', 'a ping leaves'),
} as const

/** Keys, clocks and twins. */
const TRUST = {
  rsaBitsMin: limit(2_048, 'bits', 'NIST SP 800-57: 112 bits of security', 'the key is refused'),
  keysKeptMax: limit(2_048, 'count', 'two full rosters of keys ready to verify with',
    'the oldest goes'),
  seenAtMax: limit(8, 'count', 'IP addresses this node is said to be seen at',
    'later ones are not noted'),
  seenAtWitnesses: limit(2, 'count', 'one peer may lie', 'the IP counts as an own address'),
  clockSkewWarnMs: limit(30 * SECOND_MS, 'ms', 'off the median of the linked peers',
    'warning `clock-skew`'),
  clockSkewPublishMs: limit(90 * SECOND_MS, 'ms', 'near what others take for the future',
    'publishing fails with `clock-skew`'),
  clockSkewRefuseMs: limit(1 * DAY_MS, 'ms', 'records would die or wait', '`refuse clock-skew`'),
  contestMs: limit(5 * SECOND_MS, 'ms', 'a living twin would have shown within it',
    'a fresh incarnation is drawn'),
  cloneReplacements: limit(3, 'count', 'a restart is one', 'warning `clone-suspected`'),
  cloneWindowMs: limit(60 * SECOND_MS, 'ms', 'two machines replace each other in seconds',
    'earlier replacements do not count'),
} as const

/** Hashcash: doing it and checking it. */
const WORK = {
  sliceMs: limit(2, 'ms', 'work on the main thread', 'the event loop breathes'),
  workerSliceMs: limit(20, 'ms', 'in a worker only an abort waits for it', 'the worker breathes'),
  inlineSha256BitsMax: limit(14, 'bits', 'some 8 ms on average', 'the work goes to a worker'),
  inlineTapehashBitsMax: limit(7, 'bits', 'some 10 ms on average', 'the work goes to a worker'),
  inlineTapehashesMax: limit(32, 'count', 'tapehashes of a batch: 2.5 ms',
    'the batch is checked in a worker'),
  workersMax: limit(4, 'count', 'for minting, and as many for checking; less on fewer cores',
    'further work waits'),
  progressEveryMs: limit(200, 'ms', 'a bar moves smoothly', 'who waits is told how far it is'),
} as const

/** The store of bulletins. */
const STORE = {
  writeBytesMax: limit(4 * KIB * KIB, 'bytes', 'one write to the database', 'the rest goes next'),
  scanRowsMax: limit(512, 'count', 'rows read at a time', 'others go on before the next'),
  scanBytesMax: limit(256 * KIB, 'bytes', 'the same in bytes', 'others go on before the next'),
  readBatchesMax: limit(16, 'count', 'batches read at once', 'the next ones follow'),
  queryPlacesMax: limit(65_536, 'count', 'matches of a query sorted at once',
    'the store is scanned again for the rest'),
  cursorsMax: limit(1_024, 'count', 'named cursors', 'a new one is not kept, its put fails'),
  cursorBytesMax: limit(1 * KIB * KIB, 'bytes', 'one cursor, of many logs',
    'it is not kept, its put fails'),
  cursorNameBytesMax: limit(256, 'bytes', 'a line', 'a usage error'),
  damagedRowsMax: limit(64, 'count', 'set aside for whoever looks into it',
    'further ones are removed, which the log says'),
  mendEveryMs: limit(1 * SECOND_MS, 'ms', 'after a failed write', 'the database is opened anew'),
  mendRoomBytes: limit(16 * KIB * KIB, 'bytes', 'room that a new attempt needs', 'it fails again'),
  pageBytesMax: limit(64 * KIB, 'bytes', 'a page of rows in memory', 'it is split'),
  pageRowsMax: limit(512, 'count', 'the same in rows', 'it is split'),
} as const

/** The hallway's pace. */
const HALLWAY = {
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
const OPTION = {
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
  namesShownMax: limit(65_536, 'count', 'peers whose name is known to `lost`; the largest roster',
    'the oldest goes'),
  peerColumnsMax: limit(32, 'columns', 'half of a narrow terminal', 'the column grows no further'),
  addressColumnsMax: limit(32, 'columns', 'half of a narrow terminal',
    'the column grows no further'),
} as const

/** Bulletins: logs, batches, what is kept and what is asked for. */
const BULLETIN = {
  contentDefaultBytesMax: limit(256 * KIB, 'bytes', 'default of `--max-content`',
    'publishing fails; larger ones of others are not taken'),
  retainDefaultMs: limit(60 * MINUTE_MS, 'ms', 'the second seed\'s; default of `--retain`',
    'the bulletin expires'),
  retainMinMs: limit(1 * MINUTE_MS, 'ms', 'smallest `--retain`', 'a usage error'),
  retainMaxMs: limit(30 * DAY_MS, 'ms', 'largest `--retain`', 'a usage error'),
  futureMaxMs: limit(120 * SECOND_MS, 'ms', 'clocks of members may differ by so much',
    'a bulletin dated later is neither stored nor delivered'),
  quotaDefaultBytes: limit(64 * KIB * KIB, 'bytes', 'default of `--quota`',
    'the author that holds most loses its oldest batch'),
  quotaMinBytes: limit(1 * KIB * KIB, 'bytes', 'smallest `--quota`: some batches', 'a usage error'),
  quotaMaxBytes: limit(16 * KIB * KIB * KIB, 'bytes', 'largest `--quota`', 'a usage error'),
  difficultyMax: limit(28, 'bits', 'minutes of work', 'a usage error'),
  strangersMax: limit(512, 'count', 'authors that no record is known of, as unproven members',
    'bulletins of further ones are not taken'),
  logsPerAuthorMax: limit(8, 'count', 'runs of one author',
    'the oldest run is forgotten, with its bulletins'),
  outnumberedMax: limit(1_024, 'count', 'authors with more logs than that',
    'the one that was so first may have its old logs taken again'),
  batchOpenMaxMs: limit(5, 'ms', 'while earlier bulletins still wait for some link',
    'the open batch is signed and leaves'),
  checksPerLinkMax: limit(256, 'count', 'batches of a link that wait for their check',
    'the link is not read until half of them are done'),
  checkBytesPerLinkMax: limit(4 * KIB * KIB, 'bytes', 'the same in bytes',
    'the link is not read until half of them are done'),
  wantsUnderWayMax: limit(8, 'count', 'links asked for missing positions at once; one want each',
    'further ones wait'),
  wantBytesMax: limit(1 * KIB * KIB, 'bytes', 'what one want may bring',
    'the rest is asked for with the next'),
  wantPositionsMax: limit(4_096, 'count', 'several links share what is missing',
    'the rest is asked for with the next'),
  wantMaxMs: limit(10 * SECOND_MS, 'ms', 'nothing came for a want for so long',
    'the positions are asked of another link; that one has the last half of the wants'),
  wantWholeMaxMs: limit(60 * SECOND_MS, 'ms', 'of 1 MiB: 140 kbit/s',
    'the same, though something came now and then'),
  offersPerLinkMax: limit(4_096, 'count', 'logs that a link offers something of: rows of a frame',
    'further ones are offered again by the next exchange'),
  wantsServedMax: limit(8, 'count', 'wants of one link that wait here',
    'the link closes as `protocol`'),
  suspicionsMax: limit(64, 'count', 'forks looked into; of a link: heads compared, forks told',
    'further ones wait for the next exchange, or link'),
  gapMs: limit(5 * SECOND_MS, 'ms', 'another link may have what is missing',
    'a gap is told, what comes after it is delivered'),
  heldBackBytesMax: limit(4 * KIB * KIB, 'bytes', 'batches behind gaps, in memory',
    'they are read from the store again; where none is kept gaps are waited for no longer'),
  heldBackBatchesMax: limit(4_096, 'count', 'batches of a log behind gaps, for 5 s',
    'its first gap is waited for no longer'),
  gapsPerLogMax: limit(1_024, 'count', 'ranges remembered of a log; honest ones have a few',
    'its lowest gaps are given up'),
  futureRestMs: limit(60 * SECOND_MS, 'ms', 'clocks may be set meanwhile',
    'what was dated in the future is asked for again'),
  unstoredBytesMax: limit(8 * KIB * KIB, 'bytes', 'own bulletins that no linked peer has stored',
    '`publish` waits'),
  laggingBytesMax: limit(3 * KIB * KIB, 'bytes', 'own ones that a link lacks: they fit its outbox',
    '`publish` waits for it, for so long:'),
  laggingMaxMs: limit(500, 'ms', 'in it a link that keeps up stores a quarter of that',
    'it is not waited for until it lacks less than half of that'),
  publishesWaitingMax: limit(65_536, 'count', 'calls of `publish` that wait',
    'they fail with `busy`'),
  publishBytesWaitingMax: limit(64 * KIB * KIB, 'bytes', 'their contents: a burst fits',
    'the call fails with `busy`'),
  receiptAfterMs: limit(100, 'ms', 'who waits for receipts waits so long',
    'what was stored of a linked author is told to it'),
  receiptAfterBytes: limit(1 * KIB * KIB, 'bytes', 'an eighth of what may be unstored',
    'the same at once'),
  exchangeEveryMs: limit(5 * SECOND_MS, 'ms', 'as rosters', 'logs are compared with a random link'),
  rowsAgainMs: limit(2 * SECOND_MS, 'ms', 'less than half of an exchange',
    'until then no rows are sent again on a link'),
  headsApartMs: limit(500, 'ms', 'receipts are heartbeats out of turn',
    'heads that come sooner after others are not compared'),
  expireEveryMs: limit(5 * SECOND_MS, 'ms', 'often enough for limits of minutes',
    'expired batches are dropped'),
  storeRestMs: limit(5 * SECOND_MS, 'ms', 'the disk was full a moment ago',
    'publishing fails and nothing is asked for meanwhile'),
  tellTopicsAfterMs: limit(50, 'ms', 'subscriptions come together', 'they are told'),
  subscriptionBufferMax: limit(1_024, 'count', 'default of `bufferMax`',
    'the reader is fed from the store'),
  logsPerReaderMax: limit(16_384, 'count', 'logs of which a subscription knows what it gave',
    'the oldest is forgotten'),
  validateMaxMs: limit(5 * SECOND_MS, 'ms', 'a validator may ask somebody', 'it ignores'),
  requestsPerLinkMax: limit(64, 'count', 'requests of one link being served', 'answered `busy`'),
  requestBytesPerLinkMax: limit(3 * KIB * KIB, 'bytes', 'requests of a link: three of the largest',
    'further ones fail, or are answered, with `busy`'),
  requestsMax: limit(1_024, 'count', 'own requests under way', 'they fail with `busy`'),
  requestDefaultMs: limit(10 * SECOND_MS, 'ms', 'default of `timeoutMs`', 'the request fails'),
  requestMaxMs: limit(10 * MINUTE_MS, 'ms', 'largest `timeoutMs`', 'a usage error'),
  lookupPeersMax: limit(3, 'count', 'linked peers asked for one content at a time',
    'the others are asked after them'),
  lookupPeerMaxMs: limit(2 * SECOND_MS, 'ms', 'a peer that says nothing delays only so long',
    'the next peer is asked'),
  lookupMaxMs: limit(10 * SECOND_MS, 'ms', 'default of `timeoutMs` of `get`',
    'the bulletin counts as not held by anybody'),
  lookupsMax: limit(64, 'count', 'contents that peers are asked for at once', '`get` is `busy`'),
  lookupsServedMax: limit(16, 'count', 'contents that peers asked for and that wait for their turn',
    'the request fails'),
  lookupRestMaxMs: limit(1 * SECOND_MS, 'ms', 'looking takes at most half of the time',
    'the next lookup begins'),
  offersUnderWayMax: limit(32, 'count', 'batches of a file that are being checked',
    'the file is read on when one is done'),
} as const

/** All of them as they are documented and filled, by the name each group is exported under. */
export const LIMITS = {
  WIRE_LIMITS: WIRE,
  LINK_LIMITS: LINK,
  ROSTER_LIMITS: ROSTER,
  DIAL_LIMITS: DIAL,
  PULSE_LIMITS: PULSE,
  TRUST_LIMITS: TRUST,
  BULLETIN_LIMITS: BULLETIN,
  STORE_LIMITS: STORE,
  WORK_LIMITS: WORK,
  HALLWAY_LIMITS: HALLWAY,
  OPTION_LIMITS: OPTION,
} as const satisfies Readonly<Record<string, Limits>>

export const WIRE_LIMITS = valuesOf(WIRE)
export const LINK_LIMITS = valuesOf(LINK)
export const ROSTER_LIMITS = valuesOf(ROSTER)
export const DIAL_LIMITS = valuesOf(DIAL)
export const PULSE_LIMITS = valuesOf(PULSE)
export const TRUST_LIMITS = valuesOf(TRUST)
export const BULLETIN_LIMITS = valuesOf(BULLETIN)
export const STORE_LIMITS = valuesOf(STORE)
export const WORK_LIMITS = valuesOf(WORK)
export const HALLWAY_LIMITS = valuesOf(HALLWAY)
export const OPTION_LIMITS = valuesOf(OPTION)

/** Names of the groups' values, without their reasons. */
export type LimitValues = {
  readonly [G in keyof typeof LIMITS]: { readonly [K in keyof typeof LIMITS[G]]: number }
}
