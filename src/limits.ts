/**
 * Every bound of the house, in one leaf that anyone may import and that imports nothing.
 *
 * Each entry: a name with its unit last, why it has this value, and what happens when it is reached
 * (`policy`). Relations between them are asserted at the end, when the module loads.
 * Read next: `core/roster.ts` and `core/links.ts`, where most of them bite.
 */

const KIB = 1024
const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** What a link may carry, in bytes and counts. */
export const WIRE_LIMITS = {
  /** Length prefix of a frame: tag and body together. Over it: the link is closed as `protocol`. */
  frameBytesMax: KIB * KIB,
  /** Frames before the peer is welcomed: hello, welcome and refuse are small. Over it: closed. */
  greetingFrameBytesMax: 16 * KIB,
  /** Nesting of a CBOR body; ours need four. Over it: refused before decoding. */
  cborDepthMax: 8,
  /** Items (maps, keys, values) of a CBOR body. Over it: refused before decoding. */
  cborItemsMax: 2_048,
  /** A record's body. Over it: the record is refused. */
  recordBytesMax: 4 * KIB,
  /** A signature: RSA-4096 gives 512 bytes. */
  signatureBytesMax: 1 * KIB,
  /** A public key in SPKI DER: RSA-4096 gives 550 bytes. */
  publicKeyBytesMax: 1 * KIB,
  /** A member's claimed name, in UTF-8 bytes. */
  nameBytesMax: 64,
  /** Addresses in one record. */
  addressesPerRecordMax: 8,
  /** One address in text: the longest DNS name, brackets, colon and port. */
  addressBytesMax: 262,
  /** Tags in one record and their keys and values together. */
  tagsPerRecordMax: 16,
  tagBytesMax: 1 * KIB,
  /** Text of a ping, in UTF-8 bytes. */
  pingTextBytesMax: 256,
  /** Text of an `error` frame, in UTF-8 bytes. */
  errorTextBytesMax: 256,
  /** Records in one `records` frame; more go into further frames. */
  recordsPerFrameMax: 128,
  /** Rows in one roster digest: a full roster and as many forgotten members. */
  digestRowsPerFrameMax: 4_096,
  /** Members named in one `alive` frame. */
  alivePerFrameMax: 1_024,
  /** Other members' addresses in a `refuse full`. */
  refuseOthersMax: 8,
} as const

/** Links, handshakes and what waits on them. */
export const LINK_LIMITS = {
  /** Default of `--max-links`. At it a node stops dialling and refuses with `full`. */
  linksMaxDefault: 256,
  /** Slots beyond it for a peer that has no link at all. */
  linksSpare: 2,
  /** Handshakes this node may have under way as the dialling side. Further dials wait. */
  handshakesOutMax: 16,
  /** Of these, kept for peers that somebody is linked with now, so that the dead delay no one. */
  handshakesOutReserved: 4,
  /** Handshakes under way as the accepting side; when full the oldest older than a second goes. */
  handshakesInMax: 64,
  /** The same for one IP address. */
  handshakesInPerIpMax: 16,
  handshakeEvictableAfterMs: 1 * SECOND_MS,
  /** TCP connection, then the TLS handshake and the greeting. Over it: the attempt has failed. */
  connectMaxMs: 3 * SECOND_MS,
  handshakeMaxMs: 5 * SECOND_MS,
  /** The next address of the same peer is tried after this long without an answer. */
  raceStepMs: 250,
  /** Bytes waiting for one link. Over it: closed as `stalled`. */
  outboxBytesMax: 4 * KIB * KIB,
  /** One write to the socket, and what may be handed to it before one completes. */
  writeBytesMax: 64 * KIB,
  handedBytesMax: 256 * KIB,
  /** No write completed for this long: the link is `stalled` and closes. */
  stalledAfterMs: 10 * SECOND_MS,
  /** Frames of one link that wait in the inbox. Over it: the rest waits unread in the socket. */
  framesWaitingMax: 64,
  /** A closing link may flush this long before its socket is destroyed. */
  closeFlushMaxMs: 1_500,
  /** The obsolete link of a pair is closed by the larger side too after this long. */
  obsoleteAfterMs: 10 * SECOND_MS,
} as const

/** Who is known and for how long. */
export const ROSTER_LIMITS = {
  /** Default of `--max-members`. Full: unproven members give way, then strangers are refused. */
  membersMaxDefault: 1_024,
  /** Members never linked with here, from one teller and in all. Over it: dropped. */
  unprovenPerTellerMax: 128,
  unprovenMax: 512,
  /** An unproven member that could not be reached for this long is forgotten. */
  unprovenForgottenAfterMs: 10 * MINUTE_MS,
  /** What is remembered of forgotten members so that lists do not bring them back; oldest go. */
  forgottenMax: 1_024,
  /** A record issued longer ago is dead everywhere. */
  recordDeadAfterMs: 7 * DAY_MS,
  /** A node signs its own record again this often. */
  recordRenewedEveryMs: 1 * DAY_MS,
  /** A record issued further in the future than this is refused. */
  recordFutureMaxMs: 1 * DAY_MS,
  /** A contact this node was linked with is dialled for this long. */
  contactDialledForMs: 30 * DAY_MS,
  /** A lost ephemeral member is forgotten after this long. */
  ephemeralForgottenAfterMs: 1 * DAY_MS,
  /** Newer records are collected this long before they are passed on. */
  passOnAfterMs: 50,
  /** Links another member's newer record is passed on to; see docs/adr/0003. */
  passOnFanout: 4,
  /** Rosters are compared on a fresh link with a new acquaintance after this, up to twice it. */
  compareAfterMs: 500,
  /** Put off while links become ready, for links younger than this. */
  compareWaitsMaxMs: 3 * SECOND_MS,
  /** One random link compares rosters this often. */
  exchangeEveryMs: 5 * SECOND_MS,
  /** A peer told or heard alive within this long is not told again. */
  aliveQuietMs: 2 * SECOND_MS,
} as const

/** How hard lost peers are sought. */
export const DIAL_LIMITS = {
  /** First wait for a freshly lost peer, doubling to the cap, each with the jitter. */
  redialFirstMs: 100,
  redialCapMs: 5 * SECOND_MS,
  redialJitter: 0.2,
  /** Whoever vouches for it: the same peer is not tried again sooner. */
  redialWokenMs: 250,
  /** A peer lost for longer shares the budget below instead. */
  freshForMs: 60 * SECOND_MS,
  /** All peers lost for longer together: dials a second and dials under way. */
  longLostPerSecondMax: 4,
  longLostUnderWayMax: 4,
  /** Of these, half go to this many most recently heard, half to the others in random order. */
  longLostRecentMax: 8,
  /** Unproven members, for each teller: dials a second, and how many may be saved up. */
  unprovenPerSecondMax: 4,
  unprovenBurstMax: 64,
  /** The budgets above are looked at this often while anybody waits for them. */
  pumpEveryMs: 250,
  /** Of a pair the larger identity waits this long before it dials. */
  largerWaitsMs: 1 * SECOND_MS,
  /** While links become ready it waits on, until none did for this long, at most so long. */
  largerYieldsMs: 500,
  largerYieldsMaxMs: 3 * SECOND_MS,
  /** Operator's addresses: every 5 s without any link, else every 30 s. */
  connectEveryLinklessMs: 5 * SECOND_MS,
  connectEveryMs: 30 * SECOND_MS,
  /** Default of `--rejoin`, and its jitter. */
  rejoinDefaultMs: 600 * SECOND_MS,
  rejoinJitter: 0.2,
  /** An address its owner did not name is dialled at most this often. */
  unownedAddressEveryMs: 2 * SECOND_MS,
  /** A peer that refused with `full` is left alone this long. */
  fullWaitMs: 60 * SECOND_MS,
  /** Addresses given with `--connect` or `connect()`. Over it: a usage error. */
  connectTargetsMax: 1_024,
  /** A DNS answer is kept this long. */
  dnsKeptMs: 30 * SECOND_MS,
} as const

/** Heartbeats and the judgement of silence. */
export const PULSE_LIMITS = {
  /** A heartbeat leaves after this much, jitter only shortens. */
  heartbeatEveryMs: 1 * SECOND_MS,
  heartbeatJitterMs: 200,
  /** No byte for this long: the link is `silent`, is closed and redialled. */
  silenceMaxMs: 3_500,
  /** A tick this late judges nobody. */
  lateTickMs: 250,
  /** All corrections for late ticks within a window. */
  lateCorrectionMaxMs: 30 * SECOND_MS,
  lateCorrectionWindowMs: 60 * SECOND_MS,
  /** Every so many heartbeats carry the wall clock. */
  wallClockEvery: 60,
  /** Heartbeats of one link, a second. Over it: closed as `protocol`; ten times a stall's worth. */
  heartbeatsPerSecondMax: 64,
  /** Pings of one link that are shown, a second; twice what the shortest period gives. */
  pingsPerSecondMax: 20,
  /** Range of `--period`. */
  periodMinMs: 100,
  periodMaxMs: 86_400 * SECOND_MS,
  periodDefaultMs: 5 * SECOND_MS,
} as const

/** Clocks and twins. */
export const TRUST_LIMITS = {
  /** Off the median of the linked peers by more: warning `clock-skew`. */
  clockSkewWarnMs: 30 * SECOND_MS,
  /** A newer record of one's own that nobody is linked with: a twin would show within this. */
  contestMs: 5 * SECOND_MS,
  /** By more than a day: `refuse clock-skew`. */
  clockSkewRefuseMs: 1 * DAY_MS,
  /** Replacements of one identity within the window: warning `clone-suspected`. */
  cloneReplacements: 3,
  cloneWindowMs: 60 * SECOND_MS,
} as const

/** The hallway's pace. */
export const HALLWAY_LIMITS = {
  /** A drain ends after this much, then the event loop breathes. */
  drainMaxMs: 8,
  drainEventsMax: 256,
  /** Deadlines handled in one tick; the rest follow in the next. */
  deadlinesPerTickMax: 4_096,
  /** Own interfaces are looked at this often. */
  interfacesEveryMs: 30 * SECOND_MS,
  /** The wall clock moved by this much against the monotonic one: it was set. */
  clockSetMs: 50,
  /** Leaving: sockets may flush this long, then the node closes. */
  leaveMaxMs: 1_500,
  /** Events and effects the flight recorder keeps; oldest go. */
  recorderEntriesMax: 256,
} as const

function relation (holds: boolean, what: string): void {
  if (!holds) throw new Error(`limits: ${what} does not hold`)
}

{
  const { silenceMaxMs, heartbeatEveryMs, lateTickMs } = PULSE_LIMITS
  relation(silenceMaxMs > 3 * heartbeatEveryMs, 'three heartbeats fit a silence')
  relation(lateTickMs < silenceMaxMs / 2, 'a late tick is far from a silence')
}
{
  const { connectMaxMs, handshakeMaxMs, handshakesInPerIpMax, handshakesInMax } = LINK_LIMITS
  relation(connectMaxMs < handshakeMaxMs, 'connecting ends before the handshake')
  relation(handshakesInPerIpMax < handshakesInMax, 'one IP cannot fill the slots')
  relation(LINK_LIMITS.handshakesOutReserved < LINK_LIMITS.handshakesOutMax, 'others may dial')
  relation(LINK_LIMITS.writeBytesMax < LINK_LIMITS.handedBytesMax, 'a write may be handed over')
}
{
  const { unprovenPerTellerMax, unprovenMax, membersMaxDefault } = ROSTER_LIMITS
  const { recordRenewedEveryMs, recordDeadAfterMs } = ROSTER_LIMITS
  relation(unprovenPerTellerMax < unprovenMax, 'one teller cannot fill the roster')
  relation(unprovenMax < membersMaxDefault, 'strangers cannot fill the roster')
  relation(recordRenewedEveryMs * 2 < recordDeadAfterMs, 'renewal beats death')
}
{
  const { frameBytesMax, digestRowsPerFrameMax, recordsPerFrameMax, alivePerFrameMax } = WIRE_LIMITS
  const { recordBytesMax, signatureBytesMax } = WIRE_LIMITS
  const recordsBytesMax = recordsPerFrameMax * (recordBytesMax + signatureBytesMax)
  relation(digestRowsPerFrameMax * 44 < frameBytesMax, 'a full digest fits a frame')
  relation(recordsBytesMax < frameBytesMax, 'the largest records frame fits a frame')
  relation(alivePerFrameMax * 40 < frameBytesMax, 'a full alive fits a frame')
  relation(recordsPerFrameMax * 8 <= WIRE_LIMITS.cborItemsMax, 'the largest records frame decodes')
}
relation(DIAL_LIMITS.redialFirstMs < DIAL_LIMITS.redialCapMs, 'back-off grows')
