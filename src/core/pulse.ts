/**
 * Heartbeats, round-trip times, silence and pings (DESIGN 7). Any byte counts as life. A tick that
 * comes late judges nobody: a stalled event loop moves every silence deadline instead of accusing.
 */
import { PULSE_LIMITS } from '../limits.js'
import type { Heartbeat, Ping } from '../wire/frame.js'
import type { LinkId } from './event.js'
import type { LinkEntry } from './links.js'
import { log, notify, wallMs, type Mesh } from './mesh.js'
import type { Sizes } from './sizes.js'
import { readyLinks, send } from './speak.js'

interface Beat {
  heardMs: number
  /** Sequence of the last heartbeat sent, and when each of the last few left. */
  sequence: number
  readonly sentAtMs: number[]
  /** Last heartbeat received, and when. */
  theirs: number
  theirsAtMs: number
  rttMs: number | null
  /** Pings within the second that began then; the first few of them are shown. */
  shown: { sinceMs: number, count: number }
  /** The same of heartbeats received. */
  beaten: { sinceMs: number, count: number }
  /** What the peer told last of what came to it, and when that grew. */
  took: { echo: number, storedHead: number, atMs: number }
}

/** What heartbeats tell of logs. */
export interface Heads {
  /** Position of the last bulletin of this node's own log, 0 for none. */
  ownHead (): number
  /** Up to which the present log of a linked peer is stored here. */
  storedHead (entry: LinkEntry): number
  /** What comes on this link waits unread until its batches are dealt with. */
  isUnread (link: LinkId): boolean
}

export class Pulse {
  readonly #mesh: Mesh
  /** Set by `core.ts` before anything is sent. */
  heads: Heads = { ownHead: () => 0, storedHead: () => 0, isUnread: () => false }
  readonly #beats = new Map<LinkId, Beat>()
  #pingSequence = 0
  /** Corrections for late ticks within the running window. */
  #corrected = { sinceMs: -Infinity, ms: 0 }

  constructor (mesh: Mesh) {
    this.#mesh = mesh
  }

  get sizes (): Sizes {
    return { beats: this.#beats.size }
  }

  /** A link is ready: it beats from now on. A node's first ping leaves at once. */
  begin (entry: LinkEntry): void {
    const { nowMs, deadlines } = this.#mesh
    this.#beats.set(entry.id, {
      heardMs: nowMs, sequence: 0, sentAtMs: [], theirs: 0, theirsAtMs: 0, rttMs: null,
      shown: { sinceMs: nowMs, count: 0 },
      beaten: { sinceMs: nowMs, count: 0 },
      took: { echo: 0, storedHead: 0, atMs: nowMs },
    })
    deadlines.set('silence', entry.id, nowMs + PULSE_LIMITS.silenceMaxMs)
    this.#beatLater(entry.id)
    if (!deadlines.has('ping', '')) deadlines.set('ping', '', nowMs)
  }

  /** The link no longer counts. */
  end (link: LinkId): void {
    this.#beats.delete(link)
    this.#mesh.deadlines.clear('silence', link)
    this.#mesh.deadlines.clear('heartbeat', link)
  }

  /** Bytes came. */
  heard (link: LinkId): void {
    const beat = this.#beats.get(link)
    if (beat !== undefined) beat.heardMs = this.#mesh.nowMs
  }

  /** Round-trip time of a link, ms with one decimal, or null before the first echo. */
  rttMs (link: LinkId): number | null {
    return this.#beats.get(link)?.rttMs ?? null
  }

  onHeartbeatDue (link: LinkId): void {
    const beat = this.#beats.get(link)
    if (beat === undefined) return
    const { nowMs } = this.#mesh
    beat.sequence = (beat.sequence + 1) >>> 0
    beat.sentAtMs[beat.sequence % PULSE_LIMITS.echoesRemembered] = nowMs
    const heldMs = beat.theirs === 0 ? 0 : nowMs - beat.theirsAtMs
    const entry = this.#mesh.links.get(link)
    const withClock = beat.sequence % PULSE_LIMITS.wallClockEvery === 0
    send(this.#mesh, [link], {
      type: 'heartbeat',
      sequence: beat.sequence,
      echo: beat.theirs,
      heldTenthsMs: Math.min(Math.round(heldMs * 10), 0xffff_ffff),
      ownHead: this.heads.ownHead(),
      storedHead: entry === undefined ? 0 : this.heads.storedHead(entry),
      wallMs: withClock ? wallMs(this.#mesh) : null,
    })
    this.#beatLater(link)
  }

  #beatLater (link: LinkId): void {
    const { nowMs, random, deadlines } = this.#mesh
    const { heartbeatEveryMs, heartbeatJitterMs } = PULSE_LIMITS
    const waitMs = heartbeatEveryMs - heartbeatJitterMs * random.fraction()
    deadlines.set('heartbeat', link, nowMs + waitMs)
  }

  /** False for a flood that no honest node sends, not even after a stall of ours. */
  onHeartbeat (entry: LinkEntry, frame: Heartbeat): boolean {
    const beat = this.#beats.get(entry.id)
    if (beat === undefined) return true
    const { nowMs } = this.#mesh
    if (nowMs - beat.beaten.sinceMs >= 1_000) beat.beaten = { sinceMs: nowMs, count: 0 }
    if (++beat.beaten.count > PULSE_LIMITS.heartbeatsPerSecondMax) return false
    beat.theirs = frame.sequence
    beat.theirsAtMs = nowMs
    const { echo, storedHead } = frame
    if (echo > beat.took.echo || storedHead > beat.took.storedHead) {
      beat.took = { echo, storedHead, atMs: nowMs }
    }
    const { echoesRemembered } = PULSE_LIMITS
    const sentMs = beat.sentAtMs[frame.echo % echoesRemembered]
    const isRemembered = frame.echo > 0 && frame.echo <= beat.sequence &&
      beat.sequence - frame.echo < echoesRemembered
    if (!isRemembered || sentMs === undefined) return true
    const rttMs = nowMs - sentMs - frame.heldTenthsMs / 10
    beat.rttMs = Math.max(0, Math.round(rttMs * 10) / 10)
    return true
  }

  /** The peer said within so long that more of what was sent had come to it. */
  isTaking (link: LinkId, withinMs: number): boolean {
    const beat = this.#beats.get(link)
    return beat !== undefined && this.#mesh.nowMs - beat.took.atMs <= withinMs
  }

  /** True when the link was silent for too long; else the deadline moves on. */
  isSilent (link: LinkId): boolean {
    const beat = this.#beats.get(link)
    if (beat === undefined) return false
    // Validators may take longer than silence: who is not read is not to blame for it.
    if (this.heads.isUnread(link)) beat.heardMs = this.#mesh.nowMs
    const dueMs = beat.heardMs + PULSE_LIMITS.silenceMaxMs
    if (dueMs <= this.#mesh.nowMs) return true
    this.#mesh.deadlines.set('silence', link, dueMs)
    return false
  }

  /** Our own timer was late: nobody could be heard meanwhile, so nobody is judged for it. */
  onLateTick (lateMs: number): void {
    const { nowMs, deadlines } = this.#mesh
    const { lateCorrectionMaxMs, lateCorrectionWindowMs, lateTickMs, silenceMaxMs } = PULSE_LIMITS
    if (nowMs - this.#corrected.sinceMs > lateCorrectionWindowMs) {
      this.#corrected = { sinceMs: nowMs, ms: 0 }
    }
    const byMs = Math.max(0, Math.min(lateMs, lateCorrectionMaxMs - this.#corrected.ms))
    this.#corrected.ms += byMs
    for (const [link, beat] of this.#beats) {
      beat.heardMs = Math.min(nowMs, beat.heardMs + byMs)
      // Echoes of before say how long this node slept, not how far the peer is.
      beat.sentAtMs.length = 0
      // Whatever came meanwhile still waits in the sockets: it is read before anyone is judged.
      const judgedMs = Math.max(beat.heardMs + silenceMaxMs, nowMs + lateTickMs)
      deadlines.set('silence', link, judgedMs)
    }
    log(this.#mesh, 'debug', 'pulse', `own timer was ${Math.round(lateMs)} ms late`)
  }

  /** Every period: one ping to every member linked with, which is returned. */
  onPingDue (): Ping | null {
    const { nowMs, deadlines, options } = this.#mesh
    if (readyLinks(this.#mesh).length === 0) return null
    deadlines.set('ping', '', nowMs + options.periodMs)
    return this.pingAll()
  }

  /** One ping to every member linked with; the next one of the rhythm comes when it is due. */
  pingAll (): Ping | null {
    const { options, random } = this.#mesh
    const links = readyLinks(this.#mesh)
    if (links.length === 0) return null
    this.#pingSequence = (this.#pingSequence + 1) >>> 0
    const text = options.text ?? random.letters(10)
    const ping = { type: 'ping', sequence: this.#pingSequence, text } as const
    send(this.#mesh, links, ping)
    return ping
  }

  /** False for a flood that no honest node sends. Of fewer that are too many some are shown. */
  onPing (entry: LinkEntry, frame: Ping, name: string, address: string): boolean {
    const beat = this.#beats.get(entry.id)
    if (beat !== undefined) {
      const { nowMs } = this.#mesh
      if (nowMs - beat.shown.sinceMs >= 1_000) beat.shown = { sinceMs: nowMs, count: 0 }
      beat.shown.count++
      if (beat.shown.count > PULSE_LIMITS.pingsBornePerSecondMax) return false
      if (beat.shown.count > PULSE_LIMITS.pingsPerSecondMax) return true
    }
    notify(this.#mesh, {
      kind: 'ping',
      peer: entry.peer,
      name,
      address,
      seq: frame.sequence,
      text: frame.text,
      rttMs: this.rttMs(entry.id),
    })
    return true
  }
}
