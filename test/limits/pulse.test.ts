/** Fills every limit of heartbeats, silence and pings. */
import { setImmediate } from 'node:timers/promises'
import type { Effect } from '../../src/core/effect.js'
import type { LinkId } from '../../src/core/event.js'
import { FAR_PING_KIND } from '../../src/hall/requests.js'
import { PULSE_LIMITS as limits } from '../../src/limits.js'
import { resolveOptions } from '../../src/options.js'
import { encodeFarPing } from '../../src/wire/far-ping.js'
import {
  Bench, closes, frames, heartbeat, notices, SECOND_MS, sends, ups, type Peer,
} from '../helpers/core-bench.js'
import { PingWeb, type Site } from '../helpers/ping-web.js'
import { fill } from './fill.js'

function linked (options = {}): { bench: Bench, peer: Peer, link: LinkId } {
  const bench = new Bench(options)
  const [peer] = bench.larger()
  return { bench, peer: peer!, link: bench.ready(peer!) }
}

/** The own timer is so late; nothing was heard meanwhile. */
function stall (bench: Bench, lateMs: number): Effect[] {
  bench.nowMs += lateMs
  return bench.post({ kind: 'tick', lateMs })
}

/** How long the link is borne from now on. */
function silenceMs (bench: Bench): number {
  for (let ms = 1; ms < 10_000; ms++) if (closes(bench.advance(1)).length > 0) return ms
  return Infinity
}

/** Silence that is borne after ticks late by these, each heard before. */
function borneMs (...latesMs: number[]): number {
  const { bench, link } = linked()
  latesMs.forEach((lateMs, i) => {
    if (i > 0) bench.post({ kind: 'bytes-received', link })
    stall(bench, lateMs)
  })
  return silenceMs(bench)
}

function gapsOf (bench: Bench, type: 'heartbeat' | 'ping'): number[] {
  const times = bench.seen.filter(({ effect }) => sends([effect], type).length > 0)
    .map(({ atMs }) => atMs)
  return times.slice(1).map((atMs, i) => atMs - times[i]!)
}

/** A hub between `count` peers and one that takes pings and answers none. */
function hub (count: number): { web: PingWeb, middle: Site, knock: Knock } {
  const links = Array.from({ length: count + 1 }, (_, i) => [0, i + 1] as const)
  const web = new PingWeb(count + 2, links)
  web.at(count + 1).isMute = true
  let drawn = 0
  const knock: Knock = async place => {
    const nonce = new Uint8Array(16)
    new DataView(nonce.buffer).setUint32(0, ++drawn)
    const body = encodeFarPing({ nonce, hopsLeft: 8, target: web.at(count + 1).id })
    const asked = web.at(place).requests.ask(web.at(0).id, FAR_PING_KIND, body, 1_000)
    const refused = asked.then(() => 'answered', (error: unknown) => (error as Error).message)
    return Promise.race([refused, setImmediate('under way')])
  }
  return { web, middle: web.at(0), knock }
}

type Knock = (place: number) => Promise<string>

fill('PULSE_LIMITS', {
  relaysPerLinkMax: async t => {
    const { knock } = hub(2)
    for (let i = 0; i < limits.relaysPerLinkMax; i++) t.equal(await knock(1), 'under way')
    t.match(await knock(1), /too many pings/)
    t.equal(await knock(2), 'under way', 'another link')
  },
  relaysMax: async t => {
    const links = limits.relaysMax / limits.relaysPerLinkMax
    const { knock, middle } = hub(links + 1)
    for (let place = 1; place <= links; place++) {
      for (let i = 0; i < limits.relaysPerLinkMax; i++) await knock(place)
    }
    t.equal(middle.pings.sizes.underWay, limits.relaysMax)
    t.match(await knock(links + 1), /too many pings/)
  },
  relayMaxMs: async t => {
    const { middle, knock } = hub(1)
    await knock(1)
    t.match(middle.asked, [{ timeoutMs: limits.relayMaxMs }])
  },
  relayKeptMs: async t => {
    const { web, middle, knock } = hub(1)
    await knock(1)
    // Each question takes a millisecond.
    web.nowMs += limits.relayKeptMs - 3
    await knock(1)
    t.equal(middle.pings.sizes.seen, 2)
    web.nowMs += limits.relayKeptMs + 10
    await knock(1)
    t.equal(middle.pings.sizes.seen, 1)
  },
  relaysKeptMax: async t => {
    const { web, middle, knock } = hub(1)
    web.at(2).isMute = false
    for (let i = 0; i < limits.relaysKeptMax; i++) await knock(1)
    t.equal(middle.pings.sizes.seen, limits.relaysKeptMax)
    t.equal(await knock(1), 'answered')
    t.equal(middle.pings.sizes.seen, limits.relaysKeptMax)
  },
  heartbeatEveryMs: t => {
    const { bench } = linked()
    bench.live(60 * SECOND_MS)
    const longest = Math.max(...gapsOf(bench, 'heartbeat'))
    t.ok(longest <= limits.heartbeatEveryMs && longest > 0.9 * limits.heartbeatEveryMs)
  },
  heartbeatJitterMs: t => {
    const { bench } = linked()
    bench.live(60 * SECOND_MS)
    const shortest = Math.min(...gapsOf(bench, 'heartbeat'))
    const least = limits.heartbeatEveryMs - limits.heartbeatJitterMs
    t.ok(shortest >= least && shortest < least + limits.heartbeatJitterMs / 2)
  },
  echoesRemembered: t => {
    const { bench, peer, link } = linked()
    bench.live(20 * SECOND_MS)
    const [last] = frames(bench.seen.map(({ effect }) => effect), 'heartbeat', link).slice(-1)
    const rtt = (echo: number): number | null | undefined => {
      bench.say(link, heartbeat(1, { echo }))
      return bench.core.peers().find(({ id }) => id === peer.id)?.rttMs
    }
    t.equal(rtt(last!.sequence - limits.echoesRemembered), null, 'too old')
    t.not(rtt(last!.sequence - limits.echoesRemembered + 1), null)
  },
  silenceMaxMs: t => {
    const { bench, link } = linked()
    t.same(closes(bench.advance(limits.silenceMaxMs - 1)), [])
    const effects = bench.advance(1)
    t.same(closes(effects), [link])
    t.same(ups(effects), ['down silent'])
  },
  lateTickMs: t => {
    for (const [lateMs, closed] of [[limits.lateTickMs - 1, 1], [limits.lateTickMs, 0]] as const) {
      const { bench } = linked()
      bench.advance(limits.silenceMaxMs - lateMs)
      t.equal(closes(stall(bench, lateMs)).length, closed, `${lateMs} ms late`)
    }
  },
  lateCorrectionMaxMs: t => {
    const max = limits.lateCorrectionMaxMs
    t.equal(borneMs(max), limits.silenceMaxMs, 'moved by all of it')
    t.equal(borneMs(max, 1_000), limits.silenceMaxMs - 1_000, 'no more of the next stall')
  },
  lateCorrectionWindowMs: t => {
    const after = (forMs: number): number => {
      const { bench, link } = linked()
      stall(bench, limits.lateCorrectionMaxMs)
      bench.post({ kind: 'bytes-received', link })
      bench.live(forMs)
      bench.post({ kind: 'bytes-received', link })
      stall(bench, 1_000)
      return silenceMs(bench)
    }
    t.equal(after(limits.lateCorrectionWindowMs - 2_000), limits.silenceMaxMs - 1_000)
    t.equal(after(limits.lateCorrectionWindowMs + 1), limits.silenceMaxMs)
  },
  wallClockEvery: t => {
    const { bench, link } = linked()
    bench.live(2 * limits.wallClockEvery * SECOND_MS)
    const beats = frames(bench.seen.map(({ effect }) => effect), 'heartbeat', link)
    const told = beats.filter(({ wallMs }) => wallMs !== null).map(({ sequence }) => sequence)
    t.same(told, [limits.wallClockEvery, 2 * limits.wallClockEvery])
  },
  heartbeatsPerSecondMax: t => {
    const { bench, link } = linked()
    const beat = (): LinkId[] => closes(bench.say(link, heartbeat(1)))
    for (let i = 0; i < limits.heartbeatsPerSecondMax; i++) t.same(beat(), [])
    bench.live(SECOND_MS)
    for (let i = 0; i < limits.heartbeatsPerSecondMax; i++) beat()
    t.same(beat(), [link], 'one more within a second')
    t.ok(ups(bench.seen.map(({ effect }) => effect)).includes('down protocol'))
  },
  pingsPerSecondMax: t => {
    const { bench, link } = linked()
    const ping = { type: 'ping', sequence: 1, text: '' } as const
    const shown = (): number => notices(bench.say(link, ping), 'ping').length
    for (let i = 0; i < limits.pingsPerSecondMax; i++) t.equal(shown(), 1)
    t.equal(shown(), 0, 'one more is not shown')
    bench.live(SECOND_MS)
    t.equal(shown(), 1, 'a second later they are')
  },
  pingsBornePerSecondMax: t => {
    const { bench, link } = linked()
    const ping = { type: 'ping', sequence: 1, text: '' } as const
    for (let i = 0; i < limits.pingsBornePerSecondMax; i++) bench.say(link, ping)
    t.same(closes(bench.seen.map(({ effect }) => effect)), [])
    const effects = bench.say(link, ping)
    t.same(closes(effects), [link])
    t.same(ups(effects), ['down protocol'])
  },
  periodMinMs: t => {
    t.equal(resolveOptions({ periodMs: limits.periodMinMs }).periodMs, limits.periodMinMs)
    t.throws(() => resolveOptions({ periodMs: limits.periodMinMs - 1 }), { code: 'option-invalid' })
  },
  periodMaxMs: t => {
    t.equal(resolveOptions({ periodMs: limits.periodMaxMs }).periodMs, limits.periodMaxMs)
    t.throws(() => resolveOptions({ periodMs: limits.periodMaxMs + 1 }), { code: 'option-invalid' })
  },
  periodDefaultMs: t => {
    t.equal(resolveOptions({}).periodMs, limits.periodDefaultMs)
    const { bench } = linked({ periodMs: limits.periodDefaultMs })
    bench.live(20 * SECOND_MS)
    t.same(gapsOf(bench, 'ping'), new Array<number>(4).fill(limits.periodDefaultMs))
  },
})
