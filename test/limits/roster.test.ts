/** Fills every limit of who is known, and for how long. */
import type { Test } from 'tap'
import type { LinkId } from '../../src/core/event.js'
import { Roster } from '../../src/core/roster.js'
import { ROSTER_LIMITS as limits } from '../../src/limits.js'
import { resolveOptions } from '../../src/options.js'
import type { MemberRecord } from '../../src/wire/record.js'
import {
  Bench, EPOCH_MS, frames, MINUTE_MS, NETWORK_HASH, only, Peer, recordsSent, SECOND_MS, sends,
} from '../helpers/core-bench.js'
import { fill } from './fill.js'

const OTHER_HASH = new Uint8Array(32).fill(1)
const asked = { type: 'roster-digest', hash: OTHER_HASH, rows: null, answer: false } as const

/** A node with links to so many peers, its first news told. */
function meshOf (count: number): { bench: Bench, peers: Peer[], links: LinkId[] } {
  const bench = new Bench()
  const peers = bench.larger(count)
  const links = peers.map(peer => bench.ready(peer))
  bench.live(2 * SECOND_MS)
  return { bench, peers, links }
}

/** Whether a stranger whose record has these fields is taken. */
function takes (over: Partial<MemberRecord>): boolean {
  const bench = new Bench()
  const [teller, told] = bench.larger(2)
  bench.tell(bench.ready(teller!), told!.entry(over))
  return bench.core.peers().length === 2
}

/** A member is gone not before so much time, and soon after it. */
function forgets (t: Test, bench: Bench, peer: Peer, afterMs: number): void {
  bench.refusesDials = true
  bench.jump(afterMs - bench.nowMs)
  t.not(bench.status(peer), undefined, 'at the limit it is known')
  bench.jump(limits.houseKeepingEveryMs)
  bench.jump(limits.houseKeepingEveryMs)
  t.equal(bench.status(peer), undefined, 'then it is not')
}

fill('ROSTER_LIMITS', {
  membersMaxDefault: t => {
    const max = limits.membersMaxDefault
    t.equal(resolveOptions({}).maxMembers, max)
    const stored = Array.from({ length: max + 1 }, (_, i) => new Peer(10_000 + i).stored(i))
    const bench = new Bench({ membersMax: max }, { stored })
    t.equal(bench.core.peers().length, max, 'of what was stored the oldest is left out')
    t.equal(bench.status(new Peer(10_000 + max)), undefined)
    const late = new Peer(9_000)
    const link = bench.open(late)
    const [refused] = frames(bench.greet(link, late), 'refuse')
    t.equal(refused?.code, 'full', 'proven members do not give way')
    t.equal(bench.core.peers().length, max)
    const small = new Bench({ membersMax: 16, linksMax: 16 })
    const [teller, newcomer, ...strangers] = small.larger(18)
    small.tell(small.ready(teller!), ...strangers.map(peer => peer.entry()))
    t.equal(small.core.peers().length, 16, 'one stranger is passed over')
    small.ready(newcomer!)
    t.equal(small.core.peers().length, 16)
    t.equal(small.status(newcomer!), 'linked', 'a stranger gave way')
  },
  unprovenPerTellerMax: t => {
    const max = limits.unprovenPerTellerMax
    const bench = new Bench()
    const [teller, ...told] = bench.larger(max + 2)
    const link = bench.ready(teller!)
    for (const peer of told) bench.tell(link, peer.entry())
    t.equal(bench.core.peers().length, 1 + max)
    t.equal(bench.status(told[max]!), undefined, 'the last was passed over')
  },
  unprovenMax: t => {
    const { unprovenMax: max, unprovenPerTellerMax: each } = limits
    const bench = new Bench()
    const tellers = Math.ceil(max / each) + 1
    const peers = bench.larger(tellers + max + 1)
    const links = peers.slice(0, tellers).map(peer => bench.ready(peer))
    peers.slice(tellers).forEach((peer, i) => {
      bench.tell(links[Math.floor(i / each)]!, peer.entry())
    })
    t.equal(bench.core.peers().length, tellers + max)
    t.equal(bench.status(peers.at(-1)!), undefined, 'the last was passed over')
  },
  unprovenForgottenAfterMs: t => {
    const bench = new Bench()
    const [teller, told] = bench.larger(2)
    bench.refusesDials = true
    bench.tell(bench.ready(teller!), told!.entry())
    bench.live(SECOND_MS)
    forgets(t, bench, told!, limits.unprovenForgottenAfterMs)
  },
  forgottenMax: t => {
    const me = new Peer(1)
    const roster = new Roster(
      me.keys.suite, { me: me.id, networkHash: NETWORK_HASH, membersMax: 2 * limits.forgottenMax })
    const all = Array.from({ length: limits.forgottenMax + 1 }, (_, i) => new Peer(100 + i))
    for (const peer of all) {
      const origin = { teller: peer.id, proven: true, overLoopback: false }
      roster.offer(peer.record(), origin, 0, EPOCH_MS)
      roster.forget(peer.id, true)
    }
    const own = { identity: me.id, incarnation: 9, version: 1 }
    t.equal(roster.digest(own, EPOCH_MS).rows.length, 1 + limits.forgottenMax)
    const told = { teller: all[9]!.id, proven: false, overLoopback: false }
    t.same([all[0]!, all[1]!].map(peer => roster.offer(peer.record(), told, 0, EPOCH_MS).verdict),
      ['newer', 'passed-over'], 'the oldest was let go')
  },
  recordDeadAfterMs: t => {
    t.ok(takes({ issuedMs: EPOCH_MS - limits.recordDeadAfterMs }))
    t.notOk(takes({ issuedMs: EPOCH_MS - limits.recordDeadAfterMs - 1 }))
  },
  recordRenewedEveryMs: t => {
    const { bench, links } = meshOf(1)
    const waitMs = limits.recordRenewedEveryMs - bench.nowMs
    bench.jump(waitMs - 1)
    t.same(recordsSent(bench.live(0), links[0]!), [])
    bench.jump(1)
    t.equal(recordsSent(bench.live(SECOND_MS), links[0]!).length, 1)
  },
  recordFutureMaxMs: t => {
    t.ok(takes({ issuedMs: EPOCH_MS + limits.recordFutureMaxMs }))
    t.notOk(takes({ issuedMs: EPOCH_MS + limits.recordFutureMaxMs + 1 }))
  },
  contactDialledForMs: t => {
    const max = limits.contactDialledForMs
    const [kept, late] = [new Peer(70), new Peer(71)]
    const bench = new Bench({}, {
      stored: [kept, late].map((peer, i) =>
        peer.stored(max + i, { issuedMs: EPOCH_MS - max - i })),
    })
    bench.advance(2 * SECOND_MS)
    t.same(new Set(bench.dialled().map(({ address }) => address)), new Set([kept.address]))
    bench.refusesDials = true
    const forgotten = only(bench.jump(limits.houseKeepingEveryMs), 'store-member')
    t.same(forgotten, [{ kind: 'store-member', identity: kept.id, member: null }], 'then it is not')
  },
  ephemeralForgottenAfterMs: t => {
    const bench = new Bench()
    const [peer] = bench.larger()
    bench.refusesDials = true
    bench.ended(bench.ready(peer!, { ephemeral: true }))
    forgets(t, bench, peer!, limits.ephemeralForgottenAfterMs)
  },
  houseKeepingEveryMs: t => {
    const bench = new Bench()
    const [teller, told] = bench.larger(2)
    bench.refusesDials = true
    bench.tell(bench.ready(teller!), told!.entry())
    bench.live(limits.unprovenForgottenAfterMs)
    while (bench.status(told!) !== undefined) bench.live(SECOND_MS)
    t.equal(bench.nowMs % limits.houseKeepingEveryMs, 0)
    t.equal(bench.nowMs - limits.unprovenForgottenAfterMs, limits.houseKeepingEveryMs)
  },
  passOnAfterMs: t => {
    const { bench, links } = meshOf(2)
    bench.tell(links[0]!, bench.smaller()[0]!.entry())
    t.same(frames(bench.live(limits.passOnAfterMs - 1), 'records'), [])
    t.equal(recordsSent(bench.live(1), links[1]!).length, 1)
  },
  passOnFanout: t => {
    const { bench, links } = meshOf(limits.passOnFanout + 3)
    bench.tell(links[0]!, bench.smaller()[0]!.entry())
    const to = sends(bench.live(limits.passOnAfterMs), 'records').flatMap(({ links }) => links)
    t.equal(new Set(to).size, limits.passOnFanout)
  },
  passOnAllMax: t => {
    const told = (others: number): number => {
      const { bench } = meshOf(others)
      bench.live(limits.passOnAfterMs)
      bench.ready(bench.smaller()[0]!)
      const to = sends(bench.live(limits.passOnAfterMs), 'records').flatMap(({ links }) => links)
      return new Set(to).size
    }
    t.equal(told(limits.passOnAllMax), limits.passOnAllMax)
    t.equal(told(limits.passOnAllMax + 1), limits.passOnFanout)
  },
  compareAfterMs: t => {
    const { bench } = meshOf(1)
    const link = bench.ready(bench.larger(2)[1]!)
    t.same(frames(bench.live(limits.compareAfterMs - 1), 'roster-digest', link), [])
    t.equal(frames(bench.live(limits.compareAfterMs + 1), 'roster-digest', link).length, 1)
  },
  compareWaitsMaxMs: t => {
    const bench = new Bench()
    const [first, second, ...others] = bench.larger(12)
    // The very first link compares at once.
    bench.ready(first!)
    const link = bench.ready(second!)
    const compared = (forMs: number): number =>
      frames(bench.advance(forMs), 'roster-digest', link).length
    // Another link becomes ready again and again: the first one is compared all the same.
    const stepMs = limits.compareAfterMs - 1
    let count = 0
    let waitedMs = 0
    for (; waitedMs + stepMs < limits.compareWaitsMaxMs; waitedMs += stepMs) {
      bench.ready(others.pop()!)
      count += compared(stepMs)
    }
    t.equal(count, 0)
    t.equal(compared(limits.compareWaitsMaxMs - waitedMs + 2 * limits.compareAfterMs), 1)
  },
  exchangeEveryMs: t => {
    const { bench } = meshOf(3)
    bench.live(limits.exchangeEveryMs - 1 - bench.nowMs)
    for (let i = 0; i < 3; i++) {
      t.equal(frames(bench.live(1), 'roster-digest').length, 1, 'one link of the three')
      t.same(frames(bench.live(limits.exchangeEveryMs - 1), 'roster-digest'), [])
    }
  },
  digestAnswersMax: t => {
    const { bench, links } = meshOf(2)
    const answers = (link: LinkId): number =>
      frames(bench.say(link, asked), 'roster-digest', link).length
    for (let i = 0; i < limits.digestAnswersMax; i++) t.equal(answers(links[0]!), 1)
    t.equal(answers(links[0]!), 0, 'one more is passed over')
    t.equal(answers(links[1]!), 1, 'another link has its own')
    const rows = { ...asked, rows: [] }
    t.same(recordsSent(bench.say(links[0]!, rows), links[0]!), [], 'rows are counted with them')
  },
  digestAnswersWindowMs: t => {
    const { bench, links } = meshOf(1)
    const answers = (): number => frames(bench.say(links[0]!, asked), 'roster-digest').length
    for (let i = 0; i < limits.digestAnswersMax; i++) answers()
    bench.live(limits.digestAnswersWindowMs - 1)
    t.equal(answers(), 0)
    bench.live(1)
    t.equal(answers(), 1)
  },
  aliveQuietMs: t => {
    const { bench, peers, links } = meshOf(3)
    const returns = (link: LinkId): { link: LinkId, told: number } => {
      bench.ended(link)
      const again = bench.ready(peers[0]!)
      return { link: again, told: sends(bench.live(limits.passOnAfterMs), 'alive').length }
    }
    const first = returns(links[0]!)
    t.equal(first.told, 1)
    bench.live(limits.aliveQuietMs - 2 * limits.passOnAfterMs - 1)
    const early = returns(first.link)
    t.equal(early.told, 0)
    bench.live(limits.aliveQuietMs)
    t.equal(returns(early.link).told, 1)
    t.ok(bench.nowMs < MINUTE_MS)
  },
})
