/**
 * How limits relate: each sentence must hold, or no node is made. Asserted when this module loads,
 * which `create-node.ts` sees to. Read before: `limits.ts`.
 */
import {
  API_LIMITS, BULLETIN_LIMITS, DIAL_LIMITS, HALLWAY_LIMITS, LINK_LIMITS, OPTION_LIMITS,
  PRIVATE_LIMITS, PULSE_LIMITS, ROSTER_LIMITS, ROUTE_LIMITS, STORE_LIMITS, TRUST_LIMITS,
  VOIDPHONE_LIMITS, WIRE_LIMITS, WORK_LIMITS,
  type LimitValues,
} from './limits.js'

const KIB = 1024

/** Bytes on the wire of one row or record, see `wire/fixed.ts`. */
const DIGEST_ROW_BYTES = 44
/** Of a log digest, without its ranges. */
const LOG_ROW_BYTES = 53
const ALIVE_ROW_BYTES = 40
/** Of a link table, see `wire/link-table.ts`. */
const TABLE_HEAD_BYTES = 48
const TABLE_LINK_BYTES = 9
/** Of heads, and of a log-want. */
const WANTED_BYTES = 48
/** CBOR items of one entry of `records`: maps, keys and values. */
const ITEMS_PER_RECORD = 10
/** Of an identity in text. */
const IDENTITY_CHARACTERS = 52

/** How limits relate. Each sentence must hold for these values, or the program does not start. */
export function relationsOf (all: LimitValues): readonly (readonly [string, boolean])[] {
  return [
    ...wireRelations(all), ...linkRelations(all), ...bulletinRelations(all),
    ...rosterRelations(all), ...timeRelations(all), ...optionRelations(all),
    ...privateRelations(all), ...voidphoneRelations(all), ...routeRelations(all),
  ]
}

/** Throws an Error that names the first relation that does not hold. */
export function assertRelations (all: LimitValues): void {
  for (const [sentence, holds] of relationsOf(all)) {
    if (!holds) throw new Error(`src/limits.ts: ${sentence} does not hold`)
  }
}

type Relations = readonly (readonly [string, boolean])[]

function wireRelations ({ WIRE_LIMITS: wire, LINK_LIMITS: link }: LimitValues): Relations {
  const recordsBytesMax = wire.recordsPerFrameMax * (wire.recordBytesMax + wire.signatureBytesMax)
  return [
    ['a record fits a greeting',
      wire.recordBytesMax + wire.signatureBytesMax < wire.greetingFrameBytesMax],
    ['greetings are not larger than frames', wire.greetingFrameBytesMax <= wire.frameBytesMax],
    ['a full digest fits a frame',
      wire.digestRowsPerFrameMax * DIGEST_ROW_BYTES < wire.frameBytesMax],
    ['the largest records frame fits a frame', recordsBytesMax < wire.frameBytesMax],
    ['the largest records frame decodes',
      wire.recordsPerFrameMax * ITEMS_PER_RECORD <= wire.cborItemsMax],
    ['a full alive fits a frame', wire.alivePerFrameMax * ALIVE_ROW_BYTES < wire.frameBytesMax],
    ['a full table fits a frame', TABLE_HEAD_BYTES + wire.tableLinksMax * TABLE_LINK_BYTES +
      wire.signatureBytesMax < wire.frameBytesMax],
    ['full heads fit a frame', wire.headsPerFrameMax * WANTED_BYTES < wire.frameBytesMax],
    ['a key, addresses and tags fit a record', wire.publicKeyBytesMax + wire.nameBytesMax +
      wire.addressesPerRecordMax * wire.addressBytesMax < wire.recordBytesMax],
    ['an own error text fits its frame', wire.ownErrorTextCharsMax <= wire.errorTextBytesMax],
    ['several frames fit the outbox', 2 * wire.frameBytesMax < link.outboxBytesMax],
  ]
}

function linkRelations ({ LINK_LIMITS: link, DIAL_LIMITS: dial }: LimitValues): Relations {
  return [
    ['connecting ends before the handshake', link.connectMaxMs < link.handshakeMaxMs],
    ['a handshake may be evicted before it ends',
      link.handshakeEvictableAfterMs < link.handshakeMaxMs],
    ['one IP cannot fill the handshakes', link.handshakesInPerIpMax < link.handshakesInMax],
    ['one IP cannot fill the greetings', link.greetingsInPerIpMax < link.greetingsInMax],
    ['whoever shook hands may greet', link.handshakesInPerIpMax <= link.greetingsInPerIpMax],
    ['others than the vouched may dial', link.handshakesOutReserved < link.handshakesOutMax],
    ['the long lost leave slots', dial.longLostUnderWayMax <
      link.handshakesOutMax - link.handshakesOutReserved],
    ['a write may be handed over', link.writeBytesMax < link.handedBytesMax],
    ['what is handed over fits the outbox', link.handedBytesMax < link.outboxBytesMax],
  ]
}

function bulletinRelations (all: LimitValues): Relations {
  const { BULLETIN_LIMITS: bulletin, WIRE_LIMITS: wire, LINK_LIMITS: link } = all
  const { TRUST_LIMITS: trust } = all
  return [
    ['the largest bulletin fits a frame', wire.contentBytesMax + 4 * KIB < wire.frameBytesMax],
    ['the default content is allowed', bulletin.contentDefaultBytesMax <= wire.contentBytesMax],
    ['a want brings a whole batch', wire.contentBytesMax < bulletin.wantBytesMax],
    ['all topics fit a frame', wire.topicsPerLinkMax * 32 < wire.frameBytesMax],
    ['log rows fit a frame',
      wire.logRowsPerFrameMax * (LOG_ROW_BYTES + wire.rangesPerLogMax * 8) < wire.frameBytesMax],
    ['the largest request fits a frame', wire.requestBytesMax + KIB < wire.frameBytesMax],
    ['the largest request may be asked', wire.requestBytesMax <= bulletin.requestBytesPerLinkMax],
    ['requests under way fit the outbox, and an answer',
      bulletin.requestBytesPerLinkMax + wire.frameBytesMax <= link.outboxBytesMax],
    ['answers to all wants fit the outbox',
      bulletin.wantBytesMax + wire.frameBytesMax < link.outboxBytesMax],
    ['receipts come before publishing waits',
      4 * bulletin.receiptAfterBytes < bulletin.unstoredBytesMax],
    ['receipts come before links lag', 2 * bulletin.receiptAfterBytes < bulletin.laggingBytesMax],
    ['the largest bulletin may wait', wire.contentBytesMax <= bulletin.publishBytesWaitingMax],
    ['what a link may lack fits its outbox',
      bulletin.laggingBytesMax + wire.frameBytesMax <= link.outboxBytesMax],
    ['who may publish is not taken for the future',
      trust.clockSkewPublishMs < bulletin.futureMaxMs],
    ['the default of retain is in its range', bulletin.retainMinMs <= bulletin.retainDefaultMs &&
      bulletin.retainDefaultMs <= bulletin.retainMaxMs],
    ['the default quota is in its range', bulletin.quotaMinBytes <= bulletin.quotaDefaultBytes &&
      bulletin.quotaDefaultBytes <= bulletin.quotaMaxBytes],
  ]
}

function voidphoneRelations (all: LimitValues): Relations {
  const { VOIDPHONE_LIMITS: voidphone, BULLETIN_LIMITS: bulletin } = all
  return [
    ['modules are waited for no longer than any validator',
      voidphone.validationMaxMs <= bulletin.validateMaxMs],
    ['the default of waiting for modules is in its range',
      voidphone.validationMinMs <= voidphone.validationDefaultMs &&
      voidphone.validationDefaultMs <= voidphone.validationMaxMs],
    ['verdicts owed leave message ids free', voidphone.verdictsPerModuleMax < 0x1_0000],
    ['what a module announces fits what another has not read',
      voidphone.announceBytesPerModuleMax < voidphone.moduleOutboxBytesMax],
    ['one address cannot take every place of askers',
      voidphone.askersPerIpMax < voidphone.askersMax],
  ]
}

function rosterRelations (all: LimitValues): Relations {
  const { ROSTER_LIMITS: roster, TRUST_LIMITS: trust, WIRE_LIMITS: wire, LINK_LIMITS: link } = all
  return [
    ['one teller cannot bring every stranger', roster.unprovenPerTellerMax < roster.unprovenMax],
    ['strangers cannot fill the roster', roster.unprovenMax < roster.membersMaxDefault],
    ['all links are members', link.linksMaxDefault + link.linksSpare <= roster.membersMaxDefault],
    ['a digest has the roster and the forgotten',
      roster.membersMaxDefault + roster.forgottenMax < wire.digestRowsPerFrameMax],
    ['renewal beats death', roster.recordRenewedEveryMs * 2 < roster.recordDeadAfterMs],
    ['a clock is refused before its records are', trust.clockSkewRefuseMs <=
      roster.recordFutureMaxMs],
    ['a warning comes before a refusal', trust.clockSkewWarnMs < trust.clockSkewRefuseMs],
    ['every member\'s key may be kept', roster.membersMaxDefault <= trust.keysKeptMax],
    ['news leave before rosters are compared', roster.passOnAfterMs < roster.compareAfterMs],
  ]
}

function timeRelations ({ PULSE_LIMITS: pulse, DIAL_LIMITS: dial }: LimitValues): Relations {
  return [
    ['three heartbeats fit a silence', pulse.silenceMaxMs > 3 * pulse.heartbeatEveryMs],
    ['jitter is shorter than a beat', pulse.heartbeatJitterMs < pulse.heartbeatEveryMs],
    ['a late tick is far from a silence', pulse.lateTickMs < pulse.silenceMaxMs / 2],
    ['corrections leave time to judge', pulse.lateCorrectionMaxMs < pulse.lateCorrectionWindowMs],
    ['pings of the shortest period are shown',
      pulse.pingsPerSecondMax * pulse.periodMinMs > 1_000],
    ['pings after a stall are borne', pulse.pingsBornePerSecondMax >
      2 * pulse.silenceMaxMs / pulse.periodMinMs],
    ['back-off grows', dial.redialFirstMs < dial.redialCapMs],
    ['the larger dials in the end', dial.largerWaitsMs < dial.largerYieldsMaxMs],
    ['without a link there is more hurry', dial.connectEveryLinklessMs < dial.connectEveryMs],
  ]
}

function optionRelations (all: LimitValues): Relations {
  const { OPTION_LIMITS: option, LINK_LIMITS: link, ROSTER_LIMITS: roster } = all
  const { PULSE_LIMITS: pulse, DIAL_LIMITS: dial, HALLWAY_LIMITS: hallway, WIRE_LIMITS: wire } = all
  const within = (low: number, value: number, high: number): boolean =>
    low <= value && value <= high
  return [
    ['the default of maxLinks is in its range',
      within(option.linksMin, link.linksMaxDefault, option.linksMost)],
    ['the default of maxMembers is in its range',
      within(option.membersMin, roster.membersMaxDefault, option.membersMost)],
    ['the default period is in its range',
      within(pulse.periodMinMs, pulse.periodDefaultMs, pulse.periodMaxMs)],
    ['the default of rejoin is in its range',
      within(dial.rejoinMinMs, dial.rejoinDefaultMs, dial.rejoinMaxMs)],
    ['every member\'s name may be shown', option.membersMost <= option.namesShownMax],
    ['all topics of the command line are told', option.topicsMax + 3 <= wire.topicsPerLinkMax],
    ['own addresses fit a record', hallway.ownAddressesMax <= wire.addressesPerRecordMax],
    ['a key in a file fits its option', option.fileTextBytesMax <= option.fileBytesMax],
  ]
}

function privateRelations (all: LimitValues): Relations {
  const { PRIVATE_LIMITS: own, DIAL_LIMITS: dial, BULLETIN_LIMITS: bulletin } = all
  const { WIRE_LIMITS: wire } = all
  return [
    ['no contact\'s name is an identity', own.contactNameCharsMax < IDENTITY_CHARACTERS],
    ['contacts leave addresses to dial', own.contactsMax < dial.connectTargetsMax],
    ['a greeting ends as a request may', own.greetingMaxMs <= bulletin.requestMaxMs],
    ['a peer may be greeted for every contact it may be',
      own.greetingsPerLinkMax < own.greetingsServedMax],
    ['the largest letter is kept', wire.contentBytesMax <= own.lettersBytesMax],
  ]
}

function routeRelations (all: LimitValues): Relations {
  const { ROUTE_LIMITS: route, BULLETIN_LIMITS: bulletin, LINK_LIMITS: link } = all
  const { WIRE_LIMITS: wire, ROSTER_LIMITS: roster } = all
  return [
    ['a table has every link', link.linksMaxDefault + link.linksSpare <= wire.tableLinksMax],
    ['tables of all members are compared', roster.membersMaxDefault < wire.digestRowsPerFrameMax],
    ['a changed table is signed before the minute', route.tableAfterMs <= route.tableWaitsMaxMs &&
      route.tableWaitsMaxMs < route.tableEveryMs],
    ['an honest owner signs fewer tables than may come',
      route.tablesPerSecondMax * route.tableWaitsMaxMs > 1_000],
    ['what was told is asked for before its log has a gap',
      route.headsAfterMs + route.headsAskedAfterMs < bulletin.gapMs],
  ]
}

assertRelations({
  WIRE_LIMITS, LINK_LIMITS, ROSTER_LIMITS, DIAL_LIMITS, PULSE_LIMITS, TRUST_LIMITS,
  BULLETIN_LIMITS, STORE_LIMITS, WORK_LIMITS, PRIVATE_LIMITS, HALLWAY_LIMITS, OPTION_LIMITS,
  API_LIMITS, VOIDPHONE_LIMITS, ROUTE_LIMITS,
})
