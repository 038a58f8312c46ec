import t from 'tap'
import type { Event, LinkId } from '../src/core/event.js'
import { LINK_LIMITS, WIRE_LIMITS } from '../src/limits.js'
import { LinkHall } from '../src/link-hall.js'
import type { LogEntry } from '../src/ports.js'
import { createSystemClock } from '../src/system.js'
import { encodeFrame } from '../src/wire/encode.js'
import { shortIdentity } from '../src/wire/identity.js'
import { FakeLink } from './limits/fakes.js'

const HEARTBEAT = {
  type: 'heartbeat', sequence: 0x01020304, echo: 0x05060708, heldTenthsMs: 9, ownHead: 10,
  storedHead: 11, wallMs: null,
} as const

interface Hall {
  readonly hall: LinkHall
  readonly link: FakeLink
  readonly id: LinkId
  readonly events: Event[]
}

function hallOf (): Hall {
  const events: Event[] = []
  const hall = new LinkHall(createSystemClock(), () => {}, event => { events.push(event) })
  const link = new FakeLink()
  hall.open(link, null)
  const [opened] = events.splice(0)
  if (opened?.kind !== 'link-opened') throw new Error('not opened')
  return { hall, link, id: opened.link, events }
}

const LARGE = new Uint8Array(WIRE_LIMITS.requestBytesMax)

function sendAnswer ({ hall, id }: Hall, answers: number, body = LARGE): void {
  const frame = { type: 'response', id: answers, status: 'answered', body } as const
  hall.send({ kind: 'send', links: [id], frame })
}

t.test('a flood of answers delays no heartbeat and ends no link', async t => {
  const all = hallOf()
  const { hall, link, id, events } = all
  for (let i = 1; i <= 5; i++) sendAnswer(all, i)
  t.same(events, [{ kind: 'request-overflowed', link: id, id: 5, what: 'response' }])
  hall.flush()
  const beforeBytes = link.writtenBytes
  const beat = encodeFrame(HEARTBEAT)
  hall.send({ kind: 'send', links: [id], frame: HEARTBEAT })
  hall.flush()
  // What is handed over stays; of the rest only the frame that has begun comes before it.
  let at = -1
  for (let i = 0; i < link.writes.length && at < 0; i++) {
    link.writes[i]?.written()
    at = Buffer.concat(link.writes.map(({ bytes }) => bytes)).indexOf(beat)
  }
  t.ok(at >= beforeBytes && at < LARGE.length + LINK_LIMITS.writeBytesMax, `at ${at}`)
  t.same(link.closes, [])
})

t.test('a link whose writes do not complete ends, unless its peer says that more came', async t => {
  let nowMs = 0
  const clock = { ...createSystemClock(), nowMs: () => nowMs }
  for (const isTaking of [true, false]) {
    const asked: number[] = []
    const hall = new LinkHall(clock, () => {}, () => {}, (_, withinMs) => {
      asked.push(withinMs)
      return isTaking
    })
    const link = new FakeLink()
    hall.open(link, null)
    const send = (): void => {
      hall.send({ kind: 'send', links: [1 as LinkId], frame: HEARTBEAT })
      hall.flush()
    }
    send()
    nowMs += LINK_LIMITS.stalledAfterMs + 1
    send()
    t.equal(link.closes.length, isTaking ? 0 : 1)
    t.same(asked, [LINK_LIMITS.stalledAfterMs])
  }
})

t.test('a request without room is told; a refusal without room is only not sent', async t => {
  const all = hallOf()
  const { hall, link, id, events } = all
  for (let i = 1; i <= 5; i++) sendAnswer(all, i)
  events.length = 0
  const request = { type: 'request', id: 7, kind: 'x', body: LARGE } as const
  hall.send({ kind: 'send', links: [id], frame: request })
  t.same(events.splice(0), [{ kind: 'request-overflowed', link: id, id: 7, what: 'request' }])
  const refusal = { type: 'response', id: 8, status: 'failed', body: LARGE } as const
  hall.send({ kind: 'send', links: [id], frame: refusal })
  t.same([events, link.closes], [[], []])
})

/** A frame of a tag that this version does not know. */
const UNKNOWN = Buffer.from([0, 0, 0, 2, 200, 7])

t.test('frames of unknown tags are skipped, counted, and told when their link ends', async t => {
  const events: Event[] = []
  const logs: LogEntry[] = []
  const hall = new LinkHall(
    createSystemClock(), entry => { logs.push(entry) }, event => { events.push(event) })
  const [one, other, quiet] = [new FakeLink(2), new FakeLink(3), new FakeLink(4)]
  for (const link of [one, other, quiet]) hall.open(link, null)
  events.length = 0
  one.handlers?.bytes(Buffer.concat([UNKNOWN, UNKNOWN]))
  other.handlers?.bytes(UNKNOWN)
  t.equal(hall.unknownFrames, 3)
  t.same(events.map(({ kind }) => kind), ['bytes-received', 'bytes-received'], 'signs of life')
  t.same(logs, [])
  for (const link of [one, other, quiet]) link.handlers?.closed('')
  t.match(logs, [
    { level: 'debug', area: 'links', message: `${shortIdentity(one.peer)} sent 2 frames` },
    { level: 'debug', area: 'links', message: `${shortIdentity(other.peer)} sent 1 frames` },
  ])
  t.equal(logs.length, 2, 'nothing of whom nothing was skipped')
  t.equal(hall.unknownFrames, 3)
})
