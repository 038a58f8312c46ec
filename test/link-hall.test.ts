import t from 'tap'
import type { Event } from '../src/core/event.js'
import { LinkHall } from '../src/link-hall.js'
import type { LogEntry } from '../src/ports.js'
import { createSystemClock } from '../src/system.js'
import { shortIdentity } from '../src/wire/identity.js'
import { FakeLink } from './limits/fakes.js'

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
