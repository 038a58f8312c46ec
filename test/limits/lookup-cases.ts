/** The limits of asking peers for a content, and of reading files: cases of `bulletins.test.ts`. */
import type { Event, LinkId } from '../../src/core/event.js'
import { Archive } from '../../src/hall/archive.js'
import { Lookups } from '../../src/hall/lookups.js'
import { LOOKUP_KIND, Requests } from '../../src/hall/requests.js'
import { BULLETIN_LIMITS as limits } from '../../src/limits.js'
import type { BulletinStore, Clock, Ports } from '../../src/ports.js'
import { encodeFileEnd, encodeFileHead, encodeFilePart } from '../../src/wire/batch-file.js'
import { Author } from '../helpers/bulletin-bench.js'
import { Peer } from '../helpers/core-bench.js'
import type { Cases } from './fill.js'

type Asked = Extract<Event, { kind: 'request-asked' }>

const NOTHING = new Uint8Array(0)
const CONTENT_ID = new Uint8Array(32)

/** Once every promise that can go on has done so. */
const settled = (): Promise<void> => new Promise(resolve => { setImmediate(resolve) })

/** Looks things up in a world that says what it is told to. */
class Stage {
  readonly posted: Event[] = []
  readonly delays: number[] = []
  readonly requests = new Requests(event => { this.posted.push(event) })
  readonly lookups: Lookups
  nowMs = 0

  /** `search` stands for going through all that is held. */
  constructor (linked: number, search: () => Promise<null> = async () => null) {
    const clock: Clock = {
      nowMs: () => this.nowMs,
      wallMs: () => this.nowMs,
      schedule: (delayMs, ring) => {
        this.delays.push(delayMs)
        setImmediate(ring)
        return null
      },
      cancel: () => {},
      breathe: () => {},
    }
    this.lookups = new Lookups({
      ports: { clock, bulletins: { byContentId: search }, log: () => {} } as unknown as Ports,
      requests: this.requests,
      linked: () => Array.from({ length: linked }, (_, i) => new Peer(i + 2).id),
      batchAt: () => null,
    })
  }

  get asked (): Asked[] {
    return this.posted.filter((event): event is Asked => event.kind === 'request-asked')
  }

  find (): Promise<unknown> {
    return this.lookups.find(CONTENT_ID, {})
  }

  /** A peer that was asked has no such content, or was silent for too long. */
  async answer (index: number, status: 'answered' | 'timeout' = 'answered'): Promise<void> {
    const { request } = this.asked[index] ?? {}
    if (request === undefined) throw new Error(`nobody was asked the ${index}th`)
    this.requests.onAnswered({ kind: 'request-answered', request, status, body: NOTHING })
    await settled()
  }

  /** Peers ask so many times; gives how the answers stand. */
  async serve (count: number): Promise<string[]> {
    for (let id = 0; id < count; id++) {
      this.requests.onServe({
        kind: 'serve-request', link: 1 as LinkId, id, peer: new Peer(2).id, name: LOOKUP_KIND,
        body: CONTENT_ID,
      })
    }
    for (let i = 0; i < 20; i++) await settled()
    return this.posted.flatMap(event => event.kind === 'request-served' ? [event.status] : [])
  }
}

export const LOOKUP_CASES: Pick<Cases<'BULLETIN_LIMITS'>, 'lookupPeersMax' | 'lookupPeerMaxMs' |
'lookupMaxMs' | 'lookupsMax' | 'lookupsServedMax' | 'lookupRestMaxMs' | 'offersUnderWayMax'> = {
  lookupPeersMax: async t => {
    const stage = new Stage(limits.lookupPeersMax + 1)
    const found = stage.find()
    await settled()
    t.equal(stage.asked.length, limits.lookupPeersMax)
    await stage.answer(0)
    t.equal(stage.asked.length, limits.lookupPeersMax + 1)
    for (let i = 1; i <= limits.lookupPeersMax; i++) await stage.answer(i)
    t.equal(await found, null)
  },
  lookupPeerMaxMs: async t => {
    const stage = new Stage(limits.lookupPeersMax + 1)
    void stage.find()
    await settled()
    t.ok(stage.asked.every(({ timeoutMs }) => timeoutMs === limits.lookupPeerMaxMs))
    await stage.answer(0, 'timeout')
    t.equal(stage.asked.length, limits.lookupPeersMax + 1)
  },
  lookupMaxMs: async t => {
    const stage = new Stage(limits.lookupPeersMax + 3)
    const found = stage.find()
    await settled()
    stage.nowMs = limits.lookupMaxMs - 1
    await stage.answer(0)
    t.equal(stage.asked.at(-1)?.timeoutMs, 1)
    stage.nowMs = limits.lookupMaxMs
    for (let i = 1; i <= limits.lookupPeersMax; i++) await stage.answer(i)
    t.equal(stage.asked.length, limits.lookupPeersMax + 1, 'nobody is asked any more')
    t.equal(await found, null)
  },
  lookupsMax: async t => {
    const stage = new Stage(1)
    for (let i = 0; i < limits.lookupsMax; i++) void stage.find()
    await t.rejects(stage.find(), { code: 'busy' })
    t.equal(stage.asked.length, limits.lookupsMax)
    await stage.answer(0)
    void stage.find()
    t.equal(stage.asked.length, limits.lookupsMax + 1)
  },
  lookupsServedMax: async t => {
    const stage = new Stage(0, () => new Promise(() => {}))
    t.same(await stage.serve(limits.lookupsServedMax), [])
    t.same(await stage.serve(1), ['failed'])
  },
  lookupRestMaxMs: async t => {
    for (const [tookMs, restMs] of [
      [limits.lookupRestMaxMs, limits.lookupRestMaxMs],
      [limits.lookupRestMaxMs + 1, limits.lookupRestMaxMs],
    ] as const) {
      const stage = new Stage(0, async () => {
        stage.nowMs += tookMs
        return null
      })
      t.same(await stage.serve(2), ['answered', 'answered'])
      t.same(stage.delays, [restMs, restMs])
    }
  },
  offersUnderWayMax: async t => {
    const networkHash = new Uint8Array(32)
    const offered: Event[] = []
    const archive = new Archive({
      store: {} as BulletinStore, networkHash, topicOf: () => networkHash,
      post: event => { offered.push(event) }, stored: async () => {}, held: () => [],
      batchAt: () => null,
    })
    const batches = new Author(new Peer(2)).signAll(limits.offersUnderWayMax + 1)
    const file = Buffer.concat([
      encodeFileHead(networkHash), ...batches.map(({ bytes }) => encodeFilePart(bytes)),
      encodeFileEnd(batches.length),
    ])
    const imported = archive.import(file)
    await settled()
    t.equal(offered.length, limits.offersUnderWayMax)
    for (let i = 0; i < batches.length; i++) {
      const event = offered[i]
      if (event?.kind !== 'batch-offered') throw new Error('nothing was offered')
      archive.onSettled({ kind: 'offer-settled', offer: event.offer, outcome: 'taken' })
      await settled()
      t.equal(offered.length, batches.length)
    }
    t.same(await imported, { taken: batches.length, known: 0, refused: 0 })
  },
}
