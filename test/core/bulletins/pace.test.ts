import t from 'tap'
import { Deadlines } from '../../../src/core/deadlines.js'
import type { LinkId } from '../../../src/core/event.js'
import { Pace } from '../../../src/core/bulletins/pace.js'
import type { Shelf } from '../../../src/core/bulletins/shelf.js'
import type { Spread } from '../../../src/core/bulletins/spread.js'
import { BULLETIN_LIMITS } from '../../../src/limits.js'

const { laggingBytesMax, laggingMaxMs } = BULLETIN_LIMITS
const [quick, lazy] = [1 as LinkId, 2 as LinkId]

interface Scene {
  readonly pace: Pace
  readonly deadlines: Deadlines
  readonly mesh: { nowMs: number }
}

/** Two links; `pulling` are in pull. */
function paceOf (pulling: ReadonlySet<LinkId> = new Set()): Scene {
  const deadlines = new Deadlines()
  const mesh = { deadlines, nowMs: 1_000 }
  const shelf = { mesh } as unknown as Shelf
  const spread = { isPulling: (link: LinkId) => pulling.has(link) } as unknown as Spread
  const pace = new Pace(shelf, spread)
  pace.onReady(quick)
  pace.onReady(lazy)
  return { pace, deadlines, mesh }
}

t.test('a window may be out, not more, until the slowest link has stored some of it', async t => {
  const { pace } = paceOf()
  t.ok(pace.hasRoom(laggingBytesMax - 1))
  pace.published(1, laggingBytesMax / 2)
  pace.published(2, laggingBytesMax / 2)
  t.notOk(pace.hasRoom(0))
  pace.onHeard(quick, 2)
  t.notOk(pace.hasRoom(0), 'the other has stored nothing')
  pace.onHeard(lazy, 1)
  t.ok(pace.hasRoom(0))
})

t.test('a link that takes too long for a window is not waited for until it has half', async t => {
  const { pace, deadlines, mesh } = paceOf()
  pace.published(1, laggingBytesMax)
  t.notOk(pace.hasRoom(0))
  t.equal(deadlines.nextMs(), 1_000 + laggingMaxMs)
  pace.onHeard(quick, 1)
  mesh.nowMs += laggingMaxMs
  deadlines.takeDue(mesh.nowMs)
  pace.onDue()
  t.ok(pace.hasRoom(0))
  pace.published(2, laggingBytesMax / 2 + 1)
  pace.onHeard(lazy, 1)
  t.ok(pace.hasRoom(laggingBytesMax / 2 - 2), 'it still lacks more than half: not waited for')
  pace.onHeard(lazy, 2)
  pace.published(3, laggingBytesMax)
  pace.onHeard(quick, 3)
  t.notOk(pace.hasRoom(0), 'it has caught up: waited for again')
})

t.test('who is gone, in pull or does not carry is not waited for', async t => {
  const { pace } = paceOf(new Set([quick]))
  pace.published(1, laggingBytesMax)
  t.notOk(pace.hasRoom(0))
  pace.setCarries(lazy, false)
  t.ok(pace.hasRoom(0))
  pace.setCarries(lazy, true)
  t.notOk(pace.hasRoom(0))
  pace.onEnded(lazy)
  t.ok(pace.hasRoom(0))
})

t.test('at a steady pace nobody waits for a link that stands still', async t => {
  const { pace, mesh } = paceOf()
  // A second of it is a quarter of what a link may lack.
  for (let position = 1; position <= 400; position++) {
    mesh.nowMs += 10
    t.ok(pace.hasRoom(0), `at ${mesh.nowMs} ms`)
    pace.published(position, laggingBytesMax / 400)
    pace.onHeard(quick, position)
  }
  t.ok(pace.hasRoom(laggingBytesMax - 1), 'the other is given up')
})

t.test('a link that stores enough of a long burst is waited for', async t => {
  const { pace, deadlines, mesh } = paceOf()
  for (let position = 1; position <= 16; position++) pace.published(position, laggingBytesMax / 8)
  pace.onHeard(quick, 16)
  for (let position = 2; position <= 8; position += 2) {
    mesh.nowMs += laggingMaxMs - 1
    pace.onHeard(lazy, position)
    t.notOk(pace.hasRoom(0), `${position} of 16`)
    pace.onDue()
    deadlines.takeDue(mesh.nowMs + laggingMaxMs)
  }
  t.notOk(pace.hasRoom(0))
  pace.onHeard(lazy, 9)
  t.ok(pace.hasRoom(0))
})
