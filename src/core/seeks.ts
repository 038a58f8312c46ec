/**
 * Whom to dial, and when: members without a ready link. Fresh losses back off from 0.1 s to 5 s;
 * peers lost for more than a minute share a budget, so the cost does not grow with the dead; news
 * of a peer (a record, `alive`) wakes it at once (DESIGN 6, Redial). With more members than links
 * not everyone is wanted. Read next: `dials.ts`, and `slots.ts` for who is.
 */
import { DIAL_LIMITS, LINK_LIMITS } from '../limits.js'
import { isDialable } from '../wire/address.js'
import type { Identity } from '../wire/identity.js'
import { fill, type Bucket } from './bucket.js'
import type { Attempt, Dials } from './dials.js'
import type { Mesh } from './mesh.js'
import type { Member } from './roster.js'
import type { SeekReport } from './routes/vocabulary.js'
import type { Sizes } from './sizes.js'
import type { Slots } from './slots.js'

type Urgency = 'idle' | 'new' | 'vouched'

interface Seek {
  readonly peer: Identity
  /** Had a ready link in this run, or is only known of. */
  readonly origin: 'lost' | 'learnt'
  /** Lost or learnt then. */
  readonly sinceMs: number
  /** Last sign of life, or when it was learnt. */
  readonly heardMs: number
  /** Failed attempts since. */
  failures: number
  /** Not before. */
  dueMs: number
  /** It refused: not before this, whatever the news. */
  restsUntilMs: number
  /** The larger of a pair yields to the smaller until then, while links are being made. */
  yieldsUntilMs: number
  /**
   * idle: waits for its time. new: goes before those. vouched: somebody is linked with it now; goes
   * first, and some handshakes are kept free for its like.
   */
  urgency: Urgency
  /** Last attempt began; random before the first, so that the first round is in random order. */
  triedMs: number
  /** Addresses where somebody else answered. */
  readonly takenOver: Set<string>
  /** Vouched for during an attempt, which may have begun before: if it fails, the news counts. */
  isVouchedAnew: boolean
  /** With more members than links: no path is known since then; null: one is. */
  unreachedMs: number | null
  /** Address that led to the last greeting in vain: tried after the others. */
  inVain: string | null
  lastError: string | null
}

const RANK: Readonly<Record<Urgency, number>> = { vouched: 0, new: 1, idle: 2 }

export class Seeks {
  readonly #mesh: Mesh
  readonly #dials: Dials
  readonly #slots: Slots
  readonly #seeks = new Map<Identity, Seek>()
  readonly #tellers = new Map<Identity, Bucket>()
  readonly #longLost: Bucket = { tokens: DIAL_LIMITS.longLostPerSecondMax, filledMs: 0 }
  #recentsTurn = true
  #pumpMs = Infinity
  #readyMs = -Infinity
  /** Addresses that full members named, and when one of them was dialled last. */
  #unowned: readonly string[] = []
  #unownedMs = -Infinity

  constructor (mesh: Mesh, dials: Dials, slots: Slots) {
    this.#mesh = mesh
    this.#dials = dials
    this.#slots = slots
  }

  get sizes (): Sizes {
    return {
      seeks: this.#seeks.size, tellers: this.#tellers.size, unowned: this.#unowned.length,
    }
  }

  /** A member without a link is news; `vouched`: its teller is linked with it. */
  learn (peer: Identity, vouched: boolean, heardMs = this.#mesh.nowMs): void {
    const urgency = vouched ? 'vouched' : 'new'
    if (this.#seeks.has(peer)) this.#wake(peer, urgency)
    else this.#add(peer, 'learnt', heardMs, this.#mesh.nowMs + this.#courtesyMs(peer), urgency)
  }

  /** A ready link was lost: first try after a moment. */
  lose (peer: Identity): void {
    const { nowMs, random } = this.#mesh
    const waitMs = random.jittered(DIAL_LIMITS.redialFirstMs, DIAL_LIMITS.redialJitter)
    this.#add(peer, 'lost', nowMs, nowMs + waitMs, 'idle')
  }

  /** Somebody is linked with it now: try at once, if it is still waiting. */
  wake (peer: Identity): void {
    this.#wake(peer, 'vouched')
  }

  #wake (peer: Identity, urgency: Urgency): void {
    const seek = this.#seeks.get(peer)
    if (seek === undefined) return
    if (urgency === 'vouched' && this.#dials.seeks(peer)) seek.isVouchedAnew = true
    if (seek.urgency === 'vouched' || seek.urgency === urgency) return
    seek.urgency = urgency
    seek.dueMs = Math.max(
      seek.restsUntilMs, this.#mesh.nowMs + this.#courtesyMs(peer),
      seek.triedMs + DIAL_LIMITS.redialWokenMs,
    )
    seek.yieldsUntilMs = this.#mesh.nowMs + this.#yieldMs(peer)
    seek.takenOver.clear()
    this.pumpAt(seek.dueMs)
  }

  /** It refused: leave it alone for so long. */
  rest (peer: Identity, forMs: number): void {
    const seek = this.#seeks.get(peer)
    if (seek === undefined) return
    seek.urgency = 'idle'
    seek.restsUntilMs = this.#mesh.nowMs + forMs
    seek.dueMs = seek.restsUntilMs
  }

  /** A link with it is ready. */
  onReady (peer: Identity): void {
    this.#seeks.delete(peer)
    this.#unowned = []
    this.#readyMs = this.#mesh.nowMs
  }

  /** Left or forgotten: nothing to seek. */
  drop (peer: Identity): void {
    this.#seeks.delete(peer)
  }

  dropAll (): void {
    this.#seeks.clear()
  }

  /** When a link became ready last. */
  get readyMs (): number {
    return this.#readyMs
  }

  /** True when its last ready link of this run was lost. */
  isLost (peer: Identity): boolean {
    return this.#seeks.get(peer)?.origin === 'lost'
  }

  /** How often it was tried in vain since it was lost or learnt. */
  failuresOf (peer: Identity): number {
    return this.#seeks.get(peer)?.failures ?? 0
  }

  /** How it goes, for people; null when it is not sought. */
  reportOf (peer: Identity): SeekReport | null {
    const seek = this.#seeks.get(peer)
    if (seek === undefined) return null
    const { failures, lastError, triedMs, dueMs } = seek
    const { offsetMs } = this.#mesh
    return {
      failures, lastError,
      triedMs: triedMs < 0 ? null : Math.round(triedMs + offsetMs),
      nextMs: dueMs === Infinity ? null : Math.round(Math.max(dueMs, this.#mesh.nowMs) + offsetMs),
    }
  }

  /** Somebody else answers there. True when no address of the peer is left. */
  takeOver (peer: Identity, address: string): boolean {
    const member = this.#mesh.roster.get(peer)
    const seek = this.#seeks.get(peer)
    if (seek === undefined || member === undefined) return false
    seek.takenOver.add(address)
    return this.#addressesOf(member, seek).length === 0
  }

  /** A full member names others: this node has no link yet and tries them, whoever they are. */
  noteUnowned (addresses: readonly string[], overLoopback: boolean): void {
    const { self, nowMs } = this.#mesh
    const usable = addresses.filter(address =>
      isDialable(address, overLoopback) && !self.addresses.includes(address))
    // What was named last is most likely to have room, of that what was named first.
    if (usable.length > 0) this.#unowned = usable
    this.pumpAt(Math.max(nowMs, this.#tryUnowned()))
  }

  /** One of them, seldom. Returns when the next may be tried. */
  #tryUnowned (): number {
    const { nowMs, links } = this.#mesh
    const [address, ...others] = this.#unowned
    if (links.readyCount > 0 || address === undefined) return Infinity
    const nextMs = this.#unownedMs + DIAL_LIMITS.unownedAddressEveryMs
    if (nowMs < nextMs) return nextMs
    if (!this.#dials.hasRoom) return nowMs + DIAL_LIMITS.pumpEveryMs
    this.#unowned = others
    this.#unownedMs = nowMs
    this.#dials.start({ peer: null, target: null, purpose: 'fresh' }, [address])
    return others.length > 0 ? nowMs + DIAL_LIMITS.unownedAddressEveryMs : Infinity
  }

  /** An attempt ended without a link: back off. */
  onFailed (attempt: Attempt): void {
    const seek = attempt.peer === null ? undefined : this.#seeks.get(attempt.peer)
    this.pumpAt(this.#mesh.nowMs)
    if (seek === undefined) return
    const { random, nowMs } = this.#mesh
    seek.failures++
    seek.urgency = 'idle'
    seek.inVain = attempt.wonAt
    seek.lastError = attempt.lastError
    // From the beginning of the attempt: a dial that ran into its limit has waited already.
    const waitMs = random.jittered(backOffMs(seek.failures), DIAL_LIMITS.redialJitter)
    seek.dueMs = Math.max(seek.dueMs, seek.triedMs + waitMs, nowMs)
    this.pumpAt(seek.dueMs)
    if (seek.isVouchedAnew) this.#wake(seek.peer, 'vouched')
    seek.isVouchedAnew = false
  }

  /** Looks again no later than then. */
  pumpAt (atMs: number): void {
    const { deadlines } = this.#mesh
    if (atMs < this.#pumpMs || !deadlines.has('dial-pump', '')) {
      this.#pumpMs = atMs
      deadlines.set('dial-pump', '', atMs)
    }
  }

  /** Starts what is due, most promising first, as far as slots and budgets reach. */
  pump (): void {
    const { nowMs } = this.#mesh
    this.#pumpMs = Infinity
    const isPartial = this.#slots.isPartial(this.#seeks.size)
    let nextMs = this.#tryUnowned()
    if (isPartial) nextMs = Math.min(nextMs, nowMs + this.#slots.lookEveryMs)
    const due: Seek[] = []
    for (const seek of this.#seeks.values()) {
      if (this.#dials.seeks(seek.peer) || !this.#isWanted(seek, isPartial)) continue
      this.#yield(seek)
      if (seek.dueMs <= nowMs) due.push(seek)
      else nextMs = Math.min(nextMs, seek.dueMs)
    }
    due.sort(isPartial ? byLastTry : byUrgency)
    let isHeldUp = false
    for (const seek of due) {
      if (this.#isBudgeted(seek) || !this.#hasSlot(seek, isPartial)) continue
      if (!this.#tryDial(seek, 'fresh')) isHeldUp = true
    }
    if (this.#pumpLong(due.filter(seek => this.#isBudgeted(seek)), isPartial)) isHeldUp = true
    if (isHeldUp) nextMs = Math.min(nextMs, nowMs + DIAL_LIMITS.pumpEveryMs)
    if (nextMs < Infinity) this.pumpAt(nextMs)
  }

  /** Where there are no more members than links everyone is. */
  #isWanted (seek: Seek, isPartial: boolean): boolean {
    const { nowMs } = this.#mesh
    const isReached = isPartial && this.#slots.reaches(seek.peer)
    seek.unreachedMs = isReached ? null : seek.unreachedMs ?? nowMs
    if (!isPartial) return true
    return this.#slots.wants(seek.peer, this.#unreachedForMs(seek))
  }

  /** Whether the link, if it comes to be, is one that this node may have. */
  #hasSlot (seek: Seek, isPartial: boolean): boolean {
    const attempts = this.#dials.countOf('fresh') + this.#dials.countOf('operator')
    return !isPartial || this.#slots.mayDial(this.#unreachedForMs(seek), attempts)
  }

  #unreachedForMs ({ unreachedMs }: Seek): number | null {
    return unreachedMs === null ? null : this.#mesh.nowMs - unreachedMs
  }

  /** So long no path is known to a peer without a link; null: one is. To a stranger for ever. */
  unreachedForMs (peer: Identity): number | null {
    const seek = this.#seeks.get(peer)
    return seek === undefined ? Infinity : this.#unreachedForMs(seek)
  }

  /** True when somebody still waits for the budget. */
  #pumpLong (waiting: Seek[], isPartial: boolean): boolean {
    const { longLostPerSecondMax, longLostUnderWayMax, longLostRecentMax } = DIAL_LIMITS
    const latest = new Set([...this.#seeks.values()].filter(seek => this.#isBudgeted(seek))
      .sort((a, b) => b.heardMs - a.heardMs).slice(0, longLostRecentMax))
    const recents = waiting.filter(seek => latest.has(seek))
    const others = waiting.filter(seek => !latest.has(seek))
    fill(this.#longLost, longLostPerSecondMax, longLostPerSecondMax, this.#mesh.nowMs)
    while (this.#longLost.tokens >= 1 && this.#dials.countOf('long') < longLostUnderWayMax) {
      const [first, second] = this.#recentsTurn ? [recents, others] : [others, recents]
      const seek = takeLongestUntried(first) ?? takeLongestUntried(second)
      if (seek === undefined || !this.#hasSlot(seek, isPartial)) return false
      this.#recentsTurn = !this.#recentsTurn
      if (!this.#tryDial(seek, 'long')) return true
      this.#longLost.tokens--
    }
    return recents.length + others.length > 0
  }

  /** False when a slot or a budget is wanting; true when it was dialled or cannot be. */
  #tryDial (seek: Seek, purpose: 'fresh' | 'long'): boolean {
    const { roster, links, nowMs } = this.#mesh
    const member = roster.get(seek.peer)
    if (member === undefined || member.record.state === 'left') {
      this.#seeks.delete(seek.peer)
      return true
    }
    // Ready or shaking hands: whoever began it goes first.
    if (links.ofPeer(seek.peer).length > 0) {
      seek.dueMs = nowMs + DIAL_LIMITS.pumpEveryMs
      return false
    }
    // Before the addresses, which cost most: hundreds of strangers may wait here for their turn.
    const reserved = seek.urgency === 'vouched' ? 0 : LINK_LIMITS.handshakesOutReserved
    if (this.#dials.underWay >= LINK_LIMITS.handshakesOutMax - reserved) return false
    const bucket = this.#bucketOf(member)
    if (bucket !== null && bucket.tokens < 1) return false
    const addresses = this.#addressesOf(member, seek)
    if (addresses.length === 0) {
      seek.urgency = 'idle'
      seek.dueMs = nowMs + DIAL_LIMITS.redialCapMs
      seek.takenOver.clear()
      return true
    }
    if (bucket !== null) bucket.tokens--
    seek.triedMs = nowMs
    this.#dials.start({ peer: seek.peer, target: null, purpose }, addresses)
    return true
  }

  /** What a stranger's teller may cost: 4 dials a second, some saved up. */
  #bucketOf ({ standing }: Member): Bucket | null {
    if (standing.at === 'proven') return null
    const { unprovenBurstMax, unprovenPerSecondMax } = DIAL_LIMITS
    const bucket = this.#tellers.get(standing.teller) ?? { tokens: unprovenBurstMax, filledMs: 0 }
    if (!this.#tellers.has(standing.teller)) {
      bucket.filledMs = this.#mesh.nowMs
      this.#tellers.set(standing.teller, bucket)
    }
    fill(bucket, unprovenPerSecondMax, unprovenBurstMax, this.#mesh.nowMs)
    return bucket
  }

  /** Buckets that are full again say nothing: forgetting them changes nothing. */
  forgetFullBuckets (): void {
    const { unprovenBurstMax, unprovenPerSecondMax } = DIAL_LIMITS
    for (const [teller, bucket] of this.#tellers) {
      fill(bucket, unprovenPerSecondMax, unprovenBurstMax, this.#mesh.nowMs)
      if (bucket.tokens >= unprovenBurstMax) this.#tellers.delete(teller)
    }
  }

  /**
   * Last good one first, unless its greeting was in vain: a twin gone quiet may answer there. Never
   * an own address, nor one where somebody else was found.
   */
  #addressesOf (member: Member, seek: Seek): string[] {
    const own = this.#mesh.self.addresses
    const all = member.lastGood === null
      ? member.record.addresses
      : [member.lastGood, ...member.record.addresses]
    const usable = [...new Set(all)].filter(address =>
      isDialable(address, member.overLoopback) &&
      !own.includes(address) && !seek.takenOver.has(address))
    const { inVain } = seek
    return [...usable.filter(one => one !== inVain), ...usable.filter(one => one === inVain)]
  }

  /** Lost for more than a minute and no news of it, nor a path to it. */
  #isBudgeted (seek: Seek): boolean {
    return seek.urgency === 'idle' && seek.unreachedMs !== null &&
      this.#mesh.nowMs - seek.sinceMs >= DIAL_LIMITS.freshForMs
  }

  /** Of a pair the smaller dials at once, the larger after a second. */
  #courtesyMs (peer: Identity): number {
    return this.#mesh.options.me < peer ? 0 : DIAL_LIMITS.largerWaitsMs
  }

  /**
   * While links are being made one after the other the smaller of a pair is about to dial: a second
   * dial would only double the work of a busy machine. Not for long: it may be unable to.
   */
  #yield (seek: Seek): void {
    if (seek.urgency === 'idle' || this.#mesh.nowMs >= seek.yieldsUntilMs) return
    const untilMs = this.#readyMs + DIAL_LIMITS.largerYieldsMs
    seek.dueMs = Math.max(seek.dueMs, Math.min(untilMs, seek.yieldsUntilMs))
  }

  #yieldMs (peer: Identity): number {
    return this.#mesh.options.me < peer ? 0 : DIAL_LIMITS.largerYieldsMaxMs
  }

  #add (
    peer: Identity, origin: Seek['origin'], heardMs: number, dueMs: number, urgency: Urgency,
  ): void {
    const { nowMs, random } = this.#mesh
    this.#seeks.set(peer, {
      peer,
      origin,
      sinceMs: nowMs,
      heardMs,
      failures: 0,
      dueMs,
      restsUntilMs: 0,
      yieldsUntilMs: nowMs + this.#yieldMs(peer),
      urgency,
      triedMs: -random.fraction(),
      takenOver: new Set(),
      isVouchedAnew: false,
      unreachedMs: nowMs,
      inVain: null,
      lastError: null,
    })
    this.pumpAt(dueMs)
  }
}

/** Wait after so many failures: 0.1 s doubling to 5 s. */
export function backOffMs (failures: number): number {
  return Math.min(DIAL_LIMITS.redialCapMs, DIAL_LIMITS.redialFirstMs * 2 ** Math.min(failures, 16))
}

/** The most promising first. */
function byUrgency (a: Seek, b: Seek): number {
  return RANK[a.urgency] - RANK[b.urgency] || a.dueMs - b.dueMs
}

/** Any of those never tried, in random order: a mesh of few links is to be woven at random. */
function byLastTry (a: Seek, b: Seek): number {
  return a.triedMs - b.triedMs
}

/** Takes out the one that waits longest since its last try. */
function takeLongestUntried (seeks: Seek[]): Seek | undefined {
  let best = 0
  for (let i = 1; i < seeks.length; i++) {
    if ((seeks[i]?.triedMs ?? 0) < (seeks[best]?.triedMs ?? 0)) best = i
  }
  return seeks.splice(best, 1)[0]
}
