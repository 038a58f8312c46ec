/** Fills every limit of the hallway: a node whose clock and links are played. */
import type { Test } from 'tap'
import { createNode } from '../../src/create-node.js'
import { Almanac } from '../../src/hall/almanac.js'
import { HandDrive } from '../../src/hall/drive.js'
import { Health } from '../../src/hall/health.js'
import { Overview } from '../../src/hall/overview.js'
import { HALLWAY_LIMITS as limits, LINK_LIMITS } from '../../src/limits.js'
import type { Node } from '../../src/node.js'
import type { BulletinStore, Link } from '../../src/ports.js'
import { interfaceAddresses, type Interfaces } from '../../src/system.js'
import { topicOf } from '../../src/tls/content-id.js'
import { FlightRecorder } from '../../src/trace.js'
import type { Frame, WantedRange } from '../../src/wire/frame.js'
import { Bench } from '../helpers/core-bench.js'
import { PlayedClock } from '../helpers/played-clock.js'
import { FakeLink } from './fakes.js'
import { fill } from './fill.js'

/** A node in a world that moves only when told. */
class Stage {
  nowMs = 1_000
  aheadMs = 1_000_000
  /** How much each look at the clock takes. */
  lookMs = 0
  /** How often the interfaces were looked at. */
  looks = 0
  /** What waits for the event loop to breathe. */
  readonly breathing: (() => void)[] = []
  #opened: (link: Link) => void = () => {}

  async start (t: Test): Promise<Node> {
    const node = await createNode({ port: 1 }, {
      clock: {
        nowMs: () => (this.nowMs += this.lookMs),
        wallMs: () => this.nowMs + this.aheadMs,
        schedule: () => null,
        cancel: () => {},
        breathe: callback => { this.breathing.push(callback) },
      },
      transport: {
        listen: async (_options, opened) => {
          this.#opened = opened
          return { port: 1, close: async () => {} }
        },
        dial: async () => new Promise<never>(() => {}),
      },
      addresses: () => {
        this.looks++
        return ['192.0.2.1:1']
      },
    })
    t.teardown(() => { node.destroy() })
    // It starts, and tells where members may write to it.
    for (let i = 0; i < 2; i++) this.turn()
    return node
  }

  open (count = 1): FakeLink[] {
    const links = Array.from({ length: count }, (_, i) => new FakeLink(100 + i))
    for (const link of links) this.#opened(link)
    return links
  }

  /** One turn of the event loop. */
  turn (): void {
    for (const callback of this.breathing.splice(0)) callback()
  }

  /** How many of these links were dealt with after one turn. */
  afterTurn (links: readonly FakeLink[]): number {
    this.turn()
    return links.filter(({ writes, closes }) => writes.length + closes.length > 0).length
  }
}

/** Of a node that holds so many bulletins of these topics. */
function overviewOf (counts: ReadonlyMap<string, number>): Overview {
  return new Overview({
    ports: {
      bulletins: { topicCounts: async () => counts } as Partial<BulletinStore> as BulletinStore,
      clock: new PlayedClock(0),
    },
    options: { name: '', network: '', quota: 0, data: null },
    core: {
      topicsOfPeers: () => [],
      counts: () => ({
        members: 1, linked: 0, held: 0, bytes: 0, topics: 0, batches: { received: 0, known: 0 },
      }),
    },
    board: { subscribed: () => [], textOf: () => null },
  })
}

function setsOf (node: Node): number {
  return node.trace().filter(({ what }) => what.kind === 'clock-set').length
}

fill('HALLWAY_LIMITS', {
  warningsKeptMax: t => {
    const health = new Health({
      clock: () => ({ peers: 0, offMs: 0 }), connects: () => [], addresses: () => [],
    }, new PlayedClock(0))
    const note = (n: number): void => {
      health.note({ kind: 'warning', code: 'store-failed', message: String(n) })
    }
    for (let i = 0; i < limits.warningsKeptMax; i++) note(i)
    note(0)
    const kept = health.view().warnings
    t.equal(kept.length, limits.warningsKeptMax)
    t.match(kept.at(-1), { code: 'store-failed', message: '0', count: 2 })
    note(limits.warningsKeptMax)
    t.equal(health.view().warnings.length, limits.warningsKeptMax)
    t.equal(health.view().warnings[0]?.message, '2', 'the one told longest ago went')
  },
  schedulesMax: async t => {
    const node = await new Stage().start(t)
    const asked = { expression: '@hourly', content: '' }
    for (let i = 0; i < limits.schedulesMax; i++) await node.schedules.add(asked)
    await t.rejects(node.schedules.add(asked), { code: 'busy' })
    const [first] = node.schedules.list()
    await node.schedules.remove(first?.id ?? '')
    await node.schedules.add(asked)
  },
  almanacLookEveryMs: t => {
    const clock = new PlayedClock(0)
    const almanac = new Almanac(clock)
    let happened = 0
    const far = 10 * limits.almanacLookEveryMs
    almanac.set('far', { next: afterMs => afterMs < far ? far : null }, () => { happened++ })
    clock.set(far)
    clock.pass(limits.almanacLookEveryMs - 1)
    t.equal(happened, 0)
    clock.pass(1)
    t.equal(happened, 1)
  },
  topicTextsMax: async t => {
    const node = await new Stage().start(t)
    for (let i = 0; i <= limits.topicTextsMax; i++) node.validate(`topic ${i}`, null)
    t.equal(node.topicText(topicOf('topic 0')), null, 'the oldest was forgotten')
    t.equal(node.topicText(topicOf('topic 1')), 'topic 1')
  },
  topicRowsMax: async t => {
    const counts = new Map(Array.from({ length: limits.topicRowsMax + 1 }, (_, i) =>
      [i.toString(16).padStart(64, '0'), i + 1]))
    const rows = await overviewOf(counts).topics()
    t.equal(rows.length, limits.topicRowsMax)
    t.equal(Math.min(...rows.map(({ held }) => held)), 2, 'the one with the least is left out')
  },
  drainMaxMs: async t => {
    const stage = new Stage()
    await stage.start(t)
    const links = stage.open(100)
    stage.lookMs = 0.25
    // One look at the clock after each; what they made is written after the last.
    t.equal(stage.afterTurn(links), limits.drainMaxMs / stage.lookMs)
    t.equal(stage.breathing.length, 1)
  },
  drainEventsMax: async t => {
    const stage = new Stage()
    await stage.start(t)
    const links = stage.open(limits.drainEventsMax + 1)
    t.equal(stage.afterTurn(links), limits.drainEventsMax)
    t.equal(stage.breathing.length, 1, 'the rest waits for a breath')
    t.equal(stage.afterTurn(links), limits.drainEventsMax + 1)
  },
  deadlinesPerTickMax: t => {
    const max = limits.deadlinesPerTickMax
    const bench = new Bench({ linksMax: 4_096, membersMax: 4_096 })
    // Three deadlines each: its heartbeat, its silence and the comparing of rosters.
    for (const peer of bench.larger(Math.ceil(max / 3) + 1)) bench.ready(peer)
    bench.nowMs += 600
    const due = (): boolean => bench.core.wakeAtMs() <= bench.nowMs
    bench.nowMs += 10_000
    bench.post({ kind: 'tick', lateMs: 0 })
    t.ok(due(), 'more than a tick handles')
    bench.post({ kind: 'tick', lateMs: 0 })
    t.notOk(due(), 'the next one has the rest')
  },
  interfacesEveryMs: async t => {
    const stage = new Stage()
    await stage.start(t)
    const before = stage.looks
    stage.nowMs += limits.interfacesEveryMs - 1
    stage.open()
    stage.turn()
    t.equal(stage.looks, before)
    stage.nowMs += 1
    stage.open()
    stage.turn()
    t.equal(stage.looks, before + 1)
  },
  ownAddressesMax: t => {
    const max = limits.ownAddressesMax
    const eth0: Interfaces[string] = Array.from({ length: max }, (_, i) =>
      ({ address: `192.0.2.${i}`, family: 'IPv4', internal: false }))
    const told = interfaceAddresses('0.0.0.0', 1, { eth0 })
    t.equal(told.length, max)
    t.same(told.slice(-2), [`192.0.2.${max - 2}:1`, '127.0.0.1:1'], 'the last one is not told')
  },
  clockSetMs: async t => {
    const stage = new Stage()
    const node = await stage.start(t)
    const before = setsOf(node)
    stage.aheadMs += limits.clockSetMs - 1
    stage.open()
    stage.turn()
    t.equal(setsOf(node), before)
    stage.aheadMs += 1
    stage.open()
    stage.turn()
    t.equal(setsOf(node), before + 1)
  },
  stepMaxMs: t => {
    let realMs = 1_000
    const times: number[] = []
    const drive = new HandDrive({
      lookOutside: nowMs => { times.push(nowMs) },
      handle: () => {}, perform: () => {}, flush: () => {}, isBusy: () => false,
      wakeAtMs: () => Infinity,
    }, {
      nowMs: () => realMs, wallMs: () => realMs, schedule: () => null, cancel: () => {},
      breathe: () => {},
    })
    for (const ms of [limits.stepMaxMs, limits.stepMaxMs + 1, 60_000]) {
      realMs += ms
      drive.step()
    }
    t.same(times, [1, 2, 3].map(steps => 1_000 + steps * limits.stepMaxMs))
  },
  leaveMaxMs: async t => {
    const stage = new Stage()
    const node = await stage.start(t)
    const [link] = stage.open()
    stage.turn()
    const closed = node.close()
    stage.turn()
    t.same(link?.closes, [LINK_LIMITS.closeFlushMaxMs, limits.leaveMaxMs])
    link?.handlers?.closed('')
    await closed
    t.pass('and closes when the last link is gone')
  },
  recorderEntriesMax: t => {
    const recorder = new FlightRecorder()
    for (let i = 0; i <= limits.recorderEntriesMax; i++) {
      recorder.record(i, { kind: 'drained', isBusy: false })
    }
    const times = recorder.entries().map(({ atMs }) => atMs)
    t.equal(times.length, limits.recorderEntriesMax)
    t.equal(times[0], 1, 'the oldest went')
  },
  recorderRowsMax: t => {
    const recorder = new FlightRecorder()
    const max = limits.recorderRowsMax
    const member = { identity: new FakeLink().peer, incarnation: 1, version: 1 }
    const list = new Array<typeof member>(max + 1).fill(member)
    const record = { body: new Uint8Array(1), signature: new Uint8Array(1) }
    const entry = { record, linked: true }
    const hash = new Uint8Array(32)
    const range = { author: member.identity, incarnation: 1, first: 1, last: 1 }
    const frames: readonly Frame[] = [
      { type: 'alive', members: list },
      { type: 'roster-digest', hash, rows: list, answer: false },
      { type: 'records', entries: new Array<typeof entry>(max + 1).fill(entry) },
      { type: 'alive', members: list.slice(1) },
      { type: 'table-digest', hash, rows: list, answer: false },
      { type: 'heads', rows: new Array<WantedRange>(max + 1).fill(range) },
    ]
    for (const frame of frames) recorder.record(1, { kind: 'send', links: [], frame })
    const lengths = recorder.entries().map(({ what }) => {
      if (what.kind !== 'send') return 0
      const { frame } = what
      if (frame.type === 'alive') return frame.members.length
      if (frame.type === 'records') return frame.entries.length
      return 'rows' in frame ? frame.rows?.length : 0
    })
    t.same(lengths, new Array(frames.length).fill(max))
  },
})
