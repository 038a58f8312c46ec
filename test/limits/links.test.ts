/** Fills every limit of links: connections, what waits on them, and how long it may take. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import net from 'node:net'
import tls from 'node:tls'
import type { Test } from 'tap'
import type { Event, LinkId } from '../../src/core/event.js'
import { LINK_LIMITS as limits } from '../../src/limits.js'
import { LinkHall } from '../../src/link-hall.js'
import { resolveOptions } from '../../src/options.js'
import { Outbox, SharedBytes } from '../../src/outbox.js'
import { createSystemClock } from '../../src/system.js'
import { HandshakeQueue } from '../../src/tls/handshake-queue.js'
import { encodeFrame } from '../../src/wire/encode.js'
import { Bench, closes, frames, only, Peer, peersOn } from '../helpers/core-bench.js'
import { dialOptions, failsWith, listenOptions } from '../contract/transport.js'
import { clientOptions, outcomeOf, partyOf } from '../tls/peers.js'
import { FakeLink, FakeSocket } from './fakes.js'
import { SlotsMesh, somePeers } from '../helpers/slots-mesh.js'
import { fill } from './fill.js'

const me = new Peer(1)
const KIB = 1024

/** A node told of `count` peers by one that is linked with them, or is not. */
function toldOf (count: number, linked: boolean): { bench: Bench, dials: number } {
  const bench = new Bench()
  const [teller, ...others] = bench.larger(count + 1)
  const effects = bench.tell(
    bench.ready(teller!), ...others.map(peer => peer.entry({}, linked)))
  return { bench, dials: only([...effects, ...bench.advance(0)], 'dial').length }
}

interface Knocking {
  readonly queue: HandshakeQueue
  readonly knock: (ip: string, atMs: number) => FakeSocket
}

function door (t: Test): Knocking {
  let nowMs = 0
  let port = 1
  const { handshakesInMax, handshakesInPerIpMax, handshakeEvictableAfterMs } = limits
  const queue = new HandshakeQueue({
    handshakesMax: handshakesInMax,
    handshakesPerIpMax: handshakesInPerIpMax,
    handshakeEvictableAfterMs,
    handshakeMaxMs: limits.handshakeMaxMs,
  }, () => nowMs)
  t.teardown(() => { queue.destroyAll() })
  const knock = (ip: string, atMs: number): FakeSocket => {
    nowMs = atMs
    const socket = new FakeSocket(ip, port++)
    queue.begin(socket as unknown as net.Socket)
    return socket
  }
  return { queue, knock }
}

/** Handshakes of these addresses up to a limit, one too early and one in time. */
function crowd (t: Test, max: number, ipOf: (i: number) => string): void {
  const { queue, knock } = door(t)
  const held = Array.from({ length: max }, (_, i) => knock(ipOf(i), 0))
  t.notOk(held.some(socket => socket.destroyed), `${max} are held`)
  t.ok(knock(ipOf(max), limits.handshakeEvictableAfterMs - 1).destroyed, 'one more is turned away')
  t.notOk(knock(ipOf(max), limits.handshakeEvictableAfterMs).destroyed)
  t.same(held.filter(socket => socket.destroyed), held.slice(0, 1), 'the oldest made room')
  t.equal(queue.size, max)
}

/** Greetings the same way. */
function crowdOfGreetings (t: Test, max: number, remoteOf: (i: number) => string): void {
  const bench = new Bench()
  const [late, later, ...peers] = peersOn('larger', me, max + 2)
  const links = peers.map((peer, i) => bench.open(peer, null, remoteOf(i)))
  t.same(closes(bench.seen.map(({ effect }) => effect)), [], `${max} may greet`)
  bench.nowMs = limits.handshakeEvictableAfterMs - 1
  const turnedAway = bench.open(late!, null, remoteOf(max))
  t.same(closes(bench.seen.map(({ effect }) => effect)), [turnedAway])
  bench.nowMs++
  bench.open(later!, null, remoteOf(max + 1))
  t.same(closes(bench.seen.map(({ effect }) => effect)), [turnedAway, links[0]])
}

/** A node that holds so many links of eight. */
function slotted (count: number): SlotsMesh {
  const held = new SlotsMesh(8)
  for (const peer of somePeers(count)) held.link(peer)
  return held
}

interface Hall {
  readonly hall: LinkHall
  readonly link: FakeLink
  readonly events: Event[]
  readonly id: LinkId
  /** The core dealt with everything that was posted. */
  readonly deal: () => void
}

function hallOf (): Hall {
  const events: Event[] = []
  const hall = new LinkHall(createSystemClock(), () => {}, event => { events.push(event) })
  const link = new FakeLink()
  hall.open(link, null)
  const [opened] = events.splice(0)
  if (opened?.kind !== 'link-opened') throw new Error('not opened')
  const id = opened.link
  const deal = (): void => { for (const _ of events.splice(0)) hall.handled(id) }
  return { hall, link, events, id, deal }
}

const record = new Peer(5).record()
const welcome = encodeFrame({ type: 'welcome', record })
const ping = encodeFrame({ type: 'ping', sequence: 1, text: '' })

/** Bytes handed over at once once a link was seen to take so many bytes in a ms. */
function windowAfter (bytesPerMs: number): number {
  const link = new FakeLink()
  let nowMs = 0
  const outbox = new Outbox(link, () => nowMs, () => {})
  outbox.push(new Uint8Array(256 * KIB))
  outbox.flush()
  for (const { bytes, written } of link.writes.splice(0)) {
    nowMs += bytes.length / bytesPerMs
    written()
  }
  for (;;) {
    const beforeBytes = link.writtenBytes
    outbox.push(new Uint8Array(KIB))
    outbox.flush()
    if (link.writtenBytes === beforeBytes) return beforeBytes
  }
}

fill('LINK_LIMITS', {
  linksMaxDefault: t => {
    const max = limits.linksMaxDefault
    t.equal(resolveOptions({}).maxLinks, max)
    const bench = new Bench({ linksMax: max })
    const peers = bench.larger(max + 2)
    const links = peers.slice(0, max).map(peer => bench.ready(peer))
    const [stranger] = peers.slice(max)
    const effects = bench.tell(links[0]!, stranger!.entry({}, true))
    t.same(only([...effects, ...bench.advance(0)], 'dial'), [], 'it stops dialling')
    t.ok(slotted(7).slots.hasRoom(false, null))
    t.notOk(slotted(8).slots.hasRoom(false, null), 'others find no room')
  },
  oldestKeptShare: t => {
    const oldest = Math.floor(8 * limits.oldestKeptShare)
    const peers = somePeers(9).map(({ id }) => id)
    t.same(slotted(9).victims(), new Set(peers.slice(oldest)))
  },
  eagerShare: t => {
    const { slots } = slotted(1)
    const eager = 8 * limits.eagerShare
    t.ok(slots.mayDial(null, eager - 2))
    t.ok(slots.mayDial(null, eager - 1), 'one')
    t.notOk(slots.mayDial(null, eager - 1), 'and not another')
  },
  surplusAfterMs: t => {
    const { surplusAfterMs, surplusJitter } = limits
    for (let i = 0; i < 20; i++) {
      const held = slotted(9)
      held.slots.lookForSurplus()
      t.ok(Math.abs(held.surplusMs - surplusAfterMs) <= surplusJitter * surplusAfterMs)
    }
  },
  surplusJitter: t => {
    const held = slotted(9)
    const times = Array.from({ length: 100 }, () => {
      held.slots.lookForSurplus()
      return held.surplusMs
    })
    const spread = (Math.max(...times) - Math.min(...times)) / limits.surplusAfterMs
    t.ok(spread > 1.5 * limits.surplusJitter && spread <= 2 * limits.surplusJitter)
  },
  surplusEveryMs: t => {
    const held = slotted(10)
    held.slots.victim(() => false)
    held.slots.hurrySurplus()
    t.equal(held.surplusMs, limits.surplusEveryMs)
  },
  unreachedAfterMs: t => {
    const { slots } = slotted(8)
    const [peer] = somePeers(9).slice(-1)
    t.notOk(slots.wants(peer!.id, limits.unreachedAfterMs - 1))
    t.ok(slots.wants(peer!.id, limits.unreachedAfterMs))
  },
  linksSpare: t => {
    const bench = new Bench({ linksMax: 1 })
    const peers = bench.larger(limits.linksSpare + 2)
    bench.ready(peers[0]!)
    const codes = peers.slice(1).map(peer => frames(bench.say(
      bench.open(peer), bench.hello(peer, { linkless: true }), bench.welcome(peer),
    ), 'refuse')[0]?.code)
    t.same(codes, [...new Array<undefined>(limits.linksSpare), 'full'])
  },
  handshakesOutMax: t => {
    const { bench, dials } = toldOf(limits.handshakesOutMax + 1, true)
    t.equal(dials, limits.handshakesOutMax)
    const [first] = only(bench.seen.map(({ effect }) => effect), 'dial')
    const next = [...bench.refuseDial(first!.ask), ...bench.advance(0)]
    t.equal(only(next, 'dial').length, 1, 'the one that waited')
  },
  handshakesOutReserved: t => {
    const { dials } = toldOf(limits.handshakesOutMax, false)
    t.equal(dials, limits.handshakesOutMax - limits.handshakesOutReserved)
  },
  handshakesInMax: t => { crowd(t, limits.handshakesInMax, i => `192.0.2.${i}`) },
  handshakesInPerIpMax: t => { crowd(t, limits.handshakesInPerIpMax, () => '192.0.2.9') },
  greetingsInMax: t => {
    crowdOfGreetings(t, limits.greetingsInMax, i => `192.0.2.${i}:80`)
  },
  greetingsInPerIpMax: t => {
    crowdOfGreetings(t, limits.greetingsInPerIpMax, i => `192.0.2.9:${1_000 + i}`)
    const bench = new Bench()
    const peers = bench.larger(limits.greetingsInPerIpMax + 1)
    for (const peer of peers.slice(1)) bench.open(peer, null, '192.0.2.9:80')
    bench.open(peers[0]!, null, '192.0.2.10:80')
    t.same(closes(bench.seen.map(({ effect }) => effect)), [], 'another address has room')
  },
  handshakeEvictableAfterMs: t => { crowd(t, limits.handshakesInPerIpMax, () => '2001:db8::1') },
  connectMaxMs: async t => {
    const address = await deafAddress(t)
    const startMs = performance.now()
    await failsWith(t, partyOf().transport.dial(
      { ...dialOptions(address), connectMaxMs: limits.connectMaxMs }, new AbortController().signal,
    ), 'timeout')
    t.ok(Math.abs(performance.now() - startMs - limits.connectMaxMs) < 1_500)
  },
  handshakeMaxMs: async t => {
    const bench = new Bench()
    const [peer] = bench.larger()
    const link = bench.open(peer!)
    t.same(closes(bench.advance(limits.handshakeMaxMs - 1)), [])
    t.same(closes(bench.advance(1)), [link], 'the greeting')
    const { transport } = partyOf()
    const listener = await transport.listen(
      { ...listenOptions('127.0.0.1'), handshakeMaxMs: 200 }, () => {})
    t.teardown(() => listener.close())
    t.equal(await outcomeOf({ ...clientOptions(listener.port), maxVersion: 'TLSv1.2' }), 'ended')
    const mute = net.connect(listener.port, '127.0.0.1')
    t.teardown(() => { mute.destroy() })
    await once(mute.resume(), 'close')
    t.pass('and TLS before it')
  },
  raceStepMs: t => {
    const [peer] = peersOn('larger', me, 1)
    const stored = peer!.stored(1_000, { addresses: ['10.8.0.1:1', '10.8.0.2:1'] })
    const bench = new Bench({}, { stored: [{ ...stored, address: null }] })
    bench.advance(limits.raceStepMs)
    t.same(bench.dialled().map(({ atMs }) => atMs), [0, limits.raceStepMs])
  },
  outboxBytesMax: t => {
    const outbox = new Outbox(new FakeLink(), () => 0, () => {})
    t.equal(outbox.push(new Uint8Array(limits.outboxBytesMax)), 'queued')
    t.equal(outbox.push(new Uint8Array(1)), 'overflow')
    const { hall, link, events, id } = hallOf()
    const frame = { type: 'ping', sequence: 1, text: 'x'.repeat(256) } as const
    for (let i = 0; i * 265 <= limits.outboxBytesMax; i++) {
      hall.send({ kind: 'send', links: [id], frame })
    }
    t.same(link.closes, [0], 'cut off')
    link.handlers?.closed('')
    t.same(events, [{ kind: 'link-closed', link: id, end: 'stalled' }])
  },
  writeBytesMax: t => {
    const link = new FakeLink()
    const outbox = new Outbox(link, () => 0, () => {})
    for (let i = 0; i < limits.writeBytesMax / KIB + 1; i++) outbox.push(new Uint8Array(KIB))
    outbox.flush()
    t.same(link.writes.map(({ bytes }) => bytes.length), [limits.writeBytesMax, KIB])
  },
  handedBytesMax: t => {
    const link = new FakeLink()
    const outbox = new Outbox(link, () => 0, () => { outbox.flush() })
    for (let i = 0; i < limits.handedBytesMax / KIB + 1; i++) outbox.push(new Uint8Array(KIB))
    outbox.flush()
    t.equal(link.writtenBytes, limits.handedBytesMax)
    link.writes[0]?.written()
    t.equal(link.writtenBytes, limits.handedBytesMax + KIB, 'the rest once one was completed')
  },
  handedBytesMin: t => {
    t.equal(windowAfter(1), limits.handedBytesMin, 'however slow')
  },
  handedForMs: t => {
    t.equal(windowAfter(128 * KIB / limits.handedForMs), 128 * KIB)
  },
  outboxesBytesMax: t => {
    const shared = new SharedBytes()
    const outboxes = Array.from({ length: 20 }, () =>
      new Outbox(new FakeLink(), () => 0, () => {}, shared))
    const pushed = outboxes.flatMap(outbox => Array.from({ length: 4 }, () =>
      outbox.push(new Uint8Array(900 * KIB), 'bulletins')))
    const queued = pushed.filter(one => one === 'queued').length
    t.ok(Math.abs(queued * 900 * KIB - limits.outboxesBytesMax) < 3 * 900 * KIB, `${queued}`)
    t.equal(pushed.includes('overflow'), true)
  },
  stalledAfterMs: t => {
    let nowMs = 0
    const outbox = new Outbox(new FakeLink(), () => nowMs, () => {})
    outbox.push(new Uint8Array(1))
    outbox.flush()
    nowMs = limits.stalledAfterMs
    t.notOk(outbox.isStalled)
    nowMs++
    t.ok(outbox.isStalled)
  },
  framesWaitingMax: t => {
    const { link, events, deal } = hallOf()
    const max = limits.framesWaitingMax
    link.handlers?.bytes(Buffer.concat(Array.from({ length: max - 1 }, () => ping)))
    t.notOk(link.isPaused, 'one fewer')
    deal()
    link.handlers?.bytes(Buffer.concat(Array.from({ length: max + 1 }, () => ping)))
    t.equal(events.length, max)
    t.ok(link.isPaused, 'nothing more is read')
    deal()
    t.equal(events.length, 1, 'the rest once they were handled')
    t.notOk(link.isPaused)
  },
  frameBytesWaitingMax: t => {
    const { link, events, deal } = hallOf()
    link.handlers?.bytes(welcome)
    deal()
    const rows = Array.from({ length: 200 }, () =>
      ({ identity: me.id, incarnation: 1, version: 1 }))
    const large = encodeFrame({
      type: 'roster-digest', hash: new Uint8Array(32), rows, answer: false,
    })
    const fits = Math.ceil(limits.frameBytesWaitingMax / large.length)
    link.handlers?.bytes(Buffer.concat(Array.from({ length: fits + 1 }, () => large)))
    t.equal(events.length, fits)
    t.ok(link.isPaused)
    deal()
    t.equal(events.length, 1)
    t.notOk(link.isPaused)
  },
  closeFlushMaxMs: async t => {
    const { transport } = partyOf()
    const closed = new Promise<number>(resolve => {
      void transport.listen(listenOptions('127.0.0.1'), link => {
        let startMs = 0
        link.start({ bytes: () => {}, closed: () => { resolve(performance.now() - startMs) } })
        link.write(new Uint8Array(64 * KIB * KIB), () => {})
        startMs = performance.now()
        link.close(limits.closeFlushMaxMs)
      }).then(listener => {
        t.teardown(() => listener.close())
        // It never reads: what is queued cannot be flushed.
        const socket = tls.connect(clientOptions(listener.port))
        socket.on('error', () => {})
        t.teardown(() => { socket.destroy() })
      })
    })
    const tookMs = await closed
    t.ok(Math.abs(tookMs - limits.closeFlushMaxMs) < 1_000, `${tookMs} ms`)
  },
  obsoleteAfterMs: t => {
    const bench = new Bench()
    const [smaller] = bench.smaller()
    const former = bench.ready(smaller!)
    bench.ready(smaller!)
    t.same(closes(bench.live(limits.obsoleteAfterMs - 1)), [])
    t.same(closes(bench.live(1)), [former])
  },
  obsoletePerPeerMax: t => {
    const bench = new Bench()
    const [smaller] = bench.smaller()
    const links = Array.from({ length: limits.obsoletePerPeerMax + 1 }, () => bench.ready(smaller!))
    t.same(closes(bench.seen.map(({ effect }) => effect)), [], 'so many stand by')
    bench.ready(smaller!)
    t.same(closes(bench.seen.map(({ effect }) => effect)), links.slice(0, 1))
    t.equal(bench.status(smaller!), 'linked')
  },
  refusalsPerLinkMax: t => {
    const bench = new Bench()
    const [peer] = bench.larger()
    const link = bench.ready(peer!)
    const lie = {
      type: 'refuse', code: 'stale', retryAfterMs: 0, record: peer!.record(), others: [],
    } as const
    for (let i = 0; i < limits.refusalsPerLinkMax; i++) t.same(closes(bench.say(link, lie)), [])
    t.same(closes(bench.say(link, lie)), [link])
  },
})

/** An address whose SYNs are answered by nobody: a listener that stands still, its backlog full. */
async function deafAddress (t: Test): Promise<string> {
  const program = 'const s = require("net").createServer().listen({ port: 0, host: "127.0.0.1", ' +
    'backlog: 1 }, () => { console.log(s.address().port) })'
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'ignore'] })
  t.teardown(() => { child.kill('SIGKILL') })
  const [line] = await once(child.stdout, 'data') as [Buffer]
  child.kill('SIGSTOP')
  const port = Number(String(line))
  for (let i = 0; i < 8; i++) {
    const socket = net.connect(port, '127.0.0.1')
    socket.on('error', () => {})
    t.teardown(() => { socket.destroy() })
  }
  await new Promise(resolve => { setTimeout(resolve, 200) })
  return `127.0.0.1:${port}`
}
