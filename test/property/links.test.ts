/**
 * Properties of links: any walk over open, move and end stays inside the table, with at most one
 * ready link per peer. FC_RUNS raises the number of runs; FC_SEED and FC_PATH play one again.
 */
import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import t from 'tap'
import type { LinkId } from '../../src/core/event.js'
import { Links, LINK_TRANSITIONS, type LinkEntry, type LinkState } from '../../src/core/links.js'
import type { Identity } from '../../src/wire/identity.js'

const runs = Number(process.env['FC_RUNS'] ?? 2_000)
const seed = Number(process.env['FC_SEED'] ?? 20_261_121)
const path = process.env['FC_PATH']

const STATES = {
  greeting: { at: 'greeting', hello: null, welcomed: false },
  ready: { at: 'ready', incarnation: 1 },
  obsolete: { at: 'obsolete', incarnation: 1 },
  closing: { at: 'closing', reason: 'local' },
} as const satisfies Record<LinkState['at'], LinkState>

type At = LinkState['at']
type Step =
  | { readonly does: 'open', readonly peer: number }
  | { readonly does: 'move', readonly link: number, readonly to: At }
  | { readonly does: 'end', readonly link: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ does: fc.constant('open' as const), peer: fc.nat(1) }),
  fc.record({
    does: fc.constant('move' as const),
    link: fc.nat(5),
    to: fc.constantFrom<At>('greeting', 'ready', 'obsolete', 'closing'),
  }),
  fc.record({ does: fc.constant('end' as const), link: fc.nat(5) }),
)

/** What must hold whatever happened. */
function check ({ links, entries }: Walk): void {
  const alive = [...entries.values()]
  const ready = alive.filter(({ state }) => state.at === 'ready')
  assert.equal(new Set(ready.map(({ peer }) => peer)).size, ready.length, 'one is ready per peer')
  assert.equal(links.readyCount, ready.length)
  for (const entry of ready) assert.equal(links.readyOf(entry.peer), entry)
  for (const { peer } of alive) {
    const right = alive.filter(one => one.peer === peer && one.state.at !== 'closing')
    assert.deepEqual(new Set(links.ofPeer(peer)), new Set(right))
  }
  assert.equal([...links.all()].length, alive.length)
}

class Walk {
  readonly links = new Links()
  readonly entries = new Map<number, LinkEntry>()
  moved = 0
  forbidden = 0

  take (one: Step): void {
    if (one.does === 'open') return this.#open(one.peer)
    const entry = this.entries.get(one.link)
    if (entry === undefined) return
    if (one.does === 'move') return this.#move(entry, one.to)
    this.links.remove(entry)
    this.entries.delete(one.link)
  }

  #open (peer: number): void {
    const free = [0, 1, 2, 3, 4, 5].find(id => !this.entries.has(id))
    if (free === undefined) return
    const entry = entryOf(free, peer)
    this.entries.set(entry.id, entry)
    this.links.add(entry)
  }

  #move (entry: LinkEntry, to: At): void {
    const { at } = entry.state
    // The owner of links puts the former one away first; two at once are an assertion.
    if (to === 'ready' && this.links.readyOf(entry.peer) !== undefined) return
    if (LINK_TRANSITIONS[at].includes(to)) {
      this.links.move(entry, STATES[to])
      this.moved++
      return
    }
    assert.throws(() => { this.links.move(entry, STATES[to]) }, Error, `${at} → ${to}`)
    assert.equal(entry.state.at, at, 'a forbidden move changes nothing')
    this.forbidden++
  }
}

const steps = fc.array(step, { minLength: 20, maxLength: 60, size: 'max' })

t.test('random walks stay inside the table, with one ready link per peer', async t => {
  let moved = 0
  let forbidden = 0
  const property = fc.property(steps, some => {
    const walk = new Walk()
    for (const one of some) {
      walk.take(one)
      check(walk)
    }
    moved += walk.moved
    forbidden += walk.forbidden
  })
  fc.assert(property, { numRuns: runs, seed, ...path === undefined ? {} : { path } })
  t.ok(moved > runs && forbidden > runs, `${moved} moves, ${forbidden} forbidden ones`)
})

function entryOf (id: number, peer: number): LinkEntry {
  return {
    id: id as LinkId,
    peer: `peer ${peer}` as Identity,
    publicKey: new Uint8Array(),
    remote: '10.0.0.1:8080',
    ask: null,
    dialled: null,
    openedMs: 0,
    refusals: 0,
    state: STATES.greeting,
  }
}
