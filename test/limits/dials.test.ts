/** Fills every limit of how hard lost peers are sought. */
import type { Test } from 'tap'
import { createNode } from '../../src/create-node.js'
import { backOffMs } from '../../src/core/seeks.js'
import type { Effect } from '../../src/core/effect.js'
import type { LinkId } from '../../src/core/event.js'
import { DIAL_LIMITS as limits, LINK_LIMITS } from '../../src/limits.js'
import { resolveOptions } from '../../src/options.js'
import { NameCache } from '../../src/tls/names.js'
import type { Frame } from '../../src/wire/frame.js'
import {
  Bench, frames, HOUR_MS, only, Peer, peersOn, SECOND_MS,
} from '../helpers/core-bench.js'
import { SlotsMesh, somePeers } from '../helpers/slots-mesh.js'
import { fill } from './fill.js'

const me = new Peer(1)
const AT = '10.5.5.5:8080'
const never = new AbortController().signal

/** A node that knew `count` peers in an earlier run, the first of them heard last. */
function remembering (count: number): { bench: Bench, peers: Peer[] } {
  const peers = peersOn('larger', me, count)
  const stored = peers.map((peer, i) => peer.stored((i + 1) * HOUR_MS))
  const bench = new Bench({}, { stored })
  bench.refusesDials = true
  return { bench, peers }
}

/** A freshly lost peer that refuses. */
function losing (seed = 1): Bench {
  const bench = new Bench({}, { seed })
  const link = bench.ready(bench.larger()[0]!)
  bench.refusesDials = true
  bench.ended(link)
  return bench
}

function gapsMs (bench: Bench, sinceMs = 0, address?: string): number[] {
  const times = bench.dialled(sinceMs)
    .filter(dial => address === undefined || dial.address === address).map(({ atMs }) => atMs)
  return times.slice(1).map((atMs, i) => atMs - times[i]!)
}

function within (t: Test, waits: readonly number[], rightMs: number, jitter: number): void {
  t.ok(waits.length > 3, `${waits.length} waits`)
  for (const waitMs of waits) {
    t.ok(Math.abs(waitMs - rightMs) <= jitter * rightMs + 1, `${waitMs} for ${rightMs}`)
  }
}

/** Dials of the first second in which the budgeted ones count, and the spacing after it. */
function strangers (): { bench: Bench, link: LinkId } {
  const bench = new Bench()
  const [teller, ...told] = bench.larger(121)
  const link = bench.ready(teller!)
  bench.refusesDials = true
  bench.tell(link, ...told.map(peer => peer.entry()))
  bench.advance(0)
  return { bench, link }
}

function mostUnderWay (effects: readonly Effect[]): number {
  let underWay = 0
  let most = 0
  for (const { kind } of effects) {
    if (kind === 'dial') underWay++
    if (kind === 'abandon-dial') underWay--
    most = Math.max(most, underWay)
  }
  return most
}

function full (retryAfterMs: number, others: string[] = []): Frame {
  return { type: 'refuse', code: 'full', retryAfterMs, record: null, others }
}

/** When a told smaller peer is dialled while links become ready at these times. */
function yielded (readyAtMs: readonly number[]): number {
  const bench = new Bench()
  const [told] = bench.smaller()
  const [teller, ...others] = bench.larger(1 + readyAtMs.length)
  bench.tell(bench.ready(teller!), told!.entry())
  readyAtMs.forEach((atMs, i) => {
    bench.live(atMs - bench.nowMs)
    bench.ready(others[i]!)
  })
  bench.live(SECOND_MS)
  return bench.dialled().find(({ address }) => address === told!.address)?.atMs ?? Infinity
}

/** A node whose operator's address led to a link, beside another one. */
function connected (rejoinMs = 600_000): { bench: Bench, link: LinkId, peer: Peer } {
  const bench = new Bench({ connect: [{ address: AT, identity: null }], rejoinMs })
  const [peer, other] = bench.larger(2)
  const [dial] = only(bench.advance(0), 'dial')
  const link = bench.open(peer!, dial!.ask)
  bench.greet(link, peer!, { addresses: [] })
  bench.ready(other!)
  return { bench, link, peer: peer! }
}

fill('DIAL_LIMITS', {
  redialFirstMs: t => {
    const bench = losing()
    const firstMs = limits.redialFirstMs * (1 + limits.redialJitter)
    bench.advance(firstMs)
    t.equal(bench.dialled().length, 1)
    t.ok(bench.dialled()[0]!.atMs >= limits.redialFirstMs * (1 - limits.redialJitter))
  },
  redialCapMs: t => {
    const cap = limits.redialCapMs
    t.same([4, 5, 6, 7, 99].map(backOffMs), [1_600, 3_200, cap, cap, cap])
    const bench = losing()
    bench.advance(limits.freshForMs - 1)
    within(t, gapsMs(bench, 10 * SECOND_MS), limits.redialCapMs, limits.redialJitter)
  },
  redialJitter: t => {
    const firsts = Array.from({ length: 40 }, (_, seed) => {
      const bench = losing(seed + 1)
      bench.advance(SECOND_MS)
      return bench.dialled()[0]!.atMs
    })
    within(t, firsts, limits.redialFirstMs, limits.redialJitter)
    t.ok(Math.max(...firsts) - Math.min(...firsts) > limits.redialFirstMs * limits.redialJitter)
  },
  redialWokenMs: t => {
    const bench = new Bench()
    const [lost, teller] = bench.larger(2)
    const links = [bench.ready(lost!), bench.ready(teller!)]
    bench.refusesDials = true
    bench.ended(links[0]!)
    const members = [{ identity: lost!.id, incarnation: lost!.incarnation }]
    for (let i = 0; i < 400; i++) {
      bench.live(5)
      bench.say(links[1]!, { type: 'alive', members })
    }
    const gaps = gapsMs(bench)
    t.ok(gaps.length >= 4 && gaps.every(gapMs => gapMs >= limits.redialWokenMs), gaps.join())
  },
  freshForMs: t => {
    const { bench } = remembering(64)
    bench.advance(limits.freshForMs + 10 * SECOND_MS)
    const each = 10 * limits.longLostPerSecondMax
    const fresh = bench.dialled(limits.freshForMs - 10 * SECOND_MS)
      .filter(({ atMs }) => atMs < limits.freshForMs).length
    const long = bench.dialled(limits.freshForMs).length
    t.ok(fresh > 2 * each, `${fresh} dials in the last ten seconds before`)
    t.ok(long <= each + limits.longLostPerSecondMax, `${long} in the ten after`)
  },
  longLostPerSecondMax: t => {
    const { bench } = remembering(64)
    bench.advance(limits.freshForMs + 10 * SECOND_MS)
    const sinceMs = bench.nowMs
    bench.advance(30 * SECOND_MS)
    const count = bench.dialled(sinceMs).length
    const right = 30 * limits.longLostPerSecondMax
    t.ok(Math.abs(count - right) <= limits.longLostPerSecondMax, `${count} dials in 30 s`)
  },
  longLostUnderWayMax: t => {
    const { bench } = remembering(64)
    bench.advance(limits.freshForMs + 10 * SECOND_MS)
    bench.refusesDials = false
    t.equal(mostUnderWay(bench.advance(20 * SECOND_MS)), limits.longLostUnderWayMax)
  },
  longLostRecentMax: t => {
    const { bench, peers } = remembering(64)
    bench.advance(limits.freshForMs + 100 * SECOND_MS)
    const dials = bench.dialled(limits.freshForMs + SECOND_MS)
    const countOf = (peer: Peer): number =>
      dials.filter(({ address }) => address === peer.address).length
    const recent = peers.slice(0, limits.longLostRecentMax).map(countOf)
    const others = peers.slice(limits.longLostRecentMax).map(countOf)
    t.ok(Math.min(...recent) > 2 * Math.max(...others), `${recent.join()} and ${others.join()}`)
  },
  unprovenPerSecondMax: t => {
    const { bench } = strangers()
    const before = bench.dialled().length
    bench.live(10 * SECOND_MS)
    const count = bench.dialled().length - before
    const most = 10 * limits.unprovenPerSecondMax
    t.ok(count <= most && count >= most - limits.unprovenPerSecondMax, `${count} in 10 s`)
  },
  unprovenBurstMax: t => {
    t.equal(strangers().bench.dialled().length, limits.unprovenBurstMax)
  },
  pumpEveryMs: t => {
    const bench = new Bench()
    const [teller, ...others] = bench.larger(1 + LINK_LIMITS.handshakesOutMax)
    bench.tell(bench.ready(teller!), ...others.map(peer => peer.entry({}, true)))
    const [first] = only(bench.advance(0), 'dial')
    bench.post({ kind: 'connect-asked', target: { address: AT, identity: null } })
    bench.advance(0)
    bench.refuseDial(first!.ask)
    const isDialled = (): boolean => bench.dialled().some(({ address }) => address === AT)
    bench.advance(limits.pumpEveryMs - 1)
    t.notOk(isDialled(), 'every slot was taken when it was asked for')
    bench.advance(1)
    t.ok(isDialled())
  },
  largerWaitsMs: t => {
    const bench = new Bench()
    const [told] = bench.smaller()
    bench.tell(bench.ready(bench.larger()[0]!), told!.entry())
    bench.live(limits.largerWaitsMs - 1)
    t.same(bench.dialled(), [])
    bench.live(1)
    t.equal(bench.dialled().length, 1)
  },
  largerYieldsMs: t => {
    const beforeMs = limits.largerWaitsMs - 1
    t.equal(yielded([beforeMs]), beforeMs + limits.largerYieldsMs)
    t.equal(yielded([100]), limits.largerWaitsMs, 'no link became ready lately')
  },
  largerYieldsMaxMs: t => {
    const everyMs = limits.largerYieldsMs - 100
    const times = Array.from({ length: 20 }, (_, i) => (i + 1) * everyMs)
    t.equal(yielded(times), limits.largerYieldsMaxMs)
  },
  connectEveryLinklessMs: t => {
    const bench = new Bench({ connect: [{ address: AT, identity: null }] })
    bench.refusesDials = true
    bench.advance(90 * SECOND_MS)
    within(t, gapsMs(bench, 15 * SECOND_MS), limits.connectEveryLinklessMs, limits.redialJitter)
  },
  connectEveryMs: t => {
    const { bench, link, peer } = connected()
    bench.refusesDials = true
    bench.say(link, { type: 'leave', record: peer.record({ version: 2, state: 'left' }) })
    bench.live(4 * limits.rejoinDefaultMs / 5)
    within(t, gapsMs(bench, SECOND_MS, AT), limits.connectEveryMs, limits.redialJitter)
  },
  rejoinDefaultMs: t => {
    t.equal(resolveOptions({}).rejoinMs, limits.rejoinDefaultMs)
    const { bench, link, peer } = connected(limits.rejoinDefaultMs)
    bench.refusesDials = true
    bench.say(link, { type: 'leave', record: peer.record({ version: 2, state: 'left' }) })
    const spanMs = 1.2 * limits.rejoinDefaultMs
    bench.live(spanMs)
    // A dial out of turn: sooner than the others may come.
    const early = gapsMs(bench, SECOND_MS, AT).filter(gapMs =>
      gapMs < (1 - limits.redialJitter) * limits.connectEveryMs - 1)
    t.ok(early.length <= 1, 'at most one in that time')
    t.same(rejoins(limits.rejoinDefaultMs, 0.79), 0)
    t.equal(rejoins(limits.rejoinDefaultMs, 1.21), 1)
  },
  rejoinMinMs: t => {
    t.equal(resolveOptions({ rejoinMs: limits.rejoinMinMs }).rejoinMs, limits.rejoinMinMs)
    t.throws(() => resolveOptions({ rejoinMs: limits.rejoinMinMs - 1 }), { code: 'option-invalid' })
  },
  rejoinMaxMs: t => {
    t.equal(resolveOptions({ rejoinMs: limits.rejoinMaxMs }).rejoinMs, limits.rejoinMaxMs)
    t.throws(() => resolveOptions({ rejoinMs: limits.rejoinMaxMs + 1 }), { code: 'option-invalid' })
  },
  rejoinJitter: t => {
    const share = limits.rejoinJitter
    t.equal(rejoins(100 * SECOND_MS, 1 - share - 0.01), 0, 'never sooner')
    t.equal(rejoins(100 * SECOND_MS, 1 + share + 0.01), 1, 'nor later')
  },
  unownedAddressEveryMs: t => {
    const bench = new Bench()
    const dials = (peer: Peer): number =>
      only(bench.say(bench.open(peer), full(60_000, ['10.7.7.7:1'])), 'dial').length
    const [one, other, third] = bench.larger(3)
    t.equal(dials(one!), 1)
    bench.advance(limits.unownedAddressEveryMs - 1)
    t.equal(dials(other!), 0)
    t.equal(only(bench.advance(1), 'dial').length, 1, 'the second one\'s, without another refusal')
    bench.advance(limits.unownedAddressEveryMs - 1)
    t.equal(dials(third!), 0)
  },
  partialEveryMs: t => {
    const { slots } = new SlotsMesh(4)
    t.equal(slots.lookEveryMs, limits.partialEveryMs)
    // A member is wanted above the limit three seconds after it came to be unreached: seen at once.
    const bench = new Bench({ linksMax: 1 })
    const [peer, told] = bench.larger(2)
    bench.tell(bench.ready(peer!), told!.entry())
    bench.live(LINK_LIMITS.unreachedAfterMs + limits.partialEveryMs)
    t.equal(bench.dialled().length, 1)
  },
  fillForMs: t => {
    const held = new SlotsMesh(8)
    for (const peer of somePeers(4)) held.link(peer)
    let more = 0
    for (; held.mesh.nowMs < limits.fillForMs; held.mesh.nowMs++) {
      if (held.slots.mayDial(null, more)) more++
    }
    t.equal(more, 4)
  },
  fullWaitMs: t => {
    const { bench, peers } = remembering(1)
    bench.refusesDials = false
    const [dial] = only(bench.advance(0), 'dial')
    const link = bench.open(peers[0]!, dial!.ask)
    bench.say(link, full(86_400_000))
    bench.ended(link)
    t.same(only(bench.advance(limits.fullWaitMs - 1), 'dial'), [])
    t.equal(only(bench.advance(SECOND_MS), 'dial').length, 1)
  },
  connectTargetsMax: async t => {
    const max = limits.connectTargetsMax
    const targets = Array.from({ length: max + 1 }, (_, i) => `10.9.${i >> 8}.${i & 255}:1`)
    t.equal(resolveOptions({ connect: targets.slice(1) }).connect.length, max)
    t.throws(() => resolveOptions({ connect: targets }), { code: 'option-invalid' })
    const transport = {
      listen: async () => ({ port: 1, close: async () => {} }),
      dial: async () => new Promise<never>(() => {}),
    }
    const node = await createNode({ connect: targets.slice(1) }, { transport })
    t.teardown(() => { node.destroy() })
    await t.rejects(node.connect(targets[0]!), { code: 'option-invalid' }, 'one more')
    const again = node.connect(targets[1]!)
    again.catch(() => {})
    t.equal(await Promise.race([again, Promise.resolve('waits')]), 'waits', 'a named one is fine')
    const bench = new Bench()
    for (const address of targets) {
      bench.post({ kind: 'connect-asked', target: { address, identity: null } })
    }
    bench.refusesDials = true
    bench.advance(20 * SECOND_MS)
    t.equal(new Set(bench.dialled().map(({ address }) => address)).size, max)
  },
  dnsKeptMs: async t => {
    let questions = 0
    let nowMs = 0
    const names = new NameCache(async () => {
      questions++
      return [{ address: '192.0.2.1', family: 4 }]
    }, () => nowMs)
    await names.resolve('a.example', limits.dnsKeptMs, never)
    nowMs = limits.dnsKeptMs - 1
    await names.resolve('a.example', limits.dnsKeptMs, never)
    t.equal(questions, 1)
    nowMs++
    await names.resolve('a.example', limits.dnsKeptMs, never)
    t.equal(questions, 2)
  },
  dnsAnswersMax: async t => {
    let questions = 0
    const names = new NameCache(async () => {
      questions++
      return [{ address: '192.0.2.1', family: 4 }]
    }, () => 0)
    const max = limits.dnsAnswersMax
    for (let i = 0; i <= max; i++) await names.resolve(`${i}.example`, 1, never)
    await names.resolve('1.example', 1, never)
    t.equal(questions, max + 1, 'the second is kept')
    await names.resolve('0.example', 1, never)
    t.equal(questions, max + 2, 'the oldest went')
  },
  dnsAskedMax: async t => {
    const asked: string[] = []
    const names = new NameCache(async host => {
      asked.push(host)
      return new Promise(() => {})
    }, () => 0)
    for (let i = 0; i <= limits.dnsAskedMax; i++) void names.resolve(`${i}.example`, 1, never)
    await Promise.resolve()
    t.equal(asked.length, limits.dnsAskedMax)
  },
  dnsSlowAfterMs: async t => {
    // Names that failed slowly are asked for one at a time, those that failed in time are not.
    const askedTogether = async (tookMs: number): Promise<number> => {
      let asked = 0
      let nowMs = 0
      const names = new NameCache(async () => {
        if (++asked > 2) return new Promise(() => {})
        nowMs += tookMs
        throw new Error('no such name')
      }, () => nowMs)
      for (const host of ['a.example', 'b.example']) await t.rejects(names.resolve(host, 1, never))
      for (const host of ['a.example', 'b.example']) void names.resolve(host, 1, never)
      await Promise.resolve()
      return asked - 2
    }
    t.equal(await askedTogether(limits.dnsSlowAfterMs), 2)
    t.equal(await askedTogether(limits.dnsSlowAfterMs + 1), 1)
  },
})

/** How often rosters were compared through the operator's link for `rejoin` alone, by a share. */
function rejoins (rejoinMs: number, share: number): number {
  const digests = (of: number): number => {
    const bench = new Bench({ connect: [{ address: AT, identity: null }], rejoinMs: of })
    const [peer] = bench.larger()
    const [dial] = only(bench.advance(0), 'dial')
    const link = bench.open(peer!, dial!.ask)
    bench.greet(link, peer!)
    return frames(bench.live(rejoinMs * share), 'roster-digest', link).length
  }
  return digests(rejoinMs) - digests(86_400_000)
}
