/** P6: what a node holds stays within its limit, whatever is said to it; looked at every second. */
import {
  BULLETIN_LIMITS, DIAL_LIMITS, LINK_LIMITS, ROSTER_LIMITS, ROUTE_LIMITS, WIRE_LIMITS,
} from '../../../src/limits.js'
import type { SimNode, World } from '../world.js'
import type { Watch } from '../watch.js'

const EVERY_MS = 1_000
const MEMBERS_MAX = ROSTER_LIMITS.membersMaxDefault
const LINKS_MAX = LINK_LIMITS.linksMaxDefault + LINK_LIMITS.linksSpare
/** Links of whatever state but those whose end is awaited. */
const OPEN_MAX = 2 * LINKS_MAX + LINK_LIMITS.handshakesInMax + LINK_LIMITS.handshakesOutMax
/** Deadlines of one link (greeting or four others), of one attempt, and those of the node. */
const DEADLINES_MAX = 4 * OPEN_MAX + 2 * LINK_LIMITS.handshakesOutMax +
  DIAL_LIMITS.connectTargetsMax + 16

/** The most that a node may hold, by the names of `Core.sizes()`. */
const MOST: Readonly<Record<string, number>> = {
  members: MEMBERS_MAX,
  unproven: ROSTER_LIMITS.unprovenMax,
  unprovenOfOne: ROSTER_LIMITS.unprovenPerTellerMax,
  forgotten: ROSTER_LIMITS.forgottenMax,
  linksReady: LINKS_MAX,
  linksObsolete: LINKS_MAX,
  greetingsIn: LINK_LIMITS.handshakesInMax,
  greetingsOut: LINK_LIMITS.handshakesOutMax,
  dialsUnderWay: LINK_LIMITS.handshakesOutMax,
  attempts: LINK_LIMITS.handshakesOutMax,
  asks: LINK_LIMITS.handshakesOutMax,
  beats: 2 * LINKS_MAX,
  clocks: LINKS_MAX,
  inLimbo: LINK_LIMITS.handshakesInMax + LINK_LIMITS.handshakesOutMax,
  posts: DIAL_LIMITS.connectTargetsMax,
  seeks: MEMBERS_MAX,
  tellers: MEMBERS_MAX,
  reached: 2 * MEMBERS_MAX,
  unowned: WIRE_LIMITS.refuseOthersMax,
  news: MEMBERS_MAX + 1,
  back: MEMBERS_MAX,
  spokenOf: MEMBERS_MAX,
  seenAt: WIRE_LIMITS.addressesPerRecordMax,
  replacements: MEMBERS_MAX,
  suspected: MEMBERS_MAX,
  deadlines: DEADLINES_MAX,
  deadlineEntries: 64 + 4 * DEADLINES_MAX,
  authors: MEMBERS_MAX + 1 + BULLETIN_LIMITS.strangersMax,
  givers: BULLETIN_LIMITS.giversMax,
  outnumbered: BULLETIN_LIMITS.outnumberedMax,
  logsOfOne: BULLETIN_LIMITS.logsPerAuthorMax,
  gapsOfOne: BULLETIN_LIMITS.gapsPerLogMax,
  bulletinBytes: BULLETIN_LIMITS.quotaDefaultBytes,
  heldBackOfOne: BULLETIN_LIMITS.heldBackBatchesMax,
  heldBackBytes: BULLETIN_LIMITS.heldBackBytesMax,
  suspicions: BULLETIN_LIMITS.suspicionsMax,
  comparedOfOne: BULLETIN_LIMITS.suspicionsMax,
  forksToldOfOne: BULLETIN_LIMITS.suspicionsMax,
  checksOfOne: BULLETIN_LIMITS.checksPerLinkMax,
  checkBytesOfOne: BULLETIN_LIMITS.checkBytesPerLinkMax + WIRE_LIMITS.frameBytesMax,
  loads: OPEN_MAX,
  followers: LINKS_MAX,
  publishesWaiting: BULLETIN_LIMITS.publishesWaitingMax,
  openItems: WIRE_LIMITS.itemsPerBatchMax,
  receipts: LINKS_MAX,
  unstoredBytes: BULLETIN_LIMITS.unstoredBytesMax + WIRE_LIMITS.frameBytesMax,
  wantsServedOfOne: BULLETIN_LIMITS.wantsServedMax,
  serving: OPEN_MAX,
  digestsSeen: LINKS_MAX,
  wants: BULLETIN_LIMITS.wantsUnderWayMax,
  offersOfOne: BULLETIN_LIMITS.offersPerLinkMax,
  offering: LINKS_MAX,
  headsWaiting: ROUTE_LIMITS.headsWaitingMax,
  headsWaitingOfOne: ROUTE_LIMITS.headsWaitingOfOneMax,
  headsTelling: LINKS_MAX,
  tables: MEMBERS_MAX + 1,
  tableTurns: MEMBERS_MAX + 1,
  tableLinksOfOne: WIRE_LIMITS.tableLinksMax,
  tableNews: MEMBERS_MAX,
  linksFresh: LINKS_MAX,
  onwards: ROUTE_LIMITS.onwardsKeptMax,
  childrenKept: ROUTE_LIMITS.onwardsKeptMax,
  standings: MEMBERS_MAX,
  downs: MEMBERS_MAX,
  pingOrigins: ROUTE_LIMITS.relayPingOriginsMax,
  pingsSeenOfOne: ROUTE_LIMITS.relayPingsSeenMax,
}
/** Bounded by others: `links` is the sum of its states. */
const UNBOUNDED = new Set(['links', 'linksClosing'])

export function checkBounded (world: World, watch: Watch): void {
  const look = (): void => {
    for (const node of world.nodes) if (!node.isHostile) lookAt(node, watch)
    world.at(world.nowMs + EVERY_MS, look)
  }
  world.at(EVERY_MS, look)
}

function lookAt (node: SimNode, watch: Watch): void {
  if (node.core === null) return
  watch.looked('bounded')
  for (const [name, size] of Object.entries(node.core.sizes())) {
    const most = MOST[name]
    // A member may have less room than most.
    const { quotaBytes } = node.policy.bulletins
    if (name === 'bulletinBytes' && quotaBytes !== undefined && size > quotaBytes) {
      watch.fail('bounded', `n${node.index} holds ${size} bytes of bulletins of ${quotaBytes}`)
    }
    if (most === undefined && UNBOUNDED.has(name)) continue
    if (most === undefined) watch.fail('bounded', `nobody says how many ${name} there may be`)
    else if (size > most) watch.fail('bounded', `n${node.index} holds ${size} ${name} of ${most}`)
  }
}
