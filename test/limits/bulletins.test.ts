/** Fills every limit of bulletins. What they are for is tested in core/bulletins and hall. */
import type { Test } from 'tap'
import type { Effect } from '../../src/core/effect.js'
import { Givers } from '../../src/core/bulletins/givers.js'
import { Logs } from '../../src/core/bulletins/logs.js'
import type { AskId, Event, LinkId, RequestId } from '../../src/core/event.js'
import { Bulletin } from '../../src/hall/bulletin.js'
import { checkPublish, Publications } from '../../src/hall/publications.js'
import { Requests } from '../../src/hall/requests.js'
import { Subscription } from '../../src/hall/subscription.js'
import { Subscriptions } from '../../src/hall/subscriptions.js'
import { BULLETIN_LIMITS as limits } from '../../src/limits.js'
import { resolveOptions, type NodeOptions } from '../../src/options.js'
import type { BulletinStore } from '../../src/ports.js'
import {
  Author, delivered, digest, evidenceOf, Stand, TOPIC, want, wanted, wantIds,
} from '../helpers/bulletin-bench.js'
import {
  BULLETINS, closes, frames, heartbeat, only, Peer, peersOn, SECOND_MS, warnings,
} from '../helpers/core-bench.js'
import type { Identity } from '../../src/wire/identity.js'
import { fill } from './fill.js'
import { LOOKUP_CASES } from './lookup-cases.js'

const KIB = 1024

interface Scene {
  readonly stand: Stand
  readonly link: LinkId
  readonly author: Author
}

function scene (over: Partial<typeof BULLETINS> = {}): Scene {
  const stand = new Stand({ bulletins: { ...BULLETINS, ...over } })
  const [peer = new Peer(2)] = stand.larger()
  return { stand, link: stand.ready(peer), author: new Author(peer) }
}

function range (t: Test, name: keyof NodeOptions, good: number, bad: number): void {
  t.doesNotThrow(() => { resolveOptions({ [name]: good }) })
  t.throws(() => { resolveOptions({ [name]: bad }) }, { code: 'option-invalid' })
}

/** Nothing happens in all of it but its last ms. */
function atLast<T> (t: Test, stand: Stand, forMs: number, of: (effects: Effect[]) => T[]): T[] {
  t.same(of(stand.live(forMs - 1)), [])
  return of(stand.live(1))
}

const large = (bytes: number): { contents: Uint8Array[] } => ({ contents: [new Uint8Array(bytes)] })
const heldCount = ({ shelf }: Stand): number => shelf.size

/** Whether so many checks of this size stop the reading of a link. */
function pauses (count: number, bytes: number): boolean {
  const { stand, link, author } = scene({ contentBytesMax: 1 << 20 })
  stand.isHeld = true
  const sent = author.signAll(count, large(bytes)).map(({ frame }) => frame)
  return only(stand.say(link, ...sent), 'pause-link').length > 0
}

/** More than may be unstored. */
const LARGE_COUNT = 12
const LARGE_BYTES = 900 * KIB

function publishLarge (stand: Stand): Effect[] {
  return Array.from({ length: LARGE_COUNT }, () =>
    [...stand.publish(new Uint8Array(LARGE_BYTES)), ...stand.drained()]).flat()
}

function publishedBytes (effects: readonly Effect[]): number {
  return only([...effects], 'published').length * LARGE_BYTES
}

/** Reached, and by no more than the last one. */
function isAbout (bytes: number, limit: number): boolean {
  return bytes >= limit && bytes < limit + LARGE_BYTES
}

function subscriptions (delays: number[]): { made: Subscriptions, posted: Event[] } {
  const posted: Event[] = []
  const made = new Subscriptions({
    store: {} as BulletinStore, hash: bytes => bytes, nameOf: () => '',
    stored: () => Promise.resolve(), post: event => { posted.push(event) }, log: () => {},
    schedule: delayMs => delays.push(delayMs), cancel: () => {},
  })
  return { made, posted }
}

function reader (): Subscription {
  const store = { async *ofTopic () {} } as unknown as BulletinStore
  const made = new Subscription('', {}, {
    store, stored: () => Promise.resolve(), passed: () => new Map(),
    toBulletin: () => { throw new Error('none') }, taken: () => {}, ended: () => {},
  })
  made.start([])
  return made
}

fill('BULLETIN_LIMITS', {
  ...LOOKUP_CASES,
  giversMax: t => {
    const givers = new Givers()
    const peers = Array.from({ length: limits.giversMax + 1 }, (_, i) => `peer ${i}` as Identity)
    t.same(peers.map(peer => givers.peerOf(givers.numberOf(peer))), [...peers.slice(0, -1), null])
    t.equal(givers.size, limits.giversMax)
  },
  contentDefaultBytesMax: t => {
    t.equal(resolveOptions({}).maxContent, limits.contentDefaultBytesMax)
    const max = limits.contentDefaultBytesMax
    t.doesNotThrow(() => { checkPublish(new Uint8Array(max), max, {}) })
    t.throws(() => { checkPublish(new Uint8Array(max + 1), max, {}) })
  },
  retainDefaultMs: t => { t.equal(resolveOptions({}).retainMs, limits.retainDefaultMs) },
  retainMinMs: t => { range(t, 'retainMs', limits.retainMinMs, limits.retainMinMs - 1) },
  retainMaxMs: t => { range(t, 'retainMs', limits.retainMaxMs, limits.retainMaxMs + 1) },
  futureMaxMs: t => {
    const { stand, link, author } = scene()
    const seconds = limits.futureMaxMs / SECOND_MS
    stand.say(link, author.sign({ atSeconds: seconds }).frame)
    stand.say(link, author.sign({ atSeconds: seconds + 1 }).frame)
    t.equal(heldCount(stand), 1)
  },
  quotaDefaultBytes: t => { t.equal(resolveOptions({}).quota, limits.quotaDefaultBytes) },
  quotaMinBytes: t => { range(t, 'quota', limits.quotaMinBytes, limits.quotaMinBytes - 1) },
  quotaMaxBytes: t => { range(t, 'quota', limits.quotaMaxBytes, limits.quotaMaxBytes + 1) },
  difficultyMax: t => { range(t, 'difficulty', limits.difficultyMax, limits.difficultyMax + 1) },
  strangersMax: t => {
    const { stand, link } = scene()
    for (const peer of peersOn('larger', stand.me, limits.strangersMax + 3).slice(1)) {
      stand.say(link, new Author(peer).sign().frame)
    }
    t.equal(heldCount(stand), limits.strangersMax)
  },
  logsPerAuthorMax: t => {
    const { stand, link, author: { peer } } = scene()
    for (let i = 0; i <= limits.logsPerAuthorMax; i++) {
      stand.say(link, new Author(peer, peer.incarnation + i).sign().frame)
    }
    t.equal(heldCount(stand), limits.logsPerAuthorMax)
  },
  outnumberedMax: t => {
    const logs = new Logs()
    const open = (author: string, incarnation: number): boolean =>
      logs.open(author as Identity, incarnation, () => {}) !== null
    for (let i = 0; i <= limits.outnumberedMax; i++) {
      for (let run = 1; run <= limits.logsPerAuthorMax + 1; run++) open(`author ${i}`, run)
    }
    t.equal(logs.sizes.outnumbered, limits.outnumberedMax)
    for (const log of [...logs.all()]) logs.forget(log)
    t.ok(open('author 0', 1), 'it is not remembered any more')
    t.notOk(open('author 1', 1))
  },
  batchOpenMaxMs: t => {
    const { stand, link } = scene()
    stand.publish()
    stand.drained(true)
    t.equal(atLast(t, stand, limits.batchOpenMaxMs, all => frames(all, 'batch', link)).length, 1)
  },
  checksPerLinkMax: t => {
    t.same([pauses(limits.checksPerLinkMax - 1, 1), pauses(limits.checksPerLinkMax, 1)],
      [false, true])
  },
  checkBytesPerLinkMax: t => {
    const bytes = 512 * KIB
    const max = limits.checkBytesPerLinkMax / bytes
    t.same([pauses(max - 1, bytes), pauses(max, bytes)], [false, true])
  },
  wantsUnderWayMax: t => {
    const { stand, author } = scene()
    const links = stand.larger(limits.wantsUnderWayMax + 3).slice(1).map(peer => stand.ready(peer))
    const effects = links.flatMap((link, i) =>
      stand.say(link, digest([author.row(10 * i + 1, 10 * i + 2)], true)))
    t.equal(wanted(effects).length, limits.wantsUnderWayMax)
  },
  wantBytesMax: t => {
    const { stand, link, author } = scene()
    const effects = stand.say(link, digest([author.row(1, 9)], true))
    t.equal(frames(effects, 'log-want')[0]?.bytesMax, limits.wantBytesMax)
  },
  wantPositionsMax: t => {
    const { stand, link, author } = scene()
    t.same(wanted(stand.say(link, digest([author.row(1, 1_000_000)], true))),
      [`1-${limits.wantPositionsMax}`])
  },
  wantMaxMs: t => {
    const { stand, link, author } = scene()
    const [, other = new Peer(3)] = stand.larger(2)
    stand.say(link, digest([author.row(1, 1)], true))
    stand.say(stand.ready(other), digest([author.row(1, 1)], true))
    t.same(atLast(t, stand, limits.wantMaxMs, all => wanted(all)), ['1-1'])
  },
  wantWholeMaxMs: t => {
    const { stand, link, author } = scene()
    const [, other = new Peer(3)] = stand.larger(2)
    stand.say(link, digest([author.row(1, 99)], true))
    stand.say(stand.ready(other), digest([author.row(1, 99)], true))
    let asked = 0
    for (let ms = 0; ms < limits.wantWholeMaxMs - SECOND_MS; ms += SECOND_MS) {
      asked += wanted(stand.live(SECOND_MS)).length
      stand.say(link, author.sign().frame)
    }
    t.equal(asked, 0)
    t.equal(wanted(stand.live(SECOND_MS)).length, 1)
  },
  offersPerLinkMax: t => {
    const { stand, link, author: { peer } } = scene()
    stand.takesWrites = false
    stand.say(link, new Author(peer).sign().frame)
    const rows = Array.from({ length: limits.offersPerLinkMax + 50 }, (_, i) =>
      new Author(peer, peer.incarnation + 1 + i).row(1, 1))
    stand.say(link, digest(rows.slice(0, 4_000), true), digest(rows.slice(4_000), true))
    stand.takesWrites = true
    let effects = stand.live(2 * limits.storeRestMs)
    const asked = new Set<number>()
    for (let round = 0; round < 100 && wantIds(effects).length > 0; round++) {
      for (const { ranges } of frames(effects, 'log-want')) {
        for (const { incarnation } of ranges) asked.add(incarnation)
      }
      const [id = 0] = wantIds(effects)
      effects = stand.say(link, { type: 'log-answer', id, complete: true })
    }
    t.equal(asked.size, limits.offersPerLinkMax)
  },
  wantsServedMax: t => {
    const { stand, link } = scene()
    stand.isHeld = true
    const all = Array.from({ length: limits.wantsServedMax }, (_, id) =>
      want(id, stand.ownLog(), 1, 1))
    t.same(closes(stand.say(link, ...all)), [])
    t.same(closes(stand.say(link, want(99, stand.ownLog(), 1, 1))), [link])
  },
  suspicionsMax: t => {
    const { stand, link } = scene()
    const rows = peersOn('larger', stand.me, limits.suspicionsMax + 9).slice(1).map(peer => {
      const author = new Author(peer)
      stand.say(link, author.sign().frame)
      return author.row(1, 1, { headHash: new Uint8Array(8).fill(1) })
    })
    t.equal(wanted(stand.say(link, digest(rows, true))).length, limits.suspicionsMax)
    const [one, other] = [new Author(new Peer(5)), new Author(new Peer(5))]
    t.same(warnings(stand.say(link, evidenceOf(one.sign(), other.sign(large(3))))), [])
    const forked = peersOn('larger', stand.me, limits.suspicionsMax + 2).slice(1).map(peer => {
      const author = new Author(peer, peer.incarnation + 1)
      const base = author.sign()
      stand.say(link, base.frame, evidenceOf(base, new Author(peer, author.incarnation)
        .sign(large(3))))
      return author.row(1, 1)
    })
    const told = frames(stand.say(link, digest(forked, true)), 'evidence', link)
    t.equal(told.length, limits.suspicionsMax)
  },
  gapMs: t => {
    const { stand, link, author } = scene()
    stand.say(link, author.signAll(2)[1]?.frame ?? digest(null))
    t.equal(atLast(t, stand, limits.gapMs, all => only(all, 'gap')).length, 1)
  },
  heldBackBytesMax: t => {
    const { stand, link, author } = scene()
    const bytes = 128 * KIB
    const count = 1 + 2 * limits.heldBackBytesMax / bytes
    stand.say(link, ...author.signAll(count, large(bytes)).slice(1).map(({ frame }) => frame))
    const batches = only(stand.live(limits.gapMs), 'deliver').map(({ delivery }) => delivery.batch)
    const inMemory = batches.filter(batch => batch !== null).length
    t.equal(inMemory, limits.heldBackBytesMax / bytes - 1)
  },
  heldBackBatchesMax: t => {
    const { stand, link, author } = scene()
    const all = author.signAll(limits.heldBackBatchesMax + 2).slice(1).map(({ frame }) => frame)
    t.same(delivered(stand.say(link, ...all.slice(0, -1)), author), [])
    t.equal(delivered(stand.say(link, ...all.slice(-1)), author).length, all.length)
  },
  gapsPerLogMax: t => {
    const isGivenUp = (gaps: number): boolean => {
      const { stand, link, author } = scene()
      const all = author.signAll(2 * gaps).filter((_, i) => i % 2 === 0)
      stand.say(link, ...all.map(({ frame }) => frame))
      return only(stand.say(link, author.sign({ first: 2 }).frame), 'check-batch').length === 0
    }
    t.same([isGivenUp(limits.gapsPerLogMax), isGivenUp(limits.gapsPerLogMax + 1)], [false, true])
  },
  futureRestMs: t => {
    const { stand, link, author } = scene()
    stand.say(link, author.sign({ atSeconds: 99_999 }).frame)
    const asks = (): string[] => wanted(stand.say(link, digest([author.row(1, 1)], true)))
    stand.live(limits.futureRestMs - 1)
    t.same(asks(), [])
    stand.live(1)
    t.same(asks(), ['1-1'])
  },
  unstoredBytesMax: t => {
    const { stand } = scene()
    let bytes = publishedBytes(publishLarge(stand))
    // The link that stores nothing is not waited for any more, what nobody stored still is.
    bytes += publishedBytes([...stand.live(limits.laggingMaxMs), ...stand.drained()])
    t.ok(isAbout(bytes, limits.unstoredBytesMax), `${bytes}`)
  },
  laggingBytesMax: t => {
    const { stand } = scene()
    const bytes = publishedBytes(publishLarge(stand))
    t.ok(isAbout(bytes, limits.laggingBytesMax), `${bytes}`)
  },
  laggingMaxMs: t => {
    const { stand } = scene()
    publishLarge(stand)
    const more = atLast(t, stand, limits.laggingMaxMs, all => only(all, 'published'))
    t.ok(more.length > 0)
  },
  publishesWaitingMax: t => {
    const { stand } = scene()
    const waiting = LARGE_COUNT - publishedBytes(publishLarge(stand)) / LARGE_BYTES
    let busy = 0
    for (let i = waiting; i < limits.publishesWaitingMax + 5; i++) {
      busy += only(stand.publish('x'), 'publish-failed').length
    }
    t.equal(busy, 5)
  },
  publishBytesWaitingMax: async t => {
    const posted: Event[] = []
    const publications = new Publications({
      hash: bytes => bytes, wallMs: () => 0, me: new Peer(2).id, carriers: () => [],
      minter: { bits: 0, mint: () => Promise.resolve(0), close: () => Promise.resolve() },
      post: event => { posted.push(event) }, schedule: () => null, cancel: () => {},
    })
    const bytes = limits.publishBytesWaitingMax / 128
    const publish = (): Promise<unknown> => publications.publish(TOPIC, new Uint8Array(bytes), {})
    const waiting = Array.from({ length: 128 }, publish)
    t.equal(posted.length, 128)
    await t.rejects(publish(), { code: 'busy' })
    t.equal(posted.length, 128)
    publications.close()
    for (const outcome of waiting) await t.rejects(outcome, { code: 'node-closed' })
  },
  receiptAfterMs: t => {
    const { stand, link, author } = scene()
    stand.live(10)
    stand.say(link, author.sign().frame)
    t.equal(atLast(t, stand, limits.receiptAfterMs, all => frames(all, 'heartbeat')).length, 1)
  },
  receiptAfterBytes: t => {
    const { stand, link, author } = scene()
    const bytes = limits.receiptAfterBytes / 8
    const told = (count: number): number => frames(stand.say(link,
      ...author.signAll(count, large(bytes)).map(({ frame }) => frame)), 'heartbeat').length
    t.same([told(7), told(1)], [0, 1])
  },
  exchangeEveryMs: t => {
    const { stand, link, author } = scene()
    stand.say(link, author.sign().frame)
    t.equal(atLast(t, stand, limits.exchangeEveryMs, all => frames(all, 'log-digest')).length, 1)
  },
  rowsAgainMs: t => {
    const { stand, link } = scene()
    const told = (): number => frames(stand.say(link, digest(null)), 'log-digest').length
    t.equal(told(), 1)
    stand.live(limits.rowsAgainMs - 1)
    t.equal(told(), 0)
    stand.live(1)
    t.equal(told(), 1)
  },
  headsApartMs: t => {
    const asks = (afterMs: number): number => {
      const { stand, link } = scene()
      stand.say(link, heartbeat(1, { ownHead: 2 }))
      stand.live(afterMs)
      return wanted(stand.say(link, heartbeat(2, { ownHead: 2 }))).length
    }
    t.same([asks(limits.headsApartMs - 1), asks(limits.headsApartMs)], [0, 1])
  },
  expireEveryMs: t => {
    const { stand, link, author } = scene({ retainMs: 60_000 })
    stand.say(link, author.sign({ atSeconds: -59 }).frame)
    t.equal(atLast(t, stand, limits.expireEveryMs, all => only(all, 'drop-batches')).length, 1)
  },
  storeRestMs: t => {
    const { stand } = scene()
    stand.takesWrites = false
    stand.publish()
    stand.drained()
    const fails = (): number => only(stand.publish(), 'publish-failed').length
    stand.live(limits.storeRestMs - 1)
    t.equal(fails(), 1)
    stand.live(1)
    t.equal(fails(), 0)
  },
  tellTopicsAfterMs: t => {
    const { stand } = scene()
    stand.live(10)
    stand.post({ kind: 'topics-set', topics: [TOPIC], validated: [] })
    t.equal(atLast(t, stand, limits.tellTopicsAfterMs, all => frames(all, 'topics')).length, 1)
  },
  subscriptionBufferMax: async t => {
    const made = reader()
    const author = new Peer(3).id
    for (let seq = 1; seq <= limits.subscriptionBufferMax + 1; seq++) {
      const log = { author, incarnation: 1, first: seq, last: seq }
      made.offer(log, [new Bulletin({
        author, name: '', incarnation: 1, seq, topic: TOPIC, timestamp: 1,
        content: new Uint8Array(0), isLate: false,
      }, bytes => bytes)])
    }
    made.end()
    let count = 0
    for (;;) {
      if ((await made.next()).done === true) break
      count++
    }
    t.equal(count, limits.subscriptionBufferMax)
  },
  logsPerReaderMax: t => {
    const made = reader()
    const author = new Peer(3).id
    for (let incarnation = 1; incarnation <= limits.logsPerReaderMax + 1; incarnation++) {
      made.offer({ author, incarnation, first: 1, last: 1 }, [])
    }
    t.equal(made.cursor().length, limits.logsPerReaderMax)
  },
  validateMaxMs: t => {
    const delays: number[] = []
    const { made } = subscriptions(delays)
    const author = new Author(new Peer(4))
    void made.onValidate({
      kind: 'validate-batch', ask: 1 as AskId, batch: author.sign().bytes,
      author: author.peer.id, from: author.peer.id,
    })
    t.same(delays, [limits.validateMaxMs])
  },
  requestsPerLinkMax: t => {
    const { stand, link } = scene()
    const body = new Uint8Array(0)
    const all = Array.from({ length: limits.requestsPerLinkMax + 1 }, (_, id) =>
      ({ type: 'request', id, kind: 'x', body }) as const)
    const effects = stand.say(link, ...all)
    t.equal(only(effects, 'serve-request').length, limits.requestsPerLinkMax)
    t.same(frames(effects, 'response').map(({ status }) => status), ['busy'])
  },
  requestBytesPerLinkMax: t => {
    const { stand, author } = scene()
    const max = limits.requestBytesPerLinkMax
    const effects = [max - 1, 1, 1].flatMap((bytes, i) => stand.post({
      kind: 'request-asked', request: i as RequestId, peer: author.peer.id, name: 'x',
      body: new Uint8Array(bytes), timeoutMs: 1_000,
    }))
    t.equal(frames(effects, 'request').length, 2)
    t.same(only(effects, 'request-answered').map(({ status }) => status), ['busy'])
  },
  requestsMax: t => {
    const { stand, author } = scene()
    const effects = Array.from({ length: limits.requestsMax + 1 }, (_, i) => stand.post({
      kind: 'request-asked', request: i as RequestId, peer: author.peer.id, name: 'x',
      body: new Uint8Array(0), timeoutMs: 1_000,
    })).flat()
    t.equal(frames(effects, 'request').length, limits.requestsMax)
    t.same(only(effects, 'request-answered').map(({ status }) => status), ['busy'])
  },
  requestDefaultMs: t => {
    const posted: Event[] = []
    const requests = new Requests(event => { posted.push(event) })
    requests.request(new Peer(2).id, 'x', new Uint8Array(0), {}).catch(() => {})
    const [asked] = posted
    t.equal(asked?.kind === 'request-asked' && asked.timeoutMs, limits.requestDefaultMs)
  },
  requestMaxMs: async t => {
    const requests = new Requests(() => {})
    const ask = (timeoutMs: number): Promise<unknown> =>
      requests.request(new Peer(2).id, 'x', new Uint8Array(0), { timeoutMs })
    await t.rejects(ask(limits.requestMaxMs + 1), { code: 'option-invalid' })
    const open = ask(limits.requestMaxMs)
    requests.close()
    await t.rejects(open, { code: 'node-closed' })
  },
})
